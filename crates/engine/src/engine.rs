//! The engine itself: its parts, and how it starts.

use std::fmt;
use std::sync::Arc;

use tessera_token::KeySet;
use tracing::Instrument;

use crate::entropy::Entropy;
use crate::hashing::HashingLane;
use crate::keys::{KeyRing, StartError};
use crate::session::EndedSession;
use crate::settings::Settings;
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
    pub(crate) keys: KeyRing,
    pub(crate) minted: MintedTokens,
    pub(crate) on_session_end: SessionEndHook,
}

/// Called for each session that ends, before whoever ended it is answered.
pub type SessionEndHook = Arc<dyn Fn(&EndedSession) + Send + Sync>;

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
}

impl Engine {
    /// Loads the signing key, or makes the first one.
    pub async fn start(parts: Parts) -> Result<Self, StartError> {
        let Parts { store, settings, clock, entropy, hashing, on_session_end } = parts;
        let keys = KeyRing::load(&settings, store.as_ref(), &entropy, clock.now()).await?;
        let minted = MintedTokens::new();
        Ok(Self { store, settings, clock, entropy, hashing, keys, minted, on_session_end })
    }

    /// What the operator decided.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The time now.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// The public keys as `/jwks` publishes them (RFC 7517 section 5), ready to send; `None` when
    /// tokens are signed with a shared secret.
    pub fn published_keys(&self) -> Option<&str> {
        self.keys.published()
    }

    /// The keys that verify this engine's tokens.
    pub fn verification_keys(&self) -> &KeySet {
        self.keys.verification_keys()
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
        Err(panicked) => Err(StoreError::Unavailable(panicked.into()).into()),
    }
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
