//! The links in mails: where they lead, all but their token, and what they say when they are followed.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tessera_engine::MailLink;

use crate::base_url::BaseUrl;
use crate::body::{self, Body, BodyForm};
use crate::failure::Failure;
use crate::members::Members;

/// What a link that a route follows itself says: what was mailed, and where to go on.
pub(crate) struct Link {
    pub(crate) token: String,
    pub(crate) callback_url: Option<String>,
}

impl body::Input for Link {
    const FORM: BodyForm = BodyForm::Query;

    fn parse(query: Body) -> Result<Self, Failure> {
        let mut members = Members::of_query(query)?;
        match (members.string("token"), members.optional_string("callbackURL")) {
            (Some(token), Some(callback_url)) => Ok(Self { token, callback_url }),
            _ => Err(members.into_failure()),
        }
    }
}

/// What JavaScript's `encodeURIComponent` encodes.
const URI_COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Text as JavaScript's `encodeURIComponent` writes it.
pub(crate) fn encoded(text: &str) -> impl Display {
    utf8_percent_encode(text, URI_COMPONENT)
}

/// To a new password, by way of this server, which sends on to `page`.
pub(crate) fn reset_password(base_url: &BaseUrl, page: Option<&str>) -> MailLink {
    MailLink {
        before: base_url.url_of("/reset-password/"),
        after: format!("?callbackURL={}", encoded(page.unwrap_or_default())),
    }
}

/// To the verification of an address, and then on to `page`.
pub(crate) fn verify_email(base_url: &BaseUrl, page: Option<&str>) -> MailLink {
    MailLink { before: base_url.url_of("/verify-email?token="), after: and_then(page) }
}

/// To the end of an account, and then on to `page`.
pub(crate) fn delete_user(base_url: &BaseUrl, page: Option<&str>) -> MailLink {
    MailLink { before: base_url.url_of("/delete-user/callback?token="), after: and_then(page) }
}

fn and_then(page: Option<&str>) -> String {
    let page = page.filter(|page| !page.is_empty()).unwrap_or("/");
    format!("&callbackURL={}", encoded(page))
}
