//! Reading bodies.

use serde_json::json;

use crate::support::{App, PASSWORD};

const MALFORMED: &str = r#"{"message":"Invalid JSON in request body","code":"BAD_REQUEST"}"#;
const TOO_LARGE: &str = r#"{"message":"Payload too large","code":"PAYLOAD_TOO_LARGE"}"#;

#[tokio::test]
async fn other_media_types_are_415() {
    let app = App::new().await;
    let form = "application/x-www-form-urlencoded, application/json";
    for (path, sent, allowed) in [
        ("/sign-in/email", "text/plain", form),
        ("/sign-up/email", "text/plain", form),
        ("/sign-up/email", "multipart/form-data; boundary=x", form),
        ("/sign-in/email", "application/vnd.api+json", form),
        ("/sign-out", "text/plain", "application/json"),
        ("/revoke-session", "application/x-www-form-urlencoded", "application/json"),
    ] {
        let answer = app.post(path).body(sent, "{}").send().await;
        let expected = json!({
            "message": format!("Content-Type \"{sent}\" is not allowed. Allowed types: {allowed}"),
            "code": "UNSUPPORTED_MEDIA_TYPE",
        });
        assert_eq!((answer.status.as_u16(), answer.json()), (415, expected), "{path} {sent}");
    }
}

#[tokio::test]
async fn only_the_type_before_the_semicolon_counts() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD }).to_string();
    for content_type in ["application/json; charset=utf-8", "Application/JSON", "application/json;"]
    {
        let answer = app.post("/sign-in/email").body(content_type, body.clone()).send().await;
        assert_eq!(answer.status, 200, "{content_type}");
    }
}

#[tokio::test]
async fn without_a_content_type_or_a_byte_there_is_no_body() {
    let app = App::new().await;
    let absent = r#"{"message":"[body] Invalid input: expected object, received undefined","code":"VALIDATION_ERROR"}"#;
    for content_type in ["application/json", "text/plain"] {
        let answer = app.post("/sign-in/email").body(content_type, "").send().await;
        answer.assert(400, &[], absent);
    }
    let request = axum::http::Request::post("/api/auth/sign-in/email")
        .body(axum::body::Body::from(r#"{"email":"a@example.com","password":"x"}"#))
        .unwrap();
    let response = tower::ServiceExt::oneshot(app.router.clone(), request).await.unwrap();
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn what_is_not_json_is_400() {
    let app = App::new().await;
    let deep = "[".repeat(60_000);
    for body in [
        &b"{\"name\":"[..],
        b"{bad",
        b"{} {}",
        b"\"\xff\"",
        b"{\"name\":\"\\ud800\"}",
        b"{\"name\":1e999}",
        b"\xef\xbb\xbf{",
        b"\0",
        b"nul",
        deep.as_bytes(),
    ] {
        let answer =
            app.post("/sign-up/email").body("application/json", body.to_vec()).send().await;
        answer.assert(400, &[], MALFORMED);
    }
}

#[tokio::test]
async fn a_byte_order_mark_is_passed_over_and_a_type_of_nothing_is_none() {
    let app = App::new().await;
    let missing = r#"{"message":"[body.token] Invalid input: expected string, received undefined","code":"VALIDATION_ERROR"}"#;
    let absent = r#"{"message":"[body] Invalid input: expected object, received undefined","code":"VALIDATION_ERROR"}"#;
    for (media_type, message) in [("application/json", missing), ("", absent)] {
        let answer = app.post("/revoke-session").body(media_type, "\u{feff}{}").send().await;
        answer.assert(400, &[], message);
    }
}

#[tokio::test]
async fn of_a_member_sent_twice_the_last_counts() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let body =
        r#"{"email":"nobody@example.com","email":"ada@example.com","password":"correct-horse-7"}"#;
    let answer = app.post("/sign-in/email").body("application/json", body).send().await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn more_than_64_kib_is_413_and_nothing_is_stored() {
    let app = App::new().await;
    let sign_up = |length: usize| {
        let mut body = json!({
            "name": "Ada", "email": "ada@example.com", "password": PASSWORD, "ignored": "",
        });
        body["ignored"] = json!("n".repeat(length - body.to_string().len()));
        let call = app.post("/sign-up/email").json(&body);
        assert_eq!(body.to_string().len(), length);
        call
    };
    sign_up(65_537).send().await.assert(413, &[], TOO_LARGE);
    assert_eq!(app.count("user"), 0);
    assert_eq!(sign_up(65_536).send().await.status, 200);

    let answer = app.post("/sign-out").body("text/plain", "x".repeat(65_537)).send().await;
    answer.assert(413, &[], TOO_LARGE);
}
