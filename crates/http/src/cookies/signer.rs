//! Signed cookie values.

use std::fmt;

use aws_lc_rs::hmac;
use tessera_engine::{AuthSecrets, Secret};

/// Length of a signature: 32 bytes in base64 with padding.
const SIGNATURE_LENGTH: usize = 44;

/// Signs values as `<value>.<HMAC-SHA256 of the value, base64>`, and takes them apart again.
pub(crate) struct Signer {
    current: hmac::Key,
    older: Vec<hmac::Key>,
}

impl Signer {
    pub(crate) fn new(secrets: &AuthSecrets) -> Self {
        let key = |secret: &Secret| hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
        let older = secrets.iter().skip(1).map(key).collect();
        Self { current: key(secrets.current()), older }
    }

    /// The value and its signature.
    pub(crate) fn sign(&self, value: &str) -> String {
        let signature = base64_simd::STANDARD.encode_to_string(self.signature(value));
        format!("{value}.{signature}")
    }

    /// The signature alone.
    pub(crate) fn signature(&self, value: &str) -> hmac::Tag {
        hmac::sign(&self.current, value.as_bytes())
    }

    /// The value, if one of our secrets signed it.
    pub(crate) fn verify<'a>(&self, signed: &'a str) -> Option<&'a str> {
        let (value, signature) = signed.rsplit_once('.')?;
        if signature.len() != SIGNATURE_LENGTH || value.is_empty() {
            return None;
        }
        let signature = base64_simd::STANDARD.decode_to_vec(signature).ok()?;
        self.has_signed(value, &signature).then_some(value)
    }

    /// Whether one of our secrets made this signature of the value; compared in constant time.
    pub(crate) fn has_signed(&self, value: &str, signature: &[u8]) -> bool {
        let mut keys = std::iter::once(&self.current).chain(&self.older);
        keys.any(|key| hmac::verify(key, value.as_bytes(), signature).is_ok())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured on the npm package with this secret.
    const SIGNED: &str =
        "bzNBrlfuzRcY7FD3MEAih7VimRIhkz0Z.zLYGCXaTgRZEmMCrgs8Tu/jBkof15nukfkfywhCVFWk=";

    fn signer_of(secret: &str) -> Signer {
        Signer::new(&Secret::parse(secret).unwrap().into())
    }

    fn signer() -> Signer {
        signer_of("reference-secret-0123456789abcdefghijkl")
    }

    #[test]
    fn signs_as_the_npm_package_does() {
        assert_eq!(signer().sign("bzNBrlfuzRcY7FD3MEAih7VimRIhkz0Z"), SIGNED);
        assert_eq!(signer().verify(SIGNED), Some("bzNBrlfuzRcY7FD3MEAih7VimRIhkz0Z"));
    }

    #[test]
    fn splits_at_the_last_dot() {
        let signer = signer();
        assert_eq!(signer.verify(&signer.sign("a.b.c")), Some("a.b.c"));
    }

    #[test]
    fn t4_what_an_older_secret_signed_is_good_and_the_first_signs() {
        let (new, old) = ("n".repeat(32), "o".repeat(32));
        let both = Signer::new(&AuthSecrets::parse(&format!("2:{new},1:{old}")).unwrap());
        assert_eq!(both.verify(&signer_of(&old).sign("a")), Some("a"));
        assert_eq!(both.sign("a"), signer_of(&new).sign("a"));
        assert_eq!(signer_of(&old).verify(&both.sign("a")), None);
    }

    #[test]
    fn any_change_is_noticed() {
        let signer = signer();
        for position in 0..SIGNED.len() {
            let mut changed = SIGNED.as_bytes().to_vec();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            assert_eq!(signer.verify(std::str::from_utf8(&changed).unwrap()), None);
        }
        let other = signer_of(&"x".repeat(32));
        assert_eq!(other.verify(SIGNED), None);
        for text in ["", ".", "abc", "abc.def", SIGNED.trim_end_matches('='), &SIGNED[32..]] {
            assert_eq!(signer.verify(text), None, "{text}");
        }
    }
}
