//! Serving: from the listening socket to the last answer.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tessera_engine::Clock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_io_timeout::TimeoutStream;
use tower::Service;
use tracing_subscriber::util::TryInitError;

use crate::compose::{self, App, BuildError};
use crate::config::{ApiConfig, Config, Halves, MailConfig, Serves, VerifyingConfig};
use crate::layers::Peer;
use crate::logging;

/// How long requests may still run when the server is told to end.
const DRAIN: Duration = Duration::from_secs(10);

/// How long mail may still take then.
const MAIL_DRAIN: Duration = Duration::from_secs(5);

/// How long a client may take to send a request's head, and how long it may say nothing between
/// two requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take none of an answer that waits for it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest request head, in bytes. Longer ones are answered 431.
const HEAD_LIMIT: usize = 64 * 1024;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4096;

/// How long to wait when no connection can be accepted, for instance for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why the server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Something listens there already.
    #[error(
        "port {} is in use at {}: another server runs there. Stop it, or choose another port with \
         PORT or --port", .0.port(), .0.ip()
    )]
    PortInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// What the operating system says.
        error: io::Error,
    },
    /// A part of the server cannot be made.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Logging.
    #[error("cannot log: {0}")]
    Logging(#[from] TryInitError),
    /// Threads or signals.
    #[error("cannot start: {0}")]
    System(#[source] io::Error),
}

/// Serves until SIGTERM or SIGINT; then what has begun is finished, within ten seconds.
pub fn serve(config: &Config) -> Result<(), ServeError> {
    logging::start(&config.log)?;
    allow_many_connections();
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.get())
        .enable_all()
        .build()
        .map_err(ServeError::System)?;
    runtime.block_on(async {
        let mut told_to_end = Ending::listen().map_err(ServeError::System)?;
        // Before anything is built: a second server must not touch the first one's data.
        let listener = listen(config.listen)?;
        let app = compose::build(config, Clock::system()).await?;
        announce(config, &listener, &app);
        accept(listener, app.router.clone(), &mut told_to_end).await;
        if let Some(outbox) = app.outbox {
            outbox.close(MAIL_DRAIN).await;
        }
        Ok(())
    })
}

/// Each connection is a file descriptor; the soft limit is often 1024.
fn allow_many_connections() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the number of open files stays limited");
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let listener = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listener().map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => ServeError::PortInUse(address),
        _ => ServeError::Listen { address, error },
    })
}

fn announce(config: &Config, listener: &TcpListener, app: &App) {
    let listen = listener.local_addr().unwrap_or(config.listen);
    let secrets = match &config.serves {
        Serves::Api(ApiConfig { verifying: VerifyingConfig::Published(url), .. }) => {
            format!("none: keys are fetched from {url}")
        }
        _ if app.secrets_generated => format!("generated in {}", config.data_dir.display()),
        _ => "in place".to_owned(),
    };
    let ready = match config.halves() {
        Halves::Api => "Tessera is ready to serve the task API".to_owned(),
        Halves::Both | Halves::Auth => {
            format!("Tessera is ready, open {}", config.base_url.origin_text())
        }
    };
    let serves = config.halves();
    tracing::info!(%listen, %serves, database = %config.database, secrets, "{ready}");
    if let Serves::Auth(auth) = &config.serves
        && auth.api_url.is_none()
    {
        tracing::info!("pages look for the task API at this origin: TESSERA_API_URL names another");
    }
    match config.auth().map(|auth| &auth.mail) {
        None | Some(MailConfig::Smtp { .. }) => {}
        Some(MailConfig::DevMailbox) => tracing::info!(
            "mail is not sent: read it at {}/dev/mail",
            config.base_url.origin_text()
        ),
        Some(MailConfig::Nowhere) => tracing::info!(
            "mail is not configured: links for new passwords and addresses need TESSERA_SMTP_URL"
        ),
    }
}

async fn accept(listener: TcpListener, router: Router, told_to_end: &mut Ending) {
    let http = protocol();
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = told_to_end.wait() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => converse(&http, stream, peer, router.clone(), &connections),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    tracing::info!(connections = connections.count(), "ending: no new connections");
    match tokio::time::timeout(DRAIN, connections.shutdown()).await {
        Ok(()) => tracing::info!("ended"),
        Err(_) => tracing::warn!("ended with requests still running after {} s", DRAIN.as_secs()),
    }
}

fn protocol() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_LIMIT);
    http
}

/// Answers one connection's requests, in a task of its own.
fn converse(
    http: &http1::Builder,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    connections: &GracefulShutdown,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection sends in batches");
    }
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().call(request)
    });
    let io = TokioIo::new(letting_go(stream));
    let connection = connections.watch(http.serve_connection(io, service));
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke off");
        }
    });
}

/// A stream that fails when the other end takes nothing for [`WRITE_TIMEOUT`]: what waits to be
/// sent takes memory.
fn letting_go<S: AsyncRead + AsyncWrite>(stream: S) -> Pin<Box<TimeoutStream<S>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    Box::pin(stream)
}

/// The signals that end a server.
struct Ending {
    terminate: Signal,
    interrupt: Signal,
}

impl Ending {
    fn listen() -> io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { terminate, interrupt })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;

    /// How long a connection lasts, and what it answers, when this is all that a client sends.
    async fn lasts(sent: &[u8]) -> (Duration, String) {
        let (mut client, server) = duplex(1024 * 1024);
        let service =
            service_fn(async |_| Ok::<_, hyper::Error>(hyper::Response::new(Body::empty())));
        tokio::spawn(protocol().serve_connection(TokioIo::new(server), service));
        let started = Instant::now();
        client.write_all(sent).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        (started.elapsed(), answer)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_finishes_a_head_is_let_go() {
        // Also when it has had an answer.
        let (lasted, answer) = lasts(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert_eq!(lasted, HEAD_TIMEOUT);
        assert_eq!(lasts(b"GET / HTTP/1.1\r\nhost: h").await, (HEAD_TIMEOUT, String::new()));
        assert_eq!(lasts(b"").await, (HEAD_TIMEOUT, String::new()));
    }

    /// Whoever closes an idle connection may cut off a request that comes at that moment.
    #[test]
    fn the_proxy_of_the_example_closes_an_idle_connection_before_this_server_does() {
        let example = include_str!("../../../examples/nginx/tessera.conf");
        let timeout = |line: &str| {
            let seconds = line.trim().strip_prefix("keepalive_timeout ")?.strip_suffix("s;")?;
            Some(Duration::from_secs(seconds.parse().unwrap()))
        };
        let timeouts: Vec<_> = example.lines().filter_map(timeout).collect();
        assert_eq!(timeouts.len(), example.matches("upstream ").count());
        assert!(timeouts.iter().all(|timeout| *timeout < HEAD_TIMEOUT), "{timeouts:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_of_its_answer_is_let_go() {
        let (mut client, server) = duplex(1024);
        let service = service_fn(async |_| {
            Ok::<_, hyper::Error>(hyper::Response::new(Body::from(vec![b'x'; 1024 * 1024])))
        });
        let io = TokioIo::new(letting_go(server));
        let serving = tokio::spawn(protocol().serve_connection(io, service));
        let started = Instant::now();
        client.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").await.unwrap();
        assert!(serving.await.unwrap().is_err());
        assert_eq!(started.elapsed(), WRITE_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_is_too_long_is_answered_431() {
        let head = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(4 * HEAD_LIMIT));
        let (_, answer) = lasts(head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "{answer}");
    }
}
