//! What every request passes on its way in and every answer on its way out.

mod body_deadline;
mod client_address;
mod cors;
mod panics;
mod security_headers;
#[cfg(test)]
mod tests;
mod unread;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::CONNECTION;
use http::{HeaderName, HeaderValue, StatusCode};
use tessera_http::ClientAddress;
use tracing::Instrument;
use uuid::Uuid;

pub(crate) use client_address::ClientAddresses;
pub(crate) use cors::Cors;
pub(crate) use security_headers::SecurityHeaders;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The address at the other end of the connection, put on a request by the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// What the outer layer knows.
#[derive(Debug)]
pub(crate) struct Outer {
    /// Finds the client's address.
    pub(crate) clients: ClientAddresses,
    /// Put on every answer.
    pub(crate) headers: SecurityHeaders,
}

/// The outer layer, for [`axum::middleware::from_fn_with_state`].
///
/// Gives the request an id (its own: one that a client sends is not believed), which every log
/// line about it carries and the answer names in `x-request-id`; finds the client's address; sets
/// the body its deadline; turns a panic into a 500; logs the answer; reads what is left of the body.
pub(crate) async fn outer(
    State(outer): State<Arc<Outer>>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let client = outer.clients.find(peer, request.headers());
    let id = Uuid::new_v4().simple().to_string();
    // Its pattern: the path itself may hold the token of a mailed link.
    let route = request.extensions().get::<MatchedPath>().map_or("*", MatchedPath::as_str);
    let span =
        tracing::info_span!("request", %id, %client, method = %request.method(), path = route);

    request.extensions_mut().insert(ClientAddress(client));
    let (head, body) = request.into_parts();
    let (body, remainder) = unread::lend(body_deadline::with_deadline(body));
    let request = Request::from_parts(head, body);
    let handled = async {
        let response = panics::contained(next.run(request)).await;
        log(response.status(), started);
        response
    };
    let mut response = handled.instrument(span).await;
    if !remainder.reads_to_its_end().await {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    outer.headers.apply(response.headers_mut());
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn log(status: StatusCode, started: Instant) {
    let milliseconds = (started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
    let status_code = status.as_u16();
    if status.is_server_error() {
        tracing::info!(status = status_code, milliseconds, "answered");
    } else {
        tracing::debug!(status = status_code, milliseconds, "answered");
    }
}
