//! Signing keys: kept in the `jwks` table as Better Auth keeps them, opened once at start.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use tessera_token::{Algorithm, Jwk, Jwks, KeyError, KeySet, SigningKey};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, NoEntropy};
use crate::secret::Secret;
use crate::settings::{Settings, TokenSigning};
use crate::store::{Store, StoreError};
use crate::time::Time;

/// How long an expired key stays published (Better Auth's `gracePeriod`): 30 days.
const GRACE_PERIOD: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 60 * 60);

/// A row of `jwks`.
#[derive(Clone)]
pub struct StoredKey {
    /// `kid` of what it signs.
    pub id: String,
    /// The public JWK (RFC 7517) as JSON text.
    pub public_key: String,
    /// The private JWK, encrypted: a JSON string of hex digits. The bare JWK where the npm package
    /// was told not to encrypt.
    pub private_key: Zeroizing<String>,
    /// When it was made.
    pub created_at: Time,
    /// From then on it signs no more.
    pub expires_at: Option<Time>,
    /// JOSE name; absent in rows of old versions, which then mean the configured one.
    pub algorithm: Option<String>,
    /// JOSE name of the curve, where there is one.
    pub curve: Option<String>,
}

/// Why the engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No key could be made.
    #[error("a signing key could not be made")]
    Key(#[from] KeyError),
    /// The new key could not be encrypted.
    #[error("a signing key could not be encrypted")]
    Encryption,
    /// No randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The key that signs, and all that verify.
pub(crate) struct KeyRing {
    signing: SigningKey,
    verification: KeySet,
    published: Option<String>,
}

impl KeyRing {
    pub(crate) async fn load(
        settings: &Settings,
        store: &dyn Store,
        entropy: &Entropy,
        now: Time,
    ) -> Result<Self, StartError> {
        match &settings.tokens.signing {
            TokenSigning::Shared(secret) => {
                let signing = SigningKey::hmac(Algorithm::HS256, secret.expose())?;
                let verification = KeySet::new([signing.verifying_key()]);
                Ok(Self { signing, verification, published: None })
            }
            TokenSigning::KeyPair(algorithm) => {
                Self::load_pairs(*algorithm, &settings.secret, store, entropy, now).await
            }
        }
    }

    async fn load_pairs(
        algorithm: Algorithm,
        secret: &Secret,
        store: &dyn Store,
        entropy: &Entropy,
        now: Time,
    ) -> Result<Self, StartError> {
        let mut rows = store.signing_keys().await?;
        rows.retain(|row| row.expires_at.is_none_or(|end| now < end + GRACE_PERIOD));

        let may_sign = |row: &&StoredKey| {
            row.expires_at.is_none_or(|end| now < end)
                && row.algorithm_or(algorithm) == Some(algorithm)
        };
        let opened = rows.iter().filter(may_sign).find_map(|row| match row.open(secret, algorithm) {
            Ok(key) => Some(key),
            Err(reason) => {
                tracing::error!(kid = row.id, %reason, "signing key set aside: it still verifies, but signs no more");
                None
            }
        });
        let signing = match opened {
            Some(key) => key,
            None => {
                let key = SigningKey::generate(algorithm)?.with_kid(entropy.alphanumeric(32)?);
                let row = StoredKey::seal(&key, secret, entropy, now)?;
                store.add_signing_key(row.clone()).await?;
                tracing::info!(kid = row.id, %algorithm, "made a signing key");
                rows.insert(0, row);
                key
            }
        };

        let jwks = Jwks::from_iter(rows.iter().filter_map(|row| row.published(algorithm)));
        let (verification, skipped) = KeySet::from_jwks(&jwks);
        for skipped in skipped {
            tracing::warn!(%skipped, "published key cannot verify");
        }
        Ok(Self { signing, verification, published: Some(jwks.to_json()) })
    }

    pub(crate) fn signing(&self) -> &SigningKey {
        &self.signing
    }

    pub(crate) fn verification_keys(&self) -> &KeySet {
        &self.verification
    }

    pub(crate) fn published(&self) -> Option<&str> {
        self.published.as_deref()
    }
}

impl StoredKey {
    fn algorithm_or(&self, configured: Algorithm) -> Option<Algorithm> {
        self.algorithm.as_ref().map_or(Some(configured), |name| name.parse().ok())
    }

    /// The public half with the members that `/jwks` adds.
    fn published(&self, configured: Algorithm) -> Option<Jwk> {
        let jwk = Jwk::parse(self.public_key.as_bytes());
        match (jwk, self.algorithm_or(configured)) {
            (Ok(jwk), Some(algorithm)) => Some(jwk.with_algorithm(algorithm).with_kid(&self.id)),
            (jwk, _) => {
                let reason = jwk.err().map(|error| error.to_string());
                tracing::warn!(kid = self.id, reason, "stored key cannot be published");
                None
            }
        }
    }

    fn open(&self, secret: &Secret, configured: Algorithm) -> Result<SigningKey, CannotOpen> {
        let private = decrypt(&self.private_key, secret).ok_or(CannotOpen::Decrypt)?;
        let algorithm = self.algorithm_or(configured);
        Ok(SigningKey::from_private_jwk(&private, algorithm)?.with_kid(self.id.clone()))
    }

    fn seal(
        key: &SigningKey,
        secret: &Secret,
        entropy: &Entropy,
        now: Time,
    ) -> Result<Self, StartError> {
        let (private, public) =
            key.private_jwk().zip(key.public_jwk()).ok_or(StartError::Encryption)?;
        Ok(Self {
            id: key.kid().unwrap_or_default().to_owned(),
            public_key: public.to_bare_json(),
            private_key: encrypt(private.as_bytes(), secret, entropy)?,
            created_at: now,
            expires_at: None,
            algorithm: Some(key.algorithm().to_string()),
            curve: public.curve().map(str::to_owned),
        })
    }
}

#[derive(Debug, thiserror::Error)]
enum CannotOpen {
    #[error("it was encrypted with another secret")]
    Decrypt,
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Better Auth's symmetric encryption: XChaCha20-Poly1305 under SHA-256 of the secret, as a JSON
/// string of the hex digits of nonce, ciphertext and tag.
fn encrypt(
    plain: &[u8],
    secret: &Secret,
    entropy: &Entropy,
) -> Result<Zeroizing<String>, StartError> {
    let nonce = XNonce::from(entropy.bytes::<24>()?);
    let sealed = cipher(secret).encrypt(&nonce, plain).map_err(|_| StartError::Encryption)?;
    let hex = base16ct::lower::encode_string(&[nonce.as_slice(), &sealed].concat());
    Ok(Zeroizing::new(format!("\"{hex}\"")))
}

fn decrypt(stored: &str, secret: &Secret) -> Option<Zeroizing<Vec<u8>>> {
    if stored.starts_with('{') {
        return Some(Zeroizing::new(stored.as_bytes().to_vec()));
    }
    let hex = stored.strip_prefix('"')?.strip_suffix('"')?;
    let bytes = base16ct::mixed::decode_vec(hex).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<24>()?;
    cipher(secret).decrypt(&XNonce::from(*nonce), sealed).ok().map(Zeroizing::new)
}

fn cipher(secret: &Secret) -> XChaCha20Poly1305 {
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(digest(&SHA256, secret.expose()).as_ref());
    XChaCha20Poly1305::new((&*key).into())
}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("published", &self.published).finish_non_exhaustive()
    }
}
