//! The URLs in a request to which somebody will later be sent.

use serde_json::Value;

use crate::body::{Body, is_truthy, query_value};
use crate::failure::Failure;
use crate::origin::{Origin, is_web};
use crate::settings::Settings;

/// Members of a request that hold such a URL, with the names and codes of Better Auth's refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UrlMember {
    pub(crate) member: &'static str,
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
}

const CALLBACK: UrlMember =
    UrlMember { member: "callbackURL", name: "callbackURL", code: "INVALID_CALLBACK_URL" };
const REDIRECT: UrlMember =
    UrlMember { member: "redirectTo", name: "redirectURL", code: "INVALID_REDIRECT_URL" };
const ERROR_CALLBACK: UrlMember = UrlMember {
    member: "errorCallbackURL",
    name: "errorCallbackURL",
    code: "INVALID_ERROR_CALLBACK_URL",
};
const NEW_USER_CALLBACK: UrlMember = UrlMember {
    member: "newUserCallbackURL",
    name: "newUserCallbackURL",
    code: "INVALID_NEW_USER_CALLBACK_URL",
};

/// Refuses a request that would send somebody to a place that is not trusted.
///
/// An empty string, null, false and 0 count as absent, as they do in JavaScript.
pub(crate) fn check(settings: &Settings, body: &Body, query: &str) -> Result<(), Failure> {
    for url_member in [CALLBACK, REDIRECT, ERROR_CALLBACK, NEW_USER_CALLBACK] {
        let value = body.as_ref().and_then(|body| body.get(url_member.member));
        let url = match value.filter(|value| is_truthy(value)) {
            Some(Value::String(url)) => Some(url.clone()),
            Some(_) => return Err(Failure::UrlNotString(url_member)),
            None if url_member == CALLBACK => query_value(query, url_member.member),
            None => None,
        };
        match url {
            Some(url) if !url.is_empty() && !is_trusted(settings, &url) => {
                return Err(Failure::UntrustedUrl(url_member));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A trusted URL to send somebody on to: a path here, or an absolute one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallbackUrl(String);

impl CallbackUrl {
    /// The `callbackURL` of a link, which only a route that follows it reads; empty counts as absent.
    pub(crate) fn followed(
        settings: &Settings,
        url: Option<String>,
    ) -> Result<Option<Self>, Failure> {
        match url {
            Some(url) if url.is_empty() => Ok(None),
            Some(url) if is_trusted(settings, &url) => Ok(Some(Self(url))),
            Some(_) => Err(Failure::UntrustedUrl(CALLBACK)),
            None => Ok(None),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, with one more query member behind those that it has.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let (url, fragment) = split_fragment(&self.0);
        let between = match url.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some((_, query)) if query.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{url}{between}{name}={value}{fragment}")
    }

    /// The same as an absolute URL, with this one query member of that name.
    pub(crate) fn absolute_with(&self, settings: &Settings, name: &str, value: &str) -> String {
        let (url, fragment) = split_fragment(&self.0);
        let (url, query) = url.split_once('?').unwrap_or((url, ""));
        let mut members = form_urlencoded::Serializer::new(String::new());
        let mut there = false;
        for (known, other) in form_urlencoded::parse(query.as_bytes()) {
            if known != name {
                members.append_pair(&known, &other);
            } else if !there {
                members.append_pair(name, value);
                there = true;
            }
        }
        if !there {
            members.append_pair(name, value);
        }
        let base = match url.starts_with('/') {
            true => settings.base_url.origin_text(),
            false => String::new(),
        };
        let is_bare = url.split_once("://").is_some_and(|(scheme, host)| {
            is_web(&scheme.to_ascii_lowercase()) && !host.contains('/')
        });
        let root = if is_bare { "/" } else { "" };
        format!("{base}{url}{root}?{}{fragment}", members.finish())
    }
}

/// A URL up to its fragment, and the fragment with its `#`.
fn split_fragment(url: &str) -> (&str, &str) {
    url.split_at(url.find('#').unwrap_or(url.len()))
}

fn is_trusted(settings: &Settings, url: &str) -> bool {
    if url.starts_with('/') {
        is_local_path(url)
    } else {
        Origin::of_url(url).is_some_and(|origin| settings.trusts(&origin))
    }
}

/// Whether every reader takes the text for a path on this server.
///
/// What could become `//host` once a reader has dropped, decoded or resolved something is refused:
/// two slashes in a row wherever they stand (`/..//host`), backslashes, encoded slashes, control
/// characters, white space.
fn is_local_path(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    path.starts_with('/')
        && url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && ["//", "%2f", "%5c"].iter().all(|hidden| !path.contains(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cve_2024_56734_cve_2025_27143_only_paths_that_all_readers_agree_on() {
        for path in ["/", "/dash", "/a/b.c-d", "/a?b=c", "/a?next=/x//y", "/a#b", "/%20", "/../a"] {
            assert!(is_local_path(path), "{path}");
        }
        for path in [
            "",
            "relative",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\u{0}",
            "/..//evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/%2fevil.example",
            "/%2Fevil.example",
            "/a%2f..",
            "/%5cevil.example",
            "/%5Cevil.example",
            "/ evil",
            "/\u{2215}evil",
            "/a?b=\\",
        ] {
            assert!(!is_local_path(path), "{path}");
        }
    }
}
