//! The database, whichever it is.

use std::sync::Arc;

use tessera_db::{DbError, Postgres, Sqlite};
use tessera_engine::store::Store;
use tessera_store::{PostgresStore, SqliteStore};
use tessera_tasks::Tasks;

/// An open database that has all tables.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Database {
    /// Whether it answers.
    pub(crate) async fn check(&self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(db) => db.check(),
            Self::Postgres(db) => db.check().await,
        }
    }

    /// The issuing half's rows in it.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self.clone() {
            Self::Sqlite(db) => Arc::new(SqliteStore::new(db)),
            Self::Postgres(db) => Arc::new(PostgresStore::new(db)),
        }
    }

    /// The resource half's rows in it.
    pub(crate) fn tasks(&self) -> Tasks {
        match self.clone() {
            Self::Sqlite(db) => db.into(),
            Self::Postgres(db) => db.into(),
        }
    }
}
