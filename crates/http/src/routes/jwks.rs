//! `GET /jwks`: the public keys that verify our tokens (RFC 7517 section 5).

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};

use crate::body::NoInput;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct Jwks;

impl Endpoint for Jwks {
    type Input = NoInput;
    type Guard = Anyone;

    async fn answer(exchange: &mut Exchange, _: NoInput, _: Anyone) -> Result<Reply, Failure> {
        let keys = exchange.protocol().engine.published_keys().ok_or(Failure::NotFound)?;
        let etag = format!("\"{}\"", keys.version);
        let max_age = format!("public, max-age={}", keys.max_age.as_secs());
        let caching = [(CACHE_CONTROL, max_age), (ETAG, etag.clone())];
        if is_known(exchange.headers(), &etag) {
            return Ok(Reply::other((StatusCode::NOT_MODIFIED, caching)));
        }
        Ok(Reply::other((caching, [(CONTENT_TYPE, "application/json")], keys.json)))
    }
}

/// Whether `If-None-Match` (RFC 9110 section 13.1.2) names this version: any of its entity tags,
/// compared without regard to their being weak, since a cache that compresses makes them so.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag)
}
