//! Connections, made when needed and kept for whoever asks next.

use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};
use tokio_postgres::{Client, NoTls};

use super::error::with_cause;
use super::tls::{Tls, TlsError};
use super::url::{Encryption, PostgresUrl};
use crate::error::DbError;

/// How long to wait for a connection while others have them all.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// After a connection could not be made, the next attempt waits at least this long, and twice as
/// long after each further one, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Pool {
    url: PostgresUrl,
    tls: Option<Tls>,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Arc<Connection>>>,
    server: Mutex<Server>,
}

/// Whether the server could be reached.
enum Server {
    Up,
    Down {
        /// Until then nobody tries.
        until: Instant,
        /// How long the next failure will keep everybody away.
        pause: Duration,
    },
}

/// A connection and the task that reads and writes for it.
struct Connection {
    client: Client,
    task: AbortHandle,
}

impl Drop for Connection {
    /// What still waits for an answer waits no longer.
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A connection in use. It goes back to the pool when dropped, unless it is broken.
pub(super) struct Pooled {
    connection: Arc<Connection>,
    broken: bool,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(url: PostgresUrl, connections: NonZeroUsize) -> Result<Self, TlsError> {
        let tls = match &url.encryption {
            Encryption::Verified(roots) => Some(Tls::new(roots)?),
            Encryption::None => None,
        };
        Ok(Self {
            url,
            tls,
            permits: Arc::new(Semaphore::new(connections.get())),
            idle: Mutex::default(),
            server: Mutex::new(Server::Up),
        })
    }

    pub(super) fn url(&self) -> &PostgresUrl {
        &self.url
    }

    /// A connection that nobody else uses meanwhile.
    pub(super) async fn take(self: &Arc<Self>) -> Result<Pooled, DbError> {
        let permit = timeout(ACQUIRE_TIMEOUT, Arc::clone(&self.permits).acquire_owned());
        let Ok(Ok(permit)) = permit.await else {
            return Err(DbError::Busy);
        };
        let connection = match self.take_idle() {
            Some(connection) => connection,
            None => Arc::new(self.connect().await?),
        };
        Ok(Pooled { connection, broken: false, pool: Arc::clone(self), _permit: permit })
    }

    fn take_idle(&self) -> Option<Arc<Connection>> {
        let mut idle = self.idle.lock();
        std::iter::from_fn(|| idle.pop()).find(|connection| !connection.client.is_closed())
    }

    /// While the server is down, one caller at a time tries to reach it; the others are told at once.
    async fn connect(&self) -> Result<Connection, DbError> {
        let pause = match &mut *self.server.lock() {
            Server::Up => FIRST_PAUSE,
            Server::Down { until, pause } => {
                let now = Instant::now();
                if now < *until {
                    return Err(DbError::Unavailable("it could not be reached".to_owned()));
                }
                *until = now + self.longest_attempt();
                *pause
            }
        };
        match self.reach().await {
            Ok(connection) => {
                *self.server.lock() = Server::Up;
                Ok(connection)
            }
            Err(error) => {
                let longer = LONGEST_PAUSE.min(pause * 2);
                *self.server.lock() = Server::Down { until: Instant::now() + pause, pause: longer };
                Err(error)
            }
        }
    }

    /// How long an attempt may take: each host has its time.
    fn longest_attempt(&self) -> Duration {
        let config = &self.url.config;
        let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(u32::MAX);
        let timeout = config.get_connect_timeout().copied().unwrap_or(LONGEST_PAUSE);
        timeout.saturating_mul(hosts).max(LONGEST_PAUSE)
    }

    async fn reach(&self) -> Result<Connection, DbError> {
        let config = &self.url.config;
        // Their types differ, and so do the tasks'.
        match self.tls.clone() {
            Some(tls) => {
                let (client, connection) =
                    config.connect(tls).await.map_err(|error| unreachable(&error))?;
                Ok(Connection { client, task: tokio::spawn(connection).abort_handle() })
            }
            None => {
                let (client, connection) =
                    config.connect(NoTls).await.map_err(|error| unreachable(&error))?;
                Ok(Connection { client, task: tokio::spawn(connection).abort_handle() })
            }
        }
    }
}

/// Whatever keeps a connection from being made may pass: the server starts, a password is put right.
fn unreachable(error: &tokio_postgres::Error) -> DbError {
    DbError::Unavailable(with_cause(error))
}

impl Pooled {
    /// Leaves the connection to nobody else: what it was asked last may still be unanswered.
    pub(super) fn discard(&mut self) {
        self.broken = true;
    }
}

impl Deref for Pooled {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.connection.client
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        if !self.broken && !self.connection.client.is_closed() {
            self.pool.idle.lock().push(Arc::clone(&self.connection));
        }
    }
}
