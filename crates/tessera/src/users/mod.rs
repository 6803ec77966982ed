//! `tessera users`: people in and out, one JSON object a line.

mod export;
mod import;
mod line;
mod progress;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use tessera_db::OpenError;
use tessera_engine::directory::Admit;
use tessera_engine::store::StoreError;
use tessera_engine::{Clock, Entropy};

use self::export::Contents;
use self::import::{Import, Summary};
use self::progress::Progress;
use crate::compose::BuildError;
use crate::config::Config;
use crate::database::Database;
use crate::upgrade::{Upgrade, UpgradeError};

/// Why people were not brought in or out.
#[derive(Debug, thiserror::Error)]
pub enum UsersError {
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database, or its folder.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Its tables.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// The database, while people were read.
    #[error(transparent)]
    Read(StoreError),
    /// The database, while people were added.
    #[error("{added} people have been added, the others not (run it again to go on)")]
    Add {
        /// What the database said.
        #[source]
        error: StoreError,
        /// How many had been added by then.
        added: u64,
    },
    /// A file.
    #[error("cannot open {}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// Reading or writing.
    #[error("cannot read or write: {0}")]
    Io(#[from] io::Error),
    /// Some lines were refused, and named.
    #[error("{refused} of {read} lines were refused; {listed}")]
    Refused {
        /// How many.
        refused: u64,
        /// Of how many.
        read: u64,
        /// Where they are listed.
        listed: String,
    },
}

/// How the commands are called.
pub(crate) fn command() -> Command {
    let file =
        |name: &'static str| Arg::new(name).value_name("FILE").value_parser(value_parser!(PathBuf));
    let switch = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let export = Command::new("export")
        .about("Write everybody, one JSON object a line, ordered by id")
        .arg(file("output").long("output").help("A new file, instead of standard output"))
        .arg(switch("without-secrets").help("Leave password hashes and providers' tokens out"));
    let import =
        Command::new("import")
            .about("Add the people that a file lists, one JSON object a line")
            .arg(file("input").help("The file; standard input if there is none"))
            .arg(switch("dry-run").help("Say what would happen, and change nothing"))
            .arg(file("report").long("report").help(
                "A new file for the lines that were refused and why, instead of standard error",
            ));
    Command::new("users")
        .about("Bring people in or out; a server that runs on the database may go on")
        .subcommand_required(true)
        .subcommands([export, import])
}

/// Does what the command line says.
pub(crate) fn run(
    config: &Config,
    arguments: &ArgMatches,
    out: &mut impl Write,
) -> Result<(), UsersError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments.subcommand() {
        Some(("import", arguments)) => runtime.block_on(import(config, arguments, out)),
        Some((_, arguments)) => runtime.block_on(export(config, arguments, out)),
        // clap asks for one of them.
        None => Ok(()),
    }
}

async fn export(
    config: &Config,
    arguments: &ArgMatches,
    out: &mut impl Write,
) -> Result<(), UsersError> {
    let db = Database::open_to_read(&config.database).await?;
    Upgrade::of_readable(&db, config.halves()).await?;
    let contents = if arguments.get_flag("without-secrets") {
        Contents::WithoutSecrets
    } else {
        let warning = "tessera: the export holds password hashes and tokens: guard it like the \
                       database; --without-secrets leaves them out";
        writeln!(io::stderr(), "{warning}")?;
        Contents::Everything
    };
    let directory = db.directory();
    let progress = Progress::new("exported");
    let people = match arguments.get_one::<PathBuf>("output") {
        Some(path) => {
            let mut file = Draft::new(path)?;
            let people = export::run(directory.as_ref(), contents, &mut file.out, progress).await?;
            file.publish()?;
            people
        }
        None => {
            let mut out = BufWriter::new(out);
            let people = export::run(directory.as_ref(), contents, &mut out, progress).await?;
            out.flush()?;
            people
        }
    };
    writeln!(io::stderr(), "tessera: {people} people exported")?;
    Ok(())
}

async fn import(
    config: &Config,
    arguments: &ArgMatches,
    out: &mut impl Write,
) -> Result<(), UsersError> {
    let input: Box<dyn Read> = match arguments.get_one::<PathBuf>("input") {
        Some(path) => Box::new(File::open(path).map_err(|error| unopened(path, error))?),
        None => Box::new(io::stdin()),
    };
    let dry = arguments.get_flag("dry-run");
    let db = if dry {
        let db = Database::open_to_read(&config.database).await?;
        Upgrade::of_readable(&db, config.halves()).await?;
        db
    } else {
        Database::open_up_to_date(&config.database, config.halves()).await?
    };
    let (mut report, listed): (Box<dyn Write>, _) = match arguments.get_one::<PathBuf>("report") {
        Some(path) => {
            (Box::new(BufWriter::new(new_file(path)?)), format!("{} lists them", path.display()))
        }
        None => (Box::new(io::stderr()), "they are listed above".to_owned()),
    };
    let directory = db.directory();
    let mut import = Import {
        directory: directory.as_ref(),
        admit: if dry { Admit::Try } else { Admit::Add },
        now: Clock::system().now(),
        entropy: &Entropy::system(),
        progress: Progress::new("read"),
    };
    let summary = import.run(BufReader::new(input), &mut report).await?;
    report.flush()?;
    let Summary { read, added, present, refused } = summary;
    let verb = if dry { "would be added" } else { "added" };
    writeln!(out, "{added} {verb}, {present} there already, {refused} refused")?;
    if refused > 0 { Err(UsersError::Refused { refused, read, listed }) } else { Ok(()) }
}

/// A file that gets its name when it is whole, and is gone otherwise.
struct Draft<'a> {
    out: BufWriter<File>,
    draft: PathBuf,
    path: &'a Path,
}

impl<'a> Draft<'a> {
    fn new(path: &'a Path) -> Result<Self, UsersError> {
        let taken =
            || io::Error::new(io::ErrorKind::AlreadyExists, "there is a file of this name already");
        if path.symlink_metadata().is_ok() {
            return Err(unopened(path, taken()));
        }
        let mut draft = path.as_os_str().to_owned();
        draft.push(".part");
        let draft = PathBuf::from(draft);
        let out = BufWriter::new(new_file(&draft)?);
        Ok(Self { out, draft, path })
    }

    /// A file that was made under its name meanwhile stays.
    fn publish(mut self) -> Result<(), UsersError> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        fs::hard_link(&self.draft, self.path).map_err(|error| unopened(self.path, error))
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        // Nothing waits for it; what is left over is named when it is in the way.
        let _ = fs::remove_file(&self.draft);
    }
}

/// A file for its owner only, which was not there before.
fn new_file(path: &Path) -> Result<File, UsersError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map_err(|error| unopened(path, error))
}

fn unopened(path: &Path, error: io::Error) -> UsersError {
    UsersError::File { path: path.to_owned(), error }
}
