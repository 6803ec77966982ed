//! Which keys are keys, and the forms in which they come and go.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use tessera_token::{
    Algorithm, DEFAULT_MAX_TOKEN_BYTES, Jwk, Jwks, KeyError, KeySet, Malformed, SignError,
    SigningKey, VerifyError, VerifyingKey, verify,
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
        for length in [0, 1, required - 1] {
            let too_short = Some(KeyError::SecretTooShort { required, length });
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
        assert_eq!(public(&oct).err(), Some(KeyError::SecretInPublic));
    }
    assert_eq!(public(&json!({ "kty": "oct" })).err(), Some(KeyError::SecretInPublic));
    let private = json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA", "k": "AA" });
    assert_eq!(public(&private).err(), Some(KeyError::PrivateInPublic));
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

#[test]
fn nothing_is_signed_that_would_not_verify() {
    let key = || SigningKey::hmac(Algorithm::HS256, &[1; 32]).unwrap();
    let keys = KeySet::new([key().verifying_key()]);
    assert_eq!(key().sign(b""), Err(SignError::EmptyPayload));
    assert!(verify(&key().sign(b"0").unwrap(), &keys, DEFAULT_MAX_TOKEN_BYTES).is_ok());

    // `{"alg":"HS256","kid":""}` takes 24 of the 1,024 bytes.
    let longest = key().with_kid("k".repeat(1_000));
    let token = longest.sign(b"{}").unwrap();
    for keys in [&keys, &KeySet::new([longest.verifying_key()])] {
        assert!(verify(&token, keys, DEFAULT_MAX_TOKEN_BYTES).is_ok());
    }
    for kid in ["k".repeat(1_001), "\n".repeat(501), "k".repeat(9_000)] {
        let too_long = key().with_kid(kid);
        assert_eq!(too_long.sign(b"{}"), Err(SignError::HeaderTooLong));
    }
}

/// Not even where the key's own header says the same.
#[test]
fn a_header_that_is_too_long_is_refused_for_every_key() {
    let kid = "k".repeat(1_001);
    let key = VerifyingKey::hmac(Algorithm::HS256, &[1; 32]).unwrap();
    let header = format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#);
    let [header, payload] =
        [header.as_str(), "{}"].map(|part| base64_simd::URL_SAFE_NO_PAD.encode_to_string(part));
    let message = format!("{header}.{payload}");
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[1; 32]);
    let tag = aws_lc_rs::hmac::sign(&secret, message.as_bytes());
    let token = format!("{message}.{}", base64_simd::URL_SAFE_NO_PAD.encode_to_string(tag));
    for keys in [KeySet::new([key.clone()]), KeySet::new([key.with_kid(kid)])] {
        let refused = verify(&token, &keys, DEFAULT_MAX_TOKEN_BYTES).unwrap_err();
        assert_eq!(refused, VerifyError::Malformed(Malformed::HeaderTooLong));
    }
}

#[test]
fn what_is_no_key_set_is_said_to_be_none() {
    let said = |json: &str| Jwks::parse(json.as_bytes()).unwrap_err();
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap().public_jwk().unwrap().to_json();
    for json in [
        "{}",
        r#"{"error":"not found"}"#,
        &key,
        &format!("[{key}]"),
        r#"{"keys":null}"#,
        r#"{"keys":{}}"#,
    ] {
        assert_eq!(said(json), KeyError::NotKeySet, "{json}");
    }
    for json in ["", "{", "<p>", r#"{"keys":[],"keys":[]}"#, "[}", "\u{feff}{}"] {
        assert_eq!(said(json), KeyError::NotJson, "{json}");
    }
    assert_eq!(KeyError::NotKeySet.to_string(), "there is no array `keys`");
}

#[test]
fn the_reasons_say_what_to_do() {
    let secret = |secret: &[u8]| VerifyingKey::hmac(Algorithm::HS384, secret).unwrap_err();
    assert_eq!(secret(&[1; 47]).to_string(), "the secret has 47 bytes, and needs at least 48");
    assert_eq!(
        secret(include_bytes!("pem/rsa.pub.pem")).to_string(),
        "the secret is a key that others may know: read a public key with `from_pem` or \
         `from_jwk`, and make a secret of random bytes"
    );
    let published = br#"{"kty":"oct","k":"AAAA","alg":"HS256"}"#;
    assert_eq!(
        Jwk::parse(published).unwrap_err().to_string(),
        "this is a shared secret, and no published key is one"
    );
}

#[test]
fn a_secret_in_its_json_form() {
    let secret = |jwk: Value| VerifyingKey::from_secret_jwk(jwk.to_string().as_bytes());
    let k = |length| base64_simd::URL_SAFE_NO_PAD.encode_to_string(vec![7_u8; length]);
    let named = secret(json!({ "kty": "oct", "k": k(64), "alg": "HS512", "kid": "s" })).unwrap();
    assert_eq!((named.algorithm(), named.kid()), (Algorithm::HS512, Some("s")));
    let bare = secret(json!({ "kty": "oct", "k": k(32), "use": "sig" })).unwrap();
    assert_eq!((bare.algorithm(), bare.kid()), (Algorithm::HS256, None));
    let ours = SigningKey::hmac(Algorithm::HS256, &[7; 32]).unwrap().sign(b"{}").unwrap();
    assert!(verify(&ours, &KeySet::new([bare]), DEFAULT_MAX_TOKEN_BYTES).is_ok());

    for (jwk, error) in [
        (json!({ "kty": "oct", "k": "" }), KeyError::SecretTooShort { required: 32, length: 0 }),
        (
            json!({ "kty": "oct", "k": k(31) }),
            KeyError::SecretTooShort { required: 32, length: 31 },
        ),
        (
            json!({ "kty": "oct", "k": k(32), "alg": "HS384" }),
            KeyError::SecretTooShort { required: 48, length: 32 },
        ),
        (json!({ "kty": "oct", "k": format!("{}=", k(32)) }), KeyError::Member("k")),
        (json!({ "kty": "oct" }), KeyError::Member("k")),
        (json!({ "kty": "oct", "k": 7 }), KeyError::Member("k")),
        (json!({ "k": k(32) }), KeyError::Member("kty")),
        (json!({ "kty": "RSA", "k": k(32) }), KeyError::Type),
        (json!({ "kty": "oct", "k": k(32), "alg": "none" }), KeyError::UnknownAlgorithm),
        (json!({ "kty": "oct", "k": k(32), "alg": "RS256" }), KeyError::WrongAlgorithm),
        (json!({ "kty": "oct", "k": k(32), "use": "enc" }), KeyError::NotForSignatures),
        (json!({ "kty": "oct", "k": k(32), "key_ops": ["encrypt"] }), KeyError::NotForSignatures),
        (json!([]), KeyError::NotJson),
    ] {
        assert_eq!(secret(jwk.clone()).unwrap_err(), error, "{jwk}");
    }
}

/// With a public key as its secret, everybody can sign.
#[test]
fn the_text_of_a_key_is_no_secret() {
    let pem = include_str!("pem/rsa.pub.pem");
    let jwk = SigningKey::generate(Algorithm::EdDSA).unwrap().public_jwk().unwrap();
    let ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBftnHPp22SewYmmEoMcX8VwI4IHwaqd";
    for text in [
        pem.to_owned(),
        format!("\u{feff}{pem}"),
        format!("# a comment\r\n{}", pem.replace('\n', "\r\n")),
        jwk.to_json(),
        format!(" \n{}", jwk.to_json()),
        Jwks::from_iter([jwk.clone()]).to_json(),
        format!("[{}]", jwk.to_json()),
        ssh.to_owned(),
        format!("\n{ssh}"),
    ] {
        for result in [
            VerifyingKey::hmac(Algorithm::HS256, text.as_bytes()).err(),
            SigningKey::hmac(Algorithm::HS256, text.as_bytes()).err(),
        ] {
            assert_eq!(result, Some(KeyError::SecretIsKeyText), "{text}");
        }
    }
    let braces = "{a secret may well start with a brace}";
    assert!(VerifyingKey::hmac(Algorithm::HS256, braces.as_bytes()).is_ok());
}

#[test]
fn an_ed25519_key_is_a_point_of_large_order_in_its_one_spelling() {
    let key = |hex: &str| {
        let x = base16ct::lower::decode_vec(hex).unwrap();
        let x = base64_simd::URL_SAFE_NO_PAD.encode_to_string(x);
        public(&json!({ "kty": "OKP", "crv": "Ed25519", "x": x }))
    };
    let zeros = "0".repeat(60);
    let ones = "f".repeat(60);
    for bad in [
        // Of order 4, 1, 2, 8 and 8.
        format!("00{zeros}00"),
        format!("01{zeros}00"),
        format!("ec{ones}7f"),
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".to_owned(),
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a".to_owned(),
        // The same with the other sign.
        format!("00{zeros}80"),
        format!("ec{ones}ff"),
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85".to_owned(),
        // 3 and 4, spelled as more than the prime; 0 and 1 too.
        format!("f0{ones}7f"),
        format!("f1{ones}7f"),
        format!("ed{ones}7f"),
        format!("ee{ones}ff"),
        // The point of order 1 with a sign, and a `y` that no point has.
        format!("01{zeros}80"),
        format!("02{zeros}00"),
    ] {
        assert_eq!(key(&bad).err(), Some(KeyError::Invalid), "{bad}");
    }
    // 3, as it should be, and the base point.
    assert!(key(&format!("03{zeros}00")).is_ok());
    assert!(key(&format!("58{}", "66".repeat(31))).is_ok());
}

#[test]
fn a_thumbprint_is_of_the_key_alone() {
    let jwk = SigningKey::generate(Algorithm::RS256).unwrap().public_jwk().unwrap();
    let print = jwk.thumbprint().unwrap();
    assert_eq!(
        jwk.clone().with_kid("a").with_algorithm(Algorithm::PS256).thumbprint().unwrap(),
        print
    );
    let other = SigningKey::generate(Algorithm::RS256).unwrap().public_jwk().unwrap();
    assert_ne!(other.thumbprint().unwrap(), print);

    let thumbprint = |jwk: Value| Jwk::parse(jwk.to_string().as_bytes()).unwrap().thumbprint();
    let bad_curve = json!({ "kty": "EC", "crv": "\"", "x": "AA", "y": "AA" });
    assert_eq!(thumbprint(bad_curve), Err(KeyError::Curve));
    let bad_member = json!({ "kty": "RSA", "n": "\"", "e": "AQAB" });
    assert_eq!(thumbprint(bad_member), Err(KeyError::Member("n")));
    let bad_point = json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" });
    assert_eq!(thumbprint(bad_point), Err(KeyError::Member("x")));
}
