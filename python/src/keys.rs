//! Keys in memory, and sessions that have ended.

use pyo3::exceptions::PyValueError;
use pyo3::{PyResult, pyclass, pymethods};
use tessera_token::{Algorithm, Jwks, KeySet};

use crate::answer::wrong_setting;

/// Keys that whoever knows better can replace.
#[pyclass(frozen, module = "tessera")]
pub(crate) struct LiveKeys(pub(crate) tessera_verify::LiveKeys);

#[pymethods]
impl LiveKeys {
    #[new]
    fn new() -> Self {
        Self(tessera_verify::LiveKeys::default())
    }

    fn replace(&self, jwks: &str) -> PyResult<()> {
        let jwks = Jwks::parse(jwks.as_bytes()).map_err(|error| wrong_setting("jwks", error))?;
        self.0.replace(KeySet::from_jwks(&jwks).0);
        Ok(())
    }

    fn __len__(&self) -> usize {
        self.0.current().keys().len()
    }
}

/// Sessions whose tokens are refused although they have not expired.
#[pyclass(frozen, module = "tessera")]
pub(crate) struct Revocations(pub(crate) tessera_verify::Revocations);

#[pymethods]
impl Revocations {
    #[new]
    fn new() -> Self {
        Self(tessera_verify::Revocations::new())
    }

    fn end(&self, session_id: &str, until: u64) {
        self.0.end(session_id, until);
    }

    fn is_ended(&self, session_id: &str) -> bool {
        self.0.is_ended(session_id)
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }
}

/// Signs the tokens of `tessera.testing`.
#[pyclass(frozen, module = "tessera._tessera")]
pub(crate) struct SigningKey(tessera_token::SigningKey);

#[pymethods]
impl SigningKey {
    #[staticmethod]
    fn hs256(secret: &[u8]) -> PyResult<Self> {
        tessera_token::SigningKey::hmac(Algorithm::HS256, secret)
            .map(Self)
            .map_err(|error| wrong_setting("secret", error))
    }

    #[staticmethod]
    fn generate(algorithm: &str, kid: &str) -> PyResult<Self> {
        let unknown = |problem: &dyn std::fmt::Display| wrong_setting("algorithm", problem);
        let algorithm: Algorithm = algorithm.parse().map_err(|error| unknown(&error))?;
        tessera_token::SigningKey::generate(algorithm)
            .map(|key| Self(key.with_kid(kid)))
            .map_err(|error| unknown(&error))
    }

    fn sign(&self, payload: &[u8]) -> PyResult<String> {
        self.0.sign(payload).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// `None` for a shared secret.
    fn public_jwk(&self) -> Option<String> {
        self.0.public_jwk().map(|jwk| jwk.to_json())
    }
}
