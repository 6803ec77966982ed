//! What the tables of a database lack, and adding it: at the start of the server, and in
//! `tessera migrate`.

use tessera_db::{Applied, DbError, MigrateError, Migrations};
use tessera_store::{CompareError, Lacking, MissingColumn, MissingIndex};
use tessera_tasks::UnusableTable;

use crate::config::{DatabaseConfig, Halves};
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
    versions: Versions,
}

/// How far the tables of each half are; `None` where this process is not that half.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Versions {
    auth: Option<u32>,
    tasks: Option<u32>,
}

impl Versions {
    async fn of(db: &Database, halves: Halves) -> Result<Self, UpgradeError> {
        let mut versions = Self::of_nothing(halves);
        if let Some(version) = &mut versions.auth {
            *version = db.version(AUTH).await?;
        }
        if let Some(version) = &mut versions.tasks {
            *version = db.version(tessera_tasks::migrations()).await?;
        }
        Ok(versions)
    }

    fn of_nothing(halves: Halves) -> Self {
        Self { auth: halves.issue_tokens().then_some(0), tasks: halves.keep_tasks().then_some(0) }
    }

    fn by_component(self) -> Vec<(&'static Migrations, u32)> {
        let auth = self.auth.map(|version| (AUTH, version));
        let tasks = self.tasks.map(|version| (tessera_tasks::migrations(), version));
        auth.into_iter().chain(tasks).collect()
    }
}

impl Upgrade {
    /// What this one lacks for these halves. Changes nothing, and looks at no table of another half.
    pub(crate) async fn of(db: &Database, halves: Halves) -> Result<Self, UpgradeError> {
        let mut versions = Versions::of(db, halves).await?;
        // Another program may migrate between two of these questions. Versions only grow, so what was
        // seen between two equal answers is of those versions.
        loop {
            let seen = Self::at(db, versions).await;
            let now = Versions::of(db, halves).await?;
            if now == versions {
                return seen;
            }
            versions = now;
        }
    }

    /// What a database lacks that is not there yet.
    pub(crate) fn of_nothing(halves: Halves) -> Self {
        let lacking =
            if halves.issue_tokens() { Lacking::everything() } else { Lacking::default() };
        Self::new(lacking, Versions::of_nothing(halves))
    }

    fn new(lacking: Lacking, versions: Versions) -> Self {
        let Lacking { tables, columns, indexes } = lacking;
        Self { tables, columns, indexes, versions }
    }

    /// What a database at these versions lacks.
    async fn at(db: &Database, versions: Versions) -> Result<Self, UpgradeError> {
        let mut lacking = Lacking::default();
        if let Some(version) = versions.auth {
            lacking = db.compare().await?;
            match lacking.tables.first() {
                Some(table) if version > 0 => return Err(UpgradeError::Lost(table)),
                _ => {}
            }
        }
        if let Some(version) = versions.tasks {
            db.check_tasks(version).await?;
        }
        Ok(Self::new(lacking, versions))
    }

    /// Refuses a database in which nobody could be looked up.
    pub(crate) async fn of_readable(db: &Database, halves: Halves) -> Result<(), UpgradeError> {
        let upgrade = Self::of(db, halves).await?.without_altering()?;
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
    pub(crate) async fn of_existing(
        config: &DatabaseConfig,
        halves: Halves,
    ) -> Result<Option<Self>, UpgradeError> {
        match Database::open_to_read(config).await {
            Ok(db) => Self::of(&db, halves).await.map(Some),
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
        (dialect.migration)(&self.altering(dialect), &self.versions.by_component())
    }

    /// Adds what is missing, all of it or nothing, and says what it added, a line each.
    pub(crate) async fn run(
        &self,
        db: &Database,
        dialect: Dialect,
    ) -> Result<Vec<String>, UpgradeError> {
        let components: Vec<_> =
            self.versions.by_component().into_iter().map(|(component, _)| component).collect();
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
