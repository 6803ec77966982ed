//! Secrets: as they are, from files, or to be generated.

use std::fmt;
use std::path::{Path, PathBuf};

use tessera_engine::{AuthSecrets, Secret};

use super::Reader;
use crate::config::settings::{self, Setting};
use crate::config::show::Shown;
use crate::config::sources::{Given, Source};
use crate::config::{JwtSecrets, SecretSetting, values};

pub(super) const HOW_TO_MAKE_ONE: &str = "make one with `openssl rand -base64 32`";

impl Reader {
    /// One secret, several with versions, or a generated one that is kept in `kept`.
    pub(super) fn auth_secrets(&mut self, kept: PathBuf) -> Option<SecretSetting<AuthSecrets>> {
        use settings as s;
        let one = self.secret_text(&s::AUTH_SECRET, &s::AUTH_SECRET_FILE);
        let several = self.secret_text(&s::AUTH_SECRETS, &s::AUTH_SECRETS_FILE);
        let one = one?.map(|one| self.secret(&s::AUTH_SECRET, one, |text| Secret::parse(text)));
        let several =
            several?.map(|several| self.secret(&s::AUTH_SECRETS, several, AuthSecrets::parse));
        match (several, one) {
            (Some(several), None) => several.map(SecretSetting::Given),
            (Some(several), Some(one)) => {
                Some(SecretSetting::Given(several?.with_unversioned(one?)))
            }
            (None, Some(one)) => Some(SecretSetting::Given(one?.into())),
            (None, None) => Some(self.generated(&s::AUTH_SECRET, kept)),
        }
    }

    /// One secret, several, or a generated one that is kept in `kept`.
    pub(super) fn jwt_secrets(&mut self, kept: PathBuf) -> Option<SecretSetting<JwtSecrets>> {
        use settings as s;
        let one = self.secret_text(&s::JWT_SECRET, &s::JWT_SECRET_FILE);
        let several = self.secret_text(&s::JWT_SECRETS, &s::JWT_SECRETS_FILE);
        match (several?, one?) {
            (Some(several), Some(_)) => {
                let message = format!("set either this or {}, not both", s::JWT_SECRET.name());
                self.refuse(&s::JWT_SECRETS, several.source, message);
                None
            }
            (Some(several), None) => {
                let secrets = self.secret(&s::JWT_SECRETS, several, values::jwt_secrets);
                secrets.map(SecretSetting::Given)
            }
            (None, Some(one)) => {
                let secret = self.secret(&s::JWT_SECRET, one, |text| Secret::parse(text));
                secret.map(|secret| SecretSetting::Given(secret.into()))
            }
            (None, None) => Some(self.generated(&s::JWT_SECRET, kept)),
        }
    }

    /// The text of a setting, or of the file that the other setting names. The outer `None` when
    /// there is a problem.
    pub(super) fn secret_text(
        &mut self,
        setting: &'static Setting,
        in_file: &'static Setting,
    ) -> Option<Option<Given>> {
        let path = self.given.get(in_file.key).cloned();
        match (self.given.get(setting.key).cloned(), path) {
            (Some(_), Some(path)) => {
                let message = format!("set either this or {}, not both", setting.name());
                self.refuse(in_file, path.source, message);
                None
            }
            (given, None) => Some(given),
            (None, Some(path)) => {
                self.shown.push(Shown::new(in_file, path.text.clone(), path.source.clone()));
                match read_secret(Path::new(&path.text)) {
                    Ok(text) => Some(Some(Given { text, source: path.source })),
                    Err(error) => {
                        self.refuse(in_file, path.source, format!("cannot be read: {error}"));
                        None
                    }
                }
            }
        }
    }

    fn secret<T, E: fmt::Display>(
        &mut self,
        setting: &'static Setting,
        given: Given,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(&given.text) {
            Ok(secret) => {
                self.shown.push(Shown::redacted(setting, given.source));
                Some(secret)
            }
            Err(error) => {
                self.refuse(setting, given.source, format!("{error}; {HOW_TO_MAKE_ONE}"));
                None
            }
        }
    }

    fn generated<T>(&mut self, setting: &'static Setting, kept: PathBuf) -> SecretSetting<T> {
        let text = format!("generated in {}", kept.display());
        self.shown.push(Shown::new(setting, text, Source::Default));
        SecretSetting::Kept(kept)
    }
}

/// The text of a secret file without the line end that editors leave.
pub(crate) fn read_secret(path: &Path) -> std::io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
