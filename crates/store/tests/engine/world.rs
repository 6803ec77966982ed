//! The engine on a fresh database, under a clock that tests set.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tessera_db::{Postgres, PostgresUrl, Sqlite};
use tessera_engine::accounts::{Device, SignIn, SignInError, SignUp, SignUpError};
use tessera_engine::sessions::Renewal;
use tessera_engine::store::Store;
use tessera_engine::{
    Clock, Email, EmailSettings, EndedSession, Engine, Entropy, HashingLane, KeyTimes, MailLink,
    Parts, Secret, SessionId, SessionSettings, Settings, SignedIn, Time, TokenSettings,
    TokenSigning,
};
use tessera_store::{MIGRATIONS, PostgresStore, SqliteStore};
use tessera_token::Algorithm;

pub(crate) const SECRET: &str = "reference-secret-0123456789abcdefghijkl";
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// An engine on a database, under a clock that tests set.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) now: Arc<AtomicI64>,
    pub(crate) ended: Arc<Mutex<Vec<SessionId>>>,
    pub(crate) database: Database,
}

impl World {
    pub(crate) async fn new(database: Database) -> Self {
        Self::on(database, SECRET, hs256()).await
    }

    pub(crate) async fn on(database: Database, secret: &str, signing: TokenSigning) -> Self {
        let now = Arc::new(AtomicI64::new(1_800_000_000_000));
        let ended = Arc::new(Mutex::new(Vec::new()));
        let (read, heard) = (Arc::clone(&now), Arc::clone(&ended));
        let store = database.store().await;
        let parts = Parts {
            store,
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
            on_user_delete: Arc::new(|_| Box::pin(async {})),
            on_keys_change: Arc::new(|_| {}),
            send_mail: None,
        };
        let engine = Engine::start(parts).await.unwrap();
        Self { engine, now, ended, database }
    }

    /// The same database after a stop and a start.
    pub(crate) async fn restarted(self, secret: &str, signing: TokenSigning) -> Self {
        let now = self.now.load(Ordering::SeqCst);
        drop(self.engine);
        let world = Self::on(self.database, secret, signing).await;
        world.now.store(now, Ordering::SeqCst);
        world
    }

    pub(crate) fn pass(&self, span: Duration) {
        self.now.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) async fn sign_up(&self, email: &str) -> Result<SignedIn, SignUpError> {
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

    pub(crate) async fn sign_in(
        &self,
        email: &str,
        password: &str,
    ) -> Result<SignedIn, SignInError> {
        self.engine
            .sign_in(SignIn {
                email: Email::parse(email).unwrap(),
                password: password.to_owned().into(),
                device: device(true),
                verification: link(),
            })
            .await
    }

    pub(crate) async fn is_live(&self, signed_in: &SignedIn) -> bool {
        self.engine.session(&signed_in.session.token, Renewal::Withheld).await.unwrap().is_some()
    }

    pub(crate) fn ended(&self) -> Vec<SessionId> {
        std::mem::take(&mut self.ended.lock().unwrap())
    }

    /// Runs SQL behind the engine's back.
    pub(crate) fn sql(&self, sql: &str) {
        self.sql_by_database(sql, sql);
    }

    /// The same where the databases differ.
    pub(crate) fn sql_by_database(&self, sqlite: &str, postgres: &str) {
        match &self.database {
            Database::Sqlite(folder) => {
                let db = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
                db.execute_batch(sqlite).unwrap();
            }
            Database::Postgres(database) | Database::PgBouncer(database) => {
                database.execute(postgres);
            }
        }
    }
}

/// Where a test keeps its rows.
pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres(tessera_test_postgres::Database),
    /// PostgreSQL through a pooler in transaction mode.
    PgBouncer(tessera_test_postgres::Database),
}

const FILE: &str = "tessera.db";

impl Database {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(TempDir::new().unwrap())
    }

    pub(crate) fn postgres() -> Self {
        Self::Postgres(tessera_test_postgres::fresh())
    }

    pub(crate) fn pgbouncer() -> Self {
        Self::PgBouncer(tessera_test_postgres::fresh())
    }

    pub(crate) async fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(folder) => {
                let db = Sqlite::open(&folder.path().join(FILE)).unwrap();
                db.migrate("", &[&MIGRATIONS]).unwrap();
                Arc::new(SqliteStore::new(db))
            }
            Self::Postgres(database) => Arc::new(postgres(&database.url()).await),
            Self::PgBouncer(database) => {
                Arc::new(postgres(&database.url_through_pgbouncer()).await)
            }
        }
    }
}

/// A store on this database, with all tables.
pub(crate) async fn postgres(url: &str) -> PostgresStore {
    let url = PostgresUrl::parse(url).unwrap();
    let db = Postgres::open(url, NonZeroUsize::new(5).unwrap()).await.unwrap();
    db.migrate("", &[&MIGRATIONS]).await.unwrap();
    PostgresStore::new(db)
}

pub(crate) fn device(stays_signed_in: bool) -> Device {
    Device { ip_address: "192.0.2.1".to_owned(), user_agent: "test".to_owned(), stays_signed_in }
}

pub(crate) fn link() -> MailLink {
    MailLink { before: "/verify-email?token=".to_owned(), after: String::new() }
}

pub(crate) fn eddsa() -> TokenSigning {
    TokenSigning::KeyPair { algorithm: Algorithm::EdDSA, times: KeyTimes::default() }
}

pub(crate) fn hs256() -> TokenSigning {
    let current = Secret::parse("a token secret of at least 32 bytes").unwrap();
    TokenSigning::Shared { current, older: Vec::new() }
}
