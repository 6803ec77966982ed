//! Origins, the unit of trust on the web.

use std::fmt;
use std::net::Ipv6Addr;

/// Scheme, host and port (RFC 6454 section 4), normalised so that equal origins are equal values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: String,
    /// A name, an IPv4 address, or an IPv6 address in brackets; empty only where the scheme is an
    /// application's own (`myapp:///open`).
    host: String,
    /// Absent when it is the scheme's default.
    port: Option<u16>,
}

impl Origin {
    /// The origin of an absolute URL `scheme://host[:port][/…][?…][#…]`.
    ///
    /// What browsers and parsers read differently has none: user names, backslashes, white space,
    /// control characters, hosts that are not plain ASCII.
    pub(crate) fn of_url(url: &str) -> Option<Self> {
        if !url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return None;
        }
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let (host, port) = split_port(authority);
        let scheme = parse_scheme(scheme)?;
        let host = match parse_host(host) {
            Some(host) => host,
            None if host.is_empty() && !is_web(&scheme) => String::new(),
            None => return None,
        };
        let port = match port {
            Some(port) => {
                Some(parse_port(port)?).filter(|&port| Some(port) != default_port(&scheme))
            }
            None => None,
        };
        Some(Self { scheme, host, port })
    }

    pub(crate) fn scheme(&self) -> &str {
        &self.scheme
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether it is a website's rather than an application's own scheme.
    pub(crate) fn is_web(&self) -> bool {
        is_web(&self.scheme)
    }
}

/// A scheme in lower case (RFC 3986 section 3.1).
pub(crate) fn parse_scheme(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let well_formed = bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    well_formed.then(|| text.to_ascii_lowercase())
}

/// Host and port of an authority; the brackets of an IPv6 address stay with the host.
pub(crate) fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// A port in decimal digits.
pub(crate) fn parse_port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(crate) fn is_web(scheme: &str) -> bool {
    default_port(scheme).is_some()
}

pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

fn parse_host(text: &str) -> Option<String> {
    if let Some(address) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().ok().map(|address| format!("[{address}]"));
    }
    let is_name = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    is_name.then(|| text.to_ascii_lowercase())
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> Option<String> {
        Origin::of_url(url).map(|origin| origin.to_string())
    }

    #[test]
    fn equal_origins_are_equal_values() {
        for (url, origin) in [
            ("http://localhost:3000", "http://localhost:3000"),
            ("HTTPS://Example.COM:443/a?b#c", "https://example.com"),
            ("http://example.com:80?x=http://other", "http://example.com"),
            ("https://example.com:80", "https://example.com:80"),
            ("http://[0:0::1]:3000/", "http://[::1]:3000"),
            ("myapp://open/1", "myapp://open"),
            ("myapp:///open", "myapp://"),
        ] {
            assert_eq!(shown(url).as_deref(), Some(origin), "{url}");
        }
        assert_ne!(Origin::of_url("http://localhost"), Origin::of_url("http://127.0.0.1"));
    }

    #[test]
    fn cve_2025_27143_what_parsers_read_differently_has_no_origin() {
        for url in [
            "",
            "null",
            "example.com",
            "//example.com",
            "javascript:alert(1)",
            "https:example.com",
            "https:///example.com",
            "https://",
            "https://user@example.com",
            "https://good.example\\@evil.example",
            "https://good.example:80@evil.example",
            "https://exa mple.com",
            "https://exam\tple.com",
            "https://ex\u{e4}mple.com",
            "https://example.com:port",
            "https://example.com:*",
            "https://example.com:99999",
            "https://example.com:+80",
            "https://example.com:",
            "https://[::1",
            "https://[zz]",
            "1http://example.com",
        ] {
            assert_eq!(shown(url), None, "{url}");
        }
    }
}
