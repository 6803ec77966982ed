//! The configuration: what the operator decided, every value parsed into its type.

mod halves;
mod problem;
mod read;
mod settings;
mod show;
mod sources;
#[cfg(test)]
mod tests;
mod values;

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use tessera_db::PostgresUrl;
use tessera_engine::{AuthSecrets, EmailSettings, KeyTimes, Secret, SessionSettings};
use tessera_http::{BaseUrl, CacheForm, TrustedOrigins, WebOrigin};
use tessera_mail::{AppName, Sender, SmtpUrl};
use tessera_token::Algorithm;
use tessera_verify::KeysUrl;

pub use halves::Halves;
pub use problem::{ConfigError, Problem};
pub(crate) use read::read_secret;
pub use settings::{DefaultValue, SETTINGS, Setting};
pub use show::{Shown, markdown_table};
pub use sources::{FileUnreadable, Source, Sources};

/// A configuration that can be served.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where browsers reach the auth server.
    pub base_url: BaseUrl,
    /// Where rows are kept.
    pub database: DatabaseConfig,
    /// The folder of what the server keeps.
    pub data_dir: PathBuf,
    /// What is served.
    pub serves: Serves,
    /// `iss` of every JSON Web Token.
    pub issuer: String,
    /// `aud` of every JSON Web Token.
    pub audience: String,
    /// Other origins whose pages may call from a browser.
    pub cors_origins: Vec<WebOrigin>,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// What is logged and how.
    pub log: LogConfig,
    shown: Vec<Shown>,
}

/// What a process serves, and what it needs for that.
#[derive(Debug)]
pub enum Serves {
    /// Accounts and tasks.
    Both(Box<AuthConfig>),
    /// Accounts; the tasks are another process's.
    Auth(Box<AuthConfig>),
    /// Tasks; the accounts are another process's.
    Api(ApiConfig),
}

/// What the issuing half needs.
#[derive(Debug)]
pub struct AuthConfig {
    /// Better Auth's secrets.
    pub secrets: SecretSetting<AuthSecrets>,
    /// What tokens are signed with.
    pub signing: JwtSigning,
    /// From `iat` to `exp`.
    pub jwt_expires_in: Duration,
    /// Sessions.
    pub sessions: SessionSettings,
    /// Origins besides the base URL's that browsers may call from, [`Config::cors_origins`] among
    /// them.
    pub trusted_origins: TrustedOrigins,
    /// Whether requests are limited.
    pub rate_limit: bool,
    /// Whether the commonest passwords are refused.
    pub refuse_common_passwords: bool,
    /// Whether sessions are renewed only when the client asks for it.
    pub defer_session_refresh: bool,
    /// In which form a cookie may answer for a session, if any may.
    pub cookie_cache: Option<CacheForm>,
    /// Whether people may delete their accounts.
    pub delete_user: bool,
    /// Whether that takes a link, which is mailed to them.
    pub delete_user_verification: bool,
    /// What addresses have to prove, and what is mailed when.
    pub emails: EmailSettings,
    /// Where mail goes.
    pub mail: MailConfig,
    /// What mail calls the service.
    pub app_name: AppName,
    /// Where the web app finds the task API, if not at its own origin.
    pub api_url: Option<WebOrigin>,
    /// How passwords are hashed.
    pub hashing: HashingConfig,
}

/// What the resource half needs, where another process issues the tokens.
#[derive(Debug)]
pub struct ApiConfig {
    /// What they are verified with.
    pub verifying: VerifyingConfig,
    /// Whether the web app is served here, for an auth server that has none.
    pub web_app: bool,
}

/// What the resource half verifies tokens with, where another process issues them.
#[derive(Debug)]
pub enum VerifyingConfig {
    /// HS256 secrets that the issuer shares.
    Shared(SecretSetting<JwtSecrets>),
    /// Keys that the issuer publishes.
    Published(KeysUrl),
}

impl Config {
    /// Which halves are served.
    pub fn halves(&self) -> Halves {
        match self.serves {
            Serves::Both(_) => Halves::Both,
            Serves::Auth(_) => Halves::Auth,
            Serves::Api(_) => Halves::Api,
        }
    }

    /// What the issuing half needs, if that is served.
    pub fn auth(&self) -> Option<&AuthConfig> {
        match &self.serves {
            Serves::Both(auth) | Serves::Auth(auth) => Some(auth),
            Serves::Api(_) => None,
        }
    }
}

/// Where rows are kept.
#[derive(Clone, Debug)]
pub enum DatabaseConfig {
    /// In this SQLite file.
    Sqlite(PathBuf),
    /// On a PostgreSQL server.
    Postgres {
        /// Where it is.
        url: PostgresUrl,
        /// Connections to it, at most.
        connections: NonZeroUsize,
    },
}

impl fmt::Display for DatabaseConfig {
    /// Without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres { url, .. } => url.fmt(f),
        }
    }
}

/// Secrets that were set, or the file in which a generated one is kept.
#[derive(Clone, Debug)]
pub enum SecretSetting<T> {
    /// Set by the operator.
    Given(T),
    /// To be read from this file, and generated into it at the first start.
    Kept(PathBuf),
}

/// What tokens are signed with.
#[derive(Debug)]
pub enum JwtSigning {
    /// HS256 with secrets that resource servers share.
    Shared(SecretSetting<JwtSecrets>),
    /// A key pair kept in the database.
    KeyPair {
        /// How it signs.
        algorithm: Algorithm,
        /// How long it does.
        times: KeyTimes,
    },
}

/// Secrets that resource servers share.
#[derive(Clone, Debug)]
pub struct JwtSecrets {
    /// Signs.
    pub current: Secret,
    /// Signed before.
    pub older: Vec<Secret>,
}

impl JwtSecrets {
    /// All of them, the one that signs first.
    pub fn iter(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

impl From<Secret> for JwtSecrets {
    fn from(current: Secret) -> Self {
        Self { current, older: Vec::new() }
    }
}

/// Where mail goes.
#[derive(Debug)]
pub enum MailConfig {
    /// To a server.
    Smtp {
        /// Which.
        url: SmtpUrl,
        /// In whose name.
        from: Sender,
    },
    /// It stays in memory, for whoever works on this machine.
    DevMailbox,
    /// Nowhere: what takes a link is answered as not configured.
    Nowhere,
}

/// How passwords are hashed.
#[derive(Clone, Copy, Debug)]
pub struct HashingConfig {
    /// At the same time.
    pub threads: NonZeroUsize,
    /// Waiting, at most.
    pub queue: usize,
}

/// What is logged and how.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// Directives of `tracing_subscriber::EnvFilter`.
    pub filter: String,
    /// The form of a line.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For eyes.
    Pretty,
    /// One JSON object.
    Json,
}
