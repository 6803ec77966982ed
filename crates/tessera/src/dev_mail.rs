//! `/dev/mail`: what would have been mailed, for whoever works on this machine and nobody else.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, VARY};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use tessera_mail::{DevMailbox, Letter, escaped};

use crate::answers;

const STYLE: &str = ":root{color-scheme:light dark}\
     body{max-width:40rem;margin:2.5rem auto;padding:0 1rem;\
     font:1.0625rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}\
     article{margin-top:2rem;padding-top:1rem;border-top:1px solid GrayText}\
     h2{margin:0;font-size:1.1875rem}\
     h2+p{margin-top:0}";

/// Nothing but the text of the page, and `STYLE` by its SHA-256.
const POLICY: &str = "default-src 'none'; \
    style-src 'sha256-PUJUUpE7sXBMslPH3c27skQdbNoM+ZwGc/o16XvHFd8='; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A letter for a program.
#[derive(Serialize)]
struct Shown<'a> {
    to: &'a str,
    subject: &'a str,
    text: &'a str,
}

impl<'a> From<&'a Letter> for Shown<'a> {
    fn from(Letter { to, subject, text, .. }: &'a Letter) -> Self {
        Self { to: to.as_str(), subject, text }
    }
}

/// The route, over a mailbox.
pub(crate) fn router(mailbox: Arc<DevMailbox>) -> Router {
    Router::new().route("/dev/mail", get(read)).with_state(mailbox)
}

/// JSON, the oldest letter first, for whoever accepts it; else a page, the latest first.
async fn read(State(mailbox): State<Arc<DevMailbox>>, headers: HeaderMap) -> Response {
    if !is_of_this_machine(&headers) {
        return answers::not_found();
    }
    let letters = mailbox.letters();
    let accepts_json = |value: &HeaderValue| {
        value.to_str().is_ok_and(|accept| accept.contains("application/json"))
    };
    let mut response = if headers.get_all(ACCEPT).iter().any(accepts_json) {
        Json(letters.iter().map(Shown::from).collect::<Vec<_>>()).into_response()
    } else {
        Html(page(&letters)).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("accept"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// Whether the request names a loopback host, as no proxy and no page of another site makes it do,
/// and nobody has passed it on.
fn is_of_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let passed_on = headers.keys().any(|name| {
        let name = name.as_str();
        name.starts_with("x-forwarded") || ["forwarded", "via", "x-real-ip"].contains(&name)
    });
    !passed_on && host.to_str().is_ok_and(is_loopback_authority)
}

/// Whether a host, with a port or without, is this machine's own: `localhost`, `127.0.0.1`, `[::1]`.
pub(crate) fn is_loopback_authority(text: &str) -> bool {
    let Ok(authority) = text.parse::<Authority>() else { return false };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    !text.contains('@')
        && (host.eq_ignore_ascii_case("localhost")
            || address.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback()))
}

fn page(letters: &[Letter]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Mail</title>\
         <style>{STYLE}</style></head><body>\
         <main><h1>Mail</h1><p>This server has no mail server: what it would have sent stays here \
         until it ends, the latest first.</p>\n",
    );
    if letters.is_empty() {
        page.push_str("<p>There is no letter yet.</p>\n");
    }
    for Letter { to, subject, text, .. } in letters.iter().rev() {
        let (subject, to) = (escaped(subject), escaped(to.as_str()));
        // Writing to a string cannot fail.
        let _ = writeln!(page, "<article><h2>{subject}</h2><p>To {to}</p>");
        for line in text.lines().filter(|line| !line.is_empty()) {
            let is_link = line.starts_with("http://") || line.starts_with("https://");
            let line = escaped(line);
            let _ = match is_link {
                true => writeln!(page, "<p><a href=\"{line}\">{line}</a></p>"),
                false => writeln!(page, "<p>{line}</p>"),
            };
        }
        page.push_str("</article>\n");
    }
    page.push_str("</main></body></html>\n");
    page
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use http::{Request, StatusCode};
    use tessera_engine::Email;
    use tower::ServiceExt;

    use super::*;

    fn letter(subject: &str) -> Letter {
        Letter {
            to: Email::parse("o'grace@example.com").unwrap(),
            subject: subject.to_owned(),
            text: "Follow <this>\nhttp://localhost:3000/?a=1&b=\"2\n".to_owned(),
            html: String::new(),
        }
    }

    /// Asks a mailbox with two letters in it.
    async fn ask(headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let mailbox = DevMailbox::default();
        mailbox.keep(letter("one"));
        mailbox.keep(letter("two"));
        let mut request = Request::get("/dev/mail");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = router(Arc::new(mailbox)).oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, 65536).await.unwrap();
        (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn letters_for_a_program_the_oldest_first() {
        let (status, headers, body) =
            ask(&[("host", "localhost:3000"), ("accept", "application/json")]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["cache-control"], "no-store");
        let text = r#"Follow <this>\nhttp://localhost:3000/?a=1&b=\"2\n"#;
        let letter = |subject| {
            format!(r#"{{"to":"o'grace@example.com","subject":"{subject}","text":"{text}"}}"#)
        };
        assert_eq!(body, format!("[{},{}]", letter("one"), letter("two")));
    }

    #[tokio::test]
    async fn letters_for_a_person_the_latest_first() {
        let (status, headers, body) = ask(&[("host", "127.0.0.1:3000"), ("accept", "*/*")]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(headers["content-security-policy"], POLICY);
        let letter = |subject| {
            format!(
                "<article><h2>{subject}</h2><p>To o&#39;grace@example.com</p>\n\
                 <p>Follow &lt;this&gt;</p>\n\
                 <p><a href=\"http://localhost:3000/?a=1&amp;b=&quot;2\">\
                 http://localhost:3000/?a=1&amp;b=&quot;2</a></p>\n</article>\n"
            )
        };
        let letters = format!("{}{}</main>", letter("two"), letter("one"));
        assert!(body.contains(&letters), "{body}");
    }

    #[tokio::test]
    async fn nobody_elsewhere_reads_them() {
        let foreign: [&[(&str, &str)]; 9] = [
            &[],
            &[("host", "auth.example.com")],
            &[("host", "localhost.example.com")],
            &[("host", "localhost@evil.example")],
            &[("host", "localhost"), ("host", "localhost")],
            &[("host", "localhost"), ("x-forwarded-for", "127.0.0.1")],
            &[("host", "localhost"), ("x-forwarded-host", "localhost")],
            &[("host", "localhost"), ("forwarded", "for=127.0.0.1")],
            &[("host", "localhost"), ("via", "1.1 proxy")],
        ];
        for headers in foreign {
            let (status, _, body) = ask(headers).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{headers:?}");
            assert_eq!(body, r#"{"message":"Not found","code":"NOT_FOUND"}"#, "{headers:?}");
        }
        for host in ["localhost", "LOCALHOST:3000", "127.0.0.2", "[::1]:3000", "[::1]"] {
            assert_eq!(ask(&[("host", host)]).await.0, StatusCode::OK, "{host}");
        }
    }
}
