//! What an operator decides about the protocol.

use tessera_engine::AuthSecrets;

use crate::base_url::BaseUrl;
use crate::cookies::CookieCache;
use crate::origin::Origin;
use crate::trusted_origins::TrustedOrigins;

/// The protocol's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where browsers reach this server; decides the base path and whether cookies are `Secure`.
    pub base_url: BaseUrl,
    /// Sign cookies: the first signs, and what any of them signed is good.
    pub secrets: AuthSecrets,
    /// Whose pages may use this server beside those of the base URL's own origin.
    pub trusted_origins: TrustedOrigins,
    /// Whether clients are counted.
    pub rate_limit: RateLimit,
    /// Whether reading a session never writes: `GET /get-session` says when it is due, and the client
    /// renews it by `POST`.
    pub defer_session_refresh: bool,
    /// Whether a cookie may answer for the session without the database, and what writes that cookie.
    /// A session that ends elsewhere is then honoured there for as long as copies of it last.
    pub cookie_cache: Option<CookieCache>,
    /// Whether people may delete their accounts.
    pub delete_user: bool,
    /// Whether that takes a link, which is mailed to them.
    pub delete_user_verification: bool,
}

impl Settings {
    pub(crate) fn trusts(&self, origin: &Origin) -> bool {
        origin == self.base_url.origin() || self.trusted_origins.contain(origin)
    }
}

/// Whether Better Auth's rate limits apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// They do.
    On,
    /// Nobody is counted.
    Off,
}
