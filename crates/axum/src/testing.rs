//! Tokens for the tests of a service: no server, no clock, no key files. Feature `testing`.
//!
//! The tokens are of the time [`NOW`]. They are good for [`TokenFactory::guard`] and for
//! [`guard_at`], and for no guard at the system's time.
//!
//! ```
//! use axum::{Router, body::Body, routing::get};
//! use http::{Request, StatusCode};
//! use serde_json::json;
//! use tessera_axum::Caller;
//! use tessera_axum::testing::{NOW, TokenFactory};
//! use tower::ServiceExt; // `oneshot`
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = TokenFactory::hs256();
//! // The router under test, with this guard in place of its own.
//! let app = Router::new().route("/me", get(async |_: Caller| "me")).with_state(tokens.guard());
//!
//! let expired = tokens.claims("ada").set("exp", json!(NOW - 60)).sign();
//! let without_session = tokens.claims("ada").without("sid").sign();
//! for (token, status) in [
//!     (tokens.token("ada"), StatusCode::OK),
//!     (without_session, StatusCode::OK),
//!     (expired, StatusCode::UNAUTHORIZED),
//! ] {
//!     let request = Request::get("/me").header("authorization", format!("Bearer {token}"));
//!     let response = app.clone().oneshot(request.body(Body::empty())?).await?;
//!     assert_eq!(response.status(), status);
//! }
//! # Ok(())
//! # }
//! ```

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tessera_verify::token::{Algorithm, Jwk, KeySet, SigningKey};
use tessera_verify::{Verifier, VerifierBuilder};

use crate::guard::Guard;

/// What time it is in tests, in Unix seconds.
pub const NOW: u64 = 1_800_000_000;

/// `iss` of the tokens.
pub const ISSUER: &str = "https://issuer.test";

/// `aud` of the tokens.
pub const AUDIENCE: &str = "https://service.test";

const SECRET: &[u8] = b"a secret for tests, known to all";

/// Signs tokens with one key, and makes what accepts them.
#[derive(Debug)]
pub struct TokenFactory {
    key: SigningKey,
}

impl TokenFactory {
    /// Signs with a shared secret, the same in every factory.
    #[expect(clippy::expect_used, reason = "the secret is long enough")]
    pub fn hs256() -> Self {
        Self::new(SigningKey::hmac(Algorithm::HS256, SECRET).expect("a fixed secret"))
    }

    /// Signs with a new Ed25519 key.
    #[expect(clippy::expect_used, reason = "a test cannot go on without a key")]
    pub fn eddsa() -> Self {
        Self::new(SigningKey::generate(Algorithm::EdDSA).expect("a new key").with_kid("test"))
    }

    /// Signs with a key of your own.
    pub const fn new(key: SigningKey) -> Self {
        Self { key }
    }

    /// A token of this user that a [`guard`](Self::guard) accepts.
    pub fn token(&self, user_id: &str) -> String {
        self.claims(user_id).sign()
    }

    /// The claims of such a token, to be changed before they are signed: `sub`, `user_id`, `email`,
    /// `sid`, `iss`, `aud`, `iat` and `exp`, 15 minutes after [`NOW`].
    pub fn claims(&self, user_id: &str) -> Unsigned<'_> {
        let claims = [
            ("iat", json!(NOW)),
            ("exp", json!(NOW + 900)),
            ("iss", json!(ISSUER)),
            ("aud", json!(AUDIENCE)),
            ("sub", json!(user_id)),
            ("user_id", json!(user_id)),
            ("email", json!(format!("{user_id}@example.com"))),
            ("sid", json!(format!("session-of-{user_id}"))),
        ];
        let claims = claims.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        Unsigned { factory: self, claims }
    }

    /// Signs any payload.
    #[expect(clippy::expect_used, reason = "a test cannot go on without a token")]
    pub fn sign(&self, payload: &[u8]) -> String {
        self.key.sign(payload).expect("a signature")
    }

    /// The key as its issuer publishes it; none for a shared secret.
    pub fn public_jwk(&self) -> Option<Jwk> {
        self.key.public_jwk()
    }

    /// The key that verifies.
    pub fn keys(&self) -> KeySet {
        KeySet::new([self.key.verifying_key()])
    }

    /// A policy that accepts the tokens, to be narrowed.
    pub fn policy(&self) -> VerifierBuilder {
        Verifier::builder().issuer(ISSUER).audience(AUDIENCE).keys(self.keys())
    }

    /// A guard that accepts the tokens, at [`NOW`].
    #[expect(clippy::expect_used, reason = "the policy is complete")]
    pub fn guard(&self) -> Guard {
        guard_at(self.policy().build().expect("a complete policy"), NOW)
    }
}

/// A guard at a time of your choice, in Unix seconds.
pub fn guard_at(verifier: Verifier, now: u64) -> Guard {
    let now: SystemTime = UNIX_EPOCH + Duration::from_secs(now);
    Guard::new(verifier).with_clock(move || now)
}

/// Claims that are not signed yet.
#[derive(Clone, Debug)]
pub struct Unsigned<'a> {
    factory: &'a TokenFactory,
    claims: Map<String, Value>,
}

impl Unsigned<'_> {
    /// Sets a claim to any value, of the right type or not.
    #[must_use]
    pub fn set(mut self, claim: &str, value: Value) -> Self {
        self.claims.insert(claim.to_owned(), value);
        self
    }

    /// Leaves a claim out.
    #[must_use]
    pub fn without(mut self, claim: &str) -> Self {
        self.claims.remove(claim);
        self
    }

    /// The token.
    pub fn sign(self) -> String {
        let Self { factory, claims } = self;
        factory.sign(Value::Object(claims).to_string().as_bytes())
    }
}
