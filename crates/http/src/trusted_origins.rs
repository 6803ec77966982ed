//! The origins whose pages may use this server.

use std::net::Ipv4Addr;

use crate::origin::{Origin, default_port, is_web, parse_port, parse_scheme, split_port};
use crate::web_origin::WebOrigin;

/// Origins that are trusted beside the base URL's own.
///
/// | entry | trusts |
/// | --- | --- |
/// | `https://app.example.com:8443` | this origin |
/// | `https://*.example.com` | subdomains at any depth, not `example.com` itself |
/// | `*.example.com` | the same over http and https |
/// | `http://localhost:*` | any port |
/// | `myapp://` | all URLs of an application's own scheme |
/// | `myapp://callback` | those of exactly this host |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedOrigins(Vec<Pattern>);

/// An entry that trusts nothing, or everything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trusted origin {entry:?}: {reason}")]
pub struct InvalidTrustedOrigin {
    /// The entry as written.
    pub entry: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    /// Absent: http or https.
    scheme: Option<String>,
    host: HostPattern,
    port: PortPattern,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostPattern {
    Any,
    /// `*` is any run of characters, `?` is one.
    Name(String),
    /// The same, and the host has to be an IPv4 address: `10.*` must not match `10.evil.example`.
    Ipv4(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PortPattern {
    Default,
    Exactly(u16),
    Any,
}

impl TrustedOrigins {
    /// Reads entries separated by commas; empty ones are skipped.
    pub fn parse(list: &str) -> Result<Self, InvalidTrustedOrigin> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let parse = |entry: &str| {
            Pattern::parse(entry)
                .map_err(|reason| InvalidTrustedOrigin { entry: entry.to_owned(), reason })
        };
        entries.map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// These and a further one.
    #[must_use]
    pub fn and(mut self, origin: &WebOrigin) -> Self {
        self.0.push(Pattern::exactly(origin.origin()));
        self
    }

    pub(crate) fn contain(&self, origin: &Origin) -> bool {
        self.0.iter().any(|pattern| pattern.matches(origin))
    }
}

impl Pattern {
    fn exactly(origin: &Origin) -> Self {
        Self {
            scheme: Some(origin.scheme().to_owned()),
            // The host of an origin has no wildcard in it.
            host: HostPattern::Name(origin.host().to_owned()),
            port: origin.port().map_or(PortPattern::Default, PortPattern::Exactly),
        }
    }

    fn parse(entry: &str) -> Result<Self, &'static str> {
        let (scheme, authority) = match entry.split_once("://") {
            Some((scheme, authority)) => {
                let scheme = parse_scheme(scheme).ok_or("the scheme is not one")?;
                (Some(scheme), authority)
            }
            None => (None, entry),
        };
        let own_scheme = scheme.as_deref().is_some_and(|scheme| !is_web(scheme));
        if authority.contains('/') {
            return Err("an origin has no path: leave out what follows the host");
        }
        let (host, port) = split_port(authority);
        let port = match port {
            None => PortPattern::Default,
            Some("*") => PortPattern::Any,
            Some(port) => match parse_port(port).ok_or("the port is not a number or *")? {
                port if scheme.as_deref().and_then(default_port) == Some(port) => {
                    PortPattern::Default
                }
                port => PortPattern::Exactly(port),
            },
        };
        let host = match host {
            "" if own_scheme => HostPattern::Any,
            "" => return Err("the host is missing"),
            host => HostPattern::parse(host)?,
        };
        Ok(Self { scheme, host, port })
    }

    fn matches(&self, origin: &Origin) -> bool {
        let scheme_matches = match &self.scheme {
            Some(scheme) => scheme == origin.scheme(),
            None => origin.is_web(),
        };
        scheme_matches && self.host.matches(origin.host()) && self.port.matches(origin.port())
    }
}

impl HostPattern {
    fn parse(host: &str) -> Result<Self, &'static str> {
        if host.starts_with('[') {
            let origin = Origin::of_url(&format!("http://{host}"));
            let origin = origin.ok_or("the host is not an IPv6 address")?;
            return Ok(Self::Name(origin.host().to_owned()));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._*?".contains(&byte);
        if !host.bytes().all(allowed) {
            return Err("the host may hold letters, digits, - . _ and the wildcards * and ?");
        }
        if host.bytes().all(|byte| b"*?.".contains(&byte)) {
            return Err("it would trust every host");
        }
        let host = host.to_ascii_lowercase();
        if host.bytes().all(|byte| byte.is_ascii_digit() || b"*?.".contains(&byte)) {
            Ok(Self::Ipv4(host))
        } else {
            Ok(Self::Name(host))
        }
    }

    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Name(pattern) => wildcard_match(pattern.as_bytes(), host.as_bytes()),
            Self::Ipv4(pattern) => {
                host.parse::<Ipv4Addr>().is_ok()
                    && wildcard_match(pattern.as_bytes(), host.as_bytes())
            }
        }
    }
}

impl PortPattern {
    fn matches(&self, port: Option<u16>) -> bool {
        match self {
            Self::Default => port.is_none(),
            Self::Exactly(expected) => port == Some(*expected),
            Self::Any => true,
        }
    }
}

/// Whether `text` is what `pattern` describes, in time linear in the text for each `*`.
fn wildcard_match(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at_pattern, mut at_text) = (0, 0);
    // Where the last `*` stands, and how far it reaches so far.
    let mut star: Option<(usize, usize)> = None;
    while at_text < text.len() {
        match pattern.get(at_pattern) {
            Some(b'*') => {
                star = Some((at_pattern, at_text));
                at_pattern += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[at_text] => {
                at_pattern += 1;
                at_text += 1;
            }
            _ => match &mut star {
                Some((at_star, reached)) => {
                    *reached += 1;
                    at_pattern = *at_star + 1;
                    at_text = *reached;
                }
                None => return false,
            },
        }
    }
    pattern[at_pattern..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusts(list: &str, url: &str) -> bool {
        let origin = Origin::of_url(url).unwrap();
        TrustedOrigins::parse(list).unwrap().contain(&origin)
    }

    #[test]
    fn cve_2025_71403_only_what_an_entry_describes_is_trusted() {
        for (list, url, expected) in [
            ("https://app.example.com", "https://app.example.com", true),
            ("https://app.example.com", "https://app.example.com:443/x", true),
            ("https://app.example.com:443", "https://app.example.com", true),
            ("https://app.example.com", "http://app.example.com", false),
            ("https://app.example.com", "https://app.example.com:8443", false),
            ("https://app.example.com", "https://app.example.com.evil.example", false),
            ("https://app.example.com", "https://evil.example/https://app.example.com", false),
            ("https://*.example.com", "https://x.example.com", true),
            ("https://*.example.com", "https://x.y.example.com", true),
            ("https://*.example.com", "https://example.com", false),
            ("https://*.example.com", "https://evilexample.com", false),
            ("https://*.example.com", "https://x.example.com.evil.example", false),
            ("https://*.example.com", "https://evil.example/?.example.com", false),
            ("https://*.example.com", "http://x.example.com", false),
            ("https://*.example.com", "https://x.example.com:8443", false),
            ("*.example.com", "http://x.example.com", true),
            ("*.example.com", "https://x.example.com", true),
            ("*.example.com", "myapp://x.example.com", false),
            ("app?.example.com", "https://app1.example.com", true),
            ("app?.example.com", "https://app.example.com", false),
            ("http://localhost:*", "http://localhost:5173", true),
            ("http://localhost:*", "http://localhost", true),
            ("http://localhost:*", "http://localhost.evil.example:1", false),
            ("http://192.168.*", "http://192.168.0.7", true),
            ("http://192.168.*", "http://192.168.evil.example", false),
            ("http://[::1]:3000", "http://[0::1]:3000", true),
            ("https://a.example, https://b.example,", "https://b.example", true),
            ("", "https://b.example", false),
        ] {
            assert_eq!(trusts(list, url), expected, "{list} {url}");
        }
    }

    #[test]
    fn a_further_origin_is_trusted_exactly() {
        let origins = TrustedOrigins::default().and(&"https://a.example:8443".parse().unwrap());
        for (url, expected) in [
            ("https://a.example:8443", true),
            ("https://a.example", false),
            ("http://a.example:8443", false),
            ("https://b.a.example:8443", false),
        ] {
            assert_eq!(origins.contain(&Origin::of_url(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn custom_schemes_compare_scheme_and_host_exactly() {
        for (list, url, expected) in [
            ("myapp://", "myapp://open", true),
            ("myapp://", "myapp:///open", true),
            ("myapp://", "myapp2://open", false),
            ("myapp://callback", "myapp://callback/x", true),
            ("myapp://callback", "myapp://callback.attacker.example", false),
            ("myapp://callback", "myapp://callbackx", false),
        ] {
            assert_eq!(trusts(list, url), expected, "{list} {url}");
        }
    }

    #[test]
    fn entries_that_trust_nothing_or_everything_are_refused() {
        for (entry, reason) in [
            ("https://app.example.com/", "an origin has no path: leave out what follows the host"),
            ("https://app.example.com/x", "an origin has no path: leave out what follows the host"),
            ("https://*.example.com/x", "an origin has no path: leave out what follows the host"),
            ("https://*", "it would trust every host"),
            ("*.*", "it would trust every host"),
            ("https://", "the host is missing"),
            ("://x", "the scheme is not one"),
            ("https://a:b", "the port is not a number or *"),
            ("https://[zz]", "the host is not an IPv6 address"),
            (
                "https://user@a",
                "the host may hold letters, digits, - . _ and the wildcards * and ?",
            ),
        ] {
            let error = TrustedOrigins::parse(&format!("https://ok.example,{entry}")).unwrap_err();
            assert_eq!(error, InvalidTrustedOrigin { entry: entry.to_owned(), reason });
        }
    }
}
