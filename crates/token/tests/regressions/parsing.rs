//! Texts that other parsers took for tokens, or for other tokens than they are.

use tessera_token::{
    Algorithm, DEFAULT_MAX_TOKEN_BYTES, KeySet, Malformed, SigningKey, VerifyError, VerifyingKey,
    verify,
};

use crate::forging::{CLAIMS, accepts, decode, encode, forge, refusal};

const SECRET: [u8; 32] = [9; 32];

fn keys() -> KeySet {
    KeySet::new([VerifyingKey::hmac(Algorithm::HS256, &SECRET).unwrap()])
}

/// Header, payload and signature of a token that the key did sign.
fn genuine() -> [String; 3] {
    let token = forge(r#"{"alg":"HS256"}"#, &SECRET);
    assert!(accepts(&token, &keys()));
    token.split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap()
}

fn refusal_of_header(header: &str) -> VerifyError {
    refusal(&forge(header, &SECRET), &keys())
}

#[test]
fn ghsa_5739_39v2_5754_the_unprotected_header_is_not_read() {
    let [header, payload, signature] = genuine();
    let bare = encode(r#"{"kid":"k"}"#);
    for json in [
        format!(
            r#"{{"payload":"{payload}","protected":"{header}","header":{{"alg":"none"}},"signature":"{signature}"}}"#
        ),
        format!(
            r#"{{"payload":"{payload}","protected":"{bare}","header":{{"alg":"HS256"}},"signature":"{signature}"}}"#
        ),
        format!(
            r#"{{"payload":"{payload}","signatures":[{{"protected":"{header}","signature":"{signature}"}}]}}"#
        ),
    ] {
        assert_eq!(refusal(&json, &keys()), Malformed::NotThreeParts.into(), "{json}");
    }
    // In the compact form the header is protected, and `alg` has to be in it.
    let missing = Malformed::HeaderMember { member: "alg" };
    assert_eq!(refusal_of_header(r#"{"kid":"k","header":{"alg":"HS256"}}"#), missing.into());
}

#[test]
fn cve_2026_35042_a_critical_extension_that_is_not_known() {
    for crit in [r#"["x"]"#, r#"["bork"],"bork":true"#, r#"["exp"],"exp":1"#, r#"["alg"]"#, "[]"] {
        let refused = refusal_of_header(&format!(r#"{{"alg":"HS256","crit":{crit}}}"#));
        assert_eq!(refused, Malformed::HeaderUnsupported { member: "crit" }.into(), "{crit}");
    }
}

#[test]
fn reg_python_jose_413_crit_of_any_type_is_refused() {
    for crit in ["null", "0", "false", r#""x""#, "{}", r#"[["x"]]"#] {
        let refused = refusal_of_header(&format!(r#"{{"crit":{crit},"alg":"HS256"}}"#));
        assert_eq!(refused, Malformed::HeaderUnsupported { member: "crit" }.into(), "{crit}");
    }
}

#[test]
fn cve_2026_48524_a_detached_or_unencoded_payload() {
    let b64 = r#"{"alg":"HS256","crit":["b64"],"b64":false}"#;
    let refused = refusal_of_header(b64);
    assert_eq!(refused, Malformed::HeaderUnsupported { member: "b64" }.into());
    // RFC 7797: what is signed is the payload itself, and the token may leave it out.
    let claims = r#"{"sub":"admin"}"#;
    let tag = |message: &str| {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &SECRET);
        encode(aws_lc_rs::hmac::sign(&key, message.as_bytes()))
    };
    let header = encode(b64);
    let signature = tag(&format!("{header}.{claims}"));
    let detached = format!("{header}..{signature}");
    assert_eq!(refusal(&detached, &keys()), Malformed::Empty { part: "payload" }.into());
    let unencoded = format!("{header}.{claims}.{signature}");
    assert!(matches!(refusal(&unencoded, &keys()), VerifyError::Malformed(_)));
    // A detached payload without the extension (RFC 7515 appendix F).
    let [header, _, signature] = genuine();
    let detached = format!("{header}..{signature}");
    assert_eq!(refusal(&detached, &keys()), Malformed::Empty { part: "payload" }.into());
}

#[test]
fn cve_2026_48525_no_work_is_done_for_a_token_that_is_too_long() {
    let limit = DEFAULT_MAX_TOKEN_BYTES;
    let long = "A".repeat(limit);
    let [header, payload, signature] = genuine();
    // Nothing else about these is wrong that would be seen before the signature, or nothing is right.
    for token in [
        format!("{header}.{long}.{signature}"),
        format!("{header}.{payload}.{long}"),
        format!("{long}.{payload}.{signature}"),
        format!("{long}."),
        ".".repeat(limit + 1),
        "\u{1f600}".repeat(limit),
    ] {
        assert_eq!(refusal(&token, &keys()), Malformed::TooLong { limit }.into());
    }
}

#[test]
fn cve_2022_39227_json_and_compact_in_one_text() {
    let [header, payload, signature] = genuine();
    let forged = encode(br#"{"sub":"root","exp":2000000000}"#);
    for polyglot in [
        format!(
            r#"{{"  {header}.{forged}.":"","protected":"{header}","payload":"{payload}","signature":"{signature}"}}"#
        ),
        format!(
            r#"{{"protected":"{header}","payload":"{payload}","signature":"{signature}"}}.{forged}.{signature}"#
        ),
        format!(r#"{header}.{forged}.{{"payload":"{payload}","signature":"{signature}"}}"#),
        format!("{header}.{payload}.{signature}\n{header}.{forged}.{signature}"),
        format!("{header}.{forged}.{signature}"),
    ] {
        assert!(verify(&polyglot, &keys(), DEFAULT_MAX_TOKEN_BYTES).is_err(), "{polyglot}");
    }
}

#[test]
fn cve_2026_65632_an_ecdsa_signature_has_one_length() {
    for (algorithm, coordinate) in
        [(Algorithm::ES256, 32), (Algorithm::ES384, 48), (Algorithm::ES512, 66)]
    {
        let key = SigningKey::generate(algorithm).unwrap();
        let keys = KeySet::new([key.verifying_key()]);
        let token = key.sign(CLAIMS).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = decode(signature);
        let (r, s) = signature.split_at(coordinate);
        let with = |signature: &[u8]| format!("{message}.{}", encode(signature));
        assert!(accepts(&with(&[r, s].concat()), &keys));

        let zeros = vec![0; coordinate];
        for (name, other) in [
            ("cut", [r, &s[..coordinate - 1]].concat()),
            ("longer", [r, s, &[0]].concat()),
            ("both halves longer", [&[0], r, &[0], s].concat()),
            ("twice", [r, s, r, s].concat()),
            ("zero", [&zeros[..], &zeros].concat()),
            ("r alone", [r, &zeros].concat()),
            ("in DER", in_der(r, s)),
        ] {
            assert_eq!(refusal(&with(&other), &keys), VerifyError::BadSignature, "{name}");
        }
    }
}

/// `SEQUENCE { r INTEGER, s INTEGER }`, as other protocols write an ECDSA signature.
fn in_der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let mut digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
        if digits.first().is_some_and(|first| *first >= 0x80) {
            digits.insert(0, 0);
        }
        [vec![2, u8::try_from(digits.len()).unwrap()], digits].concat()
    };
    let body = [integer(r), integer(s)].concat();
    let length = u8::try_from(body.len()).unwrap();
    let tag = if length < 0x80 { vec![0x30, length] } else { vec![0x30, 0x81, length] };
    [tag, body].concat()
}

/// An encrypted token is refused for its form: nothing of it is decoded, derived or inflated.
fn encryption_is_refused(header: &str) {
    let header = encode(header);
    for jwe in [
        format!("{header}....AA"),
        format!("{header}.AAAA.AAAA.{}.AAAA", "A".repeat(10_000)),
        format!("{header}..AAAA.AAAA.AAAA"),
    ] {
        assert_eq!(refusal(&jwe, &keys()), Malformed::NotThreeParts.into());
    }
}

/// The same header over a signed payload: it must not be inflated either.
fn compression_is_refused(alg: &str) {
    let refused = refusal_of_header(&format!(r#"{{"alg":"{alg}","zip":"DEF"}}"#));
    assert_eq!(refused, Malformed::HeaderUnsupported { member: "zip" }.into());
}

#[test]
fn cve_2025_62706_no_compressed_token() {
    encryption_is_refused(r#"{"alg":"dir","enc":"A256GCM","zip":"DEF"}"#);
    compression_is_refused("HS256");
}

#[test]
fn cve_2024_33664_no_compressed_token() {
    encryption_is_refused(r#"{"alg":"A256KW","enc":"A128CBC-HS256","zip":"DEF"}"#);
    compression_is_refused("HS256");
}

#[test]
fn cve_2026_65627_no_compressed_token() {
    encryption_is_refused(r#"{"alg":"RSA-OAEP","enc":"A256GCM","zip":"DEF"}"#);
    compression_is_refused("dir");
}

#[test]
fn cve_2023_6681_no_key_is_derived_as_often_as_a_token_says() {
    let header = r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2s":"AAAA","p2c":2147483647}"#;
    encryption_is_refused(header);
    assert_eq!(refusal_of_header(header), Malformed::HeaderUnsupported { member: "enc" }.into());
    let only = r#"{"alg":"PBES2-HS256+A128KW","p2s":"AAAA","p2c":2147483647}"#;
    assert_eq!(refusal_of_header(only), Malformed::UnknownAlgorithm.into());
}
