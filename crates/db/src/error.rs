//! What can go wrong with a database. No message carries a value of a row or a parameter.

use std::path::PathBuf;

use rusqlite::{Error, ErrorCode, ffi};
use thiserror::Error;

/// Why the database could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The file could not be made or reached.
    #[error("cannot open the database {}: {source}", path.display())]
    File {
        /// The file asked for.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// SQLite refused the file, or a setting that we rely on did not take.
    #[error("cannot open the database {}: {source}", path.display())]
    Sqlite {
        /// The file asked for.
        path: PathBuf,
        /// What SQLite said.
        source: DbError,
    },
    /// The PostgreSQL server cannot be reached, or refused.
    #[error("cannot open the database {server}: {source}")]
    Postgres {
        /// Where it was looked for, without a password.
        server: String,
        /// Why not.
        source: DbError,
    },
    /// The writer's thread could not be started.
    #[error("cannot start the database writer: {0}")]
    Thread(std::io::Error),
}

/// Why a read or a write failed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DbError {
    /// The database cannot be reached now: input or output failed, the disk is full, the file or
    /// the server is gone, or another process holds what is needed. Trying again later may work.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The queue of the writer is full, or every connection is in use. Nothing was written.
    #[error("the database has too much waiting")]
    Busy,
    /// The data is damaged, or the file is not a database.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// A constraint of the schema refused the write.
    #[error("a {kind} constraint failed: {on}")]
    Constraint {
        /// Which sort of constraint.
        kind: ConstraintKind,
        /// SQLite: the columns (`user.email`, several joined by `, `), or the name of a `CHECK`;
        /// empty for a foreign key. PostgreSQL: the name of the constraint; empty for a column that
        /// must not be null.
        on: String,
    },
    /// The statement is wrong, or does not fit the tables.
    #[error("the query failed: {0}")]
    Query(String),
    /// The write panicked and was undone.
    #[error("the write panicked and was undone")]
    Panicked,
}

/// The sort of a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstraintKind {
    /// `UNIQUE` or `PRIMARY KEY`: the row is there already.
    Unique,
    /// `REFERENCES`: the row it points at is not there, or is still pointed at.
    ForeignKey,
    /// `NOT NULL`.
    NotNull,
    /// `CHECK`, or any other.
    Check,
}

impl std::fmt::Display for ConstraintKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unique => "unique",
            Self::ForeignKey => "foreign key",
            Self::NotNull => "not null",
            Self::Check => "check",
        })
    }
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        match error {
            Error::SqliteFailure(code, message) => {
                from_sqlite(code, message.unwrap_or_else(|| code.to_string()))
            }
            Error::SqlInputError { msg, .. } => Self::Query(msg),
            // These wrap an error about a value, which might show it.
            Error::FromSqlConversionFailure(column, kind, _) => {
                Self::Query(format!("column {column} holds an unexpected {kind}"))
            }
            Error::ToSqlConversionFailure(_) => {
                Self::Query("a parameter cannot be stored".to_owned())
            }
            Error::IntegralValueOutOfRange(column, _) => {
                Self::Query(format!("column {column} holds a number out of range"))
            }
            other => Self::Query(other.to_string()),
        }
    }
}

fn from_sqlite(error: ffi::Error, message: String) -> DbError {
    match error.code {
        ErrorCode::ConstraintViolation => DbError::Constraint {
            kind: match error.extended_code {
                ffi::SQLITE_CONSTRAINT_UNIQUE
                | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                | ffi::SQLITE_CONSTRAINT_ROWID => ConstraintKind::Unique,
                ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ConstraintKind::ForeignKey,
                ffi::SQLITE_CONSTRAINT_NOTNULL => ConstraintKind::NotNull,
                _ => ConstraintKind::Check,
            },
            on: message.split_once(": ").map_or_else(String::new, |(_, on)| on.to_owned()),
        },
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => DbError::Corrupt(message),
        ErrorCode::CannotOpen
        | ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::DiskFull
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::NoLargeFileSupport
        | ErrorCode::OutOfMemory
        | ErrorCode::PermissionDenied
        | ErrorCode::ReadOnly
        | ErrorCode::SystemIoFailure => DbError::Unavailable(message),
        _ => DbError::Query(message),
    }
}
