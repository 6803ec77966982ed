//! Whose page sent the request.

use serde_json::json;

use crate::support::{App, Call, ORIGIN, Options, PASSWORD};

const MISSING: &str = r#"{"message":"Missing or null Origin","code":"MISSING_OR_NULL_ORIGIN"}"#;
const INVALID: &str = r#"{"message":"Invalid origin","code":"INVALID_ORIGIN"}"#;
const BLOCKED: &str = r#"{"message":"Cross-site navigation login blocked. This request appears to be a CSRF attack.","code":"CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"}"#;

fn with(mut call: Call, headers: &[(&str, &str)]) -> Call {
    for (name, value) in headers {
        call = call.header(name, value);
    }
    call
}

#[tokio::test]
async fn any_cookie_demands_a_trusted_origin_on_every_post() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    for path in [
        "/sign-up/email",
        "/sign-in/email",
        "/sign-out",
        "/get-session",
        "/revoke-session",
        "/revoke-other-sessions",
        "/revoke-sessions",
    ] {
        for (headers, refusal) in [
            (&[("cookie", ada.cookie.as_str())][..], MISSING),
            (&[("cookie", "a=b")], MISSING),
            (&[("cookie", "a=b"), ("origin", "null")], MISSING),
            (&[("cookie", "a=b"), ("origin", "https://evil.example")], INVALID),
            (&[("cookie", "a=b"), ("referer", "https://evil.example/p")], INVALID),
            (&[("cookie", &ada.cookie), ("origin", "http://127.0.0.1:3000")], INVALID),
            (&[("cookie", &ada.cookie), ("origin", "http://localhost:3001")], INVALID),
            (&[("cookie", &ada.cookie), ("origin", "https://localhost:3000")], INVALID),
            (&[("cookie", &ada.cookie), ("origin", "http://localhost:3000.evil.example")], INVALID),
        ] {
            let call = with(app.post(path).json(&json!({ "token": "x" })), headers);
            call.send().await.assert(403, &[], refusal);
        }
    }
    for headers in [("origin", ORIGIN), ("referer", "http://localhost:3000/p?q")] {
        let call = with(app.post("/revoke-other-sessions"), &[("cookie", &ada.cookie), headers]);
        assert_eq!(call.send().await.status, 200);
    }
    assert_eq!(app.count("session"), 1);
}

#[tokio::test]
async fn without_a_cookie_sign_up_and_sign_in_look_at_what_a_browser_says() {
    let app = App::new().await;
    let cross_site = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("origin", "https://evil.example"),
    ];
    let body = json!({ "name": "Eve", "email": "eve@example.com", "password": PASSWORD });
    for path in ["/sign-up/email", "/sign-in/email"] {
        for (headers, refusal) in [
            (&[("origin", "https://evil.example")][..], INVALID),
            (&[("origin", "null")], MISSING),
            (&[("referer", "https://evil.example/p")], INVALID),
            (&[("origin", "http://127.0.0.1:3000")], INVALID),
            (&cross_site, BLOCKED),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")], MISSING),
            (&[("sec-fetch-mode", "cors")], MISSING),
            (&[("sec-fetch-site", "cross-site"), ("origin", "null")], MISSING),
        ] {
            let call = with(app.post(path).json(&body), headers);
            call.send().await.assert(403, &[], refusal);
        }
    }
    assert_eq!(app.count("user"), 0);

    app.sign_up("ada@example.com").await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    for headers in [
        &[][..],
        &[("origin", ORIGIN)],
        &[("referer", "http://localhost:3000/p")],
        &[("sec-fetch-mode", "cors"), ("origin", ORIGIN)],
        &[("sec-fetch-site", "same-origin"), ("origin", "null")],
    ] {
        let call = with(app.post("/sign-in/email").json(&body), headers);
        assert_eq!(call.send().await.status, 200, "{headers:?}");
    }
}

#[tokio::test]
async fn a_bearer_token_does_not_excuse_a_login_from_a_browser() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let call = || app.post("/sign-in/email").json(&body).bearer(&ada.token);
    assert_eq!(call().send().await.status, 200);
    call().header("sec-fetch-mode", "cors").send().await.assert(403, &[], MISSING);
}

#[tokio::test]
async fn trusted_origins_are_compared_as_origins() {
    let app = App::with(Options {
        base_url: "https://auth.example.com",
        trusted_origins: "https://app.example.com, https://*.preview.example.com",
        ..Options::default()
    })
    .await;
    let body = json!({ "email": "ada@example.com", "password": "wrongwrong" });
    for (origin, status) in [
        ("https://auth.example.com", 401),
        ("https://app.example.com", 401),
        ("https://x.preview.example.com", 401),
        ("https://x.y.preview.example.com", 401),
        ("http://app.example.com", 403),
        ("https://preview.example.com", 403),
        ("https://app.example.com:8443", 403),
        ("https://app.example.com.evil.example", 403),
    ] {
        let call = app.post("/sign-in/email").json(&body).header("origin", origin);
        assert_eq!(call.send().await.status, status, "{origin}");
    }
}

#[tokio::test]
async fn forwarded_headers_do_not_change_who_is_trusted() {
    let app = App::new().await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let call = app
        .post("/sign-in/email")
        .json(&body)
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "https")
        .header("origin", "https://evil.example");
    call.send().await.assert(403, &[], INVALID);
}

#[tokio::test]
async fn the_order_of_the_checks() {
    let app = App::new().await;
    let foreign = ("origin", "https://evil.example");
    let invalid = r#"{"message":"[body.email] Invalid input: expected string, received undefined; [body.password] Invalid input: expected string, received undefined","code":"VALIDATION_ERROR"}"#;

    // Without a cookie the body is looked at before the origin, with one after it.
    let call = with(app.post("/sign-in/email").json(&json!({})), &[foreign]);
    call.send().await.assert(400, &[], invalid);
    let call = with(app.post("/sign-in/email").json(&json!({})), &[foreign, ("cookie", "a=b")]);
    call.send().await.assert(403, &[], INVALID);

    // Whether it can be read at all comes first.
    let call = app.post("/sign-in/email").body("application/json", "{");
    with(call, &[foreign, ("cookie", "a=b")]).send().await.assert(
        400,
        &[],
        r#"{"message":"Invalid JSON in request body","code":"BAD_REQUEST"}"#,
    );

    // An unknown route never gets as far as the origin.
    let call = with(app.post("/nope"), &[foreign, ("cookie", "a=b")]);
    call.send().await.assert_exactly(404, &[], "");
}
