//! Signing up and in where an address has to be verified, or signing up does not sign in.

use serde_json::{Value, json};
use tessera_engine::{EmailSettings, MailSubject};
use tokio::task::JoinSet;

use crate::logs::Log;
use crate::support::{Answer, App, NOW, ORIGIN, PASSWORD, refusal, session_cookie, text};

const WRONG: &str = r#"{"message":"Invalid email or password","code":"INVALID_EMAIL_OR_PASSWORD"}"#;

fn required() -> EmailSettings {
    EmailSettings { require_verification: true, ..EmailSettings::default() }
}

fn required_and_sent_again() -> EmailSettings {
    EmailSettings { send_on_sign_in: true, ..required() }
}

fn apart() -> EmailSettings {
    EmailSettings { auto_sign_in: false, ..EmailSettings::default() }
}

impl App {
    async fn asks_to_join(&self, name: &str, email: &str) -> Answer {
        let body = json!({
            "name": name, "email": email, "password": PASSWORD, "callbackURL": "/welcome?a=1",
        });
        self.post("/sign-up/email").json(&body).send().await
    }

    async fn presents(&self, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password, "callbackURL": "/dash" });
        self.post("/sign-in/email").json(&body).send().await
    }
}

fn not_verified() -> String {
    refusal("EMAIL_NOT_VERIFIED", "Email not verified")
}

/// The whole answer to a sign-up that does not sign in; answers with the account's id.
#[track_caller]
fn assert_joined(answer: &Answer, name: &str, email: &str) -> String {
    let id = text(&answer.json()["user"]["id"]);
    assert_eq!(id.len(), 32);
    answer.assert(
        200,
        &[],
        &format!(
            r#"{{"token":null,"user":{{"name":"{name}","email":"{email}","emailVerified":false,"image":null,"createdAt":"{NOW}","updatedAt":"{NOW}","id":"{id}"}}}}"#
        ),
    );
    id
}

#[tokio::test]
async fn a1_whoever_signs_up_is_signed_in_only_after_the_link() {
    let app = App::with_emails(required()).await;
    let id =
        assert_joined(&app.asks_to_join("Ada", "Ada@example.com").await, "Ada", "ada@example.com");
    assert_eq!(app.value(r#"select "id" from "user""#), id);
    assert_eq!(app.count("session"), 0);
    let mail = app.mail().await;
    assert_eq!(mail.to.as_str(), "ada@example.com");
    assert_eq!(mail.subject, MailSubject::VerifyEmail);
    assert!(mail.link.starts_with(&format!("{ORIGIN}/api/auth/verify-email?token=")));
    assert!(mail.link.ends_with("&callbackURL=%2Fwelcome%3Fa%3D1"));

    app.presents("ada@example.com", PASSWORD).await.assert(403, &[], &not_verified());
    assert_eq!(app.count("session"), 0);
    app.follow(&mail).send().await.assert(302, &[("location", "/welcome?a=1")], "");
    let answer = app.presents("ada@example.com", PASSWORD).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.cookies(), [session_cookie(&text(&answer.json()["token"]))]);
}

#[tokio::test]
async fn only_whoever_knows_the_password_is_told_that_the_address_is_not_verified() {
    let app = App::with_emails(required_and_sent_again()).await;
    app.asks_to_join("Ada", "ada@example.com").await;
    app.asks_to_join("Bob", "bob@example.com").await;
    assert_eq!(app.mail().await.to.as_str(), "ada@example.com");
    assert_eq!(app.mail().await.to.as_str(), "bob@example.com");
    for (email, password) in [
        ("ada@example.com", "a-wrong-password"),
        ("ada@example.com", ""),
        ("nobody@example.com", PASSWORD),
    ] {
        app.presents(email, password).await.assert(401, &[], WRONG);
    }
    app.presents("bob@example.com", PASSWORD).await.assert(403, &[], &not_verified());
    let mail = app.mail().await;
    assert_eq!(mail.to.as_str(), "bob@example.com", "the first mail since is his");
    assert!(mail.link.ends_with("&callbackURL=%2Fdash"));
    app.follow(&mail).send().await.assert(302, &[("location", "/dash")], "");
    assert_eq!(app.addresses(), "ada@example.com, bob@example.com ✓");
    assert_eq!(app.presents("bob@example.com", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn signing_in_sends_the_link_again_only_if_the_operator_says_so() {
    let app = App::with_emails(required()).await;
    app.asks_to_join("Ada", "ada@example.com").await;
    app.mail().await;
    app.presents("ada@example.com", PASSWORD).await.assert(403, &[], &not_verified());
    app.asks_to_join("Bob", "bob@example.com").await;
    assert_eq!(app.mail().await.to.as_str(), "bob@example.com", "the first mail since is his");
}

#[tokio::test]
async fn signing_up_sends_a_link_only_if_the_operator_says_so() {
    let sends = EmailSettings { send_on_sign_up: Some(true), ..EmailSettings::default() };
    let app = App::with_emails(sends).await;
    app.sign_up("ada@example.com").await;
    assert_eq!(app.mail().await.to.as_str(), "ada@example.com");
    assert_eq!(app.count("session"), 1, "whoever signs up is signed in nevertheless");

    let silent = app.beside_with(EmailSettings::default()).await;
    silent.sign_up("bob@example.com").await;
    let body = json!({ "email": "ada@example.com" });
    silent.post("/send-verification-email").json(&body).send().await;
    assert_eq!(silent.mail().await.to.as_str(), "ada@example.com", "the first mail is not Bob's");

    let kept = EmailSettings { send_on_sign_up: Some(false), ..required() };
    let silent = app.beside_with(kept).await;
    silent.asks_to_join("Eve", "eve@example.com").await;
    silent.post("/send-verification-email").json(&body).send().await;
    assert_eq!(silent.mail().await.to.as_str(), "ada@example.com", "the first mail is not Eve's");
}

#[tokio::test]
async fn a2_an_address_that_is_taken_is_answered_alike_and_nothing_happens() {
    for emails in [required(), apart()] {
        let app = App::with_emails(emails).await;
        let id = assert_joined(
            &app.asks_to_join("Ada", "ada@example.com").await,
            "Ada",
            "ada@example.com",
        );
        let log = Log::start();
        let eve = app.asks_to_join("Eve", "ADA@example.com").await;
        assert_ne!(assert_joined(&eve, "Eve", "ada@example.com"), id, "made up");
        let refused = json!({ "event": "sign_up_refused", "reason": "email_taken" });
        assert_eq!(log.lines(), [("WARN".to_owned(), refused)]);
        assert_eq!(app.value(r#"select "id" || "name" from "user""#), format!("{id}Ada"));
        assert_eq!((app.count("account"), app.count("session")), (1, 0));
        if emails.sends_on_sign_up() {
            app.asks_to_join("Bob", "bob@example.com").await;
            let mails = [app.mail().await, app.mail().await];
            let to = mails.each_ref().map(|mail| mail.to.as_str());
            assert_eq!(to, ["ada@example.com", "bob@example.com"]);
        }
    }
}

#[tokio::test]
async fn a1_of_fifty_who_join_at_once_one_does_and_all_are_answered_alike() {
    let app = App::with_emails(required()).await;
    let mut race = JoinSet::new();
    for number in 0..50 {
        let name = format!("Ada {number}");
        let body = json!({ "name": name, "email": "ada@example.com", "password": PASSWORD });
        let call = app.post("/sign-up/email").json(&body);
        race.spawn(async move { (name, call.send().await) });
    }
    let mut ids = Vec::new();
    for (name, answer) in race.join_all().await {
        ids.push(assert_joined(&answer, &name, "ada@example.com"));
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 50);
    assert_eq!((app.count("user"), app.count("account"), app.count("session")), (1, 1, 0));
    assert_eq!(app.mail().await.to.as_str(), "ada@example.com");
    app.asks_to_join("Bob", "bob@example.com").await;
    assert_eq!(app.mail().await.to.as_str(), "bob@example.com", "one mail was sent to Ada");
}

#[tokio::test]
async fn where_signing_up_does_not_sign_in_signing_in_does() {
    let app = App::with_emails(apart()).await;
    assert_joined(&app.asks_to_join("Ada", "ada@example.com").await, "Ada", "ada@example.com");
    assert_eq!(app.count("session"), 0);
    assert_eq!(app.presents("ada@example.com", PASSWORD).await.status, 200);
    assert_eq!(app.addresses(), "ada@example.com");
}

#[tokio::test]
async fn a_session_from_before_the_setting_stays_good() {
    let before = App::new().await;
    let ada = before.sign_up("ada@example.com").await;
    let app = before.beside_with(required()).await;
    assert!(app.is_live(&ada).await);
    app.presents("ada@example.com", PASSWORD).await.assert(403, &[], &not_verified());
}

#[tokio::test]
async fn a_refused_sign_up_is_refused_where_nobody_is_told_as_well() {
    let app = App::with_emails(required()).await;
    let expected = refusal("PASSWORD_TOO_SHORT", "Password too short");
    for email in ["ada@example.com", "bob@example.com"] {
        let body: Value = json!({ "name": "Ada", "email": email, "password": "short" });
        app.post("/sign-up/email").json(&body).send().await.assert(400, &[], &expected);
        app.asks_to_join("Ada", "ada@example.com").await;
    }
    assert_eq!(app.count("user"), 1);
}
