//! The todo API through its front door: the real router, a fresh SQLite database, a set clock.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod concurrency;
mod docs;
mod failure;
mod former_table;
mod full_disk;
mod input;
mod isolation;
mod paging;
mod support;
mod tasks;

const ON_POSTGRES: bool = false;
