//! What a header may say.

use crate::forge::{Forge, HS256, Signer, encode};
use crate::object::Object;
use crate::theme::{ADA, Keys, Policy, Theme};

pub(super) fn theme(forge: &Forge) -> Theme {
    let about =
        "The header: strict JSON, `alg` and `kid` of their types, nothing that asks for more.";
    let mut theme = Theme::new("header", about);
    theme.policy("usual", Policy::usual(forge));
    accepted(&mut theme, forge);
    alg(&mut theme, forge);
    kid(&mut theme, forge);
    processing(&mut theme, forge);
    brought_along(&mut theme, forge);
    theme
}

fn accepted(theme: &mut Theme, forge: &Forge) {
    for (id, about, header) in [
        ("typ", "As most libraries write it", r#"{"alg":"HS256","typ":"JWT"}"#),
        ("typ-first", "Members have no order", r#"{"typ":"JWT","alg":"HS256"}"#),
        ("typ-lower-case", "`typ` is not looked at", r#"{"alg":"HS256","typ":"jwt"}"#),
        ("typ-access-token", "`typ` of RFC 9068", r#"{"alg":"HS256","typ":"at+jwt"}"#),
        ("white-space", "White space of JSON", " {\r\n\t\"alg\" : \"HS256\"\n} "),
        ("name-escaped", "A name is what it spells", r#"{"\u0061lg":"HS256"}"#),
        ("alg-escaped", "A string is what it spells", r#"{"alg":"\u0048S256"}"#),
        ("unknown-member", "Unknown members are left alone", r#"{"alg":"HS256","x":[{"y":1}]}"#),
        (
            "unknown-member-of-other-case",
            "`Alg` and `CRIT` are not `alg` and `crit`: names have case",
            r#"{"alg":"HS256","Alg":"none","CRIT":["x"]}"#,
        ),
        ("cty-other", "`cty` that is not a token", r#"{"alg":"HS256","cty":"json"}"#),
        (
            "cty-other-parameter",
            "A parameter says nothing about the type",
            r#"{"alg":"HS256","cty":"json;of=jwt"}"#,
        ),
        ("kid-any", "A key without `kid` may be meant by any", r#"{"alg":"HS256","kid":"any"}"#),
        ("kid-empty", "The same of an empty one", r#"{"alg":"HS256","kid":""}"#),
        ("empty-name", "A name may be empty", r#"{"alg":"HS256","":0}"#),
    ] {
        theme.accept(id, about, forge.with_header(header), ADA);
    }
}

fn alg(theme: &mut Theme, forge: &Forge) {
    for (id, about, header) in [
        ("alg-missing", "`alg` is required (RFC 7515 section 4.1.1)", r#"{"typ":"JWT"}"#),
        ("alg-only-of-other-case", "`ALG` is not `alg`", r#"{"ALG":"HS256"}"#),
        ("alg-null", "Null is no name", r#"{"alg":null}"#),
        ("alg-number", "A number is no name", r#"{"alg":256}"#),
        ("alg-boolean", "A boolean is no name", r#"{"alg":true}"#),
        ("alg-array", "An array is no name", r#"{"alg":["HS256"]}"#),
        ("alg-object", "An object is no name", r#"{"alg":{"name":"HS256"}}"#),
        ("alg-empty", "An empty name", r#"{"alg":""}"#),
        ("alg-lower-case", "Names have case", r#"{"alg":"hs256"}"#),
        ("alg-space", "A space behind the name", r#"{"alg":"HS256 "}"#),
        ("alg-nul", "A NUL behind the name", r#"{"alg":"HS256\u0000"}"#),
        ("alg-longer", "More than the name", r#"{"alg":"HS256K"}"#),
        ("alg-shorter", "Less than the name", r#"{"alg":"HS"}"#),
        ("alg-sha1", "An algorithm that is none of JOSE's", r#"{"alg":"HS1"}"#),
        (
            "alg-xmldsig",
            "The name in XML signatures",
            r#"{"alg":"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"}"#,
        ),
        ("alg-es256k", "secp256k1 (RFC 8812) is not supported", r#"{"alg":"ES256K"}"#),
        ("alg-ed448", "Ed448 (RFC 9864) is not supported", r#"{"alg":"Ed448"}"#),
        ("alg-jwe", "An algorithm of encryption (RFC 7518 section 4.1)", r#"{"alg":"dir"}"#),
        (
            "alg-pbes2",
            "Encryption with a count of a stranger's (CVE-2023-6681)",
            r#"{"alg":"PBES2-HS256+A128KW","p2c":2000000000,"p2s":"AAAA"}"#,
        ),
    ] {
        theme.refuse(id, about, forge.with_header(header), "malformed");
    }
}

fn kid(theme: &mut Theme, forge: &Forge) {
    for (id, about, header) in [
        ("kid-null", "`kid` is a string (RFC 7515 section 4.1.4)", r#"{"alg":"HS256","kid":null}"#),
        ("kid-number", "A number", r#"{"alg":"HS256","kid":1}"#),
        ("kid-boolean", "A boolean", r#"{"alg":"HS256","kid":false}"#),
        ("kid-array", "An array", r#"{"alg":"HS256","kid":["a"]}"#),
        ("kid-object", "An object", r#"{"alg":"HS256","kid":{}}"#),
    ] {
        theme.refuse(id, about, forge.with_header(header), "malformed");
    }
}

/// Members that ask for a processing that is not done.
fn processing(theme: &mut Theme, forge: &Forge) {
    for (id, about, header) in [
        (
            "crit-unknown",
            "What is critical and unknown is refused (RFC 7515 section 4.1.11, CVE-2025-59420)",
            r#"{"alg":"HS256","crit":["x"],"x":1}"#,
        ),
        ("crit-empty", "`crit` must not be empty", r#"{"alg":"HS256","crit":[]}"#),
        (
            "crit-alg",
            "`crit` must not name the standard's members",
            r#"{"alg":"HS256","crit":["alg"]}"#,
        ),
        (
            "crit-absent-member",
            "`crit` names a member that is not there",
            r#"{"alg":"HS256","crit":["x"]}"#,
        ),
        (
            "crit-exp",
            "`exp` in the header is nobody's",
            r#"{"alg":"HS256","crit":["exp"],"exp":1800000900}"#,
        ),
        (
            "crit-b64",
            "RFC 7797 is not supported, though the payload is encoded (CVE-2026-35042)",
            { r#"{"alg":"HS256","b64":true,"crit":["b64"]}"# },
        ),
        ("crit-string", "`crit` is an array", r#"{"alg":"HS256","crit":"x","x":1}"#),
        ("crit-null", "`crit` is an array", r#"{"alg":"HS256","crit":null}"#),
        ("crit-number-within", "`crit` holds strings", r#"{"alg":"HS256","crit":[1]}"#),
        ("crit-escaped", "`crit` spelled with an escape", r#"{"alg":"HS256","cr\u0069t":["x"]}"#),
        ("b64-false", "A payload that is not encoded (RFC 7797)", r#"{"alg":"HS256","b64":false}"#),
        ("b64-true", "`b64` without `crit`", r#"{"alg":"HS256","b64":true}"#),
        ("zip", "Compressed payloads are of encrypted tokens", r#"{"alg":"HS256","zip":"DEF"}"#),
        ("zip-null", "`zip` at all", r#"{"alg":"HS256","zip":null}"#),
        ("enc", "The header of an encrypted token", r#"{"alg":"HS256","enc":"A128GCM"}"#),
        ("cty-jwt", "A token in a token (RFC 7519 section 5.2)", r#"{"alg":"HS256","cty":"JWT"}"#),
        ("cty-jwt-lower-case", "Media types have no case", r#"{"alg":"HS256","cty":"jwt"}"#),
        ("cty-jwt-mixed-case", "Media types have no case", r#"{"alg":"HS256","cty":"jWt"}"#),
        ("cty-jwt-in-full", "The media type in full", r#"{"alg":"HS256","cty":"application/jwt"}"#),
        (
            "cty-jwt-parameter",
            "A media type with a parameter is that type",
            r#"{"alg":"HS256","cty":"JWT;x=1"}"#,
        ),
        (
            "cty-jwt-in-full-parameter",
            "A media type with a parameter is that type",
            r#"{"alg":"HS256","cty":"application/jwt; charset=utf8"}"#,
        ),
        ("cty-jwt-space", "Space around a media type", r#"{"alg":"HS256","cty":" jwt\t;x=1"}"#),
        ("cty-number", "`cty` is a string (RFC 7515 section 4.1.10)", r#"{"alg":"HS256","cty":1}"#),
    ] {
        theme.refuse(id, about, forge.with_header(header), "malformed");
    }
    // RFC 7797 section 5: what is signed is the payload itself.
    let header = encode(r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#);
    let token = forge.signed(HS256, &header, &forge.claims().to_string());
    let about = "RFC 7797 in earnest: the payload as it is, dots and all";
    theme.refuse("b64-unencoded", about, token, "malformed");
    let inner = forge.with_claims(forge.claims());
    let about = "A token in a token, not announced: its payload is no object";
    theme.refuse("nested-unannounced", about, forge.with_claims(inner), "malformed_claims");
}

/// Keys that a token brings along. They are never used, and do no harm.
fn brought_along(theme: &mut Theme, forge: &Forge) {
    let attacker = forge.public("p256-other");
    let certificate = r#"["MIIBszCCAVmgAwIBAgIUA"]"#;
    let url = "\"https://attacker.example/keys.json\"";
    let thumbprint = "\"dGh1bWJwcmludA\"";
    let members = [
        ("jwk", attacker.to_string()),
        ("jku", url.to_owned()),
        ("x5u", url.to_owned()),
        ("x5c", certificate.to_owned()),
        ("x5t", thumbprint.to_owned()),
    ];
    for (member, value) in &members {
        let header = Object::new().text("alg", "HS256").json(member, value);
        let about = format!("`{member}` is not used, and the token is good without it");
        theme.accept(&format!("{member}-ignored"), &about, forge.with_header(header), ADA);
    }

    let own = forge.public("p256").text("kid", "own");
    theme.policy("p256", Policy::over([Keys::set([own])]));
    let attackers = Signer::new("p256-other", "ES256");
    for (member, value) in &members {
        let header = Object::new().text("alg", "ES256").text("kid", "own").json(member, value);
        let token = forge.token(attackers, header, forge.claims());
        let about =
            format!("Signed with the attacker's key, which `{member}` brings along or names");
        theme.refuse(&format!("{member}-attack"), &about, token, "bad_signature");
    }
    let header = Object::new().text("alg", "ES256").json("jwk", &attacker);
    let token = forge.token(attackers, header, forge.claims());
    let about = "The same without `kid` (CVE-2026-27962)";
    theme.refuse("jwk-attack-without-kid", about, token, "bad_signature");
    let embedded = attacker.text("kid", "own");
    let header = Object::new().text("alg", "ES256").text("kid", "own").json("jwk", embedded);
    let token = forge.token(attackers, header, forge.claims());
    theme.refuse("jwk-attack-same-kid", "The key claims our `kid`", token, "bad_signature");
    let secret = r#"{"kty":"oct","k":""}"#;
    let header = Object::new().text("alg", "HS256").json("jwk", secret);
    theme.refuse(
        "jwk-attack-empty-secret",
        "A token under the empty secret that it brings along; there are only public keys",
        forge.with_secret(b"", &header.to_string()),
        "algorithm_not_accepted",
    );
    for (id, kid) in [
        ("kid-path", "../../../../../../dev/null"),
        ("kid-sql", "' UNION SELECT 'secret"),
        ("kid-url", "https://attacker.example/keys.json"),
        ("kid-nul", "own\0"),
        ("kid-upper-case", "OWN"),
        ("kid-space", "own "),
    ] {
        let header = Object::new().text("alg", "ES256").text("kid", kid);
        let token = forge.token(Signer::new("p256", "ES256"), header, forge.claims());
        let about = "A `kid` is compared byte for byte and never looked up elsewhere";
        theme.refuse(id, about, token, "unknown_key");
    }
    let header = r#"{"alg":"ES256","kid":"\u006f\u0077n"}"#;
    let token = forge.token(Signer::new("p256", "ES256"), header, forge.claims());
    theme.accept("kid-escaped", "A `kid` is what it spells", token, ADA);
}
