//! What the issuing half needs.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use tessera_engine::{KeyTimes, KeyTimesError, SessionSettings};
use tessera_http::{BaseUrl, CacheForm, TrustedOrigins};
use tessera_token::Algorithm;

use super::mail::is_of_this_machine;
use super::{Reader, Surroundings};
use crate::config::{
    AuthConfig, HashingConfig, JwtSigning, MailConfig, SecretSetting, settings, values,
};

impl Reader {
    /// `None` as in [`Reader::config`].
    pub(super) fn auth(&mut self, around: &Surroundings<'_>) -> Option<AuthConfig> {
        use settings as s;

        let secrets = self.auth_secrets(around.folder.join("auth-secret"));
        let jwt_secrets = self.jwt_secrets(around.folder.join("jwt-secret"));
        let algorithm = self.value(&s::JWT_ALGORITHM, values::algorithm);
        let jwt_expires_in = self.value(&s::JWT_EXPIRES_IN, values::lifetime);
        let rotation = self.value(&s::JWT_ROTATION_INTERVAL, values::rotation_interval);
        let grace = self.value(&s::JWT_GRACE_PERIOD, values::lifetime);
        let max_age = self.value(&s::JWKS_MAX_AGE, values::lifetime);

        let session_expires_in = self.value(&s::SESSION_EXPIRES_IN, values::lifetime);
        let update_age = self.value(&s::SESSION_UPDATE_AGE, values::duration);
        let fresh_age = self.value(&s::SESSION_FRESH_AGE, values::duration);
        let defer_session_refresh = self.value(&s::DEFER_SESSION_REFRESH, values::switch);
        let cookie_cache = self.cookie_cache();
        let copies_last = self.value(&s::SESSION_COOKIE_CACHE_MAX_AGE, values::lifetime);
        let trusted_origins = self.value(&s::TRUSTED_ORIGINS, values::trusted_origins);
        let rate_limit = self.value(&s::RATE_LIMIT, values::switch);
        let refuse_common_passwords = self.value(&s::REFUSE_COMMON_PASSWORDS, values::switch);
        let delete_user = self.value(&s::DELETE_USER, values::switch);
        let delete_user_verification = self.value(&s::DELETE_USER_VERIFICATION, values::switch);

        let emails = self.emails();
        let smtp = self.smtp();
        let app_name = self.value(&s::APP_NAME, values::app_name);
        let own_origin = around.base_url.map(BaseUrl::origin_text);
        let api_url = self.value_or(&s::API_URL, values::web_origin, own_origin.clone());

        let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN).to_string();
        let threads = self.value_or(&s::HASHING_THREADS, values::count, Some(cores));
        let queue = self.value(&s::HASHING_QUEUE, values::count);

        let signing = match algorithm? {
            Algorithm::HS256 => {
                self.none_for_key_pairs();
                JwtSigning::Shared(jwt_secrets?)
            }
            algorithm => {
                self.none_for_shared_secrets(
                    "is for HS256: with TESSERA_JWT_ALGORITHM a key pair signs, which the database \
                     keeps",
                );
                let times = KeyTimes::new(max_age?, grace?, rotation?, jwt_expires_in?);
                JwtSigning::KeyPair { algorithm, times: self.key_times(times)? }
            }
        };
        let secrets = secrets?;
        self.distinct(&secrets, &signing);
        let listen = around.listen?;
        if !listen.ip().is_loopback() {
            if matches!(secrets, SecretSetting::Kept(_)) {
                self.must_be_set(&s::AUTH_SECRET);
            }
            if matches!(signing, JwtSigning::Shared(SecretSetting::Kept(_))) {
                self.must_be_set(&s::JWT_SECRET);
            }
        }
        let emails = emails?;
        self.each_with_what_it_is_for(&emails, delete_user?, delete_user_verification?);
        let mail = self.mail(smtp?, is_of_this_machine(listen, around.base_url?))?;
        if matches!(mail, MailConfig::Nowhere) {
            self.nothing_takes_a_link(&emails, delete_user_verification?);
        }
        Some(AuthConfig {
            secrets,
            signing,
            jwt_expires_in: jwt_expires_in?,
            sessions: SessionSettings {
                expires_in: session_expires_in?,
                update_age: update_age?,
                fresh_age: fresh_age?,
                copies_last: copies_last?,
            },
            trusted_origins: around.cors_origins.iter().fold(trusted_origins?, TrustedOrigins::and),
            rate_limit: rate_limit?,
            refuse_common_passwords: refuse_common_passwords?,
            defer_session_refresh: defer_session_refresh?,
            cookie_cache: cookie_cache?,
            delete_user: delete_user?,
            delete_user_verification: delete_user_verification?,
            emails,
            mail,
            app_name: app_name?,
            api_url: api_url.filter(|url| Some(url.to_string()) != own_origin),
            hashing: HashingConfig { threads: threads?, queue: queue?.get() },
        })
    }

    /// The form of the cookie cache; how long it lasts means nothing where it is off.
    fn cookie_cache(&mut self) -> Option<Option<CacheForm>> {
        let (cache, max_age) =
            (&settings::SESSION_COOKIE_CACHE, &settings::SESSION_COOKIE_CACHE_MAX_AGE);
        let form = self.value(cache, values::cookie_cache);
        if form == Some(None) && self.given.contains_key(max_age.key) {
            let message = "is for the cookie cache: set TESSERA_SESSION_COOKIE_CACHE";
            self.refuse(max_age, self.source(max_age), message);
        }
        form
    }

    fn key_times(&mut self, times: Result<KeyTimes, KeyTimesError>) -> Option<KeyTimes> {
        let (setting, message) = match times {
            Ok(times) => return Some(times),
            Err(KeyTimesError::GraceTooShort { least }) => (
                &settings::JWT_GRACE_PERIOD,
                format!(
                    "must be at least {}s: tokens live for TESSERA_JWT_EXPIRES_IN, others keep \
                     /jwks for TESSERA_JWKS_MAX_AGE, and clocks differ",
                    least.as_secs()
                ),
            ),
            Err(KeyTimesError::RotationTooOften { least }) => (
                &settings::JWT_ROTATION_INTERVAL,
                format!(
                    "must be at least {}s, or off: for half of that a key is published before it \
                     signs, so that all who keep /jwks know it",
                    least.as_secs()
                ),
            ),
        };
        self.refuse(setting, self.source(setting), message);
        None
    }
}
