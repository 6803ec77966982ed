//! Any bytes as a token, and any bytes as the header and the payload of a token with a good signature.
//!
//! An input that starts with `t` is a token. One that starts with `s` is a header, a zero byte and a
//! payload, which are signed here with a key that the verifier knows: that is how the fuzzer gets
//! past the signature.

#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Map, Value};
use tessera_fuzz::{decode, encode, keys, secret, strict_object};
use tessera_token::{
    Claims, ClaimsError, DEFAULT_MAX_TOKEN_BYTES, KeySet, Malformed, Verified, VerifyError, verify,
};
use tessera_verify::Verifier;

const NOW: u64 = 1_300_819_000;
const ISSUER: &str = "joe";
const AUDIENCE: &str = "api";

/// Beyond what the parsers look at, the base64url of a good payload no longer fits.
const MAX_SIGNED_PART: usize = 6_000;

static KEYS: LazyLock<KeySet> = LazyLock::new(keys);

static SECRET: LazyLock<hmac::Key> = LazyLock::new(|| hmac::Key::new(hmac::HMAC_SHA256, &secret()));

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let policy = Verifier::builder().issuer(ISSUER).audience(AUDIENCE).keys(KEYS.clone());
    policy.leeway(0).build().expect("a complete policy")
});

fuzz_target!(|input: &[u8]| -> Corpus {
    match input.split_first() {
        Some((b't', token)) => any_token(token),
        Some((b's', parts)) => {
            let Some(zero) = parts.iter().position(|byte| *byte == 0) else {
                return Corpus::Reject;
            };
            signed(&parts[..zero], &parts[zero + 1..])
        }
        _ => Corpus::Reject,
    }
});

fn any_token(token: &[u8]) -> Corpus {
    let Ok(token) = str::from_utf8(token) else { return Corpus::Reject };
    let verdict = verify(token, &KEYS, DEFAULT_MAX_TOKEN_BYTES);
    if let Ok(verified) = &verdict {
        check_accepted(token, verified);
    }
    let policy_verdict = VERIFIER.verify(token, NOW);
    assert!(verdict.is_ok() || policy_verdict.is_err(), "the policy is no stricter than the token");
    Corpus::Keep
}

fn signed(header: &[u8], payload: &[u8]) -> Corpus {
    if header.len() > MAX_SIGNED_PART || payload.len() > MAX_SIGNED_PART {
        return Corpus::Reject;
    }
    let message = format!("{}.{}", encode(header), encode(payload));
    let tag = hmac::sign(&SECRET, message.as_bytes());
    let token = format!("{message}.{}", encode(tag.as_ref()));

    let verdict = verify(&token, &KEYS, DEFAULT_MAX_TOKEN_BYTES);
    let header_object = strict_object(header);
    match &verdict {
        Ok(verified) => {
            check_accepted(&token, verified);
            assert_eq!(verified.payload, payload);
        }
        Err(VerifyError::Malformed(Malformed::HeaderNotJson)) => {
            assert!(header_object.is_none(), "strict JSON was refused as a header");
        }
        Err(VerifyError::Malformed(Malformed::HeaderTooLong)) => assert!(header.len() > 1024),
        Err(VerifyError::Malformed(Malformed::Empty { .. })) => {
            assert!(header.is_empty() || payload.is_empty());
        }
        Err(VerifyError::Malformed(
            Malformed::HeaderMember { .. }
            | Malformed::HeaderUnsupported { .. }
            | Malformed::UnknownAlgorithm,
        ))
        | Err(
            VerifyError::AlgorithmNotAccepted { .. }
            | VerifyError::UnknownKey
            | VerifyError::BadSignature,
        ) => assert!(header_object.is_some(), "a header was used that is not strict JSON"),
        Err(other) => panic!("well-formed parts were refused: {other:?}"),
    }

    check_claims(payload);
    match VERIFIER.verify(&token, NOW) {
        Ok(claims) => {
            assert!(verdict.is_ok());
            let members = strict_object(payload).expect("accepted claims are strict JSON");
            let text = |name: &str| members.get(name).map(|value| value.as_str().expect("text"));
            assert_eq!(text("iss"), Some(ISSUER));
            assert_eq!(text("sub"), Some(claims.user_id().as_str()));
            assert!(text("user_id").is_none_or(|id| id == claims.user_id().as_str()));
            assert_eq!(text("sid"), claims.session_id());
            assert_eq!(text("email"), claims.email());
            assert_eq!(claims.issuer(), ISSUER);
            assert_eq!(claims.audience(), AUDIENCE);
            assert!(audiences(&members).contains(&AUDIENCE));
            assert_eq!(members["exp"].as_u64(), Some(claims.expires_at()));
            assert_eq!(members["iat"].as_u64(), Some(claims.issued_at()));
            assert!(claims.expires_at() > NOW && claims.issued_at() <= NOW);
            let not_before = members.get("nbf").map(|nbf| nbf.as_u64().expect("whole seconds"));
            assert!(not_before.is_none_or(|nbf| nbf <= NOW));
            assert_eq!(claims.json().as_bytes(), payload);
            assert_ne!(claims.session_id(), Some(""));
        }
        Err(refusal) => assert!(!refusal.to_string().is_empty() && !refusal.code().is_empty()),
    }
    Corpus::Keep
}

/// What holds of every token that verified.
fn check_accepted(token: &str, verified: &Verified<'_>) {
    assert!(token.len() <= DEFAULT_MAX_TOKEN_BYTES);
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    let bytes: Vec<_> = parts.iter().map(|part| decode(part).expect("canonical")).collect();
    let again: Vec<_> = bytes.iter().map(|bytes| encode(bytes)).collect();
    assert_eq!(again.join("."), token, "a token has a second spelling");
    assert_eq!(bytes[1], verified.payload);

    let header = strict_object(&bytes[0]).expect("an accepted header is strict JSON");
    let names: &[&str] = match verified.key.algorithm().name() {
        "EdDSA" => &["EdDSA", "Ed25519"],
        name => &[name],
    };
    assert!(names.contains(&header["alg"].as_str().expect("text")));
    for refused in ["crit", "b64", "zip", "enc"] {
        assert!(!header.contains_key(refused), "{refused}");
    }
    if let Some(kid) = header.get("kid") {
        let kid = kid.as_str().expect("text");
        assert!(verified.key.kid().is_none_or(|own| own == kid));
    }
}

/// Claims are read exactly where a strict reading of another parser agrees.
fn check_claims(payload: &[u8]) {
    let Ok(text) = str::from_utf8(payload) else { return };
    let members = strict_object(payload);
    let mut seen = Vec::new();
    match Claims::parse(text, |name| seen.push(name.to_owned())) {
        Ok(claims) => {
            let members = members.expect("accepted claims are strict JSON");
            assert_eq!(seen.len(), members.len());
            assert!(seen.iter().all(|name| members.contains_key(name)));
            assert_eq!(members["exp"].as_u64(), Some(claims.expires_at));
            assert_eq!(members.get("sub").and_then(Value::as_str), claims.subject.as_deref());
            if let Some(audience) = claims.audience {
                assert_eq!(audience.as_slice(), audiences(&members));
            }
        }
        Err(ClaimsError::NotJson(_)) => assert!(members.is_none(), "strict JSON was refused"),
        Err(_) => assert!(members.is_some(), "claims were judged that are not strict JSON"),
    }
}

fn audiences(members: &Map<String, Value>) -> Vec<&str> {
    match members.get("aud") {
        Some(Value::Array(many)) => many.iter().map(|one| one.as_str().expect("text")).collect(),
        Some(Value::String(one)) => vec![one],
        _ => Vec::new(),
    }
}
