//! Servers on PostgreSQL: several on one, and one whose database goes and comes back.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tessera_test_postgres::{Cluster, fresh};

use crate::server::{Answer, Server, run, text};
use crate::{OTHER, SECRET};

const PASSWORD: &str = "correct-horse-7";

fn start(url: &str) -> Server {
    Server::start(&[
        ("DATABASE_URL", url),
        ("BETTER_AUTH_SECRET", SECRET),
        ("TESSERA_JWT_SECRET", OTHER),
    ])
}

/// Somebody who has signed up, as a client sees them.
struct Ada {
    id: String,
    cookie: String,
    token: String,
}

impl Ada {
    fn sign_up(server: &Server) -> Self {
        let body = json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD });
        let answer = server.ask("POST /api/auth/sign-up/email HTTP/1.1", &body.to_string());
        assert_eq!(answer.status(), 200, "{answer:?}");
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        let head = format!("GET /api/auth/token HTTP/1.1\r\ncookie: {cookie}");
        let token: Value = serde_json::from_str(&server.ask(&head, "").body).unwrap();
        let user: Value = serde_json::from_str(&answer.body).unwrap();
        let member = |value: &Value| value.as_str().unwrap().to_owned();
        Self { id: member(&user["user"]["id"]), cookie, token: member(&token["token"]) }
    }

    fn sign_in(server: &Server, password: &str) -> Answer {
        let body = json!({ "email": "ada@example.com", "password": password });
        server.ask("POST /api/auth/sign-in/email HTTP/1.1", &body.to_string())
    }

    fn tasks(&self, server: &Server) -> Answer {
        let (id, token) = (&self.id, &self.token);
        let head = format!("GET /api/{id}/tasks HTTP/1.1\r\nauthorization: Bearer {token}");
        server.ask(&head, "")
    }

    fn sign_out(&self, server: &Server) -> Answer {
        let head = format!("POST /api/auth/sign-out HTTP/1.1\r\ncookie: {}", self.cookie);
        server.ask(&head, "{}")
    }
}

#[test]
fn a5_what_one_server_ends_every_other_refuses_within_two_seconds() {
    let database = fresh();
    let (one, other) = (start(&database.url()), start(&database.url_through_pgbouncer()));
    let ada = Ada::sign_up(&one);
    assert_eq!(ada.tasks(&other).status(), 200);
    assert_eq!(ada.sign_out(&one).status(), 200);
    assert_eq!(ada.tasks(&one).status(), 401);
    let ended = Instant::now();
    while ada.tasks(&other).status() != 401 {
        assert!(ended.elapsed() < Duration::from_secs(2));
    }
    // And one that starts afterwards knows it at once.
    assert_eq!(ada.tasks(&start(&database.url())).status(), 401);
}

#[test]
fn n14_a_database_that_is_gone_is_503_and_is_found_again() {
    let cluster = Cluster::start();
    cluster.create_database("app");
    let mut server = start(&cluster.url("app"));
    let ada = Ada::sign_up(&server);
    assert_eq!(server.ask("GET /readyz HTTP/1.1", "").status(), 200);

    cluster.stop();
    let logged = server.logged("ended sessions cannot be read")["error"].clone();
    let cause = logged.as_str().unwrap().strip_prefix("the database is unavailable: ");
    assert!(cause.is_some_and(|cause| !cause.is_empty()), "{logged}");
    let unavailable = r#"{"message":"The service is temporarily unavailable. Please try again.","code":"SERVICE_UNAVAILABLE"}"#;
    for password in [PASSWORD, "a wrong one"] {
        let answer = Ada::sign_in(&server, password);
        assert_eq!((answer.status(), answer.body.as_str()), (503, unavailable));
        assert_eq!(answer.header("retry-after"), "1");
    }
    let body = json!({
        "name": "A", "password": PASSWORD, "currentPassword": PASSWORD, "newPassword": "another-horse-8",
        "accountId": "x",
    });
    for route in [
        "GET /api/auth/get-session",
        "GET /api/auth/token",
        "GET /api/auth/list-sessions",
        "GET /api/auth/list-accounts",
        "POST /api/auth/update-user",
        "POST /api/auth/verify-password",
        "POST /api/auth/change-password",
        "POST /api/auth/unlink-account",
        "POST /api/auth/revoke-sessions",
        "POST /api/auth/sign-out",
    ] {
        let head = format!("{route} HTTP/1.1\r\ncookie: {}", ada.cookie);
        let body = if route.starts_with("GET") { String::new() } else { body.to_string() };
        let answer = server.ask(&head, &body);
        assert_eq!((answer.status(), answer.body.as_str()), (503, unavailable), "{route}");
        assert!(!answer.head.contains("set-cookie"), "{answer:?}");
    }
    let tasks = ada.tasks(&server);
    assert_eq!((tasks.status(), tasks.header("retry-after")), (503, "1"));
    assert_eq!(server.ask("GET /readyz HTTP/1.1", "").status(), 503);
    assert_eq!(server.ask("GET /healthz HTTP/1.1", "").status(), 200);

    cluster.start_again();
    let back = Instant::now();
    while server.ask("GET /readyz HTTP/1.1", "").status() != 200 {
        assert!(back.elapsed() < Duration::from_secs(10));
    }
    assert_eq!(Ada::sign_in(&server, PASSWORD).status(), 200);
    assert_eq!(Ada::sign_in(&server, "a wrong one").status(), 401);
    assert_eq!(ada.tasks(&server).status(), 200);
    server.logged("ended sessions can be read again");
}

#[test]
fn n14_what_a_database_refuses_or_nobody_writes_is_500_and_the_log_names_it() {
    let database = fresh();
    let mut server = start(&database.url());
    let ada = Ada::sign_up(&server);
    let head = format!("GET /api/auth/get-session HTTP/1.1\r\ncookie: {}", ada.cookie);
    let broken = r#"{"message":"Internal server error","code":"INTERNAL_SERVER_ERROR"}"#;
    for (sql, logged) in [
        (
            "alter table session alter column \"expiresAt\" type text",
            "session.expiresAt holds a value of an unknown form",
        ),
        (
            "alter table session rename to gone",
            "the database failed: the query failed: relation \"session\" does not exist (42P01)",
        ),
    ] {
        database.execute(sql);
        let answer = server.ask(&head, "");
        assert_eq!((answer.status(), answer.body.as_str()), (500, broken), "{sql}");
        let line = server.logged("request failed");
        assert_eq!((&line["level"], &line["error"]), (&json!("ERROR"), &json!(logged)));
    }
}

#[test]
fn a3_no_password_of_a_database_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let url = "postgres://ada:s%40crt@127.0.0.1:1/app";
    let output = run(folder.path(), &["print-config", "--redacted"], &[("DATABASE_URL", url)]);
    let shown = "# database_url: postgres://ada@127.0.0.1:1/app  # environment DATABASE_URL";
    assert!(text(&output.stdout).lines().any(|line| line == shown), "{}", text(&output.stdout));

    let output = run(folder.path(), &["check-config", "--database-url", url], &[]);
    let said = "--database-url (flag --database-url): has a password, which others can read";
    assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));

    let origin = ("BETTER_AUTH_URL", "http://localhost:3000");
    let output = run(folder.path(), &[], &[("DATABASE_URL", url), ("PORT", "0"), origin]);
    let said = text(&output.stderr);
    assert!(said.contains("cannot open the database postgres://ada@127.0.0.1:1/app: "), "{said}");
    assert!(!said.contains("s@crt") && !said.contains("s%40crt"), "{said}");
}

#[test]
fn n15_a_table_task_of_the_applications_is_left_alone() {
    let database = fresh();
    database.execute("create table task (what text); insert into task values ('theirs');");
    let server = start(&database.url());
    let ada = Ada::sign_up(&server);
    assert_eq!(ada.tasks(&server).body, r#"{"tasks":[],"next_cursor":null}"#);
    assert_eq!(database.execute("select what from task"), "theirs");
}

#[test]
fn n15_a_failure_in_the_last_statement_leaves_nothing() {
    let database = fresh();
    let url = database.url();
    let environment = [
        ("DATABASE_URL", url.as_str()),
        ("PORT", "0"),
        ("BETTER_AUTH_URL", "http://localhost:3000"),
        ("BETTER_AUTH_SECRET", SECRET),
        ("TESSERA_JWT_SECRET", OTHER),
    ];
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["migrate"], &environment).status.success());
    database.execute(
        "delete from tessera_migration; drop table tessera_task; alter table jwks drop column crv;
         create table of_theirs (crv int) inherits (jwks);",
    );
    let is_as_it_was = || {
        let records = database.execute("select count(*) from tessera_migration");
        let column = "select count(*) from information_schema.columns
            where table_name = 'jwks' and column_name = 'crv'";
        let table = "select to_regclass('tessera_task') is null";
        [records, database.execute(column), database.execute(table)] == ["0", "0", "t"]
    };
    // Nothing else: what is there already is no news, in the log of a server neither.
    let refused = "tessera: the tables could not be altered: the query failed: child table \
        \"of_theirs\" has different type for column \"crv\" (42804)\n";
    assert_eq!(text(&run(folder.path(), &["migrate"], &environment).stderr), refused);
    assert!(is_as_it_was());
    database.execute(
        "drop table of_theirs; alter table jwks add column crv text;
         create table tessera_task_of_user_newest_first (x int);",
    );
    let refused = "tessera: migration 2 (tessera_task) of tasks failed: the query failed: relation \
        \"tessera_task_of_user_newest_first\" already exists (42P07)\n";
    assert_eq!(text(&run(folder.path(), &["serve"], &environment).stderr), refused);
}

#[test]
fn n15_n16_tables_and_people_move_from_sqlite() {
    let sqlite = crate::database::Database::of_npm("");
    let folder = sqlite.folder.path();
    let exported = run(folder, &["users", "export"], &[]).stdout;

    let database = fresh();
    let url = database.url();
    let environment = [("DATABASE_URL", url.as_str())];
    let on_postgres = |arguments: &[&str]| run(folder, arguments, &environment);
    let nobody = on_postgres(&["users", "export"]);
    let expected = "tessera: the database has no table user: `tessera migrate` makes it\n";
    assert_eq!((text(&nobody.stderr), nobody.status.code()), (expected, Some(1)));

    let plan = on_postgres(&["migrate", "--plan"]);
    assert_eq!((text(&plan.stderr), plan.status.code()), ("", Some(0)));
    let tables = "select count(*) from pg_tables where schemaname = 'public'";
    assert_eq!(database.execute(tables), "0", "a plan changes nothing");
    database.execute(text(&plan.stdout));
    assert_eq!(text(&on_postgres(&["migrate", "--plan"]).stdout), "-- nothing to do\n");
    let nothing = on_postgres(&["migrate"]);
    assert!(text(&nothing.stdout).ends_with(": nothing to do\n"), "{}", text(&nothing.stdout));

    std::fs::write(folder.join("people"), &exported).unwrap();
    let server = start(&url);
    for (arguments, said) in [
        (&["users", "import", "people", "--dry-run"][..], "2 would be added, 0 there already"),
        (&["users", "import", "people"], "2 added, 0 there already"),
        (&["users", "import", "people"], "0 added, 2 there already"),
    ] {
        let output = on_postgres(arguments);
        assert_eq!(text(&output.stderr), "");
        assert_eq!(text(&output.stdout), format!("{said}, 0 refused\n"));
    }
    assert_eq!(on_postgres(&["users", "export"]).stdout, exported);
    assert_eq!(Ada::sign_in(&server, PASSWORD).status(), 200);
    assert_eq!(Ada::sign_in(&server, "another-horse-7").status(), 401);

    let indexes = || {
        database.execute(
            "select indexname from pg_indexes where indexname like '%_idx'
                 and indexname not like 'tessera%' order by 1",
        )
    };
    let all = "account_userId_idx\nsession_userId_idx\nverification_identifier_idx";
    assert_eq!(indexes(), all);
    database.execute("drop index \"session_userId_idx\"");
    drop(start(&url));
    let rest = "account_userId_idx\nverification_identifier_idx";
    assert_eq!(indexes(), rest, "a server that starts adds none");
    let added = on_postgres(&["migrate"]);
    let said = ": added an index on session.userId\n";
    assert!(text(&added.stdout).ends_with(said), "{}", text(&added.stdout));
    assert_eq!(indexes(), all);

    database.execute("alter table jwks drop column alg");
    let output = run(
        folder,
        &["serve"],
        &[environment[0], ("PORT", "0"), ("BETTER_AUTH_URL", "http://localhost:3000")],
    );
    let said = text(&output.stderr);
    assert!(
        said.starts_with("tessera: the database lacks jwks.alg, which an older version"),
        "{said}"
    );
    let added = on_postgres(&["migrate"]);
    assert!(text(&added.stdout).ends_with(": added jwks.alg\n"), "{}", text(&added.stdout));
}
