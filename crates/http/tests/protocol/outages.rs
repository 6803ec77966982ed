//! What the server itself lacks: hashing threads, tables, readable rows. For a database that is gone see
//! `tests/binary/postgres.rs`.

use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use serde_json::json;
use tessera_engine::{Entropy, HashingLane, NoEntropy};
use tokio::sync::mpsc::unbounded_channel;

use crate::support::{App, Call, DAY, Options, PASSWORD};

const RETRY: (&str, &str) = ("retry-after", "1");
const BROKEN: &str = r#"{"message":"Internal server error","code":"INTERNAL_SERVER_ERROR"}"#;

#[tokio::test]
async fn n3_a_full_hashing_lane_is_503_and_the_rest_goes_on() {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let (entered, mut hashing) = unbounded_channel();
    let waiting_at = Arc::clone(&gate);
    let random = SystemRandom::new();
    // Salts are made in the lane: whoever asks for one there waits until the gate opens.
    let entropy = Entropy::new(move |bytes| {
        if std::thread::current().name().is_some_and(|name| name.starts_with("hashing")) {
            entered.send(()).unwrap();
            let (open, opened) = &*waiting_at;
            let guard = open.lock().unwrap();
            drop(opened.wait_while(guard, |open| !*open).unwrap());
        }
        random.fill(bytes).map_err(|_| NoEntropy)
    });
    let lane = HashingLane::start(NonZeroUsize::MIN, 1).unwrap();
    let app = App::with(Options { entropy, hashing: lane, ..Options::default() }).await;
    let sign_up = |email: &str| -> Call {
        let body = json!({ "name": "Ada", "email": email, "password": PASSWORD });
        app.post("/sign-up/email").json(&body)
    };

    let hashed = tokio::spawn(sign_up("a@example.com").send());
    hashing.recv().await.unwrap();
    // The one thread is taken. On this single-threaded runtime tasks run in the order spawned, so
    // the second request has the one place in the queue before the third asks for it.
    let queued = tokio::spawn(sign_up("b@example.com").send());
    let refused = tokio::spawn(sign_up("c@example.com").send()).await.unwrap();
    refused.assert(
        503,
        &[RETRY],
        r#"{"message":"Too many people are signing in at once. Please try again.","code":"SERVICE_BUSY"}"#,
    );
    assert_eq!(app.get("/ok").send().await.status, 200);

    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    assert_eq!(hashed.await.unwrap().status, 200);
    assert_eq!(queued.await.unwrap().status, 200);
    assert_eq!(app.count("user"), 2);
}

#[tokio::test]
async fn v5_a_database_that_fails_is_500_and_never_bad_credentials() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sql("alter table session rename to gone; alter table account rename to gone_too;");
    let body = json!({ "name": "A", "email": "ada@example.com", "password": PASSWORD });
    let answer = app.get("/get-session").of(&ada).send().await;
    answer.assert(500, &[("pragma", "no-cache")], BROKEN);
    for call in [
        app.post("/sign-in/email").json(&body),
        app.get("/token").of(&ada),
        app.get("/list-sessions").of(&ada),
        app.post("/sign-out").of(&ada),
        app.post("/revoke-sessions").of(&ada),
        app.post("/update-user").json(&body).of(&ada),
        app.post("/verify-password").json(&body).of(&ada),
        app.get("/list-accounts").of(&ada),
        app.get("/account-info?accountId=x").of(&ada),
    ] {
        let answer = call.send().await;
        assert_eq!(answer.cookies(), [""; 0]);
        answer.assert(500, &[], BROKEN);
    }
}

#[tokio::test]
async fn v5_a_table_of_accounts_that_fails_is_500_and_never_a_wrong_password() {
    let app = App::with(Options { delete_user: true, ..Options::default() }).await;
    let ada = app.sign_up("ada@example.com").await;
    app.sql("alter table account rename to gone;");
    let body = json!({
        "password": PASSWORD, "currentPassword": PASSWORD, "newPassword": "another-horse-8",
        "accountId": "x",
    });
    for path in ["/verify-password", "/change-password", "/delete-user", "/unlink-account"] {
        let answer = app.post(path).json(&body).of(&ada).send().await;
        answer.assert(500, &[], BROKEN);
    }
    app.get("/list-accounts").of(&ada).send().await.assert(500, &[], BROKEN);
    app.post("/delete-user").json(&json!({})).of(&ada).send().await.assert(500, &[], BROKEN);
    assert_eq!(app.get("/token").of(&ada).send().await.status, 200, "nothing is half-done");
}

#[tokio::test]
async fn a_session_whose_row_cannot_be_read_is_500_and_opens_nothing() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sql("update session set expiresAt = 'never';");
    app.get("/token").of(&ada).send().await.assert(500, &[], BROKEN);
}

#[tokio::test]
async fn a_renewal_that_is_refused_is_500() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sql("create trigger t before update on session begin select raise(abort, 'no'); end;");
    app.pass(2 * DAY);
    app.get("/token").of(&ada).send().await.assert(500, &[], BROKEN);
}
