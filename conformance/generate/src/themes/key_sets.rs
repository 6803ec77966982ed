//! Published key sets: which key is meant, and which keys cannot be used.

use crate::forge::{Forge, HS256, Signer, encode, pkcs1_padded};
use crate::object::{Object, set};
use crate::theme::{ADA, Keys, Policy, Theme};

const ES256: Signer = Signer::new("p256", "ES256");
const EDDSA: Signer = Signer::new("ed25519", "EdDSA");
const RS256: Signer = Signer::new("rsa", "RS256");

pub(super) fn theme(forge: &Forge) -> Theme {
    let about = "Published key sets (RFC 7517): which key a token means, and keys that are none.";
    let mut theme = Theme::new("key-sets", about);
    several(&mut theme, forge);
    same_kid(&mut theme, forge);
    unnamed(&mut theme, forge);
    how_many(&mut theme, forge);
    secrets(&mut theme, forge);
    readable(&mut theme, forge);
    members_unusable(&mut theme, forge);
    weak_keys_that_sign(&mut theme, forge);
    sets_unusable(&mut theme, forge);
    theme
}

fn header(alg: &str) -> Object {
    Object::new().text("alg", alg)
}

/// A token that names its key.
fn named(forge: &Forge, signer: Signer, kid: &str) -> String {
    forge.token(signer, header(signer.alg).text("kid", kid), forge.claims())
}

fn several(theme: &mut Theme, forge: &Forge) {
    let kids = [("ed25519", "ed"), ("ed25519-other", "ed-2"), ("p256", "ec"), ("rsa", "rsa")];
    let keys = kids.map(|(key, kid)| forge.public(key).text("kid", kid));
    theme.policy("several", Policy::over([Keys::set(keys)]));
    let other = Signer::new("ed25519-other", "EdDSA");
    for (id, about, token) in [
        ("first", "The first of two for the algorithm", named(forge, EDDSA, "ed")),
        ("second", "The second of two for the algorithm", named(forge, other, "ed-2")),
        ("only", "The only one for the algorithm", named(forge, ES256, "ec")),
        (
            "only-unnamed",
            "The only one for the algorithm, not named",
            forge.token(ES256, header("ES256"), forge.claims()),
        ),
        (
            "rsa-unnamed",
            "RSA without `alg` is for RS256",
            forge.token(RS256, header("RS256"), forge.claims()),
        ),
        (
            "first-unnamed",
            "Not named, and two could be meant: each is tried",
            forge.token(EDDSA, header("EdDSA"), forge.claims()),
        ),
        (
            "second-unnamed",
            "The same of the second",
            forge.token(other, header("EdDSA"), forge.claims()),
        ),
    ] {
        theme.accept(&format!("several-{id}"), about, token, ADA);
    }
    for (id, about, token, code) in [
        ("absent", "The named key is not there", named(forge, EDDSA, "ed-3"), "unknown_key"),
        ("empty-kid", "No key has an empty name", named(forge, EDDSA, ""), "unknown_key"),
        (
            "wrong-key",
            "The named key is another than the one that signed",
            named(forge, other, "ed"),
            "bad_signature",
        ),
        (
            "other-algorithm",
            "The named key is there, but for another algorithm",
            named(forge, ES256, "ed"),
            "unknown_key",
        ),
        (
            "other-algorithm-back",
            "The same the other way round",
            named(forge, EDDSA, "ec"),
            "unknown_key",
        ),
        (
            "rsa-ps256",
            "RSA without `alg` is not for PS256, even if the signature is",
            named(forge, Signer::new("rsa", "PS256"), "rsa"),
            "algorithm_not_accepted",
        ),
        (
            "hs256",
            "No key is for HS256, whatever `kid` says (CVE-2024-33663)",
            named(forge, HS256, "rsa"),
            "algorithm_not_accepted",
        ),
    ] {
        theme.refuse(&format!("several-{id}"), about, token, code);
    }
}

fn same_kid(theme: &mut Theme, forge: &Forge) {
    let keys = ["ed25519", "p256"].map(|key| forge.public(key).text("kid", "same"));
    theme.policy("same-kid", Policy::over([Keys::set(keys)]));
    let about = "Two keys of one name, for two algorithms";
    theme.accept("same-kid-eddsa", about, named(forge, EDDSA, "same"), ADA);
    theme.accept("same-kid-es256", about, named(forge, ES256, "same"), ADA);
    let keys = ["ed25519", "ed25519-other"].map(|key| forge.public(key).text("kid", "same"));
    theme.policy("same-kid-same-algorithm", Policy::over([Keys::set(keys)]));
    let other = Signer::new("ed25519-other", "EdDSA");
    let about = "Two keys of one name for one algorithm: each is tried";
    theme.accept("same-kid-first", about, named(forge, EDDSA, "same"), ADA);
    theme.accept("same-kid-second", about, named(forge, other, "same"), ADA);
    let about = "Neither of the two signed this";
    let signed = named(forge, EDDSA, "same");
    let (message, _) = signed.rsplit_once('.').expect("a signature");
    let token = format!("{message}.{}", encode([0; 64]));
    theme.refuse("same-kid-neither", about, token, "bad_signature");
    let keys =
        ["RS256", "PS256"].map(|alg| forge.public("rsa").text("kid", "same").text("alg", alg));
    theme.policy("same-rsa-key", Policy::over([Keys::set(keys)]));
    let about = "One RSA key, published for two algorithms";
    for alg in ["RS256", "PS256"] {
        let token = named(forge, Signer::new("rsa", alg), "same");
        theme.accept(&format!("same-key-{}", alg.to_lowercase()), about, token, ADA);
    }
}

fn unnamed(theme: &mut Theme, forge: &Forge) {
    let keys = [forge.public("ed25519").text("kid", "a"), forge.public("ed25519-other")];
    theme.policy("one-unnamed", Policy::over([Keys::set(keys)]));
    let other = Signer::new("ed25519-other", "EdDSA");
    let about = "A `kid` that no key has means the keys without one";
    theme.accept("unnamed-by-other-kid", about, named(forge, other, "b"), ADA);
    theme.accept("unnamed-beside-named", "The named key", named(forge, EDDSA, "a"), ADA);
    let about = "A `kid` that a key has does not mean the keys without one";
    theme.refuse("unnamed-not-meant", about, named(forge, other, "a"), "bad_signature");
    let token = forge.token(other, header("EdDSA"), forge.claims());
    let about = "Without `kid` either could be meant: each is tried";
    theme.accept("unnamed-or-named", about, token, ADA);
}

/// Public keys between which a token does not decide: up to four are tried.
fn how_many(theme: &mut Theme, forge: &Forge) {
    let other = Signer::new("ed25519-other", "EdDSA");
    let [by_first, by_second] =
        [EDDSA, other].map(|signer| forge.token(signer, header("EdDSA"), forge.claims()));
    let key = |name: &str| forge.public(name);
    // The keys of RFC 8032 section 7.1, tests 1 to 3.
    let strangers = [
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
        "_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU",
    ]
    .map(|x| key("ed25519").text("x", x));

    theme.policy("two-unnamed", Policy::over([Keys::set(["ed25519", "ed25519-other"].map(key))]));
    let about = "Two keys without a name, as during a change of keys: each is tried";
    theme.accept("two-unnamed-first", about, by_first.clone(), ADA);
    theme.accept("two-unnamed-second", about, by_second.clone(), ADA);
    let about = "A `kid` that neither has means both";
    theme.accept("two-unnamed-by-kid", about, named(forge, other, "a"), ADA);

    theme.policy("one-key-twice", Policy::over([Keys::set(["ed25519", "ed25519"].map(key))]));
    theme.accept("one-key-twice", "One key, published twice", by_first.clone(), ADA);
    theme.refuse("one-key-twice-other", "By another key", by_second.clone(), "bad_signature");

    let four: Vec<_> = strangers.iter().cloned().chain([key("ed25519")]).collect();
    theme.policy("four-unnamed", Policy::over([Keys::set(four.clone())]));
    theme.accept("four-unnamed-last", "The last of four is tried", by_first.clone(), ADA);
    theme.refuse("four-unnamed-none", "By none of the four", by_second.clone(), "bad_signature");

    let five = four.into_iter().chain([key("ed25519-other")]);
    theme.policy("five-unnamed", Policy::over([Keys::set(five)]));
    let about = "Of five, none is tried: what a token costs is bounded";
    theme.refuse("five-unnamed-fourth", about, by_first.clone(), "unknown_key");
    theme.refuse("five-unnamed-fifth", about, by_second, "unknown_key");

    let named_too = strangers.into_iter().map(|key| key.text("kid", "other"));
    let named_too = named_too.chain([key("p256"), key("rsa"), key("ed25519").text("kid", "a")]);
    theme.policy("four-and-others", Policy::over([Keys::set(named_too)]));
    let about = "Keys for other algorithms do not count";
    theme.accept("four-and-others", about, by_first, ADA);
    let about = "Nor do others when the key is named";
    theme.accept("four-and-others-named", about, named(forge, EDDSA, "a"), ADA);
}

/// Secrets have no names, and each is tried: that is how one is changed.
fn secrets(theme: &mut Theme, forge: &Forge) {
    let secrets = ["hs256-other", "hs256"].map(|key| forge.secret(key, "HS256"));
    let published = Keys::set([forge.public("ed25519").text("kid", "ed")]);
    let keys = secrets.into_iter().chain([published]);
    theme.policy("rotation", Policy::over(keys));
    let other = Signer::new("hs256-other", "HS256");
    for (id, signer) in [("old", HS256), ("new", other)] {
        let token = forge.token(signer, header("HS256"), forge.claims());
        theme.accept(&format!("secrets-{id}"), "Either secret will do", token, ADA);
    }
    theme.accept("secrets-and-set", "So will a published key", named(forge, EDDSA, "ed"), ADA);
    let token =
        forge.with_secret(b"a secret that is none of the two", &header("HS256").to_string());
    theme.refuse("secrets-neither", "Neither secret", token, "bad_signature");
    let token = forge.token(Signer::new("hs384", "HS384"), header("HS384"), forge.claims());
    let about = "The secrets are for HS256";
    theme.refuse("secrets-hs384", about, token, "algorithm_not_accepted");
}

/// Keys and sets that look odd and are good.
fn readable(theme: &mut Theme, forge: &Forge) {
    let key = || forge.public("p256").text("kid", "k");
    let set_with = |members: &str| format!(r#"{{{members}"keys":[{}]}}"#, key());
    for (id, about, jwks) in [
        ("use-sig", "`use` is `sig`", set([key().text("use", "sig")])),
        ("key-ops-verify", "`key_ops` has `verify`", set([key().json("key_ops", r#"["verify"]"#)])),
        ("alg", "`alg` is that of the curve", set([key().text("alg", "ES256")])),
        (
            "unknown-members",
            "Members without a meaning, in the key and the set",
            set_with(r#""x":[1],"#).replace(r#""kty""#, r#""ext":true,"issuer":{},"kty""#),
        ),
        (
            "x5c",
            "A certificate beside the key is not looked at",
            set([key().json("x5c", r#"["AAAA"]"#).text("x5t", "AA")]),
        ),
        (
            "dates",
            "Dates of another's making are not looked at",
            set([key().json("exp", 1).json("nbf", 4_000_000_000_u64)]),
        ),
        ("white-space", "White space", format!(" {}\r\n", set([key()]).replace(':', " :\t"))),
        ("escapes", "A name is what it spells", set([key()]).replace("\"kty\"", r#""\u006bty""#)),
    ] {
        let policy = Policy::over([Keys::Set { jwks }]);
        theme.policy(id, policy);
        theme.accept(&format!("readable-{id}"), about, named(forge, ES256, "k"), ADA);
    }
    let alg = forge.public("ed25519").text("kid", "k").text("alg", "Ed25519");
    theme.policy("alg-ed25519", Policy::over([Keys::set([alg])]));
    let about = "`alg` of a key by the name of RFC 9864, of the token by that of RFC 8037";
    theme.accept("readable-alg-ed25519", about, named(forge, EDDSA, "k"), ADA);
    let two = [forge.public("ed25519").text("kid", "a"), forge.public("ed25519").text("kid", "b")];
    theme.policy("two-sets", Policy::over(two.map(|key| Keys::set([key]))));
    theme.accept("two-sets-second", "Two sets count together", named(forge, EDDSA, "b"), ADA);
}

/// Keys that cannot be used, each beside a good one, which is as good as before.
fn members_unusable(theme: &mut Theme, forge: &Forge) {
    for (id, about, bad) in unusable(forge) {
        let good = forge.public("ed25519").text("kid", "good");
        let jwks = format!(r#"{{"keys":[{bad},{good}]}}"#);
        theme.policy(id, Policy::over([Keys::Set { jwks }]));
        let about = format!("The good key works beside this: {about}");
        theme.accept(&format!("{id}-beside"), &about, named(forge, EDDSA, "good"), ADA);
    }
    for (id, about, bad) in unusable(forge) {
        let jwks = format!(r#"{{"keys":[{bad}]}}"#);
        let policy = Policy::over([Keys::Set { jwks }]);
        theme.no_verifier(&format!("{id}-alone"), about, policy, "no_usable_key");
    }
    // These keys would verify a token, if a verifier took them.
    for (id, signer, kid, code) in [
        ("private", ES256, "bad", "algorithm_not_accepted"),
        ("use-enc", ES256, "bad", "algorithm_not_accepted"),
        ("use-null", ES256, "bad", "algorithm_not_accepted"),
        ("key-ops-other", ES256, "bad", "algorithm_not_accepted"),
        ("key-ops-text", ES256, "bad", "algorithm_not_accepted"),
        ("alg-of-other-curve", ES256, "bad", "algorithm_not_accepted"),
        ("alg-hs256", RS256, "bad", "algorithm_not_accepted"),
        ("alg-es256-for-rsa", RS256, "bad", "algorithm_not_accepted"),
        ("alg-null", ES256, "bad", "algorithm_not_accepted"),
        ("kty-lower-case", ES256, "bad", "algorithm_not_accepted"),
        ("kid-number", ES256, "1", "algorithm_not_accepted"),
        ("ec-padded", ES256, "bad", "algorithm_not_accepted"),
        ("ec-zero-before", ES256, "bad", "algorithm_not_accepted"),
        ("rsa-zero-before", RS256, "bad", "algorithm_not_accepted"),
        ("rsa-1024", Signer::new("rsa-1024", "RS256"), "bad", "algorithm_not_accepted"),
        ("rsa-2047", Signer::new("rsa-2047", "RS256"), "bad", "algorithm_not_accepted"),
        ("oct", HS256, "bad", "algorithm_not_accepted"),
    ] {
        theme.under(id);
        let token = named(forge, signer, kid);
        theme.refuse(&format!("{id}-refused"), "Signed with the key that is none", token, code);
    }
}

fn unusable(forge: &Forge) -> Vec<(&'static str, &'static str, String)> {
    let bad = |key: &str| forge.public(key).text("kid", "bad");
    let ec = || bad("p256");
    let changed = |key: &str, member: &str, change: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        bad(key).text(member, &encode(change(forge.bytes(key, member))))
    };
    let zero_before = |bytes: Vec<u8>| [vec![0], bytes].concat();
    let last_missing = |bytes: Vec<u8>| bytes[..bytes.len() - 1].to_vec();
    let last_other = |mut bytes: Vec<u8>| {
        *bytes.last_mut().expect("some bytes") ^= 1;
        bytes
    };
    let padded = |object: Object, member: &str| {
        let text = decode_text(object.get(member));
        object.text(member, &format!("{text}="))
    };
    let exponent = |e: &[u8]| bad("rsa").text("e", &encode(e));
    let keys = [
        ("oct", "A shared secret, published", forge.private("hs256").text("kid", "bad")),
        (
            "oct-empty",
            "A secret of no bytes (CVE-2026-102266)",
            Object::new().text("kty", "oct").text("k", "").text("kid", "bad"),
        ),
        ("private", "A private key", forge.private("p256").text("kid", "bad")),
        ("private-rsa", "A private RSA key", forge.private("rsa").text("kid", "bad")),
        ("use-enc", "A key for encryption", ec().text("use", "enc")),
        ("use-null", "`use` is a string", ec().json("use", "null")),
        ("key-ops-other", "A key for agreement", ec().json("key_ops", r#"["deriveBits"]"#)),
        ("key-ops-text", "`key_ops` is an array", ec().text("key_ops", "verify")),
        ("key-ops-empty", "A key for nothing", ec().json("key_ops", "[]")),
        ("alg-of-other-curve", "A P-256 key for ES384", ec().text("alg", "ES384")),
        ("alg-hs256", "An RSA key for HS256 (CVE-2026-22818)", bad("rsa").text("alg", "HS256")),
        ("alg-es256-for-rsa", "An RSA key for ES256", bad("rsa").text("alg", "ES256")),
        ("alg-none", "A key for `none`", ec().text("alg", "none")),
        ("alg-unknown", "A key for RSA with SHA-1", bad("rsa").text("alg", "RS1")),
        ("alg-encryption", "A key for encryption", bad("rsa").text("alg", "RSA-OAEP-256")),
        ("alg-null", "`alg` is a string", ec().json("alg", "null")),
        ("kid-number", "`kid` is a string", ec().json("kid", 1)),
        ("kty-missing", "`kty` is required (RFC 7517 section 4.1)", ec().without("kty")),
        ("kty-lower-case", "Names have case", ec().text("kty", "ec")),
        ("kty-unknown", "A type that is not supported", ec().text("kty", "AKP")),
        ("kty-of-other", "A point for an RSA key", ec().text("kty", "RSA")),
        ("crv-missing", "`crv` is required", ec().without("crv")),
        ("crv-unknown", "secp256k1 is not supported", ec().text("crv", "secp256k1")),
        ("crv-of-other", "The point is of P-256", ec().text("crv", "P-384")),
        ("crv-x25519", "X25519 does not sign", bad("ed25519-other").text("crv", "X25519")),
        ("crv-ed448", "Ed448 is not supported", bad("ed25519-other").text("crv", "Ed448")),
        ("y-missing", "Half a point", ec().without("y")),
        ("x-number", "`x` is a string", ec().json("x", 1)),
        ("ec-off-the-curve", "A point off the curve", changed("p256", "y", &last_other)),
        (
            "ec-zero-point",
            "The point (0, 0)",
            ec().text("x", &encode([0; 32])).text("y", &encode([0; 32])),
        ),
        ("ec-short", "A coordinate of 31 bytes", changed("p256", "x", &last_missing)),
        ("ec-zero-before", "A coordinate of 33 bytes", changed("p256", "x", &zero_before)),
        ("ec-padded", "A coordinate with padding", padded(ec(), "x")),
        ("ed-short", "An Ed25519 key of 31 bytes", changed("ed25519-other", "x", &last_missing)),
        (
            "ed-not-reduced",
            "A y that is not below the prime",
            bad("ed25519-other").text("x", &encode(below_2_to_255(0xf0))),
        ),
        (
            "ed-no-point",
            "A y that no point has",
            bad("ed25519").text("x", &encode(little_endian(2))),
        ),
        ("ed-order-1", "The neutral element", bad("ed25519").text("x", &encode(little_endian(1)))),
        (
            "ed-order-2",
            "The point of order 2",
            bad("ed25519").text("x", &encode(below_2_to_255(0xec))),
        ),
        ("ed-order-4", "A point of order 4", bad("ed25519").text("x", &encode(little_endian(0)))),
        (
            "ed-order-8",
            "A point of order 8",
            bad("ed25519").text("x", "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU"),
        ),
        ("rsa-1024", "RSA of 1024 bits (RFC 7518 section 3.3)", bad("rsa-1024")),
        ("rsa-2047", "RSA of 2047 bits", bad("rsa-2047")),
        ("rsa-zero-before", "A needless zero byte", changed("rsa", "n", &zero_before)),
        ("rsa-padded", "A modulus with padding", padded(bad("rsa"), "n")),
        ("rsa-no-modulus", "`n` is required", bad("rsa").without("n")),
        ("rsa-no-exponent", "`e` is required", bad("rsa").without("e")),
        ("rsa-exponent-0", "e = 0", exponent(&[0])),
        ("rsa-exponent-2", "e is even", exponent(&[2])),
        ("rsa-exponent-even", "e is even", exponent(&[1, 0, 0])),
        ("rsa-exponent-long", "e is beyond 32 bits", exponent(&[1, 0, 0, 0, 1])),
        ("rsa-exponent-zero-before", "e with a needless zero byte", exponent(&[0, 1, 0, 1])),
    ];
    let texts = [
        ("null", "Null", "null"),
        ("number", "A number", "1"),
        ("string", "A string", "\"k\""),
        ("array", "An array", "[]"),
        ("empty", "An object without members", "{}"),
    ];
    let keys = keys.map(|(id, about, key)| (id, about, key.to_string()));
    keys.into_iter().chain(texts.map(|(id, about, key)| (id, about, key.to_owned()))).collect()
}

/// Keys so weak that anybody can sign for them.
fn weak_keys_that_sign(theme: &mut Theme, forge: &Forge) {
    let good = || forge.public("ed25519-other").text("kid", "good");
    let bad = |key: Object| Policy::over([Keys::set([key.text("kid", "bad"), good()])]);
    let message = |alg: &str| {
        let header = header(alg).text("kid", "bad");
        [header, forge.claims()].map(|part| encode(part.to_string())).join(".")
    };
    let mut refuse =
        |id: &'static str, about: &str, key: Object, alg: &str, signature: Vec<u8>, code| {
            theme.policy(id, bad(key));
            let token = format!("{}.{}", message(alg), encode(signature));
            theme.refuse(id, about, token, code);
        };
    let signature = pkcs1_padded(message("RS256").as_bytes(), 256);
    refuse(
        "rsa-exponent-1",
        "e = 1: every padded digest is its own signature",
        forge.public("rsa").text("e", "AQ"),
        "RS256",
        signature,
        "algorithm_not_accepted",
    );
    // RFC 8032 section 5.1.7 with the neutral element as key and as R, and s = 0.
    let neutral = encode(little_endian(1));
    refuse(
        "ed-neutral-element",
        "A key of order 1: one signature for all messages",
        forge.public("ed25519").text("x", &neutral),
        "EdDSA",
        [little_endian(1), little_endian(0)].concat(),
        "unknown_key",
    );
}

fn sets_unusable(theme: &mut Theme, forge: &Forge) {
    let key = || forge.public("p256").text("kid", "k");
    let good = set([key()]);
    for (id, about, jwks) in [
        ("set-empty-text", "Nothing", String::new()),
        ("set-html", "A page of somebody's proxy", "<html>Not found</html>".to_owned()),
        ("set-null", "Null", "null".to_owned()),
        ("set-array", "An array of keys", format!("[{}]", key())),
        ("set-key", "A key in the place of a set", key().to_string()),
        ("set-no-keys", "No `keys`", "{}".to_owned()),
        ("set-keys-object", "`keys` is an array", format!(r#"{{"keys":{}}}"#, key())),
        ("set-keys-null", "`keys` is an array", r#"{"keys":null}"#.to_owned()),
        ("set-twice", "`keys` twice", good.replace(']', r#"],"keys":[]"#)),
        (
            "set-key-twice",
            "A member of a key twice",
            good.replace(r#""kid""#, r#""kty":"RSA","kid""#),
        ),
        ("set-truncated", "The end is missing", good[..good.len() - 1].to_owned()),
        ("set-behind", "Something behind the set", format!("{good}x")),
        ("set-mark", "U+FEFF before the set", format!("\u{feff}{good}")),
    ] {
        let policy = Policy::over([Keys::Set { jwks }]);
        theme.no_verifier(id, about, policy, "bad_key_set");
    }
    let none = Policy::over([Keys::set([])]);
    theme.no_verifier("set-without-keys", "A set of no keys", none, "no_keys");
    let bad = [forge.public("rsa-1024"), forge.private("hs256")];
    let about = "A set of keys that cannot be used";
    theme.no_verifier("set-unusable", about, Policy::over([Keys::set(bad)]), "no_usable_key");
}

fn little_endian(number: u8) -> Vec<u8> {
    let mut bytes = vec![0; 32];
    bytes[0] = number;
    bytes
}

/// 2^255 - 256 + `low`, in little-endian order.
fn below_2_to_255(low: u8) -> Vec<u8> {
    let mut bytes = vec![0xff; 32];
    bytes[0] = low;
    bytes[31] = 0x7f;
    bytes
}

/// The string that a JSON text holds.
fn decode_text(json: &str) -> String {
    serde_json::from_str(json).expect("a string")
}
