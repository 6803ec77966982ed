//! POST /sign-up/email.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{App, NOW, Options, PASSWORD, raw_signed, session_cookie, signed, text};

fn ada() -> Value {
    json!({ "name": "Ada", "email": "Ada@Example.com", "password": PASSWORD })
}

#[tokio::test]
async fn a1_the_person_is_signed_in_at_once_with_cookie_and_jwt() {
    let app = App::new().await;
    let answer = app
        .post("/sign-up/email")
        .json(&ada())
        .header("user-agent", "probe/1.0")
        .from("203.0.113.9")
        .send()
        .await;

    let body = answer.json();
    let (token, id) = (text(&body["token"]), text(&body["user"]["id"]));
    for random in [&token, &id] {
        assert_eq!(random.len(), 32);
        assert!(random.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
    let jwt = answer.header("set-auth-jwt").unwrap();
    answer.assert(
        200,
        &[
            ("access-control-expose-headers", "set-auth-jwt, set-auth-token"),
            ("set-auth-jwt", jwt),
            ("set-auth-token", &raw_signed(&token)),
            ("set-cookie", &session_cookie(&token)),
        ],
        &format!(
            r#"{{"token":"{token}","user":{{"name":"Ada","email":"ada@example.com","emailVerified":false,"image":null,"createdAt":"{NOW}","updatedAt":"{NOW}","id":"{id}"}}}}"#
        ),
    );

    let session = app.get("/get-session").bearer(&token).send().await.json();
    assert_eq!(session["session"]["ipAddress"], "203.0.113.9");
    assert_eq!(session["session"]["userAgent"], "probe/1.0");
    assert_eq!(session["user"], body["user"]);
}

#[tokio::test]
async fn what_else_is_sent_has_no_effect() {
    let app = App::new().await;
    let mut body = ada();
    body["image"] = json!("https://example.com/i.png");
    body["callbackURL"] = json!("/welcome");
    for (name, value) in [
        ("id", json!("chosen")),
        ("userId", json!("chosen")),
        ("role", json!("admin")),
        ("emailVerified", json!(true)),
    ] {
        body[name] = value;
    }
    let answer = app.post("/sign-up/email").json(&body).send().await;
    let user = answer.json()["user"].clone();
    let expected = json!({
        "name": "Ada", "email": "ada@example.com", "emailVerified": false,
        "image": "https://example.com/i.png", "createdAt": NOW, "updatedAt": NOW, "id": user["id"],
    });
    assert_eq!(user, expected);
    assert_ne!(user["id"], "chosen");
    assert_eq!(answer.header("location"), None);
}

#[tokio::test]
async fn an_empty_name_and_a_form_are_fine() {
    let app = App::new().await;
    let form = "name=&email=a%2Bb%40example.com&password=correct-horse-7";
    let answer =
        app.post("/sign-up/email").body("application/x-www-form-urlencoded", form).send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["user"]["email"], "a+b@example.com");
    assert_eq!(answer.json()["user"]["name"], "");
}

#[tokio::test]
async fn a1_the_address_is_trimmed_and_lower_cased() {
    let app = App::new().await;
    let body = json!({ "name": "X", "email": " Sp@Example.com\t", "password": PASSWORD });
    let answer = app.post("/sign-up/email").json(&body).send().await;
    assert_eq!(answer.json()["user"]["email"], "sp@example.com");
}

#[tokio::test]
async fn not_remembered_lasts_a_day_and_until_the_browser_closes() {
    let app = App::new().await;
    let mut body = ada();
    body["rememberMe"] = json!(false);
    let answer = app.post("/sign-up/email").json(&body).send().await;
    let token = text(&answer.json()["token"]);
    assert_eq!(
        answer.cookies(),
        [
            format!("better-auth.session_token={}; Path=/; HttpOnly; SameSite=Lax", signed(&token)),
            "better-auth.dont_remember=true.TPgsN4qAuuSlOQUsTEwP71%2BkrfEAI9Nxxf%2FN%2FpADARc%3D; \
             Path=/; HttpOnly; SameSite=Lax"
                .to_owned(),
        ]
    );
    let session = app.get("/get-session").bearer(&token).send().await;
    assert_eq!(session.json()["session"]["userId"], answer.json()["user"]["id"]);
}

#[tokio::test]
async fn a1_a_second_account_for_an_address_is_refused() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    for email in ["ada@example.com", "ADA@EXAMPLE.COM", " ada@example.com "] {
        let body = json!({ "name": "Eve", "email": email, "password": PASSWORD });
        app.post("/sign-up/email").json(&body).send().await.assert(
            422,
            &[],
            r#"{"message":"User already exists. Use another email.","code":"USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"}"#,
        );
    }
    assert_eq!((app.count("user"), app.count("account"), app.count("session")), (1, 1, 1));
}

#[tokio::test]
async fn a1_of_twenty_racing_sign_ups_exactly_one_wins() {
    let app = Arc::new(App::new().await);
    let mut race = JoinSet::new();
    for _ in 0..20 {
        let app = Arc::clone(&app);
        race.spawn(async move { app.post("/sign-up/email").json(&ada()).send().await });
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        race.join_all().await.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    for answer in lost {
        answer.assert(
            422,
            &[],
            r#"{"message":"User already exists. Use another email.","code":"USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"}"#,
        );
    }
    assert_eq!((app.count("user"), app.count("account"), app.count("session")), (1, 1, 1));
}

#[tokio::test]
async fn a4_password_rules() {
    let app = App::new().await;
    for (password, message, code) in [
        ("1234567", "Password too short", "PASSWORD_TOO_SHORT"),
        ("äääääää", "Password too short", "PASSWORD_TOO_SHORT"),
        (&*"a".repeat(129), "Password too long", "PASSWORD_TOO_LONG"),
        ("password123", "This password is too common. Choose another.", "PASSWORD_TOO_COMMON"),
    ] {
        let body = json!({ "name": "X", "email": "x@example.com", "password": password });
        let expected = json!({ "message": message, "code": code });
        let answer = app.post("/sign-up/email").json(&body).send().await;
        assert_eq!((answer.status.as_u16(), answer.json()), (400, expected), "{password}");
    }
    assert_eq!(app.count("user"), 0);
}

#[tokio::test]
async fn a4_lengths_count_utf16_units_and_forms_are_normalised() {
    let app = App::with(Options { refuse_common_passwords: false, ..Options::default() }).await;
    for (email, password) in [
        ("a@example.com", "😀😀😀😀"),
        ("b@example.com", &*"a".repeat(128)),
        ("c@example.com", "ﬁsh-password-①"),
        ("d@example.com", "password123"),
    ] {
        let body = json!({ "name": "X", "email": email, "password": password });
        let answer = app.post("/sign-up/email").json(&body).send().await;
        assert_eq!(answer.status, 200, "{password}");
    }
    let body = json!({ "email": "c@example.com", "password": "fish-password-1" });
    assert_eq!(app.post("/sign-in/email").json(&body).send().await.status, 200);
}

#[tokio::test]
async fn everything_wrong_is_named_at_once() {
    let app = App::new().await;
    for (body, message) in [
        (
            json!({}),
            "[body.name] Invalid input: expected string, received undefined; \
             [body.email] Invalid input: expected string, received undefined; \
             [body.password] Invalid input: expected string, received undefined",
        ),
        (
            json!({ "name": 1, "email": 2, "password": 3, "image": null, "rememberMe": "no" }),
            "[body.name] Invalid input: expected string, received number; \
             [body.email] Invalid input: expected string, received number; \
             [body.password] Invalid input: expected string, received number; \
             [body.image] Invalid input: expected string, received null; \
             [body.rememberMe] Invalid input: expected boolean, received string",
        ),
        (
            json!({ "name": [], "email": {}, "password": true, "callbackURL": null }),
            "[body.name] Invalid input: expected string, received array; \
             [body.email] Invalid input: expected string, received object; \
             [body.password] Invalid input: expected string, received boolean; \
             [body.callbackURL] Invalid input: expected string, received null",
        ),
        (
            json!({ "name": "X", "email": "nope", "password": "" }),
            "[body.email] Invalid email address; \
             [body.password] Too small: expected string to have >=1 characters",
        ),
        (
            json!([]),
            "[body] Invalid input: expected object, received array; \
             [body] Invalid input: expected record, received array",
        ),
        (
            json!(null),
            "[body] Invalid input: expected object, received null; \
             [body] Invalid input: expected record, received null",
        ),
    ] {
        let expected = json!({ "message": message, "code": "VALIDATION_ERROR" });
        let answer = app.post("/sign-up/email").json(&body).send().await;
        assert_eq!((answer.status.as_u16(), answer.json()), (400, expected), "{body}");
    }
    app.post("/sign-up/email").send().await.assert(
        400,
        &[],
        r#"{"message":"[body] Invalid input: expected object, received undefined; [body] Invalid input: expected record, received undefined","code":"VALIDATION_ERROR"}"#,
    );
}

#[tokio::test]
async fn cve_2022_35924_a_list_is_not_an_address() {
    let app = App::new().await;
    for email in [
        "ada@example.com,eve@evil.example",
        "ada@example.com eve@evil.example",
        "ada@example.com;eve@evil.example",
        "Ada <ada@example.com>",
        "ada@example.com\u{0}",
        "ada@example.com\r\nbcc: eve@evil.example",
        "a@localhost",
        "a@b.c",
        "ü@x.com",
        "A!b@x.com",
        ".a@example.com",
        "a.@example.com",
    ] {
        let body = json!({ "name": "X", "email": email, "password": PASSWORD });
        app.post("/sign-up/email").json(&body).send().await.assert(
            400,
            &[],
            r#"{"message":"[body.email] Invalid email address","code":"VALIDATION_ERROR"}"#,
        );
    }
    assert_eq!(app.count("user"), 0);
}

#[tokio::test]
async fn a9_a_sign_up_that_fails_leaves_nothing_and_sets_no_cookie() {
    let app = App::new().await;
    app.sql("create trigger t before insert on session begin select raise(abort, 'no'); end;");
    let answer = app.post("/sign-up/email").json(&ada()).send().await;
    assert_eq!((answer.status.as_u16(), answer.cookies().len()), (500, 0));
    assert_eq!((app.count("user"), app.count("account"), app.count("session")), (0, 0, 0));
    app.sql("drop trigger t;");
    app.sign_up("ada@example.com").await;
}

#[tokio::test]
async fn name_and_picture_stay_short_enough_to_travel_in_a_token() {
    let app = App::new().await;
    let mut body = ada();
    body["name"] = json!("n".repeat(257));
    body["image"] = json!("i".repeat(2049));
    app.post("/sign-up/email").json(&body).send().await.assert(
        400,
        &[],
        r#"{"message":"[body.name] Too big: expected string to have <=256 characters; [body.image] Too big: expected string to have <=2048 characters","code":"VALIDATION_ERROR"}"#,
    );
    body["name"] = json!("Ada");
    body["image"] = json!("\u{1}");
    app.post("/sign-up/email").json(&body).send().await.assert(
        400,
        &[],
        r#"{"message":"[body.image] Invalid URL","code":"VALIDATION_ERROR"}"#,
    );
    // What takes most room: six bytes for each unit of the name, three for each of the picture.
    body["name"] = json!("\u{1}".repeat(256));
    body["image"] = json!("\u{ffff}".repeat(2048));
    let answer = app.post("/sign-up/email").json(&body).send().await;
    assert_eq!(answer.json()["user"]["name"], body["name"]);
    // Verifiers take 16 KiB.
    assert!(answer.header("set-auth-jwt").unwrap().len() < 16 * 1024);
}
