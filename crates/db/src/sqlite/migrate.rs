//! Migrations on SQLite.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::migrate::{Applied, MigrateError, Migration, Migrations};

// The time is for whoever reads the table; nothing depends on it.
const RECORD: &str = "\
CREATE TABLE IF NOT EXISTS tessera_migration (
    component TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (component, version)
) STRICT";

impl Migrations {
    /// What [`Sqlite::migrate`](crate::Sqlite::migrate) would run on a database with this version,
    /// as SQL that can be run by hand with the same effect; empty when that is the newest.
    #[must_use]
    pub fn sqlite_after(&self, version: u32) -> String {
        self.sql_after(version, "BEGIN IMMEDIATE", RECORD, |step| step.sqlite)
    }
}

pub(super) fn run(
    connection: &Connection,
    migrations: &Migrations,
) -> Result<Applied, MigrateError> {
    let to = migrations.newest()?;
    let from = version(connection, migrations)?;
    if from < to {
        connection.execute_batch(RECORD).map_err(|error| migrations.unreadable(error.into()))?;
    }
    for step in migrations.after(from) {
        apply(connection, migrations.component, step)
            .map_err(|error| migrations.failed(step, error.into()))?;
    }
    Ok(Applied { from, to })
}

/// The version of the component's tables; 0 when there are none.
pub(super) fn version(
    connection: &Connection,
    migrations: &Migrations,
) -> Result<u32, MigrateError> {
    let found = recorded(connection, migrations.component)
        .map_err(|error| migrations.unreadable(error.into()))?;
    migrations.known(found)
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
        transaction.execute_batch(step.sqlite)?;
        transaction.execute(
            "INSERT INTO tessera_migration (component, version, name) VALUES (?1, ?2, ?3)",
            (component, step.version, step.name),
        )?;
    }
    transaction.commit()
}
