//! From what was written to [`Config`]: every value parsed, every problem found, at once.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use tessera_db::PostgresUrl;
use tessera_engine::{
    AuthSecrets, EmailSettings, KeyTimes, KeyTimesError, Secret, SessionSettings,
};
use tessera_http::{BaseUrl, CacheForm};
use tessera_mail::SmtpUrl;
use tessera_token::Algorithm;

use crate::dev_mail::is_loopback_authority;

use super::problem::Problem;
use super::settings::{self, DefaultValue, Setting};
use super::show::Shown;
use super::sources::{Given, Source, Sources};
use super::values::{self, DatabaseUrl, Reason};
use super::{
    Config, ConfigError, DatabaseConfig, HashingConfig, JwtConfig, JwtSecrets, JwtSigning,
    LogConfig, MailConfig, SecretSetting,
};

impl Config {
    /// Understands what the operator wrote, or says everything that is wrong with it.
    ///
    /// Reads the files of secrets that the settings name, and changes nothing.
    pub fn read(sources: &Sources) -> Result<Self, ConfigError> {
        let (given, problems) = sources.gather();
        let mut reader = Reader { given, problems, shown: Vec::new() };
        let config = reader.config();
        match config {
            Some(config) if reader.problems.is_empty() => Ok(config),
            _ => Err(ConfigError(reader.problems)),
        }
    }
}

pub(super) struct Reader {
    pub(super) given: HashMap<&'static str, Given>,
    problems: Vec<Problem>,
    shown: Vec<Shown>,
}

impl Reader {
    /// `None` when a value is missing; then there is a problem that says so. Every setting is
    /// looked at before the first missing one ends it, so that all problems are found.
    fn config(&mut self) -> Option<Config> {
        use settings as s;

        let host = self.value(&s::HOST, values::host);
        let port = self.value(&s::PORT, values::port);
        if port == Some(0) && !self.given.contains_key(s::BASE_URL.key) {
            let message = "must be set when the system chooses the port";
            self.refuse(&s::BASE_URL, Source::Default, message);
        }
        let derived = port.map(|port| format!("http://localhost:{port}"));
        let base_url = self.value_or(&s::BASE_URL, values::base_url, derived);
        let allow_http = self.value(&s::ALLOW_HTTP, values::switch);
        let data_dir = self.value(&s::DATA_DIR, values::path);
        let derived = data_dir
            .as_ref()
            .map(|folder| format!("sqlite:{}", folder.join("tessera.db").display()));
        let database = self.database(derived);

        let folder = data_dir.clone().unwrap_or_default();
        let auth_secrets = self.auth_secrets(folder.join("auth-secret"));
        let jwt_secrets = self.jwt_secrets(folder.join("jwt-secret"));
        let algorithm = self.value(&s::JWT_ALGORITHM, values::algorithm);
        let jwt_expires_in = self.value(&s::JWT_EXPIRES_IN, values::lifetime);
        let rotation = self.value(&s::JWT_ROTATION_INTERVAL, values::rotation_interval);
        let grace = self.value(&s::JWT_GRACE_PERIOD, values::lifetime);
        let max_age = self.value(&s::JWKS_MAX_AGE, values::lifetime);
        let origin = base_url.as_ref().map(BaseUrl::origin_text);
        let issuer = self.value_or(&s::JWT_ISSUER, values::identifier, origin.clone());
        let audience = self.value_or(&s::JWT_AUDIENCE, values::identifier, origin);

        let session_expires_in = self.value(&s::SESSION_EXPIRES_IN, values::lifetime);
        let update_age = self.value(&s::SESSION_UPDATE_AGE, values::duration);
        let fresh_age = self.value(&s::SESSION_FRESH_AGE, values::duration);
        let defer_session_refresh = self.value(&s::DEFER_SESSION_REFRESH, values::switch);
        let cookie_cache = self.cookie_cache();
        let copies_last = self.value(&s::SESSION_COOKIE_CACHE_MAX_AGE, values::lifetime);
        let trusted_origins = self.value(&s::TRUSTED_ORIGINS, values::trusted_origins);
        let trusted_proxies = self.value(&s::TRUSTED_PROXIES, values::networks);
        let rate_limit = self.value(&s::RATE_LIMIT, values::switch);
        let refuse_common_passwords = self.value(&s::REFUSE_COMMON_PASSWORDS, values::switch);
        let delete_user = self.value(&s::DELETE_USER, values::switch);
        let delete_user_verification = self.value(&s::DELETE_USER_VERIFICATION, values::switch);

        let emails = self.emails();
        let smtp = self.smtp();
        let app_name = self.value(&s::APP_NAME, values::app_name);

        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = self.value_or(&s::HASHING_THREADS, values::count, Some(cores.to_string()));
        let queue = self.value(&s::HASHING_QUEUE, values::count);
        let filter = self.value(&s::LOG, values::log_filter);
        let format = if std::io::stderr().is_terminal() { "pretty" } else { "json" };
        let format = self.value_or(&s::LOG_FORMAT, values::log_format, Some(format.to_owned()));

        let signing = match algorithm? {
            Algorithm::HS256 => {
                self.none_for_key_pairs();
                JwtSigning::Shared(jwt_secrets?)
            }
            algorithm => {
                self.none_for_shared_secrets();
                let times = KeyTimes::new(max_age?, grace?, rotation?, jwt_expires_in?);
                JwtSigning::KeyPair { algorithm, times: self.key_times(times)? }
            }
        };
        let listen = SocketAddr::new(host?, port?);
        let auth_secrets = auth_secrets?;
        let base_url = base_url?;
        self.distinct(&auth_secrets, &signing);
        if !listen.ip().is_loopback() {
            self.fit_for_a_network(&auth_secrets, &signing, &base_url, allow_http?);
        }
        let emails = emails?;
        self.each_with_what_it_is_for(&emails, delete_user?, delete_user_verification?);
        let mail = self.mail(smtp?, is_of_this_machine(listen, &base_url))?;
        if matches!(mail, MailConfig::Nowhere) {
            self.nothing_takes_a_link(&emails, delete_user_verification?);
        }
        Some(Config {
            listen,
            base_url,
            database: database?,
            data_dir: data_dir?,
            auth_secrets,
            jwt: JwtConfig {
                signing,
                expires_in: jwt_expires_in?,
                issuer: issuer?,
                audience: audience?,
            },
            sessions: SessionSettings {
                expires_in: session_expires_in?,
                update_age: update_age?,
                fresh_age: fresh_age?,
                copies_last: copies_last?,
            },
            trusted_origins: trusted_origins?,
            trusted_proxies: trusted_proxies?,
            rate_limit: rate_limit?,
            refuse_common_passwords: refuse_common_passwords?,
            defer_session_refresh: defer_session_refresh?,
            cookie_cache: cookie_cache?,
            delete_user: delete_user?,
            delete_user_verification: delete_user_verification?,
            emails,
            mail,
            app_name: app_name?,
            hashing: HashingConfig { threads: threads?, queue: queue?.get() },
            log: LogConfig { filter: filter?, format: format? },
            shown: std::mem::take(&mut self.shown),
        })
    }

    /// The setting's value, or its default.
    fn value<T, E: Into<Reason>>(
        &mut self,
        setting: &'static Setting,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.value_or(setting, parse, None)
    }

    /// The setting's value, or the one derived from others.
    fn value_or<T, E: Into<Reason>>(
        &mut self,
        setting: &'static Setting,
        parse: impl Fn(&str) -> Result<T, E>,
        derived: Option<String>,
    ) -> Option<T> {
        let given = match (self.given.get(setting.key), derived, setting.default) {
            (Some(given), _, _) => given.clone(),
            (None, Some(text), _) => Given { text, source: Source::Default },
            (None, None, DefaultValue::Value(text)) => {
                Given { text: text.to_owned(), source: Source::Default }
            }
            // What it derives from is wrong, and that is said there.
            (None, None, DefaultValue::Derived(_)) => return None,
        };
        match parse(&given.text) {
            Ok(value) => {
                self.shown.push(Shown::new(setting, given.text, given.source));
                Some(value)
            }
            Err(reason) => {
                self.refuse(setting, given.source, reason.into().0);
                None
            }
        }
    }

    /// The database, and what is set beside it.
    fn database(&mut self, derived: Option<String>) -> Option<DatabaseConfig> {
        use settings::{DATABASE_CONNECTIONS, DATABASE_URL};

        let path = match self.value_or(&DATABASE_URL, values::database, derived)? {
            DatabaseUrl::Sqlite(path) => path,
            DatabaseUrl::Postgres(url) => {
                if url.has_password() {
                    self.hide_password(&url);
                }
                let most = Some(DATABASE_CONNECTIONS_DEFAULT.to_owned());
                let connections = self.value_or(&DATABASE_CONNECTIONS, values::count, most)?;
                return Some(DatabaseConfig::Postgres { url, connections });
            }
        };
        if self.given.contains_key(DATABASE_CONNECTIONS.key) {
            let message = "means nothing for SQLite: set it only with a PostgreSQL DATABASE_URL";
            self.refuse(&DATABASE_CONNECTIONS, self.source(&DATABASE_CONNECTIONS), message);
        }
        Some(DatabaseConfig::Sqlite(path))
    }

    /// The URL was shown as it was set; and a command line shows itself.
    fn hide_password(&mut self, url: &PostgresUrl) {
        let setting = &settings::DATABASE_URL;
        let source = self.source(setting);
        self.shown.retain(|shown| !shown.is_of(setting));
        self.shown.push(Shown::without_password(setting, url.to_string(), source.clone()));
        if matches!(source, Source::Flag(_)) {
            let message = "has a password, which others can read on a command line: set \
                           DATABASE_URL in the environment or the file instead";
            self.refuse(setting, source, message);
        }
    }

    fn emails(&mut self) -> Option<EmailSettings> {
        use settings as s;
        let mut switch = |setting| self.value(setting, values::switch);
        let change = switch(&s::CHANGE_EMAIL);
        let change_without_verification = switch(&s::UPDATE_EMAIL_WITHOUT_VERIFICATION);
        let auto_sign_in = switch(&s::AUTO_SIGN_IN);
        let require_verification = switch(&s::REQUIRE_EMAIL_VERIFICATION);
        let as_required = require_verification.map(|on| if on { "on" } else { "off" }.to_owned());
        let send_on_sign_up = self.value_or(&s::SEND_ON_SIGN_UP, values::switch, as_required);
        let mut switch = |setting| self.value(setting, values::switch);
        let send_on_sign_in = switch(&s::SEND_ON_SIGN_IN);
        let sign_in_after_verification = switch(&s::AUTO_SIGN_IN_AFTER_VERIFICATION);
        let revoke_sessions_on_password_reset = switch(&s::REVOKE_SESSIONS_ON_PASSWORD_RESET);
        Some(EmailSettings {
            auto_sign_in: auto_sign_in?,
            require_verification: require_verification?,
            send_on_sign_up: send_on_sign_up?,
            send_on_sign_in: send_on_sign_in?,
            sign_in_after_verification: sign_in_after_verification?,
            revoke_sessions_on_password_reset: revoke_sessions_on_password_reset?,
            change: change?,
            change_without_verification: change_without_verification?,
        })
    }

    /// The mail server, if there is one. The outer `None` when there is a problem.
    fn smtp(&mut self) -> Option<Option<MailConfig>> {
        use settings::{SMTP_FROM, SMTP_URL, SMTP_URL_FILE};
        let from = match self.given.contains_key(SMTP_FROM.key) {
            true => Some(self.value(&SMTP_FROM, values::sender)),
            false => None,
        };
        let Some(Given { text, source }) = self.secret_text(&SMTP_URL, &SMTP_URL_FILE)? else {
            if from.is_some() {
                let message = "means nothing without TESSERA_SMTP_URL";
                self.refuse(&SMTP_FROM, self.source(&SMTP_FROM), message);
            }
            return Some(None);
        };
        let url = match SmtpUrl::parse(&text) {
            Ok(url) => url,
            Err(error) => {
                self.refuse(&SMTP_URL, source, error.to_string());
                return None;
            }
        };
        self.shown.push(Shown::redacted(&SMTP_URL, source));
        if from.is_none() {
            self.refuse(&SMTP_FROM, Source::Default, "must be set beside TESSERA_SMTP_URL");
        }
        Some(Some(MailConfig::Smtp { url, from: from?? }))
    }

    /// Where mail goes. The mailbox on this machine is nobody's whom others reach: whoever reads it
    /// can take over every account.
    fn mail(&mut self, smtp: Option<MailConfig>, is_of_this_machine: bool) -> Option<MailConfig> {
        use settings::DEV_MAILBOX;
        let possible = smtp.is_none() && is_of_this_machine;
        let derived = if possible { "on" } else { "off" }.to_owned();
        let mailbox = self.value_or(&DEV_MAILBOX, values::switch, Some(derived))?;
        if mailbox && !possible {
            let message = "is for developers: without TESSERA_SMTP_URL, and with a HOST and a \
                           BETTER_AUTH_URL that only this machine reaches";
            self.refuse(&DEV_MAILBOX, self.source(&DEV_MAILBOX), message);
        }
        Some(match smtp {
            Some(smtp) => smtp,
            None if mailbox => MailConfig::DevMailbox,
            None => MailConfig::Nowhere,
        })
    }

    /// One secret, several with versions, or a generated one that is kept in `kept`.
    fn auth_secrets(&mut self, kept: PathBuf) -> Option<SecretSetting<AuthSecrets>> {
        use settings as s;
        let one = self.secret_text(&s::AUTH_SECRET, &s::AUTH_SECRET_FILE);
        let several = self.secret_text(&s::AUTH_SECRETS, &s::AUTH_SECRETS_FILE);
        let one = one?.map(|one| self.secret(&s::AUTH_SECRET, one, |text| Secret::parse(text)));
        let several =
            several?.map(|several| self.secret(&s::AUTH_SECRETS, several, AuthSecrets::parse));
        match (several, one) {
            (Some(several), None) => several.map(SecretSetting::Given),
            (Some(several), Some(one)) => {
                Some(SecretSetting::Given(several?.with_unversioned(one?)))
            }
            (None, Some(one)) => Some(SecretSetting::Given(one?.into())),
            (None, None) => Some(self.generated(&s::AUTH_SECRET, kept)),
        }
    }

    /// One secret, several, or a generated one that is kept in `kept`.
    fn jwt_secrets(&mut self, kept: PathBuf) -> Option<SecretSetting<JwtSecrets>> {
        use settings as s;
        let one = self.secret_text(&s::JWT_SECRET, &s::JWT_SECRET_FILE);
        let several = self.secret_text(&s::JWT_SECRETS, &s::JWT_SECRETS_FILE);
        match (several?, one?) {
            (Some(several), Some(_)) => {
                let message = format!("set either this or {}, not both", s::JWT_SECRET.name());
                self.refuse(&s::JWT_SECRETS, several.source, message);
                None
            }
            (Some(several), None) => {
                let secrets = self.secret(&s::JWT_SECRETS, several, values::jwt_secrets);
                secrets.map(SecretSetting::Given)
            }
            (None, Some(one)) => {
                let secret = self.secret(&s::JWT_SECRET, one, |text| Secret::parse(text));
                secret.map(|secret| SecretSetting::Given(secret.into()))
            }
            (None, None) => Some(self.generated(&s::JWT_SECRET, kept)),
        }
    }

    /// The text of a setting, or of the file that the other setting names. The outer `None` when
    /// there is a problem.
    fn secret_text(
        &mut self,
        setting: &'static Setting,
        in_file: &'static Setting,
    ) -> Option<Option<Given>> {
        let path = self.given.get(in_file.key).cloned();
        match (self.given.get(setting.key).cloned(), path) {
            (Some(_), Some(path)) => {
                let message = format!("set either this or {}, not both", setting.name());
                self.refuse(in_file, path.source, message);
                None
            }
            (given, None) => Some(given),
            (None, Some(path)) => {
                self.shown.push(Shown::new(in_file, path.text.clone(), path.source.clone()));
                match read_secret(Path::new(&path.text)) {
                    Ok(text) => Some(Some(Given { text, source: path.source })),
                    Err(error) => {
                        self.refuse(in_file, path.source, format!("cannot be read: {error}"));
                        None
                    }
                }
            }
        }
    }

    fn secret<T, E: std::fmt::Display>(
        &mut self,
        setting: &'static Setting,
        given: Given,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(&given.text) {
            Ok(secret) => {
                self.shown.push(Shown::redacted(setting, given.source));
                Some(secret)
            }
            Err(error) => {
                self.refuse(setting, given.source, format!("{error}; {HOW_TO_MAKE_ONE}"));
                None
            }
        }
    }

    fn generated<T>(&mut self, setting: &'static Setting, kept: PathBuf) -> SecretSetting<T> {
        let text = format!("generated in {}", kept.display());
        self.shown.push(Shown::new(setting, text, Source::Default));
        SecretSetting::Kept(kept)
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

    pub(super) fn refuse(&mut self, setting: &Setting, source: Source, message: impl Into<String>) {
        // The name by which it was set, so that it can be found again.
        let name = match &source {
            Source::File(_) => setting.key.to_owned(),
            Source::Environment(name) => name.clone(),
            Source::Flag(flag) => flag.clone(),
            Source::Default => setting.name().to_owned(),
        };
        self.problems.push(Problem::new(name, source, message));
    }

    pub(super) fn source(&self, setting: &Setting) -> Source {
        self.given.get(setting.key).map_or(Source::Default, |given| given.source.clone())
    }
}

/// One server hashes few passwords at a time, and everything else is quick.
const DATABASE_CONNECTIONS_DEFAULT: &str = "10";

/// Whether neither the listener nor the base URL is for anybody else: behind a proxy on the same
/// machine, only the one is on loopback.
fn is_of_this_machine(listen: SocketAddr, base_url: &BaseUrl) -> bool {
    let origin = base_url.origin_text();
    let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
    listen.ip().is_loopback() && is_loopback_authority(authority)
}

pub(super) const HOW_TO_MAKE_ONE: &str = "make one with `openssl rand -base64 32`";

/// The text of a secret file without the line end that editors leave.
pub(crate) fn read_secret(path: &Path) -> std::io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
