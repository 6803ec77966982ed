//! What goes wrong on our tables, in the engine's words.

use tessera_db::{ConstraintKind, DbError};
use tessera_engine::store::{ChangeEmailError, CreateAccountError, StoreError};

use super::rows::CorruptColumn;
use crate::failure::failed;

/// Why a read or a write on our tables failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Corrupt(CorruptColumn),
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::FromSqlConversionFailure(at, kind, cause) => {
                match cause.downcast::<CorruptColumn>() {
                    Ok(corrupt) => Self::Corrupt(*corrupt),
                    Err(cause) => Self::Database(
                        rusqlite::Error::FromSqlConversionFailure(at, kind, cause).into(),
                    ),
                }
            }
            other => Self::Database(other.into()),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Corrupt(CorruptColumn { table, column }) => Self::Corrupt { table, column },
            Failure::Database(error) => failed(error),
        }
    }
}

impl From<Failure> for CreateAccountError {
    fn from(failure: Failure) -> Self {
        if failure.is_taken_email() { Self::EmailTaken } else { Self::Store(failure.into()) }
    }
}

impl From<Failure> for ChangeEmailError {
    fn from(failure: Failure) -> Self {
        if failure.is_taken_email() { Self::EmailTaken } else { Self::Store(failure.into()) }
    }
}

impl Failure {
    fn is_taken_email(&self) -> bool {
        let unique = ConstraintKind::Unique;
        matches!(self, Self::Database(DbError::Constraint { kind, on }) if *kind == unique && on == "user.email")
    }
}
