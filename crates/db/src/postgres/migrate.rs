//! Migrations on PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::Postgres;
use super::pool::Pool;
use super::transaction::Transaction;
use crate::error::DbError;
use crate::migrate::{Applied, MigrateError, Migration, Migrations};

/// A step may have to make an index on a large table, or wait for another program that does.
const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = '10min'; \
    SET LOCAL lock_timeout = '10min'; SET LOCAL idle_in_transaction_session_timeout = '10s'";
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

impl Migrations {
    /// What [`Postgres::migrate`] would run on a database with this version, as SQL that can be run
    /// by hand with the same effect; empty when that is the newest.
    #[must_use]
    pub fn postgres_after(&self, version: u32) -> String {
        self.sql_after(version, "BEGIN", RECORD, |step| step.postgres)
    }
}

pub(super) async fn run(
    pool: &Arc<Pool>,
    migrations: &Migrations,
) -> Result<Applied, MigrateError> {
    let to = migrations.newest()?;
    let from =
        recorded(pool, migrations.component).await.map_err(|error| migrations.unreadable(error))?;
    for step in migrations.after(migrations.known(from)?) {
        apply(pool, migrations.component, step)
            .await
            .map_err(|error| migrations.failed(step, error))?;
    }
    Ok(Applied { from, to })
}

async fn begin(pool: &Arc<Pool>) -> Result<Transaction, DbError> {
    let mut transaction = Transaction::begin(pool.take().await?, BEGIN, LONGEST).await?;
    transaction.execute_script(LOCK).await?;
    Ok(transaction)
}

/// The version that the record has. Makes the record where there is none; a role that may not make
/// tables can use those that are there.
async fn recorded(pool: &Arc<Pool>, component: &str) -> Result<u32, DbError> {
    let mut transaction = begin(pool).await?;
    if transaction.query(IS_RECORDED, &[]).await?.is_empty() {
        transaction.execute_script(RECORD).await?;
    }
    let rows = transaction.query(VERSION, &[(&component, Type::TEXT)]).await?;
    transaction.commit().await?;
    of_rows(&rows)
}

/// The version of the component's tables; 0 when there are none.
pub(super) async fn version(db: &Postgres, migrations: &Migrations) -> Result<u32, MigrateError> {
    let found = async {
        if db.query(IS_RECORDED, &[]).await?.is_empty() {
            return Ok(0);
        }
        of_rows(&db.query(VERSION, &[(&migrations.component, Type::TEXT)]).await?)
    };
    migrations.known(found.await.map_err(|error| migrations.unreadable(error))?)
}

fn of_rows(rows: &[Row]) -> Result<u32, DbError> {
    let Some(row) = rows.first() else {
        return Ok(0);
    };
    let version: i32 = row.try_get(0)?;
    u32::try_from(version)
        .map_err(|_| DbError::Query("tessera_migration has a negative version".to_owned()))
}

/// Runs statements in one transaction, which may have to wait for other programs.
pub(super) async fn alter(pool: &Arc<Pool>, sql: &str) -> Result<(), DbError> {
    let mut transaction = begin(pool).await?;
    transaction.execute_script(sql).await?;
    transaction.commit().await
}

/// Makes the change and its record in one transaction.
async fn apply(pool: &Arc<Pool>, component: &str, step: &Migration) -> Result<(), DbError> {
    let version = i64::from(step.version);
    let mut transaction = begin(pool).await?;
    // Another program may have started at the same moment and been first.
    let done = transaction
        .query(
            "SELECT 1 FROM tessera_migration WHERE component = $1 AND version = $2",
            &[(&component, Type::TEXT), (&version, Type::INT8)],
        )
        .await?;
    if done.is_empty() {
        transaction.execute_script(step.postgres).await?;
        transaction
            .execute(
                "INSERT INTO tessera_migration (component, version, name) VALUES ($1, $2, $3)",
                &[(&component, Type::TEXT), (&version, Type::INT8), (&step.name, Type::TEXT)],
            )
            .await?;
    }
    transaction.commit().await
}
