//! The one writer: a thread that commits all that has queued together as one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::DbError;

/// Writes that may wait. Beyond it a write is refused at once: waiting longer would only hide that
/// the disk does not keep up.
const QUEUE: usize = 4096;

/// Writes in one transaction. Bounds how long the first of a batch waits for the last.
const BATCH: usize = 1024;

/// How much has been written since the database was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Writes that were committed.
    pub writes: u64,
    /// Transactions that carried them.
    pub transactions: u64,
}

pub(super) struct Writer {
    /// `None` only while dropping.
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    counts: Arc<Counts>,
}

/// A queued write: runs on the connection, or learns why it cannot.
type Job = Box<dyn FnOnce(Result<&Connection, DbError>) -> Ran + Send>;

/// A write that ran, and whose caller still waits.
struct Ran {
    succeeded: bool,
    answer: Answer,
}

/// Answers the caller; takes whether the transaction was committed.
type Answer = Box<dyn FnOnce(Result<(), DbError>)>;

#[derive(Default)]
struct Counts {
    writes: AtomicU64,
    transactions: AtomicU64,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, std::io::Error> {
        let (queue, jobs) = sync_channel(QUEUE);
        let counts = Arc::new(Counts::default());
        let thread = std::thread::Builder::new().name("database-writer".to_owned()).spawn({
            let counts = Arc::clone(&counts);
            move || work(&connection, &jobs, &counts)
        })?;
        Ok(Self { queue: Some(queue), thread: Some(thread), counts })
    }

    pub(super) async fn write<T, E>(
        &self,
        f: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = connection.map_err(E::from).and_then(f);
            Ran {
                succeeded: result.is_ok(),
                answer: Box::new(move |committed| {
                    // The caller may have gone; the write stands all the same.
                    let _ = sender.send(committed.map_err(E::from).and(result));
                }),
            }
        });
        let sent = match &self.queue {
            Some(queue) => queue.try_send(job).map_err(|error| match error {
                TrySendError::Full(_) => DbError::Busy,
                TrySendError::Disconnected(_) => stopped(),
            }),
            None => Err(stopped()),
        };
        sent.map_err(E::from)?;
        match receiver.await {
            Ok(result) => result,
            Err(_) => Err(DbError::Panicked.into()),
        }
    }

    pub(super) fn written(&self) -> Written {
        Written {
            writes: self.counts.writes.load(Ordering::Relaxed),
            transactions: self.counts.transactions.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Writer {
    /// Ends the thread once everything that has queued is committed.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            // A write may itself own the last handle: a thread cannot wait for itself.
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the database writer panicked");
        }
    }
}

fn stopped() -> DbError {
    DbError::Unavailable("the writer has stopped".to_owned())
}

fn work(connection: &Connection, jobs: &Receiver<Job>, counts: &Counts) {
    while let Ok(first) = jobs.recv() {
        let batch = std::iter::once(first).chain(jobs.try_iter().take(BATCH - 1));
        run_batch(connection, batch, counts);
    }
}

/// Runs the jobs in one transaction and answers each caller after its end.
fn run_batch(connection: &Connection, batch: impl Iterator<Item = Job>, counts: &Counts) {
    if let Err(error) = execute(connection, "BEGIN IMMEDIATE") {
        tracing::error!(%error, "a database transaction could not begin");
        for job in batch {
            (job(Err(error.clone())).answer)(Ok(()));
        }
        return;
    }
    let mut waiting = Vec::new();
    let mut transaction = Ok(());
    for job in batch {
        match run_in_savepoint(connection, job) {
            Ok(answer) => waiting.extend(answer),
            Err(error) => {
                // What else has queued gets a transaction of its own.
                transaction = Err(error);
                break;
            }
        }
    }
    let committed = transaction.and_then(|()| execute(connection, "COMMIT"));
    match &committed {
        Ok(()) => {
            counts.writes.fetch_add(waiting.len() as u64, Ordering::Relaxed);
            counts.transactions.fetch_add(1, Ordering::Relaxed);
        }
        Err(error) => {
            tracing::error!(%error, writes = waiting.len(), "a database transaction failed");
            if !connection.is_autocommit()
                && let Err(error) = execute(connection, "ROLLBACK")
            {
                tracing::error!(%error, "a database transaction could not be undone");
            }
        }
    }
    for answer in waiting {
        answer(committed.clone());
    }
}

/// Runs one job so that its failure undoes only itself. `Some` is a caller to be answered after
/// the commit. An error means that the whole transaction is lost: SQLite itself undoes it when the
/// disk is full or fails.
fn run_in_savepoint(connection: &Connection, job: Job) -> Result<Option<Answer>, DbError> {
    if let Err(error) = execute(connection, "SAVEPOINT one") {
        (job(Err(error.clone())).answer)(Ok(()));
        return Err(error);
    }
    let ran = catch_unwind(AssertUnwindSafe(|| job(Ok(connection))))
        // The panic dropped the sender, which tells the caller.
        .unwrap_or_else(|_| Ran { succeeded: false, answer: Box::new(|_| ()) });
    let settled = if ran.succeeded {
        execute(connection, "RELEASE one")
    } else {
        execute(connection, "ROLLBACK TO one").and_then(|()| execute(connection, "RELEASE one"))
    };
    let settled = settled.map_err(|error| {
        DbError::Unavailable(format!("a write took its transaction down: {error}"))
    });
    match (ran.succeeded, settled) {
        (true, Ok(())) => Ok(Some(ran.answer)),
        (true, Err(error)) => {
            (ran.answer)(Err(error.clone()));
            Err(error)
        }
        (false, settled) => {
            // With the error that the job itself met.
            (ran.answer)(Ok(()));
            settled.map(|()| None)
        }
    }
}

fn execute(connection: &Connection, sql: &str) -> Result<(), DbError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
