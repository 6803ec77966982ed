#![doc = include_str!("../README.md")]

mod error;
mod migrate;
mod readers;
mod sqlite;
mod writer;

pub use error::{ConstraintKind, DbError, OpenError};
pub use migrate::{Applied, MigrateError, Migration, Migrations};
pub use sqlite::Sqlite;
pub use writer::Written;
