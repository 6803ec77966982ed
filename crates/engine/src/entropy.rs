//! Where identifiers, tokens and salts get their randomness.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

/// The letters of Better Auth's ids and session tokens.
const ALPHANUMERIC: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

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
        let mut text = String::with_capacity(length);
        while text.len() < length {
            // Bytes from 248 up would favour the first letters (248 = 4 * 62), so they are dropped.
            let letters = self
                .bytes::<64>()?
                .into_iter()
                .filter(|&byte| byte < 248)
                .map(|byte| char::from(ALPHANUMERIC[usize::from(byte) % ALPHANUMERIC.len()]));
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
        }
        assert_ne!(entropy.alphanumeric(32).unwrap(), entropy.alphanumeric(32).unwrap());
    }

    #[test]
    fn drops_the_bytes_that_would_favour_some_letters() {
        let next = std::sync::atomic::AtomicU8::new(240);
        let entropy = Entropy::new(move |bytes| {
            for byte in bytes {
                *byte = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            Ok(())
        });
        // 240..248 are 54..62 beyond three whole alphabets; 248..256 are dropped; then from 0 on.
        assert_eq!(entropy.alphanumeric(10).unwrap(), "23456789ab");
    }

    #[test]
    fn fails_when_the_system_does() {
        assert!(Entropy::new(|_| Err(NoEntropy)).alphanumeric(1).is_err());
    }
}
