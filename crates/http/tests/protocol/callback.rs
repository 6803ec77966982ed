//! GET and POST /callback/:id, where no provider has sent anybody.

use axum::http::Method;
use serde_json::json;
use tessera_http::RateLimit;

use crate::support::{App, ORIGIN, Options, refusal};

const JSON: (&str, &str) = ("content-type", "application/json");
const NO_STORE: (&str, &str) = ("cache-control", "no-store");

#[tokio::test]
async fn whoever_comes_is_sent_to_the_error_page() {
    let app = App::new().await;
    for (path, error) in [
        ("/callback/github", "state_not_found"),
        ("/callback/github?code=x", "state_not_found"),
        ("/callback/github?error=denied", "state_not_found"),
        ("/callback/github?state=&code=x", "state_not_found"),
        ("/callback/a%2Fb", "state_not_found"),
        ("/callback/%ff", "state_not_found"),
        ("/callback/github?code=x&state=y", "state_mismatch"),
        ("/callback/github?error=x&error_description=y&state=z", "state_mismatch"),
        ("/callback/a%20b?state=x%01y", "state_mismatch"),
    ] {
        let location = format!("{ORIGIN}/api/auth/error?error={error}");
        let headers = [JSON, NO_STORE, ("location", &location)];
        app.get(path).send().await.assert_exactly(302, &headers, "");
    }
}

#[tokio::test]
async fn there_is_one_provider_in_a_path() {
    let app = App::new().await;
    for path in ["/callback", "/callback/", "/callback/github/", "/callback/github/x"] {
        app.get(path).send().await.assert_exactly(404, &[], "");
        app.post(path).send().await.assert_exactly(404, &[], "");
    }
    app.call(Method::PUT, "/api/auth/callback/github").send().await.assert_exactly(404, &[], "");
}

#[tokio::test]
async fn a_posted_answer_is_sent_on_as_a_query() {
    let app = App::new().await;
    let everything = json!({
        "user": "u", "state": "s t", "error": "e", "code": "c", "device_id": "d",
        "error_description": "f", "iss": "i", "zzz": "no",
    });
    for (call, location) in [
        (
            app.post("/callback/github").json(&json!({ "code": "c", "state": "s" })),
            "/callback/github?code=c&state=s",
        ),
        (
            app.post("/callback/github").json(&everything),
            "/callback/github?code=c&error=e&device_id=d&error_description=f&state=s+t&user=u&iss=i",
        ),
        (
            app.post("/callback/apple")
                .body("application/x-www-form-urlencoded", "user=%7B%22x%22%7D&code=c&state="),
            "/callback/apple?code=c&state=&user=%7B%22x%22%7D",
        ),
        (
            app.post("/callback/a?code=query&zzz=1").json(&json!({ "code": "body", "iss": "i" })),
            "/callback/a?code=query&iss=i",
        ),
        (
            app.post("/callback/a%20b%2Fc").json(&json!({ "state": "a b+c&d=é*~!'()\r\n" })),
            "/callback/a%20b%2Fc?state=a+b%2Bc%26d%3D%C3%A9*%7E%21%27%28%29%0D%0A",
        ),
        (app.post("/callback/apple"), "/callback/apple?"),
        // Providers send forms from their own pages, and browsers then withhold cookies.
        (
            app.post("/callback/apple").header("origin", "https://appleid.apple.com"),
            "/callback/apple?",
        ),
    ] {
        let location = format!("{ORIGIN}/api/auth{location}");
        let headers = [JSON, NO_STORE, ("location", &location)];
        call.send().await.assert_exactly(302, &headers, "");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_refused() {
    let app = App::new().await;
    let expected = "Invalid input: expected string, received";
    for (call, message) in [
        (app.get("/callback/a?code=1&code=2&state=z"), format!("[query.code] {expected} array")),
        (app.post("/callback/a?code=1&code=2"), format!("[query.code] {expected} array")),
        (
            app.post("/callback/a").json(&json!({ "state": null, "code": 5 })),
            format!("[body.code] {expected} number; [body.state] {expected} null"),
        ),
        (
            app.post("/callback/a").json(&json!([])),
            "[body] Invalid input: expected object, received array".to_owned(),
        ),
    ] {
        call.send().await.assert(400, &[], &refusal("VALIDATION_ERROR", &message));
    }
    let answer = app.post("/callback/apple").body("text/plain", "x").send().await;
    assert_eq!(answer.status, 415);
    let forged = app.post("/callback/apple").header("cookie", "a=b");
    let forged = forged.header("origin", "https://evil.example").send().await;
    forged.assert(403, &[], r#"{"message":"Invalid origin","code":"INVALID_ORIGIN"}"#);
}

#[tokio::test]
async fn all_providers_are_counted_together() {
    let app = App::with(Options { rate_limit: RateLimit::On, ..Options::default() }).await;
    for number in 0..100 {
        let answer = app.get(&format!("/callback/{number}")).send().await;
        assert_eq!(answer.status, 302, "{number}");
    }
    assert_eq!(app.get("/callback/100").send().await.status, 429);
    assert_eq!(app.get("/callback").send().await.status, 404);
}
