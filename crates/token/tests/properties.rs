//! What holds for every token.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
use tessera_token::{
    Algorithm, Claims, DEFAULT_MAX_TOKEN_BYTES, Jwk, Jwks, KeySet, SigningKey, verify,
};

static KEYS: LazyLock<[SigningKey; 4]> = LazyLock::new(|| {
    [
        SigningKey::hmac(Algorithm::HS256, &[1; 32]).unwrap(),
        SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("k1"),
        SigningKey::generate(Algorithm::ES256).unwrap(),
        SigningKey::generate(Algorithm::RS256).unwrap().with_kid("r"),
    ]
});

proptest! {
    #[test]
    fn what_is_signed_verifies(
        which in 0..4_usize,
        payload in prop::collection::vec(any::<u8>(), 1..2_000),
    ) {
        let key = &KEYS[which];
        let keys = KeySet::new([key.verifying_key()]);
        let token = key.sign(&payload).unwrap();
        let verified = verify(&token, &keys, DEFAULT_MAX_TOKEN_BYTES).unwrap();
        prop_assert_eq!(verified.payload, payload);
    }

    #[test]
    fn no_one_bit_change_verifies(
        which in 0..4_usize,
        payload in prop::collection::vec(any::<u8>(), 1..200),
        bit: prop::sample::Index,
    ) {
        let key = &KEYS[which];
        let keys = KeySet::new([key.verifying_key()]);
        let mut token = key.sign(&payload).unwrap().into_bytes();
        let bit = bit.index(token.len() * 8);
        token[bit / 8] ^= 1 << (bit % 8);
        if let Ok(token) = String::from_utf8(token) {
            prop_assert!(verify(&token, &keys, DEFAULT_MAX_TOKEN_BYTES).is_err());
        }
    }

    #[test]
    fn no_text_makes_the_parsers_panic(text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let keys = KeySet::new(KEYS.iter().map(SigningKey::verifying_key));
        for token in [text.clone(), format!("{text}.{text}.{text}"), format!("eyJhbGciOiJIUzI1NiJ9.{text}.AA")] {
            prop_assert!(verify(&token, &keys, DEFAULT_MAX_TOKEN_BYTES).is_err());
        }
        for input in [text.as_bytes(), &bytes] {
            if let Ok(input) = str::from_utf8(input) {
                prop_assert!(Claims::parse(input, |_| ()).is_err());
            }
            let _ = (Jwk::parse(input), Jwks::parse(input), SigningKey::from_private_jwk(input, None));
        }
    }

    #[test]
    fn claims_are_read_as_other_parsers_read_them(value in json_value()) {
        let text = serde_json::json!({ "exp": 1, "sub": "u1", "x": value }).to_string();
        let claims = Claims::parse(&text, |_| ()).unwrap();
        prop_assert_eq!(claims.subject.as_deref(), Some("u1"));
        prop_assert_eq!(claims.expires_at, 1);
    }
}

fn json_value() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
    use proptest::strategy::Strategy;
    let leaf = proptest::prop_oneof![
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<bool>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        proptest::prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}
