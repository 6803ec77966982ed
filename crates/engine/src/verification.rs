//! What is mailed to somebody, and works once.

use std::fmt;
use std::time::Duration;

use crate::entropy::{Entropy, NoEntropy};
use crate::ids::UserId;
use crate::time::Time;

/// What a mailed token is good for, and for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Choosing another password.
    ResetPassword,
    /// Deleting the account.
    DeleteAccount,
}

impl Purpose {
    /// How `verification.identifier` begins. No beginning is that of another.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset-password:",
            Self::DeleteAccount => "delete-account-",
        }
    }

    /// A new token, of the letters and the length that Better Auth's have: 142 or 165 random bits.
    fn token(self, entropy: &Entropy) -> Result<String, NoEntropy> {
        match self {
            Self::ResetPassword => entropy.alphanumeric(24),
            Self::DeleteAccount => entropy.lower_alphanumeric(32),
        }
    }

    const fn lifetime(self) -> Duration {
        match self {
            Self::ResetPassword => Duration::from_secs(60 * 60),
            Self::DeleteAccount => Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// `verification.identifier`: what a token is for, and the token. It can be made in no other way, so
/// a token for one purpose is never taken for another.
#[derive(Clone, PartialEq, Eq)]
pub struct VerificationId(String);

impl VerificationId {
    /// The row that `token` would open, if there is one.
    pub fn new(purpose: Purpose, token: &str) -> Self {
        Self(format!("{}{token}", purpose.prefix()))
    }

    /// The identifier, for its column and nothing else: it holds the token.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for VerificationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerificationId(redacted)")
    }
}

/// A new row of `verification`.
#[derive(Clone, Debug)]
pub struct Verification {
    /// Its id.
    pub id: String,
    /// What it is found by.
    pub identifier: VerificationId,
    /// Whose account it is about.
    pub user_id: UserId,
    /// Now.
    pub created_at: Time,
    /// After that it is good for nothing.
    pub expires_at: Time,
}

impl Verification {
    /// A new row for `user_id`, and its token.
    pub(crate) fn issue(
        purpose: Purpose,
        user_id: UserId,
        entropy: &Entropy,
        now: Time,
    ) -> Result<(Self, String), NoEntropy> {
        let token = purpose.token(entropy)?;
        let row = Self {
            id: entropy.alphanumeric(32)?,
            identifier: VerificationId::new(purpose, &token),
            user_id,
            created_at: now,
            expires_at: now + purpose.lifetime(),
        };
        Ok((row, token))
    }
}
