//! Which keys are keys, and the forms in which they come and go.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use tessera_token::{
    Algorithm, DEFAULT_MAX_TOKEN_BYTES, Jwk, Jwks, KeyError, KeySet, SigningKey, VerifyingKey,
    verify,
};

const PAIRS: [Algorithm; 10] = [
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

fn members(json: &str) -> Vec<String> {
    let mut rest: Vec<_> = json.split('"').skip(1).step_by(4).map(str::to_owned).collect();
    rest.retain(|name| !name.is_empty());
    rest
}

fn private(algorithm: Algorithm) -> Value {
    let key = SigningKey::generate(algorithm).unwrap();
    serde_json::from_str(&key.private_jwk().unwrap()).unwrap()
}

fn import(jwk: &Value, algorithm: Option<Algorithm>) -> Result<SigningKey, KeyError> {
    SigningKey::from_private_jwk(jwk.to_string().as_bytes(), algorithm)
}

fn public(jwk: &Value) -> Result<VerifyingKey, KeyError> {
    VerifyingKey::from_jwk(&Jwk::parse(jwk.to_string().as_bytes())?)
}

#[test]
fn t2_every_algorithm_signs_and_survives_its_json_form() {
    for algorithm in PAIRS {
        let key = SigningKey::generate(algorithm).unwrap().with_kid("k1");
        let json = key.private_jwk().unwrap();
        let again = SigningKey::from_private_jwk(json.as_bytes(), Some(algorithm)).unwrap();
        let again = again.with_kid("k1");
        assert_eq!(again.algorithm(), algorithm);
        assert_eq!(again.public_jwk(), key.public_jwk(), "{algorithm}");
        assert_eq!(again.private_jwk(), key.private_jwk(), "{algorithm}");

        let published = Jwks::from_iter(key.public_jwk()).to_json();
        let (keys, skipped) = KeySet::from_jwks(&Jwks::parse(published.as_bytes()).unwrap());
        assert_eq!(skipped, []);
        let token = again.sign(b"payload").unwrap();
        let verified = verify(&token, &keys, DEFAULT_MAX_TOKEN_BYTES).unwrap();
        assert_eq!(
            (verified.payload.as_slice(), verified.key.kid()),
            (&b"payload"[..], Some("k1"))
        );
    }
}

#[test]
fn v7_published_members_are_those_of_the_npm_package() {
    for (algorithm, published, bare, private) in [
        (
            Algorithm::EdDSA,
            &["alg", "crv", "x", "kty", "kid"][..],
            &["crv", "x", "kty"][..],
            &["crv", "d", "x", "kty"][..],
        ),
        (
            Algorithm::ES512,
            &["alg", "kty", "crv", "x", "y", "kid"],
            &["kty", "crv", "x", "y"],
            &["crv", "d", "x", "y", "kty"],
        ),
        (
            Algorithm::PS256,
            &["alg", "kty", "n", "e", "kid"],
            &["kty", "n", "e"],
            &["kty", "n", "e", "d", "p", "q", "dp", "dq", "qi"],
        ),
    ] {
        let key = SigningKey::generate(algorithm).unwrap().with_kid("k1");
        let jwk = key.public_jwk().unwrap();
        assert_eq!(members(&jwk.to_json()), published);
        assert_eq!(members(&jwk.to_bare_json()), bare);
        assert_eq!(members(&key.private_jwk().unwrap()), private);
        assert_eq!(
            Jwks::from_iter([jwk.clone()]).to_json(),
            format!(r#"{{"keys":[{}]}}"#, jwk.to_json())
        );
    }
}

#[test]
fn cve_2026_45363_weak_secrets_are_no_keys() {
    for (algorithm, required) in
        [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)]
    {
        let too_short = Some(KeyError::SecretTooShort { required });
        for length in [0, 1, required - 1] {
            let secret = vec![1; length];
            assert_eq!(SigningKey::hmac(algorithm, &secret).err(), too_short);
            assert_eq!(VerifyingKey::hmac(algorithm, &secret).err(), too_short);
        }
        assert!(SigningKey::hmac(algorithm, &vec![1; required]).is_ok());
    }
    for algorithm in PAIRS {
        let wrong = Some(KeyError::WrongAlgorithm);
        assert_eq!(SigningKey::hmac(algorithm, &[1; 64]).err(), wrong);
    }
    assert_eq!(SigningKey::generate(Algorithm::HS256).err(), Some(KeyError::WrongAlgorithm));
}

#[test]
fn cve_2026_102266_a_key_set_has_no_secrets() {
    for k in ["", "AAAA", &"A".repeat(43)] {
        let oct = json!({ "kty": "oct", "k": k, "alg": "HS256" });
        assert_eq!(public(&oct).err(), Some(KeyError::PrivateInPublic));
    }
    assert_eq!(public(&json!({ "kty": "oct" })).err(), Some(KeyError::Type));
}

#[test]
fn cve_2026_44699_the_algorithm_of_a_public_key_is_never_symmetric() {
    let rsa = SigningKey::generate(Algorithm::RS256).unwrap().public_jwk().unwrap();
    let bare: Value = serde_json::from_str(&rsa.to_bare_json()).unwrap();
    assert_eq!(public(&bare).unwrap().algorithm(), Algorithm::RS256);
    for alg in ["HS256", "ES256", "EdDSA"] {
        let mut jwk = bare.clone();
        jwk["alg"] = json!(alg);
        assert_eq!(public(&jwk).err(), Some(KeyError::WrongAlgorithm), "{alg}");
    }
    for alg in ["RSA-OAEP", "none", ""] {
        let mut jwk = bare.clone();
        jwk["alg"] = json!(alg);
        assert_eq!(public(&jwk).err(), Some(KeyError::UnknownAlgorithm), "{alg}");
    }
}

#[test]
fn cve_2026_102275_both_halves_must_belong_together() {
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::ES512, Algorithm::RS256] {
        let (own, other) = (private(algorithm), private(algorithm));
        assert!(import(&own, Some(algorithm)).is_ok());
        let mut mixed = own;
        for member in ["x", "y", "n"] {
            if mixed.get(member).is_some() {
                mixed[member] = other[member].clone();
            }
        }
        assert_eq!(import(&mixed, Some(algorithm)).err(), Some(KeyError::Invalid), "{algorithm}");
    }
}

#[test]
fn malformed_private_keys_are_refused() {
    let own = private(Algorithm::ES256);
    for (member, value, error) in [
        ("d", Value::Null, KeyError::Member("d")),
        ("d", json!("AA"), KeyError::Member("d")),
        ("d", json!(1), KeyError::Member("d")),
        ("x", json!("AA"), KeyError::Member("x")),
        ("y", json!("!"), KeyError::Member("y")),
        ("crv", json!("secp256k1"), KeyError::Curve),
        ("crv", json!("P-384"), KeyError::Member("x")),
        ("kty", json!("ec"), KeyError::Type),
        ("kty", json!("OKP"), KeyError::Curve),
        ("alg", json!("ES384"), KeyError::WrongAlgorithm),
        ("alg", json!("ES256K"), KeyError::UnknownAlgorithm),
        ("use", json!("enc"), KeyError::NotForSignatures),
        ("key_ops", json!(["deriveBits"]), KeyError::NotForSignatures),
        ("y", own["x"].clone(), KeyError::Invalid),
    ] {
        let mut jwk = own.clone();
        jwk[member] = value.clone();
        assert_eq!(import(&jwk, None).err(), Some(error), "{member}: {value}");
    }
    for text in ["", "{}x", "[]", "null", r#"{"kty":"EC","kty":"EC"}"#] {
        let refused = SigningKey::from_private_jwk(text.as_bytes(), None);
        assert_eq!(refused.err(), Some(KeyError::NotJson), "{text}");
    }
    let rsa = private(Algorithm::RS256);
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        let mut without = rsa.clone();
        without.as_object_mut().unwrap().remove(member);
        let refused = import(&without, Some(Algorithm::RS256));
        assert_eq!(refused.err(), Some(KeyError::Member(member)));
    }
}

#[test]
fn cve_2025_45768_weak_rsa_keys_are_refused() {
    let jwk = |n: Vec<u8>, e: Vec<u8>| {
        let encode = |bytes| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
        public(&json!({ "kty": "RSA", "n": encode(n), "e": encode(e), "alg": "RS256" })).err()
    };
    let modulus = |bytes: usize, first: u8| {
        let mut n = vec![0xff; bytes];
        n[0] = first;
        n
    };
    let e = || vec![1, 0, 1];
    assert_eq!(jwk(modulus(256, 0x80), e()), None);
    assert_eq!(jwk(modulus(256, 0x7f), e()), Some(KeyError::ModulusSize));
    assert_eq!(jwk(modulus(128, 0xff), e()), Some(KeyError::ModulusSize));
    assert_eq!(jwk(modulus(1024, 0xff), e()), None);
    assert_eq!(jwk(modulus(1025, 0x01), e()), Some(KeyError::ModulusSize));
    assert_eq!(jwk(modulus(257, 0), e()), Some(KeyError::Member("n")));
    assert_eq!(jwk(vec![], e()), Some(KeyError::Member("n")));
    for weak in
        [vec![], vec![0], vec![1], vec![2], vec![4], vec![0, 3], vec![1, 0], vec![1, 0, 0, 0, 1]]
    {
        assert_eq!(jwk(modulus(256, 0x80), weak.clone()), Some(KeyError::Exponent), "{weak:?}");
    }
    assert_eq!(jwk(modulus(256, 0x80), vec![3]), None);
}

#[test]
fn points_off_the_curve_are_refused() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap().public_jwk().unwrap();
    let mut jwk: Value = serde_json::from_str(&key.to_json()).unwrap();
    assert!(public(&jwk).is_ok());
    jwk["y"] = jwk["x"].clone();
    assert_eq!(public(&jwk).err(), Some(KeyError::Invalid));
    let zero = json!("A".repeat(43));
    jwk["x"] = zero.clone();
    jwk["y"] = zero;
    assert_eq!(public(&jwk).err(), Some(KeyError::Invalid));
}

#[test]
fn a_private_key_is_never_read_or_printed_as_a_public_one() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("k1");
    let private = key.private_jwk().unwrap();
    assert_eq!(Jwk::parse(private.as_bytes()).err(), Some(KeyError::PrivateInPublic));
    let shown = "SigningKey { algorithm: EdDSA, kid: Some(\"k1\"), .. }";
    assert_eq!(format!("{key:?}"), shown);
    let secret = SigningKey::hmac(Algorithm::HS256, &[b'x'; 32]).unwrap();
    assert_eq!(format!("{secret:?}"), "SigningKey { algorithm: HS256, kid: None, .. }");
    let shown = "VerifyingKey { algorithm: HS256, kid: None, .. }";
    assert_eq!(format!("{:?}", secret.verifying_key()), shown);
    assert!(secret.private_jwk().is_none() && secret.public_jwk().is_none());
}

#[test]
fn a_kid_is_escaped_in_the_header() {
    let key = SigningKey::hmac(Algorithm::HS256, &[1; 32]).unwrap().with_kid("a\"b\\\u{1}é");
    let token = key.sign(b"{}").unwrap();
    let header = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(token.split('.').next().unwrap());
    assert_eq!(header.unwrap(), "{\"alg\":\"HS256\",\"kid\":\"a\\\"b\\\\\\u0001é\"}".as_bytes());
    let keys = KeySet::new([key.verifying_key()]);
    assert!(verify(&token, &keys, DEFAULT_MAX_TOKEN_BYTES).is_ok());
}
