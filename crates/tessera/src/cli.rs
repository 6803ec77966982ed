//! The command line. Its flags come from the table of settings.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use tessera_db::OpenError;

use crate::config::{
    AuthConfig, Config, ConfigError, DefaultValue, FileUnreadable, SETTINGS, Setting, Sources,
};
use crate::health::{self, Unhealthy};
use crate::serve::{self, ServeError};
use crate::{BuildError, KeysCommandError, UpgradeError, UsersError, keys, migrate, users};

/// Why a command did not end well. The operator reads its text and its causes.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line itself; also how `--help` and `--version` end.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// The configuration file.
    #[error(transparent)]
    File(#[from] FileUnreadable),
    /// An environment variable of ours that is not UTF-8.
    #[error("{0} (environment): is not UTF-8")]
    NotUtf8(String),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The server that was asked.
    #[error(transparent)]
    Unhealthy(#[from] Unhealthy),
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its folder.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Its tables.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// Signing keys.
    #[error(transparent)]
    Keys(#[from] KeysCommandError),
    /// A command about accounts where there are none.
    #[error("there are no accounts with --only api: this is a command for the auth server")]
    ApiOnly,
    /// People in and out.
    #[error(transparent)]
    Users(#[from] UsersError),
    /// Standard output.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl CliError {
    /// What the process ends with: 2 where the command did what it could of a longer list, else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Users(UsersError::Refused { .. }) => 2,
            _ => 1,
        }
    }
}

/// Does what the command line says.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<(), CliError> {
    let matches = command().try_get_matches_from(arguments)?;
    let file = matches.get_one::<PathBuf>("config").cloned();
    let sources = Sources::collect(file, utf8(environment)?, flags(&matches))?;
    let config = Config::read(&sources)?;
    let mut out = io::stdout().lock();
    match matches.subcommand() {
        Some(("check-config", _)) => writeln!(out, "configuration is good")?,
        Some(("print-config", _)) => write!(out, "{}", config.redacted())?,
        Some(("healthcheck", _)) => health::ask(config.listen)?,
        Some(("keys", arguments)) => {
            keys::run(&config, accounts(&config)?, arguments, &mut out)?;
        }
        Some(("migrate", arguments)) => migrate::run(&config, arguments, &mut out)?,
        Some(("users", arguments)) => {
            accounts(&config)?;
            users::run(&config, arguments, &mut out)?;
        }
        _ => {
            drop(out);
            serve::serve(&config)?;
        }
    }
    Ok(())
}

fn accounts(config: &Config) -> Result<&AuthConfig, CliError> {
    config.auth().ok_or(CliError::ApiOnly)
}

fn command() -> Command {
    let config = Arg::new("config")
        .long("config")
        .value_name("PATH")
        .global(true)
        .value_parser(value_parser!(PathBuf))
        .help("Configuration file [env: TESSERA_CONFIG] [default: tessera.toml, if there is one]");
    let redacted = Arg::new("redacted")
        .long("redacted")
        .required(true)
        .action(ArgAction::SetTrue)
        .help("Secrets are never printed; this says that you know");
    Command::new("tessera")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A Better Auth server and a todo API that knows whose request it handles")
        .arg(config)
        .args(SETTINGS.into_iter().filter_map(argument))
        .subcommand(Command::new("serve").about("Serve; also what happens without a command"))
        .subcommand(Command::new("check-config").about("Say what is wrong with the configuration"))
        .subcommand(
            Command::new("print-config")
                .about("Show every setting and where its value comes from")
                .arg(redacted),
        )
        .subcommand(
            Command::new("healthcheck").about("Ask the configured address whether it serves"),
        )
        .subcommand(keys::command())
        .subcommand(migrate::command())
        .subcommand(users::command())
}

/// The flag of a setting, if it has one.
fn argument(setting: &'static Setting) -> Option<Arg> {
    let default = match setting.default {
        DefaultValue::Value("") => String::new(),
        DefaultValue::Value(default) | DefaultValue::Derived(default) => {
            format!(" [default: {default}]")
        }
    };
    let environment = setting.environment.join(", ");
    let argument = Arg::new(setting.key)
        .long(setting.flag()?)
        .value_name("VALUE")
        .global(true)
        .help(format!("{} [env: {environment}]{default}", setting.about));
    Some(argument)
}

fn flags(matches: &ArgMatches) -> Vec<(&'static str, String)> {
    let mut matches = matches;
    while let Some((_, deeper)) = matches.subcommand() {
        matches = deeper;
    }
    let flagged = SETTINGS.into_iter().filter(|setting| !setting.secret);
    flagged
        .filter_map(|setting| {
            let value = matches.get_one::<String>(setting.key)?;
            Some((setting.key, value.clone()))
        })
        .collect()
}

/// What Tessera may read of the environment must be text; the rest may be anything.
fn utf8(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, CliError> {
    let ours = |name: &str| {
        ["TESSERA_", "BETTER_AUTH_"].iter().any(|prefix| name.starts_with(prefix))
            || SETTINGS.iter().any(|s| s.environment.contains(&name))
    };
    environment
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| ours(name))
        .map(|(name, value)| match value.into_string() {
            Ok(value) => Ok((name, value)),
            Err(_) => Err(CliError::NotUtf8(name)),
        })
        .collect()
}
