//! One fetch: what answer is taken, and what is said of one that is not.

use std::env;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use tessera_verify::{KeysUrl, RemoteKeys};

use crate::support::{Answer, Server};
use crate::{NOW, builder, code, key, set, settled, token, verifier};

/// CVE-2026-102267: a redirect leads to somebody else's keys.
#[test]
fn cve_2026_102267_redirects_are_not_followed() {
    let (ours, theirs) = (key("a"), key("a"));
    let elsewhere = Server::start(Answer::Jwks(set([&theirs])));
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let head = format!(
            "HTTP/1.1 {status}\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            elsewhere.url
        );
        let server = Server::start(Answer::Raw(head));
        let keys = RemoteKeys::new(&server.url).unwrap();
        let error = keys.probe(NOW).unwrap_err().to_string();
        let expected = format!(
            "the keys at {} could not be fetched: the answer was {status}, and redirects are not followed",
            server.url
        );
        assert_eq!(error, expected);
        let verifier = verifier(keys);
        assert_eq!(settled(&verifier, &token(&theirs), NOW), "keys_unavailable");
        assert_eq!(settled(&verifier, &token(&ours), NOW), "keys_unavailable");
    }
    assert_eq!(elsewhere.requests(), 0);
}

/// CVE-2026-102274: one malformed key ended the whole set.
#[test]
fn cve_2026_102274_one_unusable_key_disables_only_itself() {
    let good = key("good");
    let json = good.public_jwk().unwrap().to_json();
    let jwks = format!(
        r#"{{"keys":[{{"kty":"RSA","kid":"weak","n":"AQAB","e":"AQ"}},{{"kty":"OKP","crv":"Ed448","x":"AA","kid":"curve"}},
            {{"kty":"AKP","alg":"ML-DSA-44","pub":"AA"}},"text",7,{json},{{"kty":"oct","k":"{}"}}]}}"#,
        "A".repeat(43),
    );
    let server = Server::start(Answer::Jwks(jwks));
    let keys = RemoteKeys::new(&server.url).unwrap();
    assert_eq!(keys.probe(NOW).unwrap(), 1);
    assert_eq!(code(&verifier(keys), &token(&good), NOW), "accepted");
}

#[test]
fn an_answer_is_json_and_says_so() {
    let signing = key("a");
    let body = set([&signing]);
    for (content_type, problem) in [
        ("content-type: application/json\r\n", None),
        ("content-type: application/jwk-set+json; charset=utf-8\r\n", None),
        ("Content-Type: Application/JSON\r\n", None),
        ("content-type: text/html; charset=utf-8\r\n", Some("the answer is text/html, not JSON")),
        ("content-type: text/json-seq\r\n", Some("the answer is text/json-seq, not JSON")),
        ("content-type: application/xml\r\n", Some("the answer is application/xml, not JSON")),
        ("content-type: model/gltf+json\r\n", Some("the answer is model/gltf+json, not JSON")),
        ("", Some("the answer is of no content type, not JSON")),
    ] {
        let server = Server::start(Answer::with_headers(content_type, &body));
        let result = RemoteKeys::new(&server.url).unwrap().probe(NOW);
        let expected = problem
            .map(|problem| format!("the keys at {} could not be fetched: {problem}", server.url));
        assert_eq!(result.err().map(|error| error.to_string()), expected, "{content_type}");
    }
}

#[test]
fn an_answer_that_is_too_long_or_too_slow_is_given_up() {
    let server = Server::start(Answer::Endless);
    let error = RemoteKeys::new(&server.url).unwrap().probe(NOW).unwrap_err().to_string();
    assert!(error.starts_with(&format!("the keys at {}", server.url)), "{error}");
    assert!(error.contains("limit"), "{error}");

    let server = Server::start(Answer::Silence);
    let keys = builder(&server).timeout(Duration::from_millis(50)).build();
    let error = keys.probe(NOW).unwrap_err().to_string();
    assert!(error.ends_with("there was no answer within 50ms"), "{error}");

    let signing = key("a");
    let body = set([&signing]);
    let server = Server::start(Answer::Jwks(body.clone()));
    assert!(builder(&server).max_bytes(body.len() as u64 - 1).build().probe(NOW).is_err());
    assert!(builder(&server).max_bytes(body.len() as u64).build().probe(NOW).is_ok());

    // Where nothing else is said, 256 KiB.
    let keys = RemoteKeys::new(&server.url).unwrap();
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    server.now_answers(Answer::Jwks(padded(256 * 1024)));
    assert!(keys.probe(NOW).is_ok());
    server.now_answers(Answer::Jwks(padded(256 * 1024 + 1)));
    assert!(keys.probe(NOW).is_err());
}

#[test]
fn no_size_limit_is_so_large_that_an_answer_fills_the_memory() {
    let published = set([&key("a")]);
    for (bytes, found) in [(16 * 1024 * 1024, Some(1)), (16 * 1024 * 1024 + 1, None)] {
        let server =
            Server::start(Answer::Jwks(published.clone() + &" ".repeat(bytes - published.len())));
        let keys = builder(&server).max_bytes(u64::MAX).build();
        assert_eq!(keys.probe(NOW).ok(), found, "{bytes}");
    }
}

#[test]
fn a_probe_of_nobody_names_the_url_and_the_cause() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{address}/jwks");
    let error = RemoteKeys::new(&url).unwrap().probe(NOW).unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string(), "what a `main` prints");
    let error = error.to_string();
    assert!(error.starts_with(&format!("the keys at {url} could not be fetched: ")), "{error}");
    assert_eq!(error.matches("Connection refused").count(), 1, "the cause, once: {error}");
}

/// Runs itself again where a proxy is set at which nobody listens.
#[test]
fn a_proxy_is_asked_only_for_what_is_not_on_this_machine() {
    const HERE: &str = "fetching::a_proxy_is_asked_only_for_what_is_not_on_this_machine";
    if env::var_os("TESSERA_TEST_BEHIND_A_PROXY").is_none() {
        let proxy = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", HERE])
            .env("TESSERA_TEST_BEHIND_A_PROXY", "yes")
            .env("ALL_PROXY", format!("http://{proxy}"))
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && told.contains("1 passed"), "{told}");
        return;
    }
    let server = Server::start(Answer::Jwks(set([&key("a")])));
    assert_eq!(builder(&server).build().probe(NOW).ok(), Some(1));
    let elsewhere = KeysUrl::danger_plain_http("http://issuer.invalid/jwks").unwrap();
    let error = RemoteKeys::builder(elsewhere).build().probe(NOW).unwrap_err().to_string();
    assert!(error.contains("Connection refused"), "{error}");
}

#[test]
fn remote_keys_show_their_url_and_no_key() {
    let server = Server::start(Answer::Jwks(set([&key("a")])));
    let keys = RemoteKeys::new(&server.url).unwrap();
    assert_eq!(keys.probe(NOW).ok(), Some(1));
    assert_eq!(format!("{keys:?}"), format!("RemoteKeys {{ url: {:?}, .. }}", keys.url()));
}
