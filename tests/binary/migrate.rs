//! `tessera migrate`, and what the server says to a database that it cannot use.

use std::path::Path;
use std::process::Output;

use crate::database::Database;
use crate::server::{Server, run, text};

const ENVIRONMENT: &[(&str, &str)] = &[("PORT", "0"), ("BETTER_AUTH_URL", "http://localhost:3000")];

/// What the command prints where it succeeds.
fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments, &[]);
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
    text(&output.stdout).to_owned()
}

fn assert_refused(output: &Output, message: &str) {
    assert_eq!(text(&output.stderr), format!("tessera: {message}\n"));
    assert_eq!((text(&output.stdout), output.status.code()), ("", Some(1)));
}

#[test]
fn n15_a_database_of_npm_gets_tables_of_ours_and_keeps_its_own() {
    let (planned, migrated) = (Database::of_npm(""), Database::of_npm(""));
    let (before, schema) = (planned.bytes(), planned.schema());

    let plan = succeeds(planned.folder.path(), &["migrate", "--plan"]);
    assert!(plan.starts_with("-- `IF NOT EXISTS` leaves alone what is there.\n"), "{plan}");
    assert!(planned.bytes() == before, "a plan changes nothing");
    let files = std::fs::read_dir(planned.folder.path().join("data")).unwrap();
    assert_eq!(files.count(), 1, "and makes nothing");

    let done = succeeds(migrated.folder.path(), &["migrate"]);
    assert!(
        done.starts_with("data/tessera.db: brought the auth tables from version 0 to "),
        "{done}"
    );
    planned.sql(&plan);
    assert_eq!(planned.schema(), migrated.schema(), "the plan is what runs");
    for made_by_npm in schema {
        assert!(migrated.schema().contains(&made_by_npm), "{}", made_by_npm.0);
    }
    for database in [planned, migrated] {
        let folder = database.folder.path();
        assert_eq!(succeeds(folder, &["migrate", "--plan"]), "-- nothing to do\n");
        assert_eq!(succeeds(folder, &["migrate"]), "data/tessera.db: nothing to do\n");
    }
}

#[test]
fn n15_where_there_is_no_database_the_plan_makes_none_and_migrate_does() {
    let (planned, migrated) = (Database::none(), Database::none());
    let plan = succeeds(planned.folder.path(), &["migrate", "--plan"]);
    assert!(!planned.path().exists());
    let empty = Database::of(&plan);
    succeeds(migrated.folder.path(), &["migrate"]);
    assert_eq!(empty.schema(), migrated.schema());
    let copy = migrated.folder.path().join("copy.db");
    std::fs::copy(migrated.path(), &copy).unwrap();
    let copy = rusqlite::Connection::open(copy).unwrap();
    let people = "select count(*) from user";
    assert_eq!(copy.query_row(people, [], |row| row.get::<_, u32>(0)).unwrap(), 0, "it is whole");
    let server = Server::start_in(empty.folder, &[]);
    assert_eq!(server.ask("GET /readyz HTTP/1.1", "").status(), 200);
}

#[test]
fn n15_columns_that_may_be_empty_are_added_by_whoever_asks_for_it() {
    let older = "alter table jwks drop column alg; alter table jwks drop column crv;
                 alter table account drop column refreshTokenExpiresAt;";
    let database = Database::of_npm(older);
    let before = database.bytes();
    let folder = database.folder.path();
    assert_refused(
        &run(folder, &["serve"], ENVIRONMENT),
        "the database lacks account.refreshTokenExpiresAt, jwks.alg, jwks.crv, which an older \
         version of Better Auth did not make: `tessera migrate` adds what is missing, and `tessera \
         migrate --plan` shows how",
    );
    assert!(database.bytes() == before);
    let plan = succeeds(folder, &["migrate", "--plan"]);
    let added = "alter table \"account\" add column \"refreshTokenExpiresAt\" date;
alter table \"jwks\" add column \"alg\" text;
alter table \"jwks\" add column \"crv\" text;
";
    assert!(plan.contains(added), "{plan}");
    let done = succeeds(folder, &["migrate"]);
    let said = "data/tessera.db: added account.refreshTokenExpiresAt, jwks.alg, jwks.crv\n";
    assert!(done.starts_with(said), "{done}");
    Server::start_in(database.folder, &[]);
}

#[test]
fn n15_tables_that_cannot_be_used_are_named_and_nothing_changes() {
    let unusable = "the tables in this database cannot be used:\n  ";
    for (changes, message) in [
        (
            "alter table session drop column createdAt;",
            "session.createdAt is missing, and cannot be added without knowing its values: bring \
             the database up to date with Better Auth's own migration first",
        ),
        (
            "alter table user rename column emailVerified to email_verified;",
            "user.emailVerified is missing, and cannot be added without knowing its values: bring \
             the database up to date with Better Auth's own migration first\n  \
             user.email_verified must not be null and has no default, and no row of Tessera's has a \
             value for it: give it a default, or allow null",
        ),
        (
            "alter table user add column plan text not null default 'x';
             create table u as select * from user; drop table user;
             create table user (id integer primary key, name text not null, email text unique,
               emailVerified integer not null, image text, createdAt date, updatedAt date);",
            "user.id has the type INTEGER, which does not hold text",
        ),
        (
            "alter table verification drop column expiresAt;
             alter table verification add column expiresAt integer;",
            "verification.expiresAt has the type INTEGER, which does not hold times as Better \
             Auth's own adapter writes them",
        ),
        (
            "alter table user drop column emailVerified;
             alter table user add column emailVerified text;",
            "user.emailVerified has the type TEXT, which does not hold a boolean as Better Auth's \
             own adapter writes it",
        ),
        (
            "drop table session; create table session (id text primary key, expiresAt date,
               token text unique, createdAt date, updatedAt date, ipAddress text, userAgent text,
               userId text, tenant text not null);",
            "session.tenant must not be null and has no default, and no row of Tessera's has a \
             value for it: give it a default, or allow null",
        ),
        (
            "update user set createdAt = 1795000000000 where name = 'Bob';
             update session set expiresAt = 1795000000000.5;",
            "user.createdAt holds times that are not texts, as Prisma writes them: turn them into \
             texts such as 2026-11-21T04:00:00.000Z first\n  \
             session.expiresAt holds times that are not texts, as Prisma writes them: turn them \
             into texts such as 2026-11-21T04:00:00.000Z first",
        ),
        (
            "create table u as select * from user; drop table user; alter table u rename to user;
             create unique index two on user (id, email);
             create unique index some on user (email) where emailVerified;
             create unique index other on user (id, lower(email));",
            "user.id has no unique index, and must not have one value twice: add one\n  \
             user.email has no unique index, and must not have one value twice: add one",
        ),
        (
            "alter table verification rename to v; create view verification as select * from v;",
            "verification is a view, and has to be a table",
        ),
        (
            "drop table verification; create table VERIFICATION (ID text primary key, VALUE text);",
            "verification.identifier is missing, and cannot be added without knowing its values: \
             bring the database up to date with Better Auth's own migration first\n  \
             verification.expiresAt is missing, and cannot be added without knowing its values: \
             bring the database up to date with Better Auth's own migration first\n  \
             verification.createdAt is missing, and cannot be added without knowing its values: \
             bring the database up to date with Better Auth's own migration first\n  \
             verification.updatedAt is missing, and cannot be added without knowing its values: \
             bring the database up to date with Better Auth's own migration first",
        ),
    ] {
        let database = Database::of_npm(changes);
        let before = database.bytes();
        for command in [&["serve"][..], &["migrate"], &["migrate", "--plan"]] {
            let output = run(database.folder.path(), command, ENVIRONMENT);
            assert_refused(&output, &format!("{unusable}{message}"));
        }
        assert!(database.bytes() == before, "{message}");
    }
}

#[test]
fn n15_a_database_of_a_newer_version_is_refused_and_nothing_changes() {
    let database = Database::none();
    succeeds(database.folder.path(), &["migrate"]);
    for component in ["auth", "tasks"] {
        database.sql(&format!(
            "delete from tessera_migration where version = 99; insert into tessera_migration \
             (component, version, name) values ('{component}', 99, 'from the future');"
        ));
        database.sql("pragma journal_mode = delete;");
        let before = database.bytes();
        for command in [&["serve"][..], &["migrate"], &["migrate", "--plan"]] {
            let output = run(database.folder.path(), command, ENVIRONMENT);
            let said = text(&output.stderr);
            let expected = format!(
                "tessera: the database is newer than this program: its {component} tables have \
                 version 99, this program knows "
            );
            assert!(said.starts_with(&expected), "{said}");
            assert!(said.ends_with("; start the newer program instead\n"), "{said}");
            assert_eq!(output.status.code(), Some(1));
        }
        assert!(database.bytes() == before, "{component}");
    }
}

#[test]
fn n15_what_is_the_applications_own_is_left_alone() {
    let theirs = "create table twoFactor (id text primary key, secret text not null);
        insert into twoFactor values ('1', 'theirs');
        alter table user add column plan text not null default 'free';
        alter table user add column nickname text;
        drop index verification_identifier_idx;";
    let database = Database::of_npm(theirs);
    let server = Server::start_in(database.folder, &[]);
    let body = r#"{"name":"Cleo","email":"cleo@example.com","password":"correct-horse-7"}"#;
    let answer = server.ask("POST /api/auth/sign-up/email HTTP/1.1", body);
    assert_eq!(answer.status(), 200, "{answer:?}");
    let body = r#"{"email":"ada@example.com","password":"correct-horse-7"}"#;
    let answer = server.ask("POST /api/auth/sign-in/email HTTP/1.1", body);
    assert_eq!(answer.status(), 200, "{answer:?}");
    let count = |sql| crate::database::number(&server.path(""), sql);
    assert_eq!(count("select count(*) from twoFactor where secret = 'theirs'"), 1);
    assert_eq!(count("select count(*) from user where plan = 'free'"), 3);
}

#[test]
fn n15_a_table_task_of_the_applications_is_left_alone() {
    let theirs = "create table task (what text); insert into task values ('theirs');";
    let database = Database::of_npm(theirs);
    let before = database.schema();
    let server = Server::start_in(database.folder, &[]);
    assert_eq!(server.ask("GET /readyz HTTP/1.1", "").status(), 200);
    let theirs = "select count(*) from task where what = 'theirs'";
    assert_eq!(crate::database::number(&server.path(""), theirs), 1);
    let after = crate::database::schema(&server.path(""));
    assert!(before.iter().all(|made_by_them| after.contains(made_by_them)), "{after:?}");
}

#[test]
fn n15_a_table_task_of_an_earlier_version_is_renamed_as_the_plan_says() {
    let earlier = || {
        let database = Database::none();
        succeeds(database.folder.path(), &["migrate"]);
        database.sql(
            "alter table tessera_task rename to task; drop index tessera_task_of_user_newest_first;
             create index task_of_user_newest_first on task (user_id, created_at desc, id desc);
             update tessera_migration set version = 1, name = 'task' where component = 'tasks';
             insert into task values ('1', 'ada', 'hers', null, 0, 'then', 'then');",
        );
        database
    };
    let (planned, migrated) = (earlier(), earlier());
    let plan = succeeds(planned.folder.path(), &["migrate", "--plan"]);
    assert!(plan.contains("\nALTER TABLE task RENAME TO tessera_task;\n"), "{plan}");
    planned.sql(&plan);
    let done = succeeds(migrated.folder.path(), &["migrate"]);
    assert_eq!(done, "data/tessera.db: brought the tasks tables from version 1 to 2\n");
    assert_eq!(planned.schema(), migrated.schema(), "the plan is what runs");
    for database in [planned, migrated] {
        let hers = "select count(*) from tessera_task where title = 'hers'";
        assert_eq!(crate::database::number(database.folder.path(), hers), 1);
        assert_eq!(
            succeeds(database.folder.path(), &["migrate"]),
            "data/tessera.db: nothing to do\n"
        );
    }

    let lost = earlier();
    lost.sql("drop table task; create table task (what text);");
    assert_refused(
        &run(lost.folder.path(), &["migrate"], ENVIRONMENT),
        "the database has lost its table task: restore it from a backup",
    );
}

#[test]
fn n15_a_table_of_the_same_name_and_a_table_that_is_lost_are_told_apart() {
    let database = Database::of_npm("create table Tessera_Task (what text);");
    let before = database.bytes();
    for command in [&["serve"][..], &["migrate"], &["migrate", "--plan"]] {
        assert_refused(
            &run(database.folder.path(), command, ENVIRONMENT),
            "the database has a table tessera_task, and no record that Tessera made it: give \
             Tessera a database of its own with DATABASE_URL",
        );
    }
    assert!(database.bytes() == before);

    for table in ["verification", "tessera_task"] {
        let database = Database::none();
        succeeds(database.folder.path(), &["migrate"]);
        database.sql(&format!("drop table {table};"));
        for command in ["serve", "migrate"] {
            assert_refused(
                &run(database.folder.path(), &[command], ENVIRONMENT),
                &format!("the database has lost its table {table}: restore it from a backup"),
            );
        }
    }
}

#[test]
fn n15_a_failure_in_the_last_statement_leaves_nothing() {
    // It is the last statement that makes this index.
    let taken = "alter table jwks drop column alg;
        create index tessera_task_of_user_newest_first on user (name);";
    let (planned, migrated) = (Database::of_npm(taken), Database::of_npm(taken));
    let before = migrated.schema();
    let plan = succeeds(planned.folder.path(), &["migrate", "--plan"]);
    assert!(plan.contains("\nBEGIN IMMEDIATE;\nalter table \"jwks\" add column "), "{plan}");
    assert!(plan.ends_with("\nCOMMIT;\n"), "{plan}");
    assert_eq!(plan.matches("COMMIT").count(), 1, "{plan}");
    assert_refused(
        &run(migrated.folder.path(), &["migrate"], ENVIRONMENT),
        "migration 2 (tessera_task) of tasks failed: the query failed: index \
         tessera_task_of_user_newest_first already exists",
    );
    assert_eq!(migrated.schema(), before);
    let by_hand = rusqlite::Connection::open(planned.path()).unwrap();
    by_hand.execute_batch(&plan).unwrap_err();
    drop(by_hand);
    assert_eq!(planned.schema(), before);
}

#[test]
fn n15_migrate_works_beside_a_server() {
    let server = Server::start(&[]);
    assert_eq!(succeeds(&server.path(""), &["migrate"]), "data/tessera.db: nothing to do\n");
    assert_eq!(server.ask("GET /readyz HTTP/1.1", "").status(), 200);
}

#[test]
fn n14_a_corrupt_row_that_a_start_needs_is_named_and_the_server_does_not_start() {
    let database = Database::none();
    succeeds(database.folder.path(), &["migrate"]);
    database.sql("insert into tessera_ended_session values ('session', 'ada', 'someday');");
    assert_refused(
        &run(database.folder.path(), &["serve"], ENVIRONMENT),
        "cannot read which sessions have ended: tessera_ended_session.until holds a value of an \
         unknown form",
    );
}
