//! Where a PostgreSQL server is and how it is reached: the connection URL.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use thiserror::Error;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// How long one connection may take to be made, unless the URL says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// When the other end has said nothing for so long, it is asked whether it is still there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);

/// When the other end has acknowledged nothing of what was sent for so long, it is gone.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(10);

/// What may stand after the `?`, beside `sslmode` and `sslrootcert`, which are read here.
const PARAMETERS: [&str; 7] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "host",
    "options",
    "port",
    "target_session_attrs",
];

/// A connection URL as libpq and node-postgres read it:
/// `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…` (PostgreSQL documentation, 34.1.1.2).
///
/// `sslmode` is `disable` or `verify-full`: encrypted, with a certificate that is valid for the host.
/// `prefer`, `require` and `verify-ca` mean `verify-full` here, as they do to node-postgres: what
/// encrypts to whoever answers protects from nobody. Without it, a server on this machine is reached
/// in the clear and any other one as by `verify-full`. `sslrootcert` names a file of certificates
/// (PEM) that are trusted instead of the system's.
///
/// Neither `Debug` nor `Display` shows the password.
#[derive(Clone)]
pub struct PostgresUrl {
    pub(super) config: Box<Config>,
    pub(super) encryption: Encryption,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    None,
    /// The server shows a certificate that one of these vouches for.
    Verified(Roots),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    System,
    File(PathBuf),
}

/// Why a text is no connection URL. Quotes nothing that could be part of a password.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum InvalidPostgresUrl {
    /// Not of the form.
    #[error(
        "expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, special characters of the password \
         as %XX"
    )]
    Form,
    /// A parameter after the `?` that has no meaning here.
    #[error("the parameter {0:?} is not known")]
    UnknownParameter(String),
    /// A parameter whose value has no meaning.
    #[error("expected {expected} for the parameter {name}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What may stand there.
        expected: &'static str,
    },
}

impl PostgresUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InvalidPostgresUrl> {
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let schemes = ["postgres://", "postgresql://"];
        let after = schemes.iter().find_map(|scheme| address.strip_prefix(scheme));
        let after = after.ok_or(InvalidPostgresUrl::Form)?;
        let (authority, database) = after.split_once('/').unwrap_or((after, ""));
        // What follows a bare `@`, `/` or `?` of a password would be taken for a host, a database or
        // parameters, and shown as such.
        if authority.matches('@').count() > 1 || database.contains('@') || query.contains('@') {
            return Err(InvalidPostgresUrl::Form);
        }
        let mut encrypted = None;
        let mut roots = Roots::System;
        let mut rest = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name {
                "sslmode" => encrypted = Some(ssl_mode(value)?),
                "sslrootcert" if value == "system" => roots = Roots::System,
                "sslrootcert" => roots = Roots::File(path(value)?),
                name if PARAMETERS.contains(&name) => rest.push(parameter),
                name => return Err(InvalidPostgresUrl::UnknownParameter(name.to_owned())),
            }
        }
        let mut config = Config::from_str(&format!("{address}?{}", rest.join("&")))
            .map_err(|_| InvalidPostgresUrl::Form)?;
        if config.get_hosts().is_empty() || config.get_dbname().is_none() {
            return Err(InvalidPostgresUrl::Form);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config.keepalives_idle(KEEPALIVE_IDLE).tcp_user_timeout(TCP_USER_TIMEOUT);
        let is_near = config.get_hosts().iter().all(is_on_this_machine);
        let encryption = match encrypted.unwrap_or(!is_near) {
            true => Encryption::Verified(roots),
            false => Encryption::None,
        };
        config.ssl_mode(match encryption {
            Encryption::Verified(_) => SslMode::Require,
            Encryption::None => SslMode::Disable,
        });
        Ok(Self { config: Box::new(config), encryption })
    }

    /// Whether a password stands in it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }
}

/// Whether `sslmode` asks for encryption.
fn ssl_mode(value: &str) -> Result<bool, InvalidPostgresUrl> {
    match value {
        "disable" => Ok(false),
        "prefer" | "require" | "verify-ca" | "verify-full" => Ok(true),
        _ => {
            let expected = "disable, prefer, require, verify-ca or verify-full";
            Err(InvalidPostgresUrl::Value { name: "sslmode", expected })
        }
    }
}

fn path(value: &str) -> Result<PathBuf, InvalidPostgresUrl> {
    match percent_decode_str(value).decode_utf8() {
        Ok(path) if !path.is_empty() => Ok(path.into_owned().into()),
        _ => Err(InvalidPostgresUrl::Value { name: "sslrootcert", expected: "a path, or system" }),
    }
}

fn is_on_this_machine(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    }
}

impl fmt::Display for PostgresUrl {
    /// Without the password and what follows the database's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        for (at, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}")?,
                Host::Unix(folder) => write!(f, "{comma}{}", folder.display())?,
            }
            let ports = self.config.get_ports();
            if let Some(port) = ports.get(at).or(ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self}, {:?})", self.encryption)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encryption(text: &str) -> Encryption {
        PostgresUrl::parse(text).unwrap().encryption
    }

    #[test]
    fn beyond_this_machine_the_server_has_to_prove_who_it_is() {
        let verified = Encryption::Verified(Roots::System);
        for near in ["localhost", "127.0.0.1", "127.1.2.3:5433", "[::1]:5432", "%2Frun%2Fpg"] {
            let url = format!("postgres://u:p@{near}/db");
            assert_eq!(encryption(&url), Encryption::None, "{near}");
            assert_eq!(encryption(&format!("{url}?sslmode=verify-full")), verified);
        }
        for far in ["db.example.com", "10.0.0.7:5432", "localhost.example.com", "localhost,far"] {
            let url = format!("postgresql://u:p@{far}/db");
            assert_eq!(encryption(&url), verified, "{far}");
            for mode in ["prefer", "require", "verify-ca", "verify-full"] {
                assert_eq!(encryption(&format!("{url}?sslmode={mode}")), verified, "{mode}");
            }
            assert_eq!(encryption(&format!("{url}?sslmode=disable")), Encryption::None);
        }
        let url = "postgres://u@h/db?sslmode=require&channel_binding=require&sslrootcert=%2Fa%20b";
        assert_eq!(encryption(url), Encryption::Verified(Roots::File("/a b".into())));
    }

    #[test]
    fn a3_no_password_is_shown() {
        let url = PostgresUrl::parse("postgres://ada:s%40crt@db.example.com:6432/app").unwrap();
        assert!(url.has_password());
        assert_eq!(url.to_string(), "postgres://ada@db.example.com:6432/app");
        assert_eq!(
            format!("{url:?}"),
            "PostgresUrl(postgres://ada@db.example.com:6432/app, Verified(System))"
        );
        let socket = PostgresUrl::parse("postgres://ada@/app?host=/run/postgresql").unwrap();
        assert_eq!(socket.to_string(), "postgres://ada@/run/postgresql/app");
        assert!(!socket.has_password());
    }

    #[test]
    fn what_is_wrong_is_said_and_nothing_of_a_password() {
        for text in [
            "",
            "mysql://u:p@h/db",
            "postgres://u:p@h",
            "postgres:///db",
            "postgres://u:p@h:port/db",
            "postgres://u:pass?word@h/db",
            "postgres://u:pass@word@h/db",
            "postgresql://u:p@ss@h:5432/db?sslmode=disable",
            "postgres://u:p@ss/word@h/db",
            "postgres://u:12/word@h/db",
            "host=h user=u",
        ] {
            assert_eq!(PostgresUrl::parse(text).unwrap_err(), InvalidPostgresUrl::Form, "{text}");
        }
        let refused = |query: &str| {
            PostgresUrl::parse(&format!("postgres://u:p@h/db?{query}")).unwrap_err().to_string()
        };
        assert_eq!(refused("schema=x"), "the parameter \"schema\" is not known");
        assert_eq!(
            refused("sslmode=no-verify"),
            "expected disable, prefer, require, verify-ca or verify-full for the parameter sslmode"
        );
        assert_eq!(
            refused("sslrootcert="),
            "expected a path, or system for the parameter sslrootcert"
        );
    }
}
