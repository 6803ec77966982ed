//! GET and POST /get-session.

use std::time::Duration;

use tessera_engine::SessionSettings;

use crate::support::{
    App, DAY, HOUR, NOW, Options, Person, cleared, raw_signed, session_cookie, text,
};

const PRAGMA: (&str, &str) = ("pragma", "no-cache");

fn body(person: &Person, id: &str, updated_at: &str, expires_at: &str) -> String {
    let Person { token, user_id, .. } = person;
    format!(
        r#"{{"session":{{"expiresAt":"{expires_at}","token":"{token}","createdAt":"{NOW}","updatedAt":"{updated_at}","ipAddress":"","userAgent":"","userId":"{user_id}","id":"{id}"}},"user":{{"name":"Ada","email":"ada@example.com","emailVerified":false,"image":null,"createdAt":"{NOW}","updatedAt":"{NOW}","id":"{user_id}"}}}}"#
    )
}

#[tokio::test]
async fn says_who_is_signed_in_and_sends_a_jwt() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    // A page of another origin may send the request; it cannot read the answer.
    let call = app.get("/get-session").header("cookie", &ada.cookie);
    let answer = call.header("origin", "https://evil.example").send().await;
    let id = text(&answer.json()["session"]["id"]);
    answer.assert(
        200,
        &[
            PRAGMA,
            ("access-control-expose-headers", "set-auth-jwt"),
            ("set-auth-jwt", answer.header("set-auth-jwt").unwrap()),
        ],
        &body(&ada, &id, NOW, "2027-01-22T08:00:00.000Z"),
    );
}

#[tokio::test]
async fn nobody_is_null_and_nothing_is_cleared() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.get("/get-session").send().await.assert(200, &[PRAGMA], "null");
    let tampered = ada.cookie.replace("session_token=", "session_token=x");
    for cookie in [
        tampered.as_str(),
        "better-auth.session_token=",
        "better-auth.session_token=abc.def",
        &format!("better-auth.session_token={}", ada.token),
        &format!("better-auth.session_token=bad; {}", ada.cookie),
        &format!("__Secure-{}", ada.cookie),
    ] {
        app.get("/get-session").cookie(cookie).send().await.assert(200, &[PRAGMA], "null");
    }
}

#[tokio::test]
async fn a_signed_token_without_a_session_is_null_and_cleared() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let headers = [&[PRAGMA][..], &cleared()].concat();
    app.pass(7 * DAY);
    assert_eq!(app.count("session"), 1);
    for _ in 0..2 {
        app.get("/get-session").of(&ada).send().await.assert(200, &headers, "null");
        assert_eq!(app.count("session"), 0);
    }
}

#[tokio::test]
async fn a6_a_session_that_is_due_is_renewed_by_every_route_that_reads_it() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let cookie = session_cookie(&ada.token);

    app.pass(DAY - Duration::from_millis(1));
    assert_eq!(app.get("/get-session").of(&ada).send().await.cookies(), [""; 0]);

    app.pass(Duration::from_millis(1));
    let answer = app.get("/get-session").of(&ada).send().await;
    let id = text(&answer.json()["session"]["id"]);
    answer.assert(
        200,
        &[
            PRAGMA,
            ("access-control-expose-headers", "set-auth-jwt, set-auth-token"),
            ("set-auth-jwt", answer.header("set-auth-jwt").unwrap()),
            ("set-auth-token", &raw_signed(&ada.token)),
            ("set-cookie", &cookie),
        ],
        &body(&ada, &id, "2027-01-16T08:00:00.000Z", "2027-01-23T08:00:00.000Z"),
    );

    app.pass(DAY);
    let answer = app.get("/token").of(&ada).send().await;
    assert_eq!(answer.cookies(), [cookie.as_str()]);
    assert_eq!(answer.header("set-auth-token"), Some(raw_signed(&ada.token).as_str()));
    assert_eq!(answer.header("access-control-expose-headers"), Some("set-auth-token"));

    // Not fresh, but renewed all the same.
    app.pass(DAY);
    app.get("/list-sessions").of(&ada).send().await.assert(
        403,
        &[
            ("access-control-expose-headers", "set-auth-token"),
            ("set-auth-token", &raw_signed(&ada.token)),
            ("set-cookie", &cookie),
        ],
        r#"{"message":"Session is not fresh","code":"SESSION_NOT_FRESH"}"#,
    );

    app.pass(DAY);
    let answer = app.post("/revoke-other-sessions").of(&ada).send().await;
    assert_eq!(answer.cookies(), [cookie.as_str()]);
}

#[tokio::test]
async fn disable_refresh_is_any_value_but_the_empty_one() {
    let sessions = SessionSettings { update_age: Duration::ZERO, ..SessionSettings::default() };
    let app = App::with(Options { sessions, ..Options::default() }).await;
    let ada = app.sign_up("ada@example.com").await;
    for (query, renewed) in [
        ("", true),
        ("?disableRefresh=true", false),
        ("?disableRefresh=false", false),
        ("?disableRefresh=0", false),
        ("?disableRefresh=a&disableRefresh=b", false),
        ("?disableRefresh=", true),
        ("?disableRefresh", true),
        ("?disableCookieCache=true", true),
        ("?zzz=1", true),
        ("?%ff=%ff&=&&disableRefresh=%00", false),
    ] {
        let answer = app.get(&format!("/get-session{query}")).of(&ada).send().await;
        assert_eq!(answer.json()["session"]["token"], ada.token, "{query}");
        assert_eq!(answer.cookies().len(), usize::from(renewed), "{query}");
    }
}

#[tokio::test]
async fn disable_refresh_counts_on_every_route_that_needs_a_session() {
    let sessions = SessionSettings { update_age: Duration::ZERO, ..SessionSettings::default() };
    let app = App::with(Options { sessions, ..Options::default() }).await;
    let ada = app.sign_up("ada@example.com").await;
    for (query, renewed) in [("", true), ("?disableRefresh=1", false)] {
        let answer = app.get(&format!("/token{query}")).of(&ada).send().await;
        assert_eq!(answer.status, 200, "{query}");
        assert_eq!(answer.cookies().len(), usize::from(renewed), "{query}");
    }
}

#[tokio::test]
async fn a_session_that_ends_while_it_is_renewed_is_401() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sql("create trigger t before update on session begin select raise(ignore); end;");
    app.pass(2 * DAY);
    app.get("/get-session").of(&ada).send().await.assert(
        401,
        &[&[PRAGMA][..], &cleared()].concat(),
        r#"{"message":"Failed to get session","code":"FAILED_TO_GET_SESSION"}"#,
    );
}

#[tokio::test]
async fn a_left_over_cookie_cache_is_cleared_and_never_believed() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let cookies =
        format!("{}; better-auth.session_data=abc; better-auth.session_data.0=abc", ada.cookie);
    let cleared = [
        "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
        "better-auth.session_data.0=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    ];
    let answer = app.get("/get-session").cookie(&cookies).send().await;
    assert_eq!(answer.json()["session"]["token"], ada.token);
    assert_eq!(answer.cookies(), cleared);

    app.pass(DAY + HOUR);
    let answer = app.get("/get-session").cookie(&cookies).send().await;
    assert_eq!(answer.cookies(), [cleared[0], cleared[1], &session_cookie(&ada.token)]);

    let only = "better-auth.session_data=abc";
    app.get("/get-session").cookie(only).send().await.assert(200, &[PRAGMA], "null");
}

#[tokio::test]
async fn post_is_for_deferred_refresh_only() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let refused = r#"{"message":"POST method requires deferSessionRefresh to be enabled in session config","code":"METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED"}"#;
    for call in [
        app.post("/get-session"),
        app.post("/get-session").of(&ada),
        app.post("/get-session").body("text/plain", "not read"),
    ] {
        call.send().await.assert(405, &[PRAGMA], refused);
    }
}
