//! What the tables of a database lack, and adding it: at the start of the server, and in
//! `tessera migrate`.

use tessera_db::{Applied, DbError, MigrateError, Migrations};
use tessera_store::{CompareError, Lacking, MissingColumn, MissingIndex};
use tessera_tasks::UnusableTable;

use crate::config::DatabaseConfig;
use crate::database::{Database, Dialect};

/// The tables of the auth server.
const AUTH: &Migrations = &tessera_store::MIGRATIONS;

/// Why the tables of a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// They are not what is needed.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// The table of the tasks.
    #[error(transparent)]
    Tasks(#[from] UnusableTable),
    /// The tables cannot be read.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The migrations.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// An older version of Better Auth made them. Starting a server changes no table of its.
    #[error(
        "the database lacks {}, which an older version of Better Auth did not make: `tessera \
         migrate` adds what is missing, and `tessera migrate --plan` shows how", list(.0)
    )]
    Columns(Vec<MissingColumn>),
    /// There are tables to make, and a command that only reads does not.
    #[error("the tables of the database are not up to date: `tessera migrate` does that")]
    Due,
    /// A table is not there yet.
    #[error("the database has no table {0}: `tessera migrate` makes it")]
    NotYet(&'static str),
    /// A table has gone.
    #[error("the database has lost its table {0}: restore it from a backup")]
    Lost(&'static str),
    /// What has been done stays in the log beside the file.
    #[error("the tables are up to date, but the file is not tidy: {0}")]
    Tidy(#[source] DbError),
}

/// What a database lacks.
#[derive(Debug)]
pub(crate) struct Upgrade {
    tables: Vec<&'static str>,
    columns: Vec<MissingColumn>,
    /// Those of `tables`, and of tables that are there.
    indexes: Vec<MissingIndex>,
    auth: u32,
    tasks: u32,
}

impl Upgrade {
    /// What this one lacks. Changes nothing.
    pub(crate) async fn of(db: &Database) -> Result<Self, UpgradeError> {
        let mut versions = Self::versions(db).await?;
        // Another program may migrate between two of these questions. Versions only grow, so what was
        // seen between two equal answers is of those versions.
        loop {
            let seen = Self::at(db, versions).await;
            let now = Self::versions(db).await?;
            if now == versions {
                return seen;
            }
            versions = now;
        }
    }

    /// What a database lacks that is not there yet.
    pub(crate) fn of_nothing() -> Self {
        Self::new(Lacking::everything(), 0, 0)
    }

    fn new(lacking: Lacking, auth: u32, tasks: u32) -> Self {
        let Lacking { tables, columns, indexes } = lacking;
        Self { tables, columns, indexes, auth, tasks }
    }

    /// The versions of the auth server's tables and of the tasks'.
    async fn versions(db: &Database) -> Result<(u32, u32), UpgradeError> {
        Ok((db.version(AUTH).await?, db.version(tessera_tasks::migrations()).await?))
    }

    /// What a database at these versions lacks.
    async fn at(db: &Database, (auth, tasks): (u32, u32)) -> Result<Self, UpgradeError> {
        let lacking = db.compare().await?;
        match lacking.tables.first() {
            Some(table) if auth > 0 => return Err(UpgradeError::Lost(table)),
            _ => {}
        }
        db.check_tasks(tasks).await?;
        Ok(Self::new(lacking, auth, tasks))
    }

    /// Refuses a database in which nobody could be looked up.
    pub(crate) async fn of_readable(db: &Database) -> Result<(), UpgradeError> {
        let upgrade = Self::of(db).await?.without_altering()?;
        upgrade.tables.first().map_or(Ok(()), |table| Err(UpgradeError::NotYet(table)))
    }

    /// Refuses a database in which anything is to be done.
    pub(crate) fn none_due(self, dialect: Dialect) -> Result<(), UpgradeError> {
        let upgrade = self.without_altering()?;
        if upgrade.sql(dialect).is_empty() { Ok(()) } else { Err(UpgradeError::Due) }
    }

    /// What the one that is there lacks, before it is opened for anything but reading.
    ///
    /// `None` where it cannot be read so, and is left to be opened: there may be no file yet, or a
    /// crash may have left it to be recovered.
    pub(crate) async fn of_existing(config: &DatabaseConfig) -> Result<Option<Self>, UpgradeError> {
        match Database::open_to_read(config).await {
            Ok(db) => Self::of(&db).await.map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Leaves the tables of Better Auth's that are there as they are, and refuses where that does not
    /// do: only an operator who asks for it changes them.
    pub(crate) fn without_altering(mut self) -> Result<Self, UpgradeError> {
        if !self.columns.is_empty() {
            return Err(UpgradeError::Columns(self.columns));
        }
        self.indexes.retain(|index| self.tables.contains(&index.table));
        Ok(self)
    }

    /// What [`Upgrade::run`] runs, as SQL; empty when there is nothing to do.
    pub(crate) fn sql(&self, dialect: Dialect) -> String {
        let due = [(AUTH, self.auth), (tessera_tasks::migrations(), self.tasks)];
        (dialect.migration)(&self.altering(dialect), &due)
    }

    /// Adds what is missing, all of it or nothing, and says what it added, a line each.
    pub(crate) async fn run(
        &self,
        db: &Database,
        dialect: Dialect,
    ) -> Result<Vec<String>, UpgradeError> {
        let components = [AUTH, tessera_tasks::migrations()];
        let applied = db.migrate(&self.altering(dialect), &components).await?;
        let mut done = Vec::new();
        for (migrations, Applied { from, to }) in components.iter().zip(applied) {
            let component = migrations.component;
            if from < to {
                done.push(format!("brought the {component} tables from version {from} to {to}"));
            }
        }
        let to_tables_there = |index: &&MissingIndex| !self.tables.contains(&index.table);
        let indexes = self.indexes.iter().filter(to_tables_there).map(ToString::to_string);
        let added: Vec<_> = self.columns.iter().map(ToString::to_string).chain(indexes).collect();
        if !added.is_empty() {
            done.push(format!("added {}", added.join(", ")));
        }
        Ok(done)
    }

    /// What is done to tables, once all of them are there.
    fn altering(&self, dialect: Dialect) -> String {
        let columns = self.columns.iter().map(|&column| (dialect.adding)(column));
        columns.chain(self.indexes.iter().map(|index| index.making())).collect()
    }
}

fn list(columns: &[MissingColumn]) -> String {
    columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
