use std::convert::Infallible;

use axum::body::{Body, to_bytes};
use axum::routing::{get, post};
use axum::{Extension, Router, middleware};
use futures_util::stream;
use tower::ServiceExt;

use super::*;

async fn panics() -> &'static str {
    panic!("a handler is broken")
}

fn app(https: bool, trusted_proxies: &[&str]) -> Router {
    let knows = Outer {
        clients: ClientAddresses::new(
            trusted_proxies.iter().map(|network| network.parse().unwrap()).collect(),
        ),
        headers: SecurityHeaders::new(https),
    };
    Router::new()
        .route(
            "/client",
            get(|Extension(client): Extension<ClientAddress>| async move { client.0.to_string() }),
        )
        .route("/panic", get(panics))
        .route("/echo", post(|body: String| async move { body }))
        .layer(middleware::from_fn_with_state(Arc::new(knows), outer))
}

async fn ask(
    app: Router,
    request: http::request::Builder,
    body: &'static str,
) -> (Response, String) {
    let mut request = request.body(Body::from(body)).unwrap();
    request.extensions_mut().insert(Peer("[::ffff:10.0.0.1]:4711".parse().unwrap()));
    let (head, body) = app.oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (Response::from_parts(head, Body::empty()), String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn every_answer_has_an_id_of_our_own() {
    let asked = || Request::get("/client").header("x-request-id", "forged\"}");
    let (first, _) = ask(app(false, &[]), asked(), "").await;
    let (second, _) = ask(app(false, &[]), asked(), "").await;
    let id = |response: &Response| response.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_ne!(id(&first), id(&second));
    for id in [id(&first), id(&second)] {
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    }
}

#[tokio::test]
async fn n9_handlers_see_the_clients_address() {
    let asked = || Request::get("/client").header("x-forwarded-for", "198.51.100.1");
    assert_eq!(ask(app(false, &[]), asked(), "").await.1, "10.0.0.1");
    assert_eq!(ask(app(false, &["10.0.0.0/8"]), asked(), "").await.1, "198.51.100.1");
}

#[tokio::test]
async fn a_panic_is_a_500_like_any_other_answer() {
    let (response, body) = ask(app(false, &[]), Request::get("/panic"), "").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(body, r#"{"message":"Internal server error","code":"INTERNAL_ERROR"}"#);
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let (response, _) = ask(app(true, &[]), Request::get("/nowhere"), "").await;
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        assert_eq!(response.headers()[name], value);
    }
    let (response, _) = ask(app(false, &[]), Request::get("/nowhere"), "").await;
    assert!(!response.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn a_body_arrives_as_it_was_sent() {
    assert_eq!(ask(app(false, &[]), Request::post("/echo"), "hello").await.1, "hello");
}

#[tokio::test]
async fn what_is_left_of_a_body_is_read_so_that_the_connection_goes_on() {
    let ends = |response: &Response| response.headers().contains_key("connection");
    let asked = |body: Vec<u8>| Request::post("/nowhere").body(Body::from(body)).unwrap();
    for (length, is_ending) in [(0, false), (1, false), (64 * 1024, false), (64 * 1024 + 1, true)] {
        let response = app(false, &[]).oneshot(asked(vec![b'x'; length])).await.unwrap();
        assert_eq!((response.status(), ends(&response)), (StatusCode::NOT_FOUND, is_ending));
    }
    assert!(!ends(&ask(app(false, &[]), Request::post("/echo"), "hello").await.0));

    let long = Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>("x".repeat(1024))));
    let response = app(false, &[]).oneshot(Request::post("/nowhere").body(long).unwrap()).await;
    assert_eq!(response.unwrap().headers()["connection"], "close");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_comes_ends_the_connection() {
    let silent = Body::from_stream(stream::pending::<Result<&str, Infallible>>());
    let response = app(false, &[]).oneshot(Request::post("/nowhere").body(silent).unwrap()).await;
    assert_eq!(response.unwrap().headers()["connection"], "close");
}
