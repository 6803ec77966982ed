//! Identifiers of people and sessions.

use std::fmt;

use serde::Serialize;

use crate::entropy::{Entropy, NoEntropy};

/// How long the ids and tokens that Better Auth makes are.
const LENGTH: usize = 32;

/// Whose account it is: the `id` column of `user`, and `sub` in a token.
///
/// Ours are 32 letters and digits. Databases made with other settings hold UUIDs or numbers, so
/// any stored text is taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct UserId(String);

/// Which session it is: the `id` column of `session`, and `sid` in a token. Not a credential.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SessionId(String);

/// The credential of a session: 32 letters and digits, stored in clear as Better Auth does.
///
/// It is sent to its owner only, so it never shows in a log.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub struct SessionToken(String);

impl UserId {
    /// A new random id.
    pub fn random(entropy: &Entropy) -> Result<Self, NoEntropy> {
        entropy.alphanumeric(LENGTH).map(Self)
    }

    /// An id as the database holds it.
    pub fn from_stored(id: String) -> Self {
        Self(id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SessionId {
    /// A new random id.
    pub fn random(entropy: &Entropy) -> Result<Self, NoEntropy> {
        entropy.alphanumeric(LENGTH).map(Self)
    }

    /// An id as the database holds it.
    pub fn from_stored(id: String) -> Self {
        Self(id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SessionToken {
    /// A new random token of 190 bits.
    pub fn random(entropy: &Entropy) -> Result<Self, NoEntropy> {
        entropy.alphanumeric(LENGTH).map(Self)
    }

    /// A token as somebody presented it or the database holds it; whether it opens a session is
    /// for the store to say.
    pub fn presented(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token, for its cookie, its row and its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(redacted)")
    }
}
