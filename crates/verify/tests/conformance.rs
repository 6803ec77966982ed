//! The vectors in `conformance/`, through the verifier that a service uses. What the files hold,
//! and what a runner does with them, is described beside them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64_simd::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use tessera_verify::token::{KeySet, VerifyingKey};
use tessera_verify::{LiveKeys, PolicyError, Reason, Revocations, Verifier};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Theme {
    #[serde(rename = "about")]
    _about: String,
    policies: BTreeMap<String, Policy>,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    issuer: String,
    audiences: Vec<String>,
    keys: Option<Vec<Keys>>,
    leeway: u64,
    max_token_bytes: usize,
    required: Vec<String>,
    ended_sessions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Keys {
    Secret { secret: String, alg: String },
    Set { jwks: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    id: String,
    about: String,
    policy: String,
    now: Option<u64>,
    token: Option<String>,
    verdict: String,
    code: Option<String>,
    claims: Option<Value>,
}

impl Policy {
    fn verifier(&self, cache: usize) -> Result<Verifier, PolicyError> {
        let mut builder = Verifier::builder()
            .issuer(&self.issuer)
            .leeway(self.leeway)
            .max_token_bytes(self.max_token_bytes)
            .cache(cache);
        for audience in &self.audiences {
            builder = builder.audience(audience);
        }
        for claim in &self.required {
            builder = builder.require(claim);
        }
        let revocations = Revocations::new();
        for session in &self.ended_sessions {
            revocations.end(session, u64::MAX);
        }
        builder = builder.revocations(revocations);
        let Some(keys) = &self.keys else {
            return builder.keys(LiveKeys::default()).build();
        };
        let mut secrets = KeySet::default();
        for keys in keys {
            match keys {
                Keys::Secret { secret, alg } => {
                    let secret = URL_SAFE_NO_PAD.decode_to_vec(secret).unwrap();
                    secrets = secrets.with(VerifyingKey::hmac(alg.parse().unwrap(), &secret)?);
                }
                Keys::Set { jwks } => builder = builder.jwks(jwks),
            }
        }
        builder.keys(secrets).build()
    }
}

/// What is expected, and what came about: verdict, code and claims.
type Outcome = (String, Option<String>, Option<Value>);

fn said(verifier: &Verifier, token: &str, now: u64) -> Outcome {
    match verifier.verify(token, now) {
        Ok(claims) => {
            let claims = json!({
                "iss": claims.issuer(), "aud": claims.audience(), "sub": claims.user_id().as_str(),
                "email": claims.email(), "sid": claims.session_id(),
                "iat": claims.issued_at(), "exp": claims.expires_at(),
            });
            ("accept".to_owned(), None, Some(claims))
        }
        Err(refusal) => {
            let is_bad = !matches!(refusal.reason(), Reason::KeysUnavailable);
            let verdict = if is_bad { "refuse" } else { "cannot_tell" };
            (verdict.to_owned(), Some(refusal.code().to_owned()), None)
        }
    }
}

fn no_verifier(error: &PolicyError) -> Outcome {
    let code = match error {
        PolicyError::NoIssuer => "no_issuer",
        PolicyError::NoAudience => "no_audience",
        PolicyError::NoKeys | PolicyError::EmptyKeySet => "no_keys",
        PolicyError::Secret(_) => "bad_secret",
        PolicyError::Jwks(_) => "bad_key_set",
        PolicyError::NoUsableKey(_) => "no_usable_key",
        PolicyError::LeewayTooLong => "leeway_too_long",
        PolicyError::TooManyRequired => "too_many_required",
        other => panic!("no code for {other}"),
    };
    ("no_verifier".to_owned(), Some(code.to_owned()), None)
}

/// What comes about without a cache, and with one: the first time and the second.
fn outcomes(policy: &Policy, vector: &Vector) -> Vec<Outcome> {
    let (plain, cached) = match (policy.verifier(0), policy.verifier(8)) {
        (Ok(plain), Ok(cached)) => (plain, cached),
        (Err(error), Err(_)) => return vec![no_verifier(&error)],
        (plain, cached) => panic!("{}: {plain:?}, {cached:?}", vector.id),
    };
    let (Some(token), Some(now)) = (&vector.token, vector.now) else {
        return vec![("a verifier".to_owned(), None, None)];
    };
    [&plain, &cached, &cached].map(|verifier| said(verifier, token, now)).into()
}

fn themes() -> Vec<Theme> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_theme = |path: &std::path::PathBuf| {
        path.extension().is_some_and(|extension| extension == "json")
            && !path.ends_with("public-test-keys.json")
    };
    files
        .filter(is_theme)
        .map(|path| {
            let json = std::fs::read(&path).unwrap();
            serde_json::from_slice(&json).unwrap_or_else(|error| panic!("{path:?}: {error}"))
        })
        .collect()
}

#[test]
fn v3_every_vector_has_its_verdict() {
    let mut ids = BTreeSet::new();
    let mut verdicts = BTreeMap::<_, u32>::new();
    let mut failures = Vec::new();
    for Theme { policies, vectors, .. } in themes() {
        let mut unused: BTreeSet<_> = policies.keys().collect();
        for vector in &vectors {
            unused.remove(&vector.policy);
            let (id, about) = (&vector.id, &vector.about);
            assert!(ids.insert(id.clone()), "{id} is there twice");
            let expected = (vector.verdict.clone(), vector.code.clone(), vector.claims.clone());
            for outcome in outcomes(&policies[&vector.policy], vector) {
                if outcome != expected {
                    failures.push(format!("{id} ({about}): {outcome:?} is not {expected:?}"));
                }
            }
            *verdicts.entry(vector.verdict.clone()).or_default() += 1;
        }
        assert!(unused.is_empty(), "no vector has the policies {unused:?}");
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    let all: u32 = verdicts.values().sum();
    assert!(all >= 300, "{all} vectors");
    for verdict in ["accept", "refuse", "cannot_tell", "no_verifier"] {
        assert!(verdicts.contains_key(verdict), "{verdict} in none of {verdicts:?}");
    }
}
