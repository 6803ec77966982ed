//! Reading, writing, and what happens when either fails.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::{Future, poll_fn};
use std::os::unix::fs::PermissionsExt;
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::task::Poll;

use rusqlite::Connection;
use tempfile::TempDir;
use tessera_db::{ConstraintKind, DbError, Migration, Migrations, OpenError, Sqlite};

static TABLES: Migrations = Migrations {
    component: "test",
    steps: &[Migration {
        after: 0,
        version: 1,
        name: "tables",
        postgres: "",
        sqlite: "CREATE TABLE item (name TEXT NOT NULL UNIQUE, size INTEGER CHECK (size < 100));
              CREATE TABLE part (of TEXT REFERENCES item (name) DEFERRABLE INITIALLY DEFERRED);
              CREATE TABLE strict_part (of TEXT REFERENCES item (name))",
    }],
};

fn database() -> (TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let db = Sqlite::open(&folder.path().join("test.db")).unwrap();
    db.migrate("", &[&TABLES]).unwrap();
    (folder, db)
}

fn insert(name: &str) -> impl FnOnce(&Connection) -> Result<(), DbError> + Send + use<> {
    let name = name.to_owned();
    move |connection| {
        connection.prepare_cached("INSERT INTO item VALUES (?1, 1)")?.execute([name])?;
        Ok(())
    }
}

fn execute(sql: &'static str) -> impl FnOnce(&Connection) -> Result<(), DbError> + Send {
    move |connection| Ok(connection.execute_batch(sql)?)
}

fn names(db: &Sqlite) -> Vec<String> {
    db.read(|connection| {
        connection
            .prepare_cached("SELECT name FROM item ORDER BY name")?
            .query_map([], |row| row.get(0))?
            .collect()
    })
    .unwrap()
}

/// Polls once, so that the write is in the queue.
async fn queue<T>(write: &mut Pin<&mut impl Future<Output = T>>) {
    poll_fn(|context| {
        assert!(write.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

/// A write that keeps the writer until told to go on; both sides of its gate, and its job.
fn gate()
-> (mpsc::Receiver<()>, mpsc::Sender<()>, impl FnOnce(&Connection) -> Result<(), DbError> + Send) {
    let (entered, has_entered) = mpsc::channel();
    let (open, opened) = mpsc::channel();
    let job = move |_: &Connection| {
        entered.send(()).unwrap();
        // An error is a test that dropped its side: go on as well.
        let _ = opened.recv();
        Ok(())
    };
    (has_entered, open, job)
}

#[tokio::test]
async fn an_answered_write_is_in_the_file_and_seen_by_the_next_read() {
    let (folder, db) = database();
    for number in 0..50 {
        db.write(insert(&format!("{number:02}"))).await.unwrap();
        assert_eq!(names(&db).len(), number + 1);
    }
    let other = Connection::open(folder.path().join("test.db")).unwrap();
    let count: i64 = other.query_row("SELECT count(*) FROM item", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 50);
}

#[tokio::test]
async fn writes_that_queue_together_share_a_transaction_and_fail_alone() {
    let (_folder, db) = database();
    db.write(insert("taken")).await.unwrap();
    let before = db.written();

    let (entered, open, job) = gate();
    let mut holder = pin!(db.write(job));
    queue(&mut holder).await;
    entered.recv().unwrap();
    let mut first = pin!(db.write(insert("first")));
    let mut duplicate = pin!(db.write(|connection| {
        insert("half")(connection)?;
        insert("taken")(connection)
    }));
    let mut panicking = pin!(db.write(|connection| -> Result<(), DbError> {
        insert("lost")(connection)?;
        panic!("a write that panics");
    }));
    let mut last = pin!(db.write(insert("last")));
    queue(&mut first).await;
    queue(&mut duplicate).await;
    queue(&mut panicking).await;
    queue(&mut last).await;
    assert_eq!(names(&db), ["taken"]);
    open.send(()).unwrap();

    holder.await.unwrap();
    first.await.unwrap();
    assert_eq!(
        duplicate.await,
        Err(DbError::Constraint { kind: ConstraintKind::Unique, on: "item.name".to_owned() })
    );
    assert_eq!(panicking.await, Err(DbError::Panicked));
    last.await.unwrap();
    assert_eq!(names(&db), ["first", "last", "taken"]);
    let after = db.written();
    assert_eq!(after.transactions - before.transactions, 1);
    assert_eq!(after.writes - before.writes, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hundreds_of_concurrent_writes_all_happen() {
    let (_folder, db) = database();
    let (entered, open, job) = gate();
    let holder = tokio::spawn({
        let db = db.clone();
        async move { db.write(job).await }
    });
    entered.recv().unwrap();
    let writes: Vec<_> = (0..500)
        .map(|number| {
            let db = db.clone();
            tokio::spawn(async move {
                db.write(insert(&format!("{number:03}"))).await.unwrap();
                // Read your own write, on whichever thread.
                assert!(names(&db).contains(&format!("{number:03}")));
            })
        })
        .collect();
    open.send(()).unwrap();
    holder.await.unwrap().unwrap();
    for write in writes {
        write.await.unwrap();
    }
    assert_eq!(names(&db).len(), 500);
    assert_eq!(db.written().writes, 501);
}

#[tokio::test]
async fn a_commit_that_fails_is_told_to_every_caller_of_the_batch() {
    let (_folder, db) = database();
    let (entered, open, job) = gate();
    let mut holder = pin!(db.write(job));
    queue(&mut holder).await;
    entered.recv().unwrap();
    let mut good = pin!(db.write(insert("good")));
    let mut deferred = pin!(db.write(execute("INSERT INTO part VALUES ('nothing')")));
    queue(&mut good).await;
    queue(&mut deferred).await;
    open.send(()).unwrap();

    let refused = Err(DbError::Constraint { kind: ConstraintKind::ForeignKey, on: String::new() });
    assert_eq!(holder.await, refused);
    assert_eq!(good.await, refused);
    assert_eq!(deferred.await, refused);
    assert_eq!(names(&db), [""; 0]);
    db.write(insert("after")).await.unwrap();
    assert_eq!(names(&db), ["after"]);
}

#[tokio::test]
async fn a_full_disk_is_unavailable_to_its_whole_batch_and_passes() {
    let (_folder, db) = database();
    db.write(insert("before")).await.unwrap();
    // Connection-wide and not undone by a rollback: the writer now has no page left.
    db.write(execute("PRAGMA max_page_count = 1")).await.unwrap();

    let (entered, open, job) = gate();
    let mut neighbour = pin!(db.write(|connection| {
        job(connection)?;
        insert("lost")(connection)
    }));
    queue(&mut neighbour).await;
    entered.recv().unwrap();
    let mut large = pin!(db.write(execute("INSERT INTO item VALUES (hex(zeroblob(100000)), 1)")));
    queue(&mut large).await;
    open.send(()).unwrap();
    assert_eq!(large.await, Err(DbError::Unavailable("database or disk is full".to_owned())));
    assert_eq!(
        neighbour.await,
        Err(DbError::Unavailable(
            "a write took its transaction down: the query failed: no such savepoint: one"
                .to_owned()
        ))
    );

    db.write(execute("PRAGMA max_page_count = 100000")).await.unwrap();
    db.write(insert("after")).await.unwrap();
    assert_eq!(names(&db), ["after", "before"]);
}

#[tokio::test]
async fn too_many_waiting_writes_are_refused_at_once() {
    let (_folder, db) = database();
    let (entered, open, job) = gate();
    let mut holder = pin!(db.write(job));
    queue(&mut holder).await;
    entered.recv().unwrap();
    let mut waiting = Vec::new();
    for number in 0..4096 {
        let mut write = Box::pin(db.write(insert(&format!("{number}"))));
        queue(&mut write.as_mut()).await;
        waiting.push(write);
    }
    assert_eq!(db.write(insert("one too many")).await, Err(DbError::Busy));
    open.send(()).unwrap();
    holder.await.unwrap();
    for write in waiting {
        write.await.unwrap();
    }
    assert_eq!(names(&db).len(), 4096);
}

#[tokio::test]
async fn dropping_the_last_handle_commits_what_has_queued() {
    let (folder, db) = database();
    let (entered, open, job) = gate();
    {
        let mut holder = pin!(db.write(job));
        queue(&mut holder).await;
        entered.recv().unwrap();
        let mut abandoned = pin!(db.write(insert("queued")));
        queue(&mut abandoned).await;
    }
    open.send(()).unwrap();
    drop(db);
    let db = Sqlite::open(&folder.path().join("test.db")).unwrap();
    assert_eq!(names(&db), ["queued"]);
}

#[tokio::test]
async fn a_read_connection_cannot_write() {
    let (_folder, db) = database();
    for sql in ["INSERT INTO item VALUES ('x', 1)", "CREATE TEMP TABLE mine (x)"] {
        let error = db.read(|connection| connection.execute_batch(sql)).unwrap_err();
        assert_eq!(
            error,
            DbError::Unavailable("attempt to write a readonly database".to_owned()),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn a_reader_that_leaves_a_transaction_open_does_not_hold_the_next_one_back() {
    let (_folder, db) = database();
    db.read(|connection| connection.execute_batch("BEGIN; SELECT * FROM item")).unwrap();
    db.write(insert("new")).await.unwrap();
    assert_eq!(names(&db), ["new"]);
}

#[tokio::test]
async fn constraints_are_told_apart_without_a_value() {
    let (_folder, db) = database();
    let constraint = |kind, on: &str| Err(DbError::Constraint { kind, on: on.to_owned() });
    for (sql, expected) in [
        ("INSERT INTO item VALUES (NULL, 1)", constraint(ConstraintKind::NotNull, "item.name")),
        (
            "INSERT INTO item VALUES ('secret', 100)",
            constraint(ConstraintKind::Check, "size < 100"),
        ),
        ("INSERT INTO strict_part VALUES ('secret')", constraint(ConstraintKind::ForeignKey, "")),
        (
            "INSERT INTO item VALUES ('secret', 1), ('secret', 1)",
            constraint(ConstraintKind::Unique, "item.name"),
        ),
        (
            "INSERT INTO nowhere VALUES (1)",
            Err(DbError::Query("no such table: nowhere".to_owned())),
        ),
    ] {
        assert_eq!(db.write(execute(sql)).await, expected, "{sql}");
    }
    let wrong_type = db
        .write(|connection| {
            insert("secret")(connection)?;
            Ok::<i64, DbError>(connection.query_row("SELECT name FROM item", [], |row| row.get(0))?)
        })
        .await
        .unwrap_err();
    assert_eq!(
        wrong_type,
        DbError::Query("Invalid column type Text at index: 0, name: name".to_owned())
    );
}

#[tokio::test]
async fn the_file_is_private_and_the_settings_hold() {
    let (folder, db) = database();
    db.write(insert("x")).await.unwrap();
    for file in ["test.db", "test.db-wal", "test.db-shm"] {
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let settings: (String, i64, i64) = db
        .write(|connection| {
            let one = |name| connection.pragma_query_value(None, name, |row| row.get(0));
            Ok::<_, DbError>((
                connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?,
                one("synchronous")?,
                one("foreign_keys")?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(settings, ("wal".to_owned(), 2, 1));
}

#[test]
fn a_folder_that_is_missing_and_a_file_that_is_no_database_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/test.db");
    let error = Sqlite::open(&missing).unwrap_err();
    assert!(matches!(&error, OpenError::File { path, .. } if *path == missing));
    assert_eq!(
        error.to_string(),
        format!(
            "cannot open the database {}: No such file or directory (os error 2)",
            missing.display()
        )
    );

    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "these are notes, ".repeat(100)).unwrap();
    assert_eq!(
        Sqlite::open(&text).unwrap_err().to_string(),
        format!(
            "cannot open the database {}: the database is damaged: file is not a database",
            text.display()
        )
    );
    assert_eq!(std::fs::read_to_string(&text).unwrap(), "these are notes, ".repeat(100));
}

#[test]
fn check_notices_that_the_file_is_gone() {
    let (folder, db) = database();
    assert_eq!(db.check(), Ok(()));
    std::fs::remove_file(folder.path().join("test.db")).unwrap();
    assert_eq!(
        db.check(),
        Err(DbError::Unavailable("No such file or directory (os error 2)".to_owned()))
    );
}
