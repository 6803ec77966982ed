//! Better Auth's symmetric encryption: XChaCha20-Poly1305 under SHA-256 of a secret, kept as the
//! hex digits of nonce, ciphertext and tag. Of a secret that has a version, `$ba$<version>$` stands
//! before them.

use aws_lc_rs::digest::{SHA256, digest};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::KeysError;
use crate::auth_secrets::{AuthSecrets, SecretName};
use crate::entropy::Entropy;
use crate::secret::Secret;

/// What stands before the hex digits of a value whose secret has a version.
const VERSIONED: &str = "$ba$";

/// A private key taken out of its column.
pub(super) struct Opened {
    /// The private JWK (RFC 7517) as JSON text.
    pub(super) jwk: Zeroizing<Vec<u8>>,
    /// Under what it was kept.
    pub(super) seal: Seal,
}

/// Under what a private key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// Nothing: the npm package was told not to encrypt.
    Plain,
    /// One of the secrets.
    Secret(SecretName),
    /// None of the secrets.
    Unknown,
}

/// Encrypts under the current secret, as a JSON string.
pub(super) fn seal(
    plain: &[u8],
    secrets: &AuthSecrets,
    entropy: &Entropy,
) -> Result<Zeroizing<String>, KeysError> {
    let nonce = XNonce::from(entropy.bytes::<24>()?);
    let sealed = cipher(secrets.current()).encrypt(&nonce, plain);
    let sealed = sealed.map_err(|_| KeysError::Encryption)?;
    let hex = base16ct::lower::encode_string(&[nonce.as_slice(), &sealed].concat());
    Ok(Zeroizing::new(match secrets.current_name() {
        SecretName::Unversioned => format!("\"{hex}\""),
        SecretName::Version(version) => format!("\"{VERSIONED}{version}${hex}\""),
    }))
}

/// Opens with whichever secret fits: the tag says which one does.
pub(super) fn open(stored: &str, secrets: &AuthSecrets) -> Option<Opened> {
    if stored.starts_with('{') {
        let jwk = Zeroizing::new(stored.as_bytes().to_vec());
        return Some(Opened { jwk, seal: Seal::Plain });
    }
    let text = stored.strip_prefix('"')?.strip_suffix('"')?;
    let hex = match text.strip_prefix(VERSIONED) {
        Some(versioned) => versioned.split_once('$')?.1,
        None => text,
    };
    let bytes = base16ct::mixed::decode_vec(hex).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<24>()?;
    let nonce = XNonce::from(*nonce);
    secrets.named().find_map(|known| {
        let jwk = cipher(&known.secret).decrypt(&nonce, sealed).ok()?;
        Some(Opened { jwk: Zeroizing::new(jwk), seal: Seal::Secret(known.name) })
    })
}

/// Whether it names the version of the current secret, so that the npm package finds it too.
pub(super) fn names_current(stored: &str, secrets: &AuthSecrets) -> bool {
    match secrets.current_name() {
        SecretName::Unversioned => !stored.starts_with(&format!("\"{VERSIONED}")),
        SecretName::Version(version) => stored.starts_with(&format!("\"{VERSIONED}{version}$")),
    }
}

fn cipher(secret: &Secret) -> XChaCha20Poly1305 {
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(digest(&SHA256, secret.expose()).as_ref());
    XChaCha20Poly1305::new((&*key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "a new secret of at least thirty-two bytes";
    const OLD: &str = "an old secret of at least thirty-two bytes";

    fn one(secret: &str) -> AuthSecrets {
        Secret::parse(secret).unwrap().into()
    }

    fn several(list: &str) -> AuthSecrets {
        AuthSecrets::parse(list).unwrap()
    }

    fn sealed_by(secrets: &AuthSecrets) -> Zeroizing<String> {
        seal(b"{}", secrets, &Entropy::system()).unwrap()
    }

    fn seal_of(stored: &str, secrets: &AuthSecrets) -> Option<Seal> {
        open(stored, secrets).map(|opened| {
            assert_eq!(*opened.jwk, b"{}");
            opened.seal
        })
    }

    #[test]
    fn n1_a_versioned_secret_is_named_in_what_it_encrypts() {
        let versioned = several(&format!("12:{NEW},1:{OLD}"));
        let stored = sealed_by(&versioned);
        let hex = stored.strip_prefix("\"$ba$12$").unwrap().strip_suffix('"').unwrap();
        assert_eq!(hex.len(), 2 * (24 + 2 + 16));
        assert!(hex.bytes().all(|digit| digit.is_ascii_digit() || digit.is_ascii_lowercase()));
        assert_eq!(seal_of(&stored, &versioned), Some(Seal::Secret(SecretName::Version(12))));
        assert_eq!(seal_of(&stored, &one(OLD)), None);
    }

    #[test]
    fn n1_every_secret_opens_what_it_encrypted_with_or_without_a_version() {
        let bare = sealed_by(&one(OLD));
        let as_first_version = several(&format!("2:{NEW},1:{OLD}"));
        let from_before =
            several(&format!("2:{NEW}")).with_unversioned(Secret::parse(OLD).unwrap());
        for (secrets, seal) in [
            (one(OLD), SecretName::Unversioned),
            (as_first_version, SecretName::Version(1)),
            (from_before, SecretName::Unversioned),
        ] {
            assert_eq!(seal_of(&bare, &secrets), Some(Seal::Secret(seal)));
        }
        assert_eq!(seal_of(&bare, &one(NEW)), None);
        let versioned = sealed_by(&several(&format!("1:{OLD}")));
        let without_version = Some(Seal::Secret(SecretName::Unversioned));
        assert_eq!(seal_of(&versioned, &one(OLD)), without_version);
    }

    #[test]
    fn what_npm_did_not_encrypt_is_plain() {
        assert_eq!(seal_of("{}", &one(NEW)), Some(Seal::Plain));
    }

    #[test]
    fn what_is_neither_opens_with_nothing() {
        let stored = sealed_by(&one(NEW));
        let cut = format!("{}\"", &stored[..stored.len() - 3]);
        for text in ["", "\"", "\"\"", "\"$ba$\"", "\"$ba$1\"", "\"zz\"", "null", &cut] {
            assert!(open(text, &one(NEW)).is_none(), "{text}");
        }
    }

    #[test]
    fn n1_what_is_current_names_the_first_secret() {
        let (bare, first) = (one(NEW), several(&format!("1:{NEW}")));
        let twelfth = several(&format!("12:{NEW}"));
        for (made_by, read_by, is_current) in [
            (&bare, &bare, true),
            (&bare, &first, false),
            (&first, &first, true),
            (&first, &bare, false),
            (&twelfth, &first, false),
            (&first, &twelfth, false),
        ] {
            assert_eq!(names_current(&sealed_by(made_by), read_by), is_current);
        }
    }
}
