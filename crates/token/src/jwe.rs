//! Encrypted tokens of one kind (RFC 7516): `dir` with `A256CBC-HS512` (RFC 7518 sections 4.5, 5.2.5).
//!
//! They are for what one server tells itself. No resource server reads them:
//! [`verify`](crate::verify) refuses every token of five parts.

use std::fmt;

use aws_lc_rs::cipher::{
    AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hkdf, hmac};
use zeroize::Zeroizing;

use crate::base64url;
use crate::compact::header_fits;
use crate::error::KeyError;
use crate::json::{Json, read_object};

const KEY_BYTES: usize = 64;
const HALF_BYTES: usize = 32;
const IV_BYTES: usize = 16;
const BLOCK_BYTES: usize = 16;
/// Half of an HMAC-SHA512 (RFC 7518 section 5.2.5).
const TAG_BYTES: usize = 32;

/// The fewest bytes that a key is derived from.
const MIN_SECRET_BYTES: usize = 32;

/// A key that encrypts and decrypts, with its one algorithm. It is never printed.
///
/// ```
/// use tessera_token::{DecryptError, EncryptionKey, decrypt};
///
/// let key = EncryptionKey::derive(b"a secret of at least thirty-two bytes", b"salt", b"purpose")?;
/// let token = key.encrypt(b"{}")?;
/// assert_eq!(decrypt(&token, &[key], 16_384)?, b"{}");
///
/// let other = EncryptionKey::derive(b"a secret of at least thirty-two bytes", b"salt", b"other")?;
/// assert_eq!(decrypt(&token, &[other], 16_384), Err(DecryptError::UnknownKey));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EncryptionKey {
    mac: hmac::Key,
    encrypting: PaddedBlockEncryptingKey,
    decrypting: PaddedBlockDecryptingKey,
    kid: String,
    /// The header segment of its tokens, which is also what is authenticated beside the content.
    header: String,
}

/// Nothing was encrypted: the library refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key could not encrypt")]
pub struct EncryptError;

/// Why a token is not decrypted (RFC 7516 section 5.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptError {
    /// Longer than the limit, not of five parts in their one spelling, or with a header that asks for
    /// anything but `dir` and `A256CBC-HS512`.
    #[error("not an encrypted token of this kind")]
    Malformed,
    /// No key has the `kid` that the header names.
    #[error("no key has the token's kid")]
    UnknownKey,
    /// No key made the authentication tag.
    #[error("the token was not encrypted with this key, or has changed")]
    Refused,
}

/// A token taken apart.
struct Parts<'a> {
    header: &'a str,
    kid: Option<String>,
    iv: [u8; IV_BYTES],
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

/// How many bytes HKDF is asked for.
struct KeyLength;

impl hkdf::KeyType for KeyLength {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

impl EncryptionKey {
    /// A key made from a secret with HKDF-SHA256 (RFC 5869). Its `kid` is its thumbprint (RFC 7638).
    ///
    /// # Errors
    ///
    /// [`KeyError::SecretTooShort`] under 32 bytes, and [`KeyError::Generation`].
    pub fn derive(secret: &[u8], salt: &[u8], info: &[u8]) -> Result<Self, KeyError> {
        let (required, length) = (MIN_SECRET_BYTES, secret.len());
        if length < required {
            return Err(KeyError::SecretTooShort { required, length });
        }
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
        extracted
            .expand(&[info], KeyLength)
            .and_then(|expanded| expanded.fill(key.as_mut_slice()))
            .and_then(|()| Self::new(&key))
            .map_err(|_| KeyError::Generation)
    }

    /// The first half authenticates, the second encrypts.
    fn new(key: &[u8; KEY_BYTES]) -> Result<Self, Unspecified> {
        let (mac, encryption) = key.split_at(HALF_BYTES);
        let k = Zeroizing::new(base64url::encode(key));
        let jwk = Zeroizing::new(format!(r#"{{"k":"{}","kty":"oct"}}"#, k.as_str()));
        let kid = base64url::encode(digest(&SHA256, jwk.as_bytes()).as_ref());
        let header = format!(r#"{{"alg":"dir","enc":"A256CBC-HS512","kid":"{kid}"}}"#);
        let cipher = || UnboundCipherKey::new(&AES_256, encryption);
        Ok(Self {
            mac: hmac::Key::new(hmac::HMAC_SHA512, mac),
            encrypting: PaddedBlockEncryptingKey::cbc_pkcs7(cipher()?)?,
            decrypting: PaddedBlockDecryptingKey::cbc_pkcs7(cipher()?)?,
            kid,
            header: base64url::encode(header.as_bytes()),
        })
    }

    /// A compact token that only this key reads (RFC 7516 section 7.1), with a random initialisation
    /// vector.
    ///
    /// # Errors
    ///
    /// [`EncryptError`].
    pub fn encrypt(&self, content: &[u8]) -> Result<String, EncryptError> {
        let mut iv = [0; IV_BYTES];
        let sealed = aws_lc_rs::rand::fill(&mut iv)
            .and_then(|()| self.seal(self.header.as_bytes(), iv, content));
        let (ciphertext, tag) = sealed.map_err(|_| EncryptError)?;
        let mut token = format!("{}..", self.header);
        base64url::append(&iv, &mut token);
        token.push('.');
        base64url::append(&ciphertext, &mut token);
        token.push('.');
        base64url::append(&tag, &mut token);
        Ok(token)
    }

    /// Ciphertext and authentication tag (RFC 7518 section 5.2.2.1).
    fn seal(
        &self,
        beside: &[u8],
        iv: [u8; IV_BYTES],
        content: &[u8],
    ) -> Result<(Vec<u8>, [u8; TAG_BYTES]), Unspecified> {
        let mut text = content.to_vec();
        let context = EncryptionContext::Iv128(FixedLength::from(iv));
        self.encrypting.less_safe_encrypt(&mut text, context)?;
        let tag = self.tag(beside, &iv, &text)?;
        Ok((text, tag))
    }

    /// The content, if the tag is right; nothing is decrypted before (RFC 7518 section 5.2.2.2).
    fn open(&self, beside: &[u8], parts: &Parts<'_>) -> Result<Vec<u8>, Unspecified> {
        let tag = self.tag(beside, &parts.iv, &parts.ciphertext)?;
        verify_slices_are_equal(&tag, &parts.tag)?;
        let mut text = parts.ciphertext.clone();
        let context = DecryptionContext::Iv128(FixedLength::from(parts.iv));
        let length = self.decrypting.decrypt(&mut text, context)?.len();
        text.truncate(length);
        Ok(text)
    }

    fn tag(
        &self,
        beside: &[u8],
        iv: &[u8],
        ciphertext: &[u8],
    ) -> Result<[u8; TAG_BYTES], Unspecified> {
        let bits = u64::try_from(beside.len()).map_err(|_| Unspecified)? * 8;
        let mut mac = hmac::Context::with_key(&self.mac);
        for part in [beside, iv, ciphertext, &bits.to_be_bytes()] {
            mac.update(part);
        }
        let whole = mac.sign();
        let half = whole.as_ref().first_chunk().ok_or(Unspecified)?;
        Ok(*half)
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// Decrypts a compact token of at most `max_bytes` bytes (RFC 7516 sections 5.2 and 7.1) and returns
/// its content. A `kid` says which key is meant; without one, each is tried.
///
/// # Errors
///
/// [`DecryptError`]; nothing of a token that has changed is ever decrypted.
pub fn decrypt(
    token: &str,
    keys: &[EncryptionKey],
    max_bytes: usize,
) -> Result<Vec<u8>, DecryptError> {
    let parts = Parts::of(token, max_bytes).ok_or(DecryptError::Malformed)?;
    let is_meant = |key: &&EncryptionKey| parts.kid.as_ref().is_none_or(|kid| *kid == key.kid);
    let mut meant = keys.iter().filter(is_meant).peekable();
    if meant.peek().is_none() {
        return Err(DecryptError::UnknownKey);
    }
    meant
        .find_map(|key| key.open(parts.header.as_bytes(), &parts).ok())
        .ok_or(DecryptError::Refused)
}

impl<'a> Parts<'a> {
    fn of(token: &'a str, max_bytes: usize) -> Option<Self> {
        if token.len() > max_bytes {
            return None;
        }
        let mut parts = token.split('.');
        // With `dir` the key is nobody's but ours: no encrypted one comes along.
        let (header, "", iv, ciphertext, tag, None) = (
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next(),
        ) else {
            return None;
        };
        if !header_fits(header) {
            return None;
        }
        let kid = read_header(&base64url::decode(header).ok()?)?;
        let bytes = |part| base64url::decode(part).ok();
        let (iv, ciphertext, tag) = (bytes(iv)?, bytes(ciphertext)?, bytes(tag)?);
        let is_whole = !ciphertext.is_empty() && ciphertext.len().is_multiple_of(BLOCK_BYTES);
        if !is_whole || tag.len() != TAG_BYTES {
            return None;
        }
        Some(Self { header, kid, iv: iv.try_into().ok()?, ciphertext, tag })
    }
}

/// The `kid` of a header that asks for this algorithm and for nothing besides; the outer `None` for
/// any other.
fn read_header(json: &[u8]) -> Option<Option<String>> {
    let (mut alg, mut enc, mut kid, mut is_plain) = (None, None, None, true);
    read_object(str::from_utf8(json).ok()?, |name, value| match (name, value) {
        ("alg", Json::Text(text)) => alg = Some(text),
        ("enc", Json::Text(text)) => enc = Some(text),
        ("kid", Json::Text(text)) => kid = Some(text.into_owned()),
        ("typ", Json::Text(_)) => {}
        _ => is_plain = false,
    })
    .ok()?;
    let is_ours = alg.as_deref() == Some("dir") && enc.as_deref() == Some("A256CBC-HS512");
    (is_ours && is_plain).then_some(kid)
}

#[cfg(test)]
mod tests;
