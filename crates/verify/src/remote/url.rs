//! Where keys may come from.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ureq::http::Uri;
use ureq::http::uri::Authority;

/// The URL of a key set: `https`, or `http` on this machine. Whoever can change what it answers can
/// sign in as anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysUrl {
    uri: Uri,
    is_loopback: bool,
}

/// Why a URL is none to fetch keys from.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{url:?} is no URL of a key set: {problem}")]
pub struct InvalidKeysUrl {
    /// Without a user's name and password.
    url: String,
    problem: &'static str,
}

/// As it is displayed: this is what a `main` that answers with the error prints.
impl fmt::Debug for InvalidKeysUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl InvalidKeysUrl {
    /// What is wrong with it, without the URL.
    pub const fn problem(&self) -> &'static str {
        self.problem
    }
}

impl KeysUrl {
    /// Plain `http` to another machine, where whoever is on the way can put in keys of their own.
    /// For networks that nobody else is on, such as that of the containers of one machine.
    ///
    /// # Errors
    ///
    /// [`InvalidKeysUrl`] for what is neither `http` nor `https`.
    pub fn danger_plain_http(url: &str) -> Result<Self, InvalidKeysUrl> {
        Self::parse(url, true)
    }

    fn parse(url: &str, any_http: bool) -> Result<Self, InvalidKeysUrl> {
        let without_user = url.rsplit_once('@').map_or(url, |(_, rest)| rest);
        let shown = without_user.chars().take(200).collect::<String>();
        let invalid = |problem| InvalidKeysUrl { url: shown.clone(), problem };
        if !url.contains("://") {
            return Err(invalid("it does not start with https:// or http://"));
        }
        let uri: Uri = url.parse().map_err(|_| invalid("it does not parse"))?;
        let host = uri.host().ok_or_else(|| invalid("it has no host"))?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(invalid("it has a user name"));
        }
        let is_port = |authority: &Authority| authority.port_u16().is_some();
        if !uri
            .authority()
            .is_some_and(|authority| authority.as_str() == host || is_port(authority))
        {
            return Err(invalid("its port is not a number up to 65535"));
        }
        if url.contains('#') {
            return Err(invalid("it has a fragment"));
        }
        let is_loopback = is_loopback(host);
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback || any_http => {}
            Some("http") => {
                return Err(invalid(
                    "http is only for this machine; use https, or danger_plain_http where nobody \
                     else is on the network",
                ));
            }
            _ => return Err(invalid("its scheme is not https")),
        }
        Ok(Self { uri, is_loopback })
    }

    pub(super) const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Whether it is on this machine.
    pub(super) const fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

impl FromStr for KeysUrl {
    type Err = InvalidKeysUrl;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Self::parse(url, false)
    }
}

impl fmt::Display for KeysUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cve_2026_48522_https_or_loopback_only() {
        for good in [
            "https://auth.example.com/api/auth/jwks",
            "https://auth.example.com:8443/jwks?v=1",
            "https://10.0.0.7/jwks",
            "http://localhost:3000/api/auth/jwks",
            "http://127.0.0.1:3000/jwks",
            "http://127.9.9.9/jwks",
            "http://[::1]:3000/jwks",
        ] {
            assert_eq!(good.parse::<KeysUrl>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "auth.example.com",
            "/jwks",
            "file:///etc/jwks.json",
            "ftp://auth.example.com/jwks",
            "data:application/json,{}",
            "http://auth.example.com/jwks",
            "http://localhost.example.com/jwks",
            "http://127.0.0.1.example.com/jwks",
            "http://10.0.0.7/jwks",
            "http://0.0.0.0/jwks",
            "http://[::ffff:10.0.0.7]/jwks",
            "http://localhost@evil.example/jwks",
            "https://user:secret@auth.example.com/jwks",
            "https://auth.example.com/jwks#key",
            "https://auth.example.com/a b",
            "https://auth.example.com:99999/jwks",
            "localhost:3000/jwks",
        ] {
            assert!(bad.parse::<KeysUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        let refused = "https://ada:hunter2@auth.example.com/jwks".parse::<KeysUrl>().unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("hunter2"), "{refused}");
    }

    #[test]
    fn plain_http_is_had_by_asking_for_danger() {
        assert!(KeysUrl::danger_plain_http("http://auth:3000/api/auth/jwks").is_ok());
        assert!(KeysUrl::danger_plain_http("ftp://auth:3000/api/auth/jwks").is_err());
        let refused = "http://auth:3000/jwks".parse::<KeysUrl>().unwrap_err();
        let text = r#""http://auth:3000/jwks" is no URL of a key set: http is only for this machine; use https, or danger_plain_http where nobody else is on the network"#;
        assert_eq!(refused.to_string(), text);
        assert_eq!(format!("{refused:?}"), text, "what a `main` prints");
    }
}
