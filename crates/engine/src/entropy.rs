//! Where identifiers, tokens and salts get their randomness.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

/// The letters of Better Auth's ids and session tokens.
const ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Those of its tokens that delete an account.
const LOWER_ALPHANUMERIC: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A source of random bytes: the system's, or one that a test makes predictable.
#[derive(Clone)]
pub struct Entropy(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) -> Result<(), NoEntropy> + Send + Sync;

/// The operating system gave no random bytes. Nothing that needs them may go on.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoEntropy;

impl Entropy {
    /// The cryptographic generator of aws-lc, seeded by the operating system.
    pub fn system() -> Self {
        let random = SystemRandom::new();
        Self::new(move |bytes| random.fill(bytes).map_err(|_| NoEntropy))
    }

    /// A source that asks `fill` each time.
    pub fn new(fill: impl Fn(&mut [u8]) -> Result<(), NoEntropy> + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }

    /// `length` letters and digits, each equally likely: 32 of them carry 190 bits.
    pub fn alphanumeric(&self, length: usize) -> Result<String, NoEntropy> {
        self.text(ALPHANUMERIC, length)
    }

    /// `length` small letters and digits, each equally likely: 32 of them carry 165 bits.
    pub fn lower_alphanumeric(&self, length: usize) -> Result<String, NoEntropy> {
        self.text(LOWER_ALPHANUMERIC, length)
    }

    fn text(&self, alphabet: &[u8], length: usize) -> Result<String, NoEntropy> {
        // Bytes beyond the last whole alphabet would favour its first letters, so they are dropped.
        let whole = 256 - 256 % alphabet.len();
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let letters = self
                .bytes::<64>()?
                .into_iter()
                .map(usize::from)
                .filter(|&byte| byte < whole)
                .map(|byte| char::from(alphabet[byte % alphabet.len()]));
            text.extend(letters.take(length - text.len()));
        }
        Ok(text)
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_the_length_asked_for_from_letters_and_digits() {
        let entropy = Entropy::system();
        for length in [0, 1, 32, 64, 1000] {
            let text = entropy.alphanumeric(length).unwrap();
            assert_eq!(text.len(), length);
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let text = entropy.lower_alphanumeric(length).unwrap();
            assert_eq!(text.len(), length);
            assert!(text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()), "{text}");
        }
        assert_ne!(entropy.alphanumeric(32).unwrap(), entropy.alphanumeric(32).unwrap());
    }

    #[test]
    fn drops_the_bytes_that_would_favour_some_letters() {
        let counting_from_240 = || {
            let next = std::sync::atomic::AtomicU8::new(240);
            Entropy::new(move |bytes| {
                for byte in bytes {
                    *byte = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
                Ok(())
            })
        };
        // 240..248 are 54..62 beyond three whole alphabets; 248..256 are dropped; then from 0 on.
        assert_eq!(counting_from_240().alphanumeric(10).unwrap(), "23456789ab");
        // 240..252 are 24..36 beyond six; 252..256 are dropped.
        assert_eq!(counting_from_240().lower_alphanumeric(14).unwrap(), "opqrstuvwxyz01");
    }

    #[test]
    fn fails_when_the_system_does() {
        assert!(Entropy::new(|_| Err(NoEntropy)).alphanumeric(1).is_err());
    }
}
