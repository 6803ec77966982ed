//! The engine on its real store: a fresh SQLite file, a set clock.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use tempfile::TempDir;
use tessera_db::Sqlite;
use tessera_engine::accounts::{Device, SignIn, SignInError, SignUp, SignUpError};
use tessera_engine::credentials::{ChangePassword, CredentialError};
use tessera_engine::profile::UserChange;
use tessera_engine::sessions::Renewal;
use tessera_engine::store::Store;
use tessera_engine::{
    Clock, Email, EmailSettings, EndedSession, Engine, Entropy, HashingLane, KeyState, KeyTimes,
    MailLink, Parts, PasswordRefused, Rotation, Secret, SessionId, SessionSettings, Settings,
    SignedIn, SigningKeys, Time, TokenSettings, TokenSigning, User,
};
use tessera_store::{MIGRATIONS, SqliteStore};
use tessera_token::Algorithm;
use tokio::task::JoinSet;

const SECRET: &str = "reference-secret-0123456789abcdefghijkl";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

struct World {
    engine: Engine,
    now: Arc<AtomicI64>,
    ended: Arc<Mutex<Vec<SessionId>>>,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        Self::on(TempDir::new().unwrap(), SECRET, hs256()).await
    }

    async fn on(folder: TempDir, secret: &str, signing: TokenSigning) -> Self {
        let now = Arc::new(AtomicI64::new(1_800_000_000_000));
        let ended = Arc::new(Mutex::new(Vec::new()));
        let (read, heard) = (Arc::clone(&now), Arc::clone(&ended));
        let db = Sqlite::open(&database(folder.path())).unwrap();
        db.migrate(&MIGRATIONS).unwrap();
        let parts = Parts {
            store: Arc::new(SqliteStore::new(db)),
            settings: Settings {
                secrets: Secret::parse(secret).unwrap().into(),
                sessions: SessionSettings::default(),
                tokens: TokenSettings {
                    issuer: "http://localhost:3000".to_owned(),
                    audience: "http://localhost:3000".to_owned(),
                    expires_in: Duration::from_secs(900),
                    signing,
                },
                refuse_common_passwords: true,
                emails: EmailSettings::default(),
            },
            clock: Clock::new(move || Time::from_millis(read.load(Ordering::SeqCst))),
            entropy: Entropy::system(),
            hashing: HashingLane::start(NonZeroUsize::new(2).unwrap(), 100).unwrap(),
            on_session_end: Arc::new(move |session: &EndedSession| {
                heard.lock().unwrap().push(session.id.clone());
            }),
            on_keys_change: Arc::new(|_| {}),
            send_mail: None,
        };
        let engine = Engine::start(parts).await.unwrap();
        Self { engine, now, ended, folder }
    }

    /// The same database after a stop and a start.
    async fn restarted(self, secret: &str, signing: TokenSigning) -> Self {
        let now = self.now.load(Ordering::SeqCst);
        drop(self.engine);
        let world = Self::on(self.folder, secret, signing).await;
        world.now.store(now, Ordering::SeqCst);
        world
    }

    fn pass(&self, span: Duration) {
        self.now.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    async fn sign_up(&self, email: &str) -> Result<SignedIn, SignUpError> {
        let signed_up = self
            .engine
            .sign_up(SignUp {
                name: "Ada".to_owned(),
                email: Email::parse(email).unwrap(),
                password: "correct-horse-7".to_owned().into(),
                image: None,
                device: device(true),
                verification: link(),
            })
            .await?;
        Ok(SignedIn { session: signed_up.session.unwrap(), user: signed_up.user })
    }

    async fn sign_in(&self, email: &str, password: &str) -> Result<SignedIn, SignInError> {
        self.engine
            .sign_in(SignIn {
                email: Email::parse(email).unwrap(),
                password: password.to_owned().into(),
                device: device(true),
                verification: link(),
            })
            .await
    }

    async fn is_live(&self, signed_in: &SignedIn) -> bool {
        self.engine.session(&signed_in.session.token, Renewal::Withheld).await.unwrap().is_some()
    }

    fn ended(&self) -> Vec<SessionId> {
        std::mem::take(&mut self.ended.lock().unwrap())
    }

    /// Runs SQL behind the engine's back.
    fn sql(&self, sql: &str) {
        let db = rusqlite::Connection::open(database(self.folder.path())).unwrap();
        db.execute_batch(sql).unwrap();
    }
}

fn database(folder: &Path) -> std::path::PathBuf {
    folder.join("tessera.db")
}

fn device(stays_signed_in: bool) -> Device {
    Device { ip_address: "192.0.2.1".to_owned(), user_agent: "test".to_owned(), stays_signed_in }
}

fn eddsa() -> TokenSigning {
    TokenSigning::KeyPair { algorithm: Algorithm::EdDSA, times: KeyTimes::default() }
}

fn link() -> MailLink {
    MailLink { before: "/verify-email?token=".to_owned(), after: String::new() }
}

fn hs256() -> TokenSigning {
    let current = Secret::parse("a token secret of at least 32 bytes").unwrap();
    TokenSigning::Shared { current, older: Vec::new() }
}

#[tokio::test]
async fn a9_a_sign_up_that_fails_leaves_nothing() {
    let world = World::new().await;
    world.sql("create trigger full before insert on session begin select raise(abort, 'no'); end;");
    assert!(matches!(world.sign_up("ada@example.com").await, Err(SignUpError::Store(_))));
    world.sql("drop trigger full;");
    world.sign_up("ada@example.com").await.unwrap();
}

#[tokio::test]
async fn a1_of_many_racing_sign_ups_exactly_one_wins() {
    let world = Arc::new(World::new().await);
    let mut race = JoinSet::new();
    for _ in 0..8 {
        let world = Arc::clone(&world);
        race.spawn(async move { world.sign_up("ada@example.com").await });
    }
    let mut won = 0;
    for outcome in race.join_all().await {
        match outcome {
            Ok(_) => won += 1,
            Err(SignUpError::EmailTaken) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(won, 1);
    world.sign_in("ada@example.com", "correct-horse-7").await.unwrap();
}

#[tokio::test]
async fn a4_the_commonest_passwords_are_refused() {
    let world = World::new().await;
    let request = SignUp {
        name: String::new(),
        email: Email::parse("ada@example.com").unwrap(),
        password: "password1".to_owned().into(),
        image: None,
        device: device(true),
        verification: link(),
    };
    let refused = world.engine.sign_up(request).await;
    assert!(matches!(refused, Err(SignUpError::Password(PasswordRefused::TooCommon))));
}

#[tokio::test]
async fn a2_wrong_and_unknown_are_one_error() {
    let world = World::new().await;
    world.sign_up("ada@example.com").await.unwrap();
    for (email, password) in [
        ("ada@example.com", "wrong"),
        ("bob@example.com", "correct-horse-7"),
        ("ada@example.com", ""),
    ] {
        let refused = world.sign_in(email, password).await;
        assert!(matches!(refused, Err(SignInError::InvalidCredentials)), "{email}");
    }
}

#[tokio::test]
async fn a6_a_session_is_renewed_daily_and_ends_a_week_after_its_last_use() {
    let world = World::new().await;
    let signed_in = world.sign_up("ada@example.com").await.unwrap();
    let token = &signed_in.session.token;

    world.pass(DAY - Duration::from_millis(1));
    assert!(!world.engine.session(token, Renewal::IfDue).await.unwrap().unwrap().renewed);
    world.pass(Duration::from_millis(1));
    assert!(!world.engine.session(token, Renewal::Withheld).await.unwrap().unwrap().renewed);
    let live = world.engine.session(token, Renewal::IfDue).await.unwrap().unwrap();
    assert!(live.renewed);
    assert_eq!(live.signed_in.session.expires_at, world.engine.now() + 7 * DAY);
    let read = world.engine.session(token, Renewal::Withheld).await.unwrap().unwrap();
    assert_eq!(read.signed_in, live.signed_in, "what was answered is what is stored");

    world.pass(7 * DAY - Duration::from_millis(1));
    assert!(world.is_live(&signed_in).await);
    world.pass(Duration::from_millis(1));
    assert!(!world.is_live(&signed_in).await);
    assert_eq!(world.ended(), std::slice::from_ref(&signed_in.session.id));
}

#[tokio::test]
async fn a5_ending_tells_the_verifiers_and_outlasts_a_restart() {
    let world = World::new().await;
    let one = world.sign_up("ada@example.com").await.unwrap();
    let two = world.sign_in("ada@example.com", "correct-horse-7").await.unwrap();
    let bob = world.sign_up("bob@example.com").await.unwrap();

    world.engine.revoke_session(&bob.user.id, &one.session.token).await.unwrap();
    assert!(world.is_live(&one).await, "somebody else's token changes nothing");
    assert_eq!(world.ended(), []);

    world.engine.revoke_other_sessions(&one.user.id, &one.session.token).await.unwrap();
    assert_eq!(world.ended(), std::slice::from_ref(&two.session.id));
    assert!(!world.is_live(&two).await);
    world.engine.sign_out(&one.session.token).await.unwrap();
    assert_eq!(world.ended(), std::slice::from_ref(&one.session.id));

    let world = world.restarted(SECRET, hs256()).await;
    let mut ids: Vec<_> =
        world.engine.ended_sessions().await.unwrap().into_iter().map(|ended| ended.id).collect();
    ids.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    let mut expected = [one.session.id, two.session.id];
    expected.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    assert_eq!(ids, expected);
    assert!(world.is_live(&bob).await);

    world.pass(DAY + Duration::from_secs(60 * 60));
    assert_eq!(world.engine.ended_sessions().await.unwrap(), []);
}

#[tokio::test]
async fn a5_a_sign_out_whose_client_goes_away_still_tells_the_verifiers() {
    let world = World::new().await;
    let signed_in = world.sign_up("ada@example.com").await.unwrap();
    {
        let mut sign_out = pin!(world.engine.sign_out(&signed_in.session.token));
        assert!(
            std::future::poll_fn(|cx| Poll::Ready(sign_out.as_mut().poll(cx))).await.is_pending()
        );
    }
    // Whatever comes next is written, and so answered, after it.
    world.engine.revoke_sessions(&signed_in.user.id).await.unwrap();
    assert!(!world.is_live(&signed_in).await);
    assert_eq!(world.ended(), [signed_in.session.id]);
}

#[tokio::test]
async fn a8_what_a_new_password_ended_stays_refused_after_a_restart() {
    let world = World::new().await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let bob = world.sign_up("bob@example.com").await.unwrap();
    world.pass(DAY / 2);
    let change = |current: &str, new: &str| ChangePassword {
        user: ada.user.clone(),
        current: current.to_owned().into(),
        new: new.to_owned().into(),
        start_anew_on: Some(device(true)),
    };
    let wrong = world.engine.change_password(change("not hers at all", "another-horse-8")).await;
    assert!(matches!(wrong, Err(CredentialError::Wrong)));
    assert_eq!(world.ended(), []);

    let changed = world.engine.change_password(change("correct-horse-7", "another-horse-8")).await;
    let session = changed.unwrap().unwrap();
    assert_eq!(world.ended(), std::slice::from_ref(&ada.session.id));
    let anew = SignedIn { session, user: ada.user.clone() };

    let world = world.restarted(SECRET, hs256()).await;
    let ended = world.engine.ended_sessions().await.unwrap();
    assert_eq!(
        ended.into_iter().map(|ended| ended.id).collect::<Vec<_>>(),
        std::slice::from_ref(&ada.session.id)
    );
    assert!(world.is_live(&anew).await && world.is_live(&bob).await && !world.is_live(&ada).await);
    assert!(world.sign_in("ada@example.com", "another-horse-8").await.is_ok());
    assert!(world.sign_in("ada@example.com", "correct-horse-7").await.is_err());
}

#[tokio::test]
async fn a8_what_a_deletion_ended_stays_refused_after_a_restart() {
    let world = World::new().await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    let bob = world.sign_up("bob@example.com").await.unwrap();
    for ended in [vec![ada.session.id.clone()], vec![]] {
        world.engine.delete_user(&ada.user.id).await.unwrap();
        assert_eq!(world.ended(), ended, "a second deletion finds nobody");
    }
    let change = UserChange { name: Some("X".to_owned()), ..UserChange::default() };
    assert_eq!(world.engine.update_user(&ada.user.id, change).await.unwrap(), None);
    assert_eq!(world.engine.linked_accounts(&ada.user.id).await.unwrap(), []);

    let world = world.restarted(SECRET, hs256()).await;
    let ended = world.engine.ended_sessions().await.unwrap();
    assert_eq!(
        ended.into_iter().map(|ended| ended.id).collect::<Vec<_>>(),
        std::slice::from_ref(&ada.session.id)
    );
    assert!(world.is_live(&bob).await && !world.is_live(&ada).await);
    assert!(world.sign_up("ada@example.com").await.is_ok());
}

#[tokio::test]
async fn a_change_of_an_account_is_answered_with_what_is_stored() {
    let world = World::new().await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    world.pass(DAY / 2);
    let mut expected = User { updated_at: world.engine.now(), ..ada.user.clone() };
    for (name, image) in [
        (Some("Countess"), Some(Some("https://example.com/a.png"))),
        (None, Some(None)),
        (Some(""), None),
    ] {
        let change = UserChange {
            name: name.map(str::to_owned),
            image: image.map(|image| image.map(str::to_owned)),
        };
        if let Some(name) = &change.name {
            expected.name.clone_from(name);
        }
        if let Some(image) = &change.image {
            expected.image.clone_from(image);
        }
        let changed = world.engine.update_user(&ada.user.id, change).await.unwrap();
        assert_eq!(changed.as_ref(), Some(&expected));
        let token = &ada.session.token;
        let read = world.engine.session(token, Renewal::Withheld).await.unwrap().unwrap();
        assert_eq!(read.signed_in.user, expected);
    }
}

#[tokio::test]
async fn reading_a_session_writes_nothing_where_renewal_is_deferred() {
    let world = World::new().await;
    let ada = world.sign_up("ada@example.com").await.unwrap();
    world.sql("create trigger no before update on session begin select raise(abort, 'no'); end;");
    world.sql("create trigger none before delete on session begin select raise(abort, 'no'); end;");
    let token = &ada.session.token;
    world.pass(DAY);
    let live = world.engine.session(token, Renewal::Deferred).await.unwrap().unwrap();
    assert_eq!((live.signed_in, live.renewed, live.due), (ada.clone(), false, true));
    world.pass(7 * DAY);
    assert!(world.engine.session(token, Renewal::Deferred).await.unwrap().is_none());
}

#[tokio::test]
async fn t1_a_token_names_its_owner_and_session_and_does_not_outlive_it() {
    let world = World::new().await;
    let signed_in = world.sign_up("ada@example.com").await.unwrap();
    let (user, session) = (&signed_in.user, &signed_in.session);
    let now = world.engine.now().as_unix_seconds();
    let claims = payload(&world.engine.token(&signed_in).unwrap());
    let expected = serde_json::json!({
        "iat": now,
        "name": "Ada", "email": "ada@example.com", "emailVerified": false, "image": null,
        "createdAt": user.created_at.to_string(), "updatedAt": user.updated_at.to_string(),
        "id": user.id.as_str(), "sub": user.id.as_str(), "exp": now + 900,
        "iss": "http://localhost:3000", "aud": "http://localhost:3000",
        "user_id": user.id.as_str(), "sid": session.id.as_str(),
    });
    assert_eq!(claims, expected);

    world.pass(7 * DAY - Duration::from_secs(60));
    let claims = payload(&world.engine.token(&signed_in).unwrap());
    assert_eq!(claims["exp"], session.expires_at.as_unix_seconds());
}

#[tokio::test]
async fn n13_a_private_key_signs_again_only_when_half_its_life_is_over_or_the_account_changed() {
    let world = World::on(TempDir::new().unwrap(), SECRET, eddsa()).await;
    let mut signed_in = world.sign_up("ada@example.com").await.unwrap();
    let first = world.engine.token(&signed_in).unwrap();
    world.pass(Duration::from_secs(449));
    assert_eq!(world.engine.token(&signed_in).unwrap(), first);
    world.pass(Duration::from_secs(1));
    let second = world.engine.token(&signed_in).unwrap();
    assert_ne!(second, first);
    signed_in.user.name = "Countess".to_owned();
    signed_in.user.updated_at = world.engine.now();
    assert_eq!(payload(&world.engine.token(&signed_in).unwrap())["name"], "Countess");
}

#[tokio::test]
async fn t2_a_key_is_kept_across_restarts_and_another_secret_gets_another_key() {
    let world = World::on(TempDir::new().unwrap(), SECRET, eddsa()).await;
    let first = published(&world);
    let world = world.restarted(SECRET, eddsa()).await;
    assert_eq!(published(&world), first);

    let world = world.restarted("another-secret-0123456789abcdefghijkl", eddsa()).await;
    let both: serde_json::Value = serde_json::from_str(&published(&world)).unwrap();
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert_eq!(both["keys"].as_array().unwrap().len(), 2);
    assert_eq!(both["keys"][1], first["keys"][0], "the old key still verifies");
}

#[tokio::test]
async fn n2_of_two_hundred_first_starts_one_makes_the_key() {
    let folder = TempDir::new().unwrap();
    let open = || {
        let db = Sqlite::open(&database(folder.path())).unwrap();
        db.migrate(&MIGRATIONS).unwrap();
        Arc::new(SqliteStore::new(db))
    };
    // Two processes, as far as SQLite can tell.
    let stores = [open(), open()];
    let mut starts = JoinSet::new();
    for start in 0..200 {
        let keys = signing_keys(Arc::clone(&stores[start % 2]));
        starts.spawn(async move { keys.ensure().await.unwrap() });
    }
    let signing: HashSet<String> = starts.join_all().await.into_iter().collect();
    assert_eq!(signing.len(), 1, "and every one signs with it");
    let rows = stores[0].signing_keys().await.unwrap();
    assert_eq!(
        rows.iter().map(|row| &row.id).collect::<Vec<_>>(),
        [signing.iter().next().unwrap()]
    );
}

#[tokio::test]
async fn n2_of_fifty_rotations_at_once_one_makes_the_next_key() {
    let world = World::on(TempDir::new().unwrap(), SECRET, eddsa()).await;
    let store = Arc::new(SqliteStore::new(Sqlite::open(&database(world.folder.path())).unwrap()));
    let mut rotations = JoinSet::new();
    for _ in 0..50 {
        let keys = signing_keys(Arc::clone(&store));
        rotations.spawn(async move { keys.rotate(Rotation::Prepared).await.unwrap() });
    }
    let mut rotated = rotations.join_all().await;
    rotated.dedup();
    assert_eq!(rotated.len(), 1, "all say the same");
    let states: Vec<_> =
        signing_keys(store).list().await.unwrap().iter().map(|report| report.state).collect();
    assert_eq!(states.len(), 2);
    assert!(states.contains(&KeyState::Pending) && states.contains(&KeyState::Active));
}

/// The keys of a store, as a server or an operator looks after them.
fn signing_keys(store: Arc<SqliteStore>) -> SigningKeys {
    let secrets = Secret::parse(SECRET).unwrap().into();
    let clock = Clock::new(|| Time::from_millis(1_800_000_000_000));
    let (algorithm, times) = (Algorithm::EdDSA, KeyTimes::default());
    SigningKeys::new(store, secrets, algorithm, times, clock, Entropy::system())
}

#[tokio::test]
async fn a_key_that_npm_made_signs_and_keeps_its_kid() {
    // A row written by better-auth 1.7.24 under this secret.
    let row = r#"
        insert into jwks (id, publicKey, privateKey, createdAt, expiresAt, alg, crv) values (
        'IExYKIXBd0NWKryfm8kwKMbY8TcEP8HQ',
        '{"crv":"Ed25519","x":"4MBMJIdBraQ8OKVHhmgn3xqevE0d015dU6IaJ0x0eW0","kty":"OKP"}',
        '"c4ae3ecbb9be5799b013ec684b900351f2ff459ae1f1b35fe1181a2f9823ab36fa47b0ae1295e8d40051a377aa01afd75c8b1de556402be0f80b94cedd2455658151017ff2e3fd10ac2fc3da7de12c85e84cb39ca7cf6865fee7f1b32a92b26fc130492081f5361f1953acc49914bdcb0d09dc49cba18a896481a560437634e22f9515d4797ccc6e2f6f69436ec1a59152c38ac3e99556bb3e0a1316c4ca99da0ca93748965816da9d"',
        '2026-11-21T04:32:18.349Z', null, 'EdDSA', 'Ed25519');"#;
    let world = World::new().await;
    world.sql(row);
    let world = world.restarted(SECRET, eddsa()).await;
    let expected = r#"{"keys":[{"alg":"EdDSA","crv":"Ed25519","x":"4MBMJIdBraQ8OKVHhmgn3xqevE0d015dU6IaJ0x0eW0","kty":"OKP","kid":"IExYKIXBd0NWKryfm8kwKMbY8TcEP8HQ"}]}"#;
    assert_eq!(published(&world), expected);
    let signed_in = world.sign_up("ada@example.com").await.unwrap();
    let token = world.engine.token(&signed_in).unwrap();
    assert_eq!(part(&token, 0)["kid"], "IExYKIXBd0NWKryfm8kwKMbY8TcEP8HQ");
}

#[tokio::test]
async fn a_row_of_an_unknown_form_is_named_and_nobody_is_let_in() {
    let world = World::new().await;
    let signed_in = world.sign_up("ada@example.com").await.unwrap();
    world.sql(r#"update session set "expiresAt" = 'someday';"#);
    let error = world.engine.session(&signed_in.session.token, Renewal::IfDue).await.unwrap_err();
    assert_eq!(error.to_string(), "session.expiresAt holds a value of an unknown form");
}

fn published(world: &World) -> String {
    world.engine.published_keys().unwrap().json
}

fn payload(token: &str) -> serde_json::Value {
    part(token, 1)
}

fn part(token: &str, number: usize) -> serde_json::Value {
    let part = token.split('.').nth(number).unwrap();
    let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
