#![doc = include_str!("../README.md")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod cluster;
mod pgbouncer;
mod process;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

pub use cluster::Cluster;
use pgbouncer::PgBouncer;

static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);
static PGBOUNCER: LazyLock<PgBouncer> = LazyLock::new(|| PgBouncer::start(&CLUSTER));
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// An empty database in the cluster of this test program.
#[must_use]
pub fn fresh() -> Database {
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    CLUSTER.create_database(&name);
    Database { name }
}

/// A database of one test.
#[derive(Debug)]
pub struct Database {
    name: String,
}

impl Database {
    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        CLUSTER.url(&self.name)
    }

    /// Where it is behind a PgBouncer that lends out five connections, for a transaction each.
    #[must_use]
    pub fn url_through_pgbouncer(&self) -> String {
        PGBOUNCER.url(&self.name)
    }

    /// Takes the database away, also from whoever is connected to it.
    pub fn drop(&self) {
        CLUSTER.execute("postgres", &format!("drop database {} with (force)", self.name));
    }

    /// Runs SQL; answers with what it selects, one row a line, columns separated by `|`.
    pub fn execute(&self, sql: &str) -> String {
        CLUSTER.execute(&self.name, sql)
    }
}
