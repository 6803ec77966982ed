//! Secrets that cannot be printed.

use std::fmt;

use zeroize::Zeroizing;

/// A shared secret of at least 32 bytes; wiped when dropped, never shown.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

/// The text is too short to be a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret needs at least {} bytes, this one has {length}", Secret::MIN_BYTES)]
pub struct SecretTooShort {
    /// How many bytes were given.
    pub length: usize,
}

impl Secret {
    /// 256 bits, what HMAC-SHA256 asks of its key (RFC 7518 section 3.2).
    pub const MIN_BYTES: usize = 32;

    /// Takes the text as it is: Better Auth uses the UTF-8 bytes of the setting as the key.
    pub fn parse(text: impl Into<String>) -> Result<Self, SecretTooShort> {
        let text = Zeroizing::new(text.into());
        if text.len() < Self::MIN_BYTES {
            return Err(SecretTooShort { length: text.len() });
        }
        Ok(Self(text))
    }

    /// The bytes, for a keyed function and nothing else.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_thirty_two_bytes() {
        assert_eq!(Secret::parse("x".repeat(31)).unwrap_err(), SecretTooShort { length: 31 });
        assert!(Secret::parse("x".repeat(32)).is_ok());
    }

    #[test]
    fn a3_is_never_shown() {
        let secret = Secret::parse("correct horse battery staple 1234").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(redacted)");
    }
}
