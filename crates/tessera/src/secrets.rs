//! The secrets a server runs with: the operator's, or generated ones that only the owner can read.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tessera_engine::{AuthSecrets, Entropy, NoEntropy, Secret, SecretTooShort, TokenSigning};

use crate::config::{AuthConfig, JwtSecrets, JwtSigning, SecretSetting, read_secret};

/// Letters and digits that carry 256 bits.
const LENGTH: usize = 44;

/// What the issuing half runs with.
#[derive(Debug)]
pub(crate) struct Secrets {
    /// Better Auth's secrets.
    pub(crate) auth: AuthSecrets,
    /// What tokens are signed with.
    pub(crate) signing: TokenSigning,
    /// Whether one of them was generated just now.
    pub(crate) generated: bool,
}

impl Secrets {
    /// The secrets of this configuration; generates those that are kept in files and are not
    /// there yet.
    pub(crate) fn obtain(config: &AuthConfig, entropy: &Entropy) -> Result<Self, SecretError> {
        let (auth, auth_is_new) = obtain(&config.secrets, entropy)?;
        let (signing, jwt_is_new) = match &config.signing {
            &JwtSigning::KeyPair { algorithm, times } => {
                (TokenSigning::KeyPair { algorithm, times }, false)
            }
            JwtSigning::Shared(setting) => {
                let (jwt, is_new) = obtain(setting, entropy)?;
                if auth.iter().any(|auth| jwt.iter().any(|jwt| jwt.expose() == auth.expose())) {
                    return Err(SecretError::Same);
                }
                let JwtSecrets { current, older } = jwt;
                (TokenSigning::Shared { current, older }, is_new)
            }
        };
        Ok(Self { auth, signing, generated: auth_is_new || jwt_is_new })
    }
}

/// Secrets that another process has as well, and has generated if need be; `remedy` says how to have
/// them here. None are generated: what a new one signs or encrypts nobody else could read.
pub(crate) fn existing<T: Clone + From<Secret>>(
    setting: &SecretSetting<T>,
    remedy: &'static str,
) -> Result<T, SecretError> {
    match setting {
        SecretSetting::Given(secrets) => Ok(secrets.clone()),
        SecretSetting::Kept(path) if !path.exists() => {
            Err(SecretError::Absent { path: path.clone(), remedy })
        }
        SecretSetting::Kept(path) => kept(path, read_secret(path)),
    }
}

/// Why a generated secret can be neither read nor made.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The folder or the file.
    #[error("cannot keep a secret in {}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// Another process has the secret, and this one needs the same.
    #[error("there is no secret in {}: {remedy}", path.display())]
    Absent {
        /// The file.
        path: PathBuf,
        /// What to set, and as where, or what else helps.
        remedy: &'static str,
    },
    /// Somebody changed the file.
    #[error("{}: {error}; remove the file to have a new one generated", path.display())]
    TooShort {
        /// The file.
        path: PathBuf,
        /// How short.
        error: SecretTooShort,
    },
    /// Others may read the file.
    #[error("{}: others can read this secret; run `chmod 600` on it", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// Both are one: whoever verifies tokens could forge session cookies.
    #[error("the JWT secret must differ from the auth secret")]
    Same,
    /// No randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// The secrets of this setting, and whether they are new: one is generated when it is kept in a file
/// that does not exist yet.
///
/// The file appears whole or not at all, readable to its owner only: of two servers that start at
/// once, one makes it and both read it.
fn obtain<T: Clone + From<Secret>>(
    setting: &SecretSetting<T>,
    entropy: &Entropy,
) -> Result<(T, bool), SecretError> {
    let path = match setting {
        SecretSetting::Given(secrets) => return Ok((secrets.clone(), false)),
        SecretSetting::Kept(path) => path,
    };
    let failed = |error| SecretError::Io { path: path.clone(), error };
    let mut is_new = false;
    let text = match read_secret(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = entropy.alphanumeric(LENGTH)?;
            let draft = path.with_extension(entropy.alphanumeric(8)?);
            is_new = publish(path, &draft, &text).map_err(failed)?;
            read_secret(path)
        }
        read => read,
    };
    Ok((kept(path, text)?, is_new))
}

/// What was read from a file that only its owner may read.
fn kept<T: From<Secret>>(path: &Path, text: io::Result<String>) -> Result<T, SecretError> {
    let failed = |error| SecretError::Io { path: path.to_path_buf(), error };
    if fs::metadata(path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(SecretError::Exposed { path: path.to_path_buf() });
    }
    let too_short = |error| SecretError::TooShort { path: path.to_path_buf(), error };
    Ok(Secret::parse(text.map_err(failed)?).map_err(too_short)?.into())
}

/// Writes `text` to `draft` and links it to `path`; whether `path` is new by that.
fn publish(path: &Path, draft: &Path, text: &str) -> io::Result<bool> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    let linked = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(draft, path));
    fs::remove_file(draft)?;
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;
    use crate::config::{Config, Sources};

    fn setting(path: PathBuf) -> SecretSetting<Secret> {
        SecretSetting::Kept(path)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn v5_a_generated_secret_is_kept_and_only_the_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/auth-secret");
        let setting = setting(path.clone());
        let first = obtain(&setting, &Entropy::system()).unwrap();
        let second = obtain(&setting, &Entropy::system()).unwrap();
        assert!(first.1 && !second.1);
        assert_eq!(first.0.expose(), second.0.expose());
        assert_eq!(first.0.expose().len(), LENGTH);
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft stays");
    }

    #[test]
    fn two_starts_at_once_agree() {
        let folder = tempfile::tempdir().unwrap();
        let setting = setting(folder.path().join("auth-secret"));
        let starts: Vec<_> = std::thread::scope(|scope| {
            let start = || obtain(&setting, &Entropy::system()).unwrap();
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(starts.iter().filter(|(_, is_new)| *is_new).count(), 1);
        assert!(starts.iter().all(|(secret, _)| secret.expose() == starts[0].0.expose()));
    }

    #[test]
    fn v5_one_secret_in_both_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["auth-secret", "jwt-secret"] {
            let path = folder.path().join(file);
            fs::write(&path, "one secret of at least thirty-two bytes").unwrap();
            fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        }
        let flags = vec![("data_dir", folder.path().to_str().unwrap().to_owned())];
        let config = Config::read(&Sources { flags, ..Sources::default() }).unwrap();
        let auth = config.auth().unwrap();
        let error = Secrets::obtain(auth, &Entropy::system()).unwrap_err();
        assert_eq!(error.to_string(), "the JWT secret must differ from the auth secret");
    }

    #[test]
    fn v5_a_kept_secret_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth-secret");
        fs::write(&path, "a secret of at least thirty-two bytes").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let error = obtain(&setting(path.clone()), &Entropy::system()).unwrap_err();
        let expected = "others can read this secret; run `chmod 600` on it";
        assert_eq!(error.to_string(), format!("{}: {expected}", path.display()));
    }

    #[test]
    fn a_kept_secret_that_was_cut_short_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth-secret");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let error = obtain(&setting(path.clone()), &Entropy::system()).unwrap_err();
        let expected = format!(
            "{}: a secret needs at least 32 bytes, this one has 0; remove the file to have a new one generated",
            path.display()
        );
        assert_eq!(error.to_string(), expected);
    }
}
