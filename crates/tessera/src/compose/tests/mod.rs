mod cors;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::Request;
use serde_json::json;
use tempfile::TempDir;
use tessera_engine::{KeyTimes, Rotated, Rotation, Time};
use tessera_token::{Algorithm, SigningKey};
use tower::ServiceExt;

use super::*;
use crate::config::{Halves, Sources};
use crate::keys::{self, Access};

/// A server with these settings, what they come to, and its folder.
async fn configured(settings: &[(&'static str, &str)]) -> (App, Config, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut flags = vec![("data_dir", folder.path().to_str().unwrap().to_owned())];
    flags.extend(settings.iter().map(|&(key, value)| (key, value.to_owned())));
    let config = Config::read(&Sources { flags, ..Sources::default() }).unwrap();
    let app = build(&config, Clock::new(|| Time::from_millis(1_800_000_000_000))).await.unwrap();
    (app, config, folder)
}

/// A server with these settings, and its folder.
async fn start(settings: &[(&'static str, &str)]) -> (App, TempDir) {
    let (app, _, folder) = configured(settings).await;
    (app, folder)
}

async fn ask(app: &App, request: http::request::Builder, body: impl Into<Body>) -> Response {
    app.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap()
}

async fn body(answer: Response) -> String {
    let body = to_bytes(answer.into_body(), 65536).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

async fn published_keys(app: &App) -> Vec<String> {
    let answer = ask(app, Request::get("/api/auth/jwks"), "").await;
    let keys: serde_json::Value = serde_json::from_str(&body(answer).await).unwrap();
    let keys = keys["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn v6_no_token_in_a_path_is_logged() {
    let (app, _folder) = start(&[]).await;
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let logging = tracing::subscriber::set_default(subscriber);
    for (path, pattern) in [
        ("/api/auth/reset-password/a-secret?callbackURL=/", "/api/auth/reset-password/{token}"),
        ("/api/auth/reset-password/a-secret/?callbackURL=/", "/api/auth/{*path}"),
        ("/api/auth/verify-email?token=a-secret", "/api/auth/verify-email"),
        ("/reset-password/a-secret", "*"),
    ] {
        ask(&app, Request::get(path), "").await;
        let text = String::from_utf8(std::mem::take(&mut *lines.0.lock().unwrap())).unwrap();
        assert!(text.contains(&format!(r#""path":"{pattern}""#)), "{path}: {text}");
        assert!(!text.contains("a-secret"), "{path}: {text}");
    }
    drop(logging);
}

#[tokio::test]
async fn n2_of_two_servers_whose_clocks_differ_each_takes_the_tokens_of_the_other() {
    let database = tessera_test_postgres::fresh();
    let flags = vec![("jwt_algorithm", "EdDSA".to_owned())];
    let environment = [
        ("DATABASE_URL".to_owned(), database.url()),
        ("BETTER_AUTH_SECRET".to_owned(), "a secret of at least thirty-two bytes".to_owned()),
    ];
    let environment = environment.into_iter().collect();
    let config = Config::read(&Sources { flags, environment, ..Sources::default() }).unwrap();
    let now = |millis| Clock::new(move || Time::from_millis(millis));
    let behind = build(&config, now(1_800_000_000_000)).await.unwrap();
    let ahead = build(&config, now(1_800_000_005_000)).await.unwrap();

    let sign_up = r#"{"name":"Ada","email":"ada@example.com","password":"correct-horse-7"}"#;
    let request =
        Request::post("/api/auth/sign-up/email").header("content-type", "application/json");
    let signed_up = ask(&ahead, request, sign_up).await;
    let token = signed_up.headers()["set-auth-jwt"].to_str().unwrap().to_owned();
    let signed_up: serde_json::Value = serde_json::from_str(&body(signed_up).await).unwrap();
    let path = format!("/api/{}/tasks", signed_up["user"]["id"].as_str().unwrap());
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    assert_eq!(ask(&behind, request, "").await.status(), 200);
}

async fn post(app: &App, path: &str, token: &str, sent: serde_json::Value) -> serde_json::Value {
    let mut request = Request::post(path).header("content-type", "application/json");
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let answer = ask(app, request, sent.to_string()).await;
    assert!(answer.status().is_success(), "{path}: {answer:?}");
    serde_json::from_str(&body(answer).await).unwrap()
}

#[tokio::test]
async fn a8_whoever_deletes_their_account_takes_their_tasks_along() {
    let (app, config, _folder) = configured(&[("delete_user", "on")]).await;
    let mut people = Vec::new();
    for email in ["ada@example.com", "bob@example.com"] {
        let person = json!({ "name": "A", "email": email, "password": "correct-horse-7" });
        let answer = post(&app, "/api/auth/sign-up/email", "", person).await;
        let token = answer["token"].as_str().unwrap().to_owned();
        let user = answer["user"]["id"].as_str().unwrap().to_owned();
        let bearer = format!("Bearer {token}");
        let request = Request::get("/api/auth/token").header("authorization", bearer);
        let answer = ask(&app, request, "").await;
        let jwt: serde_json::Value = serde_json::from_str(&body(answer).await).unwrap();
        let path = format!("/api/{user}/tasks");
        post(&app, &path, jwt["token"].as_str().unwrap(), json!({ "title": "x" })).await;
        people.push((token, user));
    }
    let [(token, ada), (_, bob)] = &people[..] else { unreachable!("two") };
    post(&app, "/api/auth/delete-user", token, json!({})).await;
    let tasks = Database::open_up_to_date(&config.database, Halves::Both).await.unwrap().tasks();
    assert_eq!(tasks.forget(ada).await.unwrap(), 0);
    assert_eq!(tasks.forget(bob).await.unwrap(), 1, "Bob's stay");
}

#[tokio::test]
async fn n2_a_server_follows_what_an_operator_does_to_the_keys() {
    let (app, config, _folder) = configured(&[("jwt_algorithm", "EdDSA")]).await;
    let before = published_keys(&app).await;

    // The newest key signs, and of two that are as old as each other either may.
    let later = Clock::new(|| Time::from_millis(1_800_000_000_001));
    let operator =
        keys::open(&config, config.auth().unwrap(), Access::Change, later).await.unwrap();
    let Rotated::Active { kid } = operator.rotate(Rotation::Revoking).await.unwrap() else {
        unreachable!("a revoking rotation waits for nothing");
    };
    // Only now: paused time does not wait for the thread that writes to SQLite. What follows reads.
    tokio::time::pause();
    tokio::time::sleep(KeyTimes::RELOAD + Duration::from_secs(1)).await;
    assert_ne!(before, [kid.as_str()]);
    assert_eq!(published_keys(&app).await, [kid]);
}

#[tokio::test]
async fn v7_a_token_that_names_no_session_is_good_only_where_another_server_issues_tokens() {
    let secret = "a secret that the issuer and the API share";
    let claims = json!({
        "sub": "ada", "email": "ada@example.com", "iat": 1_800_000_000, "exp": 1_800_000_900,
        "iss": "https://auth.example.com", "aud": "https://auth.example.com",
    });
    let key = SigningKey::hmac(Algorithm::HS256, secret.as_bytes()).unwrap();
    let bearer = format!("Bearer {}", key.sign(claims.to_string().as_bytes()).unwrap());
    let settings = [("base_url", "https://auth.example.com"), ("jwt_secret", secret)];
    let tasks = || Request::get("/api/ada/tasks").header("authorization", &bearer);

    let (api, _folder) = start(&[&settings[..], &[("only", "api")]].concat()).await;
    let answer = ask(&api, tasks(), Body::empty()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(body(answer).await, r#"{"tasks":[],"next_cursor":null}"#);

    let (both, _folder) = start(&settings).await;
    let answer = ask(&both, tasks(), Body::empty()).await;
    assert_eq!(answer.status(), 401);
    let refused = r#"{"message":"The token is not valid","code":"INVALID_TOKEN"}"#;
    assert_eq!(body(answer).await, refused);
}
