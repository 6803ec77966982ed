//! From what was written to [`Config`]: every value parsed, every problem found, at once.

mod api;
mod auth;
mod checks;
mod database;
mod mail;
mod secrets;

use std::collections::HashMap;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::Path;

use tessera_http::{BaseUrl, WebOrigin};

use super::problem::Problem;
use super::settings::{self, DefaultValue, SETTINGS, Setting};
use super::show::Shown;
use super::sources::{Given, Source, Sources};
use super::values::{self, Reason};
use super::{Config, ConfigError, Halves, LogConfig, Serves};

use secrets::HOW_TO_MAKE_ONE;
pub(crate) use secrets::read_secret;

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

struct Reader {
    given: HashMap<&'static str, Given>,
    problems: Vec<Problem>,
    shown: Vec<Shown>,
}

/// What a half takes over from the settings of both, as far as that is known.
struct Surroundings<'a> {
    /// Where generated secrets are kept.
    folder: &'a Path,
    listen: Option<SocketAddr>,
    base_url: Option<&'a BaseUrl>,
    allow_http: Option<bool>,
    cors_origins: &'a [WebOrigin],
}

impl Reader {
    /// `None` when a value is missing; then there is a problem that says so. Every setting is
    /// looked at before the first missing one ends it, so that all problems are found.
    fn config(&mut self) -> Option<Config> {
        use settings as s;

        let halves = match self.given.contains_key(s::ONLY.key) {
            true => self.value(&s::ONLY, values::half)?,
            false => Halves::Both,
        };
        self.leave_to_the_other_half(halves);

        let host = self.value(&s::HOST, values::host);
        let port = self.value(&s::PORT, values::port);
        let listen = host.zip(port).map(SocketAddr::from);
        let base_url = self.base_url(halves, port);
        let allow_http = self.value(&s::ALLOW_HTTP, values::switch);
        let data_dir = self.value(&s::DATA_DIR, values::path);
        let database = self.database(halves, data_dir.as_deref());
        let origin = base_url.as_ref().map(BaseUrl::origin_text);
        let issuer = self.value_or(&s::JWT_ISSUER, values::identifier, origin.clone());
        let audience = self.value_or(&s::JWT_AUDIENCE, values::identifier, origin);
        let cors_origins = self.value(&s::CORS_ORIGINS, values::web_origins);

        let around = Surroundings {
            folder: data_dir.as_deref().unwrap_or(Path::new("")),
            listen,
            base_url: base_url.as_ref(),
            allow_http,
            cors_origins: cors_origins.as_deref().unwrap_or_default(),
        };
        let serves = match halves {
            Halves::Both => self.auth(&around).map(Box::new).map(Serves::Both),
            Halves::Auth => self.auth(&around).map(Box::new).map(Serves::Auth),
            Halves::Api => self.api(&around).map(Serves::Api),
        };

        let trusted_proxies = self.value(&s::TRUSTED_PROXIES, values::networks);
        let filter = self.value(&s::LOG, values::log_filter);
        let format = if std::io::stderr().is_terminal() { "pretty" } else { "json" };
        let format = self.value_or(&s::LOG_FORMAT, values::log_format, Some(format.to_owned()));

        let (listen, base_url, serves) = (listen?, base_url?, serves?);
        if !listen.ip().is_loopback() && !base_url.is_secure() && !allow_http? {
            let message = "must be an https:// URL when HOST is not a loopback address; \
                           TESSERA_ALLOW_HTTP=on allows http";
            self.refuse(&s::BASE_URL, self.source(&s::BASE_URL), message);
        }
        self.shown.sort_by_key(Shown::position);
        Some(Config {
            listen,
            base_url,
            database: database?,
            data_dir: data_dir?,
            serves,
            issuer: issuer?,
            audience: audience?,
            cors_origins: cors_origins?,
            trusted_proxies: trusted_proxies?,
            log: LogConfig { filter: filter?, format: format? },
            shown: std::mem::take(&mut self.shown),
        })
    }

    /// What this process does not read. One file and one environment may serve both halves, so what
    /// they hold for the other is left to it; but a flag is meant for this process, and a secret that
    /// it does not need it must not have.
    fn leave_to_the_other_half(&mut self, halves: Halves) {
        for setting in SETTINGS.into_iter().filter(|setting| !setting.is_read_by(halves)) {
            let Some(Given { source, .. }) = self.given.remove(setting.key) else { continue };
            if halves == Halves::Both {
                let message = "is for --only api, and this process is both halves";
                self.refuse(setting, source, message);
            } else if matches!(source, Source::Flag(_)) {
                let message =
                    format!("is for the {} half, and this process is the other", setting.halves);
                self.refuse(setting, source, message);
            } else if setting.secret {
                let message = "is a secret of the auth server, which others must not have: leave \
                               it out, or name its file instead, which is not read here";
                self.refuse(setting, source, message);
            } else {
                self.shown.push(Shown::of_the_other_half(setting, source));
            }
        }
    }

    fn base_url(&mut self, halves: Halves, port: Option<u16>) -> Option<BaseUrl> {
        let setting = &settings::BASE_URL;
        let missing = match (halves, port) {
            _ if self.given.contains_key(setting.key) => None,
            (Halves::Api, _) => {
                Some("must be set with --only api: the auth server's, which tokens name")
            }
            (_, Some(0)) => Some("must be set when the system chooses the port"),
            _ => None,
        };
        if let Some(message) = missing {
            self.refuse(setting, Source::Default, message);
            return None;
        }
        let derived = port.map(|port| format!("http://localhost:{port}"));
        self.value_or(setting, values::base_url, derived)
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

    /// For what others can reach.
    fn must_be_set(&mut self, setting: &Setting) {
        let message = format!(
            "must be set when HOST is not a loopback address: generated secrets do not count \
             there; {HOW_TO_MAKE_ONE}"
        );
        self.refuse(setting, Source::Default, message);
    }

    fn refuse(&mut self, setting: &Setting, source: Source, message: impl Into<String>) {
        // The name by which it was set, so that it can be found again.
        let name = match &source {
            Source::File(_) => setting.key.to_owned(),
            Source::Environment(name) => name.clone(),
            Source::Flag(flag) => flag.clone(),
            Source::Default => setting.name().to_owned(),
        };
        self.problems.push(Problem::new(name, source, message));
    }

    fn source(&self, setting: &Setting) -> Source {
        self.given.get(setting.key).map_or(Source::Default, |given| given.source.clone())
    }
}
