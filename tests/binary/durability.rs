//! What was answered holds after the process is killed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::process::Signal;

use crate::server::{Answer, Server};

/// Somebody who is signed in.
struct Person {
    id: String,
    token: String,
    cookie: String,
}

fn sign_up(server: &Server) -> Person {
    let body = r#"{"name":"Ada","email":"ada@example.com","password":"difference engine no. 2"}"#;
    let answer = server.ask("POST /api/auth/sign-up/email HTTP/1.1", body);
    assert_eq!(answer.status(), 200, "{answer:?}");
    let cookie = answer.header("set-cookie").split(';').next().unwrap();
    Person {
        id: answer.json()["user"]["id"].as_str().unwrap().to_owned(),
        token: answer.header("set-auth-jwt").to_owned(),
        cookie: cookie.to_owned(),
    }
}

impl Person {
    fn tasks(&self, server: &Server) -> Answer {
        server.ask(&self.head("GET"), "")
    }

    fn head(&self, method: &str) -> String {
        let Self { id, token, .. } = self;
        format!("{method} /api/{id}/tasks HTTP/1.1\r\nauthorization: Bearer {token}")
    }
}

#[test]
fn every_answered_write_survives_a_kill() {
    const WRITERS: usize = 8;
    const BEFORE_THE_KILL: usize = 60;
    let server = Server::start(&[]);
    let person = sign_up(&server);
    let answered = AtomicUsize::new(0);
    let write = |writer: usize| {
        let mut titles = Vec::new();
        for number in 0.. {
            let title = format!("task {number} of {writer}");
            match server.try_ask(&person.head("POST"), &format!(r#"{{"title":"{title}"}}"#)) {
                Ok(answer) => assert_eq!(answer.status(), 201, "{answer:?}"),
                Err(_) => break, // Killed: nothing was answered.
            }
            titles.push(title);
            if answered.fetch_add(1, Ordering::SeqCst) + 1 == BEFORE_THE_KILL {
                server.signal(Signal::KILL);
            }
        }
        titles
    };
    let written: Vec<String> = thread::scope(|scope| {
        let writers: Vec<_> =
            (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    assert!(written.len() >= BEFORE_THE_KILL);

    let (_, folder) = server.ended();
    let server = Server::start_in(folder, &[]);
    let listed = person.tasks(&server).json();
    let listed: Vec<&str> = listed["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["title"].as_str().unwrap())
        .collect();
    for title in &written {
        assert!(listed.contains(&title.as_str()), "{title:?} was answered and is gone");
    }
}

#[test]
fn a5_a_signed_out_token_stays_refused_after_a_restart() {
    let mut server = Server::start(&[]);
    let person = sign_up(&server);
    assert_eq!(person.tasks(&server).status(), 200);
    let head = format!("POST /api/auth/sign-out HTTP/1.1\r\ncookie: {}", person.cookie);
    assert_eq!(server.ask(&head, "{}").status(), 200);
    assert_eq!(person.tasks(&server).status(), 401);
    server.signal(Signal::TERM);
    server.logged("ended");
    let server = Server::start_in(server.ended().1, &[]);
    assert_eq!(person.tasks(&server).status(), 401);
}
