//! POST /sign-in/email.

use serde_json::json;

use crate::support::{
    App, DAY, HOUR, NOW, PASSWORD, SIGNED_TRUE, raw_signed, session_cookie, signed, text,
};

const WRONG: &str = r#"{"message":"Invalid email or password","code":"INVALID_EMAIL_OR_PASSWORD"}"#;

#[tokio::test]
async fn a2_right_credentials_give_a_session_and_a_jwt() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.pass(HOUR);
    let body = json!({ "email": "ADA@example.com", "password": PASSWORD, "zzz": 1 });
    let answer = app.post("/sign-in/email").json(&body).send().await;

    let token = text(&answer.json()["token"]);
    assert_ne!(token, ada.token);
    answer.assert(
        200,
        &[
            ("access-control-expose-headers", "set-auth-jwt, set-auth-token"),
            ("set-auth-jwt", answer.header("set-auth-jwt").unwrap()),
            ("set-auth-token", &raw_signed(&token)),
            ("set-cookie", &session_cookie(&token)),
        ],
        &format!(
            r#"{{"redirect":false,"token":"{token}","user":{{"name":"Ada","email":"ada@example.com","emailVerified":false,"image":null,"createdAt":"{NOW}","updatedAt":"{NOW}","id":"{}"}}}}"#,
            ada.user_id
        ),
    );
    assert_eq!(app.count("session"), 2);
}

#[tokio::test]
async fn a2_unknown_email_and_wrong_password_are_answered_alike() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    for (email, password) in [
        ("nobody@example.com", PASSWORD),
        ("ada@example.com", "wrong-password"),
        ("ada@example.com", "x"),
        ("ada@example.com", ""),
        ("o'neil@example.com", PASSWORD),
    ] {
        let body = json!({ "email": email, "password": password });
        app.post("/sign-in/email").json(&body).send().await.assert(401, &[], WRONG);
    }
    assert_eq!(app.count("session"), 1);
}

#[tokio::test]
async fn a_stored_hash_that_is_absent_or_unreadable_signs_nobody_in() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    for stored in ["null", "'garbage'", "'aa:bb'", "''", "':'"] {
        app.sql(&format!("update account set password = {stored};"));
        let body = json!({ "email": "ada@example.com", "password": PASSWORD });
        app.post("/sign-in/email").json(&body).send().await.assert(401, &[], WRONG);
    }
}

#[tokio::test]
async fn other_refusals() {
    let app = App::new().await;
    for (body, status, expected) in [
        (
            json!({ "email": "nope", "password": PASSWORD }),
            400,
            json!({ "message": "Invalid email", "code": "INVALID_EMAIL" }),
        ),
        (
            json!({ "email": "ada@example.com", "password": "a".repeat(129) }),
            400,
            json!({ "message": "Password too long", "code": "PASSWORD_TOO_LONG" }),
        ),
        (
            json!({}),
            400,
            json!({
                "message": "[body.email] Invalid input: expected string, received undefined; \
                            [body.password] Invalid input: expected string, received undefined",
                "code": "VALIDATION_ERROR",
            }),
        ),
        (
            json!("text"),
            400,
            json!({
                "message": "[body] Invalid input: expected object, received string",
                "code": "VALIDATION_ERROR",
            }),
        ),
    ] {
        let answer = app.post("/sign-in/email").json(&body).send().await;
        assert_eq!((answer.status.as_u16(), answer.json()), (status, expected), "{body}");
    }
}

#[tokio::test]
async fn a_form_signs_in_but_its_values_are_strings() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let form = |body: &'static str| {
        app.post("/sign-in/email").body("application/x-www-form-urlencoded", body)
    };
    let answer = form("email=ada%40example.com&password=correct-horse-7").send().await;
    assert_eq!(answer.status, 200);
    form("email=ada%40example.com&password=correct-horse-7&rememberMe=false").send().await.assert(
        400,
        &[],
        r#"{"message":"[body.rememberMe] Invalid input: expected boolean, received string","code":"VALIDATION_ERROR"}"#,
    );
}

#[tokio::test]
async fn not_remembered_ends_after_a_day_and_is_never_renewed() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD, "rememberMe": false });
    let answer = app.post("/sign-in/email").json(&body).send().await;
    let token = text(&answer.json()["token"]);
    assert_eq!(
        answer.cookies(),
        [
            format!("better-auth.session_token={}; Path=/; HttpOnly; SameSite=Lax", signed(&token)),
            format!("better-auth.dont_remember={SIGNED_TRUE}; Path=/; HttpOnly; SameSite=Lax"),
        ]
    );

    let cookies = format!(
        "better-auth.session_token={}; better-auth.dont_remember={SIGNED_TRUE}",
        signed(&token)
    );
    app.pass(DAY - HOUR);
    let answer = app.get("/get-session").cookie(&cookies).send().await;
    assert_eq!(answer.json()["session"]["expiresAt"], "2027-01-16T08:00:00.000Z");
    assert_eq!(answer.cookies(), [""; 0]);
    app.pass(HOUR);
    assert_eq!(app.get("/get-session").cookie(&cookies).send().await.body, "null");
}

#[tokio::test]
async fn an_unsigned_wish_not_to_be_remembered_counts_for_nothing() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.pass(2 * DAY);
    for forged in ["true", "true.AAAA", &signed("false")] {
        let cookies = format!("{}; better-auth.dont_remember={forged}", ada.cookie);
        let answer = app.get("/get-session").cookie(&cookies).send().await;
        assert_eq!(answer.cookies(), [session_cookie(&ada.token)], "{forged}");
        app.pass(2 * DAY);
    }
}

#[tokio::test]
async fn signing_in_to_stay_clears_the_wish_of_before() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let cookies = format!("{}; better-auth.dont_remember={SIGNED_TRUE}", ada.cookie);
    for remember_me in [json!({ "rememberMe": true }), json!({})] {
        let mut body = json!({ "email": "ada@example.com", "password": PASSWORD });
        body.as_object_mut().unwrap().extend(remember_me.as_object().unwrap().clone());
        let answer = app.post("/sign-in/email").json(&body).cookie(&cookies).send().await;
        let token = text(&answer.json()["token"]);
        assert_eq!(
            answer.cookies(),
            [
                session_cookie(&token),
                "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax".to_owned(),
            ]
        );
    }
}

#[tokio::test]
async fn the_session_of_the_cookie_is_neither_revoked_nor_reused() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let answer = app.post("/sign-in/email").json(&body).of(&ada).send().await;
    assert_ne!(answer.json()["token"], ada.token);
    let before = app.get("/get-session").of(&ada).send().await;
    assert_eq!(before.json()["session"]["token"], ada.token);
}

#[tokio::test]
async fn a_callback_url_becomes_redirect_url_and_location() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let user = format!(
        r#""user":{{"name":"Ada","email":"ada@example.com","emailVerified":false,"image":null,"createdAt":"{NOW}","updatedAt":"{NOW}","id":"{}"}}"#,
        ada.user_id
    );
    for (url, redirect, location) in [("/dash", true, Some("/dash")), ("", false, None)] {
        let body = json!({ "email": "ada@example.com", "password": PASSWORD, "callbackURL": url });
        let answer = app.post("/sign-in/email").json(&body).send().await;
        let token = text(&answer.json()["token"]);
        assert_eq!(
            answer.body,
            format!(r#"{{"redirect":{redirect},"token":"{token}","url":"{url}",{user}}}"#)
        );
        assert_eq!(answer.header("location"), location);
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn a_session_remembers_only_the_beginning_of_a_long_user_agent() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let credentials = json!({ "email": "ada@example.com", "password": PASSWORD });
    let agent = format!("{}é and so on", "x".repeat(511));
    let answer = app.post("/sign-in/email").json(&credentials).header("user-agent", &agent);
    let token = text(&answer.send().await.json()["token"]);
    let session = app.get("/get-session").bearer(&token).send().await.json();
    assert_eq!(session["session"]["userAgent"], "x".repeat(511));
}
