//! What verification costs: [`Verifier`](tessera_verify::Verifier) beside the bare cryptography,
//! another library and a check written by hand, in one run on one core.
//!
//! Every contestant is defined once. The binary runs them in turns and prints the table;
//! `benches/contestants.rs` hands the same ones to divan.

pub mod contest;
pub mod hs256;
pub mod key_pairs;
pub mod loose;
pub mod machine;
pub mod service;
pub mod table;
pub mod token;

/// Why a measurement could not be made.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
