//! Asking the auth server about a session.

use std::time::Duration;

use pyo3::exceptions::{PyConnectionError, PyValueError};
use pyo3::{PyResult, Python, pyclass, pymethods};
use tessera_verify::KeysUrl;
use ureq::Agent;
use ureq::http::{HeaderName, HeaderValue};

use crate::answer::wrong_setting;
use crate::settings::trusted_url;

/// The longest that an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The largest answer, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// `/get-session` of an auth server.
#[pyclass(frozen, module = "tessera._tessera")]
pub(crate) struct SessionEndpoint {
    agent: Agent,
    url: KeysUrl,
}

#[pymethods]
impl SessionEndpoint {
    #[new]
    fn new(auth_url: &str, danger_plain_http: bool) -> PyResult<Self> {
        // This is a look at the session, not a use of it: it does not prolong the session's life.
        let url = format!("{}/get-session?disableRefresh=true", auth_url.trim_end_matches('/'));
        let url = trusted_url(&url, danger_plain_http)
            .map_err(|error| wrong_setting("auth_url", error.problem()))?;
        Ok(Self { agent: tessera_verify::http_agent(&url, TIMEOUT, "application/json"), url })
    }

    /// Status and body, with one header of the caller's request and their address handed on. It blocks
    /// the thread, without the interpreter's lock.
    fn get(
        &self,
        py: Python<'_>,
        header: &str,
        value: &str,
        client: Option<&str>,
    ) -> PyResult<(u16, Vec<u8>)> {
        let no_header =
            |problem: &dyn std::fmt::Display| PyValueError::new_err(problem.to_string());
        let name: HeaderName = header.parse().map_err(|error| no_header(&error))?;
        let value: HeaderValue = value.parse().map_err(|error| no_header(&error))?;
        let mut request = self.agent.get(self.url.to_string()).header(name, value);
        if let Some(client) = client {
            request = request.header("x-forwarded-for", client);
        }
        let answer = py.detach(|| {
            let mut response = request.call()?;
            let body = response.body_mut().with_config().limit(MAX_BYTES).read_to_vec()?;
            Ok::<_, ureq::Error>((response.status().as_u16(), body))
        });
        answer.map_err(|error| PyConnectionError::new_err(error.to_string()))
    }
}
