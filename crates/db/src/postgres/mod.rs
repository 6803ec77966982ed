//! PostgreSQL, directly or through a pooler that lends a connection for one transaction at a time.
//!
//! Nothing outlives a transaction on a connection: no prepared statement, no setting, no lock.

mod error;
mod migrate;
mod pool;
mod schema;
mod tls;
mod transaction;
mod url;

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::error::{DbError, OpenError};
use crate::migrate::{Applied, MigrateError, Migrations};
use crate::schema::Table;

use self::pool::Pool;
pub use self::transaction::Transaction;
use self::transaction::{BEGIN, LONGEST, in_time};
pub use self::url::{InvalidPostgresUrl, PostgresUrl};

/// A value for `$1`, `$2` and so on, and its type: unlike a prepared statement, a statement that is
/// sent once has to say what it is given.
pub type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// An open PostgreSQL database. Clones share its connections.
///
/// Every statement runs in a transaction, at the isolation level `READ COMMITTED`, and under limits
/// that the server holds (`SET LOCAL`): 5 s for a statement, 3 s for a lock. A server that says
/// nothing is given up after 10 s. A connection that cannot be made is tried again after a pause
/// that grows from 50 ms to 1 s; in between, everything fails at once with [`DbError::Unavailable`].
#[derive(Clone)]
pub struct Postgres {
    pool: Arc<Pool>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").field("url", self.pool.url()).finish_non_exhaustive()
    }
}

impl Postgres {
    /// Opens the database. There will be at most `connections` to it at a time; the first is made
    /// now.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses, or its certificate cannot be checked.
    pub async fn open(url: PostgresUrl, connections: NonZeroUsize) -> Result<Self, OpenError> {
        let server = url.to_string();
        let failed = |source| OpenError::Postgres { server: server.clone(), source };
        let pool = Pool::new(url, connections)
            .map_err(|error| failed(DbError::Unavailable(error.to_string())))?;
        let db = Self { pool: Arc::new(pool) };
        db.check().await.map_err(failed)?;
        Ok(db)
    }

    /// Runs one statement as a transaction of its own, in one round trip; answers with its rows.
    ///
    /// Once polled, it happens even if its future is dropped.
    ///
    /// # Errors
    /// Why it did not happen. After [`DbError::Unavailable`] it may have happened all the same: the
    /// connection can break between a commit and its answer.
    pub async fn query(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, DbError> {
        let mut connection = self.pool.take().await?;
        let client = &*connection;
        // Sent together. A statement that fails makes the `COMMIT` after it undo.
        let statements = async {
            let (begun, rows, committed) = tokio::join!(
                client.batch_execute(BEGIN),
                client.query_typed(sql, parameters),
                client.batch_execute("COMMIT"),
            );
            begun?;
            let rows = rows?;
            committed?;
            Ok(rows)
        };
        let done = in_time(tokio::time::Instant::now() + LONGEST, statements).await;
        done.unwrap_or_else(|late| {
            connection.discard();
            Err(late)
        })
    }

    /// Begins a transaction of several statements.
    ///
    /// # Errors
    /// When there is no connection.
    pub async fn begin(&self) -> Result<Transaction, DbError> {
        Transaction::begin(self.pool.take().await?, BEGIN, LONGEST).await
    }

    /// Brings the tables of components up to date, and before that alters tables that are there
    /// already (`altering` is empty, or statements): all of it in one transaction. Answers with what
    /// was done for each component. Of several programs that start at once, one does it while the
    /// others wait.
    ///
    /// # Errors
    /// When a statement fails, or when the database has been migrated by a newer version. Then nothing
    /// has changed.
    pub async fn migrate(
        &self,
        altering: &str,
        components: &[&Migrations],
    ) -> Result<Vec<Applied>, MigrateError> {
        migrate::run(&self.pool, altering, components).await
    }

    /// What [`Postgres::migrate`] would run on a database in which each component has that version, as
    /// SQL that can be run by hand with the same effect; empty when there is nothing to do.
    #[must_use]
    pub fn migration_sql(altering: &str, due: &[(&Migrations, u32)]) -> String {
        migrate::sql(altering, due)
    }

    /// The version of one component's tables: that of the last migration that has run, 0 when none
    /// has.
    ///
    /// # Errors
    /// When it cannot be read, or is newer than these migrations.
    pub async fn version(&self, migrations: &Migrations) -> Result<u32, MigrateError> {
        migrate::version(self, migrations).await
    }

    /// All tables of the schema that is used, whosever they are, ordered by name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn tables(&self) -> Result<Vec<Table>, DbError> {
        schema::tables(self).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn check(&self) -> Result<(), DbError> {
        self.query("select 1", &[]).await.map(drop)
    }
}
