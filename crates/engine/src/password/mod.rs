//! Passwords: the rules for choosing one, and how they are hashed.

mod forms;

use std::fmt;

use scrypt::Params;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use self::forms::Form;
use crate::entropy::{Entropy, NoEntropy};

/// Shortest and longest password, in UTF-16 code units before normalisation, as Better Auth counts.
const MIN_UNITS: usize = 8;
const MAX_UNITS: usize = 128;

/// How much scrypt puts out.
const KEY_BYTES: usize = 64;

/// A password that an attacker would reach within this many guesses is among the commonest.
const COMMON_WITHIN_GUESSES: u64 = 100_000;

/// A password as it was typed, and in the form that is hashed: Unicode NFKC. Wiped when dropped,
/// never shown.
#[derive(Clone)]
pub struct Password {
    typed: Zeroizing<String>,
    normalised: Zeroizing<String>,
}

/// The stored form of a password: `<salt, 32 hex digits>:<key, 128 hex digits>`.
///
/// The key is scrypt with N 16384, r 16, p 1 and 64 bytes of output. The salt that goes into scrypt
/// is the hex text itself, not the bytes it stands for; the npm package does so, and hashes made
/// otherwise are not interchangeable with its own.
///
/// People who were brought along from elsewhere have a hash in the form that it had there, until
/// they first sign in: see [`PasswordHash::import`].
#[derive(Clone)]
pub struct PasswordHash(String);

/// Why a password hash cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashRefused {
    /// Not in one of the forms that [`PasswordHash::import`] takes.
    #[error("the stored password hash has an unknown form")]
    UnknownForm,
    /// Checking a password against it would take too much time or memory.
    #[error("the stored password hash costs too much to check")]
    TooCostly,
}

/// Why a chosen password is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// Fewer than 8 UTF-16 code units.
    #[error("the password is too short")]
    TooShort,
    /// More than 128 UTF-16 code units.
    #[error("the password is too long")]
    TooLong,
    /// Among the first that anybody would try.
    #[error("the password is too common")]
    TooCommon,
}

/// Why a password could not be hashed or checked. Whoever asked is denied.
#[derive(Debug, thiserror::Error)]
pub enum HashingFailed {
    /// The stored text is not a hash that can be used.
    #[error(transparent)]
    Stored(#[from] HashRefused),
    /// No salt could be made.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The hash function refused its parameters or found no memory.
    #[error("the password hash function could not run")]
    Function,
}

impl Password {
    /// A password that somebody chooses: 8 to 128 UTF-16 code units.
    pub fn choose(text: &str) -> Result<Self, PasswordRefused> {
        let password = Self::present(text)?;
        if text.encode_utf16().count() < MIN_UNITS {
            return Err(PasswordRefused::TooShort);
        }
        Ok(password)
    }

    /// A password that somebody presents. A short one is merely wrong; a long one is refused before
    /// it costs anything.
    pub fn present(text: &str) -> Result<Self, PasswordRefused> {
        if text.encode_utf16().take(MAX_UNITS + 1).count() > MAX_UNITS {
            return Err(PasswordRefused::TooLong);
        }
        Ok(Self {
            typed: Zeroizing::new(text.to_owned()),
            normalised: Zeroizing::new(text.nfkc().collect()),
        })
    }

    /// Whether it is among the commonest, or little more than one of `known` (name, e-mail).
    ///
    /// Takes up to some milliseconds: a matter for the hashing lane.
    pub fn is_common(&self, known: &[&str]) -> bool {
        zxcvbn::zxcvbn(&self.normalised, known).guesses() < COMMON_WITHIN_GUESSES
    }
}

impl PasswordHash {
    /// Hashes with a new salt: about 60 ms of one core and 32 MiB.
    pub fn of(password: &Password, entropy: &Entropy) -> Result<Self, HashingFailed> {
        let salt = base16ct::lower::encode_string(&entropy.bytes::<16>()?);
        let key = base16ct::lower::encode_string(&derive(password, &salt)?[..]);
        Ok(Self(format!("{salt}:{key}")))
    }

    /// A hash as the database holds it.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// A hash that was made elsewhere: Better Auth's own, bcrypt (`$2a$`, `$2b$`, `$2y$`), or
    /// argon2id, argon2i and scrypt as PHC strings.
    ///
    /// # Errors
    /// [`HashRefused::TooCostly`] where checking it would take more than bcrypt with cost 14, more
    /// than 256 MiB, or more than 1 GiB times passes.
    pub fn import(text: String) -> Result<Self, HashRefused> {
        Form::parse(&text)?;
        Ok(Self(text))
    }

    /// A hash that no password is known to open, to check against when there is none: it costs what
    /// every other costs, so that time does not tell whether an account exists.
    pub(crate) fn decoy() -> Self {
        Self(format!("{}:{}", "0".repeat(32), "0".repeat(2 * KEY_BYTES)))
    }

    /// The stored form, for the database and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `password` made this hash; costs what [`PasswordHash::of`] costs, or, where it was
    /// made elsewhere, what was chosen there.
    pub fn verify(&self, password: &Password) -> Result<bool, HashingFailed> {
        Form::parse(&self.0)?.verify(password)
    }

    /// Whether it has the form that Better Auth gives and reads.
    pub(crate) fn is_better_auths(&self) -> bool {
        matches!(Form::parse(&self.0), Ok(Form::BetterAuth { .. }))
    }
}

fn derive(password: &Password, salt: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>, HashingFailed> {
    let params = Params::new(14, 16, 1).map_err(|_| HashingFailed::Function)?;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    scrypt::scrypt(password.normalised.as_bytes(), salt.as_bytes(), &params, &mut key[..])
        .map_err(|_| HashingFailed::Function)?;
    Ok(key)
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(redacted)")
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_verifies_a_hash_made_by_the_npm_package() {
        // Made by Python's hashlib.scrypt over the hex text of the salt, as the npm package does.
        let stored = PasswordHash::from_stored(
            concat!(
                "a94c2607140b654e75266854332d2483:",
                "24f5bc222b0defb2f89eb91955dd2e8541ca63cca2dfb3f2f9b9771f6b3fdb84",
                "17feb5fe4fa17ba99cf72bcfb70fb883db71ef4d9cf1ea6db6c21050409bad51"
            )
            .to_owned(),
        );
        assert!(stored.verify(&Password::present("correct-horse-7").unwrap()).unwrap());
        assert!(!stored.verify(&Password::present("correct-horse-8").unwrap()).unwrap());
    }

    #[test]
    fn a3_is_salted_and_verifies_its_own() {
        let (password, entropy) =
            (Password::choose("ﬁne weather today").unwrap(), Entropy::system());
        let (one, two) =
            (PasswordHash::of(&password, &entropy), PasswordHash::of(&password, &entropy));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_ne!(one.expose(), two.expose());
        assert_eq!(one.expose().len(), 32 + 1 + 128);
        // The ligature and its plain letters are the same password (NFKC).
        assert!(one.verify(&Password::present("fine weather today").unwrap()).unwrap());
    }

    #[test]
    fn a4_counts_utf16_units_before_normalisation() {
        assert_eq!(Password::choose("seven77").unwrap_err(), PasswordRefused::TooShort);
        assert!(Password::choose("eight888").is_ok());
        assert!(Password::choose("🦀🦀🦀🦀").is_ok());
        assert!(Password::choose(&"x".repeat(128)).is_ok());
        assert_eq!(Password::choose(&"x".repeat(129)).unwrap_err(), PasswordRefused::TooLong);
        assert_eq!(Password::present(&"x".repeat(129)).unwrap_err(), PasswordRefused::TooLong);
        assert!(Password::present("").is_ok());
    }

    #[test]
    fn a4_knows_the_commonest() {
        let common =
            |text: &str| Password::choose(text).unwrap().is_common(&["ada@example.com", "Ada"]);
        for text in [
            "password",
            "12345678",
            "qwertyuiop",
            "Password1",
            "iloveyou1",
            "aaaaaaaa",
            "ada@example.com",
        ] {
            assert!(common(text), "{text}");
        }
        for text in ["tessera-hospitalis-7", "vK3!m2pQz9", "ленивый кот спит на окне"]
        {
            assert!(!common(text), "{text}");
        }
    }

    #[test]
    fn a_stored_hash_of_another_form_is_an_error_not_a_match() {
        for text in ["", "nocolon", "salt:", "salt:zz", "salt:00"] {
            let stored = PasswordHash::from_stored(text.to_owned());
            assert!(stored.verify(&Password::present("whatever").unwrap()).is_err(), "{text}");
        }
    }

    #[test]
    fn a2_the_decoy_is_checked_like_any_other_hash_and_opens_nothing() {
        // A form that is refused before scrypt runs would cost nothing.
        assert!(!PasswordHash::decoy().verify(&Password::present("whatever").unwrap()).unwrap());
    }

    #[test]
    fn a3_is_never_shown() {
        let password = Password::choose("hunter2hunter2").unwrap();
        let hash = PasswordHash::from_stored("aa:bb".to_owned());
        assert_eq!(format!("{password:?} {hash:?}"), "Password(redacted) PasswordHash(redacted)");
    }
}
