//! Refusals, and their answers. They are values here and exceptions in the Python half: up to Python
//! 3.13, a thread that runs Python's code from within ours as the interpreter ends is torn down
//! through our frames, which aborts the process.

use pyo3::exceptions::PyValueError;
use pyo3::{Py, PyErr, PyResult, Python, pyclass, pymethods};
use tessera_verify::{NoBearer, Reason};

/// An answer over HTTP.
#[pyclass(frozen, module = "tessera")]
pub(crate) struct Answer {
    #[pyo3(get)]
    status: u16,
    #[pyo3(get)]
    code: String,
    #[pyo3(get)]
    message: String,
    #[pyo3(get)]
    body: String,
    challenge: Option<String>,
    retry_after: Option<u32>,
}

#[pymethods]
impl Answer {
    #[new]
    #[pyo3(signature = (status, code, message, error=None, description=""))]
    fn py_new(
        status: u16,
        code: &str,
        message: &str,
        error: Option<&str>,
        description: &str,
    ) -> Self {
        Self::new(&tessera_verify::Answer { status, code, message, error }, description)
    }

    #[staticmethod]
    fn not_found() -> Self {
        Self::new(&tessera_verify::Answer::NOT_FOUND, "")
    }

    #[getter]
    fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("content-type", "application/json".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ];
        headers.extend(self.challenge.clone().map(|challenge| ("www-authenticate", challenge)));
        headers.extend(self.retry_after.map(|seconds| ("retry-after", seconds.to_string())));
        headers
    }
}

impl Answer {
    fn new(answer: &tessera_verify::Answer<'_>, description: &str) -> Self {
        Self {
            status: answer.status,
            code: answer.code.to_owned(),
            message: answer.message.to_owned(),
            body: answer.body(),
            challenge: answer.challenge(description),
            retry_after: answer.retry_after(),
        }
    }
}

/// What becomes `TokenRefused` or `KeysUnavailable`.
#[pyclass(frozen, module = "tessera._tessera")]
pub(crate) struct Refusal {
    #[pyo3(get)]
    code: &'static str,
    #[pyo3(get)]
    message: String,
    #[pyo3(get)]
    user_id: Option<String>,
    #[pyo3(get)]
    answer: Py<Answer>,
}

impl Refusal {
    pub(crate) fn of_token(py: Python<'_>, refusal: &tessera_verify::Refusal) -> PyResult<Self> {
        let user_id = refusal.subject().map(ToString::to_string);
        let answer = refusal.reason().answer();
        Self::new(py, refusal.code(), refusal.to_string(), user_id, &answer)
    }

    pub(crate) fn of_headers(py: Python<'_>, none: NoBearer) -> PyResult<Self> {
        Self::new(py, none.code(), none.to_string(), None, &none.answer())
    }

    /// In the words of a fetch that failed.
    pub(crate) fn of_keys(py: Python<'_>, message: String) -> PyResult<Self> {
        let reason = Reason::KeysUnavailable;
        Self::new(py, reason.code(), message, None, &reason.answer())
    }

    fn new(
        py: Python<'_>,
        code: &'static str,
        message: String,
        user_id: Option<String>,
        answer: &tessera_verify::Answer<'_>,
    ) -> PyResult<Self> {
        let answer = Py::new(py, Answer::new(answer, &message))?;
        Ok(Self { code, message, user_id, answer })
    }
}

/// `ValueError` that names the setting.
pub(crate) fn wrong_setting(setting: &str, problem: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(format!("{setting}: {problem}"))
}
