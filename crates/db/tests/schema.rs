//! Tables as the database describes them, and a database that is only read.

use tessera_db::{Column, DbError, MigrateError, Sqlite, Table};

#[test]
fn n15_tables_are_described_with_what_every_insert_has_to_name() {
    let folder = tempfile::tempdir().unwrap();
    let db = Sqlite::open(&folder.path().join("test.db")).unwrap();
    db.migrate(
        "create table b (id integer primary key not null, \"A b\" varchar(3) not null, c,
            d text not null default 'd', e text as (d));
         create table a (id text not null primary key) without rowid;
         create view v as select id from gone;",
        &[],
    )
    .unwrap();
    let column = |name: &str, declared: &str, required: bool| Column {
        name: name.to_owned(),
        declared: declared.to_owned(),
        required,
        unique: name == "id",
    };
    let table =
        |name: &str, columns| Table { name: name.to_owned(), columns, is_view: name == "v" };
    let a = vec![column("id", "TEXT", true)];
    let columns = vec![
        column("id", "INTEGER", false),
        column("A b", "VARCHAR(3)", true),
        column("c", "", false),
        column("d", "TEXT", false),
    ];
    assert_eq!(db.tables().unwrap(), [table("a", a), table("b", columns), table("v", Vec::new())]);
}

#[test]
fn n15_alterations_happen_together_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let db = Sqlite::open(&folder.path().join("test.db")).unwrap();
    let error = db.migrate("create table a (x); create table a (x);", &[]).unwrap_err();
    let source = DbError::Query("table a already exists".to_owned());
    assert_eq!(error, MigrateError::Alter(source));
    assert_eq!(db.tables().unwrap(), []);
}

#[tokio::test]
async fn n15_a_database_opened_for_reading_is_read_and_never_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let missing = Sqlite::open_read_only(&path).unwrap_err().to_string();
    assert!(missing.ends_with("No such file or directory (os error 2)"), "{missing}");
    assert!(!path.exists());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("create table a (x); insert into a values (7)").unwrap();
    drop(connection);
    let before = std::fs::read(&path).unwrap();

    let db = Sqlite::open_read_only(&path).unwrap();
    let read = db.read(|db| db.query_row("select x from a", [], |row| row.get::<_, u32>(0)));
    assert_eq!(read, Ok(7));
    let read_only = DbError::Unavailable("it was opened for reading only".to_owned());
    let written = db.write(|db| -> Result<usize, DbError> { Ok(db.execute("delete from a", [])?) });
    assert_eq!(written.await, Err(read_only.clone()));
    assert_eq!(db.migrate("drop table a", &[]), Err(MigrateError::Database(read_only)));
    drop(db);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    std::fs::write(&path, "nothing that SQLite knows").unwrap();
    let damaged = Sqlite::open_read_only(&path).unwrap_err().to_string();
    assert!(damaged.contains("the database is damaged: file is not a database"), "{damaged}");
}
