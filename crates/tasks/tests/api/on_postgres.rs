//! The same tests of the todo API on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod concurrency;
mod failure;
mod former_table;
mod input;
mod isolation;
mod paging;
mod support;
mod tasks;

const ON_POSTGRES: bool = true;
