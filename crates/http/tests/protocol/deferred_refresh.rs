//! GET and POST /get-session where renewal is deferred.

use serde_json::json;

use crate::support::{
    Answer, App, DAY, Options, Person, SIGNED_TRUE, cleared, raw_signed, session_cookie,
};

async fn app() -> App {
    App::with(Options { defer_session_refresh: true, ..Options::default() }).await
}

async fn get(app: &App, person: &Person) -> Answer {
    app.get("/get-session").of(person).send().await
}

async fn post(app: &App, person: &Person) -> Answer {
    app.post("/get-session").json(&json!({})).of(person).send().await
}

#[tokio::test]
async fn a_get_says_that_renewal_is_due_and_a_post_renews() {
    let app = app().await;
    let ada = app.sign_up("ada@example.com").await;
    let first = get(&app, &ada).await;
    assert_eq!(first.json()["needsRefresh"], false);
    assert!(first.body.ends_with(r#"},"needsRefresh":false}"#), "the third member");
    assert!(first.header("set-auth-jwt").is_some());

    app.pass(DAY);
    for path in ["/token", "/get-session", "/get-session?disableRefresh=1", "/get-session"] {
        let answer = app.get(path).of(&ada).send().await;
        assert_eq!((answer.status.as_u16(), answer.cookies()), (200, vec![]), "{path}");
    }
    let due = get(&app, &ada).await.json();
    assert_eq!(due["needsRefresh"], true);
    assert_eq!(due["session"], first.json()["session"], "nothing has been written");

    let renewed = post(&app, &ada).await;
    let mut session = due["session"].clone();
    session["expiresAt"] = json!("2027-01-23T08:00:00.000Z");
    session["updatedAt"] = json!("2027-01-16T08:00:00.000Z");
    renewed.assert(
        200,
        &[
            ("access-control-expose-headers", "set-auth-jwt, set-auth-token"),
            ("pragma", "no-cache"),
            ("set-auth-jwt", renewed.header("set-auth-jwt").unwrap()),
            ("set-auth-token", &raw_signed(&ada.token)),
            ("set-cookie", &session_cookie(&ada.token)),
        ],
        &renewed.body,
    );
    assert_eq!(renewed.json(), json!({ "session": session, "user": due["user"] }));
    let after = get(&app, &ada).await.json();
    assert_eq!((&after["session"], &after["needsRefresh"]), (&session, &json!(false)));
    assert_eq!(post(&app, &ada).await.cookies(), [""; 0], "nothing is due any more");
}

#[tokio::test]
async fn who_is_not_remembered_is_never_told_to_renew() {
    let app = app().await;
    let ada = app.sign_up("ada@example.com").await;
    let cookies = format!("{}; better-auth.dont_remember={SIGNED_TRUE}", ada.cookie);
    app.pass(2 * DAY);
    for call in [app.get("/get-session"), app.post("/get-session").json(&json!({}))] {
        let answer = call.cookie(&cookies).send().await;
        assert_eq!(answer.json().get("needsRefresh"), None);
        assert_eq!(answer.cookies(), [""; 0]);
    }
    let answer = app.get("/get-session?disableRefresh=1").of(&ada).send().await;
    assert_eq!(answer.json().get("needsRefresh"), None);
}

#[tokio::test]
async fn a_session_that_is_over_is_deleted_by_a_post() {
    let app = app().await;
    let ada = app.sign_up("ada@example.com").await;
    app.pass(7 * DAY);
    let headers = [&[("pragma", "no-cache")][..], &cleared()].concat();
    get(&app, &ada).await.assert(200, &headers, "null");
    assert_eq!(app.get("/token").of(&ada).send().await.status, 401);
    assert_eq!(app.count("session"), 1);
    post(&app, &ada).await.assert(200, &headers, "null");
    assert_eq!(app.count("session"), 0);
}

#[tokio::test]
async fn a_post_by_nobody_or_from_elsewhere_renews_nothing() {
    let app = app().await;
    let ada = app.sign_up("ada@example.com").await;
    app.pass(DAY);
    let answer = app.post("/get-session").send().await;
    answer.assert(200, &[("pragma", "no-cache")], "null");
    let call = app.post("/get-session").header("cookie", &ada.cookie);
    assert_eq!(call.header("origin", "https://evil.example").send().await.status, 403);
    assert_eq!(get(&app, &ada).await.json()["needsRefresh"], true);
}
