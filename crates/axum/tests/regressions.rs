//! Attacks that other services have fallen to, each by the id of its advisory, where it is the
//! request that brings them. The tests of headers that are not what they should be are in
//! `requests.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::json;
use tessera_axum::testing::{AUDIENCE, ISSUER, NOW, TokenFactory, guard_at};
use tessera_axum::verify::token::KeySet;
use tessera_axum::verify::{KeySource, LiveKeys, RemoteKeys, Verifier};
use tessera_axum::{Caller, Guard, MaybeCaller, Owner};
use tower::ServiceExt;

/// Every way to ask whose request it is, in front of a handler that counts.
fn service(guard: Guard) -> (Router, Arc<AtomicUsize>) {
    let reached = Arc::new(AtomicUsize::new(0));
    let count = || {
        let reached = Arc::clone(&reached);
        move || {
            reached.fetch_add(1, Ordering::SeqCst);
        }
    };
    let (caller, maybe, owner, layer, fallback) = (count(), count(), count(), count(), count());
    let behind_layer = Router::new()
        .route("/layer", get(async move || layer()))
        .fallback(async move || fallback())
        .layer(guard.layer());
    let router = Router::new()
        .route("/caller", get(async move |_: Caller| caller()))
        .route("/maybe", get(async move |_: MaybeCaller| maybe()))
        .route("/owner/{user_id}", get(async move |_: Owner| owner()))
        .with_state(guard)
        .fallback_service(behind_layer);
    (router, reached)
}

/// One path for each, the last of them unknown.
const PATHS: [&str; 5] = ["/caller", "/maybe", "/owner/ada", "/layer", "/unknown"];

/// Status and body.
async fn ask(service: &Router, path: &str, authorization: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::get(path);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let response = service.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn invalid() -> (StatusCode, String) {
    let body = r#"{"message":"The token is not valid","code":"INVALID_TOKEN"}"#;
    (StatusCode::UNAUTHORIZED, body.to_owned())
}

/// That the attacks below fail for what they are, not because nobody is let in.
#[tokio::test]
async fn a_good_token_opens_every_path() {
    let tokens = TokenFactory::eddsa();
    let (service, reached) = service(tokens.guard());
    for path in PATHS {
        let answer = ask(&service, path, Some(&bearer(&tokens.token("ada")))).await;
        assert_eq!(answer, (StatusCode::OK, String::new()), "{path}");
    }
    assert_eq!(reached.load(Ordering::SeqCst), PATHS.len());
}

/// Auth.js took an error in the check for "nobody is signed in, go on".
#[tokio::test]
async fn ghsa_8fpg_xm3f_6cx3_an_error_in_the_check_lets_nobody_in() {
    let tokens = TokenFactory::eddsa();
    let unreachable = RemoteKeys::new("http://127.0.0.1:1/jwks").unwrap();
    let faults: [KeySource; 2] = [LiveKeys::new(KeySet::default()).into(), unreachable.into()];
    for keys in faults {
        let policy = Verifier::builder().issuer(ISSUER).audience(AUDIENCE).keys(keys);
        let (service, reached) = service(guard_at(policy.build().unwrap(), NOW));
        for path in PATHS {
            let (status, body) = ask(&service, path, Some(&bearer(&tokens.token("ada")))).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert!(body.ends_with(r#""code":"KEYS_UNAVAILABLE"}"#), "{body}");
        }
        assert_eq!(reached.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn ghsa_8fpg_xm3f_6cx3_a_clock_that_is_wrong_lets_nobody_in() {
    let tokens = TokenFactory::eddsa();
    let refused = |body: &str| (StatusCode::UNAUTHORIZED, body.to_owned());
    let early = refused(r#"{"message":"The token is not valid yet","code":"TOKEN_NOT_YET_VALID"}"#);
    let late = refused(r#"{"message":"The token has expired","code":"TOKEN_EXPIRED"}"#);
    let second = Duration::from_secs(1);
    for (clock, expected) in [
        (UNIX_EPOCH - second, &early),
        (UNIX_EPOCH, &early),
        (UNIX_EPOCH + Duration::from_secs(u64::from(u32::MAX)), &late),
    ] {
        let (service, reached) = service(tokens.guard().with_clock(move || clock));
        for path in PATHS {
            assert_eq!(ask(&service, path, Some(&bearer(&tokens.token("ada")))).await, *expected);
        }
        assert_eq!(reached.load(Ordering::SeqCst), 0);
    }
}

/// SuperTokens left the check out where the path was one that it did not know.
#[tokio::test]
async fn cve_2026_123797_an_unknown_path_is_behind_the_layer_too() {
    let tokens = TokenFactory::eddsa();
    let (service, reached) = service(tokens.guard());
    let missing = r#"{"message":"Authentication required","code":"MISSING_TOKEN"}"#;
    for path in ["/layer", "/unknown", "/", "//layer", "/layer/", "/%2e%2e/layer", "/LAYER"] {
        let answer = ask(&service, path, None).await;
        assert_eq!(answer, (StatusCode::UNAUTHORIZED, missing.to_owned()), "{path}");
        assert_eq!(ask(&service, path, Some(&bearer("a.b.c"))).await, invalid(), "{path}");
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

/// Deep JSON ended other parsers with an error that nobody had expected: 500 instead of 401.
#[tokio::test]
async fn cve_2026_102265_deep_json_is_401_and_not_500() {
    let tokens = TokenFactory::hs256();
    let (service, reached) = service(tokens.guard());
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    let deep = bearer(&tokens.claims("ada").set("deep", nested(100)).sign());
    let text = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let deeper = bearer(&tokens.sign(format!(r#"{{"a":{text}}}"#).as_bytes()));
    for path in PATHS {
        assert_eq!(ask(&service, path, Some(&deep)).await, invalid(), "{path}");
        assert_eq!(ask(&service, path, Some(&deeper)).await, invalid(), "{path}");
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}
