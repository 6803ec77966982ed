//! The example `jws_check`: lines in, lines out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use aws_lc_rs::hmac;
use base64_simd::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tessera_token::{Algorithm, SigningKey};

const SECRET: [u8; 32] = [7; 32];

#[expect(dead_code, reason = "`main` is for the example alone")]
#[path = "../examples/jws_check.rs"]
mod example;

/// Pipes lines through the program.
fn jws_check(input: impl AsRef<[u8]>) -> Vec<Value> {
    let mut output = Vec::new();
    example::run(&mut input.as_ref(), &mut output).unwrap();
    let output = String::from_utf8(output).unwrap();
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn lines(questions: &[Value]) -> Vec<u8> {
    questions.iter().flat_map(|question| format!("{question}\n").into_bytes()).collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn good(id: &Value, payload: &str) -> Value {
    json!({ "id": id, "ok": true, "payload": payload })
}

fn bad(id: &Value, reason: &str) -> Value {
    json!({ "id": id, "ok": false, "payload": null, "reason": reason })
}

fn secret_jwk() -> Value {
    json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode_to_string(SECRET) })
}

#[test]
fn keys_are_public_private_or_secret_and_objects_or_strings() {
    for algorithm in [Algorithm::EdDSA, Algorithm::ES512, Algorithm::PS256] {
        let key = SigningKey::generate(algorithm).unwrap();
        let jws = key.sign(b"not even JSON").unwrap();
        let public = json(&key.public_jwk().unwrap().to_json());
        let mut private = json(&key.private_jwk().unwrap());
        private["alg"] = algorithm.name().into();
        let asked = |jwk: &Value| json!({ "id": 1, "jwk": jwk, "jws": jws });
        let answers = jws_check(lines(&[
            asked(&public),
            asked(&private),
            asked(&public.to_string().into()),
            asked(&private.to_string().into()),
        ]));
        assert_eq!(answers, vec![good(&1.into(), "not even JSON"); 4], "{algorithm}");
    }
    let key = SigningKey::hmac(Algorithm::HS256, &SECRET).unwrap();
    let jws = key.sign(b"{}").unwrap();
    let asked = |jwk: &Value| json!({ "id": null, "jwk": jwk, "jws": jws });
    let secret = secret_jwk();
    let answers = jws_check(lines(&[asked(&secret), asked(&secret.to_string().into())]));
    assert_eq!(answers, vec![good(&Value::Null, "{}"); 2]);
}

#[test]
fn a_bad_line_never_stops_the_run() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("a");
    let jwk = json(&key.public_jwk().unwrap().to_json());
    let jws = key.sign(b"{}").unwrap();
    let with = |id: &str, member: &str, value: Value| {
        let mut question = json!({ "id": id, "jwk": jwk, "jws": jws });
        question[member] = value;
        format!("{question}\n").into_bytes()
    };
    let question = json!({ "id": "asked", "jwk": jwk, "jws": jws }).to_string();
    let twice = question.replace("\"kty\"", "\"kty\":\"OKP\",\"kty\"");
    let other = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let mut half = json(&other.private_jwk().unwrap());
    half["x"] = jwk["x"].clone();
    let input = [
        with("first", "more", json!("is left alone")),
        b"\n".to_vec(),
        b"[1\n".to_vec(),
        b"\xff{}\n".to_vec(),
        b"{\"id\":{\"a\":[1]}}\n".to_vec(),
        with("no key", "jwk", Value::Null),
        with("odd key", "jwk", json!(7)),
        with("half a key", "jwk", half),
        format!("{twice}\n").into_bytes(),
        with("no token", "jws", json!(["a"])),
        with("two parts", "jws", json!("a.b")),
        with("forged", "jws", json!(other.with_kid("a").sign(b"{}").unwrap())),
        with("another kid", "jws", json!(key.sign(b"{}").unwrap().replace("ImEi", "ImIi"))),
        with("short secret", "jwk", json!({ "kty": "oct", "k": "AAAA" })),
        question.into_bytes(), // without an end of line
    ];
    let answers = jws_check(input.concat());
    let unread = |answer: &Value| {
        let reason = answer["reason"].as_str().unwrap();
        assert!(reason.starts_with("the line cannot be read: "), "{reason}");
        assert_eq!(*answer, bad(&Value::Null, reason));
    };
    answers[1..4].iter().for_each(unread);
    let expected = [
        bad(&json!({ "a": [1] }), "`jwk` is missing"),
        bad(&"no key".into(), "`jwk` is missing"),
        bad(&"odd key".into(), "the key cannot be used: the key is not strict JSON"),
        bad(
            &"half a key".into(),
            "the key cannot be used: the parts of the key do not make a valid key",
        ),
        bad(&"asked".into(), "the key cannot be used: the key is not strict JSON"),
        bad(&"no token".into(), "`jws` is not a string"),
        bad(&"two parts".into(), "the token does not have exactly three parts"),
        bad(&"forged".into(), "the signature does not verify"),
        bad(&"another kid".into(), "no key has the token's kid"),
        bad(
            &"short secret".into(),
            "the key cannot be used: the secret has 3 bytes, and needs at least 32",
        ),
        good(&"asked".into(), "{}"),
    ];
    assert_eq!(answers[0], good(&"first".into(), "{}"));
    assert_eq!(answers[4..], expected);
}

#[test]
fn payloads_that_are_not_text_come_in_base64url() {
    let key = SigningKey::hmac(Algorithm::HS256, &SECRET).unwrap();
    let jws = key.sign(b"\xff\0").unwrap();
    let answers = jws_check(lines(&[json!({ "id": 1, "jwk": secret_jwk(), "jws": jws })]));
    assert_eq!(answers, [json!({ "id": 1, "ok": true, "payload": null, "payload_b64": "_wA" })]);
}

#[test]
fn an_rsa_key_without_alg_is_one_for_rs256() {
    let key = SigningKey::generate(Algorithm::PS256).unwrap();
    let jwk = json(&key.public_jwk().unwrap().to_bare_json());
    let jws = key.sign(b"{}").unwrap();
    let answers = jws_check(lines(&[json!({ "id": 1, "jwk": jwk, "jws": jws })]));
    assert_eq!(answers, [bad(&1.into(), "no key is for the token's algorithm, PS256")]);
}

#[test]
fn ids_come_back_as_they_were_and_in_order() {
    let key = SigningKey::hmac(Algorithm::HS256, &SECRET).unwrap();
    let jws = key.sign(b"\"\xe2\x82\xac\\n\"").unwrap();
    let ids = (0..5_000_u64).map(|id| json!([id, format!("{id}-€"), u64::MAX - id, 0.1]));
    let ids: Vec<_> = ids.collect();
    let asked = |id| json!({ "id": id, "jwk": secret_jwk(), "jws": jws });
    let answers = jws_check(lines(&ids.iter().map(asked).collect::<Vec<_>>()));
    let expected: Vec<_> = ids.iter().map(|id| good(id, "\"€\\n\"")).collect();
    assert!(answers == expected);
}

#[test]
fn a_token_that_is_too_long_is_refused() {
    let header = URL_SAFE_NO_PAD.encode_to_string(r#"{"alg":"HS256"}"#);
    let message = format!("{header}.{}", "A".repeat(16_384 - header.len() - 2 - 43));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &SECRET), message.as_bytes());
    let fits = format!("{message}.{}", URL_SAFE_NO_PAD.encode_to_string(tag));
    assert_eq!(fits.len(), 16_384);
    let answers = jws_check(lines(&[
        json!({ "id": 1, "jwk": secret_jwk(), "jws": fits }),
        json!({ "id": 2, "jwk": secret_jwk(), "jws": format!("{fits}A") }),
    ]));
    assert_eq!(answers[0]["ok"], true);
    assert_eq!(answers[1], bad(&2.into(), "the token is longer than 16384 bytes"));
}
