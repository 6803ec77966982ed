//! What is served, and where.

use axum::http::Method;
use serde_json::json;

use crate::support::{App, Options};

#[tokio::test]
async fn ok_is_ok() {
    let app = App::new().await;
    app.get("/ok").send().await.assert(200, &[], r#"{"ok":true}"#);
    app.get("/ok?a=b").send().await.assert(200, &[], r#"{"ok":true}"#);
}

#[tokio::test]
async fn everything_else_below_the_base_path_is_404_and_empty() {
    let app = App::new().await;
    for (method, path) in [
        (Method::GET, "/api/auth"),
        (Method::GET, "/api/auth/"),
        (Method::GET, "/api/auth/nope"),
        (Method::GET, "/api/auth/.well-known/jwks.json"),
        (Method::POST, "/api/auth/forget-password"),
        (Method::POST, "/api/auth/set-password"),
        (Method::GET, "/api/auth/sign-in/email"),
        (Method::PUT, "/api/auth/sign-in/email"),
        (Method::POST, "/api/auth/ok"),
        (Method::POST, "/api/auth/token"),
        (Method::POST, "/api/auth/list-sessions"),
        (Method::HEAD, "/api/auth/ok"),
        (Method::HEAD, "/api/auth/get-session"),
        (Method::OPTIONS, "/api/auth/sign-in/email"),
        (Method::TRACE, "/api/auth/ok"),
        (Method::from_bytes(b"BREW").unwrap(), "/api/auth/ok"),
    ] {
        let answer = app.call(method.clone(), path).json(&json!({})).send().await;
        answer.assert_exactly(404, &[], "");
    }
    app.call(Method::GET, "/nope").send().await.assert_exactly(404, &[], "");
}

#[tokio::test]
async fn ghsa_x732_6j76_qmhm_a_path_has_one_spelling() {
    let app = App::new().await;
    for path in ["/ok/", "//ok", "/./ok", "/x/../ok", "/%6fk", "/OK", "/ok%00", "/ok;a"] {
        app.get(path).send().await.assert_exactly(404, &[], "");
    }
    for path in ["//api/auth/ok", "/api//auth/ok", "/api/auth%2fok", "/API/auth/ok"] {
        app.call(Method::GET, path).send().await.assert_exactly(404, &[], "");
    }
}

#[tokio::test]
async fn the_base_url_may_have_a_path_of_its_own() {
    let options = Options { base_url: "http://localhost:3000/auth/v1", ..Options::default() };
    let app = App::with(options).await;
    app.call(Method::GET, "/auth/v1/ok").send().await.assert(200, &[], r#"{"ok":true}"#);
    app.get("/ok").send().await.assert_exactly(404, &[], "");
}

#[tokio::test]
async fn no_cross_origin_header_is_ever_sent() {
    let app = App::new().await;
    let preflight = app
        .call(Method::OPTIONS, "/api/auth/sign-in/email")
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", "POST");
    preflight.send().await.assert_exactly(404, &[], "");
}
