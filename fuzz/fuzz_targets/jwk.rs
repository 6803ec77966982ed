//! Any bytes as a key, public, private or shared, in JSON, PEM and DER, and as a set of keys.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tessera_fuzz::strict_object;
use tessera_token::{
    Algorithm, DEFAULT_MAX_TOKEN_BYTES, Jwk, Jwks, KeyError, KeySet, SignError, SigningKey,
    VerifyingKey, verify,
};

/// One algorithm for each kind of key that PEM and DER hold.
const KINDS: [Algorithm; 5] =
    [Algorithm::EdDSA, Algorithm::ES256, Algorithm::ES512, Algorithm::RS256, Algorithm::PS512];

fuzz_target!(|input: &[u8]| {
    match Jwk::parse(input) {
        Ok(jwk) => {
            assert!(strict_object(input).is_some(), "a key was read that is not strict JSON");
            check_public(&jwk);
        }
        Err(KeyError::NotJson) => {
            assert!(strict_object(input).is_none(), "strict JSON was refused")
        }
        Err(_) => assert!(strict_object(input).is_some()),
    }
    if let Ok(jwks) = Jwks::parse(input) {
        check_set(&jwks);
    }
    if let Ok(key) = SigningKey::from_private_jwk(input, None) {
        check_private(&key);
    }
    if let Ok(key) = VerifyingKey::from_secret_jwk(input) {
        assert!(strict_object(input).is_some() && key.algorithm().is_symmetric());
    }
    for algorithm in KINDS {
        check_der(algorithm, input);
        if let Ok(pem) = str::from_utf8(input) {
            check_pem(algorithm, pem);
        }
    }
});

fn check_public(jwk: &Jwk) {
    let again = Jwk::parse(jwk.to_json().as_bytes()).expect("a key of our own writing");
    assert_eq!(again.to_json(), jwk.to_json());
    assert_eq!((again.kid(), again.curve()), (jwk.kid(), jwk.curve()));
    let bare = Jwk::parse(jwk.to_bare_json().as_bytes()).expect("a key of our own writing");
    assert_eq!(bare.to_bare_json(), jwk.to_bare_json());
    assert_eq!(bare.kid(), None);
    match VerifyingKey::from_jwk(jwk) {
        Ok(key) => {
            assert_eq!(key.kid(), jwk.kid());
            assert!(!key.algorithm().is_symmetric());
            let keys = KeySet::new([key]);
            assert!(verify("e30.e30.AAAA", &keys, DEFAULT_MAX_TOKEN_BYTES).is_err());
            check_thumbprint(jwk);
        }
        Err(reason) => assert!(!reason.to_string().is_empty()),
    }
}

/// It is of the key alone, and every key that verifies has one.
fn check_thumbprint(jwk: &Jwk) {
    let thumbprint = jwk.thumbprint().expect("a key that verifies has a thumbprint");
    let named = jwk.clone().with_kid("another");
    assert_eq!(named.thumbprint().as_ref(), Ok(&thumbprint));
    let bare = Jwk::parse(jwk.to_bare_json().as_bytes()).expect("a key of our own writing");
    assert_eq!(bare.thumbprint().as_ref(), Ok(&thumbprint));
    assert_eq!(thumbprint.len(), 43);
}

fn check_set(jwks: &Jwks) {
    let (keys, skipped) = KeySet::from_jwks(jwks);
    assert!(keys.keys().len() <= jwks.keys().count());
    assert!(skipped.iter().all(|key| !key.to_string().is_empty()));
    jwks.keys().for_each(check_public);
    let again = Jwks::parse(jwks.to_json().as_bytes()).expect("a set of our own writing");
    assert_eq!(again.to_json(), jwks.to_json());
}

fn check_private(key: &SigningKey) {
    let token = match key.sign(b"payload") {
        Err(SignError::HeaderTooLong) => return,
        signed => signed.expect("a key that was accepted signs"),
    };
    let keys = KeySet::new([key.verifying_key()]);
    let verified = verify(&token, &keys, DEFAULT_MAX_TOKEN_BYTES).expect("its own token");
    assert_eq!(verified.payload, b"payload");

    let json = key.private_jwk().expect("the private half");
    let again = SigningKey::from_private_jwk(json.as_bytes(), Some(key.algorithm()));
    let again = again.expect("a key of our own writing");
    assert_eq!(*again.private_jwk().expect("the private half"), *json);
    let public = key.public_jwk().expect("the public half");
    assert_eq!(again.public_jwk().expect("the public half").to_bare_json(), public.to_bare_json());
    check_public(&public);
}

fn check_der(algorithm: Algorithm, der: &[u8]) {
    if let Ok(key) = VerifyingKey::from_der(algorithm, der) {
        assert_eq!(key.algorithm(), algorithm);
    }
    if let Ok(key) = SigningKey::from_der(algorithm, der) {
        assert_eq!(key.algorithm(), algorithm);
        check_private(&key);
    }
}

fn check_pem(algorithm: Algorithm, pem: &str) {
    if let Ok(key) = VerifyingKey::from_pem(algorithm, pem) {
        assert_eq!(key.algorithm(), algorithm);
        assert!(VerifyingKey::hmac(Algorithm::HS256, pem.as_bytes()).is_err());
    }
    if let Ok(key) = SigningKey::from_pem(algorithm, pem) {
        assert_eq!(key.algorithm(), algorithm);
        check_private(&key);
    }
}
