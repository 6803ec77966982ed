//! Where the keys come from.

use std::sync::Arc;

use parking_lot::RwLock;
use tessera_token::KeySet;

/// The keys a [`Verifier`](crate::Verifier) verifies with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KeySource {
    /// The same for as long as the verifier lives.
    Static(KeySet),
    /// Replaced from outside while requests go on.
    Live(LiveKeys),
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
