//! POST /sign-in/social and POST /link-social, without a provider.

use serde_json::json;
use tessera_http::RateLimit;

use crate::support::{App, Call, Options, refusal};

fn not_found() -> String {
    refusal("PROVIDER_NOT_FOUND", "Provider not found")
}

/// The same request to both, as somebody who may make it.
async fn both(prepare: impl Fn(Call) -> Call, status: u16, body: &str) {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    prepare(app.post("/sign-in/social")).send().await.assert(status, &[], body);
    prepare(app.post("/link-social")).of(&ada).send().await.assert(status, &[], body);
}

#[tokio::test]
async fn there_is_no_provider() {
    for provider in ["github", "zzz", ""] {
        let body = json!({ "provider": provider, "callbackURL": "/dash", "errorCallbackURL": "" });
        both(|call| call.json(&body), 404, &not_found()).await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request() {
    let invalid = |message: &str| refusal("VALIDATION_ERROR", message);
    let provider = invalid("[body.provider] Invalid input");
    let null = "Invalid input: expected string, received null";
    for (body, expected) in [
        (json!({}), provider.clone()),
        (json!({ "provider": 5 }), provider),
        (
            json!({ "provider": "x", "callbackURL": null }),
            invalid(&format!("[body.callbackURL] {null}")),
        ),
        (
            json!({ "provider": "x", "callbackURL": 5 }),
            r#"{"message":"Invalid callbackURL: expected a string"}"#.to_owned(),
        ),
        (json!([]), invalid("[body] Invalid input: expected object, received array")),
    ] {
        both(|call| call.json(&body), 400, &expected).await;
    }
    let undefined = invalid("[body] Invalid input: expected object, received undefined");
    both(|call| call, 400, &undefined).await;
    for (member, name, code) in [
        ("callbackURL", "callbackURL", "INVALID_CALLBACK_URL"),
        ("errorCallbackURL", "errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
        ("newUserCallbackURL", "newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
    ] {
        let body = json!({ "provider": "github", member: "https://evil.example" });
        both(|call| call.json(&body), 403, &refusal(code, &format!("Invalid {name}"))).await;
    }
}

#[tokio::test]
async fn what_only_a_provider_would_read_is_not_looked_at() {
    let body = json!({
        "provider": "github", "disableRedirect": "a", "idToken": "a", "scopes": 1, "requestSignUp": 1,
        "loginHint": [], "additionalParams": 5, "additionalData": "x",
    });
    both(|call| call.json(&body), 404, &not_found()).await;
}

#[tokio::test]
async fn linking_needs_a_session_and_signing_in_is_limited() {
    let app = App::with(Options { rate_limit: RateLimit::On, ..Options::default() }).await;
    let body = json!({ "provider": "github" });
    let call = app.post("/link-social").json(&body);
    call.send().await.assert(401, &[], &refusal("UNAUTHORIZED", "Unauthorized"));
    for status in [404, 404, 404, 429] {
        assert_eq!(app.post("/sign-in/social").json(&body).send().await.status, status);
    }
}
