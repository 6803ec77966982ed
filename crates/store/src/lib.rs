#![doc = include_str!("../README.md")]

mod sqlite;

pub use crate::sqlite::{MIGRATIONS, SqliteStore};
