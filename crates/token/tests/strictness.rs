//! What is no token, whatever its signature. Every refused token here is signed with the right key,
//! so only the rule under test can have refused it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64_simd::URL_SAFE_NO_PAD;
use tessera_token::{
    Algorithm, DEFAULT_MAX_TOKEN_BYTES, Jwks, KeySet, Malformed, SigningKey, VerifyError,
    VerifyingKey, verify,
};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const CLAIMS: &[u8] = br#"{"sub":"ada","exp":2000000000}"#;

fn hs256() -> KeySet {
    KeySet::new([VerifyingKey::hmac(Algorithm::HS256, SECRET).unwrap()])
}

/// Signs these two segments with the right secret, whatever they hold.
fn signed(header: &str, payload: &str) -> String {
    use aws_lc_rs::hmac;
    let message = format!("{header}.{payload}");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET), message.as_bytes());
    format!("{message}.{}", encode(tag.as_ref()))
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

fn refusal(token: &str, keys: &KeySet) -> VerifyError {
    verify(token, keys, DEFAULT_MAX_TOKEN_BYTES).unwrap_err()
}

fn refusal_of_header(header: impl AsRef<[u8]>) -> VerifyError {
    refusal(&signed(&encode(header), &encode(CLAIMS)), &hs256())
}

fn accepts_header(header: impl AsRef<[u8]>) -> bool {
    let token = signed(&encode(header), &encode(CLAIMS));
    verify(&token, &hs256(), DEFAULT_MAX_TOKEN_BYTES).is_ok_and(|token| token.payload == CLAIMS)
}

#[test]
fn headers_of_other_libraries_are_accepted() {
    for header in [
        r#"{"alg":"HS256"}"#,
        r#"{"alg":"HS256","typ":"JWT"}"#,
        r#"{"typ":"JWT","alg":"HS256"}"#,
        " {\r\n\"alg\" : \"HS256\" } ",
        r#"{"alg":"HS256","kid":"anything","x5t":"unknown members are left alone"}"#,
        r#"{"\u0061lg":"HS256"}"#,
    ] {
        assert!(accepts_header(header), "{header}");
    }
}

#[test]
fn v1_exactly_three_parts() {
    let good = SigningKey::hmac(Algorithm::HS256, SECRET).unwrap().sign(CLAIMS).unwrap();
    assert!(verify(&good, &hs256(), DEFAULT_MAX_TOKEN_BYTES).is_ok());
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();

    let not_three = VerifyError::Malformed(Malformed::NotThreeParts);
    for token in [
        String::new(),
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{good}."),
        format!(".{good}"),
        format!("{header}.{payload}.{signature}.x.x"),
        "....".to_owned(),
    ] {
        assert_eq!(refusal(&token, &hs256()), not_three, "{token}");
    }
    for (token, part) in [
        (format!(".{payload}.{signature}"), "header"),
        (format!("{header}..{signature}"), "payload"),
        (format!("{header}.{payload}."), "signature"),
        ("..".to_owned(), "header"),
    ] {
        let empty = VerifyError::Malformed(Malformed::Empty { part });
        assert_eq!(refusal(&token, &hs256()), empty, "{token}");
    }
}

#[test]
fn cve_2026_102269_one_spelling_of_each_part() {
    let good = SigningKey::hmac(Algorithm::HS256, SECRET).unwrap().sign(CLAIMS).unwrap();
    let signature = VerifyError::Malformed(Malformed::NotBase64Url { part: "signature" });
    for end in ["=", "\n", " ", "AA", "\0", "é"] {
        assert_eq!(refusal(&format!("{good}{end}"), &hs256()), signature, "{end:?}");
    }
    // 32 bytes leave two stray bits in the last character: three other spellings of the same tag.
    let (rest, last) = good.split_at(good.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = alphabet.find(last).unwrap();
    for stray in 1..=3 {
        let other = format!("{rest}{}", &alphabet[place + stray..=place + stray]);
        assert_eq!(refusal(&other, &hs256()), signature, "{other}");
    }

    let header = encode(r#"{"alg":"HS256"}"#);
    let payload = encode(CLAIMS);
    for (header, payload, part) in [
        (format!("{header}="), payload.clone(), "header"),
        (format!(" {header}"), payload.clone(), "header"),
        (header.clone(), format!("{payload}=="), "payload"),
        (header.clone(), format!("{payload}\n"), "payload"),
        (header.clone(), "+/".to_owned(), "payload"),
    ] {
        let expected = VerifyError::Malformed(Malformed::NotBase64Url { part });
        assert_eq!(refusal(&signed(&header, &payload), &hs256()), expected);
    }
}

#[test]
fn cve_2025_61920_size_is_looked_at_first() {
    let token = "a".repeat(DEFAULT_MAX_TOKEN_BYTES + 1);
    let limit = DEFAULT_MAX_TOKEN_BYTES;
    assert_eq!(refusal(&token, &hs256()), Malformed::TooLong { limit }.into());

    let payload = encode(vec![b'x'; 12_200]);
    let largest = signed(&encode(r#"{"alg":"HS256"}"#), &payload);
    assert!(verify(&largest, &hs256(), largest.len()).is_ok());
    let limit = largest.len() - 1;
    let refused = verify(&largest, &hs256(), limit).unwrap_err();
    assert_eq!(refused, Malformed::TooLong { limit }.into());

    let header = |bytes: usize| format!(r#"{{"alg":"HS256","pad":"{}"}}"#, "x".repeat(bytes - 24));
    assert!(accepts_header(header(1024)));
    for bytes in [1025, 1026, 1027, 4096] {
        assert_eq!(header(bytes).len(), bytes);
        assert_eq!(refusal_of_header(header(bytes)), Malformed::HeaderTooLong.into(), "{bytes}");
    }
    let long_signature = format!("{}.{}.{}", encode("{}"), encode("{}"), "A".repeat(4096));
    assert!(matches!(refusal(&long_signature, &hs256()), VerifyError::Malformed(_)));
}

#[test]
fn cve_2022_23540_none_is_no_algorithm() {
    for name in ["none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS1", "ES256K", "A128KW"] {
        let header = format!(r#"{{"alg":"{name}"}}"#);
        assert_eq!(refusal_of_header(&header), Malformed::UnknownAlgorithm.into(), "{name}");
        let unsigned = format!("{}.{}.", encode(&header), encode(CLAIMS));
        assert_eq!(
            refusal(&unsigned, &hs256()),
            Malformed::Empty { part: "signature" }.into(),
            "{name}"
        );
    }
}

#[test]
fn cve_2026_32597_and_2025_59420_crit_is_refused() {
    for (header, member) in [
        (r#"{"alg":"HS256","crit":["exp"]}"#, "crit"),
        (r#"{"alg":"HS256","crit":[]}"#, "crit"),
        (r#"{"alg":"HS256","crit":null}"#, "crit"),
        (r#"{"alg":"HS256","crit":["b64"],"b64":false}"#, "b64"),
        (r#"{"alg":"HS256","b64":true}"#, "b64"),
        (r#"{"alg":"HS256","zip":"DEF"}"#, "zip"),
        (r#"{"alg":"HS256","enc":"A256GCM"}"#, "enc"),
        (r#"{"alg":"HS256","cty":"JWT"}"#, "cty"),
        (r#"{"alg":"HS256","cty":"application/jwt"}"#, "cty"),
        (r#"{"alg":"HS256","cty":"JWT;x=1"}"#, "cty"),
        (r#"{"alg":"HS256","cty":" jwt\t; x=1; y=2"}"#, "cty"),
        (r#"{"alg":"HS256","cty":"application/jwt; charset=utf8"}"#, "cty"),
        (r#"{"alg":"HS256","cty":1}"#, "cty"),
    ] {
        let expected = Malformed::HeaderUnsupported { member };
        assert_eq!(refusal_of_header(header), expected.into(), "{header}");
    }
    assert!(accepts_header(r#"{"alg":"HS256","cty":"text/plain"}"#));
    assert!(accepts_header(r#"{"alg":"HS256","cty":"text/plain; of=jwt"}"#));
}

#[test]
fn headers_are_strict_json() {
    for header in [
        "",
        " ",
        "null",
        "[]",
        r#""HS256""#,
        r#"{"alg":"HS256""#,
        r#"{"alg":"HS256"}}"#,
        r#"{"alg":"HS256"} {}"#,
        r#"{"alg":"HS256",}"#,
        r#"{alg:"HS256"}"#,
        "{'alg':'HS256'}",
        r#"{"alg":"HS256"/**/}"#,
        r#"{"alg":"HS256","x":NaN}"#,
        r#"{"alg":"HS256","x":01}"#,
        r#"{"alg":"HS256","x":"\ud800"}"#,
        "{\"alg\":\"HS256\",\"x\":\"\n\"}",
        "\u{feff}{\"alg\":\"HS256\"}",
    ] {
        let expected = match header {
            "" => Malformed::Empty { part: "header" },
            _ => Malformed::HeaderNotJson,
        };
        assert_eq!(refusal_of_header(header), expected.into(), "{header:?}");
    }
    let not_utf8 = b"{\"alg\":\"HS256\",\"x\":\"\xff\"}";
    assert_eq!(refusal_of_header(not_utf8), Malformed::HeaderNotJson.into());
    for (header, member) in [
        ("{}", "alg"),
        (r#"{"alg":null}"#, "alg"),
        (r#"{"alg":["HS256"]}"#, "alg"),
        (r#"{"alg":"HS256","kid":1}"#, "kid"),
        (r#"{"alg":"HS256","kid":null}"#, "kid"),
    ] {
        assert_eq!(refusal_of_header(header), Malformed::HeaderMember { member }.into());
    }
}

#[test]
fn cve_2026_102270_duplicate_members_are_refused_at_any_depth() {
    for header in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
        r#"{"alg":"HS256","x":{"a":1,"a":2}}"#,
        r#"{"alg":"HS256","x":[{"a":1,"a":2}]}"#,
    ] {
        assert_eq!(refusal_of_header(header), Malformed::HeaderNotJson.into(), "{header}");
    }
    // Beyond the few that are compared one by one.
    let members: Vec<_> = (0..40).map(|i| format!(r#""m{i}":{i}"#)).collect();
    let header = format!(r#"{{"alg":"HS256",{}}}"#, members.join(","));
    assert!(accepts_header(&header));
    for again in [0, 30, 39] {
        let header = format!(r#"{{"alg":"HS256",{},"m{again}":0}}"#, members.join(","));
        assert_eq!(refusal_of_header(header), Malformed::HeaderNotJson.into(), "{again}");
    }
}

#[test]
fn cve_2026_102265_depth_is_bounded() {
    let nested =
        |depth| format!(r#"{{"alg":"HS256","x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(accepts_header(nested(15)));
    assert_eq!(refusal_of_header(nested(16)), Malformed::HeaderNotJson.into());
    assert_eq!(refusal_of_header(nested(480)), Malformed::HeaderNotJson.into());
}

#[test]
fn cve_2026_27962_keys_in_the_header_are_never_used() {
    let attacker = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let own = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let keys = KeySet::new([own.verifying_key()]);
    let jwk = attacker.public_jwk().unwrap().to_json();
    for extra in [format!(r#""jwk":{jwk}"#), r#""jku":"https://evil.test/jwks""#.to_owned()] {
        let header = encode(format!(r#"{{"alg":"EdDSA",{extra}}}"#));
        let payload = encode(CLAIMS);
        let message = format!("{header}.{payload}");
        let signature = sign_ed25519(&attacker, &message);
        assert_eq!(refusal(&format!("{message}.{signature}"), &keys), VerifyError::BadSignature);
    }
}

/// A raw signature of `message`, through the private key's JSON.
fn sign_ed25519(key: &SigningKey, message: &str) -> String {
    let json = key.private_jwk().unwrap();
    let member = |name: &str| {
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        URL_SAFE_NO_PAD.decode_to_vec(value[name].as_str().unwrap()).unwrap()
    };
    let pair =
        aws_lc_rs::signature::Ed25519KeyPair::from_seed_and_public_key(&member("d"), &member("x"));
    encode(pair.unwrap().sign(message.as_bytes()))
}

#[test]
fn cve_2026_48523_the_key_has_one_algorithm() {
    // The same RSA numbers as a key for RS256 verify nothing that says PS256 or RS512.
    let rs256 = SigningKey::generate(Algorithm::RS256).unwrap();
    let private = rs256.private_jwk().unwrap();
    let keys = KeySet::new([rs256.verifying_key()]);
    for algorithm in [Algorithm::PS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS512] {
        let other = SigningKey::from_private_jwk(private.as_bytes(), Some(algorithm)).unwrap();
        let token = other.sign(CLAIMS).unwrap();
        assert_eq!(refusal(&token, &keys), VerifyError::AlgorithmNotAccepted { algorithm });
        let own = KeySet::new([other.verifying_key()]);
        assert!(verify(&token, &own, DEFAULT_MAX_TOKEN_BYTES).is_ok());
    }
    // Nor does one that only claims to be RS256.
    let ps256 = SigningKey::from_private_jwk(private.as_bytes(), Some(Algorithm::PS256)).unwrap();
    let token = ps256.sign(CLAIMS).unwrap();
    let (_, rest) = token.split_once('.').unwrap();
    let relabelled = format!("{}.{rest}", encode(r#"{"alg":"RS256"}"#));
    assert_eq!(refusal(&relabelled, &keys), VerifyError::BadSignature);
}

#[test]
fn ed25519_by_both_its_names() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let keys = KeySet::new([key.verifying_key()]);
    let message = format!("{}.{}", encode(r#"{"alg":"Ed25519"}"#), encode(CLAIMS));
    let token = format!("{message}.{}", sign_ed25519(&key, &message));
    assert!(verify(&token, &keys, DEFAULT_MAX_TOKEN_BYTES).is_ok());
    assert!(key.sign(CLAIMS).unwrap().starts_with(&encode(r#"{"alg":"EdDSA"}"#)));
}

#[test]
fn t4_any_of_several_secrets_verifies() {
    let old = SigningKey::hmac(Algorithm::HS256, SECRET).unwrap();
    let new = SigningKey::hmac(Algorithm::HS256, b"fedcba9876543210fedcba9876543210").unwrap();
    let foreign = SigningKey::hmac(Algorithm::HS256, &[7; 32]).unwrap();
    let keys = KeySet::new([new.verifying_key()]).with(old.verifying_key());
    for key in [&old, &new] {
        assert!(verify(&key.sign(CLAIMS).unwrap(), &keys, DEFAULT_MAX_TOKEN_BYTES).is_ok());
    }
    assert_eq!(refusal(&foreign.sign(CLAIMS).unwrap(), &keys), VerifyError::BadSignature);

    // With a kid, only the secret of that name is tried.
    let named =
        KeySet::new([new.with_kid("new").verifying_key(), old.verifying_key().with_kid("old")]);
    let mislabelled = SigningKey::hmac(Algorithm::HS256, SECRET).unwrap().with_kid("new");
    assert_eq!(refusal(&mislabelled.sign(CLAIMS).unwrap(), &named), VerifyError::BadSignature);
    let right = mislabelled.with_kid("old");
    assert!(verify(&right.sign(CLAIMS).unwrap(), &named, DEFAULT_MAX_TOKEN_BYTES).is_ok());
    let unknown = right.with_kid("older");
    assert_eq!(refusal(&unknown.sign(CLAIMS).unwrap(), &named), VerifyError::UnknownKey);
}

#[test]
fn a_kid_selects_the_public_keys_of_its_name() {
    let key = |kid: &str| SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid(kid);
    let (a, b) = (key("a"), key("b"));
    let both = KeySet::new([a.verifying_key(), b.verifying_key()]);
    let verified =
        verify(&b.sign(CLAIMS).unwrap(), &both, DEFAULT_MAX_TOKEN_BYTES).unwrap().key.kid();
    assert_eq!(verified, Some("b"));

    let json = b.private_jwk().unwrap();
    let nameless = SigningKey::from_private_jwk(json.as_bytes(), None).unwrap();
    let token = nameless.sign(CLAIMS).unwrap();
    assert!(verify(&token, &both, DEFAULT_MAX_TOKEN_BYTES).is_ok());
    let only = KeySet::new([b.verifying_key()]);
    assert!(verify(&token, &only, DEFAULT_MAX_TOKEN_BYTES).is_ok());
    // A key of another algorithm cannot be meant.
    let es256 = SigningKey::generate(Algorithm::ES256).unwrap();
    let mixed = only.with(es256.verifying_key());
    assert!(verify(&token, &mixed, DEFAULT_MAX_TOKEN_BYTES).is_ok());

    let as_c = nameless.with_kid("c").sign(CLAIMS).unwrap();
    assert_eq!(refusal(&as_c, &both), VerifyError::UnknownKey);
    let as_a = b.with_kid("a").sign(CLAIMS).unwrap();
    assert_eq!(refusal(&as_a, &both), VerifyError::BadSignature);
}

/// As a deployment changes its key, with keys that have no name: PEM gives them none.
#[test]
fn t4_any_of_up_to_four_public_keys_verifies() {
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256] {
        let keys: Vec<_> = (0..5).map(|_| SigningKey::generate(algorithm).unwrap()).collect();
        for known in 1..=5 {
            let set = KeySet::new(keys[..known].iter().map(SigningKey::verifying_key));
            for (place, key) in keys.iter().enumerate() {
                let verified = verify(&key.sign(CLAIMS).unwrap(), &set, DEFAULT_MAX_TOKEN_BYTES);
                match verified.map(|verified| verified.payload) {
                    Ok(payload) => assert!(place < known && known <= 4 && payload == CLAIMS),
                    Err(VerifyError::BadSignature) => assert!(place >= known && known <= 4),
                    Err(error) => assert_eq!((known, error), (5, VerifyError::AmbiguousKey)),
                }
            }
        }
    }
}

#[test]
fn a_key_that_is_in_its_set_twice_verifies() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("a");
    let jwk = key.public_jwk().unwrap();
    let (published, skipped) = KeySet::from_jwks(&Jwks::from_iter([jwk.clone(), jwk]));
    assert_eq!(skipped, []);
    let other = SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("a");
    for keys in [published.clone(), published.with(other.verifying_key())] {
        assert!(verify(&key.sign(CLAIMS).unwrap(), &keys, DEFAULT_MAX_TOKEN_BYTES).is_ok());
    }
    assert_eq!(refusal(&other.sign(CLAIMS).unwrap(), &published), VerifyError::BadSignature);
}

#[test]
fn the_names_of_skipped_keys_are_shown_escaped_and_bounded() {
    let set = |kid: &str| format!(r#"{{"keys":[{{"kty":"quantum","kid":"{kid}"}}]}}"#);
    let said = |kid: &str| {
        let (_, skipped) = KeySet::from_jwks(&Jwks::parse(set(kid).as_bytes()).unwrap());
        skipped[0].to_string()
    };
    let reason = "the key's type is not supported";
    assert_eq!(
        said(r#"a): fine\nINFO root logged in \u001b[2J\u202e\""#),
        format!(r#"key 0 ("a): fine\nINFO root logged in \u{{1b}}[2J\u{{202e}}\""): {reason}"#)
    );
    assert_eq!(said(&"é".repeat(100)), format!("key 0 (\"{}\"): {reason}", "é".repeat(100)));
    assert_eq!(said(&"é".repeat(101)), format!("key 0 (\"{}…\"): {reason}", "é".repeat(100)));
}

#[test]
fn v5_without_keys_nothing_is_said_about_a_token() {
    assert_eq!(refusal("", &KeySet::default()), VerifyError::NoKeys);
}

#[test]
fn cve_2026_102274_one_bad_key_disables_only_itself() {
    let good = SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("good");
    let set = format!(
        r#"{{"keys":[{{"kty":"OKP","crv":"Ed448","x":"AA","kid":"e"}},{{"kty":"EC","crv":"P-521","x":"AA","y":"AA","kid":"p"}},
            {{"kty":"quantum","kid":"q"}},{{"kty":"RSA","n":1,"kid":"r"}},7,{{"kty":"oct","k":"AAAA","kid":"k"}},
            {{"kty":"EC","crv":"P-256","alg":"ECDH-ES","x":"AA","y":"AA","kid":"d"}},{}]}}"#,
        good.public_jwk().unwrap().to_json()
    );
    let (keys, skipped) = KeySet::from_jwks(&Jwks::parse(set.as_bytes()).unwrap());
    assert!(verify(&good.sign(CLAIMS).unwrap(), &keys, DEFAULT_MAX_TOKEN_BYTES).is_ok());
    let said: Vec<_> = skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            r#"key 0 ("e"): the key's curve is not supported"#,
            r#"key 1 ("p"): `x` is missing or malformed"#,
            r#"key 2 ("q"): the key's type is not supported"#,
            r#"key 3 ("r"): `n` is missing or malformed"#,
            "key 4 (no kid): the key is not strict JSON",
            r#"key 5 ("k"): this is a shared secret, and no published key is one"#,
            r#"key 6 ("d"): the key's algorithm is not supported"#,
        ]
    );
}
