//! PostgreSQL: directly, through a pooler, encrypted, and gone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tessera_db::{
    Applied, Column, ConstraintKind, DbError, MigrateError, Migration, Migrations, OpenError,
    Postgres, PostgresUrl, Table,
};
use tessera_test_postgres::{Cluster, Database, fresh};
use tokio::task::JoinSet;
use tokio_postgres::types::Type;

const ONE: Migration = Migration {
    after: 0,
    version: 1,
    name: "one",
    sqlite: "",
    postgres: "create table one (x int unique)",
};
const TWO: Migration = Migration {
    after: 1,
    version: 2,
    name: "two",
    sqlite: "",
    postgres: "create table two (x int); insert into two values (1); create table three (x int)",
};
const BROKEN: Migration = Migration {
    after: 1,
    version: 2,
    name: "two",
    sqlite: "",
    postgres: "create table two (x int); insert into two values (1); create table one (x int)",
};
const OLD: Migrations = Migrations { component: "test", steps: &[ONE] };
const NEW: Migrations = Migrations { component: "test", steps: &[ONE, TWO] };

const TABLES: &str = "select tablename from pg_tables where schemaname = 'public' order by 1";
const RECORDS: &str = "select component, version, name from tessera_migration order by 1, 2";

async fn open(url: &str) -> Result<Postgres, OpenError> {
    open_with(url, 10).await
}

async fn open_with(url: &str, connections: usize) -> Result<Postgres, OpenError> {
    let url = PostgresUrl::parse(url).unwrap();
    Postgres::open(url, NonZeroUsize::new(connections).unwrap()).await
}

async fn migrate(db: &Postgres, migrations: &Migrations) -> Result<Applied, MigrateError> {
    db.migrate("", &[migrations]).await.map(|applied| applied[0])
}

/// A table `item` in a database of its own.
async fn with_items() -> (Database, Postgres) {
    let database = fresh();
    database.execute("create table item (name text primary key, size int check (size < 100))");
    let db = open(&database.url()).await.unwrap();
    (database, db)
}

#[tokio::test]
async fn runs_what_is_missing_and_nothing_again() {
    let database = fresh();
    let db = open(&database.url()).await.unwrap();
    assert_eq!(migrate(&db, &OLD).await, Ok(Applied { from: 0, to: 1 }));
    assert_eq!(migrate(&db, &NEW).await, Ok(Applied { from: 1, to: 2 }));
    assert_eq!(migrate(&db, &NEW).await, Ok(Applied { from: 2, to: 2 }));
    assert_eq!(database.execute(TABLES), "one\ntessera_migration\nthree\ntwo");
    assert_eq!(database.execute(RECORDS), "test|1|one\ntest|2|two");
    assert_eq!(
        migrate(&db, &OLD).await,
        Err(MigrateError::Newer { component: "test", found: 2, known: 1 })
    );
}

#[tokio::test]
async fn n15_a_step_that_fails_halfway_leaves_nothing_and_can_be_run_again() {
    let database = fresh();
    let db = open(&database.url()).await.unwrap();
    let broken = Migrations { component: "test", steps: &[ONE, BROKEN] };
    let source = DbError::Query("relation \"one\" already exists (42P07)".to_owned());
    assert_eq!(
        migrate(&db, &broken).await,
        Err(MigrateError::Step { component: "test", version: 2, name: "two", source })
    );
    assert_eq!(database.execute(TABLES), "");
    assert_eq!(migrate(&db, &NEW).await, Ok(Applied { from: 0, to: 2 }));
}

#[tokio::test]
async fn n15_a_failure_in_the_last_statement_undoes_every_component_and_alteration() {
    let database = fresh();
    let db = open(&database.url()).await.unwrap();
    migrate(&db, &OLD).await.unwrap();
    let before = (db.tables().await.unwrap(), database.execute(RECORDS));
    let last = Migrations { component: "last", steps: &[ONE] };
    let altering = "alter table one add column y int; create table four (x int);";
    let failed = db.migrate(altering, &[&NEW, &last]).await.unwrap_err();
    let source = DbError::Query("relation \"one\" already exists (42P07)".to_owned());
    let step = MigrateError::Step { component: "last", version: 1, name: "one", source };
    assert_eq!(failed, step);
    assert_eq!((db.tables().await.unwrap(), database.execute(RECORDS)), before);
}

#[tokio::test]
async fn programs_that_start_at_once_migrate_once() {
    for url in [Database::url, Database::url_through_pgbouncer] {
        let database = fresh();
        let url = url(&database);
        let mut starts = JoinSet::new();
        for _ in 0..8 {
            let url = url.clone();
            starts.spawn(async move { migrate(&open(&url).await.unwrap(), &NEW).await });
        }
        for done in starts.join_all().await {
            assert_eq!(done.unwrap().to, 2);
        }
        assert_eq!(database.execute(RECORDS), "test|1|one\ntest|2|two");
    }
}

#[tokio::test]
async fn a_role_that_may_not_make_tables_uses_those_that_are_there() {
    let database = fresh();
    migrate(&open(&database.url()).await.unwrap(), &NEW).await.unwrap();
    database
        .execute("create role humble login; grant select on all tables in schema public to humble");
    let humble = open(&database.url().replace("tessera@", "humble@")).await.unwrap();
    assert_eq!(migrate(&humble, &NEW).await, Ok(Applied { from: 2, to: 2 }));
    assert!(humble.query("create table four (x int)", &[]).await.is_err());
}

#[tokio::test]
async fn a_transaction_happens_whole_or_not_at_all_and_hands_its_connection_on() {
    let (database, _) = with_items().await;
    // With one connection, whatever comes next runs on the one that was left.
    let db = open_with(&database.url(), 1).await.unwrap();
    let insert = "insert into item values ($1, $2)";
    let mut transaction = db.begin().await.unwrap();
    transaction.execute(insert, &[(&"a", Type::TEXT), (&1, Type::INT4)]).await.unwrap();
    drop(transaction);
    assert_eq!(database.execute("select count(*) from item"), "0");

    let mut transaction = db.begin().await.unwrap();
    assert_eq!(transaction.execute(insert, &[(&"b", Type::TEXT), (&1, Type::INT4)]).await, Ok(1));
    let rows = transaction.query("select name from item", &[]).await.unwrap();
    assert_eq!(rows[0].get::<_, &str>(0), "b");
    assert_eq!(database.execute("select count(*) from item"), "0", "nobody else sees it yet");
    transaction.commit().await.unwrap();

    let twice = "insert into item values ('c', 1), ('c', 1)";
    assert!(db.query(twice, &[]).await.is_err());
    assert_eq!(database.execute("select name from item"), "b");
}

#[tokio::test]
async fn constraints_and_misfits_are_told_apart_without_a_value() {
    let (database, db) = with_items().await;
    database.execute("create table part (of text not null references item)");
    db.query("insert into item values ('secret', 1)", &[]).await.unwrap();
    let refused = |kind, on: &str| DbError::Constraint { kind, on: on.to_owned() };
    for (sql, expected) in [
        ("insert into item values ('secret')", refused(ConstraintKind::Unique, "item_pkey")),
        ("insert into item values ('b', 100)", refused(ConstraintKind::Check, "item_size_check")),
        (
            "insert into part values ('secret2')",
            refused(ConstraintKind::ForeignKey, "part_of_fkey"),
        ),
        ("insert into part values (null)", refused(ConstraintKind::NotNull, "")),
        ("select 'secret'::uuid", DbError::Query("a value does not fit (22P02)".to_owned())),
        ("select x from item", DbError::Query("column \"x\" does not exist (42703)".to_owned())),
    ] {
        assert_eq!(db.query(sql, &[]).await.unwrap_err(), expected, "{sql}");
    }
}

#[tokio::test]
async fn every_statement_has_limits_and_leaves_nothing_on_the_connection() {
    let database = fresh();
    for url in [database.url(), database.url_through_pgbouncer()] {
        let db = open_with(&url, 1).await.unwrap();
        let limits = "select current_setting('statement_timeout'), current_setting('lock_timeout'),
            current_setting('idle_in_transaction_session_timeout')";
        let row = &db.query(limits, &[]).await.unwrap()[0];
        assert_eq!([0, 1, 2].map(|at| row.get::<_, String>(at)), ["5s", "3s", "10s"]);
        let left = "select count(*) from pg_prepared_statements";
        assert_eq!(db.query(left, &[]).await.unwrap()[0].get::<_, i64>(0), 0);
        // On this very connection, outside a transaction of ours.
        let mut transaction = db.begin().await.unwrap();
        transaction.execute("rollback", &[]).await.unwrap();
        let row = &transaction.query(limits, &[]).await.unwrap()[0];
        assert_eq!([0, 1, 2].map(|at| row.get::<_, String>(at)), ["0", "0", "0"]);
    }
}

#[tokio::test]
async fn a_hundred_transactions_share_the_few_connections_of_a_pooler() {
    let (database, _) = with_items().await;
    let db = open_with(&database.url_through_pgbouncer(), 20).await.unwrap();
    let mut all = JoinSet::new();
    for number in 0..100 {
        let db = db.clone();
        all.spawn(async move {
            let name = format!("item {number}");
            let mut transaction = db.begin().await?;
            let insert = "insert into item values ($1)";
            transaction.execute(insert, &[(&name, Type::TEXT)]).await?;
            let read = "select name from item where name = $1";
            let rows = transaction.query(read, &[(&name, Type::TEXT)]).await?;
            assert_eq!(rows[0].get::<_, &str>(0), name);
            transaction.commit().await?;
            let rows = db.query(read, &[(&name, Type::TEXT)]).await?;
            assert_eq!(rows[0].get::<_, &str>(0), name);
            Ok::<_, DbError>(())
        });
    }
    for done in all.join_all().await {
        done.unwrap();
    }
    assert_eq!(database.execute("select count(*) from item"), "100");
}

#[tokio::test]
async fn there_are_never_more_connections_than_allowed() {
    let (database, _) = with_items().await;
    let db = open_with(&database.url(), 2).await.unwrap();
    let held = (db.begin().await.unwrap(), db.begin().await.unwrap());
    // From here on, time passes by itself when everybody waits.
    tokio::time::pause();
    assert_eq!(db.begin().await.unwrap_err(), DbError::Busy);
    tokio::time::resume();
    drop(held);
    db.check().await.unwrap();
    let connected = "select count(*) from pg_stat_activity where datname = current_database()
        and pid <> pg_backend_pid()";
    assert_eq!(database.execute(connected), "2");
}

#[tokio::test]
async fn n14_a_server_that_is_gone_is_unavailable_at_once_and_found_again_by_itself() {
    let cluster = Cluster::start();
    let db = open(&cluster.url("postgres")).await.unwrap();
    db.check().await.unwrap();
    cluster.stop();
    let before = Instant::now();
    for _ in 0..20 {
        assert!(matches!(db.check().await, Err(DbError::Unavailable(_))));
    }
    assert!(before.elapsed() < Duration::from_secs(5));
    let error = open(&cluster.url("postgres")).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot open the database postgres://tessera@127.0.0.1"), "{error}");
    assert!(error.ends_with("Connection refused (os error 111)"), "{error}");

    cluster.start_again();
    let back = Instant::now();
    while db.check().await.is_err() {
        assert!(back.elapsed() < Duration::from_secs(10));
        tokio::task::yield_now().await;
    }
    db.check().await.unwrap();
}

#[tokio::test]
async fn v5_encryption_holds_the_server_to_its_name_and_its_issuer() {
    let issuer = Issuer::new();
    let folder = TempDir::new().unwrap();
    let trusted = write(&folder, "trusted.pem", &issuer.certificate.pem());
    let other = write(&folder, "other.pem", &Issuer::new().certificate.pem());
    let empty = write(&folder, "empty.pem", "");
    let (certificate, key) = issuer.issue("localhost");
    let cluster = Cluster::start_with_tls(&certificate, &key);
    cluster.execute("postgres", "create role ada login password 's@crt'");
    let port = cluster.url("").split(':').next_back().unwrap().replace('/', "");
    let connect = async |host: &str, query: &str| {
        open(&format!("postgres://ada:s%40crt@{host}:{port}/postgres?{query}"))
            .await
            .map_err(|error| error.to_string())
    };

    // As Neon writes its URLs.
    let query = format!("sslmode=require&channel_binding=require&sslrootcert={trusted}");
    let db = connect("localhost", &query).await.unwrap();
    let used = "select version from pg_stat_ssl where pid = pg_backend_pid()";
    assert_eq!(db.query(used, &[]).await.unwrap()[0].get::<_, &str>(0), "TLSv1.3");

    for (host, query, expected) in [
        ("localhost", format!("sslmode=require&sslrootcert={other}"), "invalid peer certificate"),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={trusted}"), "not valid for name"),
        ("localhost", "sslmode=require".to_owned(), "invalid peer certificate"),
        ("localhost", "sslmode=disable".to_owned(), "no encryption"),
        ("localhost", format!("sslmode=require&sslrootcert={empty}"), "holds no certificate"),
        ("localhost", "sslmode=require&sslrootcert=/no/such".to_owned(), "cannot read"),
    ] {
        let error = connect(host, &query).await.unwrap_err();
        assert!(error.contains(expected) && !error.contains("s@crt"), "{query}: {error}");
    }
    let plain = Cluster::start();
    let url = format!("{}?sslmode=require&sslrootcert={trusted}", plain.url("postgres"));
    let error = open(&url.replace("127.0.0.1", "localhost")).await.unwrap_err().to_string();
    assert!(error.contains("server does not support TLS"), "{error}");
}

fn write(folder: &TempDir, name: &str, text: &str) -> String {
    let path: &Path = &folder.path().join(name);
    std::fs::write(path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Who vouches for servers.
struct Issuer {
    certificate: rcgen::Certificate,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

impl Issuer {
    fn new() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::default();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).unwrap();
        Self { certificate, issuer: rcgen::Issuer::new(parameters, key) }
    }

    /// A certificate and its key.
    fn issue(&self, name: &str) -> (String, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

#[tokio::test]
async fn n15_tables_are_described_with_what_every_insert_has_to_name() {
    let database = fresh();
    let db = open(&database.url()).await.unwrap();
    db.migrate(
        "create table b (id bigint generated always as identity, \"A b\" varchar(3) not null, c uuid,
            d timestamptz not null default now(), e text generated always as ('e') stored);
         create table a (id text primary key, at timestamp);
         create view v as select id from a;
         create schema other; create table other.b (id text);",
        &[],
    )
    .await
    .unwrap();
    let column = |name: &str, declared: &str, required: bool| Column {
        name: name.to_owned(),
        declared: declared.to_owned(),
        required,
        unique: required && name == "id",
    };
    let a = vec![column("id", "TEXT", true), column("at", "TIMESTAMP WITHOUT TIME ZONE", false)];
    let b = vec![
        column("id", "BIGINT", false),
        column("A b", "CHARACTER VARYING", true),
        column("c", "UUID", false),
        column("d", "TIMESTAMP WITH TIME ZONE", false),
        column("e", "TEXT", false),
    ];
    let v = vec![column("id", "TEXT", false)];
    let expected = [("a", a), ("b", b), ("v", v)];
    let expected = expected.map(|(name, columns)| Table {
        name: name.to_owned(),
        columns,
        is_view: name == "v",
    });
    assert_eq!(db.tables().await.unwrap(), expected);
    let failed = db.migrate("create table c (x int); create table a (x int);", &[]).await;
    let exists = DbError::Query("relation \"a\" already exists (42P07)".to_owned());
    assert_eq!(failed, Err(MigrateError::Alter(exists)));
    assert_eq!(db.tables().await.unwrap(), expected, "nothing is half altered");
}

#[tokio::test]
async fn n15_the_sql_of_what_is_missing_does_the_same_by_hand() {
    for already in [OLD, Migrations { component: "test", steps: &[] }] {
        let (by_hand, by_itself) = (fresh(), fresh());
        for database in [&by_hand, &by_itself] {
            migrate(&open(&database.url()).await.unwrap(), &already).await.unwrap();
        }
        let db = open(&by_hand.url()).await.unwrap();
        let version = db.version(&NEW).await.unwrap();
        by_hand.execute(&Postgres::migration_sql("", &[(&NEW, version)]));
        let other = open(&by_itself.url()).await.unwrap();
        migrate(&other, &NEW).await.unwrap();
        assert_eq!(db.tables().await.unwrap(), other.tables().await.unwrap());
        assert_eq!(by_hand.execute(RECORDS), by_itself.execute(RECORDS));
        let version = db.version(&NEW).await.unwrap();
        assert_eq!(Postgres::migration_sql("", &[(&NEW, version)]), "");
        assert_eq!(
            db.version(&OLD).await,
            Err(MigrateError::Newer { component: "test", found: 2, known: 1 })
        );
    }
}
