//! Attacks that other libraries have fallen to, each by the id of its advisory, or by library and
//! issue where there is none. They go the way the advisory's attacker went: tokens are put together
//! by hand, and only keys and tokens that a stranger could have go in.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod confusion;
mod forging;
mod keys;
mod parsing;
