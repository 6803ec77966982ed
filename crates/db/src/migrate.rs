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
    /// The version that it brings on: the one before its own, or 0 where it makes at once what earlier
    /// versions of the program made in several steps.
    pub after: u32,
    /// The version that it brings the tables to.
    pub version: u32,
    /// A few words for whoever reads the record.
    pub name: &'static str,
    /// What it does on SQLite: one or more statements, without `BEGIN` or `COMMIT`. Steps add; a
    /// program of an older version must still work on what they leave, unless it is said that it
    /// does not.
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

/// Why the migrations did not run. Nothing has changed.
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
    /// A step does not lead on from where another ends: a mistake in the program.
    #[error("the migrations of {component} are not numbered in order at {name}")]
    Disordered {
        /// Whose migrations.
        component: &'static str,
        /// The step out of order.
        name: &'static str,
    },
    /// A step failed.
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
    /// The tables that are there could not be altered.
    #[error("the tables could not be altered: {0}")]
    Alter(#[source] DbError),
    /// The record of migrations could not be read or made, or the transaction did not begin or end.
    #[error("cannot migrate the database: {0}")]
    Database(#[from] DbError),
}

impl Migrations {
    /// The newest version, once the steps are known to lead there.
    pub(crate) fn newest(&self) -> Result<u32, MigrateError> {
        let mut newest = 0;
        for step in self.steps {
            let is_first = step.after == 0 && newest == 0 && step.version > 0;
            let is_other_way = step.version == newest && step.after < newest;
            let is_next = step.after == newest && step.version == newest + 1;
            if !(is_first || is_other_way || is_next) {
                let component = self.component;
                return Err(MigrateError::Disordered { component, name: step.name });
            }
            newest = step.version;
        }
        Ok(newest)
    }

    /// The steps that a database at version `from` still needs, in order.
    pub(crate) fn after(&self, from: u32) -> impl Iterator<Item = &Migration> {
        let mut at = from;
        self.steps.iter().filter(move |step| {
            let is_due = step.after == at;
            if is_due {
                at = step.version;
            }
            is_due
        })
    }

    /// The recorded version, unless it is newer than these migrations.
    pub(crate) fn known(&self, found: u32) -> Result<u32, MigrateError> {
        let known = self.newest()?;
        if found > known {
            return Err(MigrateError::Newer { component: self.component, found, known });
        }
        Ok(found)
    }

    /// Why a step failed.
    pub(crate) fn failed(&self, step: &Migration, source: DbError) -> MigrateError {
        let Migration { version, name, .. } = *step;
        MigrateError::Step { component: self.component, version, name, source }
    }
}

/// A migration as a script: what alters tables, then the steps after each version with their records.
/// Empty when there is nothing to do.
pub(crate) fn script(
    begin: &str,
    altering: &str,
    record: &str,
    due: &[(&Migrations, u32)],
    sql: impl Fn(&Migration) -> &'static str,
) -> String {
    let mut steps = String::new();
    for (migrations, version) in due {
        let component = migrations.component;
        for step in migrations.after(*version) {
            let Migration { version, name, .. } = step;
            let sql = sql(step).trim().trim_end_matches(';');
            steps += &format!(
                "-- {component} {version}: {name}\n{sql};\n\
                 INSERT INTO tessera_migration (component, version, name) \
                 VALUES ('{component}', {version}, '{name}');\n",
            );
        }
    }
    match (altering, steps.as_str()) {
        ("", "") => String::new(),
        (_, "") => format!("{begin};\n{altering}COMMIT;\n"),
        _ => format!("{begin};\n{altering}{record};\n{steps}COMMIT;\n"),
    }
}
