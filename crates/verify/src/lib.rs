#![doc = include_str!("../README.md")]

mod claims;
mod keys;
mod policy;
mod refusal;
mod revocations;
mod user_id;

/// The JOSE crate underneath: keys and key sets.
pub use tessera_token as token;

pub use claims::Claims;
pub use keys::{KeySource, LiveKeys};
pub use policy::{DEFAULT_LEEWAY, MAX_LEEWAY, PolicyError, Verifier, VerifierBuilder};
pub use refusal::{Excerpt, Reason, Refusal};
pub use revocations::Revocations;
pub use user_id::{InvalidUserId, UserId};
