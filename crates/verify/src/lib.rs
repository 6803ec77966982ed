#![doc = include_str!("../README.md")]

mod answer;
mod bearer;
mod builder;
mod cache;
mod claims;
mod keys;
mod policy;
mod refusal;
mod remote;
mod revocations;
mod user_id;

/// The JOSE crate underneath: keys and key sets.
pub use tessera_token as token;

pub use answer::Answer;
pub use bearer::{NoBearer, bearer_token};
pub use builder::{DEFAULT_LEEWAY, MAX_LEEWAY, MAX_TOKEN_BYTES, PolicyError, VerifierBuilder};
pub use claims::Claims;
pub use keys::{KeySource, LiveKeys};
pub use policy::Verifier;
pub use refusal::{Excerpt, Reason, Refusal};
#[doc(hidden)]
pub use remote::http_agent;
pub use remote::{FetchError, InvalidKeysUrl, KeysUrl, RemoteKeys, RemoteKeysBuilder};
pub use revocations::Revocations;
pub use user_id::{InvalidUserId, UserId};
