//! `tessera migrate`: brings the tables of the database up to date, or shows how.

use std::io::Write;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::cli::CliError;
use crate::config::{Config, DatabaseConfig};
use crate::database::{Database, Dialect};
use crate::upgrade::{Upgrade, UpgradeError};

/// How the command is called.
pub(crate) fn command() -> Command {
    let plan = Arg::new("plan")
        .long("plan")
        .action(ArgAction::SetTrue)
        .help("Print the SQL that would run, and change nothing");
    Command::new("migrate")
        .about(
            "Bring the tables of the database up to date; stop servers of an earlier version first",
        )
        .arg(plan)
}

/// Does what the command line says.
pub(crate) fn run(
    config: &Config,
    arguments: &ArgMatches,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (database, dialect) = (&config.database, Dialect::of(&config.database));
        let halves = config.halves();
        if arguments.get_flag("plan") {
            let upgrade = match database {
                DatabaseConfig::Sqlite(path) if !path.exists() => Upgrade::of_nothing(halves),
                _ => Upgrade::of(&Database::open_to_read(database).await?, halves).await?,
            };
            match upgrade.sql(dialect).as_str() {
                "" => writeln!(out, "-- nothing to do")?,
                sql => write!(out, "-- `IF NOT EXISTS` leaves alone what is there.\n{sql}")?,
            }
            return Ok(());
        }
        let existing = Upgrade::of_existing(database, halves).await?;
        let db = Database::open(database).await?;
        let upgrade = match existing {
            Some(upgrade) => upgrade,
            None => Upgrade::of(&db, halves).await?,
        };
        let done = upgrade.run(&db, dialect).await?;
        // An operator may well copy or move the file now.
        if let Database::Sqlite(db) = &db {
            db.tidy().map_err(UpgradeError::Tidy)?;
        }
        if done.is_empty() {
            writeln!(out, "{database}: nothing to do")?;
        }
        for line in done {
            writeln!(out, "{database}: {line}")?;
        }
        Ok(())
    })
}
