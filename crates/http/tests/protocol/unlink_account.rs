//! POST /unlink-account.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Answer, App, DAY, Person, refusal, text};

const DONE: &str = r#"{"status":true}"#;

async fn unlink(app: &App, person: &Person, id: &str) -> Answer {
    app.post("/unlink-account").json(&json!({ "accountId": id })).of(person).send().await
}

async fn accounts(app: &App, person: &Person) -> Vec<String> {
    let accounts = app.get("/list-accounts").of(person).send().await.json();
    accounts.as_array().unwrap().iter().map(|account| text(&account["id"])).collect()
}

/// Links an account of a provider, as if the npm package had.
fn link(app: &App, person: &Person, id: &str) {
    app.sql(&format!(
        "insert into account (id, accountId, providerId, userId, createdAt, updatedAt)
         values ('{id}', '42', 'github', '{}', '2027-02-01T00:00:00.000Z', '2027-02-01T00:00:00.000Z')",
        person.user_id
    ));
}

fn last() -> String {
    refusal("FAILED_TO_UNLINK_LAST_ACCOUNT", "You can't unlink your last account")
}

fn not_found() -> String {
    refusal("ACCOUNT_NOT_FOUND", "Account not found")
}

#[tokio::test]
async fn one_of_two_goes_and_the_last_stays() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let password = accounts(&app, &ada).await.remove(0);
    for id in ["nope", &password] {
        unlink(&app, &ada, id).await.assert(400, &[], &last());
    }
    link(&app, &ada, "github");
    unlink(&app, &ada, "nope").await.assert(400, &[], &not_found());
    unlink(&app, &ada, "github").await.assert(200, &[], DONE);
    assert_eq!(accounts(&app, &ada).await, [password]);
    app.sql("delete from account");
    unlink(&app, &ada, "nope").await.assert(400, &[], &not_found());
}

#[tokio::test]
async fn v2_somebody_elses_account_is_like_one_that_does_not_exist() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    link(&app, &ada, "of-ada");
    link(&app, &bob, "of-bob");
    let unknown = unlink(&app, &ada, "nope").await;
    assert_eq!(unlink(&app, &ada, "of-bob").await, unknown);
    assert_eq!(accounts(&app, &bob).await.len(), 2);
}

#[tokio::test]
async fn refusals() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let message = "[body.accountId] Invalid input: expected string, received";
    for (body, received) in [(json!({}), "undefined"), (json!({ "accountId": 5 }), "number")] {
        let body: Value = body;
        let expected = refusal("VALIDATION_ERROR", &format!("{message} {received}"));
        app.post("/unlink-account").json(&body).send().await.assert(400, &[], &expected);
    }
    let call = app.post("/unlink-account").json(&json!({ "accountId": "x" }));
    call.send().await.assert(401, &[], &refusal("UNAUTHORIZED", "Unauthorized"));
    app.pass(DAY);
    let answer = unlink(&app, &ada, "x").await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.body, refusal("SESSION_NOT_FRESH", "Session is not fresh"));
}

#[tokio::test]
async fn of_fifty_unlinkings_at_once_one_account_is_left() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    for number in 1..50 {
        link(&app, &ada, &format!("account-{number}"));
    }
    let mut race = JoinSet::new();
    for id in accounts(&app, &ada).await {
        let call = app.post("/unlink-account").json(&json!({ "accountId": id })).of(&ada);
        race.spawn(call.send());
    }
    let mut refused = 0;
    for answer in race.join_all().await {
        if answer.status != 200 {
            answer.assert(400, &[], &last());
            refused += 1;
        }
    }
    assert_eq!(refused, 1);
    assert_eq!(accounts(&app, &ada).await.len(), 1);
}
