//! The forms that a stored password hash can have: Better Auth's own, and those that people bring
//! along from elsewhere.

use argon2::Argon2;
use argon2::password_hash::phc;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use super::{HashRefused, HashingFailed, KEY_BYTES, Password, derive};

/// The most that a hash from elsewhere may cost, whoever made it: about two seconds of one core for
/// each attempt to sign in.
const MAX_BCRYPT_COST: u32 = 14;
/// Bytes of memory: 256 MiB.
const MAX_MEMORY: u64 = 1 << 28;
/// Bytes of memory times passes over them: 1 GiB.
const MAX_WORK: u64 = 1 << 30;

/// A stored hash, taken apart.
pub(super) enum Form {
    /// `<salt>:<key in hex>`, scrypt as the npm package does it.
    BetterAuth { salt: String, key: Vec<u8> },
    /// `$2a$`, `$2b$` or `$2y$`: three names for the same function.
    Bcrypt(String),
    /// `$argon2id$` or `$argon2i$` (RFC 9106) in the PHC string format.
    Argon2 { function: Argon2<'static>, salt: phc::Salt, key: phc::Output },
    /// `$scrypt$ln=…,r=…,p=…$` (RFC 7914) in the PHC string format.
    Scrypt { params: scrypt::Params, salt: phc::Salt, key: phc::Output },
}

impl Form {
    pub(super) fn parse(text: &str) -> Result<Self, HashRefused> {
        if text.starts_with("$2") {
            return bcrypt(text);
        }
        if text.starts_with('$') {
            return phc(&text.parse().map_err(|_| HashRefused::UnknownForm)?);
        }
        let (salt, key) = text.split_once(':').ok_or(HashRefused::UnknownForm)?;
        let key = base16ct::mixed::decode_vec(key).map_err(|_| HashRefused::UnknownForm)?;
        if key.len() != KEY_BYTES {
            return Err(HashRefused::UnknownForm);
        }
        Ok(Self::BetterAuth { salt: salt.to_owned(), key })
    }

    pub(super) fn verify(&self, password: &Password) -> Result<bool, HashingFailed> {
        // Where a hash comes from elsewhere, the password went into it as it was typed.
        let typed = password.typed.as_bytes();
        let (derived, key) = match self {
            Self::BetterAuth { salt, key } => {
                (Zeroizing::new(derive(password, salt)?.to_vec()), key.as_slice())
            }
            Self::Bcrypt(hash) => {
                return bcrypt::verify(typed, hash).map_err(|_| HashRefused::UnknownForm.into());
            }
            Self::Argon2 { function, salt, key } => {
                let mut derived = Zeroizing::new(vec![0; key.len()]);
                function
                    .hash_password_into(typed, salt, &mut derived)
                    .map_err(|_| HashingFailed::Function)?;
                (derived, key.as_bytes())
            }
            Self::Scrypt { params, salt, key } => {
                let mut derived = Zeroizing::new(vec![0; key.len()]);
                scrypt::scrypt(typed, salt, params, &mut derived)
                    .map_err(|_| HashingFailed::Function)?;
                (derived, key.as_bytes())
            }
        };
        Ok(verify_slices_are_equal(&derived, key).is_ok())
    }
}

fn bcrypt(text: &str) -> Result<Form, HashRefused> {
    // `$2x$` marks hashes of a broken implementation.
    let known = ["$2a$", "$2b$", "$2y$"].iter().any(|version| text.starts_with(version));
    let parts: bcrypt::HashParts = text.parse().map_err(|_| HashRefused::UnknownForm)?;
    match parts.get_cost() {
        _ if !known => Err(HashRefused::UnknownForm),
        ..4 => Err(HashRefused::UnknownForm),
        4..=MAX_BCRYPT_COST => Ok(Form::Bcrypt(text.to_owned())),
        _ => Err(HashRefused::TooCostly),
    }
}

fn phc(hash: &phc::PasswordHash) -> Result<Form, HashRefused> {
    let (Some(salt), Some(key)) = (hash.salt, hash.hash) else {
        return Err(HashRefused::UnknownForm);
    };
    let algorithm = match hash.algorithm.as_str() {
        "argon2id" => argon2::Algorithm::Argon2id,
        "argon2i" => argon2::Algorithm::Argon2i,
        "scrypt" => return Ok(Form::Scrypt { params: scrypt_params(hash)?, salt, key }),
        _ => return Err(HashRefused::UnknownForm),
    };
    let version = hash.version.ok_or(HashRefused::UnknownForm)?;
    let version = version.try_into().map_err(|_| HashRefused::UnknownForm)?;
    let [memory, passes, lanes] = decimals(hash, ["m", "t", "p"])?;
    affordable(u64::from(memory) * 1024, passes)?;
    let params = argon2::Params::new(memory, passes, lanes, Some(key.len()))
        .map_err(|_| HashRefused::UnknownForm)?;
    Ok(Form::Argon2 { function: Argon2::new(algorithm, version, params), salt, key })
}

fn scrypt_params(hash: &phc::PasswordHash) -> Result<scrypt::Params, HashRefused> {
    let [log_n, r, p] = decimals(hash, ["ln", "r", "p"])?;
    let log_n = u8::try_from(log_n).map_err(|_| HashRefused::TooCostly)?;
    let n = 1_u64.checked_shl(log_n.into()).ok_or(HashRefused::TooCostly)?;
    affordable(n.saturating_mul(128 * u64::from(r)), p)?;
    scrypt::Params::new(log_n, r, p).map_err(|_| HashRefused::UnknownForm)
}

/// The parameters of these names, of which there may be no others.
fn decimals<const N: usize>(
    hash: &phc::PasswordHash,
    names: [&str; N],
) -> Result<[u32; N], HashRefused> {
    let mut values = [0; N];
    for (value, name) in values.iter_mut().zip(names) {
        *value = hash.params.get_decimal(name).ok_or(HashRefused::UnknownForm)?;
    }
    if hash.params.iter().count() == N { Ok(values) } else { Err(HashRefused::UnknownForm) }
}

fn affordable(memory: u64, passes: u32) -> Result<(), HashRefused> {
    if memory <= MAX_MEMORY && memory.saturating_mul(passes.into()) <= MAX_WORK {
        Ok(())
    } else {
        Err(HashRefused::TooCostly)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::PasswordHash;

    const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuSQyLzxZtaUFpi/q2P5wWap0qvqIvC5q";
    const SALT_AND_KEY: &str =
        "dGVzc2VyYSBvZiBhIHNhbHQ$0SZctAiG/tu994ay2nNuN34h61qaqprAsXo3o0SuRPw";

    fn verifies(hash: &str, password: &str) -> bool {
        let password = Password::present(password).unwrap();
        PasswordHash::import(hash.to_owned()).unwrap().verify(&password).unwrap()
    }

    #[test]
    fn n16_verifies_what_other_implementations_made() {
        // Made by Python's bcrypt and argon2-cffi, and by its hashlib.scrypt.
        for hash in [
            BCRYPT,
            &BCRYPT.replace("$2b$", "$2a$"),
            &BCRYPT.replace("$2b$", "$2y$"),
            "$argon2id$v=19$m=8192,t=2,p=2$dGVzc2VyYSBvZiBhIHNhbHQ$0SZctAiG/tu994ay2nNuN34h61qaqprAsXo3o0SuRPw",
            "$argon2id$v=16$m=8192,t=2,p=2$dGVzc2VyYSBvZiBhIHNhbHQ$J/1gH6qv8J6zPO6DT3hoSLYFKUeskK1S52qpVPkKZhA",
            "$argon2i$v=19$m=8192,t=2,p=2$dGVzc2VyYSBvZiBhIHNhbHQ$/kPaVqbyyNmSc1+ITvO4VuCNrz1xO6sbL7ZJZxJWrms",
            "$scrypt$ln=14,r=8,p=1$dGVzc2VyYSBvZiBhIHNhbHQ$J2GwcfLndh7oI92GICiwll5JMH4hbsYfRJdAQUVq+6w",
        ] {
            assert!(verifies(hash, "correct-horse-7"), "{hash}");
            assert!(!verifies(hash, "correct-horse-8"), "{hash}");
            assert!(!verifies(hash, ""), "{hash}");
        }
    }

    #[test]
    fn n16_bcrypt_reads_72_bytes_of_a_password() {
        let hash = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
        assert!(verifies(hash, &"x".repeat(72)));
        assert!(verifies(hash, &"x".repeat(73)), "as wherever the hash was made");
        assert!(!verifies(hash, &"x".repeat(71)));
    }

    #[test]
    fn n16_a_password_is_not_normalised_for_a_hash_from_elsewhere() {
        let hash = "$2b$04$abcdefghijklmnopqrstuu6cco9WbsJIqUmT421KP.XvILw/tillq";
        assert!(verifies(hash, "ﬁne weather today"));
        assert!(!verifies(hash, "fine weather today"));
    }

    #[test]
    fn n16_what_costs_too_much_is_refused() {
        let argon2 = |params: &str| format!("$argon2id$v=19${params}${SALT_AND_KEY}");
        let scrypt = |params: &str| format!("$scrypt${params}${SALT_AND_KEY}");
        for hash in [
            BCRYPT.replace("$04$", "$15$"),
            BCRYPT.replace("$04$", "$31$"),
            BCRYPT.replace("$04$", "$99$"),
            argon2("m=262145,t=1,p=1"),
            argon2("m=4194304,t=1,p=1"),
            argon2("m=4294967295,t=4294967295,p=1"),
            argon2("m=8,t=131073,p=1"),
            scrypt("ln=22,r=8,p=1"),
            scrypt("ln=18,r=9,p=1"),
            scrypt("ln=63,r=4294967295,p=4294967295"),
            scrypt("ln=255,r=1,p=1"),
            scrypt("ln=4294967295,r=1,p=1"),
            scrypt("ln=1,r=1,p=4294967295"),
        ] {
            assert_eq!(Form::parse(&hash).err(), Some(HashRefused::TooCostly), "{hash}");
            // A row that somebody else wrote is not worked on either.
            let stored = PasswordHash::from_stored(hash).verify(&Password::present("x").unwrap());
            assert!(matches!(stored, Err(HashingFailed::Stored(HashRefused::TooCostly))));
        }
        for hash in
            [BCRYPT.replace("$04$", "$14$"), argon2("m=262144,t=4,p=1"), scrypt("ln=18,r=8,p=4")]
        {
            assert!(Form::parse(&hash).is_ok(), "{hash}");
        }
    }

    #[test]
    fn n16_other_forms_are_refused() {
        let argon2 = |start: &str| format!("{start}${SALT_AND_KEY}");
        for hash in [
            "",
            "garbage",
            ":",
            "salt:00",
            "$",
            "$$$$",
            "$2",
            "$2b$04$",
            "$2$04$abcdefghijklmnopqrstuuSQyLzxZtaUFpi/q2P5wWap0qvqIvC5q",
            "$2x$04$abcdefghijklmnopqrstuuSQyLzxZtaUFpi/q2P5wWap0qvqIvC5q",
            "$2b$03$abcdefghijklmnopqrstuuSQyLzxZtaUFpi/q2P5wWap0qvqIvC5q",
            "$2b$04$abcdefghijklmnopqrstuuSQyLzxZtaUFpi/q2P5wWap0qvqIvC5é",
            "$1$salt$hash",
            "$6$rounds=5000$usesomesillystri$D4IrlXatmP7rx3P3InaxBeoomnAihCKR",
            "$argon2id$v=19$m=8192,t=2,p=2",
            "$argon2id$v=19$m=8192,t=2,p=2$dGVzc2VyYSBvZiBhIHNhbHQ",
            "$pbkdf2-sha256$i=600000$dGVzc2VyYSBvZiBhIHNhbHQ$J2GwcfLndh7oI92GICiwll5JMH4hbsYfRJdAQUVq+6w",
            &argon2("$argon2d$v=19$m=8192,t=2,p=2"),
            &argon2("$argon2id$m=8192,t=2,p=2"),
            &argon2("$argon2id$v=20$m=8192,t=2,p=2"),
            &argon2("$argon2id$v=19$m=8192,t=2"),
            &argon2("$argon2id$v=19$m=8192,t=0,p=2"),
            &argon2("$argon2id$v=19$m=8,t=2,p=2"),
            &argon2("$argon2id$v=19$m=8192,t=2,p=2,data=dGVzc2VyYQ"),
            &argon2("$scrypt$ln=14,r=0,p=1"),
            &argon2("$scrypt$ln=14,r=8"),
        ] {
            assert_eq!(Form::parse(hash).err(), Some(HashRefused::UnknownForm), "{hash}");
        }
    }
}
