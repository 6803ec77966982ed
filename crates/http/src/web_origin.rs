//! The origin of one website.

use std::fmt;
use std::str::FromStr;

use crate::origin::Origin;

/// Scheme, host and port of a website, exactly (RFC 6454 section 4): `https://app.example.com`.
///
/// Shown as browsers send it in `Origin`: in lower case, and without a port that is the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(Origin);

/// A text is not the origin of a website.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an origin looks like https://app.example.com or http://localhost:5173: no wildcard, no path"
)]
pub struct InvalidWebOrigin;

impl WebOrigin {
    pub(crate) fn origin(&self) -> &Origin {
        &self.0
    }
}

impl FromStr for WebOrigin {
    type Err = InvalidWebOrigin;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (_, authority) = text.split_once("://").ok_or(InvalidWebOrigin)?;
        if authority.contains(['/', '?', '#']) {
            return Err(InvalidWebOrigin);
        }
        Origin::of_url(text).filter(Origin::is_web).map(Self).ok_or(InvalidWebOrigin)
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_shown_as_browsers_send_it() {
        for (text, shown) in [
            ("https://app.example.com", "https://app.example.com"),
            ("HTTPS://App.Example.com:443", "https://app.example.com"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[0:0::1]:80", "http://[::1]"),
        ] {
            assert_eq!(text.parse::<WebOrigin>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_not_exactly_one_website_is_refused() {
        for text in [
            "",
            "null",
            "*",
            "app.example.com",
            "https://*",
            "https://*.example.com",
            "https://app?.example.com",
            "http://localhost:*",
            "https://app.example.com/",
            "https://app.example.com?x",
            "https://app.example.com#x",
            "https://user@app.example.com",
            "myapp://",
        ] {
            assert_eq!(text.parse::<WebOrigin>(), Err(InvalidWebOrigin), "{text}");
        }
    }
}
