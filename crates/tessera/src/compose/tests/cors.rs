//! Pages at other origins.

use http::request::Builder;
use http::{Method, StatusCode};

use super::*;

const APP: &str = "https://app.example.com";

async fn with_cors() -> (App, TempDir) {
    let origins = "https://app.example.com, http://localhost:5173";
    start(&[("cors_origins", origins), ("rate_limit", "off")]).await
}

/// The headers that speak of origins, as `name: value`, in alphabetical order.
fn cors_headers(answer: &Response) -> Vec<String> {
    let is_about_origins = |name: &str| name == "vary" || name.starts_with("access-control-");
    let headers = answer.headers().iter().filter(|(name, _)| is_about_origins(name.as_str()));
    let mut lines: Vec<_> =
        headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    lines
}

fn preflight(path: &str, origin: &str, method: &str) -> Builder {
    Request::builder()
        .method(Method::OPTIONS)
        .uri(path)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "authorization,content-type")
}

fn sign_up(origin: &str) -> (Builder, &'static str) {
    let request = Request::post("/api/auth/sign-up/email")
        .header("origin", origin)
        .header("cookie", "some=cookie")
        .header("content-type", "application/json");
    (request, r#"{"name":"Ada","email":"ada@example.com","password":"correct-horse-7"}"#)
}

#[tokio::test]
async fn a_listed_origin_may_call_with_cookies_and_read_the_tokens() {
    let (app, _folder) = with_cors().await;
    let answer = ask(&app, preflight("/api/auth/sign-up/email", APP, "POST"), "").await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        cors_headers(&answer),
        [
            "access-control-allow-credentials: true",
            "access-control-allow-headers: authorization, content-type",
            "access-control-allow-methods: GET, POST",
            "access-control-allow-origin: https://app.example.com",
            "access-control-max-age: 7200",
            "vary: origin",
        ]
    );
    assert_eq!(body(answer).await, "");

    let (request, account) = sign_up(APP);
    let answer = ask(&app, request, account).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers().contains_key("set-auth-jwt"));
    assert_eq!(
        cors_headers(&answer),
        [
            "access-control-allow-credentials: true",
            "access-control-allow-origin: https://app.example.com",
            "access-control-expose-headers: set-auth-jwt, set-auth-token, retry-after, x-retry-after, x-request-id",
            "vary: origin",
        ]
    );
    let (request, account) = sign_up("http://localhost:5173");
    let answer = ask(&app, request, account).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.headers()["access-control-allow-origin"], "http://localhost:5173");
}

#[tokio::test]
async fn a_listed_origin_may_call_the_task_api_with_a_token_and_without_cookies() {
    let (app, _folder) = with_cors().await;
    for method in ["GET", "PATCH", "DELETE"] {
        let answer = ask(&app, preflight("/api/ada/tasks/1", APP, method), "").await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        assert_eq!(
            cors_headers(&answer),
            [
                "access-control-allow-headers: authorization, content-type",
                "access-control-allow-methods: GET, POST, PUT, PATCH, DELETE",
                "access-control-allow-origin: https://app.example.com",
                "access-control-max-age: 7200",
                "vary: origin",
            ]
        );
    }
    // What is refused can be read as well, or a page could not tell why.
    let answer = ask(&app, Request::get("/api/ada/tasks").header("origin", APP), "").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        cors_headers(&answer),
        [
            "access-control-allow-origin: https://app.example.com",
            "access-control-expose-headers: location, retry-after, www-authenticate, x-request-id",
            "vary: origin",
        ]
    );
}

#[tokio::test]
async fn whoever_is_not_listed_is_answered_as_if_nobody_were() {
    let (app, _folder) = with_cors().await;
    for origin in [
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "https://evil.example/https://app.example.com",
        "https://x.app.example.com",
        "https://APP.example.com",
        "http://localhost:3000",
        "null",
        "",
    ] {
        let auth = ask(&app, preflight("/api/auth/sign-up/email", origin, "POST"), "").await;
        assert_eq!(
            (auth.status(), cors_headers(&auth)),
            (StatusCode::NOT_FOUND, vary()),
            "{origin}"
        );
        let tasks = ask(&app, preflight("/api/ada/tasks", origin, "GET"), "").await;
        let expected = (StatusCode::METHOD_NOT_ALLOWED, vary());
        assert_eq!((tasks.status(), cors_headers(&tasks)), expected, "{origin}");
        let read = ask(&app, Request::get("/api/ada/tasks").header("origin", origin), "").await;
        assert_eq!((read.status(), cors_headers(&read)), (StatusCode::UNAUTHORIZED, vary()));
    }
    let two = preflight("/api/ada/tasks", APP, "GET").header("origin", "https://evil.example");
    let answer = ask(&app, two, "").await;
    assert_eq!(cors_headers(&answer), vary(), "two origins are none");

    let (request, account) = sign_up("https://evil.example");
    let answer = ask(&app, request, account).await;
    assert_eq!((answer.status(), cors_headers(&answer)), (StatusCode::FORBIDDEN, vary()));
}

/// Says to caches that the origin matters, and nothing else.
fn vary() -> Vec<String> {
    vec!["vary: origin".to_owned()]
}

#[tokio::test]
async fn what_is_no_api_is_nobody_elses_to_read() {
    let (app, _folder) = with_cors().await;
    for path in ["/", "/config.json", "/dev/mail", "/healthz", "/readyz", "/nowhere"] {
        let request = Request::get(path).header("origin", APP).header("accept", "*/*");
        let answer = ask(&app, request, "").await;
        let about_access = |line: &String| line.starts_with("access-control-");
        assert!(!cors_headers(&answer).iter().any(about_access), "{path}: {answer:?}");
    }
    // Asking for leave takes a method to ask for.
    let request = Request::builder().method(Method::OPTIONS).uri("/api/auth/sign-up/email");
    let answer = ask(&app, request.header("origin", APP), "").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_the_setting_no_origin_is_let_in_not_even_a_trusted_one() {
    let (app, _folder) = start(&[("trusted_origins", "https://*.example.com")]).await;
    for path in ["/api/auth/sign-up/email", "/api/ada/tasks"] {
        let answer = ask(&app, preflight(path, APP, "POST"), "").await;
        assert!(answer.status().is_client_error(), "{answer:?}");
        assert_eq!(cors_headers(&answer), [""; 0], "{path}");
    }
}
