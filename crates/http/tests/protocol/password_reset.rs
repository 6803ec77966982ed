//! `/request-password-reset` and `/reset-password`.

use serde_json::json;
use tessera_engine::{EmailSettings, Mail, MailSubject};
use tessera_http::RateLimit;
use tokio::task::JoinSet;

use crate::corrupt_rows::assert_broken;
use crate::support::{Answer, App, HOUR, ORIGIN, Options, PASSWORD};

const SAID: &str = r#"{"status":true,"message":"If this email exists in our system, check your email for the reset link"}"#;
const DONE: &str = r#"{"status":true}"#;
const INVALID: &str = r#"{"message":"Invalid token","code":"INVALID_TOKEN"}"#;
const OTHER: &str = "another-horse-8";

impl App {
    async fn ask(&self, email: &str) -> Answer {
        let body = json!({ "email": email, "redirectTo": "/reset?x=1" });
        self.post("/request-password-reset").json(&body).send().await
    }

    /// Asks for a reset of an account's password, and reads the token in the mail.
    async fn reset_token(&self, email: &str) -> String {
        self.ask(email).await.assert(200, &[], SAID);
        token_of(&self.mail().await).to_owned()
    }

    async fn reset(&self, token: &str, password: &str) -> Answer {
        let body = json!({ "newPassword": password, "token": token });
        self.post("/reset-password").json(&body).send().await
    }
}

fn token_of(mail: &Mail) -> &str {
    let (_, rest) = mail.link.split_once("/reset-password/").unwrap();
    rest.split('?').next().unwrap()
}

#[tokio::test]
async fn a_mailed_link_leads_to_a_new_password() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.verified("ada@example.com");
    app.ask("ADA@example.com").await.assert(200, &[], SAID);
    let mail = app.mail().await;
    let token = token_of(&mail);
    assert_eq!(token.len(), 24);
    assert_eq!(mail.to.as_str(), "ada@example.com");
    assert_eq!(mail.subject, MailSubject::ResetPassword);
    let link = format!("{ORIGIN}/api/auth/reset-password/{token}?callbackURL=%2Freset%3Fx%3D1");
    assert_eq!(mail.link, link);
    let row = format!("reset-password:{token} {} 2027-01-15T09:00:00.000Z", ada.user_id);
    let kept = r#"select "identifier" || ' ' || "value" || ' ' || "expiresAt" from "verification""#;
    assert_eq!(app.value(kept), row);

    let location = format!("{ORIGIN}/reset?x=1&token={token}");
    for _ in 0..2 {
        let answer = app.follow(&mail).send().await;
        answer.assert(302, &[("location", &location)], "");
    }
    app.reset(token, OTHER).await.assert(200, &[], DONE);
    assert!(!app.opens("ada@example.com", PASSWORD).await);
    assert!(app.opens("ada@example.com", OTHER).await);
    assert!(app.is_live(&ada).await, "sessions stay");
    assert_eq!(app.count("verification"), 0);

    app.reset(token, "yet-another-9").await.assert(400, &[], INVALID);
    let location = format!("{ORIGIN}/reset?x=1&error=INVALID_TOKEN");
    app.follow(&mail).send().await.assert(302, &[("location", &location)], "");
}

#[tokio::test]
async fn nobody_is_told_who_has_an_account() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    app.ask("nobody@example.com").await.assert(200, &[], SAID);
    app.ask("ada@example.com").await.assert(200, &[], SAID);
    assert_eq!(app.mail().await.to.as_str(), "ada@example.com", "the first mail is hers");
    assert_eq!(app.count("verification"), 1);
}

#[tokio::test]
async fn the_answer_does_not_wait_for_what_only_an_account_needs() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    // With the database held by somebody else, nothing can be written: the answer comes all the same.
    let held = app.hold_database();
    for email in ["ada@example.com", "nobody@example.com"] {
        app.ask(email).await.assert(200, &[], SAID);
    }
    drop(held);
    assert_eq!(app.mail().await.subject, MailSubject::ResetPassword);
}

#[tokio::test]
async fn a_request_is_refused_before_anybody_is_looked_up() {
    let app = App::new().await;
    for (body, refusal) in [
        (json!({}), "[body.email] Invalid input: expected string, received undefined"),
        (json!({ "email": "nope" }), "[body.email] Invalid email address"),
    ] {
        let answer = app.post("/request-password-reset").json(&body).send().await;
        let body = format!(r#"{{"message":"{refusal}","code":"VALIDATION_ERROR"}}"#);
        answer.assert(400, &[], &body);
    }
    let body = json!({ "email": "ada@example.com", "redirectTo": "https://evil.example" });
    app.post("/request-password-reset").json(&body).send().await.assert(
        403,
        &[],
        r#"{"message":"Invalid redirectURL","code":"INVALID_REDIRECT_URL"}"#,
    );
    let silent = App::with(Options { mail: false, ..Options::default() }).await;
    silent.ask("ada@example.com").await.assert(
        400,
        &[],
        r#"{"message":"Reset password isn't enabled","code":"RESET_PASSWORD_DISABLED"}"#,
    );
}

#[tokio::test]
async fn three_requests_a_minute() {
    let app = App::with(Options { rate_limit: RateLimit::On, ..Options::default() }).await;
    for _ in 0..3 {
        app.ask("nobody@example.com").await.assert(200, &[], SAID);
    }
    assert_eq!(app.ask("nobody@example.com").await.status, 429);
}

#[tokio::test]
async fn a_link_is_good_for_an_hour() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let token = app.reset_token("ada@example.com").await;
    app.pass(HOUR);
    assert_eq!(
        app.get(&format!("/reset-password/{token}?callbackURL=/x")).send().await.header("location"),
        Some(&*format!("{ORIGIN}/x?token={token}"))
    );
    app.pass(std::time::Duration::from_millis(1));
    app.reset(&token, OTHER).await.assert(400, &[], INVALID);
    let location = format!("{ORIGIN}/x?error=INVALID_TOKEN");
    let path = format!("/reset-password/{token}?callbackURL=/x");
    app.get(&path).send().await.assert(302, &[("location", &location)], "");
    assert!(app.opens("ada@example.com", PASSWORD).await);

    app.reset_token("ada@example.com").await;
    assert_eq!(app.count("verification"), 1, "what has expired is swept");
}

#[tokio::test]
async fn a_refused_password_does_not_spend_the_token() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let token = app.reset_token("ada@example.com").await;
    for (password, refusal) in [
        ("short", r#"{"message":"Password too short","code":"PASSWORD_TOO_SHORT"}"#),
        (&*"x".repeat(129), r#"{"message":"Password too long","code":"PASSWORD_TOO_LONG"}"#),
        (
            "password1",
            r#"{"message":"This password is too common. Choose another.","code":"PASSWORD_TOO_COMMON"}"#,
        ),
    ] {
        app.reset(&token, password).await.assert(400, &[], refusal);
    }
    app.reset(&token, OTHER).await.assert(200, &[], DONE);
}

#[tokio::test]
async fn the_token_may_stand_in_the_query() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let token = app.reset_token("ada@example.com").await;
    let body = json!({ "newPassword": OTHER });
    for none in ["/reset-password", "/reset-password?token="] {
        app.post(none).json(&body).send().await.assert(400, &[], INVALID);
    }
    let twice = r#"{"message":"[query.token] Invalid input: expected string, received array","code":"VALIDATION_ERROR"}"#;
    let path = format!("/reset-password?token={token}&token={token}");
    app.post(&path).json(&body).send().await.assert(400, &[], twice);
    let path = format!("/reset-password?token={token}");
    app.post(&path).json(&body).send().await.assert(200, &[], DONE);
    assert!(app.opens("ada@example.com", OTHER).await);
}

#[tokio::test]
async fn n22_of_fifty_redemptions_exactly_one_succeeds() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let token = app.reset_token("ada@example.com").await;
    let mut race = JoinSet::new();
    for number in 0..50 {
        let body = json!({ "newPassword": format!("{OTHER}-{number}"), "token": token });
        race.spawn(app.post("/reset-password").json(&body).send());
    }
    let answers = race.join_all().await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    let lost = answers.iter().filter(|answer| answer.body == INVALID).count();
    assert_eq!((won, lost), (1, 49));
}

#[tokio::test]
async fn reg_27_a_token_is_good_for_its_purpose_only() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sql(&format!(
        r#"insert into "verification" ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")
           values ('1', 'delete-account-token', '{0}', '2027-02-01T00:00:00.000Z', '', ''),
                  ('2', 'token', '{0}', '2027-02-01T00:00:00.000Z', '', '')"#,
        ada.user_id
    ));
    for token in ["token", "delete-account-token", ":token", "%", ""] {
        app.reset(token, OTHER).await.assert(400, &[], INVALID);
    }
    assert_eq!(app.count("verification"), 2);
}

#[tokio::test]
async fn reg_11_the_first_proof_of_an_address_ends_the_sessions_of_whoever_came_before() {
    let app = App::new().await;
    let intruder = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let token = app.reset_token("ada@example.com").await;
    app.reset(&token, OTHER).await.assert(200, &[], DONE);
    assert!(!app.is_live(&intruder).await);
    assert!(app.is_live(&bob).await);
    let ended = app.ended.lock().unwrap().len();
    assert_eq!(ended, 1, "its tokens are refused from now on");
}

#[tokio::test]
async fn all_sessions_end_if_the_operator_says_so() {
    let emails =
        EmailSettings { revoke_sessions_on_password_reset: true, ..EmailSettings::default() };
    let app = App::with(Options { emails, ..Options::default() }).await;
    let ada = app.sign_up("ada@example.com").await;
    let again = app.sign_in("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    app.verified("ada@example.com");
    let token = app.reset_token("ada@example.com").await;
    app.reset(&token, OTHER).await.assert(200, &[], DONE);
    assert!(!app.is_live(&ada).await && !app.is_live(&again).await);
    assert!(app.is_live(&bob).await);
    assert_eq!(app.ended.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_account_without_a_password_gets_one_and_one_that_is_gone_does_not() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sql(r#"delete from "account""#);
    let token = app.reset_token("ada@example.com").await;
    app.reset(&token, OTHER).await.assert(200, &[], DONE);
    assert!(app.opens("ada@example.com", OTHER).await);
    let row = r#"select "providerId" || ' ' || "accountId" from "account""#;
    assert_eq!(app.value(row), format!("credential {}", ada.user_id));

    let token = app.reset_token("ada@example.com").await;
    app.sql(r#"delete from "user""#);
    app.reset(&token, OTHER).await.assert(
        400,
        &[],
        r#"{"message":"User not found","code":"USER_NOT_FOUND"}"#,
    );
}

#[tokio::test]
async fn reg_1_a_link_leads_to_trusted_pages_only() {
    let app = App::new().await;
    app.get("/reset-password/x?callbackURL=https://evil.example").send().await.assert(
        403,
        &[],
        r#"{"message":"Invalid callbackURL","code":"INVALID_CALLBACK_URL"}"#,
    );
    app.get("/reset-password/x").send().await.assert(
        400,
        &[],
        r#"{"message":"[query.callbackURL] Invalid input: expected string, received undefined","code":"VALIDATION_ERROR"}"#,
    );
    for (page, location) in [
        ("", "/api/auth/error?error=INVALID_TOKEN"),
        ("/x", "/x?error=INVALID_TOKEN"),
        ("/x?error=a%26error%3Db%26y=%2B#z", "/x?error=INVALID_TOKEN&y=+#z"),
        ("http://localhost:3000", "/?error=INVALID_TOKEN"),
        ("http://localhost:3000/a/b", "/a/b?error=INVALID_TOKEN"),
    ] {
        let page = page.replace('#', "%23").replace('+', "%2B");
        let path = format!("/reset-password/x?callbackURL={page}");
        let location = format!("{ORIGIN}{location}");
        app.get(&path).send().await.assert(302, &[("location", &location)], "");
    }
    app.get("/reset-password/?callbackURL=/x").send().await.assert_exactly(404, &[], "");
}

#[tokio::test]
async fn a_link_from_before_a_new_password_or_address_is_good_no_more() {
    let emails = EmailSettings {
        change: true,
        change_without_verification: true,
        ..EmailSettings::default()
    };
    let app = App::with_emails(emails).await;
    app.sign_up("ada@example.com").await;
    app.sign_up("bob@example.com").await;
    let bobs = app.reset_token("bob@example.com").await;

    let stolen = app.reset_token("ada@example.com").await;
    let used = app.reset_token("ada@example.com").await;
    app.reset(&used, OTHER).await.assert(200, &[], DONE);
    app.reset(&stolen, "yet-another-9").await.assert(400, &[], INVALID);

    let ada = app.sign_in_with("ada@example.com", OTHER).await;
    let kept = app.reset_token("ada@example.com").await;
    let mut body = json!({ "currentPassword": OTHER, "newPassword": PASSWORD });
    let change = app.post("/change-password").json(&body).of(&ada).send().await;
    assert_eq!(change.status, 200);
    let location = format!("{ORIGIN}/x?token={kept}");
    let followed = app.get(&format!("/reset-password/{kept}?callbackURL=/x")).send().await;
    followed.assert(302, &[("location", &location)], "");
    body = json!({
        "currentPassword": PASSWORD, "newPassword": OTHER, "revokeOtherSessions": true,
    });
    let change = app.post("/change-password").json(&body).of(&ada).send().await;
    assert_eq!(change.status, 200);
    app.reset(&kept, "yet-another-9").await.assert(400, &[], INVALID);

    let ada = app.sign_in_with("ada@example.com", OTHER).await;
    let stolen = app.reset_token("ada@example.com").await;
    let change = app.post("/change-email").json(&json!({ "newEmail": "new@example.com" })).of(&ada);
    assert_eq!(change.send().await.status, 200);
    app.reset(&stolen, "yet-another-9").await.assert(400, &[], INVALID);
    assert!(app.opens("new@example.com", OTHER).await);

    app.mail().await;
    app.reset(&bobs, OTHER).await.assert(200, &[], DONE);
}

#[tokio::test]
async fn n14_an_expiry_of_unknown_form_opens_nothing_and_is_named() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    for (column, value) in [
        ("expiresAt", "'someday'"),
        ("expiresAt", "9999999999999"),
        ("expiresAt", "x'ff'"),
        ("value", "x'ff'"),
    ] {
        let token = app.reset_token("ada@example.com").await;
        app.sql(&format!(r#"update "verification" set "{column}" = {value}"#));
        let column = format!("verification.{column}");
        let body = json!({ "newPassword": OTHER, "token": token });
        assert_broken(app.post("/reset-password").json(&body), &column).await;
        let path = format!("/reset-password/{token}?callbackURL=/x");
        assert_broken(app.get(&path), &column).await;
        app.sql(r#"delete from "verification""#);
    }
    assert!(app.opens("ada@example.com", PASSWORD).await);
}
