//! Databases as tests need them: that of an npm server, and what has become of one.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

/// What the npm server leaves.
const NPM: &str = include_str!("../../crates/store/tests/npm.sql");

/// A database in a folder of its own.
pub(crate) struct Database {
    pub(crate) folder: TempDir,
}

impl Database {
    /// A folder without a database.
    pub(crate) fn none() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A database that this SQL makes.
    pub(crate) fn of(sql: &str) -> Self {
        let database = Self::none();
        std::fs::create_dir(database.folder.path().join("data")).unwrap();
        database.sql(sql);
        database
    }

    /// That of the npm server, and after it was changed.
    pub(crate) fn of_npm(changes: &str) -> Self {
        let database = Self::of(NPM);
        database.sql(changes);
        database
    }

    pub(crate) fn path(&self) -> PathBuf {
        path(self.folder.path())
    }

    pub(crate) fn sql(&self, sql: &str) {
        Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }

    pub(crate) fn schema(&self) -> Vec<(String, String)> {
        schema(self.folder.path())
    }
}

/// What each table and index is made by, those of SQLite itself left out.
pub(crate) fn schema(folder: &Path) -> Vec<(String, String)> {
    let db = Connection::open(path(folder)).unwrap();
    let sql = "select name, sql from sqlite_schema where sql is not null order by name";
    let mut schema = db.prepare(sql).unwrap();
    let rows = schema.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Where the binary keeps its database.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join("data/tessera.db")
}

/// The first column of the only row, as a number.
pub(crate) fn number(folder: &Path, sql: &str) -> u32 {
    let db = Connection::open(path(folder)).unwrap();
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}
