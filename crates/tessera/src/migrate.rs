//! `tessera migrate`: brings the tables of the database up to date, or shows how.

use std::io::Write;

use clap::{Arg, ArgAction, ArgMatches, Command};
use tessera_db::Sqlite;

use crate::cli::CliError;
use crate::compose;
use crate::config::Config;
use crate::upgrade::Upgrade;

/// How the command is called.
pub(crate) fn command() -> Command {
    let plan = Arg::new("plan")
        .long("plan")
        .action(ArgAction::SetTrue)
        .help("Print the SQL that would run, and change nothing");
    Command::new("migrate")
        .about("Bring the tables of the database up to date; a server that runs on it may go on")
        .arg(plan)
}

/// Does what the command line says.
pub(crate) fn run(
    config: &Config,
    arguments: &ArgMatches,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let path = compose::sqlite_file(config)?;
    if arguments.get_flag("plan") {
        let upgrade = match Sqlite::open_read_only(path) {
            Ok(db) => Upgrade::of(&db)?,
            Err(_) if !path.exists() => Upgrade::default(),
            Err(error) => return Err(error.into()),
        };
        match upgrade.sql().as_str() {
            "" => writeln!(out, "-- nothing to do")?,
            sql => write!(out, "-- `IF NOT EXISTS` leaves alone what is there.\n{sql}")?,
        }
        return Ok(());
    }
    Upgrade::of_file(path)?;
    compose::make_folder(path)?;
    let db = Sqlite::open(path)?;
    let done = Upgrade::of(&db)?.run(&db)?;
    if done.is_empty() {
        writeln!(out, "{}: nothing to do", path.display())?;
    }
    for line in done {
        writeln!(out, "{}: {line}", path.display())?;
    }
    Ok(())
}
