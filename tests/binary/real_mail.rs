//! A server that sends mail to a mail server that nobody here wrote.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::Server;

/// `mail_server.py`, with a certificate of its own.
struct Aiosmtpd {
    process: Child,
    says: BufReader<ChildStdout>,
    folder: TempDir,
}

impl Aiosmtpd {
    fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let python = root.join("target/tools/aiosmtpd/bin/python");
        assert!(python.exists(), "aiosmtpd is missing: `make mail-server` installs it");
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("certificate.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        let mut process = Command::new(python)
            .arg(root.join("tests/binary/mail_server.py"))
            .args(["certificate.pem", "key.pem"])
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let says = BufReader::new(process.stdout.take().unwrap());
        Self { process, says, folder }
    }

    /// What it says next.
    fn said(&mut self) -> Value {
        let mut line = String::new();
        self.says.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Aiosmtpd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn n22_a_letter_reaches_a_real_mail_server_encrypted_and_signed_in_and_its_link_works() {
    let mut mail = Aiosmtpd::start();
    let ports = mail.said();
    let trusted = mail.folder.path().join("certificate.pem");
    let (starttls, tls) = (&ports["starttls"], &ports["tls"]);
    for url in [
        format!("smtp://ada:pass%40word@localhost:{starttls}?tls=required"),
        format!("smtps://ada:pass%40word@localhost:{tls}"),
    ] {
        let server = Server::start(&[
            ("TESSERA_SMTP_URL", &url),
            ("TESSERA_SMTP_FROM", "Example <no-reply@example.com>"),
            // Where the operating system's certificates are looked for.
            ("SSL_CERT_FILE", trusted.to_str().unwrap()),
        ]);
        let post = |path: &str, body: &Value| {
            let answer = server.ask(&format!("POST /api/auth{path} HTTP/1.1"), &body.to_string());
            assert_eq!(answer.status(), 200, "{answer:?}");
        };
        let ada = "o'grace@example.com";
        post(
            "/sign-up/email",
            &json!({ "name": "Ö", "email": ada, "password": "correct-horse-7" }),
        );
        post("/request-password-reset", &json!({ "email": ada }));

        let mut letter = mail.said();
        let text = letter["text"].take().as_str().unwrap().to_owned();
        let link = text.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        let html = letter["html"].take().as_str().unwrap().to_owned();
        assert!(html.contains(&link.replace('&', "&amp;")), "{html}");
        let expected = json!({
            "from": "no-reply@example.com",
            "to": [ada],
            "headers": {
                "From": "Example <no-reply@example.com>",
                "To": ada,
                "Subject": "A new password for Tessera",
                "Auto-Submitted": "auto-generated",
            },
            "defects": [],
            "text": null,
            "html": null,
        });
        assert_eq!(letter, expected, "{text}");

        let (_, rest) = link.split_once("/reset-password/").unwrap();
        let token = rest.split('?').next().unwrap();
        post("/reset-password", &json!({ "token": token, "newPassword": "another-horse-8" }));
        post("/sign-in/email", &json!({ "email": ada, "password": "another-horse-8" }));
    }
}
