//! The URL under which browsers reach this server.

use crate::origin::Origin;

/// Origin and base path of the protocol: `/api/auth`, unless the URL has a path of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    origin: Origin,
    path: String,
}

/// Why a text cannot be the base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBaseUrl {
    /// Not of the form `http(s)://host[:port]`.
    #[error("the base URL has to look like https://host or https://host:port")]
    Origin,
    /// The path is more than letters, digits, `-._~` and single slashes.
    #[error("the path of the base URL may hold letters, digits, - . _ ~ and single slashes")]
    Path,
}

impl BaseUrl {
    const DEFAULT_PATH: &str = "/api/auth";

    /// Reads `http(s)://host[:port][/path]`; a trailing slash is dropped.
    pub fn parse(text: &str) -> Result<Self, InvalidBaseUrl> {
        let origin = Origin::of_url(text).filter(Origin::is_web).ok_or(InvalidBaseUrl::Origin)?;
        let after_scheme = text.find("://").map_or(0, |colon| colon + 3);
        let path = match text[after_scheme..].find(['/', '?', '#']) {
            Some(start) => text[after_scheme + start..].trim_end_matches('/'),
            None => "",
        };
        match path {
            "" => Ok(Self { origin, path: Self::DEFAULT_PATH.to_owned() }),
            path if is_plain(path) => Ok(Self { origin, path: path.to_owned() }),
            _ => Err(InvalidBaseUrl::Path),
        }
    }

    /// Where the protocol's routes begin, without a trailing slash.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether browsers reach this server over TLS. Cookies are then `Secure`.
    pub fn is_secure(&self) -> bool {
        self.origin.scheme() == "https"
    }

    /// Scheme, host and port (RFC 6454 section 6.2): `https://auth.example.com`.
    pub fn origin_text(&self) -> String {
        self.origin.to_string()
    }

    /// The absolute URL of a path below the base path: `http://localhost:3000/api/auth/error`.
    pub fn url_of(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.path)
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// Whether a router and a browser read the path alike.
fn is_plain(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|segments| segments.split('/').all(is_plain_segment))
}

fn is_plain_segment(segment: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !["", ".", ".."].contains(&segment) && segment.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_the_urls_own_or_better_auths() {
        for (url, origin, path) in [
            ("http://localhost:3000", "http://localhost:3000", "/api/auth"),
            ("https://auth.example.com/", "https://auth.example.com", "/api/auth"),
            ("http://h/auth/v1", "http://h", "/auth/v1"),
            ("http://h/auth/v1/", "http://h", "/auth/v1"),
        ] {
            let base_url = BaseUrl::parse(url).unwrap();
            assert_eq!(base_url.origin_text(), origin);
            assert_eq!(base_url.path(), path);
        }
    }

    #[test]
    fn refuses_what_is_no_base_url() {
        for url in ["", "localhost:3000", "myapp://open", "https://user@h", "ftp://h"] {
            assert_eq!(BaseUrl::parse(url), Err(InvalidBaseUrl::Origin), "{url}");
        }
        for url in [
            "http://h?x",
            "http://h/#x",
            "http://h/a//b",
            "http://h/../a",
            "http://h/%61",
            "http://h/{a}",
        ] {
            assert_eq!(BaseUrl::parse(url), Err(InvalidBaseUrl::Path), "{url}");
        }
    }
}
