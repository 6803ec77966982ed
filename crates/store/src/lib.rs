#![doc = include_str!("../README.md")]

mod schema;
mod sqlite;

pub use crate::schema::{Lacking, MissingColumn, UnusableSchema};
pub use crate::sqlite::{CompareError, MIGRATIONS, SqliteStore};
