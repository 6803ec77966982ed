//! GET /list-sessions and POST /revoke-….

use serde_json::{Value, json};

use crate::support::{App, DAY, NOW, Person, cleared, text};

const DONE: &str = r#"{"status":true}"#;
const UNAUTHORIZED: &str = r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#;

async fn is_live(app: &App, person: &Person) -> bool {
    app.get("/get-session").bearer(&person.token).send().await.body != "null"
}

async fn tokens_of(app: &App, person: &Person) -> Vec<String> {
    let sessions = app.get("/list-sessions").of(person).send().await.json();
    let mut tokens: Vec<String> =
        sessions.as_array().unwrap().iter().map(|session| text(&session["token"])).collect();
    tokens.sort();
    tokens
}

fn sorted<const N: usize>(people: [&Person; N]) -> Vec<String> {
    let mut tokens: Vec<String> = people.iter().map(|person| person.token.clone()).collect();
    tokens.sort();
    tokens
}

#[tokio::test]
async fn lists_ones_own_live_sessions_and_nobody_elses() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let bob_too = app.sign_in("bob@example.com").await;

    let answer = app.get("/list-sessions").of(&ada).send().await;
    let id = text(&answer.json()[0]["id"]);
    answer.assert(
        200,
        &[],
        &format!(
            r#"[{{"expiresAt":"2027-01-22T08:00:00.000Z","token":"{}","createdAt":"{NOW}","updatedAt":"{NOW}","ipAddress":"","userAgent":"","userId":"{}","id":"{id}"}}]"#,
            ada.token, ada.user_id
        ),
    );
    assert_eq!(tokens_of(&app, &bob).await, sorted([&bob, &bob_too]));
}

#[tokio::test]
async fn expired_sessions_are_not_listed() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    app.pass(7 * DAY);
    let ada = app.sign_in("ada@example.com").await;
    assert_eq!(tokens_of(&app, &ada).await, sorted([&ada]));
}

#[tokio::test]
async fn listing_needs_a_fresh_session() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.pass(DAY - std::time::Duration::from_millis(1));
    assert_eq!(app.get("/list-sessions").of(&ada).send().await.status, 200);
    app.pass(std::time::Duration::from_millis(1));
    let answer = app.get("/list-sessions").of(&ada).send().await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.body, r#"{"message":"Session is not fresh","code":"SESSION_NOT_FRESH"}"#);
}

#[tokio::test]
async fn all_of_them_need_a_session_and_clear_a_dead_one() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.post("/sign-out").of(&ada).send().await;
    let body = json!({ "token": "x" });
    for (call, dead) in [
        (app.get("/list-sessions"), app.get("/list-sessions")),
        (app.get("/token"), app.get("/token")),
        (app.post("/revoke-session").json(&body), app.post("/revoke-session").json(&body)),
        (app.post("/revoke-other-sessions"), app.post("/revoke-other-sessions")),
        (app.post("/revoke-sessions").json(&json!({})), app.post("/revoke-sessions")),
    ] {
        call.send().await.assert(401, &[], UNAUTHORIZED);
        dead.of(&ada).send().await.assert(401, &cleared(), UNAUTHORIZED);
    }
}

#[tokio::test]
async fn revoke_session_ends_one_of_ones_own() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let other = app.sign_in("ada@example.com").await;
    let body = json!({ "token": other.token });
    app.post("/revoke-session").json(&body).of(&ada).send().await.assert(200, &[], DONE);
    assert!(is_live(&app, &ada).await);
    assert!(!is_live(&app, &other).await);
    assert_eq!(app.ended.lock().unwrap().len(), 1);

    let body = json!({ "token": ada.token });
    app.post("/revoke-session").json(&body).of(&ada).send().await.assert(200, &cleared(), DONE);
    assert!(!is_live(&app, &ada).await);
    assert_eq!(app.ended.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn revoke_session_with_somebody_elses_token_changes_nothing() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    for token in [bob.token.as_str(), "nope", "", "\u{1}"] {
        let body = json!({ "token": token, "userId": bob.user_id });
        app.post("/revoke-session").json(&body).of(&ada).send().await.assert(200, &[], DONE);
    }
    assert!(is_live(&app, &bob).await);
    assert!(is_live(&app, &ada).await);
    assert_eq!(app.ended.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn revoke_session_names_what_is_wrong_before_it_asks_who_you_are() {
    let app = App::new().await;
    for (body, message) in [
        (Some(json!({})), "[body.token] Invalid input: expected string, received undefined"),
        (
            Some(json!({ "token": 1 })),
            "[body.token] Invalid input: expected string, received number",
        ),
        (Some(json!([])), "[body] Invalid input: expected object, received array"),
        (None, "[body] Invalid input: expected object, received undefined"),
    ] {
        let call = app.post("/revoke-session");
        let call = match &body {
            Some(body) => call.json(body),
            None => call,
        };
        let expected: Value = json!({ "message": message, "code": "VALIDATION_ERROR" });
        let answer = call.send().await;
        assert_eq!((answer.status.as_u16(), answer.json()), (400, expected));
    }
}

#[tokio::test]
async fn revoke_other_sessions_keeps_this_one_and_other_people() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let others = [app.sign_in("ada@example.com").await, app.sign_in("ada@example.com").await];
    let bob = app.sign_up("bob@example.com").await;
    for call in [
        app.post("/revoke-other-sessions"),
        app.post("/revoke-other-sessions").json(&json!({})),
        app.post("/revoke-other-sessions").json(&json!([])),
    ] {
        call.of(&ada).send().await.assert(200, &[], DONE);
    }
    assert_eq!(tokens_of(&app, &ada).await, sorted([&ada]));
    assert!(is_live(&app, &bob).await);
    for other in &others {
        assert!(!is_live(&app, other).await);
    }
    assert_eq!(app.ended.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn revoke_sessions_ends_all_of_ones_own() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let other = app.sign_in("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let call = app.post("/revoke-sessions").json(&json!({})).of(&ada);
    call.send().await.assert(200, &cleared(), DONE);
    assert!(!is_live(&app, &ada).await);
    assert!(!is_live(&app, &other).await);
    assert!(is_live(&app, &bob).await);
    assert_eq!(app.ended.lock().unwrap().len(), 2);
}
