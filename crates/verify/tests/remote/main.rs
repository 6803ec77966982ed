//! Keys from a URL, against a server that misbehaves. The clock is a number; nothing sleeps.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fetching;
#[path = "../support/mod.rs"]
mod support;

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use support::{Answer, Server};
use tessera_token::{Algorithm, Jwk, Jwks, SigningKey};
use tessera_verify::{KeysUrl, Reason, RemoteKeys, RemoteKeysBuilder, Verifier};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://issuer.test";

fn key(kid: &str) -> SigningKey {
    SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid(kid)
}

fn set<'a>(keys: impl IntoIterator<Item = &'a SigningKey>) -> String {
    keys.into_iter().filter_map(SigningKey::public_jwk).collect::<Jwks>().to_json()
}

fn token(key: &SigningKey) -> String {
    let claims = format!(
        r#"{{"iss":"{ISSUER}","aud":"api","sub":"ada","iat":{NOW},"exp":{}}}"#,
        NOW + 1_000_000
    );
    key.sign(claims.as_bytes()).unwrap()
}

fn builder(server: &Server) -> RemoteKeysBuilder {
    RemoteKeys::builder(server.url.parse::<KeysUrl>().unwrap())
}

fn verifier(keys: RemoteKeys) -> Verifier {
    Verifier::builder().issuer(ISSUER).audience("api").keys(keys).build().unwrap()
}

/// Blocks this thread until the future is done.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(std::sync::Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// The verdict after every fetch that the first look has caused.
fn settled(verifier: &Verifier, token: &str, now: u64) -> &'static str {
    let _first = verifier.verify(token, now);
    block_on(verifier.refreshed());
    code(verifier, token, now)
}

fn code(verifier: &Verifier, token: &str, now: u64) -> &'static str {
    verifier.verify(token, now).map_or_else(|refusal| refusal.code(), |_| "accepted")
}

#[test]
fn v5_before_the_first_answer_nothing_is_said_and_then_the_token_is_good() {
    let signing = key("a");
    let server = Server::start(Answer::Held(set([&signing])));
    let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
    let token = token(&signing);

    assert_eq!(code(&verifier, &token, NOW), "keys_unavailable");
    server.wait_for_request();
    assert_eq!(code(&verifier, &token, NOW), "keys_unavailable");
    server.release();
    block_on(verifier.refreshed());
    assert_eq!(code(&verifier, &token, NOW), "accepted");
    assert_eq!(server.requests(), 1);
    let request = server.last_request();
    assert!(request.starts_with("GET /jwks HTTP/1.1\n"), "{request}");
    assert!(!request.to_lowercase().contains("authorization"), "{request}");
}

#[test]
fn t4_a_rotated_key_is_good_on_the_next_request() {
    let (old, new) = (key("old"), key("new"));
    let server = Server::start(Answer::Jwks(set([&old])));
    let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
    assert_eq!(settled(&verifier, &token(&old), NOW), "accepted");

    server.now_answers(Answer::Jwks(set([&new])));
    let later = NOW + 10;
    assert_eq!(code(&verifier, &token(&new), later), "keys_unavailable");
    block_on(verifier.refreshed());
    assert_eq!(code(&verifier, &token(&new), later), "accepted");
    // The issuer has withdrawn the old one.
    assert_eq!(code(&verifier, &token(&old), later), "unknown_key");
    assert_eq!(server.requests(), 2);
}

#[test]
fn t4_a_rotation_to_another_algorithm_is_noticed_too() {
    let old = key("old");
    let new = SigningKey::generate(Algorithm::ES256).unwrap().with_kid("new");
    let server = Server::start(Answer::Jwks(set([&old])));
    let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
    assert_eq!(settled(&verifier, &token(&old), NOW), "accepted");
    server.now_answers(Answer::Jwks(set([&old, &new])));
    assert_eq!(settled(&verifier, &token(&new), NOW + 10), "accepted");
    assert_eq!(settled(&verifier, &token(&old), NOW + 10), "accepted");
}

/// PYSEC-2026-177: a stranger who makes up names of keys must not make traffic of them, nor get in
/// the way of those who have good tokens.
#[test]
fn pysec_2026_177_ten_thousand_unknown_kids_cause_one_fetch_per_interval() {
    let signing = key("a");
    let server = Server::start(Answer::Jwks(set([&signing])));
    let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
    let good = token(&signing);
    assert_eq!(settled(&verifier, &good, NOW), "accepted");

    let stranger = key("x");
    let claims = r#"{"sub":"mallory","exp":2000000000}"#;
    let forged: Vec<_> = (0..10_000)
        .map(|i| {
            let named =
                SigningKey::from_private_jwk(stranger.private_jwk().unwrap().as_bytes(), None);
            named.unwrap().with_kid(format!("made-up-{i}")).sign(claims.as_bytes()).unwrap()
        })
        .collect();
    // Five threads send at once, while ten intervals pass on the clock of them all.
    let sent = AtomicU64::new(0);
    let (verifier, good, sent) = (&verifier, &good, &sent);
    thread::scope(|scope| {
        for part in forged.chunks(2_000) {
            scope.spawn(move || {
                for forged in part {
                    let now = NOW + sent.fetch_add(1, Ordering::SeqCst) / 100;
                    assert_ne!(code(verifier, forged, now), "accepted");
                    assert_eq!(code(verifier, good, now), "accepted");
                }
            });
        }
    });
    block_on(verifier.refreshed());
    let fetches = server.requests();
    assert!((2..=11).contains(&fetches), "{fetches} fetches");
}

#[test]
fn a_kid_that_a_fetch_did_not_bring_is_looked_for_ever_more_rarely() {
    let (known, absent) = (key("known"), key("absent"));
    let server = Server::start(Answer::Jwks(set([&known])));
    let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
    assert_eq!(settled(&verifier, &token(&known), NOW), "accepted");
    for (seconds, requests) in
        [(10, 2), (19, 2), (20, 3), (39, 3), (40, 4), (79, 4), (80, 5), (139, 5), (140, 6)]
    {
        assert_eq!(settled(&verifier, &token(&absent), NOW + seconds), "unknown_key");
        assert_eq!(server.requests(), requests, "{seconds}");
    }
    // Published after all: somebody had asked too early.
    server.now_answers(Answer::Jwks(set([&known, &absent])));
    assert_eq!(settled(&verifier, &token(&absent), NOW + 199), "unknown_key");
    assert_eq!(settled(&verifier, &token(&absent), NOW + 200), "accepted");
    assert_eq!(server.requests(), 7);
}

#[test]
fn t4_a_stranger_s_guess_makes_no_new_key_bad() {
    let (old, new, stranger) = (key("old"), key("new"), key("stranger"));
    let server = Server::start(Answer::Jwks(set([&old])));
    let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
    assert_eq!(settled(&verifier, &token(&old), NOW), "accepted");
    assert_eq!(settled(&verifier, &token(&stranger), NOW + 100), "unknown_key");

    server.now_answers(Answer::Jwks(set([&old, &new])));
    for seconds in 101..110 {
        assert_eq!(settled(&verifier, &token(&new), NOW + seconds), "keys_unavailable");
    }
    assert_eq!(settled(&verifier, &token(&new), NOW + 110), "accepted");
    assert_eq!(server.requests(), 3);
}

#[test]
fn t4_a_key_without_a_name_hides_no_new_one() {
    let (unnamed, new) = (SigningKey::generate(Algorithm::EdDSA).unwrap(), key("new"));
    let server = Server::start(Answer::Jwks(set([&unnamed])));
    let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
    assert_eq!(settled(&verifier, &token(&unnamed), NOW), "accepted");
    assert_eq!(settled(&verifier, &token(&key("stranger")), NOW + 10), "bad_signature");
    server.now_answers(Answer::Jwks(set([&unnamed, &new])));
    assert_eq!(settled(&verifier, &token(&new), NOW + 20), "accepted");
}

#[test]
fn keys_that_may_serve_only_briefly_are_fetched_before_they_may_not() {
    let signing = key("a");
    let server = Server::start(Answer::Jwks(set([&signing])));
    let verifier = verifier(builder(&server).max_age(60).build());
    let good = token(&signing);
    assert_eq!(settled(&verifier, &good, NOW), "accepted");
    for seconds in (1..600).step_by(20) {
        assert_eq!(code(&verifier, &good, NOW + seconds), "accepted", "{seconds}");
        block_on(verifier.refreshed());
    }
}

#[test]
fn of_two_fetches_at_once_the_later_one_counts() {
    let (old, new) = (key("old"), key("new"));
    let server = Server::start(Answer::Held(set([&old])));
    let keys = RemoteKeys::new(&server.url).unwrap();
    let verifier = verifier(keys.clone());
    assert_eq!(code(&verifier, &token(&old), NOW), "keys_unavailable");
    server.wait_for_request();

    server.now_answers(Answer::Jwks(set([&new])));
    assert_eq!(keys.probe(NOW + 1).unwrap(), 1);
    assert_eq!(code(&verifier, &token(&new), NOW + 1), "accepted");
    server.release();
    block_on(verifier.refreshed());
    assert_eq!(code(&verifier, &token(&new), NOW + 1), "accepted");
}

#[test]
fn a_key_that_was_absent_stays_so_after_a_later_fetch_and_not_after_one_that_failed() {
    let known = key("a");
    let server = Server::start(Answer::Jwks(set([&known])));
    let verifier = verifier(builder(&server).build());
    let verdict = |kid, now| settled(&verifier, &token(&key(kid)), now);
    assert_eq!(settled(&verifier, &token(&known), NOW), "accepted");
    assert_eq!(verdict("b", NOW + 10), "unknown_key");
    // Another key is looked for at a time when this one may be looked for again.
    assert_eq!(verdict("c", NOW + 20), "unknown_key");
    assert_eq!(verdict("b", NOW + 21), "unknown_key");

    server.now_answers(Answer::status("500 Internal Server Error"));
    assert_eq!(verdict("d", NOW + 40), "keys_unavailable");
    assert_eq!(verdict("b", NOW + 41), "keys_unavailable");
}

#[test]
fn no_time_limit_is_so_long_that_a_fetch_never_ends() {
    let signing = key("a");
    let server = Server::start(Answer::Jwks(set([&signing])));
    let keys = builder(&server).timeout(Duration::MAX).max_bytes(u64::MAX).max_age(u64::MAX);
    let verifier = verifier(keys.build());
    assert_eq!(settled(&verifier, &token(&signing), NOW), "accepted");
    // A week, whatever was asked for.
    server.now_answers(Answer::status("500 Internal Server Error"));
    let week = 7 * 24 * 60 * 60;
    assert_eq!(settled(&verifier, &token(&signing), NOW + week - 1), "accepted");
    assert_eq!(settled(&verifier, &token(&signing), NOW + week), "keys_unavailable");
}

#[test]
fn nobody_looks_for_what_no_set_can_hold() {
    let signing = key("a");
    let server = Server::start(Answer::Jwks(set([&signing])));
    let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
    assert_eq!(settled(&verifier, &token(&signing), NOW), "accepted");
    let secret = SigningKey::hmac(Algorithm::HS256, &[1; 32]).unwrap();
    let other_algorithm = SigningKey::generate(Algorithm::ES256).unwrap();
    for (key, refused) in [
        // A shared secret, with and without a name.
        (token(&secret), "algorithm_not_accepted"),
        // A key without a name.
        (token(&other_algorithm), "algorithm_not_accepted"),
        // A key that has the name of another one.
        (token(&other_algorithm.with_kid("a")), "algorithm_not_accepted"),
        (token(&secret.with_kid("b")), "algorithm_not_accepted"),
        ("not.a.token".to_owned(), "malformed"),
    ] {
        assert_eq!(settled(&verifier, &key, NOW + 60), refused);
    }
    assert_eq!(server.requests(), 1);
}

#[test]
fn known_keys_serve_while_a_refresh_hangs() {
    let signing = key("a");
    let server = Server::start(Answer::Jwks(set([&signing])));
    let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
    let good = token(&signing);
    assert_eq!(settled(&verifier, &good, NOW), "accepted");
    server.wait_for_request();

    server.now_answers(Answer::Held(set([&signing])));
    for _ in 0..100 {
        assert_eq!(code(&verifier, &good, NOW + 300), "accepted");
    }
    server.wait_for_request();
    assert_eq!(code(&verifier, &good, NOW + 400), "accepted");
    assert_eq!(server.requests(), 2);
    server.release();
    block_on(verifier.refreshed());
}

/// PyJWT 2.13: a fetch that failed emptied the cache.
#[test]
fn reg_pyjwt_2_13_a_failing_issuer_takes_no_key_away_until_the_stated_age() {
    let signing = key("a");
    let server = Server::start(Answer::Jwks(set([&signing])));
    let verifier = verifier(builder(&server).max_age(3_600).build());
    let good = token(&signing);
    assert_eq!(settled(&verifier, &good, NOW), "accepted");

    // Up and down, and down in every way.
    for (i, answer) in [
        Answer::status("500 Internal Server Error"),
        Answer::status("404 Not Found"),
        Answer::Raw(String::new()),
        Answer::Raw("not HTTP at all\r\n\r\n".to_owned()),
        Answer::Jwks(String::new()),
        Answer::Jwks("[]".to_owned()),
        Answer::Jwks(r#"{"keys":[]}"#.to_owned()),
        Answer::Jwks(r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#.to_owned()),
        Answer::Jwks(format!(
            r#"{{"keys":[],"keys":[{}]}}"#,
            signing.public_jwk().unwrap().to_json()
        )),
    ]
    .into_iter()
    .enumerate()
    {
        server.now_answers(answer);
        let now = NOW + 300 + 10 * i as u64;
        assert_eq!(settled(&verifier, &good, now), "accepted", "answer {i}");
    }
    assert_eq!(server.requests(), 10);
    assert_eq!(settled(&verifier, &good, NOW + 3_599), "accepted");
    assert_eq!(settled(&verifier, &good, NOW + 3_600), "keys_unavailable");

    server.now_answers(Answer::Jwks(set([&signing])));
    assert_eq!(settled(&verifier, &good, NOW + 3_620), "accepted");
}

#[test]
fn an_unknown_kid_is_neither_good_nor_bad_while_the_issuer_does_not_answer() {
    let (old, new) = (key("old"), key("new"));
    let server = Server::start(Answer::Jwks(set([&old])));
    let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
    assert_eq!(settled(&verifier, &token(&old), NOW), "accepted");
    server.now_answers(Answer::status("503 Service Unavailable"));
    assert_eq!(settled(&verifier, &token(&new), NOW + 10), "keys_unavailable");
    assert_eq!(settled(&verifier, &token(&new), NOW + 11), "keys_unavailable");
    assert_eq!(server.requests(), 2);
    server.now_answers(Answer::Jwks(set([&old, &new])));
    assert_eq!(settled(&verifier, &token(&new), NOW + 20), "accepted");
}

#[test]
fn t2_max_age_of_the_issuer_brings_a_refresh_forward_but_not_closer_than_the_interval() {
    for (directive, refreshed_after) in [
        ("max-age=60", 60),
        ("public, max-age=60", 60),
        ("max-age=0", 10),
        ("max-age=86400", 300),
        ("no-store", 300),
    ] {
        let signing = key("a");
        let headers = format!("content-type: application/json\r\ncache-control: {directive}\r\n");
        let server = Server::start(Answer::with_headers(&headers, &set([&signing])));
        let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
        let good = token(&signing);
        assert_eq!(settled(&verifier, &good, NOW), "accepted");
        assert_eq!(settled(&verifier, &good, NOW + refreshed_after - 1), "accepted");
        assert_eq!(server.requests(), 1, "{directive}");
        assert_eq!(settled(&verifier, &good, NOW + refreshed_after), "accepted");
        assert_eq!(server.requests(), 2, "{directive}");
    }
}

#[test]
fn a_service_that_is_not_asked_does_not_ask() {
    let signing = key("a");
    let server = Server::start(Answer::Jwks(set([&signing])));
    let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
    assert_eq!(server.requests(), 0);
    assert_eq!(settled(&verifier, &token(&signing), NOW), "accepted");
    // Idle for longer than the keys may be used: the next request waits for fresh ones.
    let much_later = NOW + 100_000;
    assert_eq!(code(&verifier, &token(&signing), much_later), "keys_unavailable");
    block_on(verifier.refreshed());
    assert_eq!(code(&verifier, &token(&signing), much_later), "accepted");
    assert_eq!(server.requests(), 2);
}

#[test]
fn a_clock_that_is_set_back_freezes_nothing() {
    let signing = key("a");
    let server = Server::start(Answer::Jwks(set([&signing])));
    let verifier = verifier(builder(&server).refresh_every(300).build());
    assert_eq!(settled(&verifier, &token(&signing), NOW + 500_000), "accepted");
    // Days ahead by mistake; now it is right again, and the keys are refreshed at once.
    assert_eq!(settled(&verifier, &token(&signing), NOW), "accepted");
    assert_eq!(server.requests(), 2);
}

#[test]
fn nothing_stands_beside_remote_keys() {
    let server = Server::start(Answer::Silence);
    let keys = RemoteKeys::new(&server.url).unwrap();
    let policy = Verifier::builder().issuer(ISSUER).audience("api");
    let refused = policy.keys(keys).shared_secret([7; 32]).build().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "live and remote keys stand alone: no shared secret and no key set beside them"
    );
}

#[test]
fn jwks_inline_and_in_a_file() {
    let (a, b, c) = (key("a"), key("b"), key("c"));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("jwks.json");
    std::fs::write(&path, set([&b])).unwrap();
    let policy = || Verifier::builder().issuer(ISSUER).audience("api");
    let verifier = policy().jwks(&set([&a])).jwks_file(&path).build().unwrap();
    for (key, verdict) in [(&a, "accepted"), (&b, "accepted"), (&c, "unknown_key")] {
        assert_eq!(code(&verifier, &token(key), NOW), verdict);
    }

    let error = |policy: tessera_verify::VerifierBuilder| policy.build().unwrap_err().to_string();
    assert_eq!(error(policy().jwks("{}")), "the key set cannot be read: there is no array `keys`");
    assert_eq!(
        error(policy().jwks(r#"{"keys":[{"kty":"oct","kid":"s"}]}"#)),
        "no key of the key set can be used: key 0 (\"s\"): this is a shared secret, and no published key is one"
    );
    assert!(error(policy().jwks_file("/nowhere/jwks.json")).contains("/nowhere/jwks.json"));
    let weak = Jwk::parse(br#"{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"weak"}"#).unwrap();
    let mixed = format!(r#"{{"keys":[{},{}]}}"#, weak.to_json(), a.public_jwk().unwrap().to_json());
    assert_eq!(code(&policy().jwks(&mixed).build().unwrap(), &token(&a), NOW), "accepted");
}

#[test]
fn cannot_tell_is_not_bad() {
    let server = Server::start(Answer::status("500 Internal Server Error"));
    let verifier = verifier(RemoteKeys::new(&server.url).unwrap());
    assert!(verifier.probe(NOW).is_err());
    let refusal = verifier.verify(&token(&key("a")), NOW).unwrap_err();
    assert!(matches!(refusal.reason(), Reason::KeysUnavailable));
    assert_eq!(refusal.to_string(), "there are no keys to verify with");
}
