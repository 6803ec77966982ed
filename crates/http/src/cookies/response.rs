//! Writing cookies.

use std::fmt::Write;
use std::time::Duration;

use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};

use super::{CookieNames, is_part_of};
use crate::links::encoded;

/// The longest cookie that is written, name and attributes counted, in bytes: browsers keep 4096 (RFC
/// 6265 section 6.1), some a little less.
const MAX_COOKIE: usize = 4050;

/// A cookie to set. With an empty value and no time to live it is cleared.
#[derive(Clone, Debug)]
pub(crate) struct SetCookie {
    name: String,
    /// Before encoding.
    value: String,
    /// Absent: until the browser closes.
    max_age: Option<Duration>,
}

impl SetCookie {
    pub(crate) fn new(name: &str, value: String, max_age: Option<Duration>) -> Self {
        Self { name: name.to_owned(), value, max_age }
    }

    pub(crate) fn cleared(name: &str) -> Self {
        Self::new(name, String::new(), Some(Duration::ZERO))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The cookie, or as many pieces of it, `name.0` and so on, as browsers need to keep it. The value
    /// is one that needs no encoding.
    pub(crate) fn in_pieces(self, secure: bool) -> Vec<Self> {
        let frame = Self::new(&format!("{}.99", self.name), String::new(), self.max_age);
        let room = MAX_COOKIE.saturating_sub(frame.to_text(secure).len()).max(1);
        if self.value.len() <= room {
            return vec![self];
        }
        let pieces = self.value.as_bytes().chunks(room).enumerate();
        let piece = |(number, value)| Self {
            name: format!("{}.{number}", self.name),
            value: String::from_utf8_lossy(value).into_owned(),
            max_age: self.max_age,
        };
        pieces.map(piece).collect()
    }

    fn to_header(&self, secure: bool) -> Option<HeaderValue> {
        let mut header = HeaderValue::from_str(&self.to_text(secure)).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    fn to_text(&self, secure: bool) -> String {
        let mut text = format!("{}={}", self.name, encoded(&self.value));
        if let Some(max_age) = self.max_age {
            let _ = write!(text, "; Max-Age={}", max_age.as_secs());
        }
        text.push_str("; Path=/; HttpOnly");
        if secure {
            text.push_str("; Secure");
        }
        text.push_str("; SameSite=Lax");
        text
    }
}

/// The cookies that a response sets, in order.
#[derive(Debug, Default)]
pub(crate) struct ResponseCookies(Vec<SetCookie>);

impl ResponseCookies {
    /// Sets a cookie in place of what was to be set under its name.
    pub(crate) fn set(&mut self, cookie: SetCookie) {
        self.forget(&cookie.name);
        self.0.push(cookie);
    }

    /// Sets nothing under this name any more, neither whole nor in pieces.
    pub(crate) fn forget(&mut self, name: &str) {
        self.0.retain(|cookie| !is_part_of(name, &cookie.name));
    }

    pub(crate) fn push(&mut self, cookie: SetCookie) {
        self.0.push(cookie);
    }

    /// The value of the session cookie, before encoding, if this response sets one.
    pub(crate) fn session_token(&self, names: &CookieNames) -> Option<&str> {
        let sets = |cookie: &&SetCookie| {
            cookie.name == names.session_token
                && !cookie.value.is_empty()
                && cookie.max_age != Some(Duration::ZERO)
        };
        self.0.iter().rev().find(sets).map(|cookie| cookie.value.as_str())
    }

    pub(crate) fn write(&self, names: &CookieNames, headers: &mut HeaderMap) {
        for header in self.0.iter().filter_map(|cookie| cookie.to_header(names.secure)) {
            headers.append(SET_COOKIE, header);
        }
    }
}
