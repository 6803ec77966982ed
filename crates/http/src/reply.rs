//! What a route answers when nothing is refused.

use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tessera_engine::SignedIn;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A response, and whose it is.
pub(crate) struct Reply {
    pub(crate) response: Response,
    /// The session whose JWT goes along in `set-auth-jwt`.
    pub(crate) session: Option<SignedIn>,
}

impl Reply {
    /// 200 with a JSON body.
    pub(crate) fn json(body: &impl Serialize) -> Self {
        Self { response: json(StatusCode::OK, body), session: None }
    }

    /// 302 to a URL, with an empty body.
    pub(crate) fn redirect(url: &str) -> Self {
        match HeaderValue::from_str(url) {
            Ok(url) => {
                let headers = [(LOCATION, url), (CONTENT_TYPE, JSON)];
                Self::other((StatusCode::FOUND, headers))
            }
            Err(error) => {
                tracing::error!(%error, "a redirect leads to what is no URL");
                Self::other(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// Some other response.
    pub(crate) fn other(response: impl IntoResponse) -> Self {
        Self { response: response.into_response(), session: None }
    }

    /// Sends a JWT of this session along.
    pub(crate) fn with_token_of(mut self, session: SignedIn) -> Self {
        self.session = Some(session);
        self
    }

    pub(crate) fn headers_mut(&mut self) -> &mut HeaderMap {
        self.response.headers_mut()
    }
}

/// A compact JSON response.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => (status, [(CONTENT_TYPE, JSON)], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer has no JSON form");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
