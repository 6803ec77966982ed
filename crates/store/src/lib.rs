#![doc = include_str!("../README.md")]

mod migrations;
mod schema;
mod sqlite;

pub use crate::migrations::MIGRATIONS;
pub use crate::schema::{CompareError, Lacking, MissingColumn, UnusableSchema};
pub use crate::sqlite::SqliteStore;
