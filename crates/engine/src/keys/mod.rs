//! Signing keys: kept in the `jwks` table as Better Auth keeps them, and changed without refusing
//! anybody.
//!
//! A key is *pending* first: published, so that every verifier knows it, and not yet used. Then it
//! is *active*: the newest that has not expired, which signs, as the npm package chooses too. When
//! the next one takes over it is *retiring*: published until its last token has expired. Then it is
//! *gone*.

mod keeper;
mod operator;
mod ring;
mod sealed;
mod times;

use std::fmt;

use tessera_token::{Algorithm, Jwk, KeyError, SigningKey};
use zeroize::Zeroizing;

pub use self::keeper::SigningKeys;
pub use self::operator::{KeyReport, KeyState, Rewrapped, Rotated, Rotation};
pub(crate) use self::ring::KeyRing;
pub use self::ring::PublishedKeys;
pub use self::sealed::Seal;
pub use self::times::{KeyTimes, KeyTimesError};
use crate::auth_secrets::AuthSecrets;
use crate::entropy::{Entropy, NoEntropy};
use crate::store::StoreError;
use crate::time::Time;

/// A row of `jwks`, or of the table of those that wait.
#[derive(Clone)]
pub struct StoredKey {
    /// `kid` of what it signs.
    pub id: String,
    /// The public JWK (RFC 7517) as JSON text.
    pub public_key: String,
    /// The private JWK, encrypted: a JSON string. The bare JWK where the npm package was told not
    /// to encrypt.
    pub private_key: Zeroizing<String>,
    /// When it was made; of one that has signed, when it began to.
    pub created_at: Time,
    /// From then on it signs no more.
    pub expires_at: Option<Time>,
    /// JOSE name; absent in rows of old versions, which then mean the configured one.
    pub algorithm: Option<String>,
    /// JOSE name of the curve, where there is one.
    pub curve: Option<String>,
    /// When it is to sign; absent in `jwks`.
    pub activates_at: Option<Time>,
}

/// Why nothing could be done with the signing keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A key that signs for servers opens with none of the secrets: a key made under these would be
    /// of no use to them.
    #[error(
        "no secret opens {kid}, which signs: give the secrets that the servers run with, in \
         BETTER_AUTH_SECRET or BETTER_AUTH_SECRETS"
    )]
    Locked {
        /// Its `kid`.
        kid: String,
    },
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

/// Why a stored key cannot sign.
#[derive(Debug, thiserror::Error)]
enum CannotOpen {
    #[error("none of the secrets opens it")]
    Decrypt,
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl StoredKey {
    /// A new key, encrypted, with a `kid` of its own.
    fn generate(
        algorithm: Algorithm,
        secrets: &AuthSecrets,
        entropy: &Entropy,
        now: Time,
    ) -> Result<Self, KeysError> {
        let key = SigningKey::generate(algorithm)?;
        let (private, public) =
            key.private_jwk().zip(key.public_jwk()).ok_or(KeysError::Encryption)?;
        Ok(Self {
            id: entropy.alphanumeric(32)?,
            public_key: public.to_bare_json(),
            private_key: sealed::seal(private.as_bytes(), secrets, entropy)?,
            created_at: now,
            expires_at: None,
            algorithm: Some(algorithm.to_string()),
            curve: public.curve().map(str::to_owned),
            activates_at: None,
        })
    }

    /// Whether it is to sign later.
    fn waits(&self) -> bool {
        self.activates_at.is_some()
    }

    /// Whether an operator took it back: then it is not published for any grace period, however long.
    /// [`Succession`](crate::store::Succession) has it expire at the Unix epoch.
    fn is_revoked(&self) -> bool {
        self.expires_at.is_some_and(|end| end <= Time::from_millis(0))
    }

    fn algorithm_or(&self, configured: Algorithm) -> Option<Algorithm> {
        self.algorithm.as_ref().map_or(Some(configured), |name| name.parse().ok())
    }

    fn open(&self, secrets: &AuthSecrets, configured: Algorithm) -> Result<SigningKey, CannotOpen> {
        let private = sealed::open(&self.private_key, secrets).ok_or(CannotOpen::Decrypt)?.jwk;
        let algorithm = self.algorithm_or(configured);
        Ok(SigningKey::from_private_jwk(&private, algorithm)?.with_kid(self.id.clone()))
    }

    /// The public half with the members that `/jwks` adds.
    fn published(&self, configured: Algorithm) -> Result<Jwk, CannotPublish> {
        let algorithm = self.algorithm_or(configured).ok_or(CannotPublish::Algorithm)?;
        let jwk = Jwk::parse(self.public_key.as_bytes())?;
        Ok(jwk.with_algorithm(algorithm).with_kid(&self.id))
    }
}

/// Why a stored key does not stand in `/jwks`.
#[derive(Debug, thiserror::Error)]
enum CannotPublish {
    #[error("its algorithm is unknown")]
    Algorithm,
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredKey").field("id", &self.id).finish_non_exhaustive()
    }
}
