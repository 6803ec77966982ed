//! What an accepted token says.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::DeserializeOwned;

use tessera_token::Times;

use crate::user_id::UserId;

/// The claims of a token that was accepted. Only a [`Verifier`](crate::Verifier) makes them.
#[derive(Clone)]
pub struct Claims {
    pub(crate) user_id: UserId,
    pub(crate) email: Option<Text>,
    pub(crate) session_id: Option<Text>,
    pub(crate) issuer: Text,
    pub(crate) audience: Text,
    pub(crate) issued_at: u64,
    pub(crate) times: Times,
    pub(crate) payload: String,
}

impl Claims {
    /// `sub`: whose request it is.
    pub const fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// `email`.
    pub fn email(&self) -> Option<&str> {
        self.email.as_ref().map(|text| text.within(&self.payload))
    }

    /// `sid`: the session that the token belongs to. Never empty.
    pub fn session_id(&self) -> Option<&str> {
        self.session_id.as_ref().map(|text| text.within(&self.payload))
    }

    /// `iss`.
    pub fn issuer(&self) -> &str {
        self.issuer.within(&self.payload)
    }

    /// The expected audience that `aud` names.
    pub fn audience(&self) -> &str {
        self.audience.within(&self.payload)
    }

    /// `iat`, in Unix seconds.
    pub const fn issued_at(&self) -> u64 {
        self.issued_at
    }

    /// `exp`, in Unix seconds.
    pub const fn expires_at(&self) -> u64 {
        self.times.expires_at
    }

    /// The payload: a JSON object, as it was signed.
    pub fn json(&self) -> &str {
        &self.payload
    }

    /// Reads further members of the payload.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Role {
    ///     role: String,
    /// }
    /// # fn handler(claims: &tessera_verify::Claims) -> Result<(), serde_json::Error> {
    /// let Role { role } = claims.read()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Where the payload does not hold a `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.payload)
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("user_id", &self.user_id)
            .field("session_id", &self.session_id())
            .field("expires_at", &self.times.expires_at)
            .finish_non_exhaustive()
    }
}

/// A claim's text: where it stands in the payload, or a copy where the payload spells it with
/// escapes. Most tokens are verified without a copy of any claim.
#[derive(Clone)]
pub(crate) enum Text {
    At(Range<usize>),
    Copy(Box<str>),
}

impl Text {
    /// `text` was read from `payload`.
    pub(crate) fn new(text: Cow<'_, str>, payload: &str) -> Self {
        match text {
            Cow::Borrowed(text) => {
                let start = text.as_ptr().addr() - payload.as_ptr().addr();
                Self::At(start..start + text.len())
            }
            Cow::Owned(text) => Self::Copy(text.into_boxed_str()),
        }
    }

    fn within<'a>(&'a self, payload: &'a str) -> &'a str {
        match self {
            // It was cut from this very payload, so it is there.
            Self::At(range) => payload.get(range.clone()).unwrap_or_default(),
            Self::Copy(text) => text,
        }
    }
}
