//! The protocol's cookies: names, attributes, signatures.

mod cache;
mod request;
mod response;
mod signer;

pub use cache::{CacheForm, CookieCache};
pub(crate) use request::RequestCookies;
pub(crate) use response::{ResponseCookies, SetCookie};
pub(crate) use signer::Signer;

use crate::base_url::BaseUrl;

/// The names of the cookies; over https they carry the `__Secure-` prefix (RFC 6265bis 4.1.3.1).
#[derive(Clone, Debug)]
pub(crate) struct CookieNames {
    /// Opens the session.
    pub(crate) session_token: String,
    /// Better Auth's cookie cache. Where it is off, what is left over of it is cleared.
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

/// Whether a cookie is the one of that name, or one of the pieces it was split into (`name.0` to
/// `name.99`).
fn is_part_of(name: &str, cookie: &str) -> bool {
    cookie == name || piece_number(name, cookie).is_some()
}

fn piece_number(name: &str, cookie: &str) -> Option<u8> {
    let number = cookie.strip_prefix(name)?.strip_prefix('.')?;
    let is_number =
        (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { number.parse().ok() } else { None }
}
