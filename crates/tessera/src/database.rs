//! The database, whichever it is.

use std::sync::Arc;

use tessera_db::{Applied, DbError, MigrateError, Migrations, OpenError, Postgres, Sqlite};
use tessera_engine::directory::Directory;
use tessera_engine::store::Store;
use tessera_store::{CompareError, Lacking, MissingColumn, PostgresStore, SqliteStore};
use tessera_tasks::Tasks;

use crate::compose::{self, BuildError};
use crate::config::{DatabaseConfig, Halves};
use crate::upgrade::Upgrade;

/// An open database.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Database {
    /// Opens it for a command, beside whatever server runs on it.
    pub(crate) async fn open(config: &DatabaseConfig) -> Result<Self, BuildError> {
        match config {
            DatabaseConfig::Sqlite(path) => {
                compose::make_folder(path)?;
                Ok(Self::Sqlite(Sqlite::open(path)?))
            }
            DatabaseConfig::Postgres { url, connections } => {
                Ok(Self::Postgres(Postgres::open(url.clone(), *connections).await?))
            }
        }
    }

    /// Opens it and adds the tables of ours that it lacks, those of these halves. What cannot be used is refused before
    /// anything changes.
    pub(crate) async fn open_up_to_date(
        config: &DatabaseConfig,
        halves: Halves,
    ) -> Result<Self, BuildError> {
        Upgrade::of_existing(config, halves).await?.without_altering()?;
        let database = Self::open(config).await?;
        let upgrade = Upgrade::of(&database, halves).await?.without_altering()?;
        upgrade.run(&database, Dialect::of(config)).await?;
        Ok(database)
    }

    /// Opens what is there for a command that only reads.
    pub(crate) async fn open_to_read(config: &DatabaseConfig) -> Result<Self, OpenError> {
        match config {
            DatabaseConfig::Sqlite(path) => Ok(Self::Sqlite(Sqlite::open_read_only(path)?)),
            DatabaseConfig::Postgres { url, connections } => {
                Ok(Self::Postgres(Postgres::open(url.clone(), *connections).await?))
            }
        }
    }

    /// Everybody in it.
    pub(crate) fn directory(&self) -> Arc<dyn Directory> {
        match self.clone() {
            Self::Sqlite(db) => Arc::new(SqliteStore::new(db)),
            Self::Postgres(db) => Arc::new(PostgresStore::new(db)),
        }
    }

    /// Whether it has a table, or a view, that a query of this name finds.
    pub(crate) async fn has_table(&self, name: &str) -> Result<bool, DbError> {
        Ok(match self {
            Self::Sqlite(db) => {
                db.tables()?.iter().any(|table| table.name.eq_ignore_ascii_case(name))
            }
            Self::Postgres(db) => db.tables().await?.iter().any(|table| table.name == name),
        })
    }

    pub(crate) async fn compare(&self) -> Result<Lacking, CompareError> {
        match self {
            Self::Sqlite(db) => SqliteStore::compare(db),
            Self::Postgres(db) => PostgresStore::compare(db).await,
        }
    }

    pub(crate) async fn version(&self, migrations: &Migrations) -> Result<u32, MigrateError> {
        match self {
            Self::Sqlite(db) => db.version(migrations),
            Self::Postgres(db) => db.version(migrations).await,
        }
    }

    pub(crate) async fn migrate(&self, migrations: &Migrations) -> Result<Applied, MigrateError> {
        match self {
            Self::Sqlite(db) => db.migrate(migrations),
            Self::Postgres(db) => db.migrate(migrations).await,
        }
    }

    pub(crate) async fn alter(&self, sql: &str) -> Result<(), DbError> {
        match self {
            Self::Sqlite(db) => db.alter(sql),
            Self::Postgres(db) => db.alter(sql).await,
        }
    }

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

/// The SQL of an upgrade, in the words of a database.
#[derive(Clone, Copy)]
pub(crate) struct Dialect {
    /// Adds a column.
    pub(crate) adding: fn(MissingColumn) -> String,
    /// Brings a component's tables on from a version.
    pub(crate) after: fn(&Migrations, u32) -> String,
}

impl Dialect {
    pub(crate) fn of(config: &DatabaseConfig) -> Self {
        match config {
            DatabaseConfig::Sqlite(_) => {
                Self { adding: SqliteStore::adding, after: Migrations::sqlite_after }
            }
            DatabaseConfig::Postgres { .. } => {
                Self { adding: PostgresStore::adding, after: Migrations::postgres_after }
            }
        }
    }
}
