//! What tables a database has.

use rusqlite::Connection;

use crate::schema::{Column, Table};

pub(super) fn tables(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    let mut columns = connection.prepare_cached(
        "SELECT t.name, c.name, c.type, c.\"notnull\", c.dflt_value IS NULL, c.pk,
            EXISTS (SELECT 1 FROM pragma_index_list(t.name) i WHERE i.\"unique\" AND NOT i.partial
                AND (SELECT count(*) = 1 AND max(x.name) = c.name FROM pragma_index_info(i.name) x)),
            EXISTS (SELECT 1 FROM pragma_index_list(t.name) i, pragma_index_info(i.name) x
                WHERE NOT i.partial AND x.seqno = 0 AND x.name = c.name)
         FROM sqlite_schema t, pragma_table_info(t.name) c
         WHERE t.type = 'table' ORDER BY t.name, c.cid",
    )?;
    let mut rows = columns.query([])?;
    while let Some(row) = rows.next()? {
        let table: String = row.get(0)?;
        let declared = row.get::<_, String>(2)?.to_ascii_uppercase();
        // SQLite numbers the rows of a table whose key is an `INTEGER` by itself.
        let numbered = row.get(5)? && declared == "INTEGER";
        let column = Column {
            name: row.get(1)?,
            // A key of whole numbers has no index: the rows themselves are one.
            unique: row.get(6)? || numbered,
            indexed: row.get(7)? || numbered,
            required: row.get(3)? && row.get(4)? && !numbered,
            declared,
        };
        match tables.last_mut() {
            Some(last) if last.name == table => last.columns.push(column),
            _ => {
                tables.push(Table { name: table, columns: vec![column], is_view: false });
            }
        }
    }
    // The columns of a view cannot be read where a table of it has gone.
    let mut views =
        connection.prepare_cached("SELECT name FROM sqlite_schema WHERE type = 'view'")?;
    let views = views
        .query_map([], |row| Ok(Table { name: row.get(0)?, columns: Vec::new(), is_view: true }))?;
    tables.extend(views.collect::<rusqlite::Result<Vec<_>>>()?);
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(tables)
}
