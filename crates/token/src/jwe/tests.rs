use super::*;

const SECRET: &[u8] = b"reference-secret-0123456789abcdefghijkl";

fn key() -> EncryptionKey {
    key_of(SECRET)
}

/// Derived as Better Auth does for its session cookie.
fn key_of(secret: &[u8]) -> EncryptionKey {
    let info = b"BetterAuth.js Generated Encryption Key";
    EncryptionKey::derive(secret, b"better-auth-session", info).unwrap()
}

/// A token with another header, properly authenticated.
fn with_header(json: &str) -> String {
    let header = base64url::encode(json.as_bytes());
    let (text, tag) = key().seal(header.as_bytes(), [7; IV_BYTES], b"{}").unwrap();
    let part = |bytes: &[u8]| base64url::encode(bytes);
    format!("{header}..{}.{}.{}", part(&[7; IV_BYTES]), part(&text), part(&tag))
}

#[test]
fn rfc7518_b3() {
    let bytes = |hex: &str| base16ct::lower::decode_vec(hex).unwrap();
    let key: Vec<u8> = (0..64).collect();
    let key = EncryptionKey::new(key.as_slice().try_into().unwrap()).unwrap();
    let content = b"A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy without inconvenience";
    let beside = b"The second principle of Auguste Kerckhoffs";
    let iv = bytes("1af38c2dc2b96ffdd86694092341bc04").try_into().unwrap();
    let ciphertext = bytes(
        "4affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd822c301dd67c373bccb584ad3e9279c2e6d12a1374b77f077553df829410446b36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3a3b75e662a2594410ae496b2e2e6609e31e6e02cc837f053d21f37ff4f51950bbe2638d09dd7a4930930806d0703b1f6",
    );
    let tag = bytes("4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5");
    let (sealed, own_tag) = key.seal(beside, iv, content).unwrap();
    assert_eq!((sealed.as_slice(), own_tag.as_slice()), (ciphertext.as_slice(), tag.as_slice()));
    let parts = Parts { header: "", kid: None, iv, ciphertext, tag };
    assert_eq!(key.open(beside, &parts).unwrap(), content);
}

#[test]
fn each_length_comes_back_and_no_two_tokens_are_equal() {
    let keys = [key()];
    for length in 0..50 {
        let content = vec![b'x'; length];
        let token = keys[0].encrypt(&content).unwrap();
        assert_eq!(decrypt(&token, &keys, token.len()).unwrap(), content);
        assert_ne!(keys[0].encrypt(&content).unwrap(), token);
    }
}

#[test]
fn any_change_is_refused() {
    let keys = [key()];
    let token = keys[0].encrypt(br#"{"sub":"ada"}"#).unwrap();
    for position in 0..token.len() {
        for other in [b'A', b'Q', b'.', b'='] {
            let mut changed = token.clone().into_bytes();
            changed[position] = other;
            let changed = String::from_utf8(changed).unwrap();
            if changed != token {
                assert!(decrypt(&changed, &keys, 1000).is_err(), "{changed}");
            }
        }
    }
    let parts: Vec<&str> = token.split('.').collect();
    let [header, empty, iv, text, tag] = parts.as_slice().try_into().unwrap();
    for changed in [
        [header, "AAAA", iv, text, tag].join("."),
        [header, empty, iv, "", tag].join("."),
        [header, empty, "", text, tag].join("."),
        [header, empty, iv, text, ""].join("."),
        // A shorter tag, and a text that ends in the middle of a block.
        [header, empty, iv, text, &tag[..22]].join("."),
        [header, empty, iv, &text[..4], tag].join("."),
        [header, empty, iv, text].join("."),
        format!("{token}."),
        format!("{token}.{token}"),
        format!(" {token}"),
        String::new(),
        "....".to_owned(),
    ] {
        assert_eq!(decrypt(&changed, &keys, 1000), Err(DecryptError::Malformed), "{changed}");
    }
    assert_eq!(decrypt(&token, &keys, token.len() - 1), Err(DecryptError::Malformed));
}

#[test]
fn one_algorithm_and_nothing_besides() {
    let good = r#"{"alg":"dir","enc":"A256CBC-HS512"}"#;
    assert_eq!(decrypt(&with_header(good), &[key()], 1000).unwrap(), b"{}", "without a kid");
    for header in [
        r#"{"alg":"dir","enc":"A128CBC-HS256"}"#,
        r#"{"alg":"dir","enc":"A256GCM"}"#,
        r#"{"alg":"A256KW","enc":"A256CBC-HS512"}"#,
        r#"{"alg":"PBES2-HS256+A128KW","enc":"A256CBC-HS512","p2c":1000000,"p2s":"AA"}"#,
        r#"{"alg":"none","enc":"A256CBC-HS512"}"#,
        r#"{"enc":"A256CBC-HS512"}"#,
        r#"{"alg":"dir"}"#,
        r#"{"alg":"dir","enc":"A256CBC-HS512","zip":"DEF"}"#,
        r#"{"alg":"dir","enc":"A256CBC-HS512","crit":["exp"],"exp":1}"#,
        r#"{"alg":"dir","enc":"A256CBC-HS512","jwk":{}}"#,
        r#"{"alg":"dir","enc":"A256CBC-HS512","kid":1}"#,
        r#"{"alg":"dir","enc":"A256CBC-HS512","alg":"dir"}"#,
        r#"["dir","A256CBC-HS512"]"#,
        "",
    ] {
        assert_eq!(
            decrypt(&with_header(header), &[key()], 1000),
            Err(DecryptError::Malformed),
            "{header}"
        );
    }
}

#[test]
fn t4_the_kid_says_which_of_several_keys() {
    let other = key_of(b"another secret of at least thirty-two bytes");
    let token = other.encrypt(b"{}").unwrap();
    assert_eq!(decrypt(&token, &[key()], 1000), Err(DecryptError::UnknownKey));
    assert_eq!(decrypt(&token, &[], 1000), Err(DecryptError::UnknownKey));
    assert_eq!(decrypt(&token, &[key(), other], 1000).unwrap(), b"{}");
    let stranger = [key_of(b"another secret of at least thirty-two bytes")];
    let unnamed = with_header(r#"{"alg":"dir","enc":"A256CBC-HS512"}"#);
    assert_eq!(decrypt(&unnamed, &stranger, 1000), Err(DecryptError::Refused));
    let [stranger] = stranger;
    assert_eq!(decrypt(&unnamed, &[stranger, key()], 1000).unwrap(), b"{}");
}

#[test]
fn a_short_secret_is_none_and_no_key_is_shown() {
    let short = EncryptionKey::derive(&SECRET[..31], b"", b"").unwrap_err();
    assert_eq!(short, KeyError::SecretTooShort { required: 32, length: 31 });
    assert_eq!(format!("{:?}", key()), format!("EncryptionKey {{ kid: {:?}, .. }}", key().kid));
}
