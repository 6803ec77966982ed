//! Several statements that happen whole or not at all.

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_postgres::Row;

use super::Parameter;
use super::pool::Pooled;
use crate::error::DbError;

/// How every ordinary transaction begins. Settings are the transaction's own: through a pooler, the
/// next one may run for somebody else.
pub(super) const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = '5s'; \
    SET LOCAL lock_timeout = '3s'; SET LOCAL idle_in_transaction_session_timeout = '10s'";

/// The longest that an ordinary transaction may take.
pub(super) const LONGEST: Duration = Duration::from_secs(10);

/// A transaction. Dropped before [`Transaction::commit`], it leaves nothing.
pub struct Transaction {
    connection: Pooled,
    deadline: Instant,
    open: bool,
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl Transaction {
    pub(super) async fn begin(
        connection: Pooled,
        begin: &'static str,
        longest: Duration,
    ) -> Result<Self, DbError> {
        let deadline = Instant::now() + longest;
        let mut transaction = Self { connection, deadline, open: true };
        transaction.execute_script(begin).await?;
        Ok(transaction)
    }

    /// Runs a statement; answers with its rows.
    ///
    /// # Errors
    /// Why it failed. The transaction then can only be dropped.
    pub async fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, DbError> {
        let done = in_time(self.deadline, self.connection.query_typed(sql, parameters)).await;
        self.discard_if_late(done)
    }

    /// Runs a statement; answers with how many rows it has changed.
    ///
    /// # Errors
    /// Why it failed. The transaction then can only be dropped.
    pub async fn execute(
        &mut self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<u64, DbError> {
        let done = in_time(self.deadline, self.connection.execute_typed(sql, parameters)).await;
        self.discard_if_late(done)
    }

    /// Runs statements that take no parameters.
    pub(super) async fn execute_script(&mut self, sql: &str) -> Result<(), DbError> {
        let done = in_time(self.deadline, self.connection.batch_execute(sql)).await;
        self.discard_if_late(done)
    }

    /// Makes it so, durably.
    ///
    /// # Errors
    /// Why it did not happen. After [`DbError::Unavailable`] it may have happened all the same: the
    /// connection can break between a commit and its answer.
    pub async fn commit(mut self) -> Result<(), DbError> {
        self.open = false;
        self.execute_script("COMMIT").await
    }

    fn discard_if_late<T>(
        &mut self,
        done: Result<Result<T, DbError>, DbError>,
    ) -> Result<T, DbError> {
        done.unwrap_or_else(|late| {
            self.connection.discard();
            self.open = false;
            Err(late)
        })
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.open {
            // The first poll sends it. Whoever has the connection next is served after it.
            let rollback = pin!(self.connection.batch_execute("ROLLBACK"));
            let _ = rollback.poll(&mut Context::from_waker(Waker::noop()));
        }
    }
}

/// What the statements answered, or that they did not answer in time.
pub(super) async fn in_time<T>(
    deadline: Instant,
    statements: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<Result<T, DbError>, DbError> {
    match timeout_at(deadline, statements).await {
        Ok(done) => Ok(done.map_err(DbError::from)),
        Err(_) => Err(DbError::Unavailable("it did not answer in time".to_owned())),
    }
}
