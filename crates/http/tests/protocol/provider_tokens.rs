//! POST /get-access-token, POST /refresh-token and GET /account-info, without a provider.

use serde_json::{Value, json};

use crate::support::{Answer, App, Person, cleared, refusal, text};

const POSTS: [&str; 2] = ["/get-access-token", "/refresh-token"];

async fn post(app: &App, path: &str, person: &Person, body: &Value) -> Answer {
    app.post(path).json(body).of(person).send().await
}

async fn info(app: &App, person: &Person, query: &str) -> Answer {
    app.get(&format!("/account-info{query}")).of(person).send().await
}

async fn account(app: &App, person: &Person) -> String {
    text(&app.get("/list-accounts").of(person).send().await.json()[0]["id"])
}

#[tokio::test]
async fn there_is_no_provider() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let password = account(&app, &ada).await;
    app.sql(&format!(
        "insert into account (id, accountId, providerId, userId, accessToken, createdAt, updatedAt)
         values ('hub', '42', 'github', '{}', 'secret', '2027-02-01T00:00:00.000Z', '2027-02-01T00:00:00.000Z')",
        ada.user_id
    ));
    let not_configured = refusal(
        "PROVIDER_NOT_CONFIGURED",
        "Account is not associated with a configured social provider.",
    );
    for (id, provider) in [(password.as_str(), "credential"), ("hub", "github")] {
        let not_supported =
            refusal("PROVIDER_NOT_SUPPORTED", &format!("Provider {provider} is not supported."));
        for path in POSTS {
            for body in [json!({ "accountId": id }), json!({ "accountId": id, "userId": "x" })] {
                post(&app, path, &ada, &body).await.assert(400, &[], &not_supported);
            }
        }
        let answer = info(&app, &ada, &format!("?accountId={id}&userId=x")).await;
        answer.assert(400, &[], &not_configured);
    }
}

#[tokio::test]
async fn v2_somebody_elses_account_is_like_one_that_does_not_exist() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let bobs = account(&app, &bob).await;
    let not_found = refusal("ACCOUNT_NOT_FOUND", "Account not found");
    for id in ["nope", "", &bobs] {
        for path in POSTS {
            for body in [
                json!({ "accountId": id }),
                json!({ "accountId": id, "userId": bob.user_id }),
                json!({ "useAccountCookie": true, "userId": bob.user_id }),
            ] {
                post(&app, path, &ada, &body).await.assert(400, &[], &not_found);
            }
        }
        let answer = info(&app, &ada, &format!("?accountId={id}&userId={}", bob.user_id)).await;
        answer.assert(400, &[], &not_found);
    }
}

#[tokio::test]
async fn exactly_one_account_has_to_be_named_and_nothing_beside() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    for (body, text) in [
        (json!({}), "Invalid input"),
        (json!([]), "Invalid input"),
        (json!({ "accountId": 5 }), "Invalid input"),
        (json!({ "accountId": "x", "userId": null }), "Invalid input"),
        (json!({ "useAccountCookie": false }), "Invalid input"),
        (json!({ "useAccountCookie": "true" }), "Invalid input"),
        (json!({ "accountId": "x", "useAccountCookie": true }), "Invalid input"),
        (json!({ "accountId": "x", "zzz": 1 }), "Unrecognized key: \"zzz\""),
        (json!({ "accountId": "x", "a": 1, "b": 1 }), "Unrecognized keys: \"a\", \"b\""),
        (json!({ "accountId": 5, "useAccountCookie": true }), "Unrecognized key: \"accountId\""),
    ] {
        let expected = refusal("VALIDATION_ERROR", &format!("[body] {text}"));
        for path in POSTS {
            post(&app, path, &ada, &body).await.assert(400, &[], &expected);
            app.post(path).json(&body).send().await.assert(400, &[], &expected);
        }
    }
    for (query, text) in [
        ("", "Invalid input"),
        ("?userId=x", "Invalid input"),
        ("?accountId=x&accountId=y", "Invalid input"),
        ("?useAccountCookie=true", "Invalid input"),
        ("?accountId=x&zzz=1", "Unrecognized key: \"zzz\""),
        ("?accountId=x&useAccountCookie=true", "Unrecognized key: \"useAccountCookie\""),
    ] {
        let expected = refusal("VALIDATION_ERROR", &format!("[query] {text}"));
        info(&app, &ada, query).await.assert(400, &[], &expected);
        app.get(&format!("/account-info{query}")).send().await.assert(400, &[], &expected);
    }
}

#[tokio::test]
async fn without_a_session_nothing_is_said() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.post("/sign-out").of(&ada).send().await;
    let body = json!({ "accountId": "x" });
    for path in POSTS {
        app.post(path).json(&body).send().await.assert(401, &[], "");
        post(&app, path, &ada, &body).await.assert(401, &cleared(), "");
    }
    app.get("/account-info?accountId=x").send().await.assert(401, &[], "");
    info(&app, &ada, "?accountId=x").await.assert(401, &cleared(), "");
}
