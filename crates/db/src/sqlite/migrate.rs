//! Migrations on SQLite.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::DbError;
use crate::migrate::{Applied, MigrateError, Migration, Migrations, script};

// The time is for whoever reads the table; nothing depends on it.
const RECORD: &str = "\
CREATE TABLE IF NOT EXISTS tessera_migration (
    component TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (component, version)
) STRICT";

pub(super) fn run(
    connection: &Connection,
    altering: &str,
    components: &[&Migrations],
) -> Result<Vec<Applied>, MigrateError> {
    // Before any program that starts at the same moment, or after it.
    let transaction =
        Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(failed)?;
    let versions = components.iter().map(|migrations| version(&transaction, migrations));
    let versions = versions.collect::<Result<Vec<_>, _>>()?;
    transaction.execute_batch(altering).map_err(|error| MigrateError::Alter(error.into()))?;
    let mut applied = Vec::new();
    for (migrations, from) in components.iter().zip(versions) {
        let to = migrations.newest()?;
        if from < to {
            transaction.execute_batch(RECORD).map_err(failed)?;
        }
        for step in migrations.after(from) {
            apply(&transaction, migrations.component, step)
                .map_err(|error| migrations.failed(step, error.into()))?;
        }
        applied.push(Applied { from, to });
    }
    transaction.commit().map_err(failed)?;
    Ok(applied)
}

fn failed(error: rusqlite::Error) -> MigrateError {
    DbError::from(error).into()
}

/// What [`run`] does, for a database with these versions.
pub(super) fn sql(altering: &str, due: &[(&Migrations, u32)]) -> String {
    script("BEGIN IMMEDIATE", altering, RECORD, due, |step| step.sqlite)
}

/// The version of the component's tables; 0 when there are none.
pub(super) fn version(
    connection: &Connection,
    migrations: &Migrations,
) -> Result<u32, MigrateError> {
    migrations.known(recorded(connection, migrations.component).map_err(failed)?)
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

/// Makes the change and its record.
fn apply(
    connection: &Connection,
    component: &str,
    step: &Migration,
) -> Result<(), rusqlite::Error> {
    connection.execute_batch(step.sqlite)?;
    connection.execute(
        "INSERT INTO tessera_migration (component, version, name) VALUES (?1, ?2, ?3)",
        (component, step.version, step.name),
    )?;
    Ok(())
}
