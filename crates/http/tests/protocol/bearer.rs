//! The `Authorization` header.

use crate::support::{App, cleared, raw_signed, signed};

async fn token_seen(app: &App, authorization: &str, cookie: Option<&str>) -> Option<String> {
    let mut call = app.get("/get-session").header("authorization", authorization);
    if let Some(cookie) = cookie {
        call = call.header("cookie", cookie);
    }
    let answer = call.send().await;
    assert_eq!(answer.status, 200);
    answer.json()["session"]["token"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn takes_the_raw_token_and_the_signed_one_in_both_forms() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    for authorization in [
        format!("Bearer {}", ada.token),
        format!("bearer {}", ada.token),
        format!("BEARER  {} ", ada.token),
        format!("Bearer {}", raw_signed(&ada.token)),
        format!("Bearer {}", signed(&ada.token)),
    ] {
        let seen = token_seen(&app, &authorization, None).await;
        assert_eq!(seen.as_deref(), Some(ada.token.as_str()), "{authorization}");
    }
}

#[tokio::test]
async fn what_set_auth_token_said_is_taken_back() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.pass(crate::support::DAY);
    let answer = app.get("/get-session").of(&ada).send().await;
    let sent = answer.header("set-auth-token").unwrap();
    let seen = token_seen(&app, &format!("Bearer {sent}"), None).await;
    assert_eq!(seen, Some(ada.token));
}

#[tokio::test]
async fn replaces_the_cookie() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let seen = token_seen(&app, &format!("Bearer {}", bob.token), Some(&ada.cookie)).await;
    assert_eq!(seen, Some(bob.token));

    // Unknown, but without a signature that could be wrong: looked up in the cookie's stead.
    for unknown in ["x".repeat(32), "%E0%A4%A".to_owned()] {
        let answer = app.get("/get-session").of(&ada).bearer(&unknown).send().await;
        let headers = [&[("pragma", "no-cache")][..], &cleared()].concat();
        answer.assert(200, &headers, "null");
    }
    assert_eq!(app.count("session"), 2);
}

#[tokio::test]
async fn what_is_no_session_token_is_ignored() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let jwt = app.get("/token").of(&ada).send().await.json()["token"].clone();
    for authorization in [
        "Bearer bad.sig".to_owned(),
        format!("Bearer {}.AAAA", ada.token),
        format!("Bearer {}", jwt.as_str().unwrap()),
        "Bearer ".to_owned(),
        "Bearer".to_owned(),
        "Basic YTpi".to_owned(),
        String::new(),
    ] {
        let alone = app.get("/get-session").header("authorization", &authorization).send().await;
        alone.assert(200, &[("pragma", "no-cache")], "null");
        let seen = token_seen(&app, &authorization, Some(&ada.cookie)).await;
        assert_eq!(seen.as_deref(), Some(ada.token.as_str()), "{authorization}");
    }
}
