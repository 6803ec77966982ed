//! Against a mail server of our own, over real connections.

use std::sync::Arc;

use lettre::transport::smtp::client::Certificate;
use parking_lot::Mutex;
use tessera_engine::Email;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::*;

/// What the server was told, line by line.
type Heard = Arc<Mutex<Vec<String>>>;

/// How a server behaves.
#[derive(Clone, Default)]
struct Manners {
    /// What it can do, besides `AUTH PLAIN`.
    extensions: Vec<&'static str>,
    /// What it answers to `RCPT TO`.
    recipient: Option<&'static str>,
    /// What it greets with.
    greeting: Option<&'static str>,
    /// Its certificate, for `STARTTLS` or from the first byte.
    tls: Option<TlsAcceptor>,
    /// Whether it is TLS from the first byte.
    wrapped: bool,
}

/// Starts a server on a free port of `localhost`.
async fn server(manners: Manners) -> (u16, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Heard::default();
    let hears = Arc::clone(&heard);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (manners, hears) = (manners.clone(), Arc::clone(&hears));
            // A client that breaks off ends only its own conversation.
            tokio::spawn(async move {
                match &manners.tls {
                    Some(tls) if manners.wrapped => {
                        let stream = tls.accept(stream).await?;
                        converse(stream, &manners, &hears, true).await.map(drop)
                    }
                    tls => {
                        let upgraded = converse(stream, &manners, &hears, true).await?;
                        if let (Some(stream), Some(tls)) = (upgraded, tls) {
                            let stream = tls.accept(stream).await?;
                            converse(stream, &manners, &hears, false).await?;
                        }
                        Ok(())
                    }
                }
            });
        }
    });
    (port, heard)
}

/// Talks until the client leaves or, then the stream comes back, wants TLS.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    manners: &Manners,
    heard: &Heard,
    greets: bool,
) -> std::io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    if greets {
        let greeting = manners.greeting.unwrap_or("220 here");
        stream.write_all(format!("{greeting}\r\n").as_bytes()).await?;
    }
    let mut in_letter = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().to_owned();
        heard.lock().push(line.clone());
        let answer = match line.split([' ', ':']).next().unwrap() {
            "." if in_letter => {
                in_letter = false;
                "250 taken"
            }
            _ if in_letter => continue,
            "EHLO" => {
                for extension in &manners.extensions {
                    stream.write_all(format!("250-{extension}\r\n").as_bytes()).await?;
                }
                "250 AUTH PLAIN"
            }
            "AUTH" => "235 welcome",
            "RCPT" => manners.recipient.unwrap_or("250 known"),
            "DATA" => {
                in_letter = true;
                "354 go on"
            }
            "STARTTLS" => {
                stream.write_all(b"220 go on\r\n").await?;
                return Ok(Some(stream.into_inner()));
            }
            "QUIT" => "221 bye",
            _ => "250 well",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

/// A self-made certificate for `localhost`: what serves it, and what trusts it.
fn certificate() -> (TlsAcceptor, Certificate) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    (Arc::new(config).into(), Certificate::from_der(certificate.to_vec()).unwrap())
}

fn letter() -> Letter {
    Letter {
        to: Email::parse("o'grace@example.com").unwrap(),
        subject: "A new password".to_owned(),
        text: "Follow\nhttps://example.com/a-token\n".to_owned(),
        html: "<p>Follow".to_owned(),
    }
}

fn smtp(url: &str) -> Smtp {
    let from = Sender::parse("Example <no-reply@example.com>").unwrap();
    Smtp::new(&SmtpUrl::parse(url).unwrap(), from).unwrap()
}

/// The same for who trusts the certificate.
fn smtp_trusting(url: &str, certificate: Certificate) -> Smtp {
    let from = Sender::parse("no-reply@example.com").unwrap();
    let tls = TlsParameters::builder("localhost".to_owned()).add_root_certificate(certificate);
    Smtp::trusting(&SmtpUrl::parse(url).unwrap(), from, tls).unwrap()
}

/// The commands that were heard, without what follows them.
fn commands(heard: &Heard) -> Vec<String> {
    let known = ["EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"];
    let word = |line: &String| line.split([' ', ':']).next().unwrap().to_owned();
    heard.lock().iter().map(word).filter(|word| known.contains(&word.as_str())).collect()
}

#[tokio::test]
async fn a_letter_arrives_in_both_forms() {
    let (port, heard) = server(Manners::default()).await;
    smtp(&format!("smtp://ada:pass%40word@localhost:{port}")).send(&letter()).await.unwrap();
    assert_eq!(commands(&heard), ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]);
    let heard = heard.lock();
    for line in [
        // Base64 of "\0ada\0pass@word".
        "AUTH PLAIN AGFkYQBwYXNzQHdvcmQ=",
        "MAIL FROM:<no-reply@example.com>",
        "RCPT TO:<o'grace@example.com>",
        "From: Example <no-reply@example.com>",
        "To: o'grace@example.com",
        "Subject: A new password",
        "Auto-Submitted: auto-generated",
        "Content-Type: text/plain; charset=utf-8",
        "https://example.com/a-token",
        "Content-Type: text/html; charset=utf-8",
        "<p>Follow",
    ] {
        assert!(heard.iter().any(|heard| heard == line), "{line}: {heard:#?}");
    }
}

#[tokio::test]
async fn what_a_server_refuses_is_told_by_its_number_alone() {
    for (answer, error) in [
        ("550 5.1.1 <o'grace@example.com>: nobody here", SendError::Refused(550)),
        ("451 <o'grace@example.com>: later", SendError::Deferred(451)),
        ("o'grace@example.com", SendError::Unreachable("what it answers is not SMTP".to_owned())),
    ] {
        let manners = Manners { recipient: Some(answer), ..Manners::default() };
        let (port, _) = server(manners).await;
        let sent = smtp(&format!("smtp://localhost:{port}")).send(&letter()).await;
        assert_eq!(sent, Err(error));
    }
}

#[tokio::test]
async fn a_server_that_is_down_may_be_up_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = smtp(&format!("smtp://127.0.0.1:{port}")).send(&letter()).await.unwrap_err();
    assert!(matches!(&error, SendError::Unreachable(why) if why.contains("refused")), "{error}");
    assert!(!error.is_final());
}

/// The clock stands still, and jumps to the next timeout when nothing else is left to wait for.
#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let start = tokio::time::Instant::now();
    let sent = smtp(&format!("smtp://127.0.0.1:{port}")).send(&letter()).await;
    assert_eq!(sent, Err(SendError::Unreachable("it takes too long".to_owned())));
    assert_eq!(start.elapsed(), TIMEOUT);
}

#[tokio::test]
async fn starttls_comes_before_name_and_password() {
    let (tls, certificate) = certificate();
    let manners = Manners { extensions: vec!["STARTTLS"], tls: Some(tls), ..Manners::default() };
    let (port, heard) = server(manners).await;
    let url = format!("smtp://ada:password@localhost:{port}?tls=required");
    smtp_trusting(&url, certificate).send(&letter()).await.unwrap();
    let all = ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"];
    assert_eq!(commands(&heard), all);
}

#[tokio::test]
async fn tls_from_the_first_byte() {
    let (tls, certificate) = certificate();
    let manners = Manners { tls: Some(tls), wrapped: true, ..Manners::default() };
    let (port, heard) = server(manners).await;
    let url = format!("smtps://ada:password@localhost:{port}");
    smtp_trusting(&url, certificate).send(&letter()).await.unwrap();
    assert_eq!(commands(&heard), ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]);
}

#[tokio::test]
async fn nobody_trusts_a_self_made_certificate() {
    for wrapped in [false, true] {
        let (tls, _) = certificate();
        let extensions = vec!["STARTTLS"];
        let manners = Manners { extensions, tls: Some(tls), wrapped, ..Manners::default() };
        let (port, heard) = server(manners).await;
        let url = match wrapped {
            true => format!("smtps://ada:password@localhost:{port}"),
            false => format!("smtp://ada:password@localhost:{port}?tls=required"),
        };
        let error = smtp(&url).send(&letter()).await.unwrap_err();
        let is_certificate =
            matches!(&error, SendError::Unreachable(why) if why.contains("certificate"));
        assert!(is_certificate, "{error}");
        let before: &[&str] = if wrapped { &[] } else { &["EHLO", "STARTTLS"] };
        assert_eq!(commands(&heard), before);
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_has_no_starttls() {
    let (port, heard) = server(Manners::default()).await;
    let url = format!("smtp://ada:password@localhost:{port}?tls=required");
    let error = smtp(&url).send(&letter()).await.unwrap_err();
    assert!(matches!(&error, SendError::Unreachable(_)), "{error}");
    assert_eq!(commands(&heard), ["EHLO"]);
}

#[test]
fn urls_of_mail_servers() {
    for (text, shown) in [
        ("smtps://ada:p@mail.example.com", "SmtpUrl(mail.example.com:465, Tls)"),
        ("smtps://mail.example.com:1465/", "SmtpUrl(mail.example.com:1465, Tls)"),
        ("smtp://ada:p@mail.example.com", "SmtpUrl(mail.example.com:587, StartTls)"),
        ("smtp://mail.example.com?tls=required", "SmtpUrl(mail.example.com:587, StartTls)"),
        ("smtp://localhost:1025", "SmtpUrl(localhost:1025, None)"),
        ("smtp://127.0.0.1", "SmtpUrl(127.0.0.1:25, None)"),
        ("smtp://[::1]:2525", "SmtpUrl(::1:2525, None)"),
        ("smtp://localhost?tls=required", "SmtpUrl(localhost:587, StartTls)"),
    ] {
        assert_eq!(format!("{:?}", SmtpUrl::parse(text).unwrap()), shown);
    }
    for text in [
        "",
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp:mail.example.com",
        "smtp://ada@mail.example.com",
        "smtp://:p@mail.example.com",
        "smtp://ada:p@mail.example.com/path",
        "smtp://mail.example.com?tls=opportunistic",
        "smtp://mail.example.com?tls=none",
        "smtp://mail.example.com#x",
        "smtps://mail.example.com?tls=required",
        "smtp://ada:%ff@mail.example.com",
        "smtp://mail.example.com:99999",
    ] {
        assert_eq!(SmtpUrl::parse(text).unwrap_err(), InvalidSmtpUrl, "{text}");
    }
}

#[test]
fn senders() {
    assert!(Sender::parse("no-reply@example.com").is_ok());
    assert!(Sender::parse("Example <no-reply@example.com>").is_ok());
    for text in ["", "Example", "a@b\r\nBcc: c@d", "Example <no-reply@example.com> more"] {
        assert_eq!(Sender::parse(text), Err(InvalidSender), "{text:?}");
    }
}
