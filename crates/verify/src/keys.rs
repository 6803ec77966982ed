//! Where the keys come from.

use std::borrow::Cow;
use std::sync::Arc;

use parking_lot::RwLock;
use tessera_token::{KeyHint, KeySet, SkippedKey};

use crate::remote::{RemoteKeys, Search};

/// The keys a [`Verifier`](crate::Verifier) verifies with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KeySource {
    /// The same for as long as the verifier lives.
    Static(KeySet),
    /// Replaced from outside while requests go on.
    Live(LiveKeys),
    /// Fetched from the issuer.
    Remote(RemoteKeys),
}

impl KeySource {
    /// The keys to verify with at `now`, in Unix seconds.
    pub(crate) fn at(&self, now: u64) -> Cow<'_, KeySet> {
        match self {
            Self::Static(keys) => Cow::Borrowed(keys),
            Self::Live(keys) => Cow::Owned(keys.current()),
            Self::Remote(keys) => Cow::Owned(keys.at(now)),
        }
    }

    /// Whether a key that is not among them may yet come to be.
    pub(crate) fn may_yet_bring(&self, hint: &KeyHint, now: u64) -> bool {
        match self {
            Self::Static(_) | Self::Live(_) => false,
            Self::Remote(keys) => keys.look_for(hint, now) != Search::Absent,
        }
    }
}

impl From<KeySet> for KeySource {
    fn from(keys: KeySet) -> Self {
        Self::Static(keys)
    }
}

impl From<LiveKeys> for KeySource {
    fn from(keys: LiveKeys) -> Self {
        Self::Live(keys)
    }
}

impl From<RemoteKeys> for KeySource {
    fn from(keys: RemoteKeys) -> Self {
        Self::Remote(keys)
    }
}

/// Keys that whoever knows better can replace. Clones are handles to the same keys.
///
/// While the set is empty, tokens are neither good nor bad:
/// [`Reason::KeysUnavailable`](crate::Reason::KeysUnavailable).
#[derive(Clone, Debug, Default)]
pub struct LiveKeys(Arc<RwLock<KeySet>>);

impl LiveKeys {
    /// Starts with these keys; they may still be none.
    pub fn new(keys: KeySet) -> Self {
        Self(Arc::new(RwLock::new(keys)))
    }

    /// The next verification uses these keys and no others.
    pub fn replace(&self, keys: KeySet) {
        *self.0.write() = keys;
    }

    /// The keys of this moment.
    pub fn current(&self) -> KeySet {
        self.0.read().clone()
    }
}

/// Says which published keys are left out, and why; of very many, the first.
pub(crate) fn log_skipped(skipped: &[SkippedKey]) {
    const LOGGED: usize = 10;
    for skipped in skipped.iter().take(LOGGED) {
        tracing::warn!("a published key is not used: {skipped}");
    }
    if let Some(more @ 1..) = skipped.len().checked_sub(LOGGED) {
        tracing::warn!("{more} more published keys are not used");
    }
}
