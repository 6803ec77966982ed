//! POST /change-password.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{
    Answer, App, DAY, NOW, PASSWORD, Person, SIGNED_TRUE, cleared, raw_signed, refusal,
    session_cookie, signed, text,
};

const NEW: &str = "another-horse-8";
const WRONG: &str = r#"{"message":"Invalid password","code":"INVALID_PASSWORD"}"#;
const UNAUTHORIZED: &str = r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#;

fn change(current: &str, new: &str) -> Value {
    json!({ "currentPassword": current, "newPassword": new })
}

fn change_and_revoke(current: &str, new: &str) -> Value {
    json!({ "currentPassword": current, "newPassword": new, "revokeOtherSessions": true })
}

async fn post(app: &App, person: &Person, body: &Value) -> Answer {
    app.post("/change-password").json(body).of(person).send().await
}

async fn opens(app: &App, email: &str, password: &str) -> bool {
    let body = json!({ "email": email, "password": password });
    app.post("/sign-in/email").json(&body).send().await.status == 200
}

fn user(person: &Person) -> String {
    format!(
        r#"{{"name":"Ada","email":"ada@example.com","emailVerified":false,"image":null,"createdAt":"{NOW}","updatedAt":"{NOW}","id":"{}"}}"#,
        person.user_id
    )
}

#[tokio::test]
async fn a8_the_new_password_opens_and_the_old_one_does_not() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let answer = post(&app, &ada, &change(PASSWORD, NEW)).await;
    answer.assert(200, &[], &format!(r#"{{"token":null,"user":{}}}"#, user(&ada)));

    assert!(opens(&app, "ada@example.com", NEW).await);
    assert!(!opens(&app, "ada@example.com", PASSWORD).await);
    assert!(opens(&app, "bob@example.com", PASSWORD).await);
    let session = app.get("/get-session").of(&ada).send().await.json();
    assert_eq!(session["session"]["token"], ada.token, "the session stays");
    assert_eq!(app.get("/get-session").of(&bob).send().await.json()["user"]["id"], bob.user_id);
    assert_eq!(app.ended.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a8_all_sessions_end_with_their_tokens_and_a_new_one_begins() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let elsewhere = app.sign_in("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    app.pass(DAY);
    let body = change_and_revoke(PASSWORD, NEW);
    let call =
        app.post("/change-password").json(&body).of(&ada).header("user-agent", "Browser/1.0");
    let answer = call.from("192.0.2.7").send().await;

    let token = text(&answer.json()["token"]);
    assert_ne!(token, ada.token);
    answer.assert(
        200,
        &[
            ("access-control-expose-headers", "set-auth-token"),
            ("set-auth-token", &raw_signed(&token)),
            ("set-cookie", &session_cookie(&token)),
        ],
        &format!(r#"{{"token":"{token}","user":{}}}"#, user(&ada)),
    );
    let session = app.get("/get-session").bearer(&token).send().await.json()["session"].clone();
    let expected = json!({
        "expiresAt": "2027-01-23T08:00:00.000Z", "token": token,
        "createdAt": "2027-01-16T08:00:00.000Z", "updatedAt": "2027-01-16T08:00:00.000Z",
        "ipAddress": "192.0.2.7", "userAgent": "Browser/1.0",
        "userId": ada.user_id, "id": session["id"],
    });
    assert_eq!(session, expected);

    for old in [&ada, &elsewhere] {
        let answer = app.get("/token").of(old).send().await;
        answer.assert(401, &cleared(), UNAUTHORIZED);
    }
    {
        let ended = app.ended.lock().unwrap();
        assert_eq!(ended.len(), 2, "the tokens of both are refused");
        assert!(ended.iter().all(|session| session.user_id.as_str() == ada.user_id));
    }
    assert_eq!(app.get("/get-session").of(&bob).send().await.json()["user"]["id"], bob.user_id);
}

#[tokio::test]
async fn a_session_that_is_not_remembered_stays_so() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let cookies = format!("{}; better-auth.dont_remember={SIGNED_TRUE}", ada.cookie);
    let body = change_and_revoke(PASSWORD, NEW);
    let answer = app.post("/change-password").json(&body).cookie(&cookies).send().await;
    let token = text(&answer.json()["token"]);
    assert_eq!(
        answer.cookies(),
        [
            format!("better-auth.session_token={}; Path=/; HttpOnly; SameSite=Lax", signed(&token)),
            format!("better-auth.dont_remember={SIGNED_TRUE}; Path=/; HttpOnly; SameSite=Lax"),
        ]
    );
}

#[tokio::test]
async fn refusals_in_their_order() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let (long, short) = ("x".repeat(129), "short");
    let too_short = refusal("PASSWORD_TOO_SHORT", "Password too short");
    let too_long = refusal("PASSWORD_TOO_LONG", "Password too long");
    let too_common = refusal("PASSWORD_TOO_COMMON", "This password is too common. Choose another.");
    for (body, expected) in [
        (change(&long, short), too_short.as_str()),
        (change("wrong", ""), &too_short),
        (change("wrong", &long), &too_long),
        (change(&long, NEW), &too_long),
        (change("wrong", "password1"), WRONG),
        (change("", NEW), WRONG),
        (change_and_revoke("not hers at all", NEW), WRONG),
        (change(PASSWORD, "password1"), &too_common),
        (change(PASSWORD, "ada@example.com"), &too_common),
    ] {
        post(&app, &ada, &body).await.assert(400, &[], expected);
    }
    assert!(opens(&app, "ada@example.com", PASSWORD).await);
    assert_eq!(app.ended.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn members_come_before_the_session() {
    let app = App::new().await;
    let expected = "Invalid input: expected string, received";
    for (body, message) in [
        (
            json!({}),
            format!(
                "[body.newPassword] {expected} undefined; [body.currentPassword] {expected} undefined"
            ),
        ),
        (
            json!({ "newPassword": 1, "currentPassword": null, "revokeOtherSessions": null }),
            format!(
                "[body.newPassword] {expected} number; [body.currentPassword] {expected} null; \
                 [body.revokeOtherSessions] Invalid input: expected boolean, received null"
            ),
        ),
    ] {
        let answer = app.post("/change-password").json(&body).send().await;
        answer.assert(400, &[], &refusal("VALIDATION_ERROR", &message));
    }
    let answer = app.post("/change-password").json(&change("a", "b")).send().await;
    answer.assert(401, &[], UNAUTHORIZED);
}

#[tokio::test]
async fn somebody_without_a_password_cannot_change_it() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let none = refusal("CREDENTIAL_ACCOUNT_NOT_FOUND", "Credential account not found");
    for (sql, expected) in [
        ("update account set password = 'nonsense'", WRONG),
        ("update account set password = null", none.as_str()),
        ("delete from account", &none),
    ] {
        app.sql(sql);
        post(&app, &ada, &change(PASSWORD, NEW)).await.assert(400, &[], expected);
    }
}

#[tokio::test]
async fn a9_a_change_that_fails_leaves_everything_as_it_was() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sql("create trigger full before insert on session begin select raise(abort, 'no'); end;");
    let answer = post(&app, &ada, &change_and_revoke(PASSWORD, NEW)).await;
    assert_eq!(answer.status, 500);
    app.sql("drop trigger full;");
    assert!(opens(&app, "ada@example.com", PASSWORD).await);
    assert_eq!(app.get("/get-session").of(&ada).send().await.json()["user"]["id"], ada.user_id);
    assert_eq!(app.ended.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn of_fifty_changes_at_once_exactly_one_wins() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let mut race = JoinSet::new();
    for number in 0..50 {
        let new = format!("another-horse-{number}");
        let call = app.post("/change-password").json(&change_and_revoke(PASSWORD, &new)).of(&ada);
        race.spawn(async move { (new, call.send().await) });
    }
    let mut winner = None;
    for (new, answer) in race.join_all().await {
        match answer.status.as_u16() {
            200 => assert!(winner.replace((new, text(&answer.json()["token"]))).is_none()),
            // Whoever came after the change has a session that is over, or a password that is.
            400 => answer.assert(400, &[], WRONG),
            status => assert_eq!(status, 401),
        }
    }
    let (password, token) = winner.unwrap();
    assert!(opens(&app, "ada@example.com", &password).await);
    assert!(!opens(&app, "ada@example.com", PASSWORD).await);
    assert_eq!(
        app.get("/get-session").bearer(&token).send().await.json()["user"]["id"],
        ada.user_id
    );
    assert_eq!(app.count("account"), 1);
    assert_eq!(app.count("session"), 2, "the winner's, and that of the sign-in here");
    assert_eq!(app.ended.lock().unwrap().len(), 1);
}
