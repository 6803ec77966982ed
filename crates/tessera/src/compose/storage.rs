//! The database: opened by one server where it is a file, and watched where others share it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tessera_engine::store::StoreError;
use tessera_store::PostgresStore;
use tessera_verify::Revocations;

use super::BuildError;
use crate::config::{Config, DatabaseConfig};
use crate::database::Database;
use crate::watch::{Watch, Watching};

/// The database, and what goes on for as long as the application serves.
#[derive(Debug)]
pub(super) struct Storage {
    pub(super) database: Database,
    /// SQLite: keeps other servers out.
    _lock: Option<File>,
    /// PostgreSQL: hears of the sessions that other servers end.
    _watching: Option<Watching>,
}

impl Storage {
    /// Opens the database with the tables of the halves that are served.
    pub(super) async fn open(config: &Config) -> Result<Self, BuildError> {
        let lock = match &config.database {
            DatabaseConfig::Sqlite(path) => {
                make_folder(path)?;
                Some(lock(path)?)
            }
            DatabaseConfig::Postgres { .. } => None,
        };
        let database = Database::open_up_to_date(&config.database, config.halves()).await?;
        Ok(Self { database, _lock: lock, _watching: None })
    }

    /// Learns of the sessions that other servers on the database have ended, and of each that they
    /// end from now on.
    pub(super) async fn watched_for(self, revocations: &Revocations) -> Result<Self, StoreError> {
        let watching = match &self.database {
            Database::Sqlite(_) => None,
            Database::Postgres(db) => {
                let store = PostgresStore::new(db.clone());
                Some(Watch::begin(store, revocations.clone()).await?.go_on())
            }
        };
        Ok(Self { _watching: watching, ..self })
    }
}

/// The lock beside the file keeps other Tessera servers out: nobody would tell one what the other has
/// ended.
fn lock(database: &Path) -> Result<File, BuildError> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let locked = lock.map_err(TryLockError::Error).and_then(|lock| lock.try_lock().map(|()| lock));
    locked.map_err(|error| match error {
        TryLockError::WouldBlock => BuildError::InUse { database: database.to_path_buf() },
        TryLockError::Error(error) => BuildError::Lock { path, error },
    })
}

/// The folder of the database is made if need be, for its owner only.
pub(crate) fn make_folder(database: &Path) -> Result<(), BuildError> {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Some(folder) = folder else { return Ok(()) };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| BuildError::Folder { path: folder.to_path_buf(), error })
}
