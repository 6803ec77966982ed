//! Migrations: again, halfway, at once, and from the future.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use tempfile::TempDir;
use tessera_db::{Applied, DbError, MigrateError, Migration, Migrations, Sqlite};

const ONE: Migration =
    Migration { version: 1, name: "one", postgres: "", sqlite: "CREATE TABLE one (x)" };
const TWO: Migration = Migration {
    version: 2,
    name: "two",
    postgres: "",
    sqlite: "CREATE TABLE two (x); INSERT INTO two VALUES (1); CREATE TABLE three (x)",
};
const BROKEN: Migration = Migration {
    version: 2,
    name: "two",
    postgres: "",
    sqlite: "CREATE TABLE two (x); INSERT INTO two VALUES (1); CREATE TABLE one (x)",
};

const OLD: Migrations = Migrations { component: "test", steps: &[ONE] };
const NEW: Migrations = Migrations { component: "test", steps: &[ONE, TWO] };

fn database() -> (TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let db = Sqlite::open(&folder.path().join("test.db")).unwrap();
    (folder, db)
}

fn tables(db: &Sqlite) -> Vec<String> {
    db.read(|connection| {
        connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?
            .query_map([], |row| row.get(0))?
            .collect()
    })
    .unwrap()
}

fn records(db: &Sqlite) -> Vec<(String, u32, String)> {
    db.read(|connection| {
        connection
            .prepare("SELECT component, version, name FROM tessera_migration ORDER BY 1, 2")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect()
    })
    .unwrap()
}

#[test]
fn runs_what_is_missing_and_nothing_again() {
    let (_folder, db) = database();
    assert_eq!(db.migrate(&OLD), Ok(Applied { from: 0, to: 1 }));
    assert_eq!(db.migrate(&NEW), Ok(Applied { from: 1, to: 2 }));
    assert_eq!(db.migrate(&NEW), Ok(Applied { from: 2, to: 2 }));
    assert_eq!(tables(&db), ["one", "tessera_migration", "three", "two"]);
    assert_eq!(
        records(&db),
        [("test".to_owned(), 1, "one".to_owned()), ("test".to_owned(), 2, "two".to_owned())]
    );
}

#[test]
fn a_step_that_fails_halfway_leaves_nothing_and_can_be_run_again() {
    let (_folder, db) = database();
    let broken = Migrations { component: "test", steps: &[ONE, BROKEN] };
    let error = db.migrate(&broken).unwrap_err();
    assert_eq!(
        error,
        MigrateError::Step {
            component: "test",
            version: 2,
            name: "two",
            source: DbError::Query("table one already exists".to_owned()),
        }
    );
    assert_eq!(
        error.to_string(),
        "migration 2 (two) of test failed: the query failed: table one already exists"
    );
    assert_eq!(tables(&db), ["one", "tessera_migration"]);
    assert_eq!(records(&db), [("test".to_owned(), 1, "one".to_owned())]);
    assert_eq!(db.migrate(&NEW), Ok(Applied { from: 1, to: 2 }));
}

#[test]
fn a_newer_database_is_refused_by_name() {
    let (_folder, db) = database();
    db.migrate(&NEW).unwrap();
    let error = db.migrate(&OLD).unwrap_err();
    assert_eq!(error, MigrateError::Newer { component: "test", found: 2, known: 1 });
    assert_eq!(
        error.to_string(),
        "the database is newer than this program: its test tables have version 2, this program \
         knows 1; start the newer program instead"
    );
}

#[test]
fn components_count_separately() {
    let (_folder, db) = database();
    db.migrate(&NEW).unwrap();
    const OTHER: Migration =
        Migration { version: 1, name: "first", postgres: "", sqlite: "CREATE TABLE other (x)" };
    let other = Migrations { component: "other", steps: &[OTHER] };
    assert_eq!(db.migrate(&other), Ok(Applied { from: 0, to: 1 }));
}

#[test]
fn steps_out_of_order_are_refused_before_anything_runs() {
    let (_folder, db) = database();
    let disordered = Migrations { component: "test", steps: &[TWO, ONE] };
    assert_eq!(
        db.migrate(&disordered),
        Err(MigrateError::Disordered { component: "test", name: "two" })
    );
    assert_eq!(tables(&db), [""; 0]);
}

#[test]
fn programs_that_start_at_once_migrate_once() {
    let (folder, _db) = database();
    let path = folder.path().join("test.db");
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Sqlite::open(&path).unwrap().migrate(&NEW).unwrap().to))
            .collect();
        for run in runs {
            assert_eq!(run.join().unwrap(), 2);
        }
    });
    let db = Sqlite::open(&path).unwrap();
    assert_eq!(records(&db).len(), 2);
}

#[test]
fn n15_the_sql_of_what_is_missing_does_the_same_by_hand() {
    for already in [OLD, Migrations { component: "test", steps: &[] }] {
        let (by_hand, by_itself) = (database(), database());
        for (_, db) in [&by_hand, &by_itself] {
            db.migrate(&already).unwrap();
        }
        let version = by_hand.1.version(&NEW).unwrap();
        let path = by_hand.0.path().join("test.db");
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.execute_batch(&NEW.sqlite_after(version)).unwrap();
        by_itself.1.migrate(&NEW).unwrap();
        assert_eq!(by_hand.1.tables(), by_itself.1.tables());
        assert_eq!(records(&by_hand.1), records(&by_itself.1));
        assert_eq!(NEW.sqlite_after(by_hand.1.version(&NEW).unwrap()), "");
    }
}

#[test]
fn n15_the_version_of_a_newer_database_is_refused() {
    let (_folder, db) = database();
    db.migrate(&NEW).unwrap();
    assert_eq!(
        db.version(&OLD),
        Err(MigrateError::Newer { component: "test", found: 2, known: 1 })
    );
}
