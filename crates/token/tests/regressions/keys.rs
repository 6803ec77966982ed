//! Keys that are none: empty, short, or made of halves that do not belong together.

use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::{Decode, Encode};
use serde_json::{Value, json};
use tessera_token::{Algorithm, KeyError, KeySet, SigningKey, VerifyError, VerifyingKey};

use crate::forging::{decode, encode, forge, refusal};

const ED25519_PRIVATE: &str = include_str!("../pem/ed.pem");

/// No way to a key takes an empty secret.
fn no_secret_is_empty() {
    for (algorithm, required) in
        [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)]
    {
        let refused = |length| Some(KeyError::SecretTooShort { required, length });
        assert_eq!(VerifyingKey::hmac(algorithm, b"").err(), refused(0));
        assert_eq!(SigningKey::hmac(algorithm, b"").err(), refused(0));
        for short in [0, 1, required - 1] {
            let k = encode(vec![7; short]);
            let jwk = json!({ "kty": "oct", "k": k, "alg": algorithm.name() }).to_string();
            assert_eq!(
                VerifyingKey::from_secret_jwk(jwk.as_bytes()).err(),
                refused(short),
                "{short}"
            );
        }
    }
}

/// The attack on the mistake: everybody can sign with no secret.
fn nobody_s_signature_is_refused() {
    let secret = VerifyingKey::hmac(Algorithm::HS256, &[7; 32]).unwrap();
    for kid in ["", r#","kid":"unknown""#] {
        let forged = forge(&format!(r#"{{"alg":"HS256"{kid}}}"#), b"");
        assert_eq!(refusal(&forged, &KeySet::new([secret.clone()])), VerifyError::BadSignature);
        assert_eq!(refusal(&forged, &KeySet::default()), VerifyError::NoKeys);
    }
}

#[test]
fn cve_2026_45363_no_secret_found_is_no_empty_secret() {
    nobody_s_signature_is_refused();
    no_secret_is_empty();
}

#[test]
fn cve_2026_49852_an_empty_secret() {
    no_secret_is_empty();
}

#[test]
fn cve_2026_114616_an_empty_secret() {
    no_secret_is_empty();
}

#[test]
fn reg_fast_jwt_610_an_empty_secret() {
    no_secret_is_empty();
}

#[test]
fn cve_2026_102266_an_oct_key_with_an_empty_k() {
    for k in [json!(""), Value::Null, json!([]), json!(0)] {
        for alg in ["HS256", "HS384", "HS512"] {
            let jwk = json!({ "kty": "oct", "k": k, "alg": alg }).to_string();
            assert!(VerifyingKey::from_secret_jwk(jwk.as_bytes()).is_err(), "{jwk}");
        }
    }
    let without = VerifyingKey::from_secret_jwk(br#"{"kty":"oct","alg":"HS256"}"#);
    assert_eq!(without.err(), Some(KeyError::Member("k")));
}

#[test]
fn rustsec_2022_0093_no_one_signs_with_a_foreign_public_half() {
    // The JSON form is tried in `cve_2026_102275`; PKCS #8 version 2 carries the public half beside the private one (RFC 5958).
    let (_, der) = pem_rfc7468::decode_vec(ED25519_PRIVATE.as_bytes()).unwrap();
    let own = SigningKey::from_der(Algorithm::EdDSA, &der).unwrap();
    let stranger = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let public = |key: &SigningKey| {
        let jwk: Value = serde_json::from_str(&key.public_jwk().unwrap().to_json()).unwrap();
        decode(jwk["x"].as_str().unwrap())
    };
    let version_2 = |public: &[u8]| {
        let mut info = PrivateKeyInfoRef::from_der(&der).unwrap();
        info.public_key = Some(pkcs8::der::asn1::BitStringRef::from_bytes(public).unwrap());
        SigningKey::from_der(Algorithm::EdDSA, &info.to_der().unwrap())
    };
    let again = version_2(&public(&own)).unwrap();
    assert_eq!(again.public_jwk(), own.public_jwk());
    assert_eq!(version_2(&public(&stranger)).err(), Some(KeyError::Invalid));
}
