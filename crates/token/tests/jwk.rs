//! What a key and a set of keys say of themselves.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use tessera_token::{Algorithm, Jwk, KeySet, SigningKey, VerifyingKey};

fn public(algorithm: Algorithm) -> Jwk {
    SigningKey::generate(algorithm).unwrap().with_kid("k1").public_jwk().unwrap()
}

#[test]
fn a_key_tells_its_name_and_its_curve() {
    for (algorithm, curve) in [
        (Algorithm::EdDSA, Some("Ed25519")),
        (Algorithm::ES256, Some("P-256")),
        (Algorithm::ES512, Some("P-521")),
        (Algorithm::RS256, None),
    ] {
        let jwk = public(algorithm);
        assert_eq!((jwk.kid(), jwk.curve()), (Some("k1"), curve), "{algorithm}");
    }
    let unnamed = SigningKey::generate(Algorithm::EdDSA).unwrap().public_jwk().unwrap();
    assert_eq!(unnamed.kid(), None);
}

#[test]
fn a_key_is_usable_where_one_of_its_operations_is_on_signatures() {
    let with = |ops: Value| {
        let mut jwk: Value = serde_json::from_str(&public(Algorithm::ES256).to_json()).unwrap();
        jwk["key_ops"] = ops;
        VerifyingKey::from_jwk(&Jwk::parse(jwk.to_string().as_bytes()).unwrap())
    };
    for ops in [json!(["verify"]), json!(["sign"]), json!(["encrypt", "verify"])] {
        assert!(with(ops.clone()).is_ok(), "{ops}");
    }
    for ops in [json!([]), json!(["encrypt"]), json!(["Verify"]), json!("verify"), json!(null)] {
        assert!(with(ops.clone()).is_err(), "{ops}");
    }
}

#[test]
fn a_set_is_itself_and_its_clones_and_no_equal_one() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap().verifying_key();
    let set = KeySet::new([key.clone()]);
    assert!(set.is(&set.clone()));
    assert!(!set.is(&KeySet::new([key])));
}

#[test]
fn an_rsa_exponent_has_four_bytes_at_most() {
    let with = |e: &[u8]| {
        let mut jwk: Value = serde_json::from_str(&public(Algorithm::RS256).to_json()).unwrap();
        jwk["e"] = base64_simd::URL_SAFE_NO_PAD.encode_to_string(e).into();
        VerifyingKey::from_jwk(&Jwk::parse(jwk.to_string().as_bytes()).unwrap())
    };
    assert!(with(&[3]).is_ok());
    assert!(with(&[0xff, 0xff, 0xff, 0xff]).is_ok());
    assert!(with(&[1, 0, 0, 0, 1]).is_err());
}
