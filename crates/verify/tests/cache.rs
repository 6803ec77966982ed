//! Verified tokens that are remembered. Nothing that a caller sees says whether a token was
//! remembered, so these tests count: reading the claims of the tokens below costs more than a
//! hundred allocations, which a token that is remembered is spared.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "the server here behaves")]
mod support;

use allocation_counter::measure;
use base64_simd::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use support::{Answer, Server};
use tessera_verify::token::{Algorithm, Jwks, KeySet, SigningKey};
use tessera_verify::{KeySource, LiveKeys, RemoteKeys, Revocations, Verifier, VerifierBuilder};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://auth.example.com";
const AUDIENCE: &str = "https://api.example.com";
/// The allocations that nothing but reading the claims anew takes.
const MANY: u64 = 100;

fn policy(keys: impl Into<KeySource>) -> VerifierBuilder {
    Verifier::builder().issuer(ISSUER).audience(AUDIENCE).keys(keys)
}

fn remembering(key: &SigningKey) -> Verifier {
    policy(KeySet::new([key.verifying_key()])).cache(64).build().unwrap()
}

fn pair() -> SigningKey {
    SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("k1")
}

/// Each further audience takes an allocation to read, since it is spelled with an escape.
fn claims(user: &str) -> Value {
    let mut audiences: Vec<_> = (0..MANY).map(|i| format!("\n{i}")).collect();
    audiences.push(AUDIENCE.to_owned());
    let session = format!("session-of-{user}");
    json!({ "iss": ISSUER, "aud": audiences, "sub": user, "sid": session, "iat": NOW, "exp": NOW + 900 })
}

fn token(key: &SigningKey, claims: &Value) -> String {
    key.sign(claims.to_string().as_bytes()).unwrap()
}

/// The user, if the token is accepted; otherwise the reason's name.
fn verdict(verifier: &Verifier, token: &str, now: u64) -> String {
    match verifier.verify(token, now) {
        Ok(claims) => claims.user_id().to_string(),
        Err(refusal) => refusal.code().to_owned(),
    }
}

/// Whether a token that is good is accepted without its claims being read anew.
fn is_remembered(verifier: &Verifier, token: &str, now: u64) -> bool {
    let mut verdict = None;
    let allocations = measure(|| verdict = Some(verifier.verify(token, now))).count_total;
    assert!(verdict.unwrap().is_ok());
    allocations < MANY
}

#[test]
fn a_token_of_a_key_pair_is_remembered_with_all_that_it_says() {
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::PS256] {
        let key = SigningKey::generate(algorithm).unwrap();
        let verifier = remembering(&key);
        let token = token(&key, &claims("ada"));
        assert!(!is_remembered(&verifier, &token, NOW), "{algorithm}");
        assert!(is_remembered(&verifier, &token, NOW), "{algorithm}");
        let claims = verifier.verify(&token, NOW).unwrap();
        assert_eq!(claims.user_id().as_str(), "ada");
        assert_eq!(claims.session_id(), Some("session-of-ada"));
        assert_eq!((claims.issuer(), claims.audience()), (ISSUER, AUDIENCE));
        assert_eq!((claims.issued_at(), claims.expires_at()), (NOW, NOW + 900));
        assert_eq!(claims.read::<Value>().unwrap(), self::claims("ada"));
    }
}

#[test]
fn without_the_setting_nothing_is_remembered() {
    let key = pair();
    let verifier = policy(KeySet::new([key.verifying_key()])).build().unwrap();
    let token = token(&key, &claims("ada"));
    for _ in 0..3 {
        assert!(!is_remembered(&verifier, &token, NOW));
    }
}

#[test]
fn a_token_of_a_shared_secret_is_never_remembered() {
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let key = SigningKey::hmac(algorithm, &[7; 64]).unwrap();
        let verifier = remembering(&key);
        let token = token(&key, &claims("ada"));
        for _ in 0..3 {
            assert!(!is_remembered(&verifier, &token, NOW), "{algorithm}");
        }
    }
}

/// fast-jwt kept what it had verified under a key in which two tokens could be the same.
#[test]
fn cve_2026_35039_no_token_is_answered_with_what_another_says() {
    let key = pair();
    let verifier = remembering(&key);
    let users: Vec<_> = (0..50).map(|i| format!("user-{i}")).collect();
    let tokens: Vec<_> = users.iter().map(|user| token(&key, &claims(user))).collect();
    for _ in 0..2 {
        for (user, token) in users.iter().zip(&tokens) {
            assert_eq!(verdict(&verifier, token, NOW), *user);
        }
    }
    // Each part of one token with the other parts of another, and with a part of a stranger's.
    let stranger = SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("k2");
    let parts = |token: &str| -> [String; 3] {
        token.split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap()
    };
    let ada = parts(&token(&key, &claims("ada")));
    assert_eq!(verdict(&verifier, &ada.join("."), NOW), "ada");
    assert!(is_remembered(&verifier, &ada.join("."), NOW));
    for other in [parts(&tokens[0]), parts(&token(&stranger, &claims("ada")))] {
        for part in 0..3 {
            let mut mixed = ada.clone();
            mixed[part].clone_from(&other[part]);
            if mixed != ada {
                assert_ne!(verdict(&verifier, &mixed.join("."), NOW), "ada", "part {part}");
            }
        }
    }
}

#[test]
fn cve_2026_35039_the_whole_token_counts_to_its_last_character() {
    let key = pair();
    let verifier = remembering(&key);
    let token = token(&key, &claims("ada"));
    assert!(!is_remembered(&verifier, &token, NOW));
    assert!(is_remembered(&verifier, &token, NOW));

    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode_to_vec(signature).unwrap();
    for i in 0..signature.len() {
        let mut changed = signature.clone();
        changed[i] ^= 1;
        let changed = format!("{message}.{}", URL_SAFE_NO_PAD.encode_to_string(changed));
        assert_eq!(verdict(&verifier, &changed, NOW), "bad_signature", "byte {i}");
    }
    // Other spellings of the same bytes (CVE-2026-102269), and more or less than the token.
    let last_bit = token.strip_suffix(token.chars().last().unwrap()).unwrap();
    let spelled = ["A", "B", "Q", "R", "g", "h", "w", "x"].map(|last| format!("{last_bit}{last}"));
    for other in spelled.into_iter().chain([
        format!("{token}="),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}."),
        token.to_uppercase(),
        last_bit.to_owned(),
    ]) {
        if other != token {
            assert_ne!(verdict(&verifier, &other, NOW), "ada", "{other}");
        }
    }
    assert!(is_remembered(&verifier, &token, NOW));
}

#[test]
fn a_remembered_token_expires() {
    let key = pair();
    let verifier = remembering(&key);
    let token = token(&key, &claims("ada"));
    assert!(!is_remembered(&verifier, &token, NOW));
    assert!(is_remembered(&verifier, &token, NOW + 904));
    assert_eq!(verdict(&verifier, &token, NOW + 905), "expired");
    assert_eq!(verdict(&verifier, &token, NOW + 1_000_000), "expired");
    // Nor is it good before its time, should the clock be set back.
    assert!(!is_remembered(&verifier, &token, NOW));
    assert!(is_remembered(&verifier, &token, NOW - 5));
    assert_eq!(verdict(&verifier, &token, NOW - 6), "not_yet_valid");
}

#[test]
fn a5_a_remembered_token_ends_with_its_session() {
    let key = pair();
    let revocations = Revocations::new();
    let policy = policy(KeySet::new([key.verifying_key()])).revocations(revocations.clone());
    let verifier = policy.cache(64).build().unwrap();
    let [ada, bob] = ["ada", "bob"].map(|user| token(&key, &claims(user)));
    for token in [&ada, &bob] {
        assert!(!is_remembered(&verifier, token, NOW));
        assert!(is_remembered(&verifier, token, NOW));
    }
    revocations.end("session-of-ada", NOW + 900);
    for _ in 0..2 {
        assert_eq!(verdict(&verifier, &ada, NOW), "revoked");
    }
    assert!(is_remembered(&verifier, &bob, NOW));
}

#[test]
fn t4_a_remembered_token_ends_with_its_key() {
    let (old, new) = (pair(), SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("k2"));
    let set = |keys: &[&SigningKey]| KeySet::new(keys.iter().map(|key| key.verifying_key()));
    let live = LiveKeys::new(set(&[&old]));
    let verifier = policy(live.clone()).cache(64).build().unwrap();
    let token = token(&old, &claims("ada"));
    assert!(!is_remembered(&verifier, &token, NOW));
    assert!(is_remembered(&verifier, &token, NOW));

    // The key has gone; another has taken its name; there is none at all.
    let namesake = SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("k1");
    for (keys, refused) in [
        (set(&[&new]), "unknown_key"),
        (set(&[&namesake]), "bad_signature"),
        (KeySet::default(), "keys_unavailable"),
    ] {
        live.replace(keys);
        for _ in 0..2 {
            assert_eq!(verdict(&verifier, &token, NOW), refused);
        }
    }
    // It stays good where its key stays, once it has been verified with the new set.
    live.replace(set(&[&new, &old]));
    assert!(!is_remembered(&verifier, &token, NOW));
    assert!(is_remembered(&verifier, &token, NOW));
}

#[test]
fn t4_a_remembered_token_ends_when_the_issuer_withdraws_its_key() {
    let (old, new) = (pair(), SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("k2"));
    let set = |keys: &[&SigningKey]| {
        Answer::Jwks(keys.iter().filter_map(|key| key.public_jwk()).collect::<Jwks>().to_json())
    };
    let server = Server::start(set(&[&old]));
    let url = server.url.parse().unwrap();
    let keys = RemoteKeys::builder(url).refresh_every(300).max_age(3_600).build();
    let verifier = policy(keys).cache(64).build().unwrap();
    let mut claims = claims("ada");
    claims["exp"] = json!(NOW + 100_000);
    let token = token(&old, &claims);
    verifier.probe(NOW).unwrap();
    assert!(!is_remembered(&verifier, &token, NOW));
    assert!(is_remembered(&verifier, &token, NOW));

    // A refresh that brings the same keys, and one that fails, change nothing.
    verifier.probe(NOW + 300).unwrap();
    assert!(is_remembered(&verifier, &token, NOW + 300));
    server.now_answers(Answer::status("500 Internal Server Error"));
    assert!(verifier.probe(NOW + 600).is_err());
    assert!(is_remembered(&verifier, &token, NOW + 600));
    // Keys that are too old verify nothing, and neither does what they have verified.
    assert!(verifier.probe(NOW + 3_900).is_err());
    assert_eq!(verdict(&verifier, &token, NOW + 3_900), "keys_unavailable");

    server.now_answers(set(&[&old, &new]));
    verifier.probe(NOW + 4_000).unwrap();
    assert!(!is_remembered(&verifier, &token, NOW + 4_000));
    assert!(is_remembered(&verifier, &token, NOW + 4_000));
    server.now_answers(set(&[&new]));
    verifier.probe(NOW + 4_300).unwrap();
    assert_eq!(verdict(&verifier, &token, NOW + 4_300), "unknown_key");
}

#[test]
fn what_is_refused_is_not_remembered() {
    let key = pair();
    let verifier = remembering(&key);
    let mut early = claims("ada");
    early["nbf"] = json!(NOW + 60);
    let early = token(&key, &early);
    let mut foreign = claims("ada");
    foreign["iss"] = json!("https://evil.example");
    let foreign = token(&key, &foreign);
    let forged = token(&pair(), &claims("ada"));
    for (token, refused) in
        [(&early, "not_yet_valid"), (&foreign, "wrong_issuer"), (&forged, "bad_signature")]
    {
        for _ in 0..2 {
            assert_eq!(verdict(&verifier, token, NOW), refused);
        }
    }
    assert!(!is_remembered(&verifier, &early, NOW + 60));
}

#[test]
fn a_token_that_is_too_long_is_refused_each_time() {
    let key = pair();
    let token = token(&key, &claims("ada"));
    let policy =
        |bytes| policy(KeySet::new([key.verifying_key()])).cache(64).max_token_bytes(bytes);
    let fits = policy(token.len()).build().unwrap();
    assert!(!is_remembered(&fits, &token, NOW));
    assert!(is_remembered(&fits, &token, NOW));
    let short = policy(token.len() - 1).build().unwrap();
    for _ in 0..2 {
        assert_eq!(verdict(&short, &token, NOW), "malformed");
    }
}

#[test]
fn a_thousand_tokens_in_a_cache_for_sixty_four_are_all_answered_and_not_all_kept() {
    let key = pair();
    let verifier = remembering(&key);
    let users: Vec<_> = (0..1_000).map(|i| format!("user-{i}")).collect();
    let tokens: Vec<_> = users.iter().map(|user| token(&key, &claims(user))).collect();
    let kept = measure(|| {
        for (user, token) in users.iter().zip(&tokens) {
            assert_eq!(verdict(&verifier, token, NOW), *user);
        }
    });
    // One entry holds the payload and some hundred bytes beside it.
    let entry = i64::try_from(claims("user-100").to_string().len()).unwrap() + 1_000;
    let kept = kept.bytes_current;
    assert!(kept < 80 * entry, "{kept} bytes, as of {} tokens", kept / entry);

    let remembered = tokens.iter().filter(|token| is_remembered(&verifier, token, NOW)).count();
    assert!(remembered <= 64, "{remembered} tokens");
    for (user, token) in users.iter().zip(&tokens) {
        assert_eq!(verdict(&verifier, token, NOW), *user);
    }
}
