//! A server that sends mail, and a mail server that takes its time.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

use rustix::process::Signal;
use serde_json::json;

use crate::server::Server;

/// A mail server on loopback. Whoever comes is kept waiting until it greets.
struct MailServer(TcpListener);

impl MailServer {
    fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.0.local_addr().unwrap().port())
    }

    /// Takes every letter from now on, and tells whom it is to before it says that it has it.
    fn greet(self) -> Receiver<String> {
        let (tell, told) = channel();
        std::thread::spawn(move || {
            while let Ok((client, _)) = self.0.accept() {
                let tell = tell.clone();
                std::thread::spawn(move || converse(client, &tell));
            }
        });
        told
    }
}

fn converse(client: TcpStream, tell: &Sender<String>) -> std::io::Result<()> {
    let mut says = client.try_clone()?;
    says.write_all(b"220 here\r\n")?;
    let mut in_letter = false;
    for line in BufReader::new(client).lines() {
        let line = line?;
        let answer = match line.as_str() {
            "." => "250 taken",
            _ if in_letter => continue,
            "DATA" => "354 go on",
            _ => "250 well",
        };
        in_letter = line == "DATA";
        if let Some(address) = line.strip_prefix("RCPT TO:") {
            // A test that has ended no longer listens.
            let _ = tell.send(address.to_owned());
        }
        says.write_all(format!("{answer}\r\n").as_bytes())?;
    }
    Ok(())
}

#[test]
fn a2_no_answer_waits_for_a_mail_server_and_none_tells_that_an_address_has_had_enough() {
    let mail = MailServer::start();
    let mut server = Server::start(&[
        ("TESSERA_SMTP_URL", &mail.url()),
        ("TESSERA_SMTP_FROM", "Example <no-reply@example.com>"),
    ]);
    let ada = json!({ "name": "Ada", "email": "ada@example.com", "password": "correct-horse-7" });
    let answer = server.ask("POST /api/auth/sign-up/email HTTP/1.1", &ada.to_string());
    assert_eq!(answer.status(), 200, "{answer:?}");

    let said = r#"{"status":true,"message":"If this email exists in our system, check your email for the reset link"}"#;
    for email in [["nobody@example.com"; 5], ["ada@example.com"; 5]].concat() {
        let body = json!({ "email": email }).to_string();
        let answer = server.ask("POST /api/auth/request-password-reset HTTP/1.1", &body);
        assert_eq!((answer.status(), answer.body.as_str()), (200, said), "{email}");
    }
    for _ in 0..2 {
        let line = server.logged("a mail is not sent: its address has just had three");
        assert_eq!(line["domain"], "example.com");
        assert_eq!(line["span"]["path"], "/api/auth/request-password-reset");
        assert!(!line.to_string().contains("ada"), "{line}");
    }

    let letters = mail.greet();
    server.signal(Signal::TERM);
    assert_eq!(server.ended().0.code(), Some(0));
    assert_eq!(letters.try_iter().collect::<Vec<_>>(), ["<ada@example.com>"; 3]);
}

#[test]
fn where_mail_is_sent_nobody_reads_it_on_the_machine() {
    let mail = MailServer::start();
    let sends = [("TESSERA_SMTP_URL", &*mail.url()), ("TESSERA_SMTP_FROM", "no-reply@example.com")];
    for (environment, status) in [(&sends[..], 404), (&[], 200)] {
        let server = Server::start(environment);
        assert_eq!(server.ask("GET /dev/mail HTTP/1.1", "").status(), status);
    }
}
