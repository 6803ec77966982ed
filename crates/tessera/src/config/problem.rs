//! What is wrong with a configuration, said so that the reader knows what to change.

use std::fmt;

use super::sources::Source;

/// A configuration that cannot be used: everything that is wrong with it, at once.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(pub Vec<Problem>);

/// One thing that is wrong: which setting, where it was set, and what is expected there.
///
/// Never holds the value: it may be a secret, or contain one.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    setting: String,
    source: Source,
    message: String,
}

impl Problem {
    pub(super) fn new(
        setting: impl fmt::Display,
        source: Source,
        message: impl Into<String>,
    ) -> Self {
        Self { setting: setting.to_string(), source, message: message.into() }
    }

    /// A name that is no setting, with the nearest one that is.
    pub(super) fn unknown<'a>(
        name: &str,
        source: Source,
        known: impl Iterator<Item = &'a str>,
    ) -> Self {
        let distance = |known: &&str| strsim::damerau_levenshtein(name, known);
        let nearest = known.min_by_key(distance).filter(|known| distance(known) <= 3);
        let message = match nearest {
            Some(known) => format!("is not a setting; did you mean {known}?"),
            None => "is not a setting".to_owned(),
        };
        Self::new(name, source, message)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, source, message } = self;
        match source {
            Source::Environment(name) if name == setting => {
                write!(f, "{setting} (environment): {message}")
            }
            Source::File(path) if path.as_os_str() == setting.as_str() => {
                write!(f, "{setting}: {message}")
            }
            source => write!(f, "{setting} ({source}): {message}"),
        }
    }
}
