//! The engine itself: its parts, and how it starts.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use parking_lot::RwLock;
use tessera_token::KeySet;
use tracing::Instrument;

use crate::email_token::EmailTokens;
use crate::entropy::Entropy;
use crate::hashing::HashingLane;
use crate::ids::UserId;
use crate::keys::{KeyRing, KeysError, PublishedKeys, SigningKeys};
use crate::mail::{NoMail, SendMail};
use crate::session::EndedSession;
use crate::settings::{Settings, TokenSigning};
use crate::store::{Store, StoreError};
use crate::time::{Clock, Time};
use crate::tokens::MintedTokens;

/// Accounts, sessions and tokens over a [`Store`]. What it can do stands in the modules
/// [`accounts`](crate::accounts), [`sessions`](crate::sessions) and [`tokens`](crate::tokens).
pub struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) hashing: HashingLane,
    keys: RwLock<Arc<KeyRing>>,
    signing_keys: Option<SigningKeys>,
    pub(crate) minted: MintedTokens,
    pub(crate) on_session_end: SessionEndHook,
    pub(crate) on_user_delete: UserDeleteHook,
    on_keys_change: KeysChangeHook,
    pub(crate) email_tokens: EmailTokens,
    send_mail: Option<SendMail>,
}

/// Called for each session that ends, before whoever ended it is answered.
pub type SessionEndHook = Arc<dyn Fn(&EndedSession) + Send + Sync>;

/// Done once an account is gone, before whoever deleted it is answered: what others keep of a person
/// goes too. What it cannot do, it logs; the account is gone all the same.
pub type UserDeleteHook =
    Arc<dyn Fn(UserId) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Called with the keys that verify the engine's tokens, before another of them signs.
pub type KeysChangeHook = Arc<dyn Fn(&KeySet) + Send + Sync>;

/// What an [`Engine`] is made of.
pub struct Parts {
    /// Where rows are kept.
    pub store: Arc<dyn Store>,
    /// What the operator decided.
    pub settings: Settings,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
    /// Where passwords are hashed.
    pub hashing: HashingLane,
    /// Hears of each session that ends.
    pub on_session_end: SessionEndHook,
    /// Hears of each account that is deleted.
    pub on_user_delete: UserDeleteHook,
    /// Hears which keys verify, at the start and whenever they change.
    pub on_keys_change: KeysChangeHook,
    /// Sends mail; `None` where that is not configured.
    pub send_mail: Option<SendMail>,
}

impl Engine {
    /// Loads the signing keys, or makes the first one.
    pub async fn start(parts: Parts) -> Result<Self, KeysError> {
        let Parts {
            store,
            settings,
            clock,
            entropy,
            hashing,
            on_session_end,
            on_user_delete,
            on_keys_change,
            send_mail,
        } = parts;
        let (keys, signing_keys) = match &settings.tokens.signing {
            TokenSigning::Shared { current, older } => (KeyRing::shared(current, older)?, None),
            &TokenSigning::KeyPair { algorithm, times } => {
                let (secrets, store) = (settings.secrets.clone(), Arc::clone(&store));
                let (clock, entropy) = (clock.clone(), entropy.clone());
                let keys = SigningKeys::new(store, secrets, algorithm, times, clock, entropy);
                (keys.ring().await?, Some(keys))
            }
        };
        on_keys_change(keys.verification_keys());
        Ok(Self {
            email_tokens: EmailTokens::new(&settings.secrets)?,
            store,
            settings,
            clock,
            entropy,
            hashing,
            keys: RwLock::new(Arc::new(keys)),
            signing_keys,
            minted: MintedTokens::new(),
            on_session_end,
            on_user_delete,
            on_keys_change,
            send_mail,
        })
    }

    /// Takes in what others have done to the signing keys, and does what is due: once in every
    /// [`KeyTimes::RELOAD`](crate::KeyTimes::RELOAD).
    ///
    /// # Errors
    ///
    /// [`KeysError`]; then the keys stay as they were.
    pub async fn refresh_keys(&self) -> Result<(), KeysError> {
        let Some(signing_keys) = &self.signing_keys else { return Ok(()) };
        let ring = signing_keys.ring().await?;
        if !ring.is_same(&self.keys()) {
            (self.on_keys_change)(ring.verification_keys());
            *self.keys.write() = Arc::new(ring);
        }
        Ok(())
    }

    /// The keys of this moment.
    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(&self.keys.read())
    }

    /// What the operator decided.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The time now.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Who sends mail.
    pub fn mail(&self) -> Result<&SendMail, NoMail> {
        self.send_mail.as_ref().ok_or(NoMail)
    }

    /// The public keys as `/jwks` publishes them; `None` when tokens are signed with a shared
    /// secret.
    pub fn published_keys(&self) -> Option<PublishedKeys> {
        self.keys().published().cloned()
    }

    /// The ended sessions whose tokens could still be alive, for a verifier that starts anew.
    pub async fn ended_sessions(&self) -> Result<Vec<EndedSession>, StoreError> {
        self.store.ended_sessions(self.now()).await
    }
}

/// Runs a write and what has to follow it to the end, even when whoever asked goes away meanwhile.
///
/// A server drops the work on a request when its connection closes. What the store has been given
/// is written all the same; so what belongs to it has to happen too.
pub(crate) async fn to_the_end<T, E>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        Err(panicked) => Err(StoreError::Failed(panicked.into()).into()),
    }
}

/// Does what the answer must not wait for, lest its time tell what it is. A failure is logged.
pub(crate) fn afterwards(
    work: impl Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'static,
) {
    let logged = async {
        if let Err(error) = work.await {
            tracing::error!(error = &*error as &dyn Error, "a mail was not sent");
        }
    };
    tokio::spawn(logged.in_current_span());
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("settings", &self.settings).finish_non_exhaustive()
    }
}
