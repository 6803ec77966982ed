//! PostgreSQL's errors in our words.

use std::error::Error;

use tokio_postgres::error::{DbError as ServerError, SqlState};

use crate::error::{ConstraintKind, DbError};

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(error) = error.as_db_error() {
            return from_server(error);
        }
        // A connection that breaks has no cause, or one of input and output. Any other is about a
        // value, which it might show.
        let broke = error.source().is_none_or(<dyn Error + 'static>::is::<std::io::Error>);
        if broke || error.is_closed() {
            Self::Unavailable(with_cause(&error))
        } else {
            Self::Query(error.to_string())
        }
    }
}

/// What happened, and why. Where the error comes from a statement, that may show a value.
pub(super) fn with_cause(error: &tokio_postgres::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// By SQLSTATE (PostgreSQL documentation, appendix A). The message of a data exception quotes the
/// value, so it is left out.
fn from_server(error: &ServerError) -> DbError {
    let code = error.code().code();
    let message = || format!("{} ({code})", error.message());
    let constraint =
        |kind| DbError::Constraint { kind, on: error.constraint().unwrap_or_default().to_owned() };
    match *error.code() {
        SqlState::UNIQUE_VIOLATION => return constraint(ConstraintKind::Unique),
        SqlState::FOREIGN_KEY_VIOLATION => return constraint(ConstraintKind::ForeignKey),
        SqlState::NOT_NULL_VIOLATION => return constraint(ConstraintKind::NotNull),
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => return DbError::Corrupt(message()),
        SqlState::READ_ONLY_SQL_TRANSACTION => return DbError::Unavailable(message()),
        _ => {}
    }
    match code.get(..2).unwrap_or_default() {
        "22" => DbError::Query(format!("a value does not fit ({code})")),
        "23" => constraint(ConstraintKind::Check),
        // Connections; roles and passwords; rolled back for another's sake; resources; locks;
        // shut down or cancelled; the system.
        "08" | "28" | "40" | "53" | "55" | "57" | "58" => DbError::Unavailable(message()),
        _ => DbError::Query(message()),
    }
}
