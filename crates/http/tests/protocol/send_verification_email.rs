//! `POST /send-verification-email`.

use serde_json::{Value, json};
use tessera_engine::MailSubject;
use tessera_http::RateLimit;

use crate::support::{Answer, App, ORIGIN, Options, Person, cleared, decoded, refusal};

const SENT: &str = r#"{"status":true}"#;

impl App {
    async fn ask_to_verify(&self, email: &str) -> Answer {
        self.post("/send-verification-email").json(&json!({ "email": email })).send().await
    }

    async fn asks_to_verify(&self, person: &Person, email: &str) -> Answer {
        let body = json!({ "email": email });
        self.post("/send-verification-email").json(&body).of(person).send().await
    }
}

#[tokio::test]
async fn the_link_holds_what_the_npm_package_puts_there() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    for (body, page) in [
        (json!({ "email": "ADA@example.com" }), "%2F"),
        (json!({ "email": "ada@example.com", "callbackURL": "" }), "%2F"),
        (
            json!({ "email": "ada@example.com", "callbackURL": "/dash?a=1&b='c'" }),
            "%2Fdash%3Fa%3D1%26b%3D'c'",
        ),
    ] {
        app.post("/send-verification-email").json(&body).send().await.assert(200, &[], SENT);
        let mail = app.mail().await;
        assert_eq!(mail.to.as_str(), "ada@example.com");
        assert_eq!(mail.subject, MailSubject::VerifyEmail);
        let before = format!("{ORIGIN}/api/auth/verify-email?token=");
        let rest = mail.link.strip_prefix(&before).unwrap();
        let token = rest.strip_suffix(&format!("&callbackURL={page}")).unwrap();
        let (header, claims) = decoded(token);
        assert_eq!(header, r#"{"alg":"HS256"}"#);
        let now = app.seconds();
        let expected = format!(
            r#"{{"email":"ada@example.com","userId":"{}","iat":{now},"exp":{}}}"#,
            ada.user_id,
            now + 3600
        );
        assert_eq!(claims, expected);
    }
    assert_eq!(app.count("verification"), 0, "no table holds it");
}

#[tokio::test]
async fn nobody_is_told_who_has_an_account_or_has_verified_the_address() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    app.sign_up("bob@example.com").await;
    app.verified("bob@example.com");
    for email in ["nobody@example.com", "bob@example.com", "ada@example.com"] {
        app.ask_to_verify(email).await.assert(200, &[], SENT);
    }
    assert_eq!(app.mail().await.to.as_str(), "ada@example.com", "the first mail is hers");
}

#[tokio::test]
async fn whoever_is_signed_in_is_told_more_of_their_own_address_only() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sign_up("bob@example.com").await;
    app.verified("bob@example.com");
    let mismatch = refusal("EMAIL_MISMATCH", "Email mismatch");
    for email in ["bob@example.com", "nobody@example.com"] {
        app.asks_to_verify(&ada, email).await.assert(400, &[], &mismatch);
    }
    app.asks_to_verify(&ada, "Ada@example.com").await.assert(200, &[], SENT);
    let mail = app.mail().await;
    assert_eq!(mail.to.as_str(), "ada@example.com", "the first mail is hers");
    app.follow(&mail).send().await.assert(302, &[("location", "/")], "");
    app.asks_to_verify(&ada, "ada@example.com").await.assert(
        400,
        &[],
        &refusal("EMAIL_ALREADY_VERIFIED", "Email is already verified"),
    );
}

#[tokio::test]
async fn a_session_that_is_over_counts_as_none() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sign_up("bob@example.com").await;
    app.post("/sign-out").of(&ada).send().await;
    app.asks_to_verify(&ada, "bob@example.com").await.assert(200, &cleared(), SENT);
    assert_eq!(app.mail().await.to.as_str(), "bob@example.com");
}

#[tokio::test]
async fn without_a_sender_it_is_disabled_whoever_asks() {
    let app = App::with(Options { mail: false, ..Options::default() }).await;
    let ada = app.sign_up("ada@example.com").await;
    let disabled = refusal("VERIFICATION_EMAIL_NOT_ENABLED", "Verification email isn't enabled");
    app.ask_to_verify("ada@example.com").await.assert(400, &[], &disabled);
    app.asks_to_verify(&ada, "bob@example.com").await.assert(400, &[], &disabled);
}

#[tokio::test]
async fn members_are_refused_before_anybody_is_looked_up() {
    let app = App::new().await;
    let expected = "Invalid input: expected";
    for (body, message) in [
        (json!({}), format!("[body.email] {expected} string, received undefined")),
        (json!({ "email": "nope" }), "[body.email] Invalid email address".to_owned()),
        (Value::Null, format!("[body] {expected} object, received null")),
        (json!([]), format!("[body] {expected} object, received array")),
    ] {
        let answer = app.post("/send-verification-email").json(&body).send().await;
        answer.assert(400, &[], &refusal("VALIDATION_ERROR", &message));
    }
    let ada = json!({ "email": "ada@example.com", "callbackURL": "https://evil.example" });
    app.post("/send-verification-email").json(&ada).send().await.assert(
        403,
        &[],
        &refusal("INVALID_CALLBACK_URL", "Invalid callbackURL"),
    );
    let form = app.post("/send-verification-email");
    let form = form.body("application/x-www-form-urlencoded", "email=ada@example.com");
    assert_eq!(form.send().await.status, 415);
}

#[tokio::test]
async fn a_page_of_somebody_else_cannot_have_it_sent() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let body = json!({ "email": "ada@example.com" });
    let call = app.post("/send-verification-email").json(&body).header("cookie", &ada.cookie);
    let answer = call.header("origin", "https://evil.example").send().await;
    answer.assert(403, &[], &refusal("INVALID_ORIGIN", "Invalid origin"));
}

#[tokio::test]
async fn three_requests_a_minute() {
    let app = App::with(Options { rate_limit: RateLimit::On, ..Options::default() }).await;
    for _ in 0..3 {
        app.ask_to_verify("nobody@example.com").await.assert(200, &[], SENT);
    }
    assert_eq!(app.ask_to_verify("nobody@example.com").await.status, 429);
}

#[tokio::test]
async fn v5_nobody_is_told_anything_while_the_database_fails() {
    let app = App::new().await;
    app.sql(r#"alter table "user" rename to gone"#);
    for email in ["ada@example.com", "nobody@example.com"] {
        let broken = refusal("INTERNAL_SERVER_ERROR", "Internal server error");
        app.ask_to_verify(email).await.assert(500, &[], &broken);
    }
}
