//! One person: a kept-open connection, a token, and how long each answer took.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::Failure;

pub(crate) struct Person {
    connection: SendRequest<Full<Bytes>>,
    port: u16,
    host: String,
    tasks: String,
    authorization: String,
    pub(crate) latencies: Vec<Duration>,
}

impl Person {
    pub(crate) async fn sign_up(port: u16, number: usize) -> Result<Self, Failure> {
        let mut person = Self {
            connection: connect(port).await?,
            port,
            host: format!("localhost:{port}"),
            tasks: String::new(),
            authorization: String::new(),
            latencies: Vec::new(),
        };
        let account = json!({
            "name": format!("Person {number}"),
            "email": format!("person-{number}@example.com"),
            "password": format!("a long enough password {number}"),
        });
        let (response, body) =
            person.call(Method::POST, "/api/auth/sign-up/email".into(), Some(&account)).await?;
        expect(StatusCode::OK, &response, &body)?;
        let token = response.headers().get("set-auth-jwt").ok_or("no token after sign-up")?;
        person.authorization = format!("Bearer {}", token.to_str()?);
        let account: Value = serde_json::from_slice(&body)?;
        let id = account["user"]["id"].as_str().ok_or("no user id after sign-up")?;
        person.tasks = format!("/api/{id}/tasks");
        Ok(person)
    }

    /// Comes back after a pause in which the server may have closed the idle connection.
    pub(crate) async fn reconnect(&mut self) -> Result<(), Failure> {
        self.connection = connect(self.port).await?;
        Ok(())
    }

    pub(crate) async fn add_task(&mut self, number: usize) -> Result<(), Failure> {
        let task = json!({ "title": format!("Task {number}"), "description": "What to do, in some words" });
        let (response, body) = self.call(Method::POST, self.tasks.clone(), Some(&task)).await?;
        expect(StatusCode::CREATED, &response, &body)
    }

    /// Lists, and makes sure that all of one's own tasks came.
    pub(crate) async fn list_tasks(&mut self, expected: usize) -> Result<(), Failure> {
        let begun = Instant::now();
        let (response, body) = self.call(Method::GET, self.tasks.clone(), None).await?;
        self.latencies.push(begun.elapsed());
        expect(StatusCode::OK, &response, &body)?;
        match body.windows(7).filter(|window| window == b"\"title\"").count() {
            count if count == expected => Ok(()),
            count => Err(format!("{count} tasks instead of {expected}").into()),
        }
    }

    async fn call(
        &mut self,
        method: Method,
        path: String,
        body: Option<&Value>,
    ) -> Result<(Response<()>, Bytes), Failure> {
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, &self.host);
        if !self.authorization.is_empty() {
            request = request.header(header::AUTHORIZATION, &self.authorization);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Full::from(serde_json::to_vec(body)?)
            }
            None => Full::default(),
        };
        self.connection.ready().await?;
        let response = self.connection.send_request(request.body(body)?).await?;
        let (parts, body) = response.into_parts();
        Ok((Response::from_parts(parts, ()), body.collect().await?.to_bytes()))
    }
}

async fn connect(port: u16) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (connection, driver) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver);
    Ok(connection)
}

fn expect(status: StatusCode, response: &Response<()>, body: &[u8]) -> Result<(), Failure> {
    if response.status() == status {
        return Ok(());
    }
    Err(format!("{} instead of {status}: {}", response.status(), String::from_utf8_lossy(body))
        .into())
}
