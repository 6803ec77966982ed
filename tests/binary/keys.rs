//! `tessera keys`, beside a server that runs on the same database.

use std::path::Path;
use std::process::Output;

use crate::server::{Server, run, text};

const OLD: &str = "an old secret of at least thirty-two bytes";
const NEW: &str = "a new secret of at least thirty-two bytes";

fn keys(folder: &Path, command: &[&str], secrets: &str) -> Output {
    let environment = [("BETTER_AUTH_SECRETS", secrets), ("TESSERA_JWT_ALGORITHM", "EdDSA")];
    run(folder, &[&["keys"], command].concat(), &environment)
}

/// The cells of each line but the first, without those of times.
fn listed(folder: &Path, secrets: &str) -> Vec<(String, String, String)> {
    let output = keys(folder, &["list"], secrets);
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
    let mut lines = text(&output.stdout).lines();
    let head = lines.next().unwrap().split("  ").map(str::trim).filter(|cell| !cell.is_empty());
    let heads = ["kid", "algorithm", "state", "since", "until", "encrypted with"];
    assert_eq!(head.collect::<Vec<_>>(), heads);
    lines
        .map(|line| {
            let cells: Vec<_> =
                line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
            assert_eq!((cells.len(), cells[1]), (6, "EdDSA"), "{line}");
            (cells[0].to_owned(), cells[2].to_owned(), cells[5].to_owned())
        })
        .collect()
}

#[test]
fn n2_keys_are_listed_rotated_and_rewrapped_while_the_server_runs() {
    let old = format!("1:{OLD}");
    let both = format!("2:{NEW},{old}");
    let new = format!("2:{NEW}");
    let server =
        Server::start(&[("BETTER_AUTH_SECRETS", old.as_str()), ("TESSERA_JWT_ALGORITHM", "EdDSA")]);
    let folder = server.path("");
    let said = |command: &[&str], secrets: &str| {
        let output = keys(&folder, command, secrets);
        assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
        text(&output.stdout).to_owned()
    };
    let row =
        |kid: &str, state: &str, seal: &str| (kid.to_owned(), state.to_owned(), seal.to_owned());

    let first = listed(&folder, &old)[0].0.clone();
    assert_eq!(listed(&folder, &old), [row(&first, "active", "secret 1")]);
    assert_eq!(listed(&folder, &new), [row(&first, "retiring", "a secret that is not there")]);

    let rotated = said(&["rotate"], &both);
    let second = rotated.split(' ').next().unwrap().to_owned();
    assert!(rotated.starts_with(&format!("{second} is published from now on, and signs from 2")));
    assert!(rotated.ends_with("Z\nservers that run follow within 30 seconds\n"), "{rotated}");
    let waiting = [row(&second, "pending", "secret 2"), row(&first, "active", "secret 1")];
    assert_eq!(listed(&folder, &both), waiting);
    assert_eq!(said(&["rotate"], &both), rotated, "the key that waits is the one");

    let rotated = said(&["rotate", "--now"], &both);
    let follow = "servers that run follow within 30 seconds";
    assert_eq!(rotated, format!("{second} signs from now on\n{follow}\n"));
    let active = [row(&second, "active", "secret 2"), row(&first, "retiring", "secret 1")];
    assert_eq!(listed(&folder, &both), active);

    let output = keys(&folder, &["rewrap"], &new);
    let said_of_first =
        format!("{first} is encrypted with a secret that is not there, and stays so\n");
    let said_of_second = format!("{second} was encrypted with the first secret already\n");
    assert_eq!(text(&output.stdout), format!("{said_of_second}{said_of_first}"));
    let expected = format!(
        "tessera: no secret opens {first}: give the secret that encrypted it as well, in BETTER_AUTH_SECRETS\n"
    );
    assert_eq!((text(&output.stderr), output.status.code()), (expected.as_str(), Some(1)));
    let rewrapped = format!("{first} is now encrypted with the first secret\n{said_of_second}");
    assert_eq!(said(&["rewrap"], &both), rewrapped);
    let rewrapped = [row(&second, "active", "secret 2"), row(&first, "retiring", "secret 2")];
    assert_eq!(listed(&folder, &new), rewrapped);

    let rotated = said(&["rotate", "--revoke"], &new);
    let third = rotated.split(' ').next().unwrap();
    let revoked = format!("{third} signs from now on\nno other key is published\n{follow}\n");
    assert_eq!(rotated, revoked);
    let states: Vec<_> = listed(&folder, &new).into_iter().map(|(_, state, _)| state).collect();
    assert_eq!(states, ["active", "gone", "gone"]);
}

#[test]
fn n2_no_key_is_made_under_a_secret_that_no_server_has() {
    let old = format!("1:{OLD}");
    let server =
        Server::start(&[("BETTER_AUTH_SECRETS", old.as_str()), ("TESSERA_JWT_ALGORITHM", "EdDSA")]);
    let folder = server.path("");
    let before = listed(&folder, &old);
    let signing = &before[0].0;
    let wrong = format!("1:{NEW}");
    for command in [&["rotate"][..], &["rotate", "--now"], &["rotate", "--revoke"]] {
        let output = keys(&folder, command, &wrong);
        let expected = format!(
            "tessera: no secret opens {signing}, which signs: give the secrets that the servers run with, in BETTER_AUTH_SECRET or BETTER_AUTH_SECRETS\n"
        );
        assert_eq!((text(&output.stderr), output.status.code()), (expected.as_str(), Some(1)));

        let command = [&["keys"], command].concat();
        let output = run(&folder, &command, &[("TESSERA_JWT_ALGORITHM", "EdDSA")]);
        let expected = "tessera: there is no secret in data/auth-secret: set BETTER_AUTH_SECRET or BETTER_AUTH_SECRETS as for the servers\n";
        assert_eq!((text(&output.stderr), output.status.code()), (expected, Some(1)));
    }
    assert!(!folder.join("data/auth-secret").exists(), "and none is generated");
    assert_eq!(listed(&folder, &old), before);
}

#[test]
fn a_command_that_fails_says_what_the_database_said() {
    let secrets = format!("1:{OLD}");
    let server = Server::start(&[
        ("BETTER_AUTH_SECRETS", secrets.as_str()),
        ("TESSERA_JWT_ALGORITHM", "EdDSA"),
    ]);
    let database = rusqlite::Connection::open(server.path("data/tessera.db")).unwrap();
    let trigger = "create trigger broken before insert on tessera_pending_key \
                   begin insert into nowhere values (1); end";
    database.execute_batch(trigger).unwrap();
    let output = keys(&server.path(""), &["rotate"], &secrets);
    let expected = "tessera: the database failed: the query failed: no such table: main.nowhere\n";
    assert_eq!((text(&output.stderr), output.status.code()), (expected, Some(1)));
}

#[test]
fn n2_looking_at_the_keys_changes_no_database() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let path = folder.path().join("data/tessera.db");
    let npm = include_str!("../../crates/store/tests/npm.sql");
    rusqlite::Connection::open(&path).unwrap().execute_batch(npm).unwrap();
    let before = std::fs::read(&path).unwrap();
    let output = keys(folder.path(), &["list"], &format!("1:{OLD}"));
    let expected =
        "tessera: the tables of the database are not up to date: `tessera migrate` does that\n";
    assert_eq!((text(&output.stderr), output.status.code()), (expected, Some(1)));
    assert!(std::fs::read(&path).unwrap() == before, "not one byte");
}

#[test]
fn t4_a_new_jwt_secret_before_the_old_one_refuses_no_token() {
    let tasks = |server: &Server, user: &str, token: &str| {
        let head = format!("GET /api/{user}/tasks HTTP/1.1\r\nauthorization: Bearer {token}");
        server.ask(&head, "").status()
    };
    let secrets = |list: &str| Server::start(&[("TESSERA_JWT_SECRETS", list)]);
    let server = secrets(OLD);
    let body = r#"{"name":"Ada","email":"ada@example.com","password":"correct-horse-7"}"#;
    let answer = server.ask("POST /api/auth/sign-up/email HTTP/1.1", body);
    let token = answer.header("set-auth-jwt").to_owned();
    let user: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let user = user["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(tasks(&server, &user, &token), 200);

    assert_eq!(tasks(&secrets(&format!("{NEW},{OLD}")), &user, &token), 200);
    assert_eq!(tasks(&secrets(NEW), &user, &token), 401);
}

#[test]
fn where_there_are_no_keys_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let eddsa = [("TESSERA_JWT_ALGORITHM", "EdDSA")];
    let output = run(folder.path(), &["keys", "list"], &eddsa);
    let expected =
        "tessera: there is no database at data/tessera.db: a server makes one as it starts\n";
    assert_eq!((text(&output.stderr), output.status.code()), (expected, Some(1)));
    let output = run(folder.path(), &["keys", "list"], &[]);
    let said = text(&output.stderr);
    let expected =
        "tessera: tokens are signed with a shared secret, so there are no signing keys: ";
    assert!(said.starts_with(expected) && output.status.code() == Some(1), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
