//! What tables a database has.

/// A table or a view, as the database describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in order; of a view, what the database can say without looking further.
    pub columns: Vec<Column>,
    /// Whether it is a view, and no table.
    pub is_view: bool,
}

/// A column, as the database describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in capitals: in SQLite as it was declared, which may be not at all; in PostgreSQL as
    /// `information_schema` names it.
    pub declared: String,
    /// Whether every insert has to name it: `NOT NULL` without a default.
    pub required: bool,
    /// Whether no two rows can have the same value: it is a key or has a unique index of its own.
    pub unique: bool,
    /// Whether rows are found by its value: it is a key, or the first column of an index of all rows.
    pub indexed: bool,
}
