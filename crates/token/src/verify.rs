//! Verifying a token against a key set (RFC 7515 section 5.2).

use std::mem::MaybeUninit;

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::compact::{Compact, Header, MAX_HEADER_BYTES, Malformed};
use crate::verifying::{KeySet, VerifyingKey};

/// The longest signature: that of an RSA key of 8192 bits.
const MAX_SIGNATURE_BYTES: usize = 1024;

/// How many public keys are tried for one token. Each costs a signature's work, and a token that
/// names none is anybody's to send; a change of keys needs two.
const MAX_PUBLIC_KEYS_TRIED: usize = 4;

/// Why a token does not verify (RFC 7515 section 5.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Not a token that any key could verify.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The key set is empty: nothing can be said about the token.
    #[error("there are no keys to verify with")]
    NoKeys,
    /// No key is for the algorithm that the header names.
    #[error("no key is for the token's algorithm, {algorithm}")]
    AlgorithmNotAccepted {
        /// The algorithm in the header.
        algorithm: Algorithm,
    },
    /// No key has the token's `kid`.
    #[error("no key has the token's kid")]
    UnknownKey,
    /// The token leaves more than four public keys that could have signed it.
    #[error("the token does not say which of many keys signed it")]
    AmbiguousKey,
    /// The signature is not that of the key.
    #[error("the signature does not verify")]
    BadSignature,
}

/// What a verified token holds (RFC 7515 section 5.2).
#[derive(Debug)]
#[non_exhaustive]
pub struct Verified<'k> {
    /// The payload, as it was signed. Any bytes; [`Claims::parse`](crate::Claims::parse) reads it.
    pub payload: Vec<u8>,
    /// The key that verified it.
    pub key: &'k VerifyingKey,
}

/// Verifies a compact token (RFC 7515 sections 5.2 and 7.1) of at most `max_bytes` bytes and
/// returns its payload. Claims are not looked at: [`Claims`](crate::Claims) is for that.
///
/// The algorithm is that of the key; the header only has to agree. A `kid` selects the keys that
/// have it, or else those without a name; without one (RFC 7515 section 4.1.4), every key of the
/// algorithm may be meant. The keys that remain are tried: all shared secrets, and up to four
/// public keys.
///
/// # Errors
///
/// [`VerifyError`]; no part of an unverified token is ever returned.
///
/// ```
/// use tessera_token::{Algorithm, KeySet, SigningKey, VerifyError, verify};
///
/// let key = SigningKey::generate(Algorithm::ES256)?;
/// let keys = KeySet::new([key.verifying_key()]);
/// let token = key.sign(b"{}")?;
/// assert_eq!(verify(&token, &keys, 16_384)?.payload, b"{}");
///
/// let stranger = SigningKey::generate(Algorithm::ES256)?;
/// let refused = verify(&stranger.sign(b"{}")?, &keys, 16_384);
/// assert_eq!(refused.unwrap_err(), VerifyError::BadSignature);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify<'k>(
    token: &str,
    keys: &'k KeySet,
    max_bytes: usize,
) -> Result<Verified<'k>, VerifyError> {
    if keys.is_empty() {
        return Err(VerifyError::NoKeys);
    }
    let compact = Compact::split(token, max_bytes)?;
    let mut header_buffer;
    // Most tokens were signed by one of these keys' other halves, which write known headers.
    let own = keys.keys().iter().find(|key| key.header() == compact.header);
    let header = match own {
        Some(key) => Header { algorithm: key.algorithm(), kid: key.kid().map(Into::into) },
        None => {
            header_buffer = [MaybeUninit::uninit(); MAX_HEADER_BYTES];
            Header::parse(compact.header, &mut header_buffer)?
        }
    };
    let mut signature_buffer = [MaybeUninit::uninit(); MAX_SIGNATURE_BYTES];
    let signature = base64url::decode_into(compact.signature, &mut signature_buffer)
        .map_err(|_| Malformed::NotBase64Url { part: "signature" })?;
    let payload = compact.decode_payload()?;

    let key = candidates(keys, &header)?
        .find(|key| key.verifies(compact.signed.as_bytes(), signature))
        .ok_or(VerifyError::BadSignature)?;
    Ok(Verified { payload, key })
}

/// The key that a token asks for (RFC 7515 sections 4.1.1 and 4.1.4). Nothing of it is verified.
///
/// It is for whoever fetches key sets and has to know whether a refused token may have been signed
/// with a key that is newer than the set. It is good for nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHint {
    /// `alg` of the header (RFC 7515 section 4.1.1).
    pub algorithm: Algorithm,
    /// `kid` of the header (RFC 7515 section 4.1.4).
    pub kid: Option<String>,
}

impl KeyHint {
    /// Reads the header of a compact token of at most `max_bytes` bytes.
    ///
    /// # Errors
    ///
    /// [`Malformed`], for the header as [`verify`] reads it.
    pub fn of(token: &str, max_bytes: usize) -> Result<Self, Malformed> {
        let mut buffer = [MaybeUninit::uninit(); MAX_HEADER_BYTES];
        let header = Header::parse(Compact::split(token, max_bytes)?.header, &mut buffer)?;
        Ok(Self { algorithm: header.algorithm, kid: header.kid.map(Into::into) })
    }
}

/// The keys that the header can mean: any number of secrets, or a few public keys.
fn candidates<'k>(
    keys: &'k KeySet,
    header: &Header<'_>,
) -> Result<impl Iterator<Item = &'k VerifyingKey>, VerifyError> {
    let algorithm = header.algorithm;
    let fitting = keys.keys().iter().filter(move |key| key.algorithm() == algorithm);
    if fitting.clone().next().is_none() {
        return Err(VerifyError::AlgorithmNotAccepted { algorithm });
    }
    // Without a kid in the token every key may be meant; with one, its bearers, or else the keys
    // that have no name.
    let wanted = header.kid.as_deref().map(|kid| {
        let is_known = fitting.clone().any(|key| key.kid() == Some(kid));
        is_known.then_some(kid)
    });
    let meant = fitting.filter(move |key| wanted.is_none_or(|kid| key.kid() == kid));
    if meant.clone().next().is_none() {
        return Err(VerifyError::UnknownKey);
    }
    if !algorithm.is_symmetric() && meant.clone().nth(MAX_PUBLIC_KEYS_TRIED).is_some() {
        return Err(VerifyError::AmbiguousKey);
    }
    Ok(meant)
}
