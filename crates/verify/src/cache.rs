//! Tokens that have verified before.

use aws_lc_rs::digest;
use quick_cache::sync::Cache;
use tessera_token::KeySet;

use crate::claims::Claims;

/// The SHA-256 of a whole token: of its every byte, so that no two tokens share an entry.
pub(crate) type Digest = [u8; digest::SHA256_OUTPUT_LEN];

/// What signature and claims said of recent tokens, as long as the keys stay. Whether a token has
/// expired or its session has ended is asked anew each time.
#[derive(Debug)]
pub(crate) struct TokenCache(Cache<Digest, Entry>);

#[derive(Clone, Debug)]
struct Entry {
    claims: Claims,
    /// The keys it was verified with.
    keys: KeySet,
}

impl TokenCache {
    /// Holds so many tokens; beyond that, those least asked for go.
    pub(crate) fn new(entries: usize) -> Self {
        Self(Cache::new(entries))
    }

    pub(crate) fn digest(token: &str) -> Digest {
        let mut digest = Digest::default();
        digest.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        digest
    }

    /// The claims of the token with this digest, if these very keys have verified it.
    pub(crate) fn get(&self, digest: &Digest, keys: &KeySet) -> Option<Claims> {
        self.0.get(digest).filter(|entry| entry.keys.is(keys)).map(|entry| entry.claims)
    }

    pub(crate) fn insert(&self, digest: Digest, claims: Claims, keys: &KeySet) {
        self.0.insert(digest, Entry { claims, keys: keys.clone() });
    }

    pub(crate) fn remove(&self, digest: &Digest) {
        self.0.remove(digest);
    }
}
