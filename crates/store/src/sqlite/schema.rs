//! Better Auth's tables of a database, compared with what the store needs.

use tessera_db::Sqlite;

use super::SqliteStore;
use crate::schema::{self, CompareError, Kind, Lacking, MissingColumn};

impl SqliteStore {
    /// What Better Auth's tables in this database lack. Changes nothing.
    ///
    /// # Errors
    /// When they have something that the store cannot do with.
    pub fn compare(db: &Sqlite) -> Result<Lacking, CompareError> {
        let lacking = schema::compare(&db.tables()?, str::eq_ignore_ascii_case, holds)?;
        // A declared type says nothing about what is stored.
        let unreadable = db.read(|db| {
            let mut unreadable = Vec::new();
            for (table, column) in schema::times(&lacking) {
                let sql = format!(
                    r#"select 1 from "{table}" where typeof("{column}") not in ('text', 'null')"#
                );
                if db.prepare(&sql)?.exists([])? {
                    unreadable.push((table, column));
                }
            }
            Ok(unreadable)
        })?;
        schema::refuse_times(unreadable)?;
        Ok(lacking)
    }

    /// The statement that adds a column.
    pub fn adding(missing: MissingColumn) -> String {
        let MissingColumn { table, column, kind } = missing;
        let declared = match kind {
            Kind::Text => "text",
            Kind::Time => "date",
            Kind::Boolean => "integer",
        };
        format!("alter table \"{table}\" add column \"{column}\" {declared};\n")
    }
}

/// SQLite turns what is stored into the kind that a column prefers, which it makes out of its
/// declared type (<https://www.sqlite.org/datatype3.html>, section 3.1). Numbers keep texts that
/// are none, and so times; but not ids, and times in a column of whole numbers are not ours.
fn holds(declared: &str, kind: Kind) -> bool {
    let has = |part: &str| declared.contains(part);
    let (integer, text) = (has("INT"), has("CHAR") || has("CLOB") || has("TEXT"));
    let (untyped, blob) = (declared.is_empty() || declared == "ANY", has("BLOB"));
    let real = has("REAL") || has("FLOA") || has("DOUB");
    match kind {
        _ if untyped => true,
        Kind::Text => text && !integer,
        Kind::Time => !integer && !real && !blob,
        Kind::Boolean => integer || !(text || real || blob),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n15_columns_hold_what_their_declared_type_leaves_unchanged() {
        use Kind::{Boolean, Text, Time};
        for (declared, held) in [
            ("TEXT", &[Text, Time][..]),
            ("VARCHAR(255)", &[Text, Time]),
            ("", &[Text, Time, Boolean]),
            ("ANY", &[Text, Time, Boolean]),
            ("INTEGER", &[Boolean]),
            ("BIGINT", &[Boolean]),
            ("BOOLEAN", &[Time, Boolean]),
            ("DATE", &[Time, Boolean]),
            ("DATETIME", &[Time, Boolean]),
            ("TIMESTAMP", &[Time, Boolean]),
            ("REAL", &[]),
            ("BLOB", &[]),
        ] {
            let holding = [Text, Time, Boolean].into_iter().filter(|&kind| holds(declared, kind));
            assert_eq!(holding.collect::<Vec<_>>(), held, "{declared}");
        }
    }
}
