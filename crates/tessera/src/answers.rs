//! The JSON answers that the server gives by itself.

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
