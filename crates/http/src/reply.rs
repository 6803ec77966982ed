//! What a route answers when nothing is refused.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tessera_engine::SignedIn;

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
        Ok(body) => (status, [(CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer has no JSON form");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
