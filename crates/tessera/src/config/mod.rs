//! The configuration: what the operator decided, every value parsed into its type.

mod checks;
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

use ipnet::IpNet;
use tessera_db::PostgresUrl;
use tessera_engine::{AuthSecrets, EmailSettings, KeyTimes, Secret, SessionSettings};
use tessera_http::{BaseUrl, CacheForm, TrustedOrigins};
use tessera_mail::{AppName, Sender, SmtpUrl};
use tessera_token::Algorithm;

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
    /// Where browsers reach the server.
    pub base_url: BaseUrl,
    /// Where rows are kept.
    pub database: DatabaseConfig,
    /// The folder of what the server keeps.
    pub data_dir: PathBuf,
    /// Better Auth's secrets.
    pub auth_secrets: SecretSetting<AuthSecrets>,
    /// JSON Web Tokens.
    pub jwt: JwtConfig,
    /// Sessions.
    pub sessions: SessionSettings,
    /// Origins besides the base URL's that browsers may call from.
    pub trusted_origins: TrustedOrigins,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
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
    /// How passwords are hashed.
    pub hashing: HashingConfig,
    /// What is logged and how.
    pub log: LogConfig,
    shown: Vec<Shown>,
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

/// JSON Web Tokens.
#[derive(Debug)]
pub struct JwtConfig {
    /// What they are signed with.
    pub signing: JwtSigning,
    /// From `iat` to `exp`.
    pub expires_in: std::time::Duration,
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
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
