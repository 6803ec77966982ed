//! The database, whichever it is.

use std::sync::Arc;

use tessera_db::{Applied, DbError, MigrateError, Migrations, OpenError, Postgres, Sqlite};
use tessera_engine::directory::Directory;
use tessera_engine::store::Store;
use tessera_store::{CompareError, Lacking, MissingColumn, PostgresStore, SqliteStore};
use tessera_tasks::Tasks;

use crate::compose::{self, BuildError};
use crate::config::{DatabaseConfig, Halves};
use crate::upgrade::{Upgrade, UpgradeError};

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

    /// Opens it and adds the tables of ours that it lacks, those of these halves. What cannot be used is
    /// refused before anything changes.
    pub(crate) async fn open_up_to_date(
        config: &DatabaseConfig,
        halves: Halves,
    ) -> Result<Self, BuildError> {
        let existing = Upgrade::of_existing(config, halves).await?;
        let existing = existing.map(Upgrade::without_altering).transpose()?;
        let database = Self::open(config).await?;
        let upgrade = match existing {
            Some(upgrade) => upgrade,
            None => Upgrade::of(&database, halves).await?.without_altering()?,
        };
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

    /// Refuses a table of the tasks that is not what that version left.
    pub(crate) async fn check_tasks(&self, version: u32) -> Result<(), UpgradeError> {
        Ok(match self {
            Self::Sqlite(db) => {
                tessera_tasks::check_table(&db.tables()?, version, str::eq_ignore_ascii_case)
            }
            Self::Postgres(db) => {
                tessera_tasks::check_table(&db.tables().await?, version, |one, other| one == other)
            }
        }?)
    }

    pub(crate) async fn migrate(
        &self,
        altering: &str,
        components: &[&Migrations],
    ) -> Result<Vec<Applied>, MigrateError> {
        match self {
            Self::Sqlite(db) => db.migrate(altering, components),
            Self::Postgres(db) => db.migrate(altering, components).await,
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
    /// Brings each component's tables on from a version, and then runs statements.
    pub(crate) migration: fn(&str, &[(&Migrations, u32)]) -> String,
}

impl Dialect {
    pub(crate) fn of(config: &DatabaseConfig) -> Self {
        match config {
            DatabaseConfig::Sqlite(_) => {
                Self { adding: SqliteStore::adding, migration: Sqlite::migration_sql }
            }
            DatabaseConfig::Postgres { .. } => {
                Self { adding: PostgresStore::adding, migration: Postgres::migration_sql }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use tessera_db::PostgresUrl;
    use tessera_test_postgres::fresh;
    use tokio::task::JoinSet;

    use super::*;

    /// Opens a database eight times at once.
    async fn all_start(config: &DatabaseConfig) {
        let mut starts = JoinSet::new();
        for _ in 0..8 {
            let config = config.clone();
            starts.spawn(async move {
                Database::open_up_to_date(&config, Halves::Both).await.map(drop)
            });
        }
        for start in starts.join_all().await {
            start.unwrap();
        }
    }

    // Which questions fall between which changes is a matter of luck, so there are several tries.
    #[tokio::test(flavor = "multi_thread", worker_threads = 8)]
    async fn n15_servers_that_start_at_once_on_an_empty_postgres_all_start() {
        for url in [
            tessera_test_postgres::Database::url,
            tessera_test_postgres::Database::url_through_pgbouncer,
        ] {
            for _ in 0..3 {
                let database = fresh();
                let url = PostgresUrl::parse(&url(&database)).unwrap();
                let connections = NonZeroUsize::new(2).unwrap();
                all_start(&DatabaseConfig::Postgres { url, connections }).await;
                let records =
                    "select component, count(*) from tessera_migration group by 1 order by 1";
                assert_eq!(database.execute(records), "auth|3\ntasks|1");
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 8)]
    async fn n15_programs_that_open_an_empty_sqlite_at_once_all_open_it() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            all_start(&DatabaseConfig::Sqlite(folder.path().join("test.db"))).await;
        }
    }
}
