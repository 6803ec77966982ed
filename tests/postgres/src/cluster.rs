//! A PostgreSQL server with its data.

use crate::process::{Home, Running, free_port, program};

/// A PostgreSQL server of its own, with the user `tessera`, who needs no password.
#[derive(Debug)]
pub struct Cluster {
    // In this order: the server ends before its folder goes.
    _running: Running,
    home: Home,
    port: u16,
}

impl Cluster {
    /// Makes a cluster and starts it.
    #[must_use]
    pub fn start() -> Self {
        Self::start_in(Home::new(), "")
    }

    /// The same, with a certificate and its key (PEM). The user `ada`, whom a test has yet to make,
    /// needs encryption and a password.
    #[must_use]
    pub fn start_with_tls(certificate: &str, key: &str) -> Self {
        let home = Home::new();
        home.write("server.crt", certificate);
        home.write("server.key", key);
        Self::start_in(
            home,
            "cat >>data/postgresql.conf <<'END'
             ssl = on
             ssl_cert_file = '../server.crt'
             ssl_key_file = '../server.key'\nEND\n\
             { echo hostssl all ada all scram-sha-256; echo hostnossl all ada all reject; cat data/pg_hba.conf; } >hba
             mv hba data/pg_hba.conf",
        )
    }

    fn start_in(home: Home, prepare: &str) -> Self {
        let port = free_port();
        let bin = program("initdb", "postgresql");
        let bin = bin.parent().unwrap().display();
        let folder = home.path().display();
        let script = format!(
            "{bin}/initdb --username=tessera --auth=trust --no-sync --encoding=UTF8 \
                --locale=C -D data >initdb.log || {{ cat initdb.log; exit 1; }}
             cat >>data/postgresql.conf <<'END'
             listen_addresses = '127.0.0.1'
             port = {port}
             unix_socket_directories = '{folder}'
             max_connections = 300
             shared_buffers = 16MB
             fsync = off
             full_page_writes = off
             synchronous_commit = off\nEND\n\
             {prepare}
             {bin}/pg_ctl -D data -w -l log start >/dev/null || {{ cat log; exit 1; }}
             echo it is ready
             read -r _ || {bin}/pg_ctl -D data -m immediate stop >/dev/null || true
             rm -rf {folder}"
        );
        let running = home.start(&script, "it is ready");
        Self { _running: running, home, port }
    }

    /// Where a database of it is.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://tessera@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database.
    pub fn create_database(&self, name: &str) {
        self.execute("postgres", &format!("create database {name}"));
    }

    /// Ends the server; whoever is connected is cut off.
    pub fn stop(&self) {
        self.control("-m fast stop");
    }

    /// Starts the server again, on the same port and with the same data.
    pub fn start_again(&self) {
        self.control("-l log start");
    }

    /// Runs SQL; answers with what it selects, one row a line, columns separated by `|`.
    pub fn execute(&self, database: &str, sql: &str) -> String {
        let psql = program("psql", "postgresql-client");
        let script = format!(
            "{} -X -q -A -t -v ON_ERROR_STOP=1 -U tessera -h \"$PWD\" -p {} -d {database} -c \"$1\"",
            psql.display(),
            self.port
        );
        let output = self.home.shell(&script).args(["sh", sql]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{sql}\n{said}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn control(&self, what: &str) {
        let control = program("pg_ctl", "postgresql");
        let script = format!("{} -D data -w {what} >/dev/null", control.display());
        assert!(self.home.shell(&script).status().unwrap().success(), "{what}");
    }
}
