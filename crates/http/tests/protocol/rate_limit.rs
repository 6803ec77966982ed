//! Rate limits.

use std::time::Duration;

use serde_json::json;
use tessera_http::RateLimit;

use crate::support::{Answer, App, Options};

const LIMITED: &str = r#"{"message":"Too many requests. Please try again later."}"#;

async fn app() -> App {
    App::with(Options { rate_limit: RateLimit::On, ..Options::default() }).await
}

async fn sign_in(app: &App, address: Option<&str>) -> Answer {
    let call = app.post("/sign-in/email").json(&json!({}));
    match address {
        Some(address) => call.from(address).send().await,
        None => call.send().await,
    }
}

fn assert_limited(answer: &Answer, seconds: &str) {
    let headers = [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("retry-after", seconds),
        ("x-retry-after", seconds),
    ];
    answer.assert_exactly(429, &headers, LIMITED);
}

#[tokio::test]
async fn three_attempts_in_ten_seconds_and_the_window_begins_anew_with_each() {
    let app = app().await;
    let address = Some("198.51.100.20");
    for _ in 0..3 {
        assert_eq!(sign_in(&app, address).await.status, 400);
        app.pass(Duration::from_secs(4));
    }
    // At 12 s; the last allowed attempt was at 8 s.
    assert_limited(&sign_in(&app, address).await, "6");
    app.pass(Duration::from_millis(5_001));
    assert_limited(&sign_in(&app, address).await, "1");
    app.pass(Duration::from_millis(999));
    assert_eq!(sign_in(&app, address).await.status, 400);
}

#[tokio::test]
async fn each_network_and_each_path_is_counted_apart() {
    let app = app().await;
    for _ in 0..3 {
        sign_in(&app, Some("198.51.100.7")).await;
    }
    assert_limited(&sign_in(&app, Some("198.51.100.7")).await, "10");
    assert_limited(&sign_in(&app, Some("::ffff:198.51.100.7")).await, "10");
    assert_eq!(sign_in(&app, Some("198.51.100.8")).await.status, 400);
    let other = app.post("/sign-up/email").json(&json!({})).from("198.51.100.7");
    assert_eq!(other.send().await.status, 400);
}

#[tokio::test]
async fn cve_2026_45364_a_64_prefix_is_one_client() {
    let app = app().await;
    for address in ["2001:db8::1", "2001:db8::2", "2001:0DB8:0:0:ffff::3"] {
        assert_eq!(sign_in(&app, Some(address)).await.status, 400);
    }
    assert_limited(&sign_in(&app, Some("2001:db8::4")).await, "10");
    assert_eq!(sign_in(&app, Some("2001:db8:0:1::1")).await.status, 400);
}

#[tokio::test]
async fn clients_without_an_address_are_one_client_whatever_they_claim() {
    let app = app().await;
    for forwarded in ["1.1.1.1", "1.1.1.2", "1.1.1.3"] {
        let call = app.post("/sign-in/email").json(&json!({}));
        let answer = call.header("x-forwarded-for", forwarded).send().await;
        assert_eq!(answer.status, 400);
    }
    assert_limited(&sign_in(&app, None).await, "10");
}

#[tokio::test]
async fn ghsa_x732_6j76_qmhm_no_spelling_has_a_bucket_of_its_own() {
    let app = app().await;
    for _ in 0..3 {
        sign_in(&app, None).await;
    }
    for path in ["/sign-in/email", "/sign-in/email/", "/sign-in/email///"] {
        assert_limited(&app.post(path).json(&json!({})).send().await, "10");
    }
    let answer = app.post("//sign-in/email").json(&json!({})).send().await;
    answer.assert_exactly(404, &[], "");
}

#[tokio::test]
async fn a_hundred_requests_for_the_rest_and_unknown_paths_count_together() {
    let app = app().await;
    for number in 0..100 {
        assert_eq!(app.get("/ok").send().await.status, 200);
        assert_eq!(app.get(&format!("/unknown/{number}")).send().await.status, 404);
    }
    assert_limited(&app.get("/ok").send().await, "10");
    assert_limited(&app.get("/unknown/100").send().await, "10");
}

#[tokio::test]
async fn a_password_can_be_guessed_three_times_wherever_it_is_asked_for() {
    for path in ["/change-password", "/verify-password", "/delete-user"] {
        let app = app().await;
        let guess = || app.post(path).json(&json!({ "password": "not-hers" })).send();
        for _ in 0..3 {
            assert_ne!(guess().await.status, 429, "{path}");
        }
        assert_limited(&guess().await, "10");
    }
}
