//! What the targets share: known keys, and a second opinion on JSON.

mod json;

pub use json::{MAX_DEPTH, depth, strict_object};

use base64_simd::URL_SAFE_NO_PAD;
use tessera_token::{Algorithm, Jwk, KeySet, SigningKey, VerifyingKey};

/// RFC 7515 appendix A.1: 64 bytes, shared.
const SECRET: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

/// RFC 7515 appendix A.2, RFC 7515 appendix A.3 and RFC 8037 appendix A.2.
const PUBLIC: [&str; 3] = [
    r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#,
    r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
];

/// The shared secret's bytes.
pub fn secret() -> Vec<u8> {
    decode(SECRET).expect("a constant")
}

/// A key of each kind whose tokens are published, and a second secret with a name.
pub fn keys() -> KeySet {
    let public = PUBLIC.map(|jwk| {
        let jwk = Jwk::parse(jwk.as_bytes()).expect("a constant");
        VerifyingKey::from_jwk(&jwk).expect("a constant")
    });
    let secret = VerifyingKey::hmac(Algorithm::HS256, &secret()).expect("a constant");
    let named = VerifyingKey::hmac(Algorithm::HS256, &[7; 32]).expect("a constant");
    KeySet::new(public).with(secret).with(named.with_kid("named"))
}

/// Signs with the shared secret.
pub fn signing_key() -> SigningKey {
    SigningKey::hmac(Algorithm::HS256, &secret()).expect("a constant")
}

/// base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// The bytes of canonical base64url.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}
