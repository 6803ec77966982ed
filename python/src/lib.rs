#![doc = include_str!("../README.md")]

mod answer;
mod claims;
mod keys;
mod notices;
mod session;
mod settings;
mod verifier;

/// What the Python half is made of. Nobody else imports it.
#[pyo3::pymodule]
mod _tessera {
    #[pymodule_export]
    use crate::answer::{Answer, Refusal};
    #[pymodule_export]
    use crate::claims::{Claims, Owner};
    #[pymodule_export]
    use crate::keys::{LiveKeys, Revocations, SigningKey};
    #[pymodule_export]
    use crate::notices::notices;
    #[pymodule_export]
    use crate::session::SessionEndpoint;
    #[pymodule_export]
    use crate::verifier::{Verifier, bearer_token};

    #[pymodule_init]
    fn init(_module: &pyo3::Bound<'_, pyo3::types::PyModule>) {
        crate::notices::collect();
    }
}
