//! A verifier, a clock, and the one place where a request becomes a caller.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use tessera_verify::{Claims, FetchError, Reason, Refusal, Verifier, bearer_token};

use crate::caller::Caller;
use crate::layer::GuardLayer;
use crate::rejection::Rejection;

/// Decides whose request it is, by its bearer token (RFC 6750 section 2.1). Cloning shares it; keep
/// one in the router's state.
///
/// ```
/// use http::{HeaderMap, StatusCode};
/// use tessera_axum::{Guard, testing::TokenFactory};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = TokenFactory::hs256();
/// let guard: Guard = tokens.guard(); // in a service: `Guard::new(verifier)`
/// let mut headers = HeaderMap::new();
///
/// let rejection = guard.authenticate(&headers).await.unwrap_err();
/// assert_eq!(rejection.reason(), "missing_token");
/// assert_eq!(rejection.into_http::<String>().status(), StatusCode::UNAUTHORIZED);
///
/// headers.insert("authorization", format!("Bearer {}", tokens.token("ada")).parse()?);
/// assert_eq!(guard.authenticate(&headers).await?.user_id().as_str(), "ada");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Guard {
    verifier: Arc<Verifier>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl Guard {
    /// Guards with this policy, at the system's time.
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier: Arc::new(verifier), clock: Arc::new(system_time) }
    }

    /// Takes the time from `clock` instead.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Fetches the keys now, if they come from [`RemoteKeys`](tessera_verify::RemoteKeys). A service
    /// that does this as it starts, before it serves, shows a wrong URL to whoever starts it, and
    /// starts only while its issuer answers. One that does not do it answers 503 until the keys have
    /// come. It blocks the thread for as long as the fetch takes.
    ///
    /// # Errors
    ///
    /// [`FetchError`], which names the URL.
    pub fn probe(&self) -> Result<(), FetchError> {
        self.verifier.probe(self.now())
    }

    /// A [tower layer](GuardLayer) that lets only callers through.
    pub fn layer(&self) -> GuardLayer {
        GuardLayer::new(self.clone())
    }

    /// Whose request has these headers. Nothing but the `Authorization` header is looked at: a
    /// token in the query, the body or a cookie is no token.
    ///
    /// Where the token's key is being fetched at this moment, this waits for the end of the fetch, at
    /// most its [`timeout`](tessera_verify::RemoteKeysBuilder::timeout): so the first token of a new
    /// key is accepted. No other request waits for the network.
    ///
    /// A refusal is logged here, once, without the token.
    ///
    /// # Errors
    ///
    /// [`Rejection`], which is a response.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, Rejection> {
        let values = headers.get_all(AUTHORIZATION).into_iter().map(HeaderValue::as_bytes);
        let rejection = match bearer_token(values) {
            Ok(token) => match self.verify(token).await {
                Ok(claims) => return Ok(Caller::new(claims)),
                Err(refusal) => Rejection::Refused(refusal),
            },
            Err(none) => Rejection::NoBearer(none),
        };
        let user = rejection.subject().map(tracing::field::display);
        let reason = rejection.reason();
        tracing::warn!(target: "tessera::audit", event = "token_refused", reason, user, "{rejection}");
        Err(rejection)
    }

    async fn verify(&self, token: &str) -> Result<Claims, Refusal> {
        match self.verifier.verify(token, self.now()) {
            Err(refusal) if matches!(refusal.reason(), Reason::KeysUnavailable) => {
                self.verifier.refreshed().await;
                self.verifier.verify(token, self.now())
            }
            verdict => verdict,
        }
    }

    fn now(&self) -> u64 {
        // Before 1970 nothing has been issued yet, so everything is refused.
        (self.clock)().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the system clock that others replace")]
fn system_time() -> SystemTime {
    SystemTime::now()
}
