//! The form `jwe`: claims that are encrypted with a key made from the secret (RFC 7516).

use std::time::Duration;

use tessera_engine::{AuthSecrets, Entropy, Secret, SignedIn, Time};
use tessera_token::{EncryptionKey, KeyError, decrypt};

use super::{Form, MAX_BYTES, Opened, SealError, claims};

/// What Better Auth derives the key of this cookie with.
const SALT: &[u8] = b"better-auth-session";
const INFO: &[u8] = b"BetterAuth.js Generated Encryption Key";

pub(super) struct Jwe {
    encrypting: EncryptionKey,
    keys: Vec<EncryptionKey>,
    entropy: Entropy,
}

impl Jwe {
    pub(super) fn new(secrets: &AuthSecrets, entropy: Entropy) -> Result<Self, KeyError> {
        let key = |secret: &Secret| EncryptionKey::derive(secret.expose(), SALT, INFO);
        let keys = secrets.iter().map(key).collect::<Result<_, _>>()?;
        Ok(Self { encrypting: key(secrets.current())?, keys, entropy })
    }
}

impl Form for Jwe {
    fn seal(
        &self,
        signed_in: &SignedIn,
        now: Time,
        kept: Option<Duration>,
    ) -> Result<String, SealError> {
        let jti = uuid::Builder::from_random_bytes(self.entropy.bytes()?).into_uuid();
        let claims = claims::write(signed_in, now, kept, Some(jti.to_string()))?;
        Ok(self.encrypting.encrypt(&claims)?)
    }

    fn open(&self, value: &str) -> Option<Opened> {
        claims::read(&decrypt(value, &self.keys, MAX_BYTES).ok()?)
    }
}
