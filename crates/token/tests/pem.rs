//! Keys in PEM and DER, as openssl writes them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use tessera_token::{
    Algorithm, DEFAULT_MAX_TOKEN_BYTES, KeyError, KeySet, SigningKey, VerifyingKey, verify,
};

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("pem/", $name, ".pem"))
    };
}

/// Private and public forms of the same keys.
const PAIRS: [(Algorithm, &str, &str); 9] = [
    (Algorithm::EdDSA, pem!("ed"), pem!("ed.pub")),
    (Algorithm::ES256, pem!("ec"), pem!("ec.pub")),
    (Algorithm::ES256, pem!("ec.sec1"), pem!("ec.pub")),
    (Algorithm::RS256, pem!("rsa"), pem!("rsa.pub")),
    (Algorithm::RS512, pem!("rsa.pkcs1"), pem!("rsa.pub.pkcs1")),
    (Algorithm::RS384, pem!("rsa"), pem!("rsa.pub.pkcs1")),
    (Algorithm::PS256, pem!("rsa.pkcs1"), pem!("rsa.pub")),
    (Algorithm::PS384, pem!("rsa"), pem!("rsa.pub")),
    (Algorithm::PS512, pem!("rsa"), pem!("rsa.pub")),
];

fn der(pem: &str) -> Vec<u8> {
    pem_rfc7468::decode_vec(pem.as_bytes()).unwrap().1
}

#[test]
fn what_the_private_half_signs_the_public_half_verifies() {
    for (algorithm, private, public) in PAIRS {
        let signing = SigningKey::from_pem(algorithm, private).unwrap().with_kid("k");
        let verifying = VerifyingKey::from_pem(algorithm, public).unwrap().with_kid("k");
        assert_eq!((signing.algorithm(), verifying.algorithm()), (algorithm, algorithm));

        let token = signing.sign(b"payload").unwrap();
        let keys = KeySet::new([verifying]);
        let verified = verify(&token, &keys, DEFAULT_MAX_TOKEN_BYTES).unwrap();
        assert_eq!(verified.payload, b"payload", "{algorithm}");

        let again = SigningKey::from_der(algorithm, &der(private)).unwrap();
        let jwk =
            SigningKey::from_private_jwk(again.private_jwk().unwrap().as_bytes(), Some(algorithm));
        assert_eq!(jwk.unwrap().public_jwk(), again.public_jwk(), "{algorithm}");
        assert!(VerifyingKey::from_der(algorithm, &der(public)).is_ok());
    }
}

#[test]
fn a_key_is_only_for_algorithms_of_its_kind() {
    for (private, public, fitting) in [
        (pem!("ed"), pem!("ed.pub"), "EdDSA"),
        (pem!("ec"), pem!("ec.pub"), "ES256"),
        (pem!("rsa"), pem!("rsa.pub"), "RS256 RS384 RS512 PS256 PS384 PS512"),
    ] {
        for name in ["HS256", "EdDSA", "ES256", "ES384", "ES512", "RS256", "PS512"] {
            let algorithm: Algorithm = name.parse().unwrap();
            let fits = fitting.split(' ').any(|one| one == name);
            assert_eq!(SigningKey::from_pem(algorithm, private).is_ok(), fits, "{name}");
            assert_eq!(VerifyingKey::from_pem(algorithm, public).is_ok(), fits, "{name}");
        }
    }
}

#[test]
fn public_keys_that_are_refused() {
    let es256 = |pem: &str| VerifyingKey::from_pem(Algorithm::ES256, pem).unwrap_err();
    let rs256 = |pem: &str| VerifyingKey::from_pem(Algorithm::RS256, pem).unwrap_err();
    assert_eq!(es256(pem!("ec.compressed.pub")), KeyError::Invalid);
    assert_eq!(es256(pem!("k256.pub")), KeyError::Curve);
    assert_eq!(es256(pem!("ec.crt")), KeyError::PemLabel);
    assert_eq!(es256(pem!("ec")), KeyError::PemLabel);
    assert_eq!(rs256(pem!("rsa1024.pub")), KeyError::ModulusSize);
    assert_eq!(rs256(pem!("rsa")), KeyError::PemLabel);
    assert_eq!(rs256(""), KeyError::NotPem);
    assert_eq!(rs256(&format!("{0}{0}", pem!("rsa.pub"))), KeyError::NotPem);

    let label = pem!("rsa").replace("PRIVATE", "PUBLIC");
    assert_eq!(rs256(&label), KeyError::NotDer);
    let trailing = [der(pem!("rsa.pub")), vec![0]].concat();
    let refused = VerifyingKey::from_der(Algorithm::RS256, &trailing).unwrap_err();
    assert_eq!(refused, KeyError::NotDer);
    assert_eq!(VerifyingKey::from_der(Algorithm::RS256, b"").unwrap_err(), KeyError::NotDer);
}

#[test]
fn private_keys_that_are_refused() {
    let es256 = |pem: &str| SigningKey::from_pem(Algorithm::ES256, pem).unwrap_err();
    let eddsa = |pem: &str| SigningKey::from_pem(Algorithm::EdDSA, pem).unwrap_err();
    let rs256 = |pem: &str| SigningKey::from_pem(Algorithm::RS256, pem).unwrap_err();
    assert_eq!(eddsa(pem!("ed.encrypted")), KeyError::PemLabel);
    assert_eq!(eddsa(pem!("ed.pub")), KeyError::PemLabel);
    assert_eq!(es256(pem!("k256")), KeyError::Invalid);
    assert_eq!(rs256(pem!("rsa1024")), KeyError::Invalid);
    assert_eq!(rs256("not PEM"), KeyError::NotPem);
}

/// CVE-2026-102273's kin, in DER: the public half that a private key brings has to be its own.
#[test]
fn a_private_key_with_another_public_half_is_refused() {
    let mut ec = der(pem!("ec"));
    // The public point ends the document.
    *ec.last_mut().unwrap() ^= 1;
    assert_eq!(SigningKey::from_der(Algorithm::ES256, &ec).unwrap_err(), KeyError::Invalid);

    let other = SigningKey::generate(Algorithm::ES256).unwrap();
    let point = other.public_jwk().unwrap().to_json();
    let point: serde_json::Value = serde_json::from_str(&point).unwrap();
    let xy = ["x", "y"].map(|name| {
        base64_simd::URL_SAFE_NO_PAD.decode_to_vec(point[name].as_str().unwrap()).unwrap()
    });
    let mut ec = der(pem!("ec"));
    let start = ec.len() - 64;
    ec.splice(start.., xy.concat());
    assert_eq!(SigningKey::from_der(Algorithm::ES256, &ec).unwrap_err(), KeyError::Invalid);
}
