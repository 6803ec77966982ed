//! Every way to be refused, and its answer.

use std::fmt;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use tessera_verify::{Reason, Refusal, UserId};

/// Seconds after which to ask again when there are no keys.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// Why a request is refused. As a response it is 401 with a challenge (RFC 6750 section 3), which
/// names an error only where a token was sent (section 3.1), or 503 when nothing can be said about
/// the token now.
#[derive(Debug)]
#[non_exhaustive]
pub enum Rejection {
    /// There is no `Authorization` header.
    NoToken,
    /// There are several `Authorization` headers, or the one is not `Bearer <token>`.
    MalformedHeader,
    /// There is a token, and it was not accepted.
    Refused(Refusal),
}

/// What a client is told.
struct Answer {
    status: StatusCode,
    /// `code` of the body.
    code: &'static str,
    /// `message` of the body.
    message: &'static str,
    /// `error` of the challenge. RFC 6750 gives 400 to `invalid_request`; clients here see one
    /// status for "you are not signed in", so it is 401.
    error: Option<&'static str>,
}

impl Rejection {
    /// The one table of answers.
    fn answer(&self) -> Answer {
        const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
        const INVALID: Option<&str> = Some("invalid_token");
        let (status, code, message, error) = match self {
            Self::NoToken => (UNAUTHORIZED, "MISSING_TOKEN", "Authentication required", None),
            Self::MalformedHeader => (
                UNAUTHORIZED,
                "MALFORMED_AUTHORIZATION",
                "Send exactly one Authorization header: Bearer <token>",
                Some("invalid_request"),
            ),
            Self::Refused(refusal) => match refusal.reason() {
                Reason::KeysUnavailable => (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "KEYS_UNAVAILABLE",
                    "Tokens cannot be verified right now. Please try again.",
                    None,
                ),
                Reason::Expired { .. } => {
                    (UNAUTHORIZED, "TOKEN_EXPIRED", "The token has expired", INVALID)
                }
                Reason::NotYetValid { .. } => {
                    (UNAUTHORIZED, "TOKEN_NOT_YET_VALID", "The token is not valid yet", INVALID)
                }
                Reason::Revoked => {
                    (UNAUTHORIZED, "TOKEN_REVOKED", "The session has ended", INVALID)
                }
                _ => (UNAUTHORIZED, "INVALID_TOKEN", "The token is not valid", INVALID),
            },
        };
        Answer { status, code, message, error }
    }

    /// A stable name of why, for logs.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NoToken => "missing_token",
            Self::MalformedHeader => "malformed_authorization",
            Self::Refused(refusal) => refusal.code(),
        }
    }

    /// Whose token it was, where its signature was good.
    pub const fn subject(&self) -> Option<&UserId> {
        match self {
            Self::NoToken | Self::MalformedHeader => None,
            Self::Refused(refusal) => refusal.subject(),
        }
    }

    /// The response, with any body that a string can become.
    pub fn into_http<B: From<String>>(self) -> http::Response<B> {
        let Answer { status, code, message, error } = self.answer();
        let mut response = refusal(status, message, code);
        let headers = response.headers_mut();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        } else {
            headers.insert(WWW_AUTHENTICATE, self.challenge(error));
        }
        response
    }

    fn challenge(&self, error: Option<&str>) -> HeaderValue {
        let bare = HeaderValue::from_static(r#"Bearer realm="api""#);
        let Some(error) = error else { return bare };
        let description: String = self.to_string().chars().map(in_description).collect();
        let challenge =
            format!(r#"Bearer realm="api", error="{error}", error_description="{description}""#);
        HeaderValue::try_from(challenge).unwrap_or(bare)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoToken => f.write_str("there is no token"),
            Self::MalformedHeader => f.write_str("there is not exactly one bearer token"),
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
    refusal::<Body>(StatusCode::NOT_FOUND, "Not found", "NOT_FOUND")
}

/// `message` and `code` are plain words of ours: nothing in them needs escaping.
fn refusal<B: From<String>>(
    status: StatusCode,
    message: &'static str,
    code: &'static str,
) -> http::Response<B> {
    let body = format!(r#"{{"message":"{message}","code":"{code}"}}"#);
    let mut response = http::Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The characters of `error_description` (RFC 6750 section 3): others become their nearest kin.
const fn in_description(c: char) -> char {
    match c {
        '"' | '`' => '\'',
        '\\' => '/',
        ' '..='~' => c,
        _ => '?',
    }
}
