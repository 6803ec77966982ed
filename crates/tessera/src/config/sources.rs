//! Where values come from: the file, then the environment, then flags; the later wins.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::problem::Problem;
use super::settings::{SETTINGS, Setting};

/// The name of the file that is read when no other is named.
const FILE_NAME: &str = "tessera.toml";

/// The environment variable, besides the settings, that Tessera reads: which file to read.
const CONFIG_VARIABLE: &str = "TESSERA_CONFIG";

/// What the operator wrote, before any of it is understood.
#[derive(Clone, Default)]
pub struct Sources {
    /// The text of the configuration file, if there is one, and where it was found.
    pub file: Option<(PathBuf, String)>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// Flags, by the key of their setting.
    pub flags: Vec<(&'static str, String)>,
}

/// Variables of the npm package that may stand in a shared environment: there is no telemetry here.
const TELEMETRY: &str = "BETTER_AUTH_TELEMETRY";

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// This variable of the environment.
    Environment(String),
    /// This flag, with its dashes.
    Flag(String),
}

/// A value as it was written, and where.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) text: String,
    pub(super) source: Source,
}

/// The configuration file could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the configuration file {}: {error}", path.display())]
pub struct FileUnreadable {
    path: PathBuf,
    #[source]
    error: std::io::Error,
}

impl Sources {
    /// Reads the file and takes in the environment.
    ///
    /// The file is `named` or the one that `TESSERA_CONFIG` names, which then must exist; else
    /// `tessera.toml` in the working directory, if there is one.
    pub fn collect(
        named: Option<PathBuf>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: Vec<(&'static str, String)>,
    ) -> Result<Self, FileUnreadable> {
        // An empty variable counts as absent: that is what `FOO=${BAR:-}` in a compose file means.
        let environment: Vec<_> =
            environment.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let from_variable = environment
            .iter()
            .find(|(name, _)| name == CONFIG_VARIABLE)
            .map(|(_, path)| path.into());
        let file = match named.or(from_variable) {
            Some(path) => Some(read(path)?),
            None if Path::new(FILE_NAME).exists() => Some(read(FILE_NAME.into())?),
            None => None,
        };
        Ok(Self { file, environment, flags })
    }

    /// The value of each setting that is set; and what was set that is no setting.
    pub(super) fn gather(&self) -> (HashMap<&'static str, Given>, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut given = HashMap::new();
        if let Some((path, text)) = &self.file {
            read_file(path, text, &mut given, &mut problems);
        }
        self.read_environment(&mut given, &mut problems);
        for (key, text) in &self.flags {
            let source = Source::Flag(format!("--{}", key.replace('_', "-")));
            given.insert(key, Given { text: text.clone(), source });
        }
        (given, problems)
    }

    fn read_environment(
        &self,
        given: &mut HashMap<&'static str, Given>,
        problems: &mut Vec<Problem>,
    ) {
        for setting in SETTINGS {
            let found = setting
                .environment
                .iter()
                .find_map(|name| self.environment.iter().find(|(variable, _)| variable == name));
            if let Some((name, text)) = found {
                let source = Source::Environment(name.clone());
                given.insert(setting.key, Given { text: text.clone(), source });
            }
        }
        let names = || SETTINGS.iter().flat_map(|setting| setting.environment).copied();
        for (name, _) in &self.environment {
            let ours = name.starts_with("TESSERA_")
                || (name.starts_with("BETTER_AUTH_") && !name.starts_with(TELEMETRY));
            if ours && name != CONFIG_VARIABLE && !names().any(|known| known == name) {
                let source = Source::Environment(name.clone());
                problems.push(Problem::unknown(name, source, names()));
            }
        }
    }
}

fn read(path: PathBuf) -> Result<(PathBuf, String), FileUnreadable> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(FileUnreadable { path, error }),
    }
}

fn read_file(
    path: &Path,
    text: &str,
    given: &mut HashMap<&'static str, Given>,
    problems: &mut Vec<Problem>,
) {
    let source = Source::File(path.to_path_buf());
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            // Only the message: the error's own Display would quote the line, secrets and all.
            let error: toml::de::Error = error;
            let line = error.span().map_or(1, |span| {
                text.bytes().take(span.start).filter(|&byte| byte == b'\n').count() + 1
            });
            let message = format!("is not TOML: {} (line {line})", error.message());
            problems.push(Problem::new(path.display(), source, message));
            return;
        }
    };
    for (key, value) in table {
        let Some(setting) = find(&key) else {
            let keys = SETTINGS.iter().map(|setting| setting.key);
            problems.push(Problem::unknown(&key, source.clone(), keys));
            continue;
        };
        match as_text(value) {
            Some(text) => {
                given.insert(setting.key, Given { text, source: source.clone() });
            }
            None => {
                let message = "expected a string, a number, a boolean or an array of strings";
                problems.push(Problem::new(key, source.clone(), message));
            }
        }
    }
}

fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.into_iter().find(|setting| setting.key == key)
}

/// A TOML value as one would write it in the environment.
fn as_text(value: toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(value) => Some(value.to_string()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<_>> =
                items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            texts.map(|texts| texts.join(","))
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources(redacted)")
    }
}
