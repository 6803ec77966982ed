//! What tables a database has.

use super::Postgres;
use crate::error::DbError;
use crate::schema::{Column, Table};

/// Those of the schema in which tables are made.
const COLUMNS: &str = "
    SELECT c.table_name::text, c.column_name::text, upper(c.data_type::text),
        c.is_nullable = 'NO' AND c.column_default IS NULL
            AND c.is_identity = 'NO' AND c.is_generated = 'NEVER',
        t.table_type = 'VIEW',
        EXISTS (SELECT 1 FROM pg_index i
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indrelid = format('%I.%I', c.table_schema, c.table_name)::regclass
                AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1
                AND a.attname = c.column_name),
        EXISTS (SELECT 1 FROM pg_index i
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indrelid = format('%I.%I', c.table_schema, c.table_name)::regclass
                AND i.indisvalid AND i.indpred IS NULL AND a.attname = c.column_name)
    FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = current_schema() AND t.table_type IN ('BASE TABLE', 'VIEW')
    ORDER BY c.table_name COLLATE \"C\", c.ordinal_position";

pub(super) async fn tables(db: &Postgres) -> Result<Vec<Table>, DbError> {
    let mut tables: Vec<Table> = Vec::new();
    for row in db.query(COLUMNS, &[]).await? {
        let table: String = row.try_get(0)?;
        let column = Column {
            name: row.try_get(1)?,
            declared: row.try_get(2)?,
            required: row.try_get(3)?,
            unique: row.try_get(5)?,
            indexed: row.try_get(6)?,
        };
        match tables.last_mut() {
            Some(last) if last.name == table => last.columns.push(column),
            _ => {
                let is_view = row.try_get(4)?;
                tables.push(Table { name: table, columns: vec![column], is_view });
            }
        }
    }
    Ok(tables)
}
