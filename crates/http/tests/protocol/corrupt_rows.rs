//! Rows that hold what nobody writes: a clear refusal, and everybody else goes on.

use serde_json::json;

use crate::logs::Log;
use crate::support::{App, Call, PASSWORD};

const BROKEN: &str = r#"{"message":"Internal server error","code":"INTERNAL_SERVER_ERROR"}"#;

/// Asserts that a request is refused, and that one line of the log names the column.
pub(crate) async fn assert_broken(call: Call, column: &str) {
    let log = Log::start();
    let answer = call.send().await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (500, BROKEN), "{column}");
    assert_eq!(answer.cookies(), [""; 0], "{column}");
    let lines = log.lines().into_iter().filter(|(level, _)| level != "INFO");
    let error = format!("{column} holds a value of an unknown form");
    let line = ("ERROR".to_owned(), json!({ "status": 500, "error": error }));
    assert_eq!(lines.collect::<Vec<_>>(), [line]);
}

#[tokio::test]
async fn n14_a_corrupt_row_refuses_its_owner_and_names_the_column() {
    for (column, value) in [
        ("user.name", "x'ff'"),
        ("user.emailVerified", "'yes'"),
        ("user.image", "x'ff'"),
        ("user.createdAt", "'someday'"),
        ("user.createdAt", "1700000000000"),
        ("user.createdAt", "'2026-13-01T00:00:00.000Z'"),
        ("user.createdAt", "x'ff'"),
        ("user.updatedAt", "''"),
        ("session.expiresAt", "'someday'"),
        ("session.createdAt", "1700000000"),
        ("session.updatedAt", "x'ff'"),
        ("session.ipAddress", "x'ff'"),
        ("session.userAgent", "x'ff'"),
        ("account.password", "x'ff'"),
    ] {
        let app = App::new().await;
        let ada = app.sign_up("ada@example.com").await;
        let bob = app.sign_up("bob@example.com").await;
        let (table, name) = column.split_once('.').unwrap();
        let owner = if table == "user" { "id" } else { "userId" };
        app.sql(&format!("update {table} set {name} = {value} where {owner} = '{}';", ada.user_id));
        let sign_in = |email: &str| {
            app.post("/sign-in/email").json(&json!({ "email": email, "password": PASSWORD }))
        };

        if table != "account" {
            for path in ["/get-session", "/token", "/list-sessions"] {
                assert_broken(app.get(path).of(&ada), column).await;
            }
            assert_broken(app.post("/revoke-sessions").of(&ada), column).await;
        }
        match table {
            "session" => assert_eq!(sign_in("ada@example.com").send().await.status, 200),
            _ => assert_broken(sign_in("ada@example.com"), column).await,
        }
        assert_eq!(app.post("/sign-out").of(&ada).send().await.status, 200, "{column}");

        assert_eq!(app.get("/get-session").of(&bob).send().await.json()["user"]["id"], bob.user_id);
        assert_eq!(app.get("/list-sessions").of(&bob).send().await.status, 200);
        assert_eq!(sign_in("bob@example.com").send().await.status, 200);
    }
}

#[tokio::test]
async fn n14_a_corrupt_account_refuses_its_owner_and_names_the_column() {
    for (name, value) in [
        ("accountId", "x'ff'"),
        ("providerId", "x'ff'"),
        ("createdAt", "'someday'"),
        ("updatedAt", "x'ff'"),
        ("id", "x'ff'"),
        ("scope", "x'ff'"),
    ] {
        let app = App::new().await;
        let ada = app.sign_up("ada@example.com").await;
        let bob = app.sign_up("bob@example.com").await;
        app.sql(&format!("update account set {name} = {value} where userId = '{}'", ada.user_id));
        let column = format!("account.{name}");
        assert_broken(app.get("/list-accounts").of(&ada), &column).await;
        assert_eq!(app.get("/list-accounts").of(&bob).send().await.status, 200);
    }
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sql("update account set password = x'ff'");
    let verify = app.post("/verify-password").json(&json!({ "password": PASSWORD }));
    assert_broken(verify.of(&ada), "account.password").await;
}
