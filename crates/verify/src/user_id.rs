//! Whose request it is.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The id of a user: `sub` of a verified token.
///
/// One to 255 bytes, without `/`, control characters, line separators and marks of direction, and
/// neither `.` nor `..`: it can be one segment of a path, once encoded, and does not break or turn a
/// line of a log. Compared byte for byte. Cloning shares it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(Arc<str>);

/// The text is no user id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not 1 to 255 bytes without `/`, control characters and the like")]
pub struct InvalidUserId;

impl UserId {
    const MAX_BYTES: usize = 255;

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserId {
    type Err = InvalidUserId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_allowed = |c: char| {
            !c.is_control()
                && c != '/'
                && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
                && !matches!(c, '\u{2066}'..='\u{2069}')
        };
        let is_plain = |b: u8| b.is_ascii_graphic() && b != b'/';
        // Most ids are plain, and looking at all bytes, without a way out, is quickest.
        let is_clean = text.bytes().fold(true, |plain, byte| plain & is_plain(byte))
            || text.chars().all(is_allowed);
        let is_special = matches!(text, "" | "." | "..");
        if is_special || text.len() > Self::MAX_BYTES || !is_clean {
            return Err(InvalidUserId);
        }
        Ok(Self(text.into()))
    }
}

impl AsRef<str> for UserId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for UserId {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for UserId {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for UserId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_user_id() {
        for good in ["a", "...", ".a", "Zk3vQ9", "user@example.com", "日本", &"x".repeat(255)] {
            assert_eq!(good.parse::<UserId>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            ".",
            "..",
            "a\u{2028}b",
            "a\u{202e}b",
            "\u{2066}",
            "a/b",
            "/",
            "a\0",
            "a\nb",
            "\u{85}",
            &"x".repeat(256),
            &"é".repeat(128),
        ] {
            assert_eq!(bad.parse::<UserId>(), Err(InvalidUserId), "{bad:?}");
        }
    }

    #[test]
    fn a_user_id_compares_with_text() {
        let ada: UserId = "ada".parse().unwrap();
        assert!(ada == "ada" && ada == *"ada");
        assert!(ada != "bob" && ada != *"bob");
        assert_eq!(AsRef::<str>::as_ref(&ada), "ada");
    }
}
