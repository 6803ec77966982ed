//! A pooler that lends a connection for one transaction at a time.

use crate::Cluster;
use crate::process::{Home, Running, free_port, program};

#[derive(Debug)]
pub(crate) struct PgBouncer {
    // In this order: the pooler ends before its folder goes.
    _running: Running,
    _home: Home,
    port: u16,
}

impl PgBouncer {
    /// Nothing is set that would let a client keep more than a transaction's state.
    pub(crate) fn start(cluster: &Cluster) -> Self {
        let home = Home::new();
        let port = free_port();
        let settings = format!(
            "[databases]\n\
             * = host=127.0.0.1 port={} user=tessera\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = any\n\
             pool_mode = transaction\n\
             default_pool_size = 5\n\
             max_client_conn = 1000\n",
            cluster.port()
        );
        home.write("pgbouncer.ini", &settings);
        let program = program("pgbouncer", "pgbouncer");
        let folder = home.path().display();
        let script = format!(
            "{} pgbouncer.ini & read -r _ || kill $! && wait || true; rm -rf {folder}",
            program.display()
        );
        let running = home.start(&script, "process up");
        Self { _running: running, _home: home, port }
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://tessera@127.0.0.1:{}/{database}", self.port)
    }
}
