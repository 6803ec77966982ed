//! What holds for every token.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt;
use std::sync::LazyLock;

use base64_simd::URL_SAFE_NO_PAD;
use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use tessera_token::{
    Algorithm, Claims, ClaimsError, DEFAULT_MAX_TOKEN_BYTES, Jwk, Jwks, KeySet, SigningKey,
    VerifyingKey, verify,
};

const ALGORITHMS: [Algorithm; 13] = [
    Algorithm::HS256,
    Algorithm::HS384,
    Algorithm::HS512,
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

/// A key for each algorithm; those of RSA are the same numbers, which take long to find.
static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    let rsa = SigningKey::generate(Algorithm::RS256).unwrap().private_jwk().unwrap();
    let key = |algorithm: Algorithm| match algorithm.name().as_bytes() {
        [b'H', ..] => SigningKey::hmac(algorithm, &[1; 64]).unwrap(),
        [b'R' | b'P', ..] => SigningKey::from_private_jwk(rsa.as_bytes(), Some(algorithm)).unwrap(),
        _ => SigningKey::generate(algorithm).unwrap(),
    };
    ALGORITHMS.map(|algorithm| key(algorithm).with_kid(algorithm.name())).into()
});

fn keys() -> KeySet {
    KeySet::new(KEYS.iter().map(SigningKey::verifying_key))
}

fn accepts(token: &str, keys: &KeySet) -> bool {
    verify(token, keys, DEFAULT_MAX_TOKEN_BYTES).is_ok()
}

proptest! {
    #[test]
    fn what_is_signed_verifies(
        which in 0..ALGORITHMS.len(),
        payload in prop::collection::vec(any::<u8>(), 1..2_000),
    ) {
        let key = &KEYS[which];
        let token = key.sign(&payload).unwrap();
        for keys in [KeySet::new([key.verifying_key()]), keys()] {
            let verified = verify(&token, &keys, DEFAULT_MAX_TOKEN_BYTES).unwrap();
            prop_assert_eq!(&verified.payload, &payload);
            prop_assert_eq!(verified.key.algorithm(), key.algorithm());
        }
    }

    #[test]
    fn no_one_bit_change_of_the_text_verifies(
        which in 0..ALGORITHMS.len(),
        payload in prop::collection::vec(any::<u8>(), 1..200),
        bit: prop::sample::Index,
    ) {
        let key = &KEYS[which];
        let token = key.sign(&payload).unwrap();
        // The last character of a part may hold bits that no byte holds, so it is always tried.
        let ends = token.match_indices('.').map(|(dot, _)| dot).chain([token.len()]);
        let last = ends.flat_map(|end| (0..8).map(move |bit| (end - 1) * 8 + bit));
        for bit in last.chain([bit.index(token.len() * 8)]) {
            let mut changed = token.clone().into_bytes();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(changed) = String::from_utf8(changed) {
                for keys in [KeySet::new([key.verifying_key()]), keys()] {
                    prop_assert!(!accepts(&changed, &keys), "bit {}", bit);
                }
            }
        }
    }

    /// Most changes of the text are no longer base64url; these all are.
    #[test]
    fn no_one_bit_change_of_a_part_verifies(
        which in 0..ALGORITHMS.len(),
        payload in prop::collection::vec(any::<u8>(), 1..200),
        part in 0..3_usize,
        bit: prop::sample::Index,
    ) {
        let key = &KEYS[which];
        let token = key.sign(&payload).unwrap();
        let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
        let mut bytes = URL_SAFE_NO_PAD.decode_to_vec(&parts[part]).unwrap();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        parts[part] = URL_SAFE_NO_PAD.encode_to_string(bytes);
        for keys in [KeySet::new([key.verifying_key()]), keys()] {
            prop_assert!(!accepts(&parts.join("."), &keys));
        }
    }

    #[test]
    fn no_other_key_verifies(which in 0..ALGORITHMS.len(), other in 0..ALGORITHMS.len()) {
        let token = KEYS[which].sign(b"payload").unwrap();
        let keys = KeySet::new([KEYS[other].verifying_key()]);
        prop_assert_eq!(accepts(&token, &keys), which == other);
    }

    #[test]
    fn no_text_makes_the_parsers_panic(
        text in "\\PC*",
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let keys = keys();
        for token in [
            text.clone(),
            format!("{text}.{text}.{text}"),
            format!("eyJhbGciOiJIUzI1NiJ9.{text}.AA"),
        ] {
            prop_assert!(!accepts(&token, &keys));
        }
        for input in [text.as_bytes(), &bytes] {
            if let Ok(input) = str::from_utf8(input) {
                prop_assert!(Claims::parse(input, |_| ()).is_err());
                let _ = VerifyingKey::from_pem(Algorithm::RS256, input);
                let _ = SigningKey::from_pem(Algorithm::ES256, input);
            }
            let _ = (Jwk::parse(input), Jwks::parse(input));
            let _ = SigningKey::from_private_jwk(input, None);
            let _ = VerifyingKey::from_secret_jwk(input);
            let _ = VerifyingKey::from_der(Algorithm::RS256, input);
        }
    }

    /// Texts that are nearly tokens get further than those above.
    #[test]
    fn no_near_token_makes_the_parser_panic(
        header in near_json(),
        payload in near_json(),
        signature in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let parts = [header.as_bytes(), payload.as_bytes(), &signature];
        let token = parts.map(|part| URL_SAFE_NO_PAD.encode_to_string(part)).join(".");
        prop_assert!(!accepts(&token, &keys()));
    }

    /// The reader of claims accepts what `serde_json` accepts, less duplicate members and depth.
    #[test]
    fn json_is_read_where_another_parser_reads_it(text in near_json()) {
        let is_json = !matches!(Claims::parse(&text, |_| ()), Err(ClaimsError::NotJson(_)));
        let other = serde_json::from_str::<Strict>(&text);
        prop_assert_eq!(is_json, other.is_ok_and(|other| other.is_object_to_depth(16)), "{}", text);
    }

    #[test]
    fn claims_are_read_as_another_parser_reads_them(
        value in json_value(),
        subject in any::<String>(),
        expires_at in any::<u64>(),
    ) {
        let json = serde_json::json!({ "exp": expires_at, "sub": subject, "x": value });
        let mut names = Vec::new();
        let text = json.to_string();
        let claims = Claims::parse(&text, |name| names.push(name.to_owned())).unwrap();
        prop_assert_eq!(claims.subject.as_deref(), Some(subject.as_str()));
        prop_assert_eq!(claims.expires_at, expires_at);
        prop_assert_eq!(names, ["exp", "sub", "x"]);
    }
}

/// Pieces of JSON in an order that is often, but not always, JSON.
fn near_json() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        prop::sample::select(vec![
            "0",
            "-0",
            "1",
            "01",
            "-",
            "1.5",
            ".5",
            "1e3",
            "1E+3",
            "1e",
            "1e400",
            "-1e-400",
            "null",
            "nul",
            "true",
            "false",
            "18446744073709551615",
            "18446744073709551616",
            r#""""#,
            r#""a""#,
            r#""\n""#,
            r#""\u0061""#,
            r#""\ud83d\ude00""#,
            r#""\ud800""#,
            r#""\ude00\ud83d""#,
            r#""\u12""#,
            r#""\x""#,
            "\"\t\"",
            "\"\u{7f}é\"",
            "[]",
            "{}",
            "",
        ])
        .prop_map(str::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| Value::from(number).to_string()),
        any::<String>().prop_map(|text| Value::from(text).to_string()),
    ];
    let name = prop::sample::select(vec!["a", "b", "c", "exp", "alg", r"\u0061", ""]);
    let comma =
        prop::sample::select(vec![",", ",", ",", ",", ",", ",", ",", ",", " ,\n", ",,", "", ";"]);
    let value = scalar.prop_recursive(24, 60, 4, move |inner| {
        let array = (prop::collection::vec(inner.clone(), 0..4), comma.clone());
        let object = (prop::collection::vec((name.clone(), inner), 0..4), comma.clone());
        prop_oneof![
            array.prop_map(|(values, comma)| format!("[{}]", values.join(comma))),
            object.prop_map(|(members, comma)| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
                format!("{{{}}}", members.join(comma))
            }),
        ]
    });
    let deep = (0..20_usize, value.clone())
        .prop_map(|(depth, inner)| format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth)));
    prop_oneof![
        value.clone().prop_map(|value| format!(r#"{{"exp":{value}}}"#)),
        deep.prop_map(|value| format!(r#" {{ "x" : {value} }} "#)),
        value,
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<bool>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// `serde_json` with duplicate members as errors: what is left is depth and whether it is an object.
#[derive(Debug)]
struct Strict {
    depth: usize,
    is_object: bool,
}

impl Strict {
    fn is_object_to_depth(&self, depth: usize) -> bool {
        self.is_object && self.depth <= depth
    }
}

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl StrictVisitor {
    const SCALAR: Strict = Strict { depth: 0, is_object: false };
}

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Self::SCALAR)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Strict, E> {
        Ok(Self::SCALAR)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Strict, E> {
        Ok(Self::SCALAR)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Strict, E> {
        Ok(Self::SCALAR)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Strict, E> {
        Ok(Self::SCALAR)
    }

    fn visit_str<E>(self, _: &str) -> Result<Strict, E> {
        Ok(Self::SCALAR)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Strict, A::Error> {
        let mut depth = 0;
        while let Some(element) = elements.next_element::<Strict>()? {
            depth = depth.max(element.depth);
        }
        Ok(Strict { depth: depth + 1, is_object: false })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Strict, A::Error> {
        let (mut depth, mut names) = (0, Vec::new());
        while let Some((name, value)) = members.next_entry::<String, Strict>()? {
            if names.contains(&name) {
                return Err(A::Error::custom("a member is named twice"));
            }
            names.push(name);
            depth = depth.max(value.depth);
        }
        Ok(Strict { depth: depth + 1, is_object: true })
    }
}
