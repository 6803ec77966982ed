//! POST /update-user.

use serde_json::{Value, json};

use crate::support::{
    Answer, App, DAY, HOUR, Person, SIGNED_TRUE, decoded, raw_signed, refusal, session_cookie,
    signed,
};

const DONE: &str = r#"{"status":true}"#;
const NOTHING: &str = r#"{"message":"No fields to update"}"#;

async fn update(app: &App, person: &Person, body: Value) -> Answer {
    app.post("/update-user").json(&body).of(person).send().await
}

async fn user(app: &App, person: &Person) -> Value {
    app.get("/get-session").of(person).send().await.json()["user"].clone()
}

#[tokio::test]
async fn changes_what_is_sent_and_nothing_else() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let bob_before = user(&app, &bob).await;
    let mut expected = user(&app, &ada).await;
    app.pass(HOUR);
    expected["updatedAt"] = json!("2027-01-15T09:00:00.000Z");

    for (body, name, image) in [
        (json!({ "name": "Ada Lovelace" }), "Ada Lovelace", Value::Null),
        (
            json!({ "image": "https://example.com/a.png" }),
            "Ada Lovelace",
            json!("https://example.com/a.png"),
        ),
        (json!({ "name": "", "email": "" }), "", json!("https://example.com/a.png")),
        (json!({ "image": null, "email": 0 }), "", Value::Null),
        (json!({ "name": "Ada", "image": "" }), "Ada", json!("")),
        (
            json!({
                "name": "A", "image": null, "foo": 1, "id": "x", "emailVerified": true,
                "createdAt": "2020-01-01T00:00:00.000Z", "updatedAt": "2020-01-01T00:00:00.000Z",
            }),
            "A",
            Value::Null,
        ),
    ] {
        update(&app, &ada, body).await.assert(
            200,
            &[
                ("access-control-expose-headers", "set-auth-token"),
                ("set-auth-token", &raw_signed(&ada.token)),
                ("set-cookie", &session_cookie(&ada.token)),
            ],
            DONE,
        );
        expected["name"] = json!(name);
        expected["image"] = image;
        assert_eq!(user(&app, &ada).await, expected);
    }
    assert_eq!(user(&app, &bob).await, bob_before);

    let token = app.get("/token").of(&ada).send().await.json()["token"].clone();
    let (_, claims) = decoded(token.as_str().unwrap());
    assert_eq!(serde_json::from_str::<Value>(&claims).unwrap()["name"], "A");
}

#[tokio::test]
async fn keeps_the_form_of_the_cookie_and_sends_it_once() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let cookies = format!("{}; better-auth.dont_remember={SIGNED_TRUE}", ada.cookie);
    let call = app.post("/update-user").json(&json!({ "name": "Ada L" }));
    assert_eq!(
        call.cookie(&cookies).send().await.cookies(),
        [
            format!(
                "better-auth.session_token={}; Path=/; HttpOnly; SameSite=Lax",
                signed(&ada.token)
            ),
            format!("better-auth.dont_remember={SIGNED_TRUE}; Path=/; HttpOnly; SameSite=Lax"),
        ]
    );
    // The session is renewed as well.
    app.pass(DAY);
    let answer = update(&app, &ada, json!({ "name": "Ada" })).await;
    assert_eq!(answer.cookies(), [session_cookie(&ada.token)]);
}

#[tokio::test]
async fn refusals() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let before = user(&app, &ada).await;
    let email = refusal("EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated");
    let invalid = |message: &str| refusal("VALIDATION_ERROR", message);
    for (body, expected) in [
        (json!({}), NOTHING.to_owned()),
        (json!({ "foo": 1, "id": "x", "emailVerified": true }), NOTHING.to_owned()),
        (json!({ "email": "" }), NOTHING.to_owned()),
        (json!({ "email": null }), NOTHING.to_owned()),
        (json!({ "email": "q@example.com" }), email.clone()),
        (json!({ "email": [], "name": "Q" }), email),
        (
            json!({ "name": null }),
            invalid("[body.name] Invalid input: expected string, received null"),
        ),
        (
            json!({ "name": 42, "image": true }),
            invalid(
                "[body.name] Invalid input: expected string, received number; \
                 [body.image] Invalid input: expected string, received boolean",
            ),
        ),
        (
            json!({ "name": "x".repeat(257), "image": "x".repeat(2049) }),
            invalid(
                "[body.name] Too big: expected string to have <=256 characters; \
                 [body.image] Too big: expected string to have <=2048 characters",
            ),
        ),
        (json!({ "image": "a\nb" }), invalid("[body.image] Invalid URL")),
        (json!([]), invalid("[body] Invalid input: expected record, received array")),
        (json!("text"), invalid("[body] Invalid input: expected record, received string")),
    ] {
        update(&app, &ada, body).await.assert(400, &[], &expected);
    }
    let answer = app.post("/update-user").of(&ada).send().await;
    answer.assert(400, &[], &invalid("[body] Invalid input: expected record, received undefined"));
    let answer = app.post("/update-user").json(&json!({ "name": "X" })).send().await;
    answer.assert(401, &[], &refusal("UNAUTHORIZED", "Unauthorized"));
    assert_eq!(user(&app, &ada).await, before);
}
