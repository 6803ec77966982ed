//! Names, attributes, signatures and reading rules.

use serde_json::json;

use crate::support::{App, Options, PASSWORD, raw_signed, signed, text};

#[tokio::test]
async fn a_cookie_is_read_signed_raw_or_quoted() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    for value in [
        signed(&ada.token),
        raw_signed(&ada.token),
        format!("\"{}\"", signed(&ada.token)),
        format!("{}; better-auth.session_token=bad", signed(&ada.token)),
    ] {
        let cookie = format!("other=1; better-auth.session_token={value}");
        let answer = app.get("/get-session").header("cookie", &cookie).send().await;
        assert_eq!(answer.json()["session"]["token"], ada.token, "{cookie}");
    }
}

#[tokio::test]
async fn cookies_may_come_in_several_headers() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let call = app.get("/get-session").header("cookie", "a=1").header("cookie", &ada.cookie);
    assert_eq!(call.send().await.json()["session"]["token"], ada.token);
}

#[tokio::test]
async fn over_https_cookies_are_secure_and_only_prefixed_ones_count() {
    let options = Options { base_url: "https://auth.example.com", ..Options::default() };
    let app = App::with(options).await;
    let body = json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD });
    let answer = app.post("/sign-up/email").json(&body).send().await;
    let value = signed(&text(&answer.json()["token"]));
    assert_eq!(
        answer.cookies(),
        [format!(
            "__Secure-better-auth.session_token={value}; Max-Age=604800; Path=/; HttpOnly; \
             Secure; SameSite=Lax"
        )]
    );

    let unprefixed = format!("better-auth.session_token={value}");
    let answer = app.get("/get-session").header("cookie", &unprefixed).send().await;
    answer.assert(200, &[("pragma", "no-cache")], "null");

    let prefixed = format!("__Secure-{unprefixed}");
    let call = app.post("/sign-out").header("cookie", &prefixed);
    let answer = call.header("origin", "https://auth.example.com").send().await;
    assert_eq!(
        answer.cookies(),
        [
            "__Secure-better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax",
            "__Secure-better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax",
            "__Secure-better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax",
        ]
    );
    assert_eq!(app.count("session"), 0);
}
