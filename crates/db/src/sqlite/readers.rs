//! Read-only connections, opened when needed and kept for the next reader.

use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};

use crate::error::DbError;

/// Readers run inline, so there are hardly ever more at once than threads; what a burst opened
/// beyond this is closed again.
const KEPT: usize = 32;

/// Distinct statements that a connection keeps prepared.
pub(super) const STATEMENTS: usize = 256;

/// How long a connection waits for another process that holds the file.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::new(Vec::new()) }
    }

    pub(super) fn read<T>(
        &self,
        f: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, DbError> {
        // Taken in a statement of its own: the lock is not held while a connection opens.
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open()?,
        };
        let result = f(&connection);
        // A transaction left open would show the next reader an old state.
        if connection.is_autocommit() {
            let mut idle = self.idle.lock();
            if idle.len() < KEPT {
                idle.push(connection);
            }
        }
        Ok(result?)
    }

    fn open(&self) -> Result<Connection, DbError> {
        let connection = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Beyond the read-only file: no temporary tables either.
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }
}
