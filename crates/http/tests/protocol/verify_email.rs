//! `GET /verify-email` with a link that verifies an address.

use std::time::Duration;

use aws_lc_rs::hmac;
use serde_json::json;
use tessera_engine::{AuthSecrets, EmailSettings, Secret};
use tokio::task::JoinSet;

use crate::logs::Log;
use crate::support::{
    Answer, App, HOUR, Options, SECRET, cleared, raw_signed, refusal, session_cookie,
};

const VERIFIED: &str = r#"{"status":true,"user":null}"#;

fn signs_in() -> EmailSettings {
    EmailSettings { sign_in_after_verification: true, ..EmailSettings::default() }
}

impl App {
    /// The token of a link that verifies an address.
    async fn verification_token(&self, email: &str) -> String {
        let body = json!({ "email": email });
        let answer = self.post("/send-verification-email").json(&body).send().await;
        answer.assert(200, &[], r#"{"status":true}"#);
        let link = self.mail().await.link;
        let (_, rest) = link.split_once("?token=").unwrap();
        rest.strip_suffix("&callbackURL=%2F").unwrap().to_owned()
    }

    async fn verify(&self, token: &str) -> Answer {
        self.get(&format!("/verify-email?token={token}")).send().await
    }
}

/// Claims signed with [`SECRET`].
fn signed_claims(claims: &str) -> String {
    let encoded = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
    let text = format!("{}.{}", encoded(br#"{"alg":"HS256"}"#), encoded(claims.as_bytes()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    format!("{text}.{}", encoded(hmac::sign(&key, text.as_bytes()).as_ref()))
}

fn invalid() -> String {
    refusal("INVALID_TOKEN", "Invalid token")
}

#[tokio::test]
async fn a_link_verifies_the_address_it_was_mailed_to_and_no_other() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    app.sign_up("bob@example.com").await;
    let token = app.verification_token("ada@example.com").await;
    app.pass(Duration::from_secs(60));
    for _ in 0..2 {
        app.verify(&token).await.assert(200, &[], VERIFIED);
        assert_eq!(app.addresses(), "ada@example.com ✓, bob@example.com");
        app.pass(Duration::from_secs(60));
    }
    let changed = r#"select "updatedAt" from "user" where "email" = 'ada@example.com'"#;
    assert_eq!(app.value(changed), "2027-01-15T08:01:00.000Z", "the second time changes nothing");
    assert_eq!(app.count("session"), 2, "nobody is signed in by it");
}

#[tokio::test]
async fn a_link_leads_on_to_its_page_as_it_stands() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let token = app.verification_token("ada@example.com").await;
    for (page, location) in [
        ("%2F", "/"),
        ("%2Fdash%3Fa%3D1%23b", "/dash?a=1#b"),
        ("http%3A%2F%2Flocalhost%3A3000%2Fx", "http://localhost:3000/x"),
    ] {
        let path = format!("/verify-email?token={token}&callbackURL={page}");
        app.get(&path).send().await.assert(302, &[("location", location)], "");
    }
    let path = format!("/verify-email?token={token}&callbackURL=");
    app.get(&path).send().await.assert(200, &[], VERIFIED);
    assert_eq!(app.addresses(), "ada@example.com ✓");
}

#[tokio::test]
async fn a_page_that_is_not_trusted_is_refused_before_anything_happens() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let token = app.verification_token("ada@example.com").await;
    let untrusted = refusal("INVALID_CALLBACK_URL", "Invalid callbackURL");
    for page in ["https://evil.example", "//evil.example", "/\\evil.example"] {
        let path = format!("/verify-email?token={token}&callbackURL={page}");
        app.get(&path).send().await.assert(403, &[], &untrusted);
    }
    assert_eq!(app.addresses(), "ada@example.com");
}

#[tokio::test]
async fn a_link_is_good_for_an_hour() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let late = app.verification_token("ada@example.com").await;
    app.pass(Duration::from_secs(1));
    let in_time = app.verification_token("ada@example.com").await;
    app.pass(HOUR - Duration::from_secs(1));
    app.verify(&late).await.assert(401, &[], &refusal("TOKEN_EXPIRED", "Token expired"));
    let path = format!("/verify-email?token={late}&callbackURL=/x%3Fy%3D1%23z");
    let location = "/x?y=1&error=TOKEN_EXPIRED#z";
    app.get(&path).send().await.assert(302, &[("location", location)], "");
    assert_eq!(app.addresses(), "ada@example.com");
    app.verify(&in_time).await.assert(200, &[], VERIFIED);
}

#[tokio::test]
async fn reg_27_what_is_no_link_of_ours_is_not_valid() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let token = app.verification_token("ada@example.com").await;
    let (claims, signature) = token.rsplit_once('.').unwrap();
    let unsigned =
        "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSIsImV4cCI6OTk5OTk5OTk5OX0.";
    let until = app.seconds() + 60;
    let no_address = signed_claims(&format!(r#"{{"foo":1,"iat":1,"exp":{until}}}"#));
    let no_step = signed_claims(&format!(
        r#"{{"email":"ada@example.com","updateTo":"eve@example.com","userId":"{}","iat":1,"exp":{until}}}"#,
        ada.user_id
    ));
    for token in [
        "",
        "nope",
        claims,
        &format!("{claims}."),
        &format!("{claims}.{}", signature.chars().rev().collect::<String>()),
        unsigned,
        &no_address,
        &no_step,
        &ada.token,
    ] {
        app.verify(token).await.assert(401, &[], &invalid());
        let path = format!("/verify-email?token={token}&callbackURL=/x");
        let location = "/x?error=INVALID_TOKEN";
        app.get(&path).send().await.assert(302, &[("location", location)], "");
    }
    assert_eq!(app.addresses(), "ada@example.com");
    app.verify(&token).await.assert(200, &[], VERIFIED);
}

#[tokio::test]
async fn a_link_without_a_token_is_refused() {
    let missing = "[query.token] Invalid input: expected string, received undefined";
    let app = App::new().await;
    for path in ["/verify-email", "/verify-email?callbackURL=/x"] {
        app.get(path).send().await.assert(400, &[], &refusal("VALIDATION_ERROR", missing));
    }
}

#[tokio::test]
async fn a_link_is_for_one_account() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let token = app.verification_token("ada@example.com").await;
    app.sql(r#"update "user" set "email" = 'other@example.com'"#);
    let gone = refusal("USER_NOT_FOUND", "User not found");
    app.verify(&token).await.assert(401, &[], &gone);
    let path = format!("/verify-email?token={token}&callbackURL=/x");
    let location = "/x?error=USER_NOT_FOUND";
    app.get(&path).send().await.assert(302, &[("location", location)], "");

    app.sign_up("ada@example.com").await;
    app.verify(&token).await.assert(401, &[], &invalid());
    assert_eq!(app.addresses(), "other@example.com, ada@example.com", "it is another Ada");
}

#[tokio::test]
async fn a_link_that_names_no_account_is_for_whoever_has_the_address() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let until = app.seconds() + 60;
    let token = signed_claims(&format!(r#"{{"email":"ada@example.com","iat":1,"exp":{until}}}"#));
    app.verify(&token).await.assert(200, &[], VERIFIED);
    assert_eq!(app.addresses(), "ada@example.com ✓");
}

#[tokio::test]
async fn t4_a_link_outlives_a_change_of_the_secret() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let token = app.verification_token("ada@example.com").await;
    let new = "another secret of at least 32 bytes";
    let alone = Secret::parse(new).unwrap().into();
    let forgetful = app.beside(Options { secrets: alone, ..Options::default() }).await;
    forgetful.verify(&token).await.assert(401, &[], &invalid());
    let both = AuthSecrets::parse(&format!("2:{new},1:{SECRET}")).unwrap();
    let rotated = app.beside(Options { secrets: both, ..Options::default() }).await;
    rotated.verify(&token).await.assert(200, &[], VERIFIED);
}

#[tokio::test]
async fn the_first_time_signs_in_if_the_operator_says_so() {
    let app = App::with_emails(signs_in()).await;
    app.sign_up("ada@example.com").await;
    app.sql(r#"delete from "session""#);
    let token = app.verification_token("ada@example.com").await;
    let path = format!("/verify-email?token={token}&callbackURL=/dash");
    let answer = app.get(&path).from("192.0.2.7").header("user-agent", "Browser/1.0").send().await;
    let session = app.value(r#"select "token" from "session""#);
    answer.assert(
        302,
        &[
            ("access-control-expose-headers", "set-auth-token"),
            ("location", "/dash"),
            ("set-auth-token", &raw_signed(&session)),
            ("set-cookie", &session_cookie(&session)),
        ],
        "",
    );
    let live = app.get("/get-session").bearer(&session).send().await.json();
    assert_eq!(live["user"]["emailVerified"], json!(true));
    assert_eq!(live["session"]["ipAddress"], "192.0.2.7");
    assert_eq!(live["session"]["userAgent"], "Browser/1.0");

    app.get(&path).send().await.assert(302, &[("location", "/dash")], "");
    assert_eq!(app.count("session"), 1, "the second time does not");
}

#[tokio::test]
async fn n22_of_fifty_who_follow_a_link_at_once_one_is_signed_in() {
    let app = App::with_emails(signs_in()).await;
    app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let token = app.verification_token("ada@example.com").await;
    let mut race = JoinSet::new();
    for _ in 0..50 {
        race.spawn(app.get(&format!("/verify-email?token={token}")).send());
    }
    let answers = race.join_all().await;
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, VERIFIED));
    }
    let started = answers.iter().filter(|answer| !answer.cookies().is_empty()).count();
    assert_eq!((started, app.count("session")), (1, 3), "beside the two that signed up");
    assert_eq!(app.addresses(), "ada@example.com ✓, bob@example.com");
    assert!(app.is_live(&bob).await);
}

#[tokio::test]
async fn whoever_is_signed_in_stays_so_and_somebody_else_is_signed_out_of_this_browser() {
    let app = App::with_emails(signs_in()).await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let token = app.verification_token("ada@example.com").await;
    let answer = app.get(&format!("/verify-email?token={token}")).of(&ada).send().await;
    let kept = [
        ("access-control-expose-headers", "set-auth-token"),
        ("set-auth-token", &raw_signed(&ada.token)),
        ("set-cookie", &session_cookie(&ada.token)),
    ];
    answer.assert(200, &kept, VERIFIED);
    assert_eq!(app.count("session"), 2, "her own session is the one she has");

    let token = app.verification_token("bob@example.com").await;
    let answer = app.get(&format!("/verify-email?token={token}")).of(&ada).send().await;
    let new = r#"select "token" from "session" order by rowid desc limit 1"#;
    assert_eq!(answer.cookies(), [session_cookie(&app.value(new))]);
    let user = r#"select "userId" from "session" order by rowid desc limit 1"#;
    assert_eq!(app.value(user), bob.user_id);
    assert!(app.is_live(&ada).await && app.is_live(&bob).await);
}

#[tokio::test]
async fn a_session_that_is_over_does_not_keep_the_link_from_signing_in() {
    let app = App::with_emails(signs_in()).await;
    let ada = app.sign_up("ada@example.com").await;
    let token = app.verification_token("ada@example.com").await;
    app.sql(r#"delete from "session""#);
    let answer = app.get(&format!("/verify-email?token={token}")).of(&ada).send().await;
    let [_, data, remember] = cleared();
    let session = session_cookie(&app.value(r#"select "token" from "session""#));
    assert_eq!(answer.cookies(), [data.1, remember.1, session.as_str()]);
}

#[tokio::test]
async fn a9_verified_and_signed_in_or_neither() {
    let app = App::with_emails(signs_in()).await;
    app.sign_up("ada@example.com").await;
    let token = app.verification_token("ada@example.com").await;
    app.sql("create trigger full before insert on session begin select raise(abort, 'no'); end;");
    assert_eq!(app.verify(&token).await.status, 500);
    assert_eq!(app.addresses(), "ada@example.com");
    app.sql("drop trigger full;");
    assert_eq!(app.verify(&token).await.cookies().len(), 1);
}

#[tokio::test]
async fn v6_no_link_is_logged() {
    let log = Log::start();
    let app = App::with_emails(signs_in()).await;
    app.sign_up("ada@example.com").await;
    let token = app.verification_token("ada@example.com").await;
    app.verify(&format!("{token}x")).await.assert(401, &[], &invalid());
    app.verify(&token).await;
    app.pass(HOUR);
    app.verify(&token).await.assert(401, &[], &refusal("TOKEN_EXPIRED", "Token expired"));
    let text = log.text();
    for told in [r#""event":"email_verified""#, r#""event":"sign_in""#, "INVALID_TOKEN"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let session = app.value(r#"select "token" from "session" order by rowid desc limit 1"#);
    let signature = token.rsplit('.').next().unwrap();
    for secret in [signature, &session, "ada@example.com"] {
        assert!(!text.contains(secret), "{secret}");
    }
}
