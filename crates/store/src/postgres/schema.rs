//! Better Auth's tables of a database, compared with what the store needs.

use tessera_db::Postgres;

use super::PostgresStore;
use crate::schema::{self, CompareError, Kind, Lacking, MissingColumn};

impl PostgresStore {
    /// What Better Auth's tables in this database lack. Changes nothing.
    ///
    /// # Errors
    /// When they have something that the store cannot do with.
    pub async fn compare(db: &Postgres) -> Result<Lacking, CompareError> {
        Ok(schema::compare(&db.tables().await?, |one, other| one == other, holds)?)
    }

    /// The statement that adds a column.
    pub fn adding(missing: MissingColumn) -> String {
        let MissingColumn { table, column, kind } = missing;
        let declared = match kind {
            Kind::Text => "text",
            Kind::Time => "timestamptz",
            Kind::Boolean => "boolean",
        };
        format!("alter table \"{table}\" add column \"{column}\" {declared};\n")
    }
}

/// Whether a column of this type, as `information_schema` names it, holds such values.
fn holds(declared: &str, kind: Kind) -> bool {
    match kind {
        Kind::Text => matches!(declared, "TEXT" | "CHARACTER VARYING"),
        Kind::Time => declared == "TIMESTAMP WITH TIME ZONE",
        Kind::Boolean => declared == "BOOLEAN",
    }
}
