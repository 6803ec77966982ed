//! Better Auth's cookie cache: a signed copy of the session that answers without the database.
//!
//! The copy is good for a while after it was written ([`SessionSettings::copies_last`]), never longer
//! than the session itself.
//!
//! [`SessionSettings::copies_last`]: tessera_engine::SessionSettings::copies_last
//!
//! Until then, whoever holds it is signed in where a copy is enough, also when the session has ended
//! meanwhile. So only those routes look at it whose guard is
//! [`Recognized`](crate::guard::Recognized), and `/get-session`.

mod claims;
mod compact;
mod content;
mod jwe;
mod jwt;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use tessera_engine::{AuthSecrets, Entropy, NoEntropy, SessionToken, SignedIn, Time};
use tessera_token::{DEFAULT_MAX_TOKEN_BYTES, EncryptError, KeyError, SignError};

use compact::Compact;
use content::Content;
use jwe::Jwe;
use jwt::Jwt;

/// The longest copy that is written or read, in bytes: more does not fit into a request's headers.
const MAX_BYTES: usize = DEFAULT_MAX_TOKEN_BYTES;

/// How a copy is written; Better Auth's `cookieCache.strategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheForm {
    /// JSON with an HMAC-SHA256.
    Compact,
    /// A JWT, HS256.
    Jwt,
    /// An encrypted JWT, A256CBC-HS512 with a key derived from the secret.
    Jwe,
}

/// Writes copies of sessions with the first of Better Auth's secrets, and reads those of all.
#[derive(Clone)]
pub struct CookieCache(Arc<dyn Form>);

/// One way to write a copy.
trait Form: Send + Sync {
    /// The value of a cookie that is kept for so long, or until the browser closes.
    fn seal(
        &self,
        signed_in: &SignedIn,
        now: Time,
        kept: Option<Duration>,
    ) -> Result<String, SealError>;

    /// What a cookie says, if it is ours.
    fn open(&self, value: &str) -> Option<Opened>;
}

/// No copy could be made; the session is as good without.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error("the copy of the session could not be written")]
    Json(#[from] serde_json::Error),
    #[error("the copy of the session could not be signed")]
    Sign(#[from] SignError),
    #[error("the copy of the session could not be encrypted")]
    Encrypt(#[from] EncryptError),
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    #[error("the copy of the session is longer than {MAX_BYTES} bytes")]
    TooLong,
}

/// What stands in a cookie that is ours, and until when the cookie says that it is good.
struct Opened {
    content: Content,
    expires_at: Time,
}

impl CookieCache {
    /// A cache whose cookies these secrets sign.
    ///
    /// # Errors
    ///
    /// [`KeyError`] where a secret is none for HS256, such as the text of a key.
    pub fn new(form: CacheForm, secrets: &AuthSecrets, entropy: Entropy) -> Result<Self, KeyError> {
        Ok(Self(match form {
            CacheForm::Compact => Arc::new(Compact::new(secrets)),
            CacheForm::Jwt => Arc::new(Jwt::new(secrets)?),
            CacheForm::Jwe => Arc::new(Jwe::new(secrets, entropy)?),
        }))
    }

    /// The value of the cookie, of letters that need no encoding. Where the session ends with the
    /// browser, so does the cookie, and nobody but its content says when it is over.
    pub(crate) fn seal(
        &self,
        signed_in: &SignedIn,
        now: Time,
        kept: Option<Duration>,
    ) -> Result<String, SealError> {
        let value = self.0.seal(signed_in, now, kept)?;
        if value.len() > MAX_BYTES { Err(SealError::TooLong) } else { Ok(value) }
    }

    /// The session that `token` opens, if the cookie holds a good copy of that one, not older than
    /// copies may be.
    pub(crate) fn open(
        &self,
        value: &str,
        token: &SessionToken,
        now: Time,
        copies_last: Duration,
    ) -> Option<SignedIn> {
        if value.len() > MAX_BYTES {
            return None;
        }
        let Opened { content, expires_at } = self.0.open(value)?;
        let Content { signed_in, written_at } = content;
        let session = &signed_in.session;
        let (cached, presented) = (session.token.expose(), token.expose());
        let is_theirs = verify_slices_are_equal(cached.as_bytes(), presented.as_bytes()).is_ok();
        let is_good = now < expires_at
            && now < session.expires_at
            // Another server may write longer ones with the same secret.
            && now < written_at + copies_last;
        (is_theirs && is_good).then_some(signed_in)
    }
}

impl fmt::Debug for CookieCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieCache(redacted)")
    }
}
