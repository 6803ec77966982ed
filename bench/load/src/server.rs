//! The server under load.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::Failure;

/// A running release binary; it ends with this value.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) started_in: Duration,
    process: Child,
    _data: TempDir,
}

impl Server {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let data = TempDir::new()?;
        let binary = std::env::var_os("TESSERA_BIN")
            .map_or_else(|| PathBuf::from("target/release/tessera"), PathBuf::from);
        let begun = Instant::now();
        let process = Command::new(binary.canonicalize()?)
            .arg("serve")
            .current_dir(data.path())
            .env_clear()
            .env("PORT", port.to_string())
            .env("TESSERA_RATE_LIMIT", "off")
            .env("TESSERA_LOG", "error")
            .kill_on_drop(true)
            .spawn()?;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            if begun.elapsed() > Duration::from_secs(10) {
                return Err("the server did not start".into());
            }
            tokio::task::yield_now().await;
        }
        Ok(Self { port, started_in: begun.elapsed(), process, _data: data })
    }

    /// Megabytes, from one line of `/proc/<pid>/status`.
    pub(crate) fn memory(&self, line: &str) -> Result<f64, Failure> {
        let pid = self.process.id().ok_or("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let value = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
        let kilobytes: f64 = value
            .and_then(|text| text.trim().strip_suffix(" kB"))
            .ok_or("no such line")?
            .parse()?;
        Ok(kilobytes / 1_000.0)
    }
}
