//! Shared secrets.

use aws_lc_rs::hmac;
use pkcs1::RsaPublicKeyRef;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{Decode, Tag, Tagged};
use pkcs8::spki::SubjectPublicKeyInfoRef;
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::error::KeyError;
use crate::json::{Json, read_object, texts};

/// Prepares a secret for the one algorithm.
pub(crate) fn hmac_key(algorithm: Algorithm, secret: &[u8]) -> Result<hmac::Key, KeyError> {
    let (hash, required) = match algorithm {
        Algorithm::HS256 => (hmac::HMAC_SHA256, 32),
        Algorithm::HS384 => (hmac::HMAC_SHA384, 48),
        Algorithm::HS512 => (hmac::HMAC_SHA512, 64),
        _ => return Err(KeyError::WrongAlgorithm),
    };
    if secret.len() < required {
        return Err(KeyError::SecretTooShort { required, length: secret.len() });
    }
    if is_key_text(secret) || is_key_der(secret) || is_key_base64(secret) {
        return Err(KeyError::SecretIsKeyText);
    }
    Ok(hmac::Key::new(hash, secret))
}

/// Whether a secret is the text of a key that others may know: PEM, a JWK or a set, OpenSSH.
///
/// Nothing in this crate mistakes a public key for a secret, since no function takes either. This
/// catches the person who does: with a public key as secret, everybody can sign.
fn is_key_text(secret: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(secret) else { return false };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let is_json = text.starts_with(['{', '[']) && text.contains("\"kty\"");
    let is_ssh = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"];
    is_json || text.contains("-----BEGIN ") || is_ssh.iter().any(|kind| text.starts_with(kind))
}

/// Whether a secret is what stands between the lines of PEM, as some servers show their keys.
fn is_key_base64(secret: &[u8]) -> bool {
    // Either alphabet, with or without padding and line breaks.
    let standard = |byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    };
    let text = Zeroizing::new(secret.iter().map(standard).collect::<Vec<_>>());
    let der = base64_simd::forgiving_decode_to_vec(&text).map(Zeroizing::new);
    der.is_ok_and(|der| is_key_der(&der))
}

/// Whether a secret is a key in DER: `SubjectPublicKeyInfo` (RFC 5280), `RSAPublicKey` (RFC 8017),
/// a private key of PKCS #8 (RFC 5958), or a certificate.
fn is_key_der(secret: &[u8]) -> bool {
    // An Ed25519 key, the shortest. Random secrets of the usual 32 bytes are shorter, so none is
    // ever refused; of longer ones, fewer than one in 2^32 has the form of a key.
    const SHORTEST: usize = 44;
    let is_certificate = || {
        let parts = Vec::<AnyRef<'_>>::from_der(secret).unwrap_or_default();
        parts.iter().map(Tagged::tag).eq([Tag::Sequence, Tag::Sequence, Tag::BitString])
    };
    secret.len() >= SHORTEST
        && (SubjectPublicKeyInfoRef::from_der(secret).is_ok()
            || RsaPublicKeyRef::from_der(secret).is_ok()
            || PrivateKeyInfoRef::from_der(secret).is_ok()
            || is_certificate())
}

/// A secret in its JSON form.
pub(crate) struct SecretJwk {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<String>,
    pub(crate) secret: Zeroizing<Vec<u8>>,
}

impl SecretJwk {
    /// Reads a JWK of the type `oct` (RFC 7518 section 6.4); without `alg` it is for `HS256`.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, KeyError> {
        let json = str::from_utf8(json).map_err(|_| KeyError::NotJson)?;
        let (mut kty, mut alg, mut kid, mut k) = (None, None, None, None);
        let (mut mistyped, mut other_use) = (None, false);
        read_object(json, |name, value| {
            let (name, slot) = match name {
                "kty" => ("kty", &mut kty),
                "alg" => ("alg", &mut alg),
                "kid" => ("kid", &mut kid),
                "k" => ("k", &mut k),
                "use" => return other_use |= value != Json::Text("sig".into()),
                "key_ops" => {
                    let ops = if let Json::Array(ops) = value { texts(ops) } else { None };
                    return other_use |= !ops.is_some_and(|ops| ops.contains(&"verify".into()));
                }
                _ => return,
            };
            match value {
                Json::Text(text) => *slot = Some(Zeroizing::new(text.into_owned())),
                _ => mistyped = Some(name),
            }
        })
        .map_err(|_| KeyError::NotJson)?;

        if let Some(name) = mistyped {
            return Err(KeyError::Member(name));
        }
        if other_use {
            return Err(KeyError::NotForSignatures);
        }
        if kty.ok_or(KeyError::Member("kty"))?.as_str() != "oct" {
            return Err(KeyError::Type);
        }
        let algorithm = match alg {
            Some(name) => name.parse().map_err(|_| KeyError::UnknownAlgorithm)?,
            None => Algorithm::HS256,
        };
        let k = k.ok_or(KeyError::Member("k"))?;
        let secret = base64url::decode(&k).map_err(|_| KeyError::Member("k"))?;
        let kid = kid.map(|kid| kid.to_string());
        Ok(Self { algorithm, kid, secret: Zeroizing::new(secret) })
    }
}
