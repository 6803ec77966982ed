//! A service: the same handler behind `Caller`, behind a check by hand, and open to all.
//!
//! One server on one core answers 64 connections that are kept open; the client is on the next core.
//! The three routes take turns within each round.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use axum::extract::{FromRef, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, http::StatusCode};
use serde::Serialize;
use tessera_axum::{Caller, Guard};
use tessera_token::{Algorithm, SigningKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinSet;

use crate::table::{Line, Reach};
use crate::token::{CLAIMS, SECRET, clock, policy};
use crate::{Failure, loose, machine};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 41;
const BLOCK: Duration = Duration::from_millis(200);

/// The routes, in the order of their turns.
const ROUTES: [(&str, &str); 3] =
    [("/caller", "`Caller`"), ("/by-hand", "by hand, loose"), ("/open", "no check")];

/// What was measured.
pub struct Measured {
    /// The lines of the table.
    pub lines: Vec<Line>,
    /// Which part of the time the server had its core. Well under 1, it was the client that was measured.
    pub busy: f64,
}

/// Serves on `server_core` and asks from `client_core`.
///
/// # Errors
///
/// A connection breaks, or an answer is not 200.
pub fn measure(server_core: usize, client_core: usize) -> Result<Measured, Failure> {
    let token = SigningKey::hmac(Algorithm::HS256, SECRET)?.sign(CLAIMS.as_bytes())?;
    let verifier = policy().shared_secret(SECRET).build()?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
    let (address, server) = start(app(Guard::new(verifier), key), server_core)?;

    let client = move || {
        machine::pin(client_core);
        Builder::new_current_thread().enable_all().build()?.block_on(ask(address, &token, &server))
    };
    std::thread::spawn(client).join().map_err(|_| "the client broke off")?
}

#[derive(Clone)]
struct App {
    guard: Guard,
    key: Arc<hmac::Key>,
}

impl FromRef<App> for Guard {
    fn from_ref(app: &App) -> Self {
        app.guard.clone()
    }
}

fn app(guard: Guard, key: hmac::Key) -> Router {
    Router::new()
        .route("/caller", get(by_caller))
        .route("/by-hand", get(by_hand))
        .route("/open", get(open))
        .with_state(App { guard, key: Arc::new(key) })
}

#[derive(Serialize)]
struct Me<'a> {
    user_id: &'a str,
    email: Option<&'a str>,
    session_id: Option<&'a str>,
    expires_at: u64,
}

async fn by_caller(caller: Caller) -> Response {
    let me = Me {
        user_id: caller.user_id().as_str(),
        email: caller.email(),
        session_id: caller.session_id(),
        expires_at: caller.claims().expires_at(),
    };
    Json(me).into_response()
}

async fn by_hand(State(app): State<App>, request: Request) -> Response {
    let token = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    let payload = token.and_then(|token| loose::payload(token, &app.key));
    match payload.as_deref().and_then(|payload| loose::claims(payload, clock())) {
        Some(loose::Claims { sub, email, sid, exp, .. }) => {
            let me =
                Me { user_id: sub, email: Some(email), session_id: Some(sid), expires_at: exp };
            Json(me).into_response()
        }
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn open() -> Response {
    let me = Me {
        user_id: "Zk3vQ9pXw2LmN8rT5yBc7DfGhJ1kA4sE",
        email: Some("augusta.lovelace@example.com"),
        session_id: Some("aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW"),
        expires_at: 4_000_000_000,
    };
    Json(me).into_response()
}

/// Serves on a thread of its own until the program ends.
fn start(app: Router, core: usize) -> Result<(SocketAddr, Handle), Failure> {
    let (started, starting) = mpsc::channel();
    std::thread::spawn(move || -> Result<(), Failure> {
        machine::pin(core);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
            started.send((listener.local_addr()?, Handle::current()))?;
            Ok(axum::serve(listener, app).await?)
        })
    });
    Ok(starting.recv()?)
}

async fn ask(address: SocketAddr, token: &str, server: &Handle) -> Result<Measured, Failure> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        connections.push(stream);
    }
    let requests = ROUTES.map(|(path, _)| {
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n")
            .into()
    });
    let mut rates = [const { Vec::new() }; ROUTES.len()];
    let mut costs = rates.clone();
    let (mut busy, mut took) = (Duration::ZERO, Duration::ZERO);
    // The first round is for warming up.
    for round in 0..=ROUNDS {
        for ((request, rates), costs) in requests.iter().zip(&mut rates).zip(&mut costs) {
            let cpu = cpu_time_of(server).await?;
            let begun = Instant::now();
            let answers = f64::from(block(&mut connections, request).await?);
            let elapsed = begun.elapsed();
            let cpu = cpu_time_of(server).await?.saturating_sub(cpu);
            if round > 0 {
                rates.push(answers / elapsed.as_secs_f64());
                costs.push(cpu.as_secs_f64() * 1e9 / answers);
                busy += cpu;
                took += elapsed;
            }
        }
    }
    let [(_, caller), (_, by_hand), (_, open)] = ROUTES;
    let [rate_of_caller, rate_by_hand, rate_of_open] = &rates;
    let [cost_of_caller, cost_by_hand, _] = &costs;
    let rate = |measured, against, reach| {
        Line::of_rates("`GET /api/me`-like handler".into(), measured, against, reach)
    };
    let cost = "`GET /api/me`-like handler, the server's processor time".into();
    let lines = vec![
        rate((caller, rate_of_caller), (by_hand, rate_by_hand), Reach::RateAtLeast(0.95)),
        Line::of_times(cost, (caller, cost_of_caller), (by_hand, cost_by_hand), Reach::Any),
        rate((caller, rate_of_caller), (open, rate_of_open), Reach::Any),
        rate((by_hand, rate_by_hand), (open, rate_of_open), Reach::Any),
    ];
    Ok(Measured { lines, busy: busy.as_secs_f64() / took.as_secs_f64() })
}

/// For how long the server's one thread has had a core.
async fn cpu_time_of(server: &Handle) -> Result<Duration, Failure> {
    Ok(server.spawn(async { machine::cpu_time() }).await?)
}

/// Lets all connections ask for the length of a block; how often they were answered.
async fn block(connections: &mut Vec<TcpStream>, request: &Arc<str>) -> Result<u32, Failure> {
    let until = Instant::now() + BLOCK;
    let mut tasks = JoinSet::new();
    for stream in connections.drain(..) {
        tasks.spawn(repeat(stream, Arc::clone(request), until));
    }
    let mut answers = 0;
    while let Some(finished) = tasks.join_next().await {
        let (stream, count) = finished??;
        connections.push(stream);
        answers += count;
    }
    Ok(answers)
}

/// Asks over one connection until the time is over; how often it was answered.
async fn repeat(
    mut stream: TcpStream,
    request: Arc<str>,
    until: Instant,
) -> Result<(TcpStream, u32), Failure> {
    let mut answers = 0;
    let mut buffer = [0; 1024];
    while Instant::now() < until {
        stream.write_all(request.as_bytes()).await?;
        let mut filled = 0;
        while !is_complete(buffer.get(..filled).unwrap_or_default())? {
            let read = stream.read(buffer.get_mut(filled..).unwrap_or_default()).await?;
            if read == 0 {
                return Err("the server closed the connection".into());
            }
            filled += read;
        }
        answers += 1;
    }
    Ok((stream, answers))
}

/// Whether this is all of an answer, which is small and ends where its JSON object does.
fn is_complete(answer: &[u8]) -> Result<bool, Failure> {
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\n";
    if answer.len() >= OK.len() && !answer.starts_with(OK) {
        return Err(String::from_utf8_lossy(answer).into());
    }
    Ok(answer.ends_with(b"}"))
}
