//! A server of key sets that does as it is told, well or badly.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the server does with a request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// 200 with this body.
    Jwks(String),
    /// Exactly these bytes, then the end.
    Raw(String),
    /// A head that promises this many bytes of JSON, and bytes without end.
    Endless,
    /// Nothing, until the client hangs up.
    Silence,
    /// Waits until the test lets it go on, then 200 with this body.
    Held(String),
}

impl Answer {
    pub(crate) fn status(status: &str) -> Self {
        Self::Raw(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"))
    }

    pub(crate) fn with_headers(headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Raw(format!(
            "HTTP/1.1 200 OK\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
    }
}

/// Serves on loopback until the test ends.
pub(crate) struct Server {
    pub(crate) url: String,
    answer: Arc<Mutex<Answer>>,
    requests: Arc<Mutex<Vec<String>>>,
    arrived: Receiver<()>,
    release: Sender<()>,
}

impl Server {
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new(answer));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (arrive, arrived) = channel();
        let (release, released) = channel();
        let released = Arc::new(Mutex::new(released));
        let (answers, seen) = (Arc::clone(&answer), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answers, seen) = (Arc::clone(&answers), Arc::clone(&seen));
                let (arrive, released) = (arrive.clone(), Arc::clone(&released));
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    seen.lock().unwrap().push(read_head(&stream));
                    let answer = answers.lock().unwrap().clone();
                    let _ = arrive.send(());
                    // A client that has heard enough hangs up: that is no fault here.
                    let _ = respond(&mut stream, answer, &released);
                });
            }
        });
        Self { url, answer, requests, arrived, release }
    }

    pub(crate) fn now_answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// Returns once another request has come in.
    pub(crate) fn wait_for_request(&self) {
        self.arrived.recv().unwrap();
    }

    /// Lets one held answer go.
    pub(crate) fn release(&self) {
        self.release.send(()).unwrap();
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    pub(crate) fn last_request(&self) -> String {
        self.requests.lock().unwrap().last().unwrap().clone()
    }
}

fn read_head(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn respond(
    stream: &mut TcpStream,
    answer: Answer,
    released: &Mutex<Receiver<()>>,
) -> std::io::Result<()> {
    let jwks = |body: &str| match Answer::with_headers("content-type: application/json\r\n", body) {
        Answer::Raw(raw) => raw,
        _ => unreachable!(),
    };
    match answer {
        Answer::Jwks(body) => stream.write_all(jwks(&body).as_bytes()),
        Answer::Raw(raw) => stream.write_all(raw.as_bytes()),
        Answer::Endless => {
            stream.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"keys\":[",
            )?;
            loop {
                stream.write_all(&[b' '; 4096])?;
            }
        }
        Answer::Silence => stream.read(&mut [0]).map(|_| ()),
        Answer::Held(body) => {
            released.lock().unwrap().recv().unwrap();
            stream.write_all(jwks(&body).as_bytes())
        }
    }
}
