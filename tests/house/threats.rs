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
            _ => [root.join("crates").join(place), tests]
                .iter()
                .flat_map(|folder| files(folder, &["rs"]))
                .any(|file| rust_tests(&read_to_string(file).unwrap()).contains(test)),
        }
    };
    let sources = files(&root.join("crates"), &["rs"]);
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
        for file in code(answer).filter(|code| code.ends_with(".rs")) {
            assert!(sources.iter().any(|source| source.ends_with(file)), "there is no `{file}`");
        }
    }
    assert!(rows > 30, "{rows} rows were read");
    assert!(!exists("token::every_test_that_threats_md_names_exists"));
    assert!(!exists("browser::every test that THREATS.md names exists"));
}

#[test]
fn every_path_that_compatibility_md_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = read_to_string(root.join("COMPATIBILITY.md")).unwrap();
    let is_path = |code: &&str| {
        ["crates/", "tests/"].iter().any(|folder| code.starts_with(folder)) && !code.contains(' ')
    };
    let paths: BTreeSet<_> = code(&text).filter(is_path).collect();
    for path in &paths {
        assert!(root.join(path).exists(), "there is no `{path}`");
    }
    assert!(paths.len() > 5, "{paths:?}");
}
