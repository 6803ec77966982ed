//! Every part of the server, made once and put together here and nowhere else.
//!
//! The halves meet in [`build`] alone: what the one tells the other is which sessions have ended, which
//! keys verify, and whose account is gone. Where they are two processes, nobody is told.

mod issuing;
mod resource;
mod storage;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use axum::{Router, middleware};
use tessera_db::OpenError;
use tessera_engine::store::StoreError;
use tessera_engine::{Clock, EndedSession, Entropy, KeysError};
use tessera_mail::{Outbox, TlsUnavailable};
use tessera_token::KeyError;
use tessera_verify::{LiveKeys, PolicyError, Revocations};

use self::issuing::Listeners;
use self::storage::Storage;
use crate::answers;
use crate::config::{ApiConfig, AuthConfig, Config, Serves};
use crate::database::Database;
use crate::health;
use crate::layers::{ClientAddresses, Outer, SecurityHeaders, outer};
use crate::secrets::{SecretError, Secrets};
use crate::upgrade::UpgradeError;
use crate::web::{self, Assets, AssetsError, SiteConfig};

pub(crate) use storage::make_folder;

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
    _storage: Storage,
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
    /// The file that keeps other servers out.
    #[error("cannot open the file {}: {error}", path.display())]
    Lock {
        /// The file.
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

/// Makes every part of what the configuration says to serve, and puts them together.
///
/// Makes the database and brings its tables up to date, those of the halves that are served; where
/// tokens are issued, generates missing secrets.
pub async fn build(config: &Config, clock: Clock) -> Result<App, BuildError> {
    match &config.serves {
        Serves::Both(auth) => both(config, auth, &clock).await,
        Serves::Auth(auth) => auth_alone(config, auth, &clock).await,
        Serves::Api(api) => api_alone(config, api, &clock).await,
    }
}

async fn both(config: &Config, auth: &AuthConfig, clock: &Clock) -> Result<App, BuildError> {
    let secrets = Secrets::obtain(auth, &Entropy::system())?;
    let secrets_generated = secrets.generated;
    let revocations = Revocations::new();
    let storage = Storage::open(config).await?.watched_for(&revocations).await?;
    let database = &storage.database;

    let keys = LiveKeys::default();
    let listeners = Listeners::beside(&revocations, &keys, database.tasks());
    let issuing = issuing::start(config, auth, secrets, database, listeners, clock).await?;
    for session in issuing.engine.ended_sessions().await? {
        end(&revocations, &session);
    }

    let verifier = resource::beside_the_issuer(config, database, keys, revocations)?;
    let tasks = resource::router(config, verifier, database, clock);
    let router = surrounded(config, issuing.router.merge(tasks), database);
    Ok(App { router, secrets_generated, outbox: issuing.outbox, _storage: storage })
}

async fn auth_alone(config: &Config, auth: &AuthConfig, clock: &Clock) -> Result<App, BuildError> {
    let secrets = Secrets::obtain(auth, &Entropy::system())?;
    let secrets_generated = secrets.generated;
    let storage = Storage::open(config).await?;
    let database = &storage.database;
    let listeners = Listeners::nobody();
    let issuing = issuing::start(config, auth, secrets, database, listeners, clock).await?;
    let router = surrounded(config, issuing.router, database);
    Ok(App { router, secrets_generated, outbox: issuing.outbox, _storage: storage })
}

async fn api_alone(config: &Config, api: &ApiConfig, clock: &Clock) -> Result<App, BuildError> {
    let revocations = Revocations::new();
    let verifier = resource::on_its_own(config, &api.verifying, revocations.clone(), clock).await?;
    let storage = Storage::open(config).await?.watched_for(&revocations).await?;
    let tasks = resource::router(config, verifier, &storage.database, clock);
    let routes = match api.web_app {
        true => {
            let site = SiteConfig { api_url: None, tasks_go_with_account: false };
            tasks.merge(web::router(Assets::embedded(None)?, site))
        }
        false => tasks.fallback(async || answers::not_found()),
    };
    let router = surrounded(config, routes, &storage.database);
    Ok(App { router, secrets_generated: false, outbox: None, _storage: storage })
}

/// With what every server has around its routes.
fn surrounded(config: &Config, routes: Router, database: &Database) -> Router {
    let around = Outer {
        clients: ClientAddresses::new(config.trusted_proxies.clone()),
        headers: SecurityHeaders::new(config.base_url.is_secure()),
    };
    routes
        .merge(health::router(database.clone()))
        .layer(middleware::from_fn_with_state(Arc::new(around), outer))
}

/// The tokens of this session are refused from now on, until the last has expired.
pub(crate) fn end(revocations: &Revocations, session: &EndedSession) {
    revocations.end(session.id.as_str(), session.until.as_unix_seconds());
}
