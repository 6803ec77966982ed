//! `tessera users`: people in and out.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::database::{Database, number};
use crate::server::{Server, run, tessera, text};

/// `correct-horse-7`, hashed by Python's bcrypt and by argon2-cffi.
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuSQyLzxZtaUFpi/q2P5wWap0qvqIvC5q";
const ARGON2ID: &str = "$argon2id$v=19$m=8192,t=2,p=2$dGVzc2VyYSBvZiBhIHNhbHQ$0SZctAiG/tu994ay2nNuN34h61qaqprAsXo3o0SuRPw";

const WARNING: &str = "tessera: the export holds password hashes and tokens: guard it like the \
                       database; --without-secrets leaves them out\n";

/// Runs an import whose standard input is this.
fn import(folder: &Path, arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
    let mut process = tessera(folder)
        .args(["users", "import"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(input.as_ref()).unwrap();
    process.wait_with_output().unwrap()
}

#[track_caller]
fn assert_ended(output: &Output, code: i32, stdout: &str, stderr: &str) {
    assert_eq!((text(&output.stdout), text(&output.stderr)), (stdout, stderr));
    assert_eq!(output.status.code(), Some(code));
}

fn export(folder: &Path) -> Vec<u8> {
    let output = run(folder, &["users", "export"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    output.stdout
}

fn person(number: usize) -> String {
    format!(
        "{{\"id\":\"{number}\",\"email\":\"p{number}@example.com\",\"password\":\"{BCRYPT}\"}}\n"
    )
}

#[test]
fn n16_what_comes_out_goes_in_and_comes_out_the_same() {
    let linked = "
        insert into account (id, accountId, providerId, userId, accessToken, refreshToken, idToken,
            accessTokenExpiresAt, refreshTokenExpiresAt, scope, createdAt, updatedAt)
        select 'aaa', '4711', 'github', id, 'access', 'refresh', 'id.token',
            '2026-11-22T00:00:00.000Z', '2027-11-22T00:00:00.000Z', 'user:email',
            '2026-11-21T15:00:00.000Z', '2026-11-21T15:00:00.001Z' from user where name = 'Ada';
        update user set name = 'Ada \"é\" 🦀', image = 'https://example.com/ada.png',
            emailVerified = 1, updatedAt = '2026-11-21T16:00:00.000Z' where name = 'Ada';";
    let npm = Database::of_npm(linked);
    let before = npm.bytes();
    let output = run(npm.folder.path(), &["users", "export"], &[]);
    let ada = concat!(
        r#"{"id":"EbXQIRCMHIbxLZ5rzogwxSkUBCwQLI9r","email":"ada@example.com","name":"Ada \"é\" 🦀","emailVerified":true,"image":"https://example.com/ada.png","createdAt":"2026-11-21T14:08:29.899Z","updatedAt":"2026-11-21T16:00:00.000Z","accounts":["#,
        r#"{"id":"aaa","providerId":"github","accountId":"4711","accessToken":"access","refreshToken":"refresh","idToken":"id.token","accessTokenExpiresAt":"2026-11-22T00:00:00.000Z","refreshTokenExpiresAt":"2027-11-22T00:00:00.000Z","scope":"user:email","createdAt":"2026-11-21T15:00:00.000Z","updatedAt":"2026-11-21T15:00:00.001Z"},"#,
        r#"{"id":"ie4ernyEWHg6CzDZoLTmpvqtJVN6ojWy","providerId":"credential","accountId":"EbXQIRCMHIbxLZ5rzogwxSkUBCwQLI9r","password":"fbe6555d45f789db74a526fe81c557b5:65d91d2ff793bd102ca0d420f1dcd3259126b5b9710fdf13b43d4ac4836ce77065159d8956daa5b6270678ffb4e24a84c63371a8924fb62d79e5855fb3da65dc","createdAt":"2026-11-21T14:08:29.918Z","updatedAt":"2026-11-21T14:08:29.918Z"}]}"#,
    );
    let bob = concat!(
        r#"{"id":"eUGoWgaGm8waQR0oUDSzmsTBRfAgtY5h","email":"bob@example.com","name":"Bob","emailVerified":false,"image":null,"createdAt":"2026-11-21T14:08:31.173Z","updatedAt":"2026-11-21T14:08:31.173Z","accounts":["#,
        r#"{"id":"EkdV1nOLU0IvoPPgUMf6T0gUzE0Sp2Um","providerId":"credential","accountId":"eUGoWgaGm8waQR0oUDSzmsTBRfAgtY5h","password":"4d516a9a7d13f78672d73b9523d0dd4f:cbb1341bad109f99ec32033c4bf24144da6e06a3b2c331843a9a610d7667cc5e0b0f6b09890160cacaabc3b0abc13b13437dea97c25caec7d5fed2709b66c61e","createdAt":"2026-11-21T14:08:31.175Z","updatedAt":"2026-11-21T14:08:31.175Z"}]}"#,
    );
    let said = format!("{WARNING}tessera: 2 people exported\n");
    assert_ended(&output, 0, &format!("{ada}\n{bob}\n"), &said);
    assert!(npm.bytes() == before, "an export changes nothing");

    let empty = Database::none();
    let imported = import(empty.folder.path(), &[], &output.stdout);
    assert_ended(&imported, 0, "2 added, 0 there already, 0 refused\n", "");
    assert_eq!(export(empty.folder.path()), output.stdout);
    let again = import(empty.folder.path(), &[], &output.stdout);
    assert_ended(&again, 0, "0 added, 2 there already, 0 refused\n", "");
    assert_eq!(export(empty.folder.path()), output.stdout);
}

#[test]
fn n16_an_export_without_secrets_holds_none() {
    let npm = Database::of_npm(
        "insert into account (id, accountId, providerId, userId, accessToken, refreshToken, idToken,
            createdAt, updatedAt)
         select id || 'a', id, 'github', id, 's3cret-a', 's3cret-r', 's3cret-i', createdAt,
            updatedAt from user;",
    );
    let folder = npm.folder.path();
    let output = run(folder, &["users", "export", "--without-secrets", "--output", "people"], &[]);
    assert_ended(&output, 0, "", "tessera: 2 people exported\n");
    let file = folder.join("people");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written.lines().count(), 2);
    for secret in ["s3cret", "password", "fbe6555d45f789db74a526fe81c557b5", "4d516a9a7d13f78672"] {
        assert!(!written.contains(secret), "{secret}");
    }
    let output = run(folder, &["users", "export", "--output", "people"], &[]);
    let refused =
        format!("{WARNING}tessera: cannot open people: there is a file of this name already\n");
    assert_ended(&output, 1, "", &refused);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written, "no file is overwritten");
    // Who comes without a password has to make one.
    let empty = Database::none();
    let imported = import(empty.folder.path(), &[], &written);
    assert_ended(&imported, 0, "2 added, 0 there already, 0 refused\n", "");
}

#[test]
fn n16_people_come_in_beside_a_server_and_sign_in_at_once() {
    let server = Server::start(&[]);
    let sign_in = |email: &str, password: &str| {
        let body = format!(r#"{{"email":"{email}","password":"{password}"}}"#);
        server.ask("POST /api/auth/sign-in/email HTTP/1.1", &body)
    };
    let lines = format!(
        "{{\"id\":\"7\",\"email\":\" Ada@Example.com\",\"name\":\"Ada\",\"password\":\"{BCRYPT}\"}}\n\n\
         {{\"id\":\"8\",\"email\":\"bob@example.com\",\"emailVerified\":true,\
           \"createdAt\":\"2020-01-01T00:00:00+01:00\",\"accounts\":[{{\"providerId\":\"credential\",\
           \"accountId\":\"8\",\"password\":\"{ARGON2ID}\"}}]}}"
    );
    std::fs::write(server.path("people.ndjson"), lines).unwrap();
    let output = run(&server.path(""), &["users", "import", "people.ndjson"], &[]);
    assert_ended(&output, 0, "2 added, 0 there already, 0 refused\n", "");

    for (email, id) in [("ada@example.com", "7"), ("bob@example.com", "8")] {
        assert_eq!(sign_in(email, "correct-horse-8").status(), 401);
        let answer = sign_in(email, "correct-horse-7");
        assert_eq!(answer.status(), 200, "{answer:?}");
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["user"]["id"], id);
    }
    let rehashed = "select count(*) from account where length(password) = 161";
    assert_eq!(number(&server.path(""), rehashed), 2);
    assert_eq!(sign_in("ada@example.com", "correct-horse-7").status(), 200);
    let bob = "select count(*) from user where id = '8' and emailVerified
               and createdAt = '2019-12-31T23:00:00.000Z' and updatedAt = createdAt";
    assert_eq!(number(&server.path(""), bob), 1);
    // What has changed since stays as it is.
    let output = run(&server.path(""), &["users", "import", "people.ndjson"], &[]);
    assert_ended(&output, 0, "0 added, 2 there already, 0 refused\n", "");
    assert_eq!(number(&server.path(""), rehashed), 2);
}

/// Lines that are refused, and what is said of each.
fn bad_lines() -> Vec<(Vec<u8>, String)> {
    let of = |members: &str| format!(r#"{{"id":"x","email":"x@example.com",{members}}}"#);
    let hash = |hash: &str| of(&format!(r#""password":"{hash}""#));
    let account = |members: &str| {
        of(&format!(r#""accounts":[{{"providerId":"credential","accountId":"x",{members}}}]"#))
    };
    let unknown =
        "password is neither Better Auth's own form, nor bcrypt, argon2id, argon2i or scrypt";
    let costly = "password is a hash that costs too much to check";
    let id = "id is not a text of 1 to 255 bytes without control characters";
    let text = |line: String, why: &str| (line.into_bytes(), why.to_owned());
    vec![
        (vec![0xff, 0xfe, 0x00], "is not UTF-8".to_owned()),
        text("hello".to_owned(), "is not a JSON object"),
        text(r#"{"id":"x","email":"#.to_owned(), "is not JSON, from column 18 on"),
        text(r#"["x","x@example.com"]"#.to_owned(), "is not a JSON object"),
        text(
            r#"{"id":"x","email":"x@example.com"} more"#.to_owned(),
            "is not JSON, from column 36 on",
        ),
        text(r#"{"id":"x"}"#.to_owned(), "missing field `email`, at column 10"),
        text(r#"{"id":7,"email":"x@example.com"}"#.to_owned(), "expected a string, at column 7"),
        text(of(r#""id":"y""#), "duplicate field `id`, at column 38"),
        text(of(r#""emailVerified":"s3cret""#), "expected a boolean, at column 58"),
        text(r#"{"id":"","email":"x@example.com"}"#.to_owned(), id),
        text(r#"{"id":"a\u0000","email":"x@example.com"}"#.to_owned(), id),
        text(r#"{"id":"x","email":"x"}"#.to_owned(), "email is not an e-mail address"),
        text(
            of(r#""createdAt":"yesterday""#),
            "createdAt is not a time such as 2026-11-21T04:00:00.000Z",
        ),
        text(of(&format!(r#""name":"{}""#, "x".repeat(257))), "name is longer than 256 characters"),
        text(
            of(&format!(r#""image":"{}""#, "x".repeat(2049))),
            "image is longer than 2048 characters",
        ),
        text(hash("s3cret"), unknown),
        text(hash("$1$salt$s3cret"), unknown),
        text(hash(&BCRYPT.replace("$04$", "$31$")), costly),
        text(hash(&ARGON2ID.replace("m=8192", "m=4194304")), costly),
        text(
            account(r#""createdAt":"never""#),
            "createdAt is not a time such as 2026-11-21T04:00:00.000Z",
        ),
        text(
            account(r#""id":"""#),
            "the id of an account is not a text of 1 to 255 bytes without control characters",
        ),
        text(
            format!(
                r#"{{"id":"x","email":"x@example.com","password":"{BCRYPT}","accounts":[{{"providerId":"credential","accountId":"x","password":"{BCRYPT}"}}]}}"#
            ),
            "there are two credential accounts",
        ),
        text(
            of(r#""accounts":[{"providerId":"credential","accountId":"y"}]"#),
            "the accountId of a credential account is not the id of its person",
        ),
        text(
            of(
                r#""accounts":[{"id":"a","providerId":"github","accountId":"1"},{"id":"a","providerId":"gitlab","accountId":"1"}]"#,
            ),
            "two accounts have one id",
        ),
        text(
            of(
                r#""accounts":[{"providerId":"github","accountId":"1"},{"providerId":"github","accountId":"1"}]"#,
            ),
            "two accounts are one and the same at their provider",
        ),
        text(
            of(r#""accounts":[{"providerId":"github","accountId":"1","scope":"\u0000"}]"#),
            "scope has the character U+0000",
        ),
        text(of(r#""name":"\u0000""#), "name has the character U+0000"),
        text(of(r#""image":"\u001b[0m""#), "image has a control character"),
        text(
            of(&format!(
                r#""accounts":[{{"providerId":"github","accountId":"1","password":"{BCRYPT}"}}]"#
            )),
            "an account of a provider has a password",
        ),
        (vec![b'x'; 10_000_000], "is longer than 1048576 bytes".to_owned()),
        ((0..=255).filter(|byte| *byte != b'\n').collect(), "is not UTF-8".to_owned()),
    ]
}

#[test]
fn n16_each_bad_line_is_named_and_the_others_come_in() {
    let (mut input, mut report, mut number_of_line) = (Vec::new(), String::new(), 0);
    let bad = bad_lines();
    for (index, (line, why)) in bad.iter().enumerate() {
        input.extend_from_slice(line);
        input.extend_from_slice(b"\r\n");
        input.extend_from_slice(person(index).as_bytes());
        report += &format!("line {}: {why}\n", number_of_line + 1);
        number_of_line += 2;
    }
    let (read, refused) = (2 * bad.len(), bad.len());
    let said = format!("{refused} added, 0 there already, {refused} refused\n");

    let database = Database::none();
    let folder = database.folder.path();
    let output = import(folder, &[], &input);
    let ended =
        format!("{report}tessera: {refused} of {read} lines were refused; they are listed above\n");
    assert_ended(&output, 2, &said, &ended);
    assert_eq!(number(folder, "select count(*) from user"), u32::try_from(refused).unwrap());

    let output = import(folder, &["--report", "report.txt"], &input);
    let said = format!("0 added, {refused} there already, {refused} refused\n");
    let ended = format!("tessera: {refused} of {read} lines were refused; report.txt lists them\n");
    assert_ended(&output, 2, &said, &ended);
    assert_eq!(std::fs::read_to_string(folder.join("report.txt")).unwrap(), report);
}

#[test]
fn n16_unknown_members_are_named() {
    let database = Database::none();
    let output = import(
        database.folder.path(),
        &[],
        r#"{"id":"x","email":"x@example.com","emailVerifed":true}"#,
    );
    let said = text(&output.stderr);
    assert!(
        said.starts_with("line 1: unknown field `emailVerifed`, expected one of `id`, "),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn n16_conflicts_are_told_and_nobody_is_changed() {
    let npm = Database::of_npm(
        "insert into account (id, accountId, providerId, userId, createdAt, updatedAt)
         select 'g', '7', 'google', id, createdAt, updatedAt from user where name = 'Ada';",
    );
    let folder = npm.folder.path();
    let (ada, bob) = ("EbXQIRCMHIbxLZ5rzogwxSkUBCwQLI9r", "eUGoWgaGm8waQR0oUDSzmsTBRfAgtY5h");
    let line = |id: &str, email: &str, members: &str| {
        format!("{{\"id\":\"{id}\",\"email\":\"{email}\"{members}}}\n")
    };
    let lines = [
        line(ada, "ada@example.com", r#","name":"Somebody else""#),
        line(ada, "new@example.com", ""),
        line("new", "bob@example.com", ""),
        line(bob, "ada@example.com", ""),
        line("one", "one@example.com", r#","accounts":[{"id":"ie4ernyEWHg6CzDZoLTmpvqtJVN6ojWy","providerId":"github","accountId":"1"}]"#),
        line("two", "two@example.com", ""),
        line("two", "TWO@example.com", ""),
        line("two", "three@example.com", ""),
        line("three", "two@example.com", ""),
        line("four", "four@example.com", r#","accounts":[{"id":"f","providerId":"github","accountId":"4711"}]"#),
        line("five", "five@example.com", r#","accounts":[{"id":"f","providerId":"github","accountId":"5"}]"#),
        line("six", "six@example.com", r#","accounts":[{"providerId":"github","accountId":"4711"}]"#),
        line("seven", "seven@example.com", r#","accounts":[{"providerId":"google","accountId":"7"}]"#),
    ]
    .concat();
    let report = format!(
        "line 2: has the id of line 1
line 3: bob@example.com is there already with the id {bob}
line 4: has the email of line 1
line 5: one@example.com has an account ie4ernyEWHg6CzDZoLTmpvqtJVN6ojWy that is there already
line 8: has the id of line 6
line 9: has the email of line 6
line 11: has an account with the id of one of line 10
line 12: has an account at github that line 10 has
line 13: seven@example.com has an account at google that {ada} has already
tessera: 9 of 13 lines were refused; they are listed above
"
    );
    run(folder, &["migrate"], &[]);
    let before = export(folder);
    let output = import(folder, &["--dry-run"], &lines);
    assert_ended(&output, 2, "2 would be added, 2 there already, 9 refused\n", &report);
    assert_eq!(export(folder), before, "a dry run changes nothing");

    let output = import(folder, &[], &lines);
    assert_ended(&output, 2, "2 added, 2 there already, 9 refused\n", &report);
    let after = export(folder);
    for unchanged in text(&before).lines() {
        assert!(text(&after).lines().any(|line| line == unchanged), "{unchanged}");
    }
    assert_eq!(number(folder, "select count(*) from user"), 4);
    assert_eq!(number(folder, "select count(*) from user where name = 'Ada'"), 1);

    let taken = [line(ada, "new@example.com", ""), line(bob, "ada@example.com", "")].concat();
    let report = "line 1: the id of new@example.com belongs to ada@example.com already
line 2: the id of ada@example.com belongs to bob@example.com already
tessera: 2 of 2 lines were refused; they are listed above
";
    let output = import(folder, &[], taken);
    assert_ended(&output, 2, "0 added, 0 there already, 2 refused\n", report);
}

#[test]
fn n16_an_import_that_was_killed_goes_on_where_it_was() {
    let database = Database::none();
    let folder = database.folder.path();
    let mut process = tessera(folder)
        .args(["users", "import"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let people: String = (0..1_200).map(person).collect();
    let mut input = process.stdin.take().unwrap();
    input.write_all(b"nobody\n").unwrap();
    input.write_all(people.as_bytes()).unwrap();
    // The first batch is reported once it has been committed; the rest waits for the input to end.
    let mut report = BufReader::new(process.stderr.take().unwrap());
    let mut line = String::new();
    report.read_line(&mut line).unwrap();
    assert_eq!(line, "line 1: is not a JSON object\n");
    process.kill().unwrap();
    process.wait().unwrap();
    let there = number(folder, "select count(*) from user");
    assert!((499..1_200).contains(&there), "{there}");

    let output = import(folder, &[], people);
    let said = format!("{} added, {there} there already, 0 refused\n", 1_200 - there);
    assert_ended(&output, 0, &said, "");
    assert_eq!(number(folder, "select count(*) from user"), 1_200);
    assert_eq!(number(folder, "select count(*) from account where password is not null"), 1_200);
    let exported = export(folder);
    assert_eq!(text(&exported).lines().count(), 1_200, "over several pages");
}

#[test]
fn n16_what_is_not_there_is_said() {
    let none = Database::none();
    let folder = none.folder.path();
    let missing = "tessera: cannot open the database data/tessera.db: No such file or directory (os error 2)\n";
    for arguments in [&["users", "export"][..], &["users", "import", "--dry-run"]] {
        assert_ended(&run(folder, arguments, &[]), 1, "", missing);
    }
    let output = run(folder, &["users", "import", "nowhere.ndjson"], &[]);
    let expected = "tessera: cannot open nowhere.ndjson: No such file or directory (os error 2)\n";
    assert_ended(&output, 1, "", expected);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);

    let empty = Database::of("create table other (x);");
    let output = run(empty.folder.path(), &["users", "export"], &[]);
    assert_ended(
        &output,
        1,
        "",
        "tessera: the database has no table user: `tessera migrate` makes it\n",
    );

    let corrupt = Database::of_npm("update user set createdAt = 'someday' where name = 'Bob';");
    let output = run(corrupt.folder.path(), &["users", "export"], &[]);
    let said = "tessera: user.createdAt holds a value of an unknown form\n";
    assert_ended(&output, 1, "", &format!("{WARNING}{said}"));
    // What fails leaves no file that would be taken for everybody, or be in the way of the next.
    for _ in 0..2 {
        let output = run(corrupt.folder.path(), &["users", "export", "--output", "people"], &[]);
        assert_ended(&output, 1, "", &format!("{WARNING}{said}"));
        assert_eq!(std::fs::read_dir(corrupt.folder.path()).unwrap().count(), 1, "data");
    }
}
