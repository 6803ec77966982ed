//! The database's errors in the engine's words.

use tessera_db::DbError;
use tessera_engine::store::StoreError;

/// Why a read or a write had no answer: whether trying again may help.
pub(crate) fn failed(error: DbError) -> StoreError {
    match error {
        DbError::Unavailable(_) | DbError::Busy => StoreError::Unavailable(Box::new(error)),
        DbError::Corrupt(_)
        | DbError::Constraint { .. }
        | DbError::Query(_)
        | DbError::Panicked => StoreError::Failed(Box::new(error)),
    }
}
