//! Migrations: again, halfway, at once, and from the future.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use tempfile::TempDir;
use tessera_db::{Applied, DbError, MigrateError, Migration, Migrations, Sqlite};

const ONE: Migration =
    Migration { after: 0, version: 1, name: "one", postgres: "", sqlite: "CREATE TABLE one (x)" };
const TWO: Migration = Migration {
    after: 1,
    version: 2,
    name: "two",
    postgres: "",
    sqlite: "CREATE TABLE two (x); INSERT INTO two VALUES (1); CREATE TABLE three (x)",
};
const BROKEN: Migration = Migration {
    after: 1,
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

fn migrate(db: &Sqlite, migrations: &Migrations) -> Result<Applied, MigrateError> {
    db.migrate("", &[migrations]).map(|applied| applied[0])
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
    assert_eq!(migrate(&db, &OLD), Ok(Applied { from: 0, to: 1 }));
    assert_eq!(migrate(&db, &NEW), Ok(Applied { from: 1, to: 2 }));
    assert_eq!(migrate(&db, &NEW), Ok(Applied { from: 2, to: 2 }));
    assert_eq!(tables(&db), ["one", "tessera_migration", "three", "two"]);
    assert_eq!(
        records(&db),
        [("test".to_owned(), 1, "one".to_owned()), ("test".to_owned(), 2, "two".to_owned())]
    );
}

#[test]
fn n15_a_step_that_fails_halfway_leaves_nothing_and_can_be_run_again() {
    let (_folder, db) = database();
    let broken = Migrations { component: "test", steps: &[ONE, BROKEN] };
    let error = migrate(&db, &broken).unwrap_err();
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
    assert_eq!(tables(&db), [""; 0]);
    assert_eq!(migrate(&db, &NEW), Ok(Applied { from: 0, to: 2 }));
}

#[test]
fn n15_a_failure_in_the_last_statement_undoes_every_component_and_alteration() {
    let (_folder, db) = database();
    migrate(&db, &OLD).unwrap();
    let before = (tables(&db), records(&db));
    let last = Migrations { component: "last", steps: &[ONE] };
    let altering = "ALTER TABLE one ADD COLUMN y; CREATE TABLE four (x);";
    let failed = db.migrate(altering, &[&NEW, &last]).unwrap_err();
    let source = DbError::Query("table one already exists".to_owned());
    let step = MigrateError::Step { component: "last", version: 1, name: "one", source };
    assert_eq!(failed, step);
    assert_eq!((tables(&db), records(&db)), before);
    assert!(db.read(|db| db.prepare("SELECT y FROM one").map(drop)).is_err());
}

#[test]
fn what_is_made_anew_at_once_is_brought_there_from_where_it_is() {
    const RENAMED: Migrations = Migrations {
        component: "test",
        steps: &[
            Migration {
                after: 0,
                version: 2,
                name: "new",
                postgres: "",
                sqlite: "CREATE TABLE new (x)",
            },
            Migration {
                after: 1,
                version: 2,
                name: "new, which was one",
                postgres: "",
                sqlite: "ALTER TABLE one RENAME TO new",
            },
            Migration {
                after: 2,
                version: 3,
                name: "three",
                postgres: "",
                sqlite: "CREATE TABLE three (x)",
            },
        ],
    };
    for already in [&[][..], &[ONE]] {
        let (_folder, db) = database();
        let already = Migrations { component: "test", steps: already };
        let from = migrate(&db, &already).unwrap().to;
        assert_eq!(migrate(&db, &RENAMED), Ok(Applied { from, to: 3 }));
        assert_eq!(tables(&db), ["new", "tessera_migration", "three"]);
        assert_eq!(migrate(&db, &RENAMED), Ok(Applied { from: 3, to: 3 }));
    }
}

#[test]
fn a_newer_database_is_refused_by_name() {
    let (_folder, db) = database();
    migrate(&db, &NEW).unwrap();
    let error = migrate(&db, &OLD).unwrap_err();
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
    migrate(&db, &NEW).unwrap();
    const OTHER: Migration = Migration {
        after: 0,
        version: 1,
        name: "first",
        postgres: "",
        sqlite: "CREATE TABLE other (x)",
    };
    let other = Migrations { component: "other", steps: &[OTHER] };
    assert_eq!(migrate(&db, &other), Ok(Applied { from: 0, to: 1 }));
}

#[test]
fn steps_out_of_order_are_refused_before_anything_runs() {
    let (_folder, db) = database();
    let disordered = Migrations { component: "test", steps: &[TWO, ONE] };
    assert_eq!(
        migrate(&db, &disordered),
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
            .map(|_| scope.spawn(|| migrate(&Sqlite::open(&path).unwrap(), &NEW).unwrap().to))
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
            migrate(db, &already).unwrap();
        }
        let version = by_hand.1.version(&NEW).unwrap();
        let path = by_hand.0.path().join("test.db");
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.execute_batch(&Sqlite::migration_sql("", &[(&NEW, version)])).unwrap();
        migrate(&by_itself.1, &NEW).unwrap();
        assert_eq!(by_hand.1.tables(), by_itself.1.tables());
        assert_eq!(records(&by_hand.1), records(&by_itself.1));
        let version = by_hand.1.version(&NEW).unwrap();
        assert_eq!(Sqlite::migration_sql("", &[(&NEW, version)]), "");
    }
}

#[test]
fn n15_the_version_of_a_newer_database_is_refused() {
    let (_folder, db) = database();
    migrate(&db, &NEW).unwrap();
    assert_eq!(
        db.version(&OLD),
        Err(MigrateError::Newer { component: "test", found: 2, known: 1 })
    );
}
