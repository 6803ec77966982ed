//! What an attacker has: base64url, HMAC, and anything that was published.

use aws_lc_rs::hmac;
use base64_simd::URL_SAFE_NO_PAD;
use tessera_token::{DEFAULT_MAX_TOKEN_BYTES, KeySet, VerifyError, verify};

pub(crate) const CLAIMS: &[u8] = br#"{"sub":"admin","exp":2000000000}"#;

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode_to_vec(text).unwrap()
}

/// A token with this header, signed with HMAC and SHA-256 with any bytes as secret, none included.
pub(crate) fn forge(header: &str, secret: &[u8]) -> String {
    let message = format!("{}.{}", encode(header), encode(CLAIMS));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
    format!("{message}.{}", encode(tag.as_ref()))
}

pub(crate) fn refusal(token: &str, keys: &KeySet) -> VerifyError {
    verify(token, keys, DEFAULT_MAX_TOKEN_BYTES).unwrap_err()
}

pub(crate) fn accepts(token: &str, keys: &KeySet) -> bool {
    verify(token, keys, DEFAULT_MAX_TOKEN_BYTES).is_ok_and(|verified| verified.payload == CLAIMS)
}
