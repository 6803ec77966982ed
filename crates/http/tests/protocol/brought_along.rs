//! People whose passwords were hashed elsewhere: they sign in, and are hashed anew.

use std::sync::Mutex;
use std::sync::mpsc;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use serde_json::json;
use tessera_engine::{Entropy, NoEntropy};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::support::{Answer, App, NOW, Options, PASSWORD};

const WRONG: &str = r#"{"message":"Invalid email or password","code":"INVALID_EMAIL_OR_PASSWORD"}"#;

/// [`PASSWORD`], hashed by Python's bcrypt.
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuSQyLzxZtaUFpi/q2P5wWap0qvqIvC5q";

/// [`PASSWORD`], hashed by argon2-cffi.
const ARGON2ID: &str = "$argon2id$v=19$m=8192,t=2,p=2$dGVzc2VyYSBvZiBhIHNhbHQ$0SZctAiG/tu994ay2nNuN34h61qaqprAsXo3o0SuRPw";

/// [`PASSWORD`], hashed by Python's hashlib.scrypt.
const SCRYPT: &str =
    "$scrypt$ln=14,r=8,p=1$dGVzc2VyYSBvZiBhIHNhbHQ$J2GwcfLndh7oI92GICiwll5JMH4hbsYfRJdAQUVq+6w";

/// A typed ligature, hashed as it was typed by Python's bcrypt.
const LIGATURE: &str = "$2b$04$abcdefghijklmnopqrstuu6cco9WbsJIqUmT421KP.XvILw/tillq";

/// Two people whose passwords have this hash.
async fn with_hash(options: Options, hash: &str) -> App {
    let app = App::with(options).await;
    app.sign_up("ada@example.com").await;
    app.sign_up("bob@example.com").await;
    let update = "update account set updatedAt = '2020-01-01T00:00:00.000Z', password =";
    app.sql(&format!("{update} '{hash}';"));
    app
}

async fn sign_in(app: &App, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    app.post("/sign-in/email").json(&body).send().await
}

/// `account.password` and `updatedAt` of somebody.
fn stored(app: &App, email: &str) -> (String, String) {
    app.row(&format!(
        "select a.password, a.updatedAt from account a join user u on u.id = a.userId \
         where u.email = '{email}'"
    ))
}

#[tokio::test]
async fn n16_each_form_signs_in_and_becomes_better_auths() {
    for hash in [BCRYPT, ARGON2ID, SCRYPT] {
        let app = with_hash(Options::default(), hash).await;
        let old = (hash.to_owned(), "2020-01-01T00:00:00.000Z".to_owned());

        sign_in(&app, "ada@example.com", "correct-horse-8").await.assert(401, &[], WRONG);
        assert_eq!(stored(&app, "ada@example.com"), old, "a wrong password changes nothing");

        assert_eq!(sign_in(&app, "ada@example.com", PASSWORD).await.status, 200, "{hash}");
        let (new, updated) = stored(&app, "ada@example.com");
        let (salt, key) = new.split_once(':').unwrap();
        assert_eq!((salt.len(), key.len(), updated.as_str()), (32, 128, NOW));
        assert_eq!(stored(&app, "bob@example.com"), old, "nobody else's changes");

        sign_in(&app, "ada@example.com", "correct-horse-8").await.assert(401, &[], WRONG);
        assert_eq!(sign_in(&app, "ada@example.com", PASSWORD).await.status, 200, "{hash}");
        assert_eq!(stored(&app, "ada@example.com").0, new, "which stays as it is");
    }
}

#[tokio::test]
async fn n16_a_password_counts_as_it_was_typed_until_it_is_hashed_anew() {
    let app = with_hash(Options::default(), LIGATURE).await;
    sign_in(&app, "ada@example.com", "fine weather today").await.assert(401, &[], WRONG);
    assert_eq!(sign_in(&app, "ada@example.com", "ﬁne weather today").await.status, 200);
    assert_eq!(sign_in(&app, "ada@example.com", "fine weather today").await.status, 200);
}

#[tokio::test]
async fn n16_a_hash_that_costs_too_much_is_not_worked_on() {
    let app = with_hash(Options::default(), &BCRYPT.replace("$04$", "$31$")).await;
    sign_in(&app, "ada@example.com", PASSWORD).await.assert(401, &[], WRONG);
}

/// The same two people; from now on, hashing threads that ask for a salt say so, and wait until they
/// are let go.
async fn halting() -> (App, UnboundedReceiver<()>, mpsc::Sender<()>) {
    let (entered, mut hashing) = unbounded_channel();
    let (go, gone) = mpsc::channel();
    let (random, gone) = (SystemRandom::new(), Mutex::new(gone));
    let entropy = Entropy::new(move |bytes| {
        if std::thread::current().name().is_some_and(|name| name.starts_with("hashing")) {
            entered.send(()).unwrap();
            gone.lock().unwrap().recv().unwrap();
        }
        random.fill(bytes).map_err(|_| NoEntropy)
    });
    // Two sign-ups come first.
    go.send(()).unwrap();
    go.send(()).unwrap();
    let app = with_hash(Options { entropy, ..Options::default() }, BCRYPT).await;
    hashing.recv().await.unwrap();
    hashing.recv().await.unwrap();
    (app, hashing, go)
}

#[tokio::test]
async fn n16_of_two_first_sign_ins_one_hashes_anew() {
    let (app, mut hashing, go) = halting().await;
    app.sql(
        "create table change (x); create trigger t after update on account \
         begin insert into change values (1); end;",
    );
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let first = tokio::spawn(app.post("/sign-in/email").json(&body).send());
    let second = tokio::spawn(app.post("/sign-in/email").json(&body).send());
    // Both have found the password right, and neither has stored anything yet.
    hashing.recv().await.unwrap();
    hashing.recv().await.unwrap();
    go.send(()).unwrap();
    go.send(()).unwrap();
    assert_eq!(first.await.unwrap().status, 200);
    assert_eq!(second.await.unwrap().status, 200);
    assert_eq!(app.count("change"), 1);
    assert_eq!(sign_in(&app, "ada@example.com", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a8_a_sign_in_with_a_password_that_is_changed_meanwhile_is_refused() {
    let (app, mut hashing, go) = halting().await;
    let sessions = app.count("session");
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let signing_in = tokio::spawn(app.post("/sign-in/email").json(&body).send());
    hashing.recv().await.unwrap();
    app.sql(&format!("update account set password = '{LIGATURE}';"));
    go.send(()).unwrap();
    signing_in.await.unwrap().assert(401, &[], WRONG);
    assert_eq!(stored(&app, "ada@example.com").0, LIGATURE, "it stays as it was changed");
    assert_eq!(app.count("session"), sessions);
}

#[tokio::test]
async fn a8_a_sign_in_to_an_account_that_is_deleted_meanwhile_is_refused() {
    let (app, mut hashing, go) = halting().await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let signing_in = tokio::spawn(app.post("/sign-in/email").json(&body).send());
    hashing.recv().await.unwrap();
    app.sql("delete from session; delete from account; delete from user;");
    go.send(()).unwrap();
    signing_in.await.unwrap().assert(401, &[], WRONG);
    assert_eq!(app.count("session"), 0);
}

#[tokio::test]
async fn a8_a_password_that_changes_twice_meanwhile_is_refused() {
    let (app, mut hashing, go) = halting().await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let signing_in = tokio::spawn(app.post("/sign-in/email").json(&body).send());
    // Both are the password that is presented, and neither is there any more when it has been checked.
    for other in [ARGON2ID, SCRYPT] {
        hashing.recv().await.unwrap();
        app.sql(&format!("update account set password = '{other}';"));
        go.send(()).unwrap();
    }
    signing_in.await.unwrap().assert(401, &[], WRONG);
    assert_eq!(stored(&app, "ada@example.com").0, SCRYPT);
}
