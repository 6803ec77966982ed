//! The order of the checks that every request goes through.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, request};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use tessera_engine::Engine;
use tessera_engine::limits::RateLimiter;

use crate::body::{self, Body, Input};
use crate::cookies::{CookieNames, Signer};
use crate::exchange::{ClientAddress, Exchange};
use crate::failure::Failure;
use crate::guard::Guard;
use crate::reply::Reply;
use crate::routes;
use crate::settings::{RateLimit, Settings};
use crate::{callback_url, csrf, rate_limit};

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Protocol {
    pub(crate) engine: Arc<Engine>,
    pub(crate) settings: Settings,
    pub(crate) signer: Signer,
    pub(crate) names: CookieNames,
    limiter: RateLimiter,
}

/// The Better Auth protocol: serves everything under the base URL's path. What it does not know
/// there is 404 with an empty body.
///
/// Each route has a path of its own here, so that a log can name it by its pattern
/// ([`MatchedPath`](axum::extract::MatchedPath)): the token of a mailed link stands in a path.
pub fn router(engine: Arc<Engine>, settings: Settings) -> Router {
    let base = settings.base_url.path().to_owned();
    let signer = Signer::new(&settings.secrets);
    let names = CookieNames::new(&settings.base_url);
    let protocol = Protocol { engine, settings, signer, names, limiter: RateLimiter::default() };
    let router = Router::new()
        .route(&base, any(serve))
        .route(&format!("{base}/"), any(serve))
        .route(&format!("{base}/{{*path}}"), any(serve));
    let paths = routes::path_patterns().into_iter();
    paths
        .fold(router, |router, path| router.route(&format!("{base}{path}"), any(serve)))
        .with_state(Arc::new(protocol))
}

/// One endpoint: what it reads, what it demands, what it does. Reading and demanding are types, so
/// that a handler gets both as arguments, done.
pub(crate) trait Endpoint {
    /// What it reads.
    type Input: Input + Send;
    /// What has to hold before it runs.
    type Guard: Guard + Send;

    /// Does the work.
    fn answer(
        exchange: &mut Exchange,
        input: Self::Input,
        guard: Self::Guard,
    ) -> impl Future<Output = Result<Reply, Failure>> + Send;
}

pub(crate) type Outcome<'a> = Pin<Box<dyn Future<Output = Result<Reply, Failure>> + Send + 'a>>;

/// From a request to its response. The path is compared as it was sent, byte for byte: there is
/// only one way to write it, so no spelling gets around a limit or a check.
async fn serve(State(protocol): State<Arc<Protocol>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path().strip_prefix(protocol.settings.base_url.path()).unwrap_or_default();

    if let Err(failure) = admit(&protocol, &head, path) {
        return failure.into_response();
    }
    let Some(run) = routes::find(&head.method, path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut exchange = Exchange::new(protocol, head);
    let outcome = run(&mut exchange, body).await;
    exchange.respond(outcome)
}

/// The checks, in Better Auth's order. An invalid body without a session is 400, not 401.
pub(crate) fn run<E: Endpoint>(exchange: &mut Exchange, body: HttpBody) -> Outcome<'_> {
    Box::pin(async move {
        let body = body::read(E::Input::FORM, exchange.head(), body).await?;
        check_origins(exchange, &body)?;
        exchange.find_credential();
        let input = E::Input::parse(body)?;
        let guard = E::Guard::admit(exchange).await?;
        E::answer(exchange, input, guard).await
    })
}

/// Counts the request, by client and path.
fn admit(protocol: &Protocol, head: &request::Parts, path: &str) -> Result<(), Failure> {
    if protocol.settings.rate_limit == RateLimit::Off {
        return Ok(());
    }
    let path = routes::counted_as(path.trim_end_matches('/'));
    let client = head.extensions.get::<ClientAddress>().map(|&ClientAddress(address)| address);
    let key = rate_limit::key(client, path);
    let now = protocol.engine.now();
    protocol.limiter.admit(&key, rate_limit::limit(path), now).map_err(Failure::RateLimited)
}

/// Who sent it, and where it would send people.
fn check_origins(exchange: &Exchange, body: &Body) -> Result<(), Failure> {
    let settings = &exchange.protocol().settings;
    let head = exchange.head();
    csrf::check_request(settings, &head.method, &head.headers)?;
    if head.method == Method::GET {
        return Ok(());
    }
    callback_url::check(settings, body, exchange.query())
}
