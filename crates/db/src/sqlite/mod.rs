//! The handle on an open SQLite database.

mod migrate;
mod readers;
mod schema;
mod writer;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{DbError, OpenError};
use crate::migrate::{Applied, MigrateError, Migrations};
use crate::schema::Table;

use self::readers::{BUSY_TIMEOUT, Readers, STATEMENTS};
use self::writer::Writer;
pub use self::writer::Written;

/// An open SQLite database. Clones share it; when the last one drops, what has queued is committed
/// and the file is closed.
#[derive(Clone)]
pub struct Sqlite {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    // In this order: the last connection to close tidies the file up, which a reader cannot.
    readers: Readers,
    /// Absent where the database was opened for reading.
    writer: Option<Writer>,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl Sqlite {
    /// Opens the database, and makes the file (mode 0600) if there is none: write-ahead log,
    /// `synchronous=FULL` (a commit is on disk), foreign keys enforced.
    ///
    /// # Errors
    /// When the folder is missing, the file cannot be opened, or it is not a database.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        // SQLite gives the log files beside it the mode of the database itself.
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(|source| OpenError::File { path: path.to_owned(), source })?;
        let connection = open_read_write(path)
            .map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })?;
        let writer = Writer::start(connection).map_err(OpenError::Thread)?;
        Ok(Self::sharing(path, Some(writer)))
    }

    /// Opens a database that is there, and changes nothing of it. Every write is refused.
    ///
    /// # Errors
    /// When there is no such file, or it is not a database.
    pub fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        std::fs::metadata(path)
            .map_err(|source| OpenError::File { path: path.to_owned(), source })?;
        let database = Self::sharing(path, None);
        database.check().map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })?;
        Ok(database)
    }

    fn sharing(path: &Path, writer: Option<Writer>) -> Self {
        let shared = Shared { path: path.to_owned(), readers: Readers::new(path), writer };
        Self { shared: Arc::new(shared) }
    }

    /// Reads, in the calling thread, on a connection that cannot write. Sees every write that was
    /// answered before. Prepare with `prepare_cached`.
    ///
    /// # Errors
    /// What the closure answered, or that no connection could be opened.
    pub fn read<T>(
        &self,
        f: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, DbError> {
        self.shared.readers.read(f)
    }

    /// Writes: queues the closure for the writer, which runs it inside a transaction that it may
    /// share with other writes. `Ok` means committed and on disk; `Err` means that nothing of this
    /// write was kept. The closure must not begin or end transactions. Prepare with
    /// `prepare_cached`.
    ///
    /// A write whose future is dropped after its first poll still happens.
    ///
    /// # Errors
    /// What the closure answered; [`DbError::Busy`] when too many writes wait; otherwise why the
    /// transaction could not be begun or committed.
    pub async fn write<T, E>(
        &self,
        f: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match &self.shared.writer {
            Some(writer) => writer.write(f).await,
            None => Err(read_only().into()),
        }
    }

    /// Brings the tables of components up to date, and then alters tables, those that were there
    /// already as well (`altering` is empty, or statements): all of it in one transaction. Answers with what
    /// was done for each component. Blocks; meant for the start of a program.
    ///
    /// # Errors
    /// When a statement fails, or when the database has been migrated by a newer version. Then nothing
    /// has changed.
    pub fn migrate(
        &self,
        altering: &str,
        components: &[&Migrations],
    ) -> Result<Vec<Applied>, MigrateError> {
        migrate::run(&self.open_for_changes()?, altering, components)
    }

    /// What [`Sqlite::migrate`] would run on a database in which each component has that version, as
    /// SQL that can be run by hand with the same effect; empty when there is nothing to do.
    #[must_use]
    pub fn migration_sql(altering: &str, due: &[(&Migrations, u32)]) -> String {
        migrate::sql(altering, due)
    }

    /// Moves into the file itself what the log beside it holds, as far as others who use the database
    /// let it: so that a copy of the file is a copy of the database. Blocks.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn tidy(&self) -> Result<(), DbError> {
        let connection = self.open_for_changes()?;
        Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    /// The version of one component's tables: that of the last migration that has run, 0 when none
    /// has.
    ///
    /// # Errors
    /// When it cannot be read, or is newer than these migrations.
    pub fn version(&self, migrations: &Migrations) -> Result<u32, MigrateError> {
        self.read(|connection| Ok(migrate::version(connection, migrations)))?
    }

    /// All tables that the database has, whosever they are, ordered by name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn tables(&self) -> Result<Vec<Table>, DbError> {
        self.read(schema::tables)
    }

    /// Whether the database answers: its file is in place and can be read.
    ///
    /// # Errors
    /// Why it does not.
    pub fn check(&self) -> Result<(), DbError> {
        // An open connection outlives the removal of its file, and would not notice.
        std::fs::metadata(&self.shared.path)
            .map_err(|error| DbError::Unavailable(error.to_string()))?;
        self.read(|connection| {
            connection
                .prepare_cached("SELECT count(*) FROM sqlite_schema")?
                .query_row([], |row| row.get::<_, i64>(0))
        })?;
        Ok(())
    }

    fn open_for_changes(&self) -> Result<Connection, DbError> {
        if self.shared.writer.is_none() {
            return Err(read_only());
        }
        open_read_write(&self.shared.path)
    }

    /// How much has been written since the database was opened.
    #[must_use]
    pub fn written(&self) -> Written {
        let none = Written { writes: 0, transactions: 0 };
        self.shared.writer.as_ref().map_or(none, Writer::written)
    }
}

fn read_only() -> DbError {
    DbError::Unavailable("it was opened for reading only".to_owned())
}

fn open_read_write(path: &Path) -> Result<Connection, DbError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let mode = use_write_ahead_log(&connection)?;
    if mode != "wal" {
        return Err(DbError::Unavailable(format!(
            "the write-ahead log is refused: {mode} instead"
        )));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// The mode that the file is in then. Where several programs open a new file at once, SQLite refuses
/// all but one of them without waiting, whatever the busy timeout; so they wait here.
#[expect(clippy::disallowed_methods, reason = "nothing tells when another program is done")]
fn use_write_ahead_log(connection: &Connection) -> Result<String, rusqlite::Error> {
    let start = Instant::now();
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)) {
            Err(error) if is_busy(&error) && start.elapsed() < BUSY_TIMEOUT => {
                thread::sleep(Duration::from_millis(1));
            }
            answer => return answer,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}
