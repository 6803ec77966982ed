#![doc = include_str!("../README.md")]

mod columns;
mod failure;
mod migrations;
mod postgres;
mod schema;
mod sqlite;

pub use crate::migrations::MIGRATIONS;
pub use crate::postgres::{EndedLately, PostgresStore};
pub use crate::schema::{CompareError, Lacking, MissingColumn, UnusableSchema};
pub use crate::sqlite::SqliteStore;
