//! POST /verify-password.

use serde_json::json;

use crate::support::{App, PASSWORD, refusal};

const WRONG: &str = r#"{"message":"Invalid password","code":"INVALID_PASSWORD"}"#;

#[tokio::test]
async fn says_whether_a_password_is_ones_own() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let body = json!({ "name": "Bob", "email": "bob@example.com", "password": "another-horse-8" });
    assert_eq!(app.post("/sign-up/email").json(&body).send().await.status, 200);

    let verify = |password: &str| {
        app.post("/verify-password").json(&json!({ "password": password })).of(&ada).send()
    };
    verify(PASSWORD).await.assert(200, &[], r#"{"status":true}"#);
    for password in ["another-horse-8", "x", ""] {
        verify(password).await.assert(400, &[], WRONG);
    }
    let too_long = refusal("PASSWORD_TOO_LONG", "Password too long");
    verify(&"x".repeat(129)).await.assert(400, &[], &too_long);
}

#[tokio::test]
async fn without_a_password_every_password_is_wrong() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    for sql in [
        "update account set password = 'nonsense'",
        "update account set password = null",
        "delete from account",
    ] {
        app.sql(sql);
        let call = app.post("/verify-password").json(&json!({ "password": PASSWORD }));
        call.of(&ada).send().await.assert(400, &[], WRONG);
    }
}

#[tokio::test]
async fn needs_a_password_and_a_session() {
    let app = App::new().await;
    let call = app.post("/verify-password").json(&json!({ "password": 5 }));
    let message = "[body.password] Invalid input: expected string, received number";
    call.send().await.assert(400, &[], &refusal("VALIDATION_ERROR", message));
    let call = app.post("/verify-password").json(&json!({ "password": "x" }));
    call.send().await.assert(401, &[], &refusal("UNAUTHORIZED", "Unauthorized"));
}
