//! The check that many services write by hand: as little as will refuse a forged token.
//!
//! It is quick because of what it leaves out. See `bench/README.md`.

use aws_lc_rs::hmac;
use base64_simd::{Out, URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::token::{AUDIENCE, ISSUER};

/// `{"alg":"HS256"}`: the one header that is known.
const HEADER: &str = "eyJhbGciOiJIUzI1NiJ9";

/// The claims, where they stand in the payload.
#[derive(Deserialize)]
pub struct Claims<'a> {
    /// Whose token it is.
    pub sub: &'a str,
    /// Their address.
    pub email: &'a str,
    /// Their session.
    pub sid: &'a str,
    /// Until when, in Unix seconds.
    pub exp: u64,
    iss: &'a str,
    aud: &'a str,
}

/// The payload, if the secret signed it.
pub fn payload(token: &str, key: &hmac::Key) -> Option<Vec<u8>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    if header != HEADER {
        return None;
    }
    let mut tag = [0; 32];
    if signature.len() != 43 {
        return None;
    }
    let tag = URL_SAFE_NO_PAD.decode(signature.as_bytes(), Out::from_slice(&mut tag)).ok()?;
    hmac::verify(key, signed.as_bytes(), tag).ok()?;
    URL_SAFE_NO_PAD.decode_to_vec(payload).ok()
}

/// The claims, if they are for us and have not expired at `now`, in Unix seconds.
pub fn claims(payload: &[u8], now: u64) -> Option<Claims<'_>> {
    let claims: Claims<'_> = serde_json::from_slice(payload).ok()?;
    (claims.iss == ISSUER && claims.aud == AUDIENCE && now < claims.exp).then_some(claims)
}

#[cfg(test)]
mod tests {
    use tessera_token::{Algorithm, SigningKey};

    use super::*;
    use crate::token::{CLAIMS, NOW, SECRET};

    #[test]
    fn loose_as_it_is_it_refuses_the_forged_and_the_expired() {
        let token =
            SigningKey::hmac(Algorithm::HS256, SECRET).unwrap().sign(CLAIMS.as_bytes()).unwrap();
        assert_eq!(token.len(), 421);
        let payload = payload(&token, &hmac::Key::new(hmac::HMAC_SHA256, SECRET)).unwrap();
        assert_eq!(claims(&payload, NOW).unwrap().sub, "Zk3vQ9pXw2LmN8rT5yBc7DfGhJ1kA4sE");
        assert!(claims(&payload, 4_000_000_000).is_none());
        assert!(super::payload(&token, &hmac::Key::new(hmac::HMAC_SHA256, b"another")).is_none());
    }
}
