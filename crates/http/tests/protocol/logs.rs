//! What the operator reads, and what nobody reads.

use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Mutex, Once};

use serde_json::{Value, json};
use tessera_http::RateLimit;
use tokio::task::JoinSet;

use crate::support::{App, Options, PASSWORD};

/// All lines logged on this thread, from `Log::start` on.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

thread_local! {
    static OF_THIS_THREAD: RefCell<Option<Log>> = const { RefCell::new(None) };
}

impl Log {
    /// One subscriber serves all tests: events that a thread meets while none is set may be lost to
    /// the others as well.
    pub(crate) fn start() -> Self {
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| {
            tracing_subscriber::fmt().json().with_writer(|| OfThisThread).init();
        });
        let log = Self::default();
        OF_THIS_THREAD.set(Some(log.clone()));
        log
    }

    /// Level, and the fields without the message, of each line.
    pub(crate) fn lines(&self) -> Vec<(String, Value)> {
        let line = |line: &str| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let level = line["level"].as_str().unwrap().to_owned();
            let mut fields = line["fields"].take();
            fields.as_object_mut().unwrap().remove("message");
            (level, fields)
        };
        self.text().lines().map(line).collect()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

struct OfThisThread;

impl io::Write for OfThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        OF_THIS_THREAD.with_borrow(|log| {
            if let Some(Log(lines)) = log {
                lines.lock().unwrap().extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn v6_each_refusal_is_one_line_with_its_reason() {
    let app = App::with(Options { rate_limit: RateLimit::On, ..Options::default() }).await;
    let log = Log::start();
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let sign_in = || app.post("/sign-in/email").json(&body);
    sign_in().header("origin", "https://evil.example").send().await;
    sign_in().send().await;
    app.get("/token").send().await;
    sign_in().header("cookie", "a=b").send().await;
    sign_in().send().await;
    let refused = |event: &str, reason: &str| {
        ("WARN".to_owned(), json!({ "event": event, "reason": reason }))
    };
    assert_eq!(
        log.lines(),
        [
            refused("request_refused", "INVALID_ORIGIN"),
            refused("sign_in_refused", "unknown_email"),
            refused("request_refused", "UNAUTHORIZED"),
            refused("request_refused", "MISSING_OR_NULL_ORIGIN"),
            refused("request_refused", "RATE_LIMITED"),
        ]
    );
}

#[tokio::test]
async fn v6_each_change_of_an_account_is_a_line() {
    let app = App::with(Options { delete_user: true, ..Options::default() }).await;
    let ada = app.sign_up("ada@example.com").await;
    let session = app.get("/get-session").of(&ada).send().await.json()["session"]["id"].clone();
    app.sql("update account set id = 'password'");
    app.sql(&format!(
        "insert into account (id, accountId, providerId, userId, createdAt, updatedAt)
         values ('hub', '42', 'github', '{}', '2027-02-01T00:00:00.000Z', '2027-02-01T00:00:00.000Z')",
        ada.user_id
    ));
    let log = Log::start();
    let change = |current: &str| {
        let body = json!({ "currentPassword": current, "newPassword": "another-horse-8" });
        app.post("/change-password").json(&body).of(&ada).send()
    };
    assert_eq!(change("a-wrong-password").await.status, 400);
    assert_eq!(change(PASSWORD).await.status, 200);
    let unlink = app.post("/unlink-account").json(&json!({ "accountId": "hub" })).of(&ada);
    assert_eq!(unlink.send().await.status, 200);
    assert_eq!(app.post("/delete-user").json(&json!({})).of(&ada).send().await.status, 200);
    let user = &ada.user_id;
    let info = |fields: Value| ("INFO".to_owned(), fields);
    assert_eq!(
        log.lines(),
        [
            (
                "WARN".to_owned(),
                json!({ "event": "password_refused", "user": user, "reason": "wrong_password" })
            ),
            info(json!({ "event": "change_password", "user": user })),
            info(json!({ "event": "unlink_account", "user": user, "account": "hub" })),
            info(json!({ "event": "delete_user", "user": user })),
            info(json!({
                "event": "session_ended", "user": user, "session": session, "reason": "delete_user",
            })),
        ]
    );
}

#[tokio::test]
async fn v6_a_query_that_fails_is_one_line_with_its_cause() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sql("alter table session rename to gone;");
    let log = Log::start();
    assert_eq!(app.get("/get-session").of(&ada).send().await.status, 500);
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let (level, fields) = &lines[0];
    assert_eq!((level.as_str(), &fields["status"]), ("ERROR", &json!(500)));
    assert!(fields["error"].as_str().unwrap().contains("no such table"), "{fields}");
}

#[tokio::test]
async fn v6_an_unreadable_hash_is_an_error_that_the_operator_sees() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    app.sql("update account set password = 'garbage';");
    let log = Log::start();
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    assert_eq!(app.post("/sign-in/email").json(&body).send().await.status, 401);
    let errors = log.lines().into_iter().filter(|(level, _)| level == "ERROR");
    let errors: Vec<Value> = errors.map(|(_, fields)| fields).collect();
    assert_eq!(errors, [json!({ "error": "the stored password hash has an unknown form" })]);
}

#[tokio::test]
async fn v6_no_secret_is_logged() {
    let log = Log::start();
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let wrong = json!({ "email": "ada@example.com", "password": "a-wrong-password" });
    app.post("/sign-in/email").json(&wrong).send().await;
    let jwt = app.get("/token").of(&ada).send().await.json()["token"].clone();
    app.get("/get-session").bearer(jwt.as_str().unwrap()).send().await;
    app.post("/sign-out").of(&ada).send().await;
    app.get("/token").of(&ada).send().await;

    let text = log.text();
    assert!(text.contains(r#""event":"sign_up""#) && text.contains(r#""reason":"sign_out""#));
    let signature = jwt.as_str().unwrap().rsplit('.').next().unwrap();
    let cookie = ada.cookie.split('=').next_back().unwrap();
    for secret in [PASSWORD, "a-wrong-password", &ada.token, cookie, signature, "ada@example.com"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn v6_of_many_deletions_at_once_one_is_logged() {
    let app = App::with(Options { delete_user: true, ..Options::default() }).await;
    let ada = app.sign_up("ada@example.com").await;
    let log = Log::start();
    let mut race = JoinSet::new();
    for _ in 0..20 {
        race.spawn(app.post("/delete-user").json(&json!({})).of(&ada).send());
    }
    race.join_all().await;
    let lines = log.lines();
    let named = |event: &str| lines.iter().filter(|(_, line)| line["event"] == event).count();
    assert_eq!((named("delete_user"), named("session_ended")), (1, 1));
}
