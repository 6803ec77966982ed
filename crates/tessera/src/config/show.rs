//! The configuration as `print-config` shows it, and the settings as the README lists them.

use std::fmt;
use std::fmt::Write;

use super::Config;
use super::settings::{DefaultValue, SETTINGS, Setting};
use super::sources::Source;

/// A setting as it may be shown: its value, unless it is a secret, and where that comes from.
#[derive(Clone, Debug)]
pub struct Shown {
    setting: &'static Setting,
    value: String,
    /// As a comment: what is shown is not what was set.
    as_comment: bool,
    source: Source,
}

impl Shown {
    pub(super) fn new(setting: &'static Setting, value: String, source: Source) -> Self {
        Self { setting, value, as_comment: setting.secret, source }
    }

    pub(super) fn without_password(
        setting: &'static Setting,
        value: String,
        source: Source,
    ) -> Self {
        Self { as_comment: true, ..Self::new(setting, value, source) }
    }

    pub(super) fn is_of(&self, setting: &Setting) -> bool {
        self.setting.key == setting.key
    }

    pub(super) fn of_the_other_half(setting: &'static Setting, source: Source) -> Self {
        Self { as_comment: true, ..Self::new(setting, "of the other half".to_owned(), source) }
    }

    /// Where it stands among all settings.
    pub(super) fn position(&self) -> Option<usize> {
        SETTINGS.iter().position(|setting| self.is_of(setting))
    }

    pub(super) fn redacted(setting: &'static Setting, source: Source) -> Self {
        Self::new(setting, "(redacted)".to_owned(), source)
    }
}

impl Config {
    /// Every setting that has a value, one a line, as in `tessera.toml`. Secrets are not shown, and
    /// their lines are comments: no stand-in can be taken for the secret.
    pub fn redacted(&self) -> impl fmt::Display {
        let mut text = String::new();
        for Shown { setting, value, as_comment, source } in &self.shown {
            // Writing to a string cannot fail.
            let _ = match as_comment {
                true => writeln!(text, "# {}: {value}  # {source}", setting.key),
                false => writeln!(text, "{} = {value:?}  # {source}", setting.key),
            };
        }
        text
    }
}

/// The settings as a Markdown table, one row each.
pub fn markdown_table() -> String {
    let mut table = String::from(
        "| `tessera.toml` | environment | flag | half | default | what it is for |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for setting in SETTINGS {
        let environment: Vec<_> =
            setting.environment.iter().map(|name| format!("`{name}`")).collect();
        let flag = setting.flag().map_or_else(|| "none".to_owned(), |flag| format!("`--{flag}`"));
        let default = match setting.default {
            DefaultValue::Value("") => "empty".to_owned(),
            DefaultValue::Value(value) => format!("`{value}`"),
            DefaultValue::Derived(how) => how.to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| `{}` | {} | {flag} | {} | {default} | {} |",
            setting.key,
            environment.join(", "),
            setting.halves,
            setting.about
        );
    }
    table
}
