//! Any bytes as `Authorization` headers of a request. The lines of an input are the headers.

#![no_main]

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::FromRef;
use axum::response::Response;
use axum::routing::get;
use http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;
use tessera_axum::testing::{AUDIENCE, ISSUER, NOW, TokenFactory, guard_at};
use tessera_axum::verify::{LiveKeys, Verifier};
use tessera_axum::{Caller, Guard};
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// One header more than any rule tells apart from the others.
const MAX_HEADERS: usize = 3;

#[derive(Clone)]
struct App(Guard);

impl FromRef<App> for Guard {
    fn from_ref(app: &App) -> Self {
        app.0.clone()
    }
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
});

/// The same token at every start, so that seeds can hold it: HMAC signs without chance.
static GOOD: LazyLock<String> = LazyLock::new(|| TokenFactory::hs256().token("ada"));

static WITH_KEYS: LazyLock<Router> = LazyLock::new(|| app(TokenFactory::hs256().guard()));

static WITHOUT_KEYS: LazyLock<Router> = LazyLock::new(|| {
    let policy = Verifier::builder().issuer(ISSUER).audience(AUDIENCE).keys(LiveKeys::default());
    app(guard_at(policy.build().expect("a complete policy"), NOW))
});

fn app(guard: Guard) -> Router {
    let me = async |caller: Caller| caller.user_id().to_string();
    Router::new().route("/", get(me)).with_state(App(guard))
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let lines = input.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let headers: Result<Vec<_>, _> = lines.map(HeaderValue::from_bytes).collect();
    match headers {
        Ok(headers) if headers.len() <= MAX_HEADERS => RUNTIME.block_on(check(&headers)),
        _ => return Corpus::Reject,
    }
    Corpus::Keep
});

async fn check(headers: &[HeaderValue]) {
    let (status, body) = ask(&WITH_KEYS, headers).await;
    let is_good = matches!(headers, [only] if is_the_good_token(only.as_bytes()));
    assert_eq!(status == StatusCode::OK, is_good, "whose request is {headers:?}?");
    if is_good {
        assert_eq!(body, b"ada");
    }
    let (status, _) = ask(&WITHOUT_KEYS, headers).await;
    assert_ne!(status, StatusCode::OK);
    assert!(!is_good || status == StatusCode::SERVICE_UNAVAILABLE);
}

/// `Bearer` in any case, at least one space, and the one token that the key has signed.
fn is_the_good_token(header: &[u8]) -> bool {
    let Some((scheme, rest)) = header.split_at_checked("Bearer".len()) else { return false };
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    scheme.eq_ignore_ascii_case(b"Bearer") && spaces > 0 && rest[spaces..] == *GOOD.as_bytes()
}

async fn ask(app: &Router, headers: &[HeaderValue]) -> (StatusCode, Vec<u8>) {
    let mut request = Request::get("/").body(Body::empty()).expect("a request");
    for header in headers {
        request.headers_mut().append(AUTHORIZATION, header.clone());
    }
    let response = app.clone().oneshot(request).await.expect("no service fails");
    let status = response.status();
    check_challenge(&response, headers.is_empty());
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    if status != StatusCode::OK {
        let body: Value = serde_json::from_slice(&body).expect("a refusal is JSON");
        assert!(body["code"].is_string() && body["message"].is_string());
    }
    (status, body.to_vec())
}

/// RFC 6750 section 3: a challenge with every 401 and with nothing else, and `error` only where
/// there was something to be wrong.
fn check_challenge(response: &Response, nothing_was_sent: bool) {
    let challenges: Vec<_> = response.headers().get_all(WWW_AUTHENTICATE).iter().collect();
    match response.status() {
        StatusCode::OK => assert!(challenges.is_empty() && !nothing_was_sent),
        StatusCode::SERVICE_UNAVAILABLE => {
            assert!(challenges.is_empty() && !nothing_was_sent);
            assert!(response.headers().contains_key(RETRY_AFTER));
        }
        StatusCode::UNAUTHORIZED => {
            let [challenge] = challenges[..] else { panic!("{challenges:?}") };
            let challenge = challenge.to_str().expect("text");
            let rest = challenge.strip_prefix(r#"Bearer realm="api""#).expect("a challenge");
            assert_eq!(rest.is_empty(), nothing_was_sent);
            if !nothing_was_sent {
                check_error(rest);
            }
        }
        other => panic!("{other}"),
    }
}

fn check_error(parameters: &str) {
    let rest = parameters.strip_prefix(r#", error=""#).expect("an error");
    let (error, rest) = rest.split_once('"').expect("an end");
    assert!(["invalid_request", "invalid_token"].contains(&error));
    let rest = rest.strip_prefix(r#", error_description=""#).expect("a description");
    let description = rest.strip_suffix('"').expect("an end");
    assert!(!description.is_empty());
    let is_allowed = |byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(description.bytes().all(is_allowed), "{description}");
}
