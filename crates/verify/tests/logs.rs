//! What is logged of keys that cannot be had: each fault once, by whoever can mend it, however
//! often it comes up.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only some of the server's misbehaviour is logged")]
mod support;

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use support::{Answer, Server};
use tessera_verify::token::{Algorithm, SigningKey};
use tessera_verify::{RemoteKeys, Verifier};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const NOW: u64 = 1_800_000_000;

/// Keeps each event as a line: level, message, other fields.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("tessera")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => write!(self.0, " {value:?}").unwrap(),
            name => write!(self.0, " {name}={value:?}").unwrap(),
        }
    }
}

/// What is logged in this thread while `work` runs. It fetches keys in this thread too.
fn logged(work: impl FnOnce()) -> Vec<String> {
    let lines = Lines::default();
    tracing::subscriber::with_default(lines.clone(), work);
    lines.0.lock().unwrap().clone()
}

const NONE: [&str; 0] = [];

fn good() -> String {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid("good");
    key.public_jwk().unwrap().to_json()
}

fn set(keys: &[&str]) -> String {
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

const WEAK: &str = r#"{"kty":"RSA","kid":"weak","n":"AQAB","e":"AQAB"}"#;
const SECRET: &str = r#"{"kty":"oct","kid":"secret","k":"AAAA"}"#;
const WEAK_LINE: &str = "WARN a published key is not used: key 0 (\"weak\"): the RSA modulus is not of 2048 to 8192 bits";
const SECRET_LINE: &str = "WARN a published key is not used: key 2 (\"secret\"): this is a shared secret, and no published key is one";

#[test]
fn v5_a_key_of_a_given_set_that_cannot_be_used_is_logged_once() {
    let policy = || Verifier::builder().issuer("https://issuer.test").audience("api");
    let good = good();
    let lines = logged(|| {
        let verifier = policy().jwks(&set(&[WEAK, &good, SECRET])).build().unwrap();
        for _ in 0..3 {
            assert!(verifier.verify("a.b.c", NOW).is_err());
        }
    });
    assert_eq!(lines, [WEAK_LINE, SECRET_LINE]);
    assert_eq!(logged(|| drop(policy().jwks(&set(&[&good])).build().unwrap())), NONE);
}

#[test]
fn v5_a_key_of_a_fetched_set_that_cannot_be_used_is_logged_once() {
    let good = good();
    let server = Server::start(Answer::Jwks(set(&[WEAK, &good, SECRET])));
    let keys = RemoteKeys::new(&server.url).unwrap();
    let fetch = |now| logged(|| assert_eq!(keys.probe(now).ok(), Some(1)));
    assert_eq!(fetch(NOW), [WEAK_LINE, SECRET_LINE]);
    for i in 1..4 {
        assert_eq!(fetch(NOW + 300 * i), NONE);
    }
    // Another fault is another line; so is one that comes back.
    server.now_answers(Answer::Jwks(set(&[WEAK, &good])));
    assert_eq!(fetch(NOW + 1_500), [WEAK_LINE]);
    server.now_answers(Answer::Jwks(set(&[&good])));
    assert_eq!(fetch(NOW + 1_800), NONE);
    server.now_answers(Answer::Jwks(set(&[WEAK, &good])));
    assert_eq!(fetch(NOW + 2_100), [WEAK_LINE]);
    assert_eq!(fetch(NOW + 2_400), NONE);
}

#[test]
fn v5_an_issuer_that_fails_is_logged_once_until_it_has_answered() {
    let good = good();
    let server = Server::start(Answer::status("500 Internal Server Error"));
    let keys = RemoteKeys::new(&server.url).unwrap();
    let url = &server.url;
    let fetch = |now, is_answered| logged(|| assert_eq!(keys.probe(now).is_ok(), is_answered));
    let failed = |known, problem: &str| {
        format!("WARN the keys at {url} could not be fetched: {problem} known={known}")
    };
    let status = "the answer was 500 Internal Server Error";
    assert_eq!(fetch(NOW, false), [failed(0, status)]);
    for i in 1..4 {
        assert_eq!(fetch(NOW + 10 * i, false), NONE);
    }
    server.now_answers(Answer::Jwks(set(&[&good])));
    assert_eq!(fetch(NOW + 40, true), NONE);
    server.now_answers(Answer::Jwks("<p>Please sign in</p>".to_owned()));
    assert_eq!(
        fetch(NOW + 340, false),
        [failed(1, "the answer is no key set: the key is not strict JSON")]
    );
    assert_eq!(fetch(NOW + 350, false), NONE);
}

/// Verifies a token each time that something is logged, as a subscriber may that sends its lines away
/// over an authenticated connection.
struct Verifies {
    verifier: Arc<Verifier>,
    verified: Arc<Mutex<u32>>,
}

impl Subscriber for Verifies {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        assert!(self.verifier.verify("a.b.c", NOW).is_err());
        *self.verified.lock().unwrap() += 1;
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn no_verification_waits_for_the_log() {
    let server = Server::start(Answer::Jwks(set(&[WEAK, &good(), SECRET])));
    let keys = RemoteKeys::new(&server.url).unwrap();
    let policy = Verifier::builder().issuer("https://issuer.test").audience("api");
    let verifier = Arc::new(policy.keys(keys.clone()).build().unwrap());
    let verified = Arc::new(Mutex::new(0));
    let subscriber = Verifies { verifier, verified: Arc::clone(&verified) };
    tracing::subscriber::with_default(subscriber, || {
        keys.probe(NOW).unwrap();
        server.now_answers(Answer::status("500 Internal Server Error"));
        keys.probe(NOW).unwrap_err();
    });
    assert!(*verified.lock().unwrap() >= 3);
}

#[test]
fn of_very_many_unusable_keys_ten_are_named() {
    let server = Server::start(Answer::Jwks(set(&[&good(), &["0"; 100].join(",")])));
    let keys = RemoteKeys::new(&server.url).unwrap();
    let lines = logged(|| assert_eq!(keys.probe(NOW).ok(), Some(1)));
    assert_eq!(lines.len(), 11, "{lines:?}");
    assert_eq!(lines.last().unwrap(), "WARN 90 more published keys are not used");
}
