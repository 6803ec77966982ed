//! `/healthz`: the process answers. `/readyz`: it can do its work. And the client that asks.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde_json::json;

use crate::answers;
use crate::database::Database;

/// How long the asking side waits to connect, and then for each piece of the answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Both routes, over the database that readiness depends on.
pub(crate) fn router(database: Database) -> Router {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .method_not_allowed_fallback(async || answers::method_not_allowed())
        .with_state(database)
}

async fn alive() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

async fn ready(State(database): State<Database>) -> Response {
    match database.check().await {
        Ok(()) => Json(json!({ "status": "ok" })).into_response(),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            answers::json(
                StatusCode::SERVICE_UNAVAILABLE,
                "The database does not answer",
                "UNAVAILABLE",
            )
        }
    }
}

/// Why the server is not healthy.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    /// Nobody answers there.
    #[error("no answer from {address}: {error}")]
    NoAnswer {
        /// Who was asked.
        address: SocketAddr,
        /// What the operating system says.
        error: io::Error,
    },
    /// Something answers, but not 200.
    #[error("{address} answered {status:?}")]
    Status {
        /// Who was asked.
        address: SocketAddr,
        /// The status line.
        status: String,
    },
}

/// Asks `/healthz` of the server that listens at `listen`, on this machine.
pub(crate) fn ask(listen: SocketAddr) -> Result<(), Unhealthy> {
    // A server that listens on every address is reached over loopback.
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let address = SocketAddr::new(ip, listen.port());
    let status = status_line(address).map_err(|error| Unhealthy::NoAnswer { address, error })?;
    if status.starts_with("HTTP/1.1 200 ") {
        Ok(())
    } else {
        Err(Unhealthy::Status { address, status })
    }
}

fn status_line(address: SocketAddr) -> io::Result<String> {
    /// No status line is longer; whatever answers, no more than this is read.
    const MOST: u64 = 1024;
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer)?;
    let line = answer.split(|&byte| byte == b'\r').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(line).into_owned())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;

    use super::*;

    /// Asks a server that answers `answer` and closes.
    fn ask_of(answer: &'static str) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while !request.ends_with("\r\n\r\n") {
                reader.read_line(&mut request).unwrap();
            }
            stream.write_all(answer.as_bytes()).unwrap();
            request
        });
        let everywhere = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port());
        let asked = ask(everywhere)
            .map_err(|error| error.to_string().replace(&address.to_string(), "ADDRESS"));
        let request = server.join().unwrap();
        assert_eq!(
            request,
            format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")
        );
        asked
    }

    #[test]
    fn healthy_is_a_200_and_nothing_else() {
        assert_eq!(ask_of("HTTP/1.1 200 OK\r\n\r\n"), Ok(()));
        let refused = "ADDRESS answered \"HTTP/1.1 503 Service Unavailable\"";
        assert_eq!(ask_of("HTTP/1.1 503 Service Unavailable\r\n\r\n"), Err(refused.to_owned()));
        assert_eq!(ask_of(""), Err("ADDRESS answered \"\"".to_owned()));
        assert_eq!(ask_of("SSH-2.0-x\r\n"), Err("ADDRESS answered \"SSH-2.0-x\"".to_owned()));
    }
}
