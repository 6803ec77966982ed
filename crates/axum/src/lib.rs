#![doc = include_str!("../README.md")]

mod caller;
mod guard;
mod layer;
mod owner;
mod rejection;
#[cfg(feature = "testing")]
pub mod testing;

/// The crate underneath: [`Verifier`](tessera_verify::Verifier) and its keys.
pub use tessera_verify as verify;

pub use caller::{Caller, MaybeCaller};
pub use guard::Guard;
pub use layer::{GuardBody, GuardLayer, GuardService};
pub use owner::{NotOwner, Owner};
pub use rejection::{Rejection, not_found};
