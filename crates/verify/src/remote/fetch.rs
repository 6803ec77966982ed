//! One fetch of a key set.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tessera_token::{Jwks, KeyError, KeySet, SkippedKey};
use ureq::Agent;
use ureq::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use ureq::http::{HeaderMap, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};

use super::url::KeysUrl;

/// Why keys could not be fetched. The text names the URL.
#[derive(Clone, thiserror::Error)]
#[error("the keys at {url} could not be fetched: {problem}")]
pub struct FetchError {
    url: String,
    problem: Problem,
}

/// As it is displayed: this is what a `main` that answers with the error prints.
impl fmt::Debug for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Clone, Debug, thiserror::Error)]
enum Problem {
    #[error("{0}")]
    Transport(String),
    #[error("the answer was {0}, and redirects are not followed")]
    Redirect(StatusCode),
    #[error("the answer was {0}")]
    Status(StatusCode),
    #[error("the answer is {0}, not JSON")]
    NotJson(String),
    #[error("the answer is no key set: {0}")]
    NoKeySet(KeyError),
    #[error("the key set is empty")]
    Empty,
    #[error("none of its {0} keys can be used{1}")]
    NoUsableKey(usize, String),
    #[error("there was no answer within {0:?}")]
    Timeout(Duration),
    #[error("a thread could not be started")]
    NoThread,
    #[error("the client panicked")]
    Panicked,
}

/// What a fetch has brought.
#[derive(Debug)]
pub(super) struct Fetched {
    /// The document, to see whether anything has changed.
    pub(super) jwks: Jwks,
    /// The usable keys; at least one.
    pub(super) keys: KeySet,
    pub(super) skipped: Vec<SkippedKey>,
    /// `max-age` of `Cache-Control` (RFC 9111 section 5.2.2.1), in seconds.
    pub(super) max_age: Option<u64>,
}

/// An HTTP client for a URL that a policy trusts: certificates by the system's authorities, no
/// redirect followed, no status an error. `timeout` is for one request, from name to last byte.
///
/// Hidden from the documentation: it is for the Python package, which asks about sessions with it, and
/// `ureq` is no part of what this crate promises.
pub fn http_agent(url: &KeysUrl, timeout: Duration, accept: &str) -> Agent {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(provider)
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("tessera/", env!("CARGO_PKG_VERSION")))
        .accept(accept);
    // What is on this machine is not reached through another one.
    let config = if url.is_loopback() { config.proxy(None) } else { config };
    config.build().new_agent()
}

/// Fetches one key set, over and over.
#[derive(Debug)]
pub(super) struct Fetcher {
    url: KeysUrl,
    agent: Agent,
    timeout: Duration,
    max_bytes: u64,
}

impl Fetcher {
    pub(super) fn new(url: KeysUrl, timeout: Duration, max_bytes: u64) -> Self {
        let agent = http_agent(&url, timeout, "application/jwk-set+json, application/json");
        Self { url, agent, timeout, max_bytes }
    }

    pub(super) const fn url(&self) -> &KeysUrl {
        &self.url
    }

    /// Always answers: whoever waits for a fetch that never ends would wait for ever.
    pub(super) fn fetch(&self) -> Result<Fetched, FetchError> {
        catch_unwind(AssertUnwindSafe(|| self.try_fetch()))
            .unwrap_or(Err(Problem::Panicked))
            .map_err(|problem| self.error(problem))
    }

    pub(super) fn no_thread(&self) -> FetchError {
        self.error(Problem::NoThread)
    }

    fn error(&self, problem: Problem) -> FetchError {
        FetchError { url: self.url.to_string(), problem }
    }

    fn try_fetch(&self) -> Result<Fetched, Problem> {
        let transport = |error: ureq::Error| match error {
            ureq::Error::Timeout(_) => Problem::Timeout(self.timeout),
            error => Problem::Transport(error.to_string()),
        };
        let mut response = self.agent.get(self.url.uri()).call().map_err(transport)?;
        match response.status() {
            StatusCode::OK => {}
            redirect if redirect.is_redirection() => return Err(Problem::Redirect(redirect)),
            other => return Err(Problem::Status(other)),
        }
        check_content_type(response.headers())?;
        let max_age = max_age(response.headers());
        // Reading ends in an error where the limit is reached, not where it is passed.
        let limit = self.max_bytes.saturating_add(1);
        let body = response.body_mut().with_config().limit(limit);
        let body = body.read_to_vec().map_err(transport)?;

        let jwks = Jwks::parse(&body).map_err(Problem::NoKeySet)?;
        let (keys, skipped) = KeySet::from_jwks(&jwks);
        if keys.is_empty() {
            let Some(first) = skipped.first() else { return Err(Problem::Empty) };
            return Err(Problem::NoUsableKey(skipped.len(), format!("; {first}")));
        }
        Ok(Fetched { jwks, keys, skipped, max_age })
    }
}

/// JSON by its media type (RFC 8259 section 11, RFC 6839 section 3.1), so that a page that says
/// "please sign in" is called what it is.
fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let value = headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    let essence = value.unwrap_or_default().split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let is_json = essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"));
    let shown = if essence.is_empty() { "of no content type".to_owned() } else { essence };
    if is_json { Ok(()) } else { Err(Problem::NotJson(shown)) }
}

fn max_age(headers: &HeaderMap) -> Option<u64> {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut directives = values.flat_map(|value| value.split(',')).map(str::trim);
    directives.find_map(|directive| directive.strip_prefix("max-age=")?.parse().ok())
}
