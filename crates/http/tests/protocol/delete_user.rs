//! POST /delete-user.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tessera_engine::{Mail, MailSubject};
use tokio::task::JoinSet;

use crate::support::{Answer, App, DAY, ORIGIN, Options, PASSWORD, Person, cleared, refusal};

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
    assert_eq!(delete(&app, &ada, json!({})).await.status, 500);
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

const MAILED: &str = r#"{"success":true,"message":"Verification email sent"}"#;

async fn app_with_links() -> App {
    let options =
        Options { delete_user: true, delete_user_verification: true, ..Options::default() };
    App::with(options).await
}

fn token_of(mail: &Mail) -> &str {
    let (_, rest) = mail.link.split_once("/delete-user/callback?token=").unwrap();
    rest.split('&').next().unwrap()
}

#[tokio::test]
async fn n22_a_mailed_link_deletes_the_account_of_whoever_asked() {
    let app = app_with_links().await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    delete(&app, &ada, json!({ "password": "not hers" })).await.assert(400, &[], WRONG);
    delete(&app, &ada, json!({ "callbackURL": "/bye" })).await.assert(200, &[], MAILED);
    let mail = app.mail().await;
    let token = token_of(&mail);
    assert_eq!((mail.to.as_str(), &mail.subject), ("ada@example.com", &MailSubject::DeleteAccount));
    let is_like_npms = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    assert!(token.len() == 32 && token.bytes().all(is_like_npms), "{token}");
    let link = format!("{ORIGIN}/api/auth/delete-user/callback?token={token}&callbackURL=%2Fbye");
    assert_eq!(mail.link, link);

    let signed_out = [("location", "/bye?error=FAILED_TO_GET_USER_INFO")];
    app.follow(&mail).send().await.assert(302, &signed_out, "");
    let somebody_else = [("location", "/bye?error=INVALID_TOKEN")];
    app.follow(&mail).of(&bob).send().await.assert(302, &somebody_else, "");
    assert_eq!((app.count("user"), app.count("verification")), (2, 1));

    let done = app.follow(&mail).of(&ada).send().await;
    done.assert(302, &[&cleared()[..], &[("location", "/bye")]].concat(), "");
    assert_eq!((app.count("user"), app.count("verification")), (1, 0));
    assert!(app.is_live(&bob).await);
}

#[tokio::test]
async fn n22_the_token_may_be_sent_back_and_is_for_nothing_else() {
    let app = app_with_links().await;
    let ada = app.sign_up("ada@example.com").await;
    delete(&app, &ada, json!({})).await.assert(200, &[], MAILED);
    let mail = app.mail().await;
    let token = token_of(&mail);
    let unknown = refusal("INVALID_TOKEN", "Invalid token");
    let reset = json!({ "newPassword": "another-horse-8", "token": token });
    app.post("/reset-password").json(&reset).send().await.assert(400, &[], &unknown);
    let path = "/delete-user/callback?token=nope";
    app.get(path).of(&ada).send().await.assert(404, &[], &unknown);
    let nobody = refusal("FAILED_TO_GET_USER_INFO", "Failed to get user info");
    app.get(path).send().await.assert(404, &[], &nobody);
    delete(&app, &ada, json!({ "token": token })).await.assert(200, &cleared(), DELETED);
    assert_eq!(app.count("user"), 0);
}

#[tokio::test]
async fn n22_a_link_works_for_a_day() {
    let app = app_with_links().await;
    let ada = app.sign_up("ada@example.com").await;
    delete(&app, &ada, json!({})).await.assert(200, &[], MAILED);
    let mail = app.mail().await;
    app.pass(DAY + Duration::from_secs(1));
    let ada = app.sign_in("ada@example.com").await;
    let dead = [("location", "/?error=INVALID_TOKEN")];
    app.follow(&mail).of(&ada).send().await.assert(302, &dead, "");
    assert_eq!(app.count("user"), 1);
}

#[tokio::test]
async fn n22_fifty_follow_one_link_and_one_deletes() {
    let app = Arc::new(app_with_links().await);
    let ada = app.sign_up("ada@example.com").await;
    delete(&app, &ada, json!({})).await.assert(200, &[], MAILED);
    let mail = app.mail().await;
    let mut all = JoinSet::new();
    for _ in 0..50 {
        let call = app.follow(&mail).of(&ada);
        all.spawn(async move { call.send().await.header("location").unwrap().to_owned() });
    }
    let done = all.join_all().await.iter().filter(|location| *location == "/").count();
    assert_eq!(done, 1);
    assert_eq!((app.count("user"), app.count("verification")), (0, 0));
}

#[tokio::test]
async fn the_link_is_not_there_where_nobody_deletes() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let answer = app.get("/delete-user/callback?token=nope").of(&ada).send().await;
    answer.assert(404, &[], &refusal("NOT_FOUND", "Not found"));
}
