//! `tessera keys`: shows the signing keys, has another take over, and encrypts them anew.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};
use tessera_db::OpenError;
use tessera_engine::{
    Clock, Entropy, KeyReport, KeyState, KeyTimes, KeysError, Rewrapped, Rotated, Rotation, Seal,
    SecretName, SigningKeys,
};

use crate::compose::BuildError;
use crate::config::{AuthConfig, Config, DatabaseConfig, JwtSigning};
use crate::database::{Database, Dialect};
use crate::secrets::{self, SecretError};
use crate::upgrade::{Upgrade, UpgradeError};

/// Why nothing was done with the signing keys, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum KeysCommandError {
    /// There are none.
    #[error(
        "tokens are signed with a shared secret, so there are no signing keys: to change the \
         secret, put a new one before it in TESSERA_JWT_SECRETS; for keys, set \
         TESSERA_JWT_ALGORITHM to EdDSA, ES256 or RS256"
    )]
    SharedSecret,
    /// Nobody has made a database.
    #[error("there is no database at {}: a server makes one as it starts", .0.display())]
    NoDatabase(PathBuf),
    /// The database.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The database, for reading.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its tables, for reading.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// A generated secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Some private keys are encrypted with a secret that is not there.
    #[error(
        "no secret opens {}: give the secret that encrypted it as well, in BETTER_AUTH_SECRETS",
        .0.join(", ")
    )]
    Unknown(Vec<String>),
    /// Standard output.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

/// How the commands are called.
pub(crate) fn command() -> Command {
    let switch = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let rotate = Command::new("rotate")
        .about("Make another key, which signs once all who keep /jwks know it")
        .arg(switch("now").help("It signs at once; some verifiers may have to fetch it first"))
        .arg(switch("revoke").help(
            "It signs at once, and no other key is published: tokens that another signed are refused",
        ));
    Command::new("keys")
        .about("Look after the signing keys; servers that run on the database may go on")
        .subcommand_required(true)
        .subcommands([
            Command::new("list").about("Show every key, what it does and until when"),
            rotate,
            Command::new("rewrap").about("Encrypt all keys with the first secret"),
        ])
}

/// Does what the command line says.
pub(crate) fn run(
    config: &Config,
    auth: &AuthConfig,
    arguments: &ArgMatches,
    out: &mut impl Write,
) -> Result<(), KeysCommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let command = arguments.subcommand();
    let access = match command {
        Some(("rotate" | "rewrap", _)) => Access::Change,
        _ => Access::Read,
    };
    let keys = runtime.block_on(open(config, auth, access, Clock::system()))?;
    match command {
        Some(("rotate", arguments)) => {
            let rotation = match (arguments.get_flag("revoke"), arguments.get_flag("now")) {
                (true, _) => Rotation::Revoking,
                (false, true) => Rotation::Now,
                (false, false) => Rotation::Prepared,
            };
            let rotated = runtime.block_on(keys.rotate(rotation))?;
            say_rotated(&rotated, rotation, out)?;
        }
        Some(("rewrap", _)) => {
            let rewrapped = runtime.block_on(keys.rewrap())?;
            say_rewrapped(&rewrapped, out)?;
            if !rewrapped.unknown.is_empty() {
                return Err(KeysCommandError::Unknown(rewrapped.unknown));
            }
        }
        _ => {
            let reports = runtime.block_on(keys.list())?;
            out.write_all(table(&reports).as_bytes())?;
        }
    }
    Ok(())
}

/// What a command does with the database.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    Read,
    Change,
}

/// The signing keys of this configuration, whether a server runs or not.
pub(crate) async fn open(
    config: &Config,
    auth: &AuthConfig,
    access: Access,
    clock: Clock,
) -> Result<SigningKeys, KeysCommandError> {
    let JwtSigning::KeyPair { algorithm, times } = auth.signing else {
        return Err(KeysCommandError::SharedSecret);
    };
    if let DatabaseConfig::Sqlite(path) = &config.database
        && !path.exists()
    {
        return Err(KeysCommandError::NoDatabase(path.clone()));
    }
    let remedy = "set BETTER_AUTH_SECRET or BETTER_AUTH_SECRETS as for the servers";
    let secrets = secrets::existing(&auth.secrets, remedy)?;
    let halves = config.halves();
    let database = match access {
        Access::Read => {
            let database = Database::open_to_read(&config.database).await?;
            Upgrade::of(&database, halves).await?.none_due(Dialect::of(&config.database))?;
            database
        }
        Access::Change => Database::open_up_to_date(&config.database, halves).await?,
    };
    Ok(SigningKeys::new(database.store(), secrets, algorithm, times, clock, Entropy::system()))
}

fn say_rotated(rotated: &Rotated, rotation: Rotation, out: &mut impl Write) -> io::Result<()> {
    let reload = KeyTimes::RELOAD.as_secs();
    match rotated {
        Rotated::Pending { kid, activates_at } => {
            writeln!(out, "{kid} is published from now on, and signs from {activates_at}")?;
        }
        Rotated::Active { kid } => writeln!(out, "{kid} signs from now on")?,
    }
    if rotation == Rotation::Revoking {
        writeln!(out, "no other key is published")?;
    }
    writeln!(out, "servers that run follow within {reload} seconds")
}

fn say_rewrapped(rewrapped: &Rewrapped, out: &mut impl Write) -> io::Result<()> {
    let Rewrapped { rewrapped, unchanged, plain, unknown } = rewrapped;
    for (kids, done) in [
        (rewrapped, "is now encrypted with the first secret"),
        (unchanged, "was encrypted with the first secret already"),
        (plain, "is not encrypted, and stays so"),
        (unknown, "is encrypted with a secret that is not there, and stays so"),
    ] {
        for kid in kids {
            writeln!(out, "{kid} {done}")?;
        }
    }
    Ok(())
}

/// One line a key, in columns.
fn table(reports: &[KeyReport]) -> String {
    let heads = ["kid", "algorithm", "state", "since", "until", "encrypted with"];
    let mut rows = vec![heads.map(str::to_owned)];
    rows.extend(reports.iter().map(|report| {
        [
            report.kid.clone(),
            report.algorithm.clone().unwrap_or_else(|| "-".to_owned()),
            state(report.state).to_owned(),
            report.created_at.to_string(),
            report.until.map_or_else(|| "-".to_owned(), |until| until.to_string()),
            seal(report.seal),
        ]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    let line = |row: &[String; 6]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

fn state(state: KeyState) -> &'static str {
    match state {
        KeyState::Pending => "pending",
        KeyState::Active => "active",
        KeyState::Retiring => "retiring",
        KeyState::Gone => "gone",
    }
}

fn seal(seal: Seal) -> String {
    match seal {
        Seal::Plain => "nothing".to_owned(),
        Seal::Secret(SecretName::Unversioned) => "the secret without a version".to_owned(),
        Seal::Secret(SecretName::Version(version)) => format!("secret {version}"),
        Seal::Unknown => "a secret that is not there".to_owned(),
    }
}
