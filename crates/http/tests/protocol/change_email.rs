//! `POST /change-email`, and the links that it mails.

use std::time::Duration;

use serde_json::{Value, json};
use tessera_engine::{EmailSettings, Mail, MailSubject};
use tokio::task::JoinSet;

use crate::logs::Log;
use crate::support::{
    Answer, App, HOUR, NOW, ORIGIN, Options, PASSWORD, Person, decoded, raw_signed, refusal,
    session_cookie,
};

const DONE: &str = r#"{"status":true}"#;

fn allowed() -> EmailSettings {
    EmailSettings { change: true, ..EmailSettings::default() }
}

fn at_once() -> EmailSettings {
    EmailSettings { change_without_verification: true, ..allowed() }
}

impl App {
    async fn change_email(&self, person: &Person, to: &str) -> Answer {
        let body = json!({ "newEmail": to, "callbackURL": "/settings" });
        self.post("/change-email").json(&body).of(person).send().await
    }

    /// Asks for another address, and answers with the mail that it takes.
    async fn mail_of_change(&self, person: &Person, to: &str) -> Mail {
        self.change_email(person, to).await.assert(200, &[], DONE);
        self.mail().await
    }

    /// Follows a link as a program does, that asks for no page.
    async fn redeem(&self, mail: &Mail) -> Answer {
        self.get(&format!("/verify-email?token={}", token_of(mail))).send().await
    }
}

fn token_of(mail: &Mail) -> &str {
    let (_, rest) = mail.link.split_once("?token=").unwrap();
    rest.split('&').next().unwrap()
}

fn invalid() -> String {
    refusal("INVALID_TOKEN", "Invalid token")
}

/// The cookie and headers with which a session is sent again.
fn resent(person: &Person) -> Vec<(&'static str, String)> {
    vec![
        ("access-control-expose-headers", "set-auth-token".to_owned()),
        ("set-auth-token", raw_signed(&person.token)),
        ("set-cookie", session_cookie(&person.token)),
    ]
}

fn borrowed<'a>(headers: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn changed(person: &Person, email: &str, verified: bool, updated: &str) -> String {
    format!(
        r#"{{"status":true,"user":{{"name":"Ada","email":"{email}","emailVerified":{verified},"image":null,"createdAt":"{NOW}","updatedAt":"{updated}","id":"{}"}}}}"#,
        person.user_id
    )
}

#[tokio::test]
async fn a_verified_address_agrees_first_and_then_the_new_one_does() {
    let app = App::with_emails(allowed()).await;
    let ada = app.sign_up("ada@example.com").await;
    app.sign_up("bob@example.com").await;
    app.verified("ada@example.com");
    let mail = app.mail_of_change(&ada, "New@example.com").await;
    let new_email = tessera_engine::Email::parse("new@example.com").unwrap();
    assert_eq!(mail.to.as_str(), "ada@example.com");
    assert_eq!(mail.subject, MailSubject::ConfirmEmailChange { new_email });
    assert!(mail.link.starts_with(&format!("{ORIGIN}/api/auth/verify-email?token=")));
    assert!(mail.link.ends_with("&callbackURL=%2Fsettings"));
    let now = app.seconds();
    let claims = |step: &str| {
        format!(
            r#"{{"email":"ada@example.com","updateTo":"new@example.com","requestType":"change-email-{step}","userId":"{}","iat":{now},"exp":{}}}"#,
            ada.user_id,
            now + 3600
        )
    };
    assert_eq!(decoded(token_of(&mail)).1, claims("confirmation"));

    app.follow(&mail).send().await.assert(302, &[("location", "/settings")], "");
    assert_eq!(app.addresses(), "ada@example.com ✓, bob@example.com", "not yet");
    let mail = app.mail().await;
    assert_eq!(mail.to.as_str(), "new@example.com");
    assert_eq!(mail.subject, MailSubject::VerifyNewEmail);
    assert!(mail.link.ends_with("&callbackURL=%2Fsettings"));
    assert_eq!(decoded(token_of(&mail)).1, claims("verification"));

    app.pass(Duration::from_secs(60));
    let answer = app.redeem(&mail).await;
    answer.assert(200, &[], &changed(&ada, "new@example.com", true, "2027-01-15T08:01:00.000Z"));
    assert_eq!(app.addresses(), "new@example.com ✓, bob@example.com");
    assert!(app.opens("new@example.com", PASSWORD).await);
    assert!(!app.opens("ada@example.com", PASSWORD).await);
    assert!(app.is_live(&ada).await);
}

#[tokio::test]
async fn an_address_that_nobody_verified_is_not_asked() {
    let app = App::with_emails(allowed()).await;
    let ada = app.sign_up("ada@example.com").await;
    let mail = app.mail_of_change(&ada, "new@example.com").await;
    assert_eq!(mail.to.as_str(), "new@example.com");
    assert_eq!(mail.subject, MailSubject::VerifyNewEmail);
    assert_eq!(app.addresses(), "ada@example.com");

    let headers = resent(&ada);
    let headers = [borrowed(&headers), vec![("location", "/settings")]].concat();
    app.follow(&mail).of(&ada).send().await.assert(302, &headers, "");
    assert_eq!(app.addresses(), "new@example.com", "whether it is verified stays as it was");
}

#[tokio::test]
async fn n22_a_link_changes_the_address_once_though_fifty_follow_it_at_once() {
    let app = App::with_emails(allowed()).await;
    let ada = app.sign_up("ada@example.com").await;
    let mail = app.mail_of_change(&ada, "new@example.com").await;
    let mut race = JoinSet::new();
    for _ in 0..50 {
        race.spawn(app.get(&format!("/verify-email?token={}", token_of(&mail))).send());
    }
    let answers = race.join_all().await;
    let won = changed(&ada, "new@example.com", false, NOW);
    let count = |status: u16, body: &str| {
        answers.iter().filter(|answer| answer.status == status && answer.body == body).count()
    };
    assert_eq!((count(200, &won), count(401, &invalid())), (1, 49));
    assert_eq!(app.addresses(), "new@example.com");
    app.follow(&mail).send().await.assert(
        302,
        &[("location", "/settings?error=INVALID_TOKEN")],
        "",
    );
}

#[tokio::test]
async fn a_change_that_is_done_or_undone_makes_older_links_worthless() {
    let app = App::with_emails(allowed()).await;
    let ada = app.sign_up("ada@example.com").await;
    app.verified("ada@example.com");
    let first = app.mail_of_change(&ada, "first@example.com").await;
    app.redeem(&first).await.assert(200, &[], DONE);
    let first_new = app.mail().await;
    let second = app.mail_of_change(&ada, "second@example.com").await;
    app.redeem(&second).await.assert(200, &[], DONE);
    let second_new = app.mail().await;
    assert_eq!(app.redeem(&second_new).await.status, 200);
    for stale in [&first, &first_new, &second, &second_new] {
        app.redeem(stale).await.assert(401, &[], &invalid());
    }
    assert_eq!(app.addresses(), "second@example.com ✓");
}

#[tokio::test]
async fn of_two_people_who_want_one_address_the_first_to_prove_it_gets_it() {
    let app = App::with_emails(allowed()).await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let hers = app.mail_of_change(&ada, "new@example.com").await;
    let his = app.mail_of_change(&bob, "new@example.com").await;
    app.redeem(&hers).await.assert(200, &[], &changed(&ada, "new@example.com", false, NOW));
    app.redeem(&his).await.assert(
        422,
        &[],
        &refusal(
            "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
            "User already exists. Use another email.",
        ),
    );
    let location = "/settings?error=INVALID_TOKEN";
    app.follow(&his).send().await.assert(302, &[("location", location)], "");
    assert_eq!(app.addresses(), "new@example.com, bob@example.com");
}

#[tokio::test]
async fn an_address_that_is_taken_is_answered_alike_and_nothing_happens() {
    for emails in [allowed(), at_once()] {
        let app = App::with_emails(emails).await;
        let ada = app.sign_up("ada@example.com").await;
        app.sign_up("bob@example.com").await;
        app.change_email(&ada, "Bob@example.com").await.assert(200, &[], DONE);
        assert_eq!(app.addresses(), "ada@example.com, bob@example.com");
        let headers = if emails.change_without_verification { resent(&ada) } else { Vec::new() };
        let answer = app.change_email(&ada, "new@example.com").await;
        answer.assert(200, &borrowed(&headers), DONE);
        assert_eq!(app.mail().await.to.as_str(), "new@example.com", "the first mail");
    }
}

#[tokio::test]
async fn the_links_of_a_change_are_good_for_an_hour_each() {
    let app = App::with_emails(allowed()).await;
    let ada = app.sign_up("ada@example.com").await;
    app.verified("ada@example.com");
    let confirm = app.mail_of_change(&ada, "new@example.com").await;
    app.pass(HOUR - Duration::from_secs(1));
    app.redeem(&confirm).await.assert(200, &[], DONE);
    let verify = app.mail().await;
    app.pass(Duration::from_secs(1));
    let expired = refusal("TOKEN_EXPIRED", "Token expired");
    app.redeem(&confirm).await.assert(401, &[], &expired);
    app.pass(HOUR - Duration::from_secs(1));
    app.redeem(&verify).await.assert(401, &[], &expired);
    let location = "/?error=TOKEN_EXPIRED";
    app.follow(&verify).send().await.assert(302, &[("location", location)], "");
    assert_eq!(app.addresses(), "ada@example.com ✓");
}

#[tokio::test]
async fn somebody_else_cannot_follow_the_link_while_signed_in() {
    let app = App::with_emails(allowed()).await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let other = refusal("INVALID_USER", "Invalid user");
    for verified in [false, true] {
        if verified {
            app.verified("ada@example.com");
        }
        let mail = app.mail_of_change(&ada, "new@example.com").await;
        let path = format!("/verify-email?token={}", token_of(&mail));
        app.get(&path).of(&bob).send().await.assert(401, &[], &other);
        let location = "/settings?error=INVALID_USER";
        app.follow(&mail).of(&bob).send().await.assert(302, &[("location", location)], "");
    }
    assert_eq!(app.addresses(), "ada@example.com ✓, bob@example.com");
}

#[tokio::test]
async fn an_account_that_is_gone_gets_no_address() {
    let app = App::with_emails(allowed()).await;
    let ada = app.sign_up("ada@example.com").await;
    let mail = app.mail_of_change(&ada, "new@example.com").await;
    app.sql(r#"delete from "session"; delete from "account"; delete from "user""#);
    let gone = refusal("USER_NOT_FOUND", "User not found");
    app.redeem(&mail).await.assert(401, &[], &gone);
    app.sign_up("ada@example.com").await;
    app.redeem(&mail).await.assert(401, &[], &gone);
    assert_eq!(app.addresses(), "ada@example.com", "it is another Ada");
}

#[tokio::test]
async fn an_address_that_nobody_verified_changes_at_once_if_the_operator_says_so() {
    let app = App::with_emails(at_once()).await;
    let ada = app.sign_up("ada@example.com").await;
    app.sign_up("bob@example.com").await;
    let headers = resent(&ada);
    let answer = app.change_email(&ada, "new@example.com").await;
    answer.assert(200, &borrowed(&headers), DONE);
    assert_eq!(app.addresses(), "new@example.com, bob@example.com");
    let mail = app.mail().await;
    assert_eq!(
        (mail.to.as_str(), mail.subject.clone()),
        ("new@example.com", MailSubject::VerifyEmail)
    );
    app.follow(&mail).send().await.assert(302, &[("location", "/settings")], "");
    assert_eq!(app.addresses(), "new@example.com ✓, bob@example.com");

    let mail = app.mail_of_change(&ada, "newer@example.com").await;
    assert_eq!(mail.to.as_str(), "new@example.com", "what is verified has to agree");
    assert_eq!(app.addresses(), "new@example.com ✓, bob@example.com");
}

#[tokio::test]
async fn of_fifty_who_take_one_address_at_once_one_gets_it() {
    let app = App::with_emails(at_once()).await;
    let mut race = JoinSet::new();
    for number in 0..5 {
        let person = app.sign_up(&format!("{number}@example.com")).await;
        for _ in 0..10 {
            let body = json!({ "newEmail": "new@example.com" });
            race.spawn(app.post("/change-email").json(&body).of(&person).send());
        }
    }
    let same = r#"{"message":"Email is the same"}"#;
    for answer in race.join_all().await {
        match answer.status.as_u16() {
            200 => assert_eq!(answer.body, DONE),
            // Whoever has got it already has it.
            status => assert_eq!((status, answer.body.as_str()), (400, same)),
        }
    }
    let new = r#"select count(*) || '' from "user" where "email" = 'new@example.com'"#;
    assert_eq!((app.value(new), app.count("user")), ("1".to_owned(), 5));
    assert_eq!(app.mail().await.subject, MailSubject::VerifyEmail);
}

#[tokio::test]
async fn refusals_in_their_order() {
    let expected = "Invalid input: expected string, received";
    let disabled = App::new().await;
    let ada = disabled.sign_up("ada@example.com").await;
    let without = refusal("CHANGE_EMAIL_DISABLED", "Change email is disabled");
    for to in ["ada@example.com", "new@example.com"] {
        disabled.change_email(&ada, to).await.assert(400, &[], &without);
    }

    let silent = Options { mail: false, emails: allowed(), ..Options::default() };
    let silent = disabled.beside(silent).await;
    let same = r#"{"message":"Email is the same"}"#;
    let nobody = r#"{"message":"Verification email isn't enabled"}"#;
    silent.change_email(&ada, "ADA@example.com").await.assert(400, &[], same);
    silent.change_email(&ada, "new@example.com").await.assert(400, &[], nobody);

    let app = disabled.beside_with(allowed()).await;
    for (body, message) in [
        (json!({}), format!("[body.newEmail] {expected} undefined")),
        (json!({ "newEmail": null }), format!("[body.newEmail] {expected} null")),
        (json!({ "newEmail": "nope" }), "[body.newEmail] Invalid email address".to_owned()),
    ] {
        let answer = app.post("/change-email").json(&body).of(&ada).send().await;
        answer.assert(400, &[], &refusal("VALIDATION_ERROR", &message));
    }
    let evil: Value =
        json!({ "newEmail": "new@example.com", "callbackURL": "https://evil.example" });
    app.post("/change-email").json(&evil).of(&ada).send().await.assert(
        403,
        &[],
        &refusal("INVALID_CALLBACK_URL", "Invalid callbackURL"),
    );
    let body = json!({ "newEmail": "new@example.com" });
    let unauthorized = refusal("UNAUTHORIZED", "Unauthorized");
    app.post("/change-email").json(&body).send().await.assert(401, &[], &unauthorized);
    assert_eq!(app.addresses(), "ada@example.com");
}

#[tokio::test]
async fn without_a_sender_only_what_needs_no_link_can_be_done() {
    let silent = Options { mail: false, emails: at_once(), ..Options::default() };
    let app = App::with(silent).await;
    let ada = app.sign_up("ada@example.com").await;
    let headers = resent(&ada);
    let answer = app.change_email(&ada, "new@example.com").await;
    answer.assert(200, &borrowed(&headers), DONE);
    app.verified("new@example.com");
    let nobody = r#"{"message":"Verification email isn't enabled"}"#;
    app.change_email(&ada, "newer@example.com").await.assert(400, &[], nobody);
    assert_eq!(app.addresses(), "new@example.com ✓");
}

#[tokio::test]
async fn v6_no_link_and_no_address_is_logged() {
    let log = Log::start();
    let app = App::with_emails(allowed()).await;
    let ada = app.sign_up("ada@example.com").await;
    app.verified("ada@example.com");
    let confirm = app.mail_of_change(&ada, "new@example.com").await;
    app.redeem(&confirm).await.assert(200, &[], DONE);
    let verify = app.mail().await;
    assert_eq!(app.redeem(&verify).await.status, 200);
    app.redeem(&verify).await.assert(401, &[], &invalid());
    let text = log.text();
    for told in ["email_change_requested", "email_changed", "INVALID_TOKEN"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    for mail in [&confirm, &verify] {
        let signature = token_of(mail).rsplit('.').next().unwrap();
        assert!(!text.contains(signature));
    }
    for address in ["ada@example.com", "new@example.com"] {
        assert!(!text.contains(address), "{address}");
    }
}

#[tokio::test]
async fn a_new_password_ends_the_changes_under_way() {
    for revoke in [true, false] {
        let app = App::with_emails(allowed()).await;
        let ada = app.sign_up("ada@example.com").await;
        let stolen = app.mail_of_change(&ada, "eve@example.com").await;
        app.verified("ada@example.com");
        let confirmation = app.mail_of_change(&ada, "eve@example.com").await;
        app.pass(Duration::from_secs(1));
        let body = json!({
            "currentPassword": PASSWORD,
            "newPassword": "another-horse-8",
            "revokeOtherSessions": revoke,
        });
        let change = app.post("/change-password").json(&body).of(&ada).send().await;
        assert_eq!(change.status, 200);
        for link in [&stolen, &confirmation] {
            app.redeem(link).await.assert(401, &[], &invalid());
        }
        assert_eq!(app.addresses(), "ada@example.com ✓");

        app.pass(Duration::from_secs(1));
        let ada = app.sign_in_with("ada@example.com", "another-horse-8").await;
        let own = app.mail_of_change(&ada, "new@example.com").await;
        app.redeem(&own).await.assert(200, &[], DONE);
        let own = app.mail().await;
        assert_eq!(app.redeem(&own).await.status, 200);
        assert_eq!(app.addresses(), "new@example.com ✓");
    }
}
