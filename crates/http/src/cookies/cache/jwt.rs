//! The form `jwt`: claims that are signed with HS256 (RFC 7519).

use std::time::Duration;

use tessera_engine::{AuthSecrets, Secret, SignedIn, Time};
use tessera_token::{Algorithm, KeyError, KeySet, SigningKey, VerifyingKey, verify};

use super::{Form, MAX_BYTES, Opened, SealError, claims};

pub(super) struct Jwt {
    signing: SigningKey,
    keys: KeySet,
}

impl Jwt {
    pub(super) fn new(secrets: &AuthSecrets) -> Result<Self, KeyError> {
        let key = |secret: &Secret| VerifyingKey::hmac(Algorithm::HS256, secret.expose());
        let keys = secrets.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        let signing = SigningKey::hmac(Algorithm::HS256, secrets.current().expose())?;
        Ok(Self { signing, keys: KeySet::new(keys) })
    }
}

impl Form for Jwt {
    fn seal(
        &self,
        signed_in: &SignedIn,
        now: Time,
        kept: Option<Duration>,
    ) -> Result<String, SealError> {
        Ok(self.signing.sign(&claims::write(signed_in, now, kept, None)?)?)
    }

    fn open(&self, value: &str) -> Option<Opened> {
        claims::read(&verify(value, &self.keys, MAX_BYTES).ok()?.payload)
    }
}
