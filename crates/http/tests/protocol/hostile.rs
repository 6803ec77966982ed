//! Whatever is sent, no answer is a server error and nothing panics.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{App, ORIGIN, PASSWORD, refusal};

const PATHS: [&str; 24] = [
    "/sign-up/email",
    "/sign-in/email",
    "/sign-out",
    "/get-session",
    "/list-sessions",
    "/revoke-session",
    "/revoke-other-sessions",
    "/revoke-sessions",
    "/update-user",
    "/update-session",
    "/change-password",
    "/verify-password",
    "/list-accounts",
    "/unlink-account",
    "/sign-in/social",
    "/link-social",
    "/callback/x",
    "/get-access-token",
    "/refresh-token",
    "/account-info",
    "/token",
    "/jwks",
    "/ok",
    "/error",
];

#[tokio::test]
async fn hostile_headers_on_every_route() {
    let app = App::new().await;
    let long = vec![b'x'; 60_000];
    let many = [&b"better-auth.session_data=;"[..]; 2_000].concat();
    let values: [&[u8]; 16] = [
        b"\xff\xfe",
        b"better-auth.session_token=\xff.\xff",
        b"better-auth.session_token=%00.%ff%fe",
        b"better-auth.session_token=a.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        b"better-auth.session_token=.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        b"better-auth.session_token=\"",
        b"=;=;;==",
        b"Bearer \xff",
        b"Bearer %ff.%ff",
        b"Bearer '; drop table session; --",
        b"Bearer a.b.c.d",
        b"http://[",
        b"http://localhost:99999",
        b"%",
        &long,
        &many,
    ];
    for path in PATHS {
        for method in [Method::GET, Method::POST] {
            for header in ["cookie", "authorization", "origin", "user-agent", "content-type"] {
                for value in values {
                    let call = app.call(method.clone(), &format!("/api/auth{path}"));
                    let answer = call.header(header, value).send().await;
                    assert!(!answer.status.is_server_error(), "{method} {path} {header}");
                }
            }
        }
    }
    assert_eq!(app.count("user"), 0);
}

#[tokio::test]
async fn hostile_members_on_every_route() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let values: [Value; 9] = [
        json!(null),
        json!(-1e300),
        json!(u64::MAX),
        json!("\u{0}"),
        json!("'; drop table user; --"),
        json!("\u{202e}\u{feff}"),
        json!(["a"]),
        json!({ "$ne": null }),
        json!("x".repeat(60_000)),
    ];
    let members = [
        "name",
        "email",
        "password",
        "image",
        "callbackURL",
        "rememberMe",
        "token",
        "newPassword",
        "revokeOtherSessions",
        "accountId",
        "provider",
        "state",
    ];
    for path in PATHS {
        for value in &values {
            for member in members {
                let mut body = json!({
                    "name": "X", "email": "nope", "password": "short", "token": "x",
                    "currentPassword": "short", "newPassword": "short",
                });
                body[member] = value.clone();
                let answer = app.post(path).json(&body).of(&ada).send().await;
                assert!(!answer.status.is_server_error(), "{path} {member} {value}");
            }
        }
    }
    assert_eq!(app.count("user"), 1);
}

#[tokio::test]
async fn hostile_values_are_stored_and_given_back_as_they_were() {
    let app = App::new().await;
    let name = "\u{1}\u{202e}<script>'; drop table user; --\u{1f600}";
    let body = json!({ "name": name, "email": "eve@example.com", "password": PASSWORD });
    let call = app.post("/sign-up/email").json(&body).header("origin", ORIGIN);
    let answer = call.header("user-agent", b"\xff\xfe agent").send().await;
    assert_eq!(answer.json()["user"]["name"], name);
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    let session = app.get("/get-session").bearer(&token).send().await.json();
    assert_eq!(session["user"]["name"], name);
    assert_eq!(session["session"]["userAgent"], "\u{fffd}\u{fffd} agent");
}

#[tokio::test]
async fn text_with_u_0000_is_refused_by_name() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    for (path, member, body) in [
        (
            "/sign-up/email",
            "name",
            json!({ "name": "a\u{0}b", "email": "bob@example.com", "password": PASSWORD }),
        ),
        ("/update-user", "name", json!({ "name": "a\u{0}b" })),
        ("/update-user", "image", json!({ "image": "a\u{0}b" })),
        ("/revoke-session", "token", json!({ "token": "\u{0}" })),
        ("/unlink-account", "accountId", json!({ "accountId": "\u{0}" })),
        ("/reset-password", "token", json!({ "token": "\u{0}", "newPassword": PASSWORD })),
    ] {
        let message = format!("[body.{member}] Invalid string: must not contain U+0000");
        let answer = app.post(path).json(&body).of(&ada).send().await;
        answer.assert(400, &[], &refusal("VALIDATION_ERROR", &message));
    }
    let call = app.post("/reset-password?token=%00").json(&json!({ "newPassword": PASSWORD }));
    let message = "[query.token] Invalid string: must not contain U+0000";
    call.send().await.assert(400, &[], &refusal("VALIDATION_ERROR", message));
    assert_eq!(app.count("user"), 1);
}
