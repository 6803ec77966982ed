#![doc = include_str!("../README.md")]

mod error;
mod migrate;
mod postgres;
mod schema;
mod sqlite;

pub use error::{ConstraintKind, DbError, OpenError};
pub use migrate::{Applied, MigrateError, Migration, Migrations};
pub use postgres::{InvalidPostgresUrl, Parameter, Postgres, PostgresUrl, Transaction};
pub use schema::{Column, Table};
pub use sqlite::{Sqlite, Written};
