//! Numbered, recorded, additive changes of the schema.

use thiserror::Error;

use crate::error::DbError;

/// The migrations of one component, oldest first.
#[derive(Debug)]
pub struct Migrations {
    /// Whose tables these are, such as `tasks`. Components count their versions separately.
    pub component: &'static str,
    /// The steps, numbered 1, 2, 3 and so on.
    pub steps: &'static [Migration],
}

/// One step.
#[derive(Debug)]
pub struct Migration {
    /// Its number.
    pub version: u32,
    /// A few words for whoever reads the record.
    pub name: &'static str,
    /// What it does on SQLite: one or more statements, without `BEGIN` or `COMMIT`. Steps only add;
    /// a program of an older version must still work on what they leave.
    pub sqlite: &'static str,
    /// The same on PostgreSQL.
    pub postgres: &'static str,
}

/// What a run of the migrations did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The version before; 0 for a database without this component.
    pub from: u32,
    /// The version now.
    pub to: u32,
}

/// Why the migrations did not run to their end.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MigrateError {
    /// The database has been migrated by a newer version of the program.
    #[error(
        "the database is newer than this program: its {component} tables have version {found}, \
         this program knows {known}; start the newer program instead"
    )]
    Newer {
        /// Whose tables.
        component: &'static str,
        /// The version recorded in the database.
        found: u32,
        /// The newest version that this program has.
        known: u32,
    },
    /// The steps are not numbered 1, 2, 3 and so on: a mistake in the program.
    #[error("the migrations of {component} are not numbered in order at {name}")]
    Disordered {
        /// Whose migrations.
        component: &'static str,
        /// The step out of order.
        name: &'static str,
    },
    /// A step failed. Nothing of it was kept.
    #[error("migration {version} ({name}) of {component} failed: {source}")]
    Step {
        /// Whose tables.
        component: &'static str,
        /// The number of the step.
        version: u32,
        /// The name of the step.
        name: &'static str,
        /// What the database said.
        source: DbError,
    },
    /// The record of migrations could not be read or made.
    #[error("cannot migrate the {component} tables: {source}")]
    Database {
        /// Whose tables.
        component: &'static str,
        /// What the database said.
        source: DbError,
    },
}

impl Migrations {
    /// The newest version, once the steps are known to be numbered 1, 2, 3 and so on.
    pub(crate) fn newest(&self) -> Result<u32, MigrateError> {
        let mut known = 0;
        for step in self.steps {
            known += 1;
            if step.version != known {
                let component = self.component;
                return Err(MigrateError::Disordered { component, name: step.name });
            }
        }
        Ok(known)
    }

    /// The steps that a database at version `from` still needs.
    pub(crate) fn after(&self, from: u32) -> impl Iterator<Item = &Migration> {
        self.steps.iter().filter(move |step| step.version > from)
    }

    /// The steps after a version with their records, each a transaction.
    pub(crate) fn sql_after(
        &self,
        version: u32,
        begin: &str,
        record: &str,
        sql: impl Fn(&Migration) -> &'static str,
    ) -> String {
        let component = self.component;
        let step = |step: &Migration| {
            let Migration { version, name, .. } = *step;
            let sql = sql(step).trim().trim_end_matches(';');
            format!(
                "-- {component} {version}: {name}\n{begin};\n{record};\n{sql};\n\
                 INSERT INTO tessera_migration (component, version, name) \
                 VALUES ('{component}', {version}, '{name}');\nCOMMIT;\n",
            )
        };
        self.after(version).map(step).collect()
    }

    /// The recorded version, unless it is newer than these migrations.
    pub(crate) fn known(&self, found: u32) -> Result<u32, MigrateError> {
        let known = self.steps.last().map_or(0, |newest| newest.version);
        if found > known {
            return Err(MigrateError::Newer { component: self.component, found, known });
        }
        Ok(found)
    }

    /// Why the record could not be read or made.
    pub(crate) fn unreadable(&self, source: DbError) -> MigrateError {
        MigrateError::Database { component: self.component, source }
    }

    /// Why a step failed.
    pub(crate) fn failed(&self, step: &Migration, source: DbError) -> MigrateError {
        let Migration { version, name, .. } = *step;
        MigrateError::Step { component: self.component, version, name, source }
    }
}
