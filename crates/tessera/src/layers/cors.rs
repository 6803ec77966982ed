//! Calls of pages at other origins (Fetch standard, section 3.2 "CORS protocol").

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tessera_http::WebOrigin;

/// What a page may send beside what forms send.
const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static("authorization, content-type");

/// Seconds for which a browser need not ask again: as long as Chromium remembers at most. Firefox
/// would remember for a day.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// Which pages may call from other origins, and how.
#[derive(Clone, Debug)]
pub(crate) struct Cors {
    origins: Vec<HeaderValue>,
    /// Whether their calls carry cookies.
    credentials: bool,
    methods: HeaderValue,
    /// What they may read of an answer's headers.
    exposed: HeaderValue,
}

impl Cors {
    /// For the Better Auth protocol: with cookies.
    pub(crate) fn of_the_protocol(origins: &[WebOrigin]) -> Self {
        Self {
            origins: values(origins),
            credentials: true,
            methods: HeaderValue::from_static("GET, POST"),
            exposed: HeaderValue::from_static(
                "set-auth-jwt, set-auth-token, retry-after, x-retry-after, x-request-id",
            ),
        }
    }

    /// For an API whose callers bring a token: without cookies.
    pub(crate) fn of_the_api(origins: &[WebOrigin]) -> Self {
        Self {
            origins: values(origins),
            credentials: false,
            methods: HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE"),
            exposed: HeaderValue::from_static(
                "location, retry-after, www-authenticate, x-request-id",
            ),
        }
    }

    /// Lets those pages call these routes. Without any, the routes stay as they are.
    pub(crate) fn around(self, router: Router) -> Router {
        match self.origins.is_empty() {
            true => router,
            false => router.layer(middleware::from_fn_with_state(self, answer)),
        }
    }

    /// The one origin of the request, if it is listed.
    fn listed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let mut sent = headers.get_all(ORIGIN).iter();
        let (Some(origin), None) = (sent.next(), sent.next()) else { return None };
        self.origins.contains(origin).then(|| origin.clone())
    }
}

fn values(origins: &[WebOrigin]) -> Vec<HeaderValue> {
    let value = |origin: &WebOrigin| HeaderValue::try_from(origin.to_string()).ok();
    origins.iter().filter_map(value).collect()
}

/// A browser shows a page what an answer says only where the answer names the page's origin. Who is
/// not listed is answered as if nobody were.
async fn answer(State(cors): State<Cors>, request: Request, next: Next) -> Response {
    let origin = cors.listed(request.headers());
    let is_preflight = *request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match is_preflight && origin.is_some() {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    // Also for the others: a cache must not hand their answer to a page that is listed.
    headers.append(VARY, HeaderValue::from_static("origin"));
    let Some(origin) = origin else { return response };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if cors.credentials {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    if is_preflight {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, cors.methods);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
        headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    } else {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, cors.exposed);
    }
    response
}
