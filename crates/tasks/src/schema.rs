//! The table of this crate, step by step.

use tessera_db::{Migration, Migrations, Table};
use thiserror::Error;

/// The table.
const TABLE: &str = "tessera_task";

/// What it was called at version 1.
const FORMER: &str = "task";

/// Its columns.
const COLUMNS: [&str; 7] =
    ["id", "user_id", "title", "description", "completed", "created_at", "updated_at"];

/// The table of this crate. A program that knows it by its former name does not find it any more.
#[must_use]
pub fn migrations() -> &'static Migrations {
    &Migrations {
        component: "tasks",
        steps: &[
            Migration {
                after: 0,
                version: 2,
                name: "tessera_task",
                sqlite: include_str!("../migrations/0002_tessera_task.sqlite.sql"),
                postgres: include_str!("../migrations/0002_tessera_task.postgres.sql"),
            },
            Migration {
                after: 1,
                version: 2,
                name: "tessera_task, which was task",
                sqlite: include_str!("../migrations/0002_rename_task.sqlite.sql"),
                postgres: include_str!("../migrations/0002_rename_task.postgres.sql"),
            },
        ],
    }
}

/// Why the table of a database cannot be used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UnusableTable {
    /// Its name is taken.
    #[error(
        "the database has a table {0}, and no record that Tessera made it: give Tessera a database \
         of its own with DATABASE_URL"
    )]
    Taken(&'static str),
    /// It has gone, or another has its name.
    #[error("the database has lost its table {0}: restore it from a backup")]
    Lost(&'static str),
}

/// Whether the tables of a database, in which [`migrations`] have reached a version, are what that
/// version left. `same` says whether two names are one to the database. Other tables are not looked
/// at.
///
/// # Errors
/// When they are not.
pub fn check_table(
    tables: &[Table],
    version: u32,
    same: impl Fn(&str, &str) -> bool,
) -> Result<(), UnusableTable> {
    let named = |name| tables.iter().find(|table| same(&table.name, name));
    let has = |table: &Table, column| table.columns.iter().any(|found| found.name == column);
    let is_ours = |table: &&Table| COLUMNS.iter().all(|&column| has(table, column));
    match version {
        0 | 1 if named(TABLE).is_some() => Err(UnusableTable::Taken(TABLE)),
        1 if named(FORMER).filter(is_ours).is_none() => Err(UnusableTable::Lost(FORMER)),
        2.. if named(TABLE).filter(is_ours).is_none() => Err(UnusableTable::Lost(TABLE)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use tessera_db::Column;

    use super::*;

    fn table(name: &str, columns: &[&str]) -> Table {
        let column = |name: &&str| Column {
            name: (*name).to_owned(),
            declared: String::new(),
            required: false,
            unique: false,
        };
        let columns = columns.iter().map(column).collect();
        Table { name: name.to_owned(), columns, is_view: false }
    }

    fn check(tables: &[Table], version: u32) -> Result<(), UnusableTable> {
        check_table(tables, version, |one, other| one == other)
    }

    #[test]
    fn n15_a_table_that_somebody_else_made_is_told_from_ours() {
        let (ours, former) = (table(TABLE, &COLUMNS), table(FORMER, &COLUMNS));
        let (taken, theirs) = (table(TABLE, &["what"]), table(FORMER, &["id", "what"]));
        for (version, tables, expected) in [
            (0, vec![], Ok(())),
            (0, vec![theirs.clone()], Ok(())),
            (0, vec![taken.clone()], Err(UnusableTable::Taken("tessera_task"))),
            (0, vec![ours.clone()], Err(UnusableTable::Taken("tessera_task"))),
            (1, vec![former.clone()], Ok(())),
            (1, vec![theirs.clone()], Err(UnusableTable::Lost("task"))),
            (1, vec![], Err(UnusableTable::Lost("task"))),
            (1, vec![former.clone(), taken.clone()], Err(UnusableTable::Taken("tessera_task"))),
            (2, vec![ours.clone()], Ok(())),
            (2, vec![theirs, ours], Ok(())),
            (2, vec![former], Err(UnusableTable::Lost("tessera_task"))),
            (2, vec![taken], Err(UnusableTable::Lost("tessera_task"))),
        ] {
            assert_eq!(check(&tables, version), expected, "{version}: {tables:?}");
        }
    }
}
