#![doc = include_str!("../README.md")]

mod error;
mod migrate;
mod readers;
mod schema;
mod sqlite;
mod writer;

pub use error::{ConstraintKind, DbError, OpenError};
pub use migrate::{Applied, MigrateError, Migration, Migrations};
pub use schema::{Column, Table};
pub use sqlite::Sqlite;
pub use writer::Written;
