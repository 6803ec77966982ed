//! What the resource half needs in a process of its own.

use tessera_token::Algorithm;

use super::{Reader, Surroundings};
use crate::config::{ApiConfig, SecretSetting, VerifyingConfig, settings, values};

impl Reader {
    /// `None` as in [`Reader::config`].
    pub(super) fn api(&mut self, around: &Surroundings<'_>) -> Option<ApiConfig> {
        let web_app = self.value(&settings::WEB_APP, values::switch);
        Some(ApiConfig { verifying: self.verifying(around)?, web_app: web_app? })
    }

    /// The secret that the auth server shares, or the keys that it publishes: never both, so that
    /// nobody who sets one of them believes in the other. Beside keys, the algorithm says no more
    /// than that: one file may serve both halves, and while the auth server changes from one
    /// algorithm to another, it publishes keys of both.
    fn verifying(&mut self, around: &Surroundings<'_>) -> Option<VerifyingConfig> {
        use settings as s;

        let has_url = self.given.contains_key(s::JWKS_URL.key);
        let is_shared = if has_url && !self.given.contains_key(s::JWT_ALGORITHM.key) {
            false
        } else {
            self.value(&s::JWT_ALGORITHM, values::algorithm)? == Algorithm::HS256
        };
        if is_shared {
            if has_url {
                let message = "is for key pairs, and TESSERA_JWT_ALGORITHM is HS256";
                self.refuse(&s::JWKS_URL, self.source(&s::JWKS_URL), message);
            }
            let secrets = self.jwt_secrets(around.folder.join("jwt-secret"))?;
            if matches!(secrets, SecretSetting::Kept(_)) && !around.listen?.ip().is_loopback() {
                self.must_be_set(&s::JWT_SECRET);
            }
            return Some(VerifyingConfig::Shared(secrets));
        }
        self.none_for_shared_secrets("is for HS256: here the keys at TESSERA_JWKS_URL verify");
        let allow_http = around.allow_http?;
        let published = around.base_url?.url_of("/jwks");
        let url = |text: &str| values::keys_url(text, allow_http);
        self.value_or(&s::JWKS_URL, url, Some(published)).map(VerifyingConfig::Published)
    }
}
