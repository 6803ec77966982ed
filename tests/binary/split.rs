//! The two halves as processes of their own.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};
use tessera_test_postgres::fresh;

use crate::server::{Answer, Server, run, text};
use crate::{OTHER, SECRET};

const AUTH: (&str, &str) = ("TESSERA_ONLY", "auth");
const API: (&str, &str) = ("TESSERA_ONLY", "api");

/// Somebody who has signed up at the one half, and asks the other.
struct Ada {
    id: String,
    cookie: String,
    token: String,
}

impl Ada {
    fn sign_up(auth: &Server, email: &str) -> Self {
        let body = json!({ "name": "Ada", "email": email, "password": "correct-horse-7" });
        let answer = auth.ask("POST /api/auth/sign-up/email HTTP/1.1", &body.to_string());
        assert_eq!(answer.status(), 200, "{answer:?}");
        let user: Value = serde_json::from_str(&answer.body).unwrap();
        Self {
            id: user["user"]["id"].as_str().unwrap().to_owned(),
            cookie: answer.header("set-cookie").split(';').next().unwrap().to_owned(),
            token: answer.header("set-auth-jwt").to_owned(),
        }
    }

    fn asks(&self, api: &Server, request: &str, body: &str) -> Answer {
        let (method, path) = request.split_once(' ').unwrap();
        let (id, token) = (&self.id, &self.token);
        let head = format!("{method} /api/{id}{path} HTTP/1.1\r\nauthorization: Bearer {token}");
        api.ask(&head, body)
    }

    fn sign_out(&self, auth: &Server) {
        let head = format!("POST /api/auth/sign-out HTTP/1.1\r\ncookie: {}", self.cookie);
        assert_eq!(auth.ask(&head, "{}").status(), 200);
    }
}

fn tables(database: &Path) -> Vec<String> {
    let db = Connection::open(database).unwrap();
    let sql = "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'";
    let mut tables = db.prepare(&format!("{sql} order by name")).unwrap();
    let rows = tables.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn v4_two_processes_share_a_secret_and_nothing_else() {
    let auth =
        Server::start(&[AUTH, ("BETTER_AUTH_SECRET", SECRET), ("TESSERA_JWT_SECRET", OTHER)]);
    let api = Server::start(&[API, ("TESSERA_JWT_SECRET", OTHER)]);
    assert_eq!((&auth.ready["serves"], &api.ready["serves"]), (&json!("auth"), &json!("api")));
    assert_eq!(api.ready["message"], "Tessera is ready to serve the task API");

    let (ada, bob) = (Ada::sign_up(&auth, "ada@x.example"), Ada::sign_up(&auth, "bob@x.example"));
    let made = ada.asks(&api, "POST /tasks", r#"{"title":"in another process"}"#);
    assert_eq!(made.status(), 201, "{made:?}");
    let list: Value = serde_json::from_str(&ada.asks(&api, "GET /tasks", "").body).unwrap();
    assert_eq!(list["tasks"][0]["title"], "in another process");
    let empty = r#"{"tasks":[],"next_cursor":null}"#;
    assert_eq!(bob.asks(&api, "GET /tasks", "").body, empty, "Bob has no task");
    let foreign = Ada { id: ada.id.clone(), ..bob };
    assert_eq!(foreign.asks(&api, "GET /tasks", "").status(), 404);

    // Nobody tells the API: a token lives until it expires.
    ada.sign_out(&auth);
    assert_eq!(ada.asks(&api, "GET /tasks", "").status(), 200);
}

#[test]
fn v4_each_process_has_the_paths_and_the_tables_of_its_half() {
    let auth =
        Server::start(&[AUTH, ("BETTER_AUTH_SECRET", SECRET), ("TESSERA_JWT_SECRET", OTHER)]);
    let api = Server::start(&[API, ("TESSERA_JWT_SECRET", OTHER)]);
    let not_found = r#"{"message":"Not found","code":"NOT_FOUND"}"#;
    for path in ["/api/ada/tasks", "/api/ada/tasks/1", "/docs", "/api/openapi.json"] {
        let answer = auth.ask(&format!("GET {path} HTTP/1.1"), "");
        assert_eq!((answer.status(), answer.body.as_str()), (404, not_found), "{path}");
        assert_ne!(api.ask(&format!("GET {path} HTTP/1.1"), "").body, not_found, "{path}");
    }
    for path in
        ["/api/auth/get-session", "/api/auth/jwks", "/", "/sign-in", "/config.json", "/dev/mail"]
    {
        let answer = api.ask(&format!("GET {path} HTTP/1.1\r\naccept: text/html"), "");
        assert_eq!((answer.status(), answer.body.as_str()), (404, not_found), "{path}");
    }
    let answer = api.ask("POST /api/auth/sign-up/email HTTP/1.1", "{}");
    assert_eq!((answer.status(), answer.body.as_str()), (404, not_found));
    for server in [&auth, &api] {
        for path in ["/healthz", "/readyz"] {
            assert_eq!(server.ask(&format!("GET {path} HTTP/1.1"), "").status(), 200);
        }
    }

    assert_eq!(tables(&api.path("data/tasks.db")), ["tessera_migration", "tessera_task"]);
    let of_auth = tables(&auth.path("data/tessera.db"));
    assert!(of_auth.iter().any(|table| table == "user"), "{of_auth:?}");
    assert!(!of_auth.iter().any(|table| table == "tessera_task"), "{of_auth:?}");
    let is_secret = |name: &String| name.ends_with("-secret");
    assert!(!files(&api.path("data")).iter().any(is_secret));
}

#[test]
fn t2_an_api_with_the_url_of_the_keys_holds_no_secret() {
    let eddsa = ("TESSERA_JWT_ALGORITHM", "EdDSA");
    let auth = Server::start(&[AUTH, eddsa, ("BETTER_AUTH_SECRET", SECRET)]);
    let url = format!("http://{}/api/auth/jwks", auth.address);
    let ada = Ada::sign_up(&auth, "ada@x.example");
    // Which algorithm it is, the keys say: the auth server may be about to change it.
    for algorithm in ["EdDSA", "ES256"] {
        let algorithm = ("TESSERA_JWT_ALGORITHM", algorithm);
        let api = Server::start(&[API, ("TESSERA_JWKS_URL", &url), algorithm]);
        assert_eq!(ada.asks(&api, "GET /tasks", "").status(), 200);
    }

    // One that looks for them where they are not says so, and lets nobody in.
    let nowhere = format!("http://{}/api/auth/ok", auth.address);
    let mut lost = Server::start(&[API, ("TESSERA_JWKS_URL", &nowhere)]);
    let answer = ada.asks(&lost, "GET /tasks", "");
    assert_eq!(answer.status(), 503, "{answer:?}");
    assert!(answer.body.contains("KEYS_UNAVAILABLE"), "{answer:?}");
    assert_eq!(lost.ask("GET /healthz HTTP/1.1", "").status(), 200);
    let refused = lost.logged("");
    assert_eq!(refused["reason"], "keys_unavailable", "{refused}");
}

#[test]
fn an_api_has_the_web_app_where_the_auth_server_has_none() {
    let web_app = ("TESSERA_WEB_APP", "on");
    let api = Server::start(&[API, web_app, ("TESSERA_JWT_SECRET", OTHER)]);
    let config = api.ask("GET /config.json HTTP/1.1", "").body;
    assert_eq!(config, r#"{"apiUrl":null,"tasksGoWithAccount":false}"#);
    for path in ["/", "/sign-in", "/tasks"] {
        let page = api.ask(&format!("GET {path} HTTP/1.1\r\naccept: text/html"), "");
        assert_eq!((page.status(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    }
    // The auth server's paths are no pages.
    let not_found = r#"{"message":"Not found","code":"NOT_FOUND"}"#;
    let answer = api.ask("GET /api/auth/get-session HTTP/1.1\r\naccept: text/html", "");
    assert_eq!((answer.status(), answer.body.as_str()), (404, not_found));
}

#[test]
fn v5_an_api_without_a_secret_does_not_start_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let environment = [API, ("BETTER_AUTH_URL", "http://localhost:3000"), ("PORT", "0")];
    let output = run(folder.path(), &["serve"], &environment);
    assert_eq!(
        text(&output.stderr),
        "tessera: there is no secret in data/jwt-secret: set TESSERA_JWT_SECRET or TESSERA_JWT_SECRETS as for the auth server, or start that first, with the same data folder\n"
    );
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(files(folder.path()), [""; 0]);
    // Beside an auth server in the same folder, it is there.
    let auth = Server::start(&[AUTH]);
    let ada = Ada::sign_up(&auth, "ada@x.example");
    let data = auth.path("data");
    let api = Server::start(&[API, ("TESSERA_DATA_DIR", data.to_str().unwrap())]);
    assert_eq!(ada.asks(&api, "GET /tasks", "").status(), 200);
}

#[test]
fn a_command_about_accounts_is_not_for_an_api() {
    let folder = tempfile::tempdir().unwrap();
    let environment = [API, ("BETTER_AUTH_URL", "http://localhost:3000")];
    for arguments in [&["keys", "list"][..], &["users", "export"]] {
        let output = run(folder.path(), arguments, &environment);
        let expected = "tessera: there are no accounts with --only api: this is a command for the auth server\n";
        assert_eq!((text(&output.stderr), output.status.code()), (expected, Some(1)));
    }
    let plan = run(folder.path(), &["migrate", "--plan"], &environment);
    let sql = text(&plan.stdout);
    assert!(sql.contains("tessera_task") && !sql.contains(r#""user""#), "{sql}");
}

#[test]
fn a5_on_one_postgresql_an_api_hears_of_a_sign_out() {
    let database = fresh();
    let url = database.url();
    let database = ("DATABASE_URL", url.as_str());
    let secret = ("TESSERA_JWT_SECRET", OTHER);
    // The API is first: the table of ended sessions is not there yet.
    let api = Server::start(&[API, database, secret]);
    let auth = Server::start(&[AUTH, database, secret, ("BETTER_AUTH_SECRET", SECRET)]);
    let ada = Ada::sign_up(&auth, "ada@x.example");
    assert_eq!(ada.asks(&api, "GET /tasks", "").status(), 200);
    ada.sign_out(&auth);
    // How soon, `watch.rs` shows on a clock that nothing else holds up.
    let ended = Instant::now();
    while ada.asks(&api, "GET /tasks", "").status() != 401 {
        assert!(ended.elapsed() < Duration::from_secs(30), "it has not heard of it");
    }
    // And one that starts afterwards knows it at once.
    let api = Server::start(&[API, database, secret]);
    assert_eq!(ada.asks(&api, "GET /tasks", "").status(), 401);
}
