//! Migrations on PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::Postgres;
use super::pool::Pool;
use super::transaction::Transaction;
use crate::error::DbError;
use crate::migrate::{Applied, MigrateError, Migration, Migrations, script};

/// A step may have to make an index on a large table, or wait for another program that does. What is
/// there already is no news.
const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = '10min'; \
    SET LOCAL lock_timeout = '10min'; SET LOCAL idle_in_transaction_session_timeout = '10s'; \
    SET LOCAL client_min_messages = 'warning'";
const LONGEST: Duration = Duration::from_secs(11 * 60);

/// Held until the transaction ends by whoever migrates; the number is `tessera` in ASCII.
const LOCK: &str = "SELECT pg_advisory_xact_lock(32762643830108769)";

// The time is for whoever reads the table; nothing depends on it.
const RECORD: &str = "\
CREATE TABLE IF NOT EXISTS tessera_migration (
    component text NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT current_timestamp,
    PRIMARY KEY (component, version)
)";

/// Whether there is a record.
const IS_RECORDED: &str = "SELECT 1 WHERE to_regclass('tessera_migration') IS NOT NULL";

/// The version that the record has.
const VERSION: &str = "SELECT version FROM tessera_migration WHERE component = $1
    ORDER BY version DESC LIMIT 1";

pub(super) async fn run(
    pool: &Arc<Pool>,
    altering: &str,
    components: &[&Migrations],
) -> Result<Vec<Applied>, MigrateError> {
    let mut transaction = Transaction::begin(pool.take().await?, BEGIN, LONGEST).await?;
    transaction.execute_script(LOCK).await?;
    let has_record = !transaction.query(IS_RECORDED, &[]).await?.is_empty();
    let mut versions = Vec::new();
    for migrations in components {
        let parameters = [(&migrations.component as _, Type::TEXT)];
        let found = match has_record {
            true => of_rows(&transaction.query(VERSION, &parameters).await?)?,
            false => 0,
        };
        versions.push((migrations.known(found)?, migrations.newest()?));
    }
    transaction.execute_script(altering).await.map_err(MigrateError::Alter)?;
    // A role that may not make tables can use those that are there.
    if !has_record && versions.iter().any(|(from, to)| from < to) {
        transaction.execute_script(RECORD).await?;
    }
    let mut applied = Vec::new();
    for (migrations, (from, to)) in components.iter().zip(versions) {
        for step in migrations.after(from) {
            apply(&mut transaction, migrations.component, step)
                .await
                .map_err(|error| migrations.failed(step, error))?;
        }
        applied.push(Applied { from, to });
    }
    transaction.commit().await?;
    Ok(applied)
}

/// What [`run`] does, for a database with these versions.
pub(super) fn sql(altering: &str, due: &[(&Migrations, u32)]) -> String {
    script("BEGIN", altering, RECORD, due, |step| step.postgres)
}

/// The version of the component's tables; 0 when there are none.
pub(super) async fn version(db: &Postgres, migrations: &Migrations) -> Result<u32, MigrateError> {
    if db.query(IS_RECORDED, &[]).await?.is_empty() {
        return Ok(0);
    }
    migrations.known(of_rows(&db.query(VERSION, &[(&migrations.component, Type::TEXT)]).await?)?)
}

fn of_rows(rows: &[Row]) -> Result<u32, DbError> {
    let Some(row) = rows.first() else {
        return Ok(0);
    };
    let version: i32 = row.try_get(0)?;
    u32::try_from(version)
        .map_err(|_| DbError::Query("tessera_migration has a negative version".to_owned()))
}

/// Makes the change and its record.
async fn apply(
    transaction: &mut Transaction,
    component: &str,
    step: &Migration,
) -> Result<(), DbError> {
    transaction.execute_script(step.postgres).await?;
    let version = i64::from(step.version);
    transaction
        .execute(
            "INSERT INTO tessera_migration (component, version, name) VALUES ($1, $2, $3)",
            &[(&component, Type::TEXT), (&version, Type::INT8), (&step.name, Type::TEXT)],
        )
        .await?;
    Ok(())
}
