//! The session token in an `Authorization` header.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use percent_encoding::percent_decode_str;
use tessera_engine::SessionToken;

use crate::cookies::Signer;

/// The token that stands in for the cookie's: one without a dot as it is, one with a dot only if it
/// carries a good signature, raw or percent-encoded. Anything else, a JWT too, is no session token.
pub(crate) fn token(headers: &HeaderMap, signer: &Signer) -> Option<SessionToken> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    let credentials = credentials.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || credentials.is_empty() {
        return None;
    }
    if !credentials.contains('.') {
        return Some(SessionToken::presented(credentials));
    }
    let decoded = percent_decode_str(credentials).decode_utf8().ok()?;
    signer.verify(&decoded).map(SessionToken::presented)
}
