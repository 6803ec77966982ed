//! The keys of one moment.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use tessera_token::{Algorithm, KeyError, KeySet, SigningKey};

use crate::secret::Secret;

/// What signs, what verifies and what is published, together: one never says what another does not
/// know.
pub(crate) struct KeyRing {
    signing: SigningKey,
    verification: KeySet,
    published: Option<PublishedKeys>,
}

/// The public keys, ready to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKeys {
    /// The key set (RFC 7517 section 5).
    pub json: String,
    /// Another whenever the text is another: its SHA-256 in hex digits.
    pub version: String,
    /// How long anybody may keep it.
    pub max_age: Duration,
}

impl PublishedKeys {
    pub(super) fn new(json: String, max_age: Duration) -> Self {
        let hash = digest(&SHA256, json.as_bytes());
        Self { version: base16ct::lower::encode_string(hash.as_ref()), json, max_age }
    }
}

impl KeyRing {
    /// Secrets shared with the resource servers: nothing is published.
    pub(crate) fn shared(current: &Secret, older: &[Secret]) -> Result<Self, KeyError> {
        let key = |secret: &Secret| SigningKey::hmac(Algorithm::HS256, secret.expose());
        let signing = key(current)?;
        let mut verifying = vec![signing.verifying_key()];
        for secret in older {
            verifying.push(key(secret)?.verifying_key());
        }
        Ok(Self { signing, verification: KeySet::new(verifying), published: None })
    }

    pub(super) fn published_as(
        signing: SigningKey,
        verification: KeySet,
        published: PublishedKeys,
    ) -> Self {
        Self { signing, verification, published: Some(published) }
    }

    pub(crate) fn signing(&self) -> &SigningKey {
        &self.signing
    }

    pub(crate) fn verification_keys(&self) -> &KeySet {
        &self.verification
    }

    pub(crate) fn published(&self) -> Option<&PublishedKeys> {
        self.published.as_ref()
    }

    /// Whether the same key signs and the same ones are published.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.signing.kid() == other.signing.kid() && self.published == other.published
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("published", &self.published).finish_non_exhaustive()
    }
}
