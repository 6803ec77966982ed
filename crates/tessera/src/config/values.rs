//! What a setting's text may be, one parser for each type. An error says what is expected.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;
use tessera_db::PostgresUrl;
use tessera_engine::Secret;
use tessera_http::{BaseUrl, CacheForm, InvalidWebOrigin, TrustedOrigins, WebOrigin};
use tessera_mail::{AppName, Sender};
use tessera_token::Algorithm;
use tessera_verify::KeysUrl;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::{Halves, JwtSecrets, LogFormat};

/// What was expected instead.
pub(super) type Expected = &'static str;

/// Why a text is refused, as a message says it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reason(pub(super) String);

impl From<Expected> for Reason {
    fn from(expected: Expected) -> Self {
        Self(format!("expected {expected}"))
    }
}

/// One half of the server.
pub(super) fn half(text: &str) -> Result<Halves, Expected> {
    match text {
        "auth" => Ok(Halves::Auth),
        "api" => Ok(Halves::Api),
        _ => Err("auth or api"),
    }
}

/// An IP address, or `localhost` for 127.0.0.1.
pub(super) fn host(text: &str) -> Result<IpAddr, Expected> {
    match text {
        "localhost" => Ok(Ipv4Addr::LOCALHOST.into()),
        text => text.parse().map_err(|_| "an IP address such as 127.0.0.1 or 0.0.0.0"),
    }
}

pub(super) fn port(text: &str) -> Result<u16, Expected> {
    text.parse().map_err(|_| "a port number from 0 to 65535")
}

pub(super) fn switch(text: &str) -> Result<bool, Expected> {
    match text {
        "on" | "true" => Ok(true),
        "off" | "false" => Ok(false),
        _ => Err("on or off"),
    }
}

/// The form of the session cookie cache; `None` while it is off.
pub(super) fn cookie_cache(text: &str) -> Result<Option<CacheForm>, Expected> {
    match text {
        "off" => Ok(None),
        "compact" => Ok(Some(CacheForm::Compact)),
        "jwt" => Ok(Some(CacheForm::Jwt)),
        "jwe" => Ok(Some(CacheForm::Jwe)),
        _ => Err("off, compact, jwt or jwe"),
    }
}

/// A whole number of seconds, minutes, hours or days: `90s`, `15m`, `12h`, `7d`.
pub(super) fn duration(text: &str) -> Result<Duration, Expected> {
    /// A hundred years: longer is a mistake, and dates would overflow.
    const MOST: u64 = 100 * 365 * 24 * 60 * 60;
    let expected = "a duration such as 90s, 15m, 12h or 7d, at most 100 years";
    let unit_at = text.len().saturating_sub(1);
    let (number, unit) = text.split_at_checked(unit_at).ok_or(expected)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(expected),
    };
    let number: u64 = number.parse().map_err(|_| expected)?;
    let total = number.checked_mul(seconds).filter(|&total| total <= MOST).ok_or(expected)?;
    Ok(Duration::from_secs(total))
}

/// A duration that is not zero.
pub(super) fn lifetime(text: &str) -> Result<Duration, Expected> {
    match duration(text)? {
        Duration::ZERO => Err("a duration longer than 0s"),
        lifetime => Ok(lifetime),
    }
}

/// How long a key signs; `None` until somebody asks for another.
pub(super) fn rotation_interval(text: &str) -> Result<Option<Duration>, Expected> {
    if text == "off" { Ok(None) } else { lifetime(text).map(Some) }
}

/// Several secrets, the one that signs first.
pub(super) fn jwt_secrets(list: &str) -> Result<JwtSecrets, String> {
    let parse = |(index, text): (usize, &str)| {
        Secret::parse(text.trim()).map_err(|error| format!("entry {}: {error}", index + 1))
    };
    let mut secrets = list.split(',').enumerate().map(parse);
    let current = secrets.next().ok_or("expected at least one secret")??;
    Ok(JwtSecrets { current, older: secrets.collect::<Result<_, _>>()? })
}

pub(super) fn count(text: &str) -> Result<NonZeroUsize, Expected> {
    match text.parse::<NonZeroUsize>() {
        Ok(count) if count.get() <= 1_000_000 => Ok(count),
        _ => Err("a whole number from 1 to 1000000"),
    }
}

pub(super) fn path(text: &str) -> Result<PathBuf, Expected> {
    if text.is_empty() { Err("a path") } else { Ok(text.into()) }
}

/// A file or a server.
#[derive(Clone, Debug)]
pub(super) enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(PostgresUrl),
}

pub(super) fn database(text: &str) -> Result<DatabaseUrl, Reason> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        let url = PostgresUrl::parse(text).map_err(|error| Reason(error.to_string()))?;
        return Ok(DatabaseUrl::Postgres(url));
    }
    match text.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() && path != ":memory:" => {
            Ok(DatabaseUrl::Sqlite(path.into()))
        }
        _ => Err("sqlite:PATH, for instance sqlite:data/tessera.db, or postgres://…".into()),
    }
}

/// The four that Better Auth's `jwt` plugin and Tessera can both sign with.
pub(super) fn algorithm(text: &str) -> Result<Algorithm, Expected> {
    match Algorithm::from_str(text) {
        Ok(
            algorithm @ (Algorithm::HS256 | Algorithm::EdDSA | Algorithm::ES256 | Algorithm::RS256),
        ) => Ok(algorithm),
        _ => Err("HS256, EdDSA, ES256 or RS256"),
    }
}

/// An issuer or audience: any text that fits on a line.
pub(super) fn identifier(text: &str) -> Result<String, Expected> {
    if text.is_empty() || text.len() > 2048 || text.chars().any(char::is_control) {
        Err("a text of at most 2048 bytes on one line")
    } else {
        Ok(text.to_owned())
    }
}

/// What the server itself answers at, by the first part of the path.
const TAKEN: [&str; 15] = [
    "healthz",
    "readyz",
    "dev",
    "docs",
    "_next",
    "tasks",
    "account",
    "sign-in",
    "sign-up",
    "forgot",
    "reset",
    "verify",
    "goodbye",
    "icon.svg",
    "config.json",
];

/// Not under a path that the server itself answers at: the task API's (`/api/{user_id}`), a page's,
/// or one of the operator's.
pub(super) fn base_url(text: &str) -> Result<BaseUrl, Reason> {
    let url = BaseUrl::parse(text).map_err(|error| Reason(error.to_string()))?;
    let mut segments = url.path().split('/').skip(1);
    match (segments.next(), segments.next()) {
        (Some("api"), Some("auth")) => Ok(url),
        (Some("api"), _) => Err("a path other than /api, where the task API lives".into()),
        (Some(first), _) if TAKEN.contains(&first) || first.ends_with(".html") => {
            Err("a path that the server does not use itself".into())
        }
        _ => Ok(url),
    }
}

pub(super) fn app_name(text: &str) -> Result<AppName, Reason> {
    AppName::parse(text).map_err(|error| Reason(error.to_string()))
}

pub(super) fn sender(text: &str) -> Result<Sender, Reason> {
    Sender::parse(text).map_err(|error| Reason(error.to_string()))
}

pub(super) fn trusted_origins(text: &str) -> Result<TrustedOrigins, Reason> {
    TrustedOrigins::parse(text).map_err(|error| Reason(error.to_string()))
}

pub(super) fn web_origin(text: &str) -> Result<WebOrigin, Reason> {
    text.parse().map_err(|error: InvalidWebOrigin| Reason(format!("{text:?}: {error}")))
}

pub(super) fn web_origins(text: &str) -> Result<Vec<WebOrigin>, Reason> {
    items(text).map(web_origin).collect()
}

/// Where keys are published: beyond this machine over https, unless http was allowed.
pub(super) fn keys_url(text: &str, allow_http: bool) -> Result<KeysUrl, Expected> {
    let url = if allow_http { KeysUrl::danger_plain_http(text) } else { text.parse() };
    url.map_err(|_| {
        "a URL such as https://auth.example.com/api/auth/jwks; http is for loopback, or where \
         TESSERA_ALLOW_HTTP is on"
    })
}

/// A network of everybody would let everybody choose an address.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, Expected> {
    let network = |item: &str| {
        let network: IpNet = item.parse().or_else(|_| item.parse().map(IpAddr::into)).ok()?;
        (network.prefix_len() > 0).then_some(network)
    };
    items(text)
        .map(network)
        .collect::<Option<_>>()
        .ok_or("a comma-separated list of addresses and networks such as 10.0.0.0/8")
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// A word alone is a level: taken for the name of a module, a misspelt one would silence the log.
pub(super) fn log_filter(text: &str) -> Result<String, Expected> {
    let is_level = |word: &str| word.parse::<LevelFilter>().is_ok();
    let has_level = items(text).all(|item| item.contains('=') || is_level(item));
    match EnvFilter::builder().parse(text) {
        Ok(_) if has_level => Ok(text.to_owned()),
        _ => Err(
            "a level (error, warn, info, debug, trace) or directives such as info,tessera_http=debug",
        ),
    }
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, Expected> {
    match text {
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err("pretty or json"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("12h", 43_200),
            ("7d", 604_800),
            ("0s", 0),
            ("36500d", 3_153_600_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in
            ["", "s", "15", "15 m", "-1s", "1.5h", "1w", "36501d", "99999999999999999999s", "1é"]
        {
            assert!(duration(text).is_err(), "{text:?}");
        }
        assert_eq!(lifetime("0m"), Err("a duration longer than 0s"));
    }

    #[test]
    fn a_base_url_stays_off_the_servers_own_paths() {
        assert_eq!(base_url("http://h/auth/v1").unwrap().path(), "/auth/v1");
        for url in ["http://h/healthz", "http://h/docs/auth"] {
            let expected = Reason("expected a path that the server does not use itself".to_owned());
            assert_eq!(base_url(url), Err(expected), "{url}");
        }
    }

    /// The first parts of the paths of the pages below a folder of the web app. One in parentheses
    /// groups pages and is no part of a path.
    fn pages(folder: &Path) -> Vec<String> {
        let folders = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        let folders = folders.filter(|entry| entry.file_type().unwrap().is_dir());
        let named = folders.map(|entry| (entry.path(), entry.file_name().into_string().unwrap()));
        named
            .flat_map(|(path, name)| if name.starts_with('(') { pages(&path) } else { vec![name] })
            .collect()
    }

    #[test]
    fn a_base_url_stays_off_every_page_of_the_web_app() {
        let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
        let mut found = pages(&web.join("app"));
        assert!(found.len() > 5, "{found:?}");
        let public = std::fs::read_dir(web.join("public")).unwrap();
        found.extend(public.map(|file| file.unwrap().file_name().into_string().unwrap()));
        for path in found {
            assert!(base_url(&format!("http://h/{path}/auth")).is_err(), "{path}");
        }
    }

    #[test]
    fn n9_networks_and_single_addresses() {
        let networks = networks(" 10.0.0.0/8, ::1 ,192.0.2.7").unwrap();
        let shown: Vec<_> = networks.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.0/8", "::1/128", "192.0.2.7/32"]);
        assert!(super::networks("10.0.0.0/33").is_err());
        assert!(super::networks("example.com").is_err());
    }

    #[test]
    fn databases() {
        let shown = |text| match database(text) {
            Ok(DatabaseUrl::Sqlite(path)) => path.display().to_string(),
            Ok(DatabaseUrl::Postgres(url)) => url.to_string(),
            Err(Reason(reason)) => reason,
        };
        assert_eq!(shown("sqlite:a/b.db"), "a/b.db");
        assert_eq!(shown("postgres://u:p@h/db"), "postgres://u@h:5432/db");
        assert_eq!(shown("postgresql://u:p@h:1/db?sslmode=require"), "postgres://u@h:1/db");
        assert_eq!(
            shown("postgres://u:p@h/db?pgbouncer=true"),
            "the parameter \"pgbouncer\" is not known"
        );
        for text in ["", "sqlite:", "sqlite::memory:", "mysql://h", "tessera.db"] {
            let expected =
                "expected sqlite:PATH, for instance sqlite:data/tessera.db, or postgres://…";
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
