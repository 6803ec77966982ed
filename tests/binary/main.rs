//! The binary as its operator meets it: what it refuses, what it says, how it starts and ends.
#![expect(clippy::unwrap_used, reason = "a test, its helpers included, fails by panicking")]

mod database;
mod keys;
mod mail;
mod migrate;
mod postgres;
mod real_mail;
mod server;
mod split;
mod users;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::Signal;

use server::{Server, run, text};

const SECRET: &str = "a secret that stands in no log and in no output";
const OTHER: &str = "another secret, which resource servers share";

/// Asserts that the command ends with 1, says exactly this, and leaves the folder empty.
fn refused(arguments: &[&str], environment: &[(&str, &str)], message: &str) {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), arguments, environment);
    assert_eq!(text(&output.stderr), message);
    assert_eq!(text(&output.stdout), "");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn v5_off_loopback_it_does_not_start_without_secrets_and_https() {
    refused(
        &["serve"],
        &[("HOST", "0.0.0.0")],
        "tessera: the configuration cannot be used:
  BETTER_AUTH_SECRET (default): must be set when HOST is not a loopback address: generated secrets do not count there; make one with `openssl rand -base64 32`
  TESSERA_JWT_SECRET (default): must be set when HOST is not a loopback address: generated secrets do not count there; make one with `openssl rand -base64 32`
  BETTER_AUTH_URL (default): must be an https:// URL when HOST is not a loopback address; TESSERA_ALLOW_HTTP=on allows http
",
    );
}

#[test]
fn n12_unknown_settings_refuse_to_start() {
    refused(
        &["check-config"],
        &[("TESSERA_SESION_EXPIRES_IN", "7d")],
        "tessera: the configuration cannot be used:
  TESSERA_SESION_EXPIRES_IN (environment): is not a setting; did you mean TESSERA_SESSION_EXPIRES_IN?
",
    );
    refused(
        &["check-config"],
        &[("BETTER_AUTH_SECRET_FLIE", "/run/secret")],
        "tessera: the configuration cannot be used:
  BETTER_AUTH_SECRET_FLIE (environment): is not a setting; did you mean BETTER_AUTH_SECRET_FILE?
",
    );
    refused(
        &["--config", "nowhere.toml"],
        &[],
        "tessera: cannot read the configuration file nowhere.toml: No such file or directory (os error 2)\n",
    );
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["serve", "--prot", "1"], &[]);
    let message = text(&output.stderr);
    assert!(message.starts_with("error: unexpected argument '--prot' found"), "{message}");
    assert!(message.contains("a similar argument exists: '--port'"), "{message}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_file_in_the_working_directory_counts_and_flags_win_wherever_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tessera.toml"), "port = 1\nhost = \"::1\"\n").unwrap();
    for arguments in [
        ["--port", "2", "print-config", "--redacted"],
        ["print-config", "--redacted", "--port", "2"],
    ] {
        let output = run(folder.path(), &arguments, &[("BETTER_AUTH_SECRET", SECRET)]);
        let shown = text(&output.stdout);
        assert!(
            shown.starts_with("host = \"::1\"  # tessera.toml\nport = \"2\"  # flag --port\n"),
            "{shown}"
        );
        assert!(
            shown.contains("# auth_secret: (redacted)  # environment BETTER_AUTH_SECRET\n"),
            "{shown}"
        );
        assert!(!shown.contains(SECRET));
    }
}

#[test]
fn a_good_configuration_is_called_good_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["check-config"], &[]);
    assert_eq!(text(&output.stdout), "configuration is good\n");
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_first_start_makes_secrets_and_the_second_keeps_them() {
    let mut server = Server::start(&[]);
    assert_eq!(server.ready["secrets"], "generated in data");
    assert_eq!(server.ready["database"], "data/tessera.db");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&server.path("data")), 0o700);
    for file in ["auth-secret", "jwt-secret", "tessera.db"] {
        assert_eq!(mode(&server.path("data").join(file)), 0o600, "{file}");
    }
    let secret = |server: &Server| std::fs::read(server.path("data/auth-secret")).unwrap();
    let before = secret(&server);
    server.signal(Signal::TERM);
    server.logged("ended");
    let (status, folder) = server.ended();
    assert_eq!(status.code(), Some(0));
    let server = Server::start_in(folder, &[]);
    assert_eq!(server.ready["secrets"], "in place");
    assert_eq!(secret(&server), before);
}

#[test]
fn given_secrets_are_used_and_none_are_made() {
    let server = Server::start(&[("BETTER_AUTH_SECRET", SECRET), ("TESSERA_JWT_SECRET", OTHER)]);
    assert_eq!(server.ready["secrets"], "in place");
    assert!(!server.path("data/auth-secret").exists());
    assert!(!server.path("data/jwt-secret").exists());
}

#[test]
fn a_port_in_use_is_named_and_nothing_is_touched() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    refused(
        &["serve"],
        &[("PORT", &port)],
        &format!(
            "tessera: port {port} is in use at 127.0.0.1: another server runs there. Stop it, or choose another port with PORT or --port\n"
        ),
    );
}

#[test]
fn a5_one_database_has_one_server() {
    let server = Server::start(&[]);
    let database = server.path("data/tessera.db").canonicalize().unwrap();
    let output =
        run(&server.path(""), &[], &[("PORT", "0"), ("BETTER_AUTH_URL", "http://localhost:3000")]);
    let said = text(&output.stderr);
    let expected = "the database data/tessera.db is in use by another Tessera server";
    assert!(said.contains(expected) && output.status.code() == Some(1), "{said}");
    assert!(database.exists());
    assert_eq!(server.ask("GET /healthz HTTP/1.1", "").status(), 200);
}

#[test]
fn a5_a_lock_that_cannot_be_had_is_named_for_the_file_it_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("data/tessera.db.lock")).unwrap();
    let environment = [("PORT", "0"), ("BETTER_AUTH_URL", "http://localhost:3000")];
    let output = run(folder.path(), &["serve"], &environment);
    let expected =
        "tessera: cannot open the file data/tessera.db.lock: Is a directory (os error 21)\n";
    assert_eq!((text(&output.stderr), output.status.code()), (expected, Some(1)));
}

#[test]
fn v6_a_refusal_is_logged_with_time_client_request_and_reason() {
    let mut server = Server::start(&[]);
    let body = r#"{"email":"nobody@example.com","password":"a password that is in no log"}"#;
    let answer = server.ask("POST /api/auth/sign-in/email HTTP/1.1", body);
    let mut line = server.logged("sign-in refused");
    assert!(line["timestamp"].take().as_str().unwrap().ends_with('Z'));
    let expected = serde_json::json!({
        "timestamp": null,
        "level": "WARN",
        "target": "tessera::audit",
        "message": "sign-in refused",
        "event": "sign_in_refused",
        "reason": "unknown_email",
        "span": {
            "name": "request",
            "id": answer.header("x-request-id"),
            "client": "127.0.0.1",
            "method": "POST",
            "path": "/api/auth/sign-in/email",
        },
    });
    assert_eq!(line, expected);
}

#[test]
fn healthcheck_tells_a_server_from_none() {
    let server = Server::start(&[]);
    let port = server.address.port().to_string();
    let output = run(&server.path(""), &["healthcheck"], &[("PORT", &port)]);
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
    drop(server);
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["healthcheck"], &[("PORT", &port)]);
    let message = text(&output.stderr);
    assert!(
        message.starts_with(&format!("tessera: no answer from 127.0.0.1:{port}: ")),
        "{message}"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn sigterm_finishes_what_has_begun_and_takes_nothing_new() {
    let mut server = Server::start(&[]);
    let idle = server.connect();
    let mut begun = server.connect();
    let head = "POST /api/auth/sign-in/email HTTP/1.1\r\nhost: localhost\r\n\
                content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    begun.write_all(head.as_bytes()).unwrap();
    // The server asks for the body once a handler waits for it.
    let mut go_on = [0; 25];
    begun.read_exact(&mut go_on).unwrap();
    assert_eq!(text(&go_on), "HTTP/1.1 100 Continue\r\n\r\n");

    server.signal(Signal::TERM);
    server.logged("ending: no new connections");
    assert!(TcpStream::connect(server.address).is_err());
    let mut idle = idle;
    assert_eq!(idle.read(&mut [0; 1]).unwrap(), 0, "an idle connection is closed");

    begun.write_all(b"{}").unwrap();
    let mut answer = String::new();
    begun.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    server.logged("ended");
    assert_eq!(server.ended().0.code(), Some(0));
}

#[test]
fn it_says_that_it_is_alive_and_able_to_work() {
    let server = Server::start(&[]);
    for path in ["/healthz", "/readyz"] {
        let answer = server.ask(&format!("GET {path} HTTP/1.1"), "");
        assert_eq!((answer.status(), answer.body.as_str()), (200, r#"{"status":"ok"}"#), "{path}");
        let answer = server.ask(&format!("POST {path} HTTP/1.1"), "");
        let refused = r#"{"message":"Method not allowed","code":"METHOD_NOT_ALLOWED"}"#;
        assert_eq!((answer.status(), answer.body.as_str()), (405, refused), "{path}");
        assert_eq!(answer.header("allow"), "GET,HEAD");
    }
    std::fs::remove_file(server.path("data/tessera.db")).unwrap();
    let answer = server.ask("GET /readyz HTTP/1.1", "");
    let refused = r#"{"message":"The database does not answer","code":"UNAVAILABLE"}"#;
    assert_eq!((answer.status(), answer.body.as_str()), (503, refused));
    assert_eq!(server.ask("GET /healthz HTTP/1.1", "").status(), 200);
}

/// A proxy sends somebody else's request into a connection that has answered.
#[test]
fn a_request_that_is_refused_unread_leaves_its_connection_to_the_next() {
    let server = Server::start(&[]);
    let mut connection = server.connect();
    for then in ["keep-alive", "close"] {
        let head = format!(
            "POST /api/nobody/tasks HTTP/1.1\r\nhost: localhost:3000\r\nconnection: {then}\r\n\
             content-type: application/json\r\ncontent-length: 60000\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).unwrap();
        connection.write_all(&[b'x'; 60_000]).unwrap();
    }
    let mut answers = String::new();
    connection.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 401 Unauthorized").count(), 2, "{answers}");
    assert_eq!(answers.matches("connection: close").count(), 1, "{answers}");
}
