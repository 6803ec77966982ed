//! E-mail addresses, by Better Auth's rules.

use std::fmt;

use serde::Serialize;

/// The longest address that mail can be sent to (RFC 5321 section 4.5.3.1.3, less its brackets).
const MAX_BYTES: usize = 254;

/// An e-mail address: trimmed, lower-cased and of the form that Better Auth accepts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Email(String);

/// The text is not an e-mail address that Better Auth accepts.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid email address")]
pub struct InvalidEmail;

impl Email {
    /// Reads an address as a person typed it: white space around it goes, letters become small.
    ///
    /// The local part holds ASCII letters, digits and `_'+-`, with single inner dots, and does not
    /// end in `'`. The host has at least two labels, each beginning with a letter or digit, the
    /// last of two or more letters, and all of it 254 characters or fewer. Everything else is
    /// refused, internationalised addresses too.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        let (local, host) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        if text.len() <= MAX_BYTES && is_local_part(local) && is_host(host) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidEmail)
        }
    }

    /// An address as the database holds it.
    pub fn from_stored(email: String) -> Self {
        Self(email)
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_local_part(local: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_'+-".contains(&byte);
    local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(allowed))
        && !local.ends_with('\'')
}

fn is_host(host: &str) -> bool {
    let Some((labels, top)) = host.rsplit_once('.') else {
        return false;
    };
    let is_label = |label: &str| {
        label.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    labels.split('.').all(is_label)
        && top.len() >= 2
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_trims_and_lowers() {
        assert_eq!(
            Email::parse(" Ada.Lovelace@Example.COM\t").unwrap().as_str(),
            "ada.lovelace@example.com"
        );
    }

    #[test]
    fn a1_accepts_what_better_auth_accepts() {
        for email in ["a@b.co", "a+b-c_d'e@x-y.example.org", "1@2.io", "o'brien@x.com", "a-@b-.com"]
        {
            assert!(Email::parse(email).is_ok(), "{email}");
        }
    }

    #[test]
    fn a1_refuses_what_better_auth_refuses() {
        for email in [
            "",
            "@",
            "a",
            "a@",
            "@b.co",
            "a@localhost",
            "a@b.c",
            "ü@x.com",
            "A!b@x.com",
            ".a@b.co",
            "a.@b.co",
            "a..b@c.com",
            "a'@b.co",
            "a@b..co",
            "a@-b.co",
            "a@b.c0m",
            "a b@c.com",
            "a@b@c.com",
            "a@b.com,c@d.com",
            "a@b.com\nc",
            "a@b.co.",
            "a@\u{212a}.com",
        ] {
            assert_eq!(Email::parse(email), Err(InvalidEmail), "{email:?}");
        }
    }

    #[test]
    fn a1_refuses_what_no_mail_could_reach() {
        let of_length = |length: usize| format!("{}@example.com", "a".repeat(length - 12));
        assert!(Email::parse(&of_length(254)).is_ok());
        assert_eq!(Email::parse(&of_length(255)), Err(InvalidEmail));
    }
}
