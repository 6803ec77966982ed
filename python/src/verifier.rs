//! A policy, and the one clock.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::exceptions::PyValueError;
use pyo3::types::{PyAnyMethods, PyBytes, PyBytesMethods, PyString, PyStringMethods};
use pyo3::{Bound, IntoPyObject, PyAny, PyResult, Python, pyclass, pyfunction, pymethods};

use crate::answer::Refusal;
use crate::claims::Claims;
use crate::settings::{Recipe, Settings};

#[pyclass(frozen, module = "tessera._tessera")]
pub(crate) struct Verifier {
    policy: tessera_verify::Verifier,
    recipe: Recipe,
}

/// What a verifier gives back, and what a token is looked for in.
#[derive(IntoPyObject)]
pub(crate) enum Verdict<T> {
    Good(T),
    Refused(Refusal),
}

#[pymethods]
impl Verifier {
    #[new]
    fn new(settings: Settings) -> PyResult<Self> {
        Self::of(settings.recipe()?)
    }

    /// The same policy, which has fetched and remembered nothing.
    fn renewed(&self) -> PyResult<Self> {
        Self::of(self.recipe.clone())
    }

    /// The claims of a token.
    fn verify(
        &self,
        py: Python<'_>,
        token: &Bound<'_, PyString>,
        now: Option<u64>,
    ) -> PyResult<Verdict<Claims>> {
        // Text that is no Unicode is no token either, and U+FFFD in its place says so.
        self.claims(py, &token.to_string_lossy(), now)
    }

    /// The claims of the bearer token among the headers of an ASGI scope.
    fn authenticate(
        &self,
        py: Python<'_>,
        headers: &Bound<'_, PyAny>,
        now: Option<u64>,
    ) -> PyResult<Verdict<Claims>> {
        let values = authorization(headers)?;
        match tessera_verify::bearer_token(values.iter().map(PyBytesMethods::as_bytes)) {
            Ok(token) => self.claims(py, token, now),
            Err(none) => Refusal::of_headers(py, none).map(Verdict::Refused),
        }
    }

    /// Whether keys are being fetched at this moment.
    fn is_refreshing(&self) -> bool {
        let refreshed = pin!(self.policy.refreshed());
        refreshed.poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    /// Fetches the keys in this thread, without the interpreter's lock.
    fn probe(&self, py: Python<'_>, now: Option<u64>) -> PyResult<Option<Refusal>> {
        let now = now.unwrap_or_else(system_time);
        match py.detach(|| self.policy.probe(now)) {
            Ok(()) => Ok(None),
            Err(error) => Refusal::of_keys(py, error.to_string()).map(Some),
        }
    }
}

impl Verifier {
    fn of(recipe: Recipe) -> PyResult<Self> {
        Ok(Self { policy: recipe.verifier()?, recipe })
    }

    fn claims(&self, py: Python<'_>, token: &str, now: Option<u64>) -> PyResult<Verdict<Claims>> {
        let now = now.unwrap_or_else(system_time);
        let verdict = if self.recipe.is_symmetric {
            self.policy.verify(token, now)
        } else {
            py.detach(|| self.policy.verify(token, now))
        };
        match verdict {
            Ok(claims) => Ok(Verdict::Good(Claims::new(claims))),
            Err(refusal) => Refusal::of_token(py, &refusal).map(Verdict::Refused),
        }
    }
}

/// The bearer token among the headers of an ASGI scope.
#[pyfunction]
pub(crate) fn bearer_token(
    py: Python<'_>,
    headers: &Bound<'_, PyAny>,
) -> PyResult<Verdict<String>> {
    let values = authorization(headers)?;
    match tessera_verify::bearer_token(values.iter().map(PyBytesMethods::as_bytes)) {
        Ok(token) => Ok(Verdict::Good(token.to_owned())),
        Err(none) => Refusal::of_headers(py, none).map(Verdict::Refused),
    }
}

/// The values of all `Authorization` headers.
fn authorization<'py>(headers: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    let mut values = Vec::new();
    for header in headers.try_iter()? {
        // Of two items, as ASGI has it: a list will do as well as a tuple.
        let mut pair = header?.try_iter()?;
        let (Some(name), Some(value), None) = (pair.next(), pair.next(), pair.next()) else {
            return Err(PyValueError::new_err("headers: expected pairs of name and value"));
        };
        if name?.cast::<PyBytes>()?.as_bytes().eq_ignore_ascii_case(b"authorization") {
            values.push(value?.cast_into::<PyBytes>()?);
        }
    }
    Ok(values)
}

/// The system's time, in Unix seconds.
#[expect(clippy::disallowed_methods, reason = "this is the one clock; callers may bring theirs")]
fn system_time() -> u64 {
    // Before 1970 nothing has been issued yet, so everything is refused.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
