//! The JSON answers that the server gives by itself, and nobody else's route does.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

#[derive(Serialize)]
struct Message {
    message: &'static str,
    code: &'static str,
}

/// `{"message","code"}`, the form of every error on our own routes.
pub(crate) fn json(status: StatusCode, message: &'static str, code: &'static str) -> Response {
    (status, Json(Message { message, code })).into_response()
}

/// Nothing lives at this path.
pub(crate) fn not_found() -> Response {
    json(StatusCode::NOT_FOUND, "Not found", "NOT_FOUND")
}

/// Something lives at this path, but not for this method. Who answers so adds `Allow`.
pub(crate) fn method_not_allowed() -> Response {
    json(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", "METHOD_NOT_ALLOWED")
}
