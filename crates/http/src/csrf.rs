//! Whose page sent the request.

use axum::http::header::{COOKIE, HeaderName, ORIGIN, REFERER};
use axum::http::{HeaderMap, HeaderValue, Method};

use crate::failure::Failure;
use crate::origin::Origin;
use crate::settings::Settings;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// A request that could change something and carries a cookie, any cookie, has to come from a
/// trusted origin: a browser may have added the cookie on behalf of somebody else's page.
pub(crate) fn check_request(
    settings: &Settings,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Failure> {
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(method);
    if reads || !headers.contains_key(COOKIE) {
        return Ok(());
    }
    check_source(settings, headers)
}

/// Signing somebody in by somebody else's page needs no cookie, so sign-up and sign-in look closer:
/// what comes from a browser has to come from a trusted origin.
pub(crate) fn check_login(settings: &Settings, headers: &HeaderMap) -> Result<(), Failure> {
    if headers.contains_key(COOKIE) {
        // `check_request` has seen it.
        return Ok(());
    }
    let from_browser = [SEC_FETCH_SITE, SEC_FETCH_MODE, SEC_FETCH_DEST]
        .iter()
        .any(|name| headers.get(name).is_some_and(|value| !value.is_empty()));
    if from_browser {
        if is(headers, &SEC_FETCH_SITE, "cross-site") && is(headers, &SEC_FETCH_MODE, "navigate") {
            return Err(Failure::CrossSiteNavigation);
        }
        return check_source(settings, headers);
    }
    match source(headers) {
        Some(_) => check_source(settings, headers),
        None => Ok(()),
    }
}

fn check_source(settings: &Settings, headers: &HeaderMap) -> Result<(), Failure> {
    match source(headers) {
        // Browsers hide the origin after some redirects, but say truthfully that it is our own.
        Some(b"null") if is(headers, &SEC_FETCH_SITE, "same-origin") => Ok(()),
        None | Some(b"null") => Err(Failure::MissingOrNullOrigin),
        Some(url) => {
            let origin = std::str::from_utf8(url).ok().and_then(Origin::of_url);
            match origin {
                Some(origin) if settings.trusts(&origin) => Ok(()),
                _ => Err(Failure::InvalidOrigin),
            }
        }
    }
}

/// `Origin`, or else `Referer`.
fn source(headers: &HeaderMap) -> Option<&[u8]> {
    let value = |name: HeaderName| headers.get(name).filter(|value| !value.is_empty());
    value(ORIGIN).or_else(|| value(REFERER)).map(HeaderValue::as_bytes)
}

fn is(headers: &HeaderMap, name: &HeaderName, expected: &str) -> bool {
    headers.get(name).is_some_and(|value| value == expected)
}
