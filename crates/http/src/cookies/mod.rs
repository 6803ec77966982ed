//! The protocol's cookies: names, attributes, signatures.

mod request;
mod response;
mod signer;

pub(crate) use request::RequestCookies;
pub(crate) use response::{ResponseCookies, SetCookie};
pub(crate) use signer::Signer;

use crate::base_url::BaseUrl;

/// The names of the cookies; over https they carry the `__Secure-` prefix (RFC 6265bis 4.1.3.1).
#[derive(Clone, Debug)]
pub(crate) struct CookieNames {
    /// Opens the session.
    pub(crate) session_token: String,
    /// Better Auth's cookie cache. Never written here, but cleared where it is left over.
    pub(crate) session_data: String,
    /// There when the session ends with the browser.
    pub(crate) dont_remember: String,
    /// Whether the cookies are for https only.
    pub(crate) secure: bool,
}

impl CookieNames {
    pub(crate) fn new(base_url: &BaseUrl) -> Self {
        let secure = base_url.is_secure();
        let prefix = if secure { "__Secure-" } else { "" };
        let name = |cookie| format!("{prefix}better-auth.{cookie}");
        Self {
            session_token: name("session_token"),
            session_data: name("session_data"),
            dont_remember: name("dont_remember"),
            secure,
        }
    }
}
