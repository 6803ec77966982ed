//! `GET /jwks`: the public keys that verify our tokens (RFC 7517 section 5).

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};

use crate::body::NoInput;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

/// A verifier that meets an unknown `kid` asks again at once, so five minutes delay nothing.
const CACHING: &str = "public, max-age=300";

pub(super) struct Jwks;

impl Endpoint for Jwks {
    type Input = NoInput;
    type Guard = Anyone;

    async fn answer(exchange: &mut Exchange, _: NoInput, _: Anyone) -> Result<Reply, Failure> {
        let keys = exchange.protocol().engine.published_keys().ok_or(Failure::NotFound)?;
        let hash = digest(&SHA256, keys.as_bytes());
        let etag = format!("\"{}\"", base64_simd::URL_SAFE_NO_PAD.encode_to_string(hash.as_ref()));
        let caching = [(CACHE_CONTROL, CACHING), (ETAG, &etag)];
        if exchange.headers().get(IF_NONE_MATCH).is_some_and(|known| *known == etag) {
            return Ok(Reply::other((StatusCode::NOT_MODIFIED, caching)));
        }
        let keys = keys.to_owned();
        Ok(Reply::other((caching, [(CONTENT_TYPE, "application/json")], keys)))
    }
}
