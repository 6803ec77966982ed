//! The settings of a verifier, from a dictionary that the Python half has filled in and typed.

use std::path::PathBuf;

use pyo3::{FromPyObject, Py, PyErr, PyResult};
use tessera_token::{Algorithm, KeySet, VerifyingKey};
use tessera_verify::{InvalidKeysUrl, KeysUrl, PolicyError, RemoteKeys, VerifierBuilder};

use crate::answer::wrong_setting;
use crate::keys::{LiveKeys, Revocations};

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Settings {
    issuer: String,
    audience: Vec<String>,
    /// Bytes, and the algorithm's name.
    secret: Vec<(Vec<u8>, String)>,
    jwks: Vec<String>,
    jwks_file: Option<PathBuf>,
    jwks_url: Option<String>,
    danger_plain_http: bool,
    keys: Option<Py<LiveKeys>>,
    leeway: u64,
    max_token_bytes: usize,
    require: Vec<String>,
    cache: usize,
    revocations: Option<Py<Revocations>>,
}

/// What a verifier can be made of again: files have been read, and nothing has been fetched.
#[derive(Clone)]
pub(crate) struct Recipe {
    builder: VerifierBuilder,
    jwks_url: Option<KeysUrl>,
    has_jwks_file: bool,
    /// Whether every key is a shared secret. One verifies in a microsecond; whoever gave the
    /// interpreter's lock away for that would wait milliseconds for a busy thread to give it back.
    pub(crate) is_symmetric: bool,
}

impl Settings {
    pub(crate) fn recipe(self) -> PyResult<Recipe> {
        let is_symmetric = self.jwks.is_empty()
            && self.jwks_file.is_none()
            && self.jwks_url.is_none()
            && self.keys.is_none();
        let mut builder = tessera_verify::Verifier::builder()
            .issuer(self.issuer)
            .leeway(self.leeway)
            .max_token_bytes(self.max_token_bytes)
            .cache(self.cache);
        for audience in self.audience {
            builder = builder.audience(audience);
        }
        for claim in self.require {
            builder = builder.require(claim);
        }
        if let Some(revocations) = &self.revocations {
            builder = builder.revocations(revocations.get().0.clone());
        }
        builder = with_secrets(builder, &self.secret)?;
        for jwks in &self.jwks {
            builder = builder.jwks(jwks);
        }
        if let Some(path) = &self.jwks_file {
            builder = builder.jwks_file(path);
        }
        if let Some(keys) = &self.keys {
            builder = builder.keys(keys.get().0.clone());
        }
        let jwks_url = self.jwks_url.map(|url| trusted_url(&url, self.danger_plain_http));
        let jwks_url = jwks_url.transpose().map_err(|error| wrong_setting("jwks_url", error))?;
        Ok(Recipe { builder, jwks_url, has_jwks_file: self.jwks_file.is_some(), is_symmetric })
    }
}

impl Recipe {
    pub(crate) fn verifier(&self) -> PyResult<tessera_verify::Verifier> {
        let mut builder = self.builder.clone();
        if let Some(url) = &self.jwks_url {
            builder = builder.keys(RemoteKeys::builder(url.clone()).build());
        }
        builder.build().map_err(|error| policy_error(&error, self.has_jwks_file))
    }
}

fn with_secrets(
    mut builder: VerifierBuilder,
    secrets: &[(Vec<u8>, String)],
) -> PyResult<VerifierBuilder> {
    let mut others = KeySet::default();
    for (secret, algorithm) in secrets {
        let algorithm: Algorithm =
            algorithm.parse().map_err(|error| wrong_setting("secret", error))?;
        if algorithm == Algorithm::HS256 {
            builder = builder.shared_secret(secret);
        } else {
            let key = VerifyingKey::hmac(algorithm, secret)
                .map_err(|error| wrong_setting("secret", error))?;
            others = others.with(key);
        }
    }
    Ok(if others.is_empty() { builder } else { builder.keys(others) })
}

pub(crate) fn trusted_url(url: &str, danger_plain_http: bool) -> Result<KeysUrl, InvalidKeysUrl> {
    if danger_plain_http { KeysUrl::danger_plain_http(url) } else { url.parse() }
}

/// `ValueError` with the name that the setting has in Python.
fn policy_error(error: &PolicyError, file: bool) -> PyErr {
    let setting = match error {
        PolicyError::NoKeys => {
            let problem = "a verifier needs keys: give `secret`, `jwks`, `jwks_file`, `jwks_url` or \
                           `keys`";
            return wrong_setting("keys", problem);
        }
        PolicyError::NoIssuer => "issuer",
        PolicyError::NoAudience => "audience",
        PolicyError::Secret(_) | PolicyError::SecretLineBreak => "secret",
        PolicyError::JwksFile { .. } => "jwks_file",
        PolicyError::LeewayTooLong => "leeway",
        PolicyError::TokenLimitTooLarge => "max_token_bytes",
        PolicyError::TooManyRequired => "require",
        PolicyError::Jwks(_) | PolicyError::EmptyKeySet | PolicyError::NoUsableKey(_) if file => {
            "jwks_file"
        }
        PolicyError::Jwks(_) | PolicyError::EmptyKeySet | PolicyError::NoUsableKey(_) => "jwks",
        _ => "keys",
    };
    wrong_setting(setting, error)
}
