//! Reading cookies.

use std::borrow::Cow;

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use percent_encoding::percent_decode_str;

use super::{is_part_of, piece_number};

/// The cookies of a request, in the order sent.
#[derive(Debug, Default)]
pub(crate) struct RequestCookies(Vec<(String, String)>);

impl RequestCookies {
    /// Splits all `Cookie` headers. What is not of the form `name=value` is left out; bytes that
    /// are not UTF-8 become U+FFFD, with which no signature agrees.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut pairs = Vec::new();
        for header in headers.get_all(COOKIE) {
            let text = String::from_utf8_lossy(header.as_bytes());
            pairs.extend(split(&text).map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        Self(pairs)
    }

    /// The value of the first cookie of that name, percent-decoded where that is possible.
    pub(crate) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let (_, value) = self.0.iter().find(|(cookie, _)| cookie == name)?;
        Some(percent_decode_str(value).decode_utf8().unwrap_or(Cow::Borrowed(value)))
    }

    /// Which of a cookie and the pieces it was split into (`name.0` to `name.99`) are there, each
    /// once.
    pub(crate) fn with_pieces(&self, name: &str) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for (cookie, _) in &self.0 {
            if is_part_of(name, cookie) && !found.contains(&cookie.as_str()) {
                found.push(cookie);
            }
        }
        found
    }

    /// The value of a cookie that may have been split, put together again.
    pub(crate) fn whole(&self, name: &str) -> Option<String> {
        if let Some(value) = self.get(name).filter(|value| !value.is_empty()) {
            return Some(value.into_owned());
        }
        let mut pieces = self.with_pieces(name);
        pieces.retain(|piece| *piece != name);
        pieces.sort_by_key(|piece| piece_number(name, piece));
        let values = pieces.iter().filter_map(|piece| self.get(piece));
        (!pieces.is_empty()).then(|| values.collect())
    }
}

fn split(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = value.trim();
        let unquoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        Some((name.trim(), unquoted.unwrap_or(value)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(cookies: &[u8], name: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, cookies.try_into().unwrap());
        RequestCookies::of(&headers).get(name).map(Cow::into_owned)
    }

    #[test]
    fn pieces_are_named_once_and_put_together_in_their_order() {
        let mut headers = HeaderMap::new();
        let sent = "d.10=1; d=; d.9=2; d.10=3; d.99=4; d.100=5; d.x=6; dd=7; e=8; e.0=9";
        headers.insert(COOKIE, sent.parse().unwrap());
        let cookies = RequestCookies::of(&headers);
        assert_eq!(cookies.with_pieces("d"), ["d.10", "d", "d.9", "d.99"]);
        assert_eq!(cookies.whole("d").as_deref(), Some("214"));
        assert_eq!(cookies.whole("e").as_deref(), Some("8"));
        assert_eq!(cookies.whole("f"), None);
    }

    #[test]
    fn the_first_of_a_name_wins_unquoted_and_decoded() {
        for (cookies, value) in [
            (&b"a=1"[..], Some("1")),
            (b"b=2; a=1; a=3", Some("1")),
            (b"a=; a=1", Some("")),
            (b"a=\"x%2By\"", Some("x+y")),
            (b"a=x+y", Some("x+y")),
            (b" a = 1 ;b", Some("1")),
            (b"a=%E0%A4%A", Some("%E0%A4%A")),
            (b"a=b=c", Some("b=c")),
            (b"a=\"", Some("\"")),
            (b"a=\xff", Some("\u{fffd}")),
            (b"aa=1; ;=;a", None),
            (b"", None),
        ] {
            assert_eq!(get(cookies, "a").as_deref(), value, "{cookies:?}");
        }
    }
}
