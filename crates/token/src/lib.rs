#![doc = include_str!("../README.md")]

mod algorithm;
mod base64url;
mod claims;
mod compact;
mod curve;
mod der;
mod error;
mod json;
mod jwe;
mod jwk;
mod secret;
mod signing;
mod verify;
mod verifying;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use claims::{Audience, Claims, ClaimsError, Times};
pub use compact::{DEFAULT_MAX_TOKEN_BYTES, Malformed};
pub use error::KeyError;
pub use json::JsonError;
pub use jwe::{DecryptError, EncryptError, EncryptionKey, decrypt};
pub use jwk::{Jwk, Jwks, SkippedKey};
pub use signing::{SignError, SigningKey};
pub use verify::{KeyHint, Verified, VerifyError, verify};
pub use verifying::{KeySet, VerifyingKey};
