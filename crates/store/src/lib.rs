#![doc = include_str!("../README.md")]

mod migrations;
mod schema;
mod sqlite;

pub use crate::migrations::MIGRATIONS;
pub use crate::schema::{Lacking, MissingColumn, UnusableSchema};
pub use crate::sqlite::{CompareError, SqliteStore};
