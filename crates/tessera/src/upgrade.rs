//! What the tables of a database lack, and adding it: at the start of the server, and in
//! `tessera migrate`.

use tessera_db::{Applied, DbError, MigrateError, Migrations};
use tessera_store::{CompareError, MissingColumn};
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
#[derive(Debug, Default)]
pub(crate) struct Upgrade {
    tables: Vec<&'static str>,
    columns: Vec<MissingColumn>,
    /// The version of each component.
    components: Vec<(&'static Migrations, u32)>,
}

impl Upgrade {
    /// What an empty one lacks for these halves.
    pub(crate) fn of_nothing(halves: Halves) -> Self {
        let components = components(halves).map(|component| (component, 0)).collect();
        Self { components, ..Self::default() }
    }

    /// What this one lacks for these halves. Changes nothing, and looks at no table of the other
    /// half.
    pub(crate) async fn of(db: &Database, halves: Halves) -> Result<Self, UpgradeError> {
        let mut upgrade = Self::default();
        if halves.issue_tokens() {
            let lacking = db.compare().await?;
            let version = db.version(AUTH).await?;
            match lacking.tables.first() {
                Some(table) if version > 0 => return Err(UpgradeError::Lost(table)),
                _ => {}
            }
            upgrade.tables = lacking.tables;
            upgrade.columns = lacking.columns;
            upgrade.components.push((AUTH, version));
        }
        if halves.keep_tasks() {
            let tasks = tessera_tasks::migrations();
            let version = db.version(tasks).await?;
            db.check_tasks(version).await?;
            upgrade.components.push((tasks, version));
        }
        Ok(upgrade)
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
    /// A file that cannot be read so is left to be opened: there may be none yet, or a crash may have
    /// left it to be recovered.
    pub(crate) async fn of_existing(
        config: &DatabaseConfig,
        halves: Halves,
    ) -> Result<Self, UpgradeError> {
        match Database::open_to_read(config).await {
            Ok(db) => Self::of(&db, halves).await,
            Err(_) => Ok(Self::default()),
        }
    }

    /// Refuses to change a table of Better Auth's: only an operator who asks for it does.
    pub(crate) fn without_altering(self) -> Result<Self, UpgradeError> {
        if self.columns.is_empty() { Ok(self) } else { Err(UpgradeError::Columns(self.columns)) }
    }

    /// What [`Upgrade::run`] runs, as SQL; empty when there is nothing to do.
    pub(crate) fn sql(&self, dialect: Dialect) -> String {
        (dialect.migration)(&self.adding_columns(dialect), &self.components)
    }

    /// Adds what is missing, all of it or nothing, and says what it added, a line each.
    pub(crate) async fn run(
        &self,
        db: &Database,
        dialect: Dialect,
    ) -> Result<Vec<String>, UpgradeError> {
        let components: Vec<_> =
            self.components.iter().map(|&(migrations, _)| migrations).collect();
        let applied = db.migrate(&self.adding_columns(dialect), &components).await?;
        let mut done = Vec::new();
        if !self.columns.is_empty() {
            done.push(format!("added {}", list(&self.columns)));
        }
        for (migrations, Applied { from, to }) in components.iter().zip(applied) {
            let component = migrations.component;
            if from < to {
                done.push(format!("brought the {component} tables from version {from} to {to}"));
            }
        }
        Ok(done)
    }

    fn adding_columns(&self, dialect: Dialect) -> String {
        self.columns.iter().map(|&column| (dialect.adding)(column)).collect()
    }
}

fn components(halves: Halves) -> impl Iterator<Item = &'static Migrations> {
    let auth = halves.issue_tokens().then_some(AUTH);
    let tasks = halves.keep_tasks().then(tessera_tasks::migrations);
    auth.into_iter().chain(tasks)
}

fn list(columns: &[MissingColumn]) -> String {
    columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
