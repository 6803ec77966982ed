//! A safety net: a panic in a handler is a 500, not a connection that breaks off.

use std::panic::AssertUnwindSafe;

use axum::response::Response;
use futures_util::FutureExt;
use http::StatusCode;

use crate::answers::json;

/// The handler's answer, or a 500 when it panicked. The panic itself is logged by the process's
/// panic hook, see [`crate::logging`].
///
/// What the handler was using is dropped with it, so nothing half-changed is seen again.
pub(super) async fn contained(handler: impl Future<Output = Response>) -> Response {
    let handled = AssertUnwindSafe(handler).catch_unwind().await;
    handled.unwrap_or_else(|_| {
        json(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error", "INTERNAL_ERROR")
    })
}
