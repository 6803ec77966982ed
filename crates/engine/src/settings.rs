//! What an operator decides about accounts, sessions and tokens.

use std::time::Duration;

use tessera_token::Algorithm;

use crate::auth_secrets::AuthSecrets;
use crate::keys::KeyTimes;
use crate::secret::Secret;

/// The engine's settings. Each has a safe default; the secrets have none.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Better Auth's secrets: they encrypt stored signing keys. Cookies are signed with them as well.
    pub secrets: AuthSecrets,
    /// Sessions.
    pub sessions: SessionSettings,
    /// JSON Web Tokens.
    pub tokens: TokenSettings,
    /// Whether a new password may not be among the commonest.
    pub refuse_common_passwords: bool,
    /// Addresses, and what is mailed to them.
    pub emails: EmailSettings,
}

/// What addresses have to prove, and what is mailed when.
#[derive(Clone, Copy, Debug)]
pub struct EmailSettings {
    /// Whether signing up signs in, and so tells whether an address has an account.
    pub auto_sign_in: bool,
    /// Whether an address has to be verified before its owner can sign in.
    pub require_verification: bool,
    /// Whether signing up sends a link that verifies the address; by default where that is required.
    pub send_on_sign_up: Option<bool>,
    /// Whether signing in with an address that has yet to be verified sends the link again.
    pub send_on_sign_in: bool,
    /// Whether following the link signs in.
    pub sign_in_after_verification: bool,
    /// Whether a new password set by a mailed link ends all sessions. Those of an account whose
    /// address nobody had verified end in any case.
    pub revoke_sessions_on_password_reset: bool,
    /// Whether people can change their address.
    pub change: bool,
    /// Whether an address that nobody has verified can be changed without a link.
    pub change_without_verification: bool,
}

impl Default for EmailSettings {
    /// Better Auth's.
    fn default() -> Self {
        Self {
            auto_sign_in: true,
            require_verification: false,
            send_on_sign_up: None,
            send_on_sign_in: false,
            sign_in_after_verification: false,
            revoke_sessions_on_password_reset: false,
            change: false,
            change_without_verification: false,
        }
    }
}

impl EmailSettings {
    /// Whether signing up sends a link that verifies the address.
    pub fn sends_on_sign_up(&self) -> bool {
        self.send_on_sign_up.unwrap_or(self.require_verification)
    }

    /// Whether signing up answers alike for an address that has an account and for one that has none.
    pub(crate) fn sign_up_keeps_silent(&self) -> bool {
        self.require_verification || !self.auto_sign_in
    }
}

/// How long sessions live.
#[derive(Clone, Copy, Debug)]
pub struct SessionSettings {
    /// From sign-in or the last renewal to the end.
    pub expires_in: Duration,
    /// A session this old is renewed when it is used.
    pub update_age: Duration,
    /// Until this long after sign-in, a session may do what needs a fresh one; zero: always.
    pub fresh_age: Duration,
    /// How long a copy of a session that a browser holds may answer for it, ended or not.
    pub copies_last: Duration,
}

impl SessionSettings {
    /// How long a session lives when the person did not ask to stay signed in.
    pub const UNREMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);
}

impl Default for SessionSettings {
    /// Better Auth's: a week, renewed daily, fresh for a day; copies last five minutes.
    fn default() -> Self {
        let day = Duration::from_secs(24 * 60 * 60);
        let copies_last = Duration::from_secs(5 * 60);
        Self { expires_in: 7 * day, update_age: day, fresh_age: day, copies_last }
    }
}

/// What is in a token and who can verify it.
#[derive(Clone, Debug)]
pub struct TokenSettings {
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
    /// From `iat` to `exp`; no token outlives its session.
    pub expires_in: Duration,
    /// The key.
    pub signing: TokenSigning,
}

/// What tokens are signed with.
#[derive(Clone, Debug)]
pub enum TokenSigning {
    /// HS256 with secrets that the resource servers share. Never one that signs cookies.
    Shared {
        /// Signs.
        current: Secret,
        /// Signed before: what they signed verifies yet.
        older: Vec<Secret>,
    },
    /// A key pair kept in the `jwks` table; resource servers hold only the public half.
    KeyPair {
        /// How it signs.
        algorithm: Algorithm,
        /// How long it does.
        times: KeyTimes,
    },
}
