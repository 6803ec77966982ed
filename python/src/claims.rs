//! What an accepted token says. Neither class has a constructor: only a verifier makes claims, and only
//! claims make an owner.

use pyo3::sync::PyOnceLock;
use pyo3::types::{PyAnyMethods, PyMapping, PyMappingProxy, PyModule, PyString, PyStringMethods};
use pyo3::{Bound, Py, PyResult, Python, pyclass, pymethods};

#[pyclass(frozen, module = "tessera")]
pub(crate) struct Claims {
    verified: tessera_verify::Claims,
    /// The payload, once somebody has asked for it.
    payload: PyOnceLock<Py<PyMappingProxy>>,
}

impl Claims {
    pub(crate) const fn new(verified: tessera_verify::Claims) -> Self {
        Self { verified, payload: PyOnceLock::new() }
    }
}

#[pymethods]
impl Claims {
    #[getter]
    fn user_id(&self) -> &str {
        self.verified.user_id().as_str()
    }

    #[getter]
    fn email(&self) -> Option<&str> {
        self.verified.email()
    }

    #[getter]
    fn session_id(&self) -> Option<&str> {
        self.verified.session_id()
    }

    #[getter]
    fn issuer(&self) -> &str {
        self.verified.issuer()
    }

    #[getter]
    fn audience(&self) -> &str {
        self.verified.audience()
    }

    #[getter]
    const fn issued_at(&self) -> u64 {
        self.verified.issued_at()
    }

    #[getter]
    const fn expires_at(&self) -> u64 {
        self.verified.expires_at()
    }

    #[getter]
    fn json(&self) -> &str {
        self.verified.json()
    }

    #[getter]
    fn claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyMappingProxy>> {
        let payload = self.payload.get_or_try_init(py, || {
            let json = PyModule::import(py, "json")?;
            let payload = json.call_method1("loads", (self.verified.json(),))?;
            Ok::<_, pyo3::PyErr>(PyMappingProxy::new(py, payload.cast::<PyMapping>()?).unbind())
        })?;
        Ok(payload.bind(py).clone())
    }

    fn owner(slf: Py<Self>, user_id: &Bound<'_, PyString>) -> Option<Owner> {
        // What is no Unicode is nobody's id.
        let is_caller = user_id.to_str().is_ok_and(|id| id == slf.get().user_id());
        is_caller.then_some(Owner { caller: slf })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let quoted = PyString::new(py, self.user_id()).repr()?;
        Ok(format!("Claims(user_id={quoted}, expires_at={})", self.expires_at()))
    }
}

#[pyclass(frozen, module = "tessera")]
pub(crate) struct Owner {
    #[pyo3(get)]
    caller: Py<Claims>,
}

#[pymethods]
impl Owner {
    #[getter]
    fn user_id(&self) -> &str {
        self.caller.get().user_id()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let quoted = PyString::new(py, self.user_id()).repr()?;
        Ok(format!("Owner(user_id={quoted})"))
    }
}
