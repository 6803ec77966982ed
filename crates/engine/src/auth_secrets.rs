//! Better Auth's secret, or several of them: the first is used, the others are still understood.

use crate::secret::{Secret, SecretTooShort};

/// The secrets that sign cookies and encrypt stored keys. What is new is made with the first; what
/// any of them made is still good. So a secret is changed by putting a new one before it, and the
/// old one goes when nothing depends on it any more.
#[derive(Clone, Debug)]
pub struct AuthSecrets {
    current: AuthSecret,
    older: Vec<AuthSecret>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct AuthSecret {
    pub(crate) name: SecretName,
    pub(crate) secret: Secret,
}

/// Which secret encrypted something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretName {
    /// The one of `BETTER_AUTH_SECRET`, of which stored values say nothing.
    Unversioned,
    /// The one with this version in `BETTER_AUTH_SECRETS`; stored values name it.
    Version(u32),
}

/// The text is no list of secrets. Says where, and never what stands there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAuthSecrets {
    /// An entry is not a whole number, a colon and a secret.
    #[error("entry {position} is not VERSION:SECRET, such as 2:new-secret,1:old-secret")]
    Entry {
        /// Its place, from 1.
        position: usize,
    },
    /// A secret is too short.
    #[error("version {version}: {error}")]
    TooShort {
        /// Whose.
        version: u32,
        /// How short.
        error: SecretTooShort,
    },
    /// Two secrets have one version.
    #[error("version {version} is given twice")]
    Duplicate {
        /// Which.
        version: u32,
    },
}

impl AuthSecrets {
    /// Reads `2:new,1:old` as the npm package reads `BETTER_AUTH_SECRETS`: the first is the current
    /// one, whatever the numbers.
    pub fn parse(list: &str) -> Result<Self, InvalidAuthSecrets> {
        let mut secrets: Vec<AuthSecret> = Vec::new();
        for (index, entry) in list.split(',').enumerate() {
            let invalid = || InvalidAuthSecrets::Entry { position: index + 1 };
            let (version, secret) = entry.split_once(':').ok_or_else(invalid)?;
            let version: u32 = version.trim().parse().map_err(|_| invalid())?;
            let name = SecretName::Version(version);
            if secrets.iter().any(|known| known.name == name) {
                return Err(InvalidAuthSecrets::Duplicate { version });
            }
            let secret = Secret::parse(secret.trim())
                .map_err(|error| InvalidAuthSecrets::TooShort { version, error })?;
            secrets.push(AuthSecret { name, secret });
        }
        let mut secrets = secrets.into_iter();
        let current = secrets.next().ok_or(InvalidAuthSecrets::Entry { position: 1 })?;
        Ok(Self { current, older: secrets.collect() })
    }

    /// With the secret from before there were versions, as the oldest.
    #[must_use]
    pub fn with_unversioned(mut self, secret: Secret) -> Self {
        self.older.push(AuthSecret { name: SecretName::Unversioned, secret });
        self
    }

    /// The one that what is new is made with.
    pub fn current(&self) -> &Secret {
        &self.current.secret
    }

    /// All of them, the current one first.
    pub fn iter(&self) -> impl Iterator<Item = &Secret> {
        self.named().map(|known| &known.secret)
    }

    pub(crate) fn current_name(&self) -> SecretName {
        self.current.name
    }

    pub(crate) fn named(&self) -> impl Iterator<Item = &AuthSecret> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

impl From<Secret> for AuthSecrets {
    fn from(secret: Secret) -> Self {
        let current = AuthSecret { name: SecretName::Unversioned, secret };
        Self { current, older: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "a new secret of at least thirty-two bytes";
    const OLD: &str = "an old secret of at least thirty-two bytes";

    #[test]
    fn n1_the_first_is_current_whatever_the_numbers() {
        let secrets = AuthSecrets::parse(&format!(" 1: {NEW} , 7:{OLD}")).unwrap();
        assert_eq!(secrets.current().expose(), NEW.as_bytes());
        assert_eq!(secrets.current_name(), SecretName::Version(1));
        let all: Vec<_> = secrets.iter().map(Secret::expose).collect();
        assert_eq!(all, [NEW.as_bytes(), OLD.as_bytes()]);
    }

    #[test]
    fn a_secret_may_hold_colons() {
        let secrets = AuthSecrets::parse(&format!("2:{NEW}:x")).unwrap();
        assert_eq!(secrets.current().expose(), format!("{NEW}:x").as_bytes());
    }

    #[test]
    fn what_is_no_list_is_refused_without_showing_it() {
        let entry = |position| InvalidAuthSecrets::Entry { position };
        for (text, expected) in [
            (String::new(), entry(1)),
            (NEW.to_owned(), entry(1)),
            (format!("-1:{NEW}"), entry(1)),
            (format!("x:{NEW}"), entry(1)),
            (format!("2:{NEW},"), entry(2)),
            (format!("2:{NEW},2:{OLD}"), InvalidAuthSecrets::Duplicate { version: 2 }),
            (
                format!("2:{NEW},1:"),
                InvalidAuthSecrets::TooShort { version: 1, error: SecretTooShort { length: 0 } },
            ),
        ] {
            let refused = AuthSecrets::parse(&text).unwrap_err();
            assert_eq!(refused, expected, "{text}");
            assert!(!refused.to_string().contains(NEW));
        }
    }
}
