//! Headers that every answer carries, whoever made it.

use http::header::{
    HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// The headers, ready to be put on an answer.
#[derive(Clone, Debug)]
pub(crate) struct SecurityHeaders {
    https: bool,
}

impl SecurityHeaders {
    /// `https`: whether browsers reach the server over TLS, and shall do nothing else for a year
    /// (RFC 6797).
    pub(crate) fn new(https: bool) -> Self {
        Self { https }
    }

    /// Puts them on an answer; what is already there stays.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        let mut set = |name: HeaderName, value: &'static str| {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(REFERRER_POLICY, "strict-origin-when-cross-origin");
        set(PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=()");
        if self.https {
            set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        }
    }
}
