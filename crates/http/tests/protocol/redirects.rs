//! URLs to which somebody will be sent.

use serde_json::{Value, json};

use crate::support::{App, Options, PASSWORD};

async fn app() -> App {
    App::with(Options {
        base_url: "https://auth.example.com",
        trusted_origins: "https://app.example.com,myapp://callback",
        ..Options::default()
    })
    .await
}

fn sign_in(url: &Value) -> Value {
    json!({ "email": "ada@example.com", "password": "wrongwrong", "callbackURL": url })
}

#[tokio::test]
async fn cve_2025_27143_only_local_paths_and_trusted_urls() {
    let app = app().await;
    for url in [
        "/ok",
        "/a?b=c",
        "/a?next=/b#c",
        "",
        "https://app.example.com/x",
        "https://auth.example.com",
        "myapp://callback/open",
    ] {
        let answer = app.post("/sign-in/email").json(&sign_in(&json!(url))).send().await;
        assert_eq!(answer.status, 401, "{url}");
    }
    for url in [
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/..//evil.example",
        "/a%2f..",
        "/%5Cevil.example",
        "relative",
        " /ok",
        "https://evil.example",
        "https:evil.example",
        "https://app.example.com@evil.example",
        "https://app.example.com\\@evil.example",
        "https://app.example.com.evil.example",
        "http://app.example.com",
        "javascript:alert(1)",
        "javascript://app.example.com/%0aalert(1)",
        "data:text/html,x",
        "myapp://callback.attacker.example",
        "myapp2://callback",
        "\u{0}",
    ] {
        let answer = app.post("/sign-in/email").json(&sign_in(&json!(url))).send().await;
        answer.assert(
            403,
            &[],
            r#"{"message":"Invalid callbackURL","code":"INVALID_CALLBACK_URL"}"#,
        );
    }
}

#[tokio::test]
async fn cve_2024_56734_every_post_checks_every_such_member() {
    let app = app().await;
    let evil = "https://evil.example";
    for path in ["/sign-up/email", "/sign-in/email", "/sign-out", "/revoke-sessions"] {
        for (member, message, code) in [
            ("callbackURL", "Invalid callbackURL", "INVALID_CALLBACK_URL"),
            ("redirectTo", "Invalid redirectURL", "INVALID_REDIRECT_URL"),
            ("errorCallbackURL", "Invalid errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
            ("newUserCallbackURL", "Invalid newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
        ] {
            let expected = json!({ "message": message, "code": code });
            let answer = app.post(path).json(&json!({ member: evil })).send().await;
            assert_eq!((answer.status.as_u16(), answer.json()), (403, expected), "{path} {member}");
        }
        let in_query = format!("{path}?callbackURL=https%3A%2F%2Fevil.example");
        let answer = app.post(&in_query).send().await;
        answer.assert(
            403,
            &[],
            r#"{"message":"Invalid callbackURL","code":"INVALID_CALLBACK_URL"}"#,
        );
    }
}

#[tokio::test]
async fn a_url_that_is_no_string_is_400_and_a_falsy_one_is_none() {
    let app = app().await;
    for url in [json!(5), json!(true), json!(["/ok"]), json!({})] {
        let answer = app.post("/sign-in/email").json(&sign_in(&url)).send().await;
        answer.assert(400, &[], r#"{"message":"Invalid callbackURL: expected a string"}"#);
    }
    for (url, received) in [(json!(null), "null"), (json!(false), "boolean"), (json!(0), "number")]
    {
        let answer = app.post("/sign-in/email").json(&sign_in(&url)).send().await;
        answer.assert(
            400,
            &[],
            &format!(
                r#"{{"message":"[body.callbackURL] Invalid input: expected string, received {received}","code":"VALIDATION_ERROR"}}"#
            ),
        );
    }
}

#[tokio::test]
async fn cve_2025_61928_no_identity_is_taken_from_a_body() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let body = json!({
        "userId": ada.user_id, "user": { "id": ada.user_id }, "session": { "token": ada.token },
        "token": ada.token,
    });
    for path in ["/revoke-session", "/revoke-sessions", "/revoke-other-sessions"] {
        let answer = app.post(path).json(&body).send().await;
        answer.assert(401, &[], r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#);
    }
    let body = json!({ "email": "eve@example.com", "password": PASSWORD, "userId": ada.user_id });
    assert_eq!(app.post("/sign-in/email").json(&body).send().await.status, 401);
    assert_eq!(app.count("session"), 1);
}
