//! Numbered, recorded, additive changes of the schema.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
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

impl Migrations {
    /// What [`Sqlite::migrate`](crate::Sqlite::migrate) would run on a database with this version,
    /// as SQL that can be run by hand with the same effect; empty when that is the newest.
    #[must_use]
    pub fn sql_after(&self, version: u32) -> String {
        let component = self.component;
        let mut sql = String::new();
        for Migration { version, name, sql: step } in
            self.steps.iter().filter(|step| step.version > version)
        {
            let step = step.trim();
            sql += &format!(
                "-- {component} {version}: {name}\nBEGIN IMMEDIATE;\n{RECORD};\n{step}\n\
                 INSERT INTO tessera_migration (component, version, name) \
                 VALUES ('{component}', {version}, '{name}');\nCOMMIT;\n",
            );
        }
        sql
    }
}

/// One step.
#[derive(Debug)]
pub struct Migration {
    /// Its number.
    pub version: u32,
    /// A few words for whoever reads the record.
    pub name: &'static str,
    /// What it does: one or more statements, without `BEGIN` or `COMMIT`. Steps only add; a program
    /// of an older version must still work on what they leave.
    pub sql: &'static str,
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
        /// What SQLite said.
        source: DbError,
    },
    /// The record of migrations could not be read or made.
    #[error("cannot migrate the {component} tables: {source}")]
    Database {
        /// Whose tables.
        component: &'static str,
        /// What SQLite said.
        source: DbError,
    },
}

// The time is for whoever reads the table; nothing depends on it.
const RECORD: &str = "\
CREATE TABLE IF NOT EXISTS tessera_migration (
    component TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (component, version)
) STRICT";

pub(crate) fn run(
    connection: &Connection,
    migrations: &Migrations,
) -> Result<Applied, MigrateError> {
    let component = migrations.component;
    let mut known = 0;
    for step in migrations.steps {
        known += 1;
        if step.version != known {
            return Err(MigrateError::Disordered { component, name: step.name });
        }
    }
    let from = version(connection, migrations)?;
    if from < known {
        connection
            .execute_batch(RECORD)
            .map_err(|error| MigrateError::Database { component, source: error.into() })?;
    }
    for step in migrations.steps.iter().filter(|step| step.version > from) {
        apply(connection, component, step).map_err(|error| MigrateError::Step {
            component,
            version: step.version,
            name: step.name,
            source: error.into(),
        })?;
    }
    Ok(Applied { from, to: known })
}

/// The version of the component's tables; 0 when there are none.
pub(crate) fn version(
    connection: &Connection,
    migrations: &Migrations,
) -> Result<u32, MigrateError> {
    let component = migrations.component;
    let found = recorded(connection, component)
        .map_err(|error| MigrateError::Database { component, source: error.into() })?;
    let known = migrations.steps.last().map_or(0, |newest| newest.version);
    if found > known {
        return Err(MigrateError::Newer { component, found, known });
    }
    Ok(found)
}

fn recorded(connection: &Connection, component: &str) -> Result<u32, rusqlite::Error> {
    let is_there = "SELECT count(*) FROM sqlite_schema WHERE name = 'tessera_migration'";
    if connection.query_row(is_there, [], |row| row.get::<_, u32>(0))? == 0 {
        return Ok(0);
    }
    connection.query_row(
        "SELECT coalesce(max(version), 0) FROM tessera_migration WHERE component = ?1",
        [component],
        |row| row.get(0),
    )
}

/// Makes the change and its record in one transaction.
fn apply(
    connection: &Connection,
    component: &str,
    step: &Migration,
) -> Result<(), rusqlite::Error> {
    let transaction =
        rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    // Another process may have started at the same moment and been first.
    let done = transaction
        .query_row(
            "SELECT 1 FROM tessera_migration WHERE component = ?1 AND version = ?2",
            (component, step.version),
            |_| Ok(()),
        )
        .optional()?
        .is_some();
    if !done {
        transaction.execute_batch(step.sql)?;
        transaction.execute(
            "INSERT INTO tessera_migration (component, version, name) VALUES (?1, ?2, ?3)",
            (component, step.version, step.name),
        )?;
    }
    transaction.commit()
}
