//! Every way to be refused, and its answer.

use std::fmt;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use tessera_verify::{Answer, NoBearer, Refusal, UserId};

/// Why a request is refused. As a response it is 401 with a challenge (RFC 6750 section 3), which
/// names an error only where a token was sent (section 3.1), or 503 when nothing can be said about
/// the token now.
#[derive(Debug)]
#[non_exhaustive]
pub enum Rejection {
    /// There is no token, or not exactly one.
    NoBearer(NoBearer),
    /// There is a token, and it was not accepted.
    Refused(Refusal),
}

impl Rejection {
    const fn answer(&self) -> Answer<'static> {
        match self {
            Self::NoBearer(none) => none.answer(),
            Self::Refused(refusal) => refusal.reason().answer(),
        }
    }

    /// A stable name of why, for logs.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NoBearer(none) => none.code(),
            Self::Refused(refusal) => refusal.code(),
        }
    }

    /// Whose token it was, where its signature was good.
    pub const fn subject(&self) -> Option<&UserId> {
        match self {
            Self::NoBearer(_) => None,
            Self::Refused(refusal) => refusal.subject(),
        }
    }

    /// The response, with any body that a string can become.
    pub fn into_http<B: From<String>>(self) -> http::Response<B> {
        let answer = self.answer();
        let mut response = response(&answer);
        let headers = response.headers_mut();
        if let Some(seconds) = answer.retry_after() {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        let challenge = answer.challenge(&self.to_string());
        if let Some(Ok(challenge)) = challenge.map(HeaderValue::try_from) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBearer(none) => none.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for Rejection {}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.into_http()
    }
}

/// 404, for what is not there and for what is not the caller's. Use it for both, so that they are
/// the same bytes.
pub fn not_found() -> Response {
    response(&Answer::NOT_FOUND)
}

fn response<B: From<String>>(answer: &Answer<'_>) -> http::Response<B> {
    let mut response = http::Response::new(answer.body().into());
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::UNAUTHORIZED);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
