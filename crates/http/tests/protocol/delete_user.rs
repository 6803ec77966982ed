//! POST /delete-user.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Answer, App, DAY, Options, PASSWORD, Person, cleared, refusal};

const DELETED: &str = r#"{"success":true,"message":"User deleted"}"#;
const UNAUTHORIZED: &str = r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#;
const WRONG: &str = r#"{"message":"Invalid password","code":"INVALID_PASSWORD"}"#;

async fn app() -> App {
    App::with(Options { delete_user: true, ..Options::default() }).await
}

async fn delete(app: &App, person: &Person, body: Value) -> Answer {
    app.post("/delete-user").json(&body).of(person).send().await
}

#[tokio::test]
async fn a8_nothing_of_an_account_is_left_and_its_tokens_are_refused() {
    let app = app().await;
    let ada = app.sign_up("ada@example.com").await;
    let elsewhere = app.sign_in("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    delete(&app, &ada, json!({ "password": PASSWORD })).await.assert(200, &cleared(), DELETED);

    for table in ["user", "account", "session"] {
        assert_eq!(app.count(table), 1, "{table}: Bob's");
    }
    for session in [&ada, &elsewhere] {
        app.get("/token").of(session).send().await.assert(401, &cleared(), UNAUTHORIZED);
    }
    {
        let ended = app.ended.lock().unwrap();
        assert_eq!(ended.len(), 2, "the tokens of both are refused");
        assert!(ended.iter().all(|session| session.user_id.as_str() == ada.user_id));
    }
    assert_eq!(app.count("tessera_ended_session"), 2);
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    assert_eq!(app.post("/sign-in/email").json(&body).send().await.status, 401);
    assert_eq!(app.get("/get-session").of(&bob).send().await.json()["user"]["id"], bob.user_id);

    let again = app.sign_up("ada@example.com").await;
    assert_ne!(again.user_id, ada.user_id, "the address is free again");
}

#[tokio::test]
async fn a_fresh_session_needs_no_password_and_a_password_no_fresh_session() {
    let app = app().await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    app.pass(DAY);
    let too_old =
        refusal("SESSION_EXPIRED", "Session expired. Re-authenticate to perform this action.");
    for body in [json!({}), json!({ "password": "", "token": "", "callbackURL": "/x" })] {
        let answer = delete(&app, &ada, body).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (400, too_old.as_str()));
    }
    assert_eq!(app.count("user"), 2);
    delete(&app, &ada, json!({ "password": PASSWORD })).await.assert(200, &cleared(), DELETED);
    let bob_anew = app.sign_in("bob@example.com").await;
    delete(&app, &bob_anew, json!({})).await.assert(200, &cleared(), DELETED);
    assert_eq!(app.get("/get-session").of(&bob).send().await.body, "null");
    assert_eq!(app.count("user"), 0);
}

#[tokio::test]
async fn refusals() {
    let app = app().await;
    let ada = app.sign_up("ada@example.com").await;
    let string = "Invalid input: expected string, received";
    for (body, status, expected) in [
        (json!({ "password": "not hers" }), 400, WRONG.to_owned()),
        (json!({ "password": "not hers", "token": "x" }), 400, WRONG.to_owned()),
        (
            json!({ "password": "x".repeat(129) }),
            400,
            refusal("PASSWORD_TOO_LONG", "Password too long"),
        ),
        (json!({ "token": "nope" }), 404, refusal("INVALID_TOKEN", "Invalid token")),
        (
            json!({ "password": 5, "token": null, "callbackURL": null }),
            400,
            refusal(
                "VALIDATION_ERROR",
                &format!(
                    "[body.callbackURL] {string} null; [body.password] {string} number; \
                     [body.token] {string} null"
                ),
            ),
        ),
        (
            json!({ "callbackURL": "https://evil.example" }),
            403,
            refusal("INVALID_CALLBACK_URL", "Invalid callbackURL"),
        ),
    ] {
        delete(&app, &ada, body).await.assert(status, &[], &expected);
    }
    let message = "[body] Invalid input: expected object, received undefined";
    let answer = app.post("/delete-user").send().await;
    answer.assert(400, &[], &refusal("VALIDATION_ERROR", message));
    let answer = app.post("/delete-user").json(&json!({})).send().await;
    answer.assert(401, &[], UNAUTHORIZED);
    app.sql("update account set password = null");
    let none = refusal("CREDENTIAL_ACCOUNT_NOT_FOUND", "Credential account not found");
    delete(&app, &ada, json!({ "password": PASSWORD })).await.assert(400, &[], &none);
    assert_eq!(app.count("user"), 1);
}

#[tokio::test]
async fn is_off_unless_the_operator_allows_it() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    for body in [json!({}), json!({ "password": PASSWORD }), json!({ "token": "x" })] {
        delete(&app, &ada, body).await.assert(404, &[], "");
    }
    let answer = app.post("/delete-user").json(&json!({})).send().await;
    answer.assert(401, &[], UNAUTHORIZED);
    assert_eq!(app.count("user"), 1);
}

#[tokio::test]
async fn a9_a_deletion_that_fails_deletes_nothing() {
    let app = app().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sql("create trigger t before delete on user begin select raise(abort, 'no'); end;");
    assert_eq!(delete(&app, &ada, json!({})).await.status, 503);
    for table in ["user", "account", "session"] {
        assert_eq!(app.count(table), 1, "{table}");
    }
    assert_eq!(app.ended.lock().unwrap().len(), 0);
    assert_eq!(app.get("/token").of(&ada).send().await.status, 200);
}

#[tokio::test]
async fn fifty_deletions_at_once_among_other_changes_leave_nothing() {
    let app = app().await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let mut race = JoinSet::new();
    for number in 0..50 {
        race.spawn(app.post("/delete-user").json(&json!({})).of(&ada).send());
        let name = json!({ "name": format!("Ada {number}") });
        race.spawn(app.post("/update-user").json(&name).of(&ada).send());
    }
    for answer in race.join_all().await {
        assert!([200, 401].contains(&answer.status.as_u16()), "{answer:?}");
    }
    for table in ["user", "account", "session"] {
        assert_eq!(app.count(table), 1, "{table}: Bob's");
    }
    assert_eq!(app.ended.lock().unwrap().len(), 1);
    assert_eq!(app.get("/get-session").of(&bob).send().await.json()["user"]["id"], bob.user_id);
}
