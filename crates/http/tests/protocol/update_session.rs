//! POST /update-session.

use serde_json::json;

use crate::support::{App, refusal};

#[tokio::test]
async fn there_is_nothing_to_update() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let before = app.get("/get-session").of(&ada).send().await.json();
    for body in [
        json!({}),
        json!({ "foo": 1 }),
        json!({ "ipAddress": "1.2.3.4", "expiresAt": "2030-01-01T00:00:00.000Z" }),
        json!({ "userId": "x", "token": "y" }),
    ] {
        let answer = app.post("/update-session").json(&body).of(&ada).send().await;
        answer.assert(400, &[], r#"{"message":"No fields to update"}"#);
    }
    assert_eq!(app.get("/get-session").of(&ada).send().await.json(), before);
}

#[tokio::test]
async fn needs_a_record_and_a_session() {
    let app = App::new().await;
    let message = "[body] Invalid input: expected record, received array";
    let answer = app.post("/update-session").json(&json!([])).send().await;
    answer.assert(400, &[], &refusal("VALIDATION_ERROR", message));
    let answer = app.post("/update-session").json(&json!({ "foo": 1 })).send().await;
    answer.assert(401, &[], &refusal("UNAUTHORIZED", "Unauthorized"));
}
