//! The issuing half: accounts, sessions and tokens, the protocol over them, and the web app.

use std::sync::Arc;

use axum::Router;
use tessera_engine::{
    AuthSecrets, Clock, Engine, Entropy, HashingLane, KeyTimes, KeysChangeHook, Parts, SendMail,
    SessionEndHook, Settings, TokenSettings, TokenSigning, UserDeleteHook, with_causes,
};
use tessera_http::{CookieCache, RateLimit};
use tessera_mail::{DevMailbox, Letter, Outbox, Smtp, TlsUnavailable};
use tessera_tasks::Tasks;
use tessera_verify::{LiveKeys, Revocations};
use tokio::time::{Instant, MissedTickBehavior};

use super::{BuildError, end};
use crate::config::{AuthConfig, Config, MailConfig};
use crate::database::Database;
use crate::dev_mail;
use crate::layers::Cors;
use crate::secrets::Secrets;
use crate::web::{self, Assets, SiteConfig};

/// The issuing half, ready for requests.
pub(super) struct Issuing {
    pub(super) engine: Arc<Engine>,
    /// Answers for every path that nobody else does.
    pub(super) router: Router,
    pub(super) outbox: Option<Outbox>,
}

/// Who hears what the engine does.
pub(super) struct Listeners {
    session_end: SessionEndHook,
    user_delete: UserDeleteHook,
    keys_change: KeysChangeHook,
}

impl Listeners {
    /// The resource half in the same process.
    pub(super) fn beside(revocations: &Revocations, keys: &LiveKeys, tasks: Tasks) -> Self {
        let (revocations, keys) = (revocations.clone(), keys.clone());
        Self {
            session_end: Arc::new(move |session| end(&revocations, session)),
            user_delete: forgets(tasks),
            keys_change: Arc::new(move |changed| keys.replace(changed.clone())),
        }
    }

    /// Nobody: the resource half is another process.
    pub(super) fn nobody() -> Self {
        Self {
            session_end: Arc::new(|_| {}),
            user_delete: Arc::new(|_| Box::pin(async {})),
            keys_change: Arc::new(|_| {}),
        }
    }
}

pub(super) async fn start(
    config: &Config,
    auth: &AuthConfig,
    secrets: Secrets,
    database: &Database,
    listeners: Listeners,
    clock: &Clock,
) -> Result<Issuing, BuildError> {
    let Post { send, outbox, mailbox } = post(auth)?;
    let hashing = HashingLane::start(auth.hashing.threads, auth.hashing.queue)
        .map_err(BuildError::Hashing)?;
    let engine = Arc::new(
        Engine::start(Parts {
            store: database.store(),
            settings: settings(config, auth, secrets.auth.clone(), secrets.signing),
            clock: clock.clone(),
            entropy: Entropy::system(),
            hashing,
            on_session_end: listeners.session_end,
            on_user_delete: listeners.user_delete,
            on_keys_change: listeners.keys_change,
            send_mail: send,
        })
        .await?,
    );
    follow_keys(&engine);

    let protocol = protocol(config, auth, secrets.auth)?;
    let cors = Cors::of_the_protocol(&config.cors_origins);
    let api_url = auth.api_url.as_ref();
    let tasks_go_with_account = config.halves().keep_tasks() && api_url.is_none();
    let site = SiteConfig { api_url, tasks_go_with_account };
    let router = Router::new()
        .merge(mailbox.map_or_else(Router::new, dev_mail::router))
        .merge(cors.around(tessera_http::router(Arc::clone(&engine), protocol)))
        .merge(web::router(Assets::embedded(api_url)?, site));
    Ok(Issuing { engine, router, outbox })
}

fn settings(
    config: &Config,
    auth: &AuthConfig,
    secrets: AuthSecrets,
    signing: TokenSigning,
) -> Settings {
    Settings {
        secrets,
        sessions: auth.sessions,
        tokens: TokenSettings {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            expires_in: auth.jwt_expires_in,
            signing,
        },
        refuse_common_passwords: auth.refuse_common_passwords,
        emails: auth.emails,
    }
}

fn protocol(
    config: &Config,
    auth: &AuthConfig,
    secrets: AuthSecrets,
) -> Result<tessera_http::Settings, BuildError> {
    let cookie_cache = match auth.cookie_cache {
        Some(form) => Some(
            CookieCache::new(form, &secrets, Entropy::system()).map_err(BuildError::CookieCache)?,
        ),
        None => None,
    };
    Ok(tessera_http::Settings {
        base_url: config.base_url.clone(),
        secrets,
        trusted_origins: auth.trusted_origins.clone(),
        rate_limit: if auth.rate_limit { RateLimit::On } else { RateLimit::Off },
        defer_session_refresh: auth.defer_session_refresh,
        cookie_cache,
        delete_user: auth.delete_user,
        delete_user_verification: auth.delete_user_verification,
    })
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

fn post(auth: &AuthConfig) -> Result<Post, TlsUnavailable> {
    let app = auth.app_name.clone();
    Ok(match &auth.mail {
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
