//! THREATS.md and COMPATIBILITY.md name tests and files; they exist.

use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::{Path, PathBuf};

/// Every file below `folder` with one of these extensions, dependencies left out.
fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") {
            found.extend(files(&path, extensions));
        } else if path.extension().is_some_and(|own| extensions.iter().any(|other| own == *other)) {
            found.push(path);
        }
    }
    found
}

/// The functions of a Rust file that are marked as tests.
fn rust_tests(source: &str) -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    let mut is_test = false;
    let mut is_listed = false;
    for line in source.lines().map(str::trim_start) {
        // Those that run on every database stand in a list.
        is_listed = line == "on_every_database! {" || is_listed && line != "}";
        if let Some((_, name)) = line.trim_end_matches(',').split_once("::")
            && is_listed
        {
            tests.insert(name.to_owned());
        }
        if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            continue;
        }
        let signature = line.trim_start_matches("pub ").trim_start_matches("async ");
        if let Some((name, _)) = signature.strip_prefix("fn ").and_then(|rest| rest.split_once('('))
            && is_test
        {
            tests.insert(name.to_owned());
        }
        is_test = false;
    }
    tests
}

/// What stands between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_test_that_threats_md_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let exists = |name: &str| {
        let (place, test) = name.split_once("::").unwrap_or_else(|| panic!("`{name}` is no test"));
        let tests = root.join("tests").join(place);
        match place {
            "browser" | "client" | "proxy" => files(&tests, &["js", "mjs"]).iter().any(|file| {
                let source = read_to_string(file).unwrap();
                source.lines().any(|line| {
                    let title = line.trim_start().strip_prefix("test(");
                    title.is_some_and(|title| title.contains(test))
                })
            }),
            "python" => files(&root.join("python/tests"), &["py"]).iter().any(|file| {
                let definition = format!("def {test}(");
                read_to_string(file).unwrap().lines().any(|line| line.starts_with(&definition))
            }),
            _ => [root.join("crates").join(place), tests]
                .iter()
                .flat_map(|folder| files(folder, &["rs"]))
                .any(|file| rust_tests(&read_to_string(file).unwrap()).contains(test)),
        }
    };
    let sources =
        ["crates", "python"].map(|folder| files(&root.join(folder), &["rs", "py"])).concat();
    let threats = read_to_string(root.join("THREATS.md")).unwrap();
    let mut rows = 0;
    for line in threats.lines().filter(|line| line.starts_with("| ") && !line.contains("---")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').collect();
        let [attack, answer, tests] = cells[..] else { panic!("not three cells: {line}") };
        if attack.trim() == "attack" {
            continue;
        }
        rows += 1;
        assert!(code(tests).next().is_some(), "no test: {line}");
        for test in code(tests) {
            assert!(exists(test), "there is no test `{test}`");
        }
        let is_file = |code: &&str| code.ends_with(".rs") || code.ends_with(".py");
        for file in code(answer).filter(is_file) {
            assert!(sources.iter().any(|source| source.ends_with(file)), "there is no `{file}`");
        }
    }
    assert!(rows > 30, "{rows} rows were read");
    assert!(!exists("token::every_test_that_threats_md_names_exists"));
    assert!(!exists("python::every_test_that_threats_md_names_exists"));
    assert!(!exists("browser::every test that THREATS.md names exists"));
}

#[test]
fn every_test_and_path_that_compatibility_md_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = read_to_string(root.join("COMPATIBILITY.md")).unwrap();
    let is_path = |code: &str| {
        ["crates/", "tests/"].iter().any(|folder| code.starts_with(folder)) && !code.contains(' ')
    };
    let has_test = |file: &Path, test: &str| {
        let source = read_to_string(file).unwrap_or_default();
        // Those that run on every database are listed beside it.
        let listed = read_to_string(file.with_file_name("main.rs")).unwrap_or_default();
        rust_tests(&source).contains(test)
            || source.contains(&format!("fn {test}(")) && rust_tests(&listed).contains(test)
    };
    let mut tests = BTreeSet::new();
    // The path that stands right before, and after it nothing but a comma.
    let mut before: Option<&str> = None;
    let mut between = "";
    for (position, part) in text.split('`').enumerate() {
        if position % 2 == 0 {
            between = part;
            continue;
        }
        let beside = before.take().filter(|_| between.trim_end() == ",");
        if is_path(part) {
            assert!(root.join(part).exists(), "there is no `{part}`");
            before = Some(part);
        } else if let Some((module, test)) = part.split_once("::") {
            let file = root.join(format!("crates/http/tests/protocol/{module}.rs"));
            assert!(has_test(&file, test), "there is no test `{part}`");
            tests.insert(part);
        } else if let Some(path) = beside {
            assert!(has_test(&root.join(path), part), "{path} has no test `{part}`");
            tests.insert(part);
        }
    }
    let (_, differences) = text.split_once("## Deliberate differences").unwrap();
    let starts_row =
        |line: &str| line.split_once(". `").is_some_and(|(n, _)| n.parse::<u32>().is_ok());
    let mut rows: Vec<String> = Vec::new();
    for line in differences.lines() {
        match rows.last_mut() {
            _ if starts_row(line) => rows.push(line.to_owned()),
            Some(row) if line.starts_with(' ') => row.push_str(line),
            _ => {}
        }
    }
    assert!(rows.len() > 50, "{} rows were read", rows.len());
    for row in rows {
        let is_held = code(&row).any(|code| tests.contains(code) || code == "tests/differential");
        assert!(is_held || row.contains("All tests"), "no test: {row}");
    }
}
