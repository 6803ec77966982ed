//! Every part of the server, made once and put together here and nowhere else.

#[cfg(test)]
mod tests;

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::{Router, middleware};
use tessera_axum::Guard;
use tessera_db::OpenError;
use tessera_engine::store::StoreError;
use tessera_engine::{
    AuthSecrets, Clock, EndedSession, Engine, Entropy, HashingLane, KeyTimes, KeysError, Parts,
    SendMail, Settings, TokenSettings, TokenSigning, UserDeleteHook, with_causes,
};
use tessera_http::{CookieCache, RateLimit};
use tessera_mail::{DevMailbox, Letter, Outbox, Smtp, TlsUnavailable};
use tessera_store::PostgresStore;
use tessera_tasks::Tasks;
use tessera_token::KeyError;
use tessera_verify::{LiveKeys, PolicyError, Revocations, Verifier};
use tokio::time::{Instant, MissedTickBehavior};

use crate::config::{Config, DatabaseConfig, MailConfig};
use crate::database::Database;
use crate::dev_mail;
use crate::health;
use crate::layers::{ClientAddresses, Outer, SecurityHeaders, outer};
use crate::secrets::{SecretError, Secrets};
use crate::upgrade::UpgradeError;
use crate::watch::{Watch, Watching};
use crate::web::{self, Assets, AssetsError};

/// The whole application, ready for requests.
#[derive(Debug)]
pub struct App {
    /// Answers everything.
    pub router: Router,
    /// Whether a secret was generated on the way.
    pub secrets_generated: bool,
    /// What is on its way to the mail server: to be closed before the process ends.
    pub outbox: Option<Outbox>,
    /// Held for as long as the application serves.
    _lock: Option<File>,
    _watching: Option<Watching>,
}

/// The database, and what goes on for as long as the application serves.
struct Opened {
    database: Database,
    /// SQLite: keeps other servers out.
    lock: Option<File>,
    /// PostgreSQL: hears of the sessions that other servers end.
    watching: Option<Watching>,
}

/// Which part could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A generated secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The folder of the database.
    #[error("cannot make the folder {}: {error}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// Another server runs on the database.
    #[error(
        "the database {} is in use by another Tessera server: stop it first, or give this one a \
         database of its own with DATABASE_URL", database.display()
    )]
    InUse {
        /// The database.
        database: PathBuf,
    },
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its tables.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// The threads that hash passwords.
    #[error("cannot start the threads that hash passwords: {0}")]
    Hashing(#[source] io::Error),
    /// The engine.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The cookie cache.
    #[error("BETTER_AUTH_SECRET cannot sign the session cookie cache: {0}")]
    CookieCache(#[source] KeyError),
    /// The sessions that ended before this start.
    #[error("cannot read which sessions have ended: {0}")]
    EndedSessions(#[from] StoreError),
    /// What tokens are verified against.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The way to the mail server.
    #[error(transparent)]
    Mail(#[from] TlsUnavailable),
    /// The web app.
    #[error(transparent)]
    Assets(#[from] AssetsError),
}

/// Makes every part of the server and puts them together.
///
/// Generates missing secrets, makes the database and brings its tables up to date.
pub async fn build(config: &Config, clock: Clock) -> Result<App, BuildError> {
    let entropy = Entropy::system();
    let secrets = Secrets::obtain(config, &entropy)?;

    // What both halves keep: one database, each half with tables of its own. What the issuing half
    // tells the resource half is nothing but which sessions have ended, and which keys verify.
    let revocations = Revocations::new();
    let Opened { database, lock, watching } = open(&config.database, &revocations).await?;

    // The issuing half.
    let Post { send, outbox, mailbox } = post(config)?;
    let hashing = HashingLane::start(config.hashing.threads, config.hashing.queue)
        .map_err(BuildError::Hashing)?;
    let told = revocations.clone();
    let live_keys = LiveKeys::default();
    let known = live_keys.clone();
    let engine = Arc::new(
        Engine::start(Parts {
            store: database.store(),
            settings: settings(config, secrets.auth.clone(), secrets.signing),
            clock: clock.clone(),
            entropy,
            hashing,
            on_session_end: Arc::new(move |session| end(&told, session)),
            on_user_delete: forgets(database.tasks()),
            on_keys_change: Arc::new(move |keys| known.replace(keys.clone())),
            send_mail: send,
        })
        .await?,
    );
    follow_keys(&engine);
    for session in engine.ended_sessions().await? {
        end(&revocations, &session);
    }

    // The resource half: it holds keys and the ended sessions, and asks nobody.
    let verifier = Verifier::builder()
        .issuer(&config.jwt.issuer)
        .audience(&config.jwt.audience)
        .keys(live_keys)
        .revocations(revocations)
        .require("sid")
        .require("email");
    let verifier = match &database {
        // One machine signs and verifies, so there are no two clocks to differ.
        Database::Sqlite(_) => verifier.leeway(0),
        // Another server may have signed.
        Database::Postgres(_) => verifier,
    };
    let guard = Guard::new(verifier.build()?).with_clock(system_time(clock.clone()));

    let cookie_cache = match config.cookie_cache {
        Some(form) => Some(
            CookieCache::new(form, &secrets.auth, Entropy::system())
                .map_err(BuildError::CookieCache)?,
        ),
        None => None,
    };
    let protocol = tessera_http::Settings {
        base_url: config.base_url.clone(),
        secrets: secrets.auth,
        trusted_origins: config.trusted_origins.clone(),
        rate_limit: if config.rate_limit { RateLimit::On } else { RateLimit::Off },
        defer_session_refresh: config.defer_session_refresh,
        cookie_cache,
        delete_user: config.delete_user,
        delete_user_verification: config.delete_user_verification,
    };
    let pages = Router::new().fallback(web::serve).with_state(Arc::new(Assets::embedded()?));
    let around = Outer {
        clients: ClientAddresses::new(config.trusted_proxies.clone()),
        headers: SecurityHeaders::new(config.base_url.is_secure()),
    };
    let router = Router::new()
        .merge(mailbox.map_or_else(Router::new, dev_mail::router))
        .merge(tessera_http::router(engine, protocol))
        .merge(tessera_tasks::router(guard, database.tasks(), system_time(clock)))
        .merge(health::router(database))
        .fallback_service(pages)
        .layer(middleware::from_fn_with_state(Arc::new(around), outer));
    let secrets_generated = secrets.generated;
    Ok(App { router, secrets_generated, outbox, _lock: lock, _watching: watching })
}

fn settings(config: &Config, secrets: AuthSecrets, signing: TokenSigning) -> Settings {
    Settings {
        secrets,
        sessions: config.sessions,
        tokens: TokenSettings {
            issuer: config.jwt.issuer.clone(),
            audience: config.jwt.audience.clone(),
            expires_in: config.jwt.expires_in,
            signing,
        },
        refuse_common_passwords: config.refuse_common_passwords,
        emails: config.emails,
    }
}

/// Whoever deletes their account takes their tasks along.
fn forgets(tasks: Tasks) -> UserDeleteHook {
    Arc::new(move |user| {
        let tasks = tasks.clone();
        Box::pin(async move {
            if let Err(error) = tasks.forget(user.as_str()).await {
                tracing::error!(%user, %error, "the tasks of a deleted account are still there");
            }
        })
    })
}

/// How mail leaves the engine, and where it is until somebody has it.
struct Post {
    send: Option<SendMail>,
    outbox: Option<Outbox>,
    mailbox: Option<Arc<DevMailbox>>,
}

fn post(config: &Config) -> Result<Post, TlsUnavailable> {
    let app = config.app_name.clone();
    Ok(match &config.mail {
        MailConfig::Smtp { url, from } => {
            let outbox = Outbox::new(Smtp::new(url, from.clone())?);
            let posts = outbox.clone();
            let send: SendMail = Arc::new(move |mail| posts.post(Letter::write(&mail, &app)));
            Post { send: Some(send), outbox: Some(outbox), mailbox: None }
        }
        MailConfig::DevMailbox => {
            let mailbox = Arc::new(DevMailbox::default());
            let keeps = Arc::clone(&mailbox);
            let send: SendMail = Arc::new(move |mail| keeps.keep(Letter::write(&mail, &app)));
            Post { send: Some(send), outbox: None, mailbox: Some(mailbox) }
        }
        MailConfig::Nowhere => Post { send: None, outbox: None, mailbox: None },
    })
}

/// Looks after the signing keys for as long as the engine is used: others change them as well.
fn follow_keys(engine: &Arc<Engine>) {
    let engine = Arc::downgrade(engine);
    tokio::spawn(async move {
        // The engine has read them as it started.
        let first = Instant::now() + KeyTimes::RELOAD;
        let mut turn = tokio::time::interval_at(first, KeyTimes::RELOAD);
        turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut succeeds = true;
        loop {
            turn.tick().await;
            let Some(engine) = engine.upgrade() else { break };
            let refreshed = engine.refresh_keys().await;
            if let (Err(error), true) = (&refreshed, succeeds) {
                let error = with_causes(error);
                tracing::error!(
                    error,
                    "the signing keys cannot be looked after; they stay as they are"
                );
            } else if refreshed.is_ok() && !succeeds {
                tracing::info!("the signing keys can be looked after again");
            }
            succeeds = refreshed.is_ok();
        }
    });
}

/// The tokens of this session are refused from now on, until the last has expired.
pub(crate) fn end(revocations: &Revocations, session: &EndedSession) {
    revocations.end(session.id.as_str(), session.until.as_unix_seconds());
}

/// Opens the database, and begins what goes on beside requests.
async fn open(config: &DatabaseConfig, revocations: &Revocations) -> Result<Opened, BuildError> {
    let lock = match config {
        DatabaseConfig::Sqlite(path) => {
            make_folder(path)?;
            Some(lock(path)?)
        }
        DatabaseConfig::Postgres { .. } => None,
    };
    let database = Database::open_up_to_date(config).await?;
    let watching = match &database {
        Database::Sqlite(_) => None,
        Database::Postgres(db) => {
            let watch = Watch::begin(PostgresStore::new(db.clone()), revocations.clone()).await?;
            Some(watch.go_on())
        }
    };
    Ok(Opened { database, lock, watching })
}

/// The lock beside the file keeps other Tessera servers out: nobody would tell one what the other has
/// ended.
fn lock(database: &Path) -> Result<File, BuildError> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let locked = lock.map_err(TryLockError::Error).and_then(|lock| lock.try_lock().map(|()| lock));
    locked.map_err(|error| match error {
        TryLockError::WouldBlock => BuildError::InUse { database: database.to_path_buf() },
        TryLockError::Error(error) => BuildError::Folder { path, error },
    })
}

/// The folder of the database is made if need be, for its owner only.
pub(crate) fn make_folder(database: &Path) -> Result<(), BuildError> {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Some(folder) = folder else { return Ok(()) };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| BuildError::Folder { path: folder.to_path_buf(), error })
}

/// The same clock for the half that does not know the engine.
fn system_time(clock: Clock) -> impl Fn() -> SystemTime + Send + Sync + 'static {
    move || UNIX_EPOCH + Duration::from_millis(clock.now().as_millis().try_into().unwrap_or(0))
}
