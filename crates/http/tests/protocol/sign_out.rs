//! POST /sign-out.

use serde_json::json;

use crate::support::{App, cleared, raw_signed, text};

const DONE: &str = r#"{"success":true}"#;

#[tokio::test]
async fn a5_ends_the_session_and_its_tokens_before_it_answers() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let other = app.sign_in("ada@example.com").await;
    let session = app.get("/get-session").of(&ada).send().await.json()["session"].clone();

    let answer = app.post("/sign-out").json(&json!({})).of(&ada).send().await;
    answer.assert(200, &cleared(), DONE);
    {
        let ended = app.ended.lock().unwrap();
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].id.as_str(), text(&session["id"]));
        assert_eq!(ended[0].user_id.as_str(), ada.user_id);
    }
    app.get("/get-session").of(&ada).send().await.assert(
        200,
        &[&[("pragma", "no-cache")][..], &cleared()].concat(),
        "null",
    );
    let elsewhere = app.get("/get-session").of(&other).send().await;
    assert_eq!(elsewhere.json()["session"]["token"], other.token);
}

#[tokio::test]
async fn always_succeeds() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.post("/sign-out").json(&json!({})).send().await.assert(200, &cleared(), DONE);
    app.post("/sign-out").send().await.assert(200, &cleared(), DONE);
    app.post("/sign-out").body("text/plain", "").send().await.assert(200, &cleared(), DONE);
    for _ in 0..2 {
        app.post("/sign-out").of(&ada).send().await.assert(200, &cleared(), DONE);
    }
    let forged = "better-auth.session_token=abc.def";
    app.post("/sign-out").cookie(forged).send().await.assert(200, &cleared(), DONE);
    assert_eq!(app.ended.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn works_with_a_bearer_token_and_without_an_origin() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let call = app.post("/sign-out").bearer(&raw_signed(&ada.token));
    call.json(&json!({})).send().await.assert(200, &cleared(), DONE);
    assert_eq!(app.count("session"), 0);
}

#[tokio::test]
async fn a_left_over_cookie_cache_is_cleared_with_its_chunks() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let cookies =
        format!("{}; better-auth.session_data=abc; better-auth.session_data.0=abc", ada.cookie);
    let answer = app.post("/sign-out").cookie(&cookies).send().await;
    assert_eq!(
        answer.cookies(),
        [
            "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
            "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
            "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
            "better-auth.session_data.0=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
            "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
        ]
    );
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    let app = App::new().await;
    app.post("/sign-out").json(&json!([])).send().await.assert(
        400,
        &[],
        r#"{"message":"[body] Invalid input: expected object, received array","code":"VALIDATION_ERROR"}"#,
    );
}
