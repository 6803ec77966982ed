//! The house rules, held over `cargo metadata`: which crate may depend on which, and what every
//! crate has.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test, its helpers included, fails by panicking"
)]

mod threats;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The arrows of ARCHITECTURE.md: each crate, and the crates of ours that it builds on.
const ARROWS: &[(&str, &[&str])] = &[
    ("tessera-token", &[]),
    ("tessera-verify", &["tessera-token"]),
    ("tessera-axum", &["tessera-verify"]),
    ("tessera-engine", &["tessera-token"]),
    ("tessera-db", &[]),
    ("tessera-store", &["tessera-db", "tessera-engine"]),
    ("tessera-http", &["tessera-engine", "tessera-token"]),
    ("tessera-mail", &["tessera-engine"]),
    ("tessera-tasks", &["tessera-axum", "tessera-db"]),
    (
        "tessera",
        &[
            "tessera-axum",
            "tessera-db",
            "tessera-engine",
            "tessera-http",
            "tessera-mail",
            "tessera-store",
            "tessera-tasks",
            "tessera-token",
            "tessera-verify",
        ],
    ),
    ("tessera-load", &[]),
    ("tessera-bench-verify", &["tessera-axum", "tessera-token", "tessera-verify"]),
    ("tessera-conformance", &[]),
    ("tessera-python", &["tessera-token", "tessera-verify"]),
    ("tessera-test-postgres", &[]),
];

/// `cargo metadata` of the whole workspace, every feature on.
fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--all-features", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("no text {member} in {value}"))
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().unwrap_or_else(|| panic!("no list {member} in {value}"))
}

/// The packages of the workspace.
fn members(metadata: &Value) -> Vec<&Value> {
    let ids = list(metadata, "workspace_members");
    list(metadata, "packages").iter().filter(|package| ids.contains(&package["id"])).collect()
}

/// What each package, ours or not, is built from: dependencies for tests are left out.
fn built_from(metadata: &Value) -> BTreeMap<&str, BTreeSet<&str>> {
    let packages = list(metadata, "packages");
    let names: BTreeMap<&str, &str> =
        packages.iter().map(|package| (text(package, "id"), text(package, "name"))).collect();
    let mut built_from: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for node in list(&metadata["resolve"], "nodes") {
        let of_this = built_from.entry(names[text(node, "id")]).or_default();
        for dependency in list(node, "deps") {
            let not_for_tests = |kind: &Value| kind["kind"] != "dev";
            if list(dependency, "dep_kinds").iter().any(not_for_tests) {
                of_this.insert(names[text(dependency, "pkg")]);
            }
        }
    }
    built_from
}

/// Everything that `package` is built from, near or far.
fn reached<'a>(
    package: &str,
    built_from: &BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<&str> = built_from[package].iter().copied().collect();
    while let Some(next) = ahead.pop() {
        if reached.insert(next) {
            ahead.extend(&built_from[next]);
        }
    }
    reached
}

fn is_ours(package: &str) -> bool {
    ARROWS.iter().any(|(name, _)| *name == package)
}

#[test]
fn dependencies_point_one_way() {
    let metadata = metadata();
    let built_from = built_from(&metadata);
    let found: BTreeMap<&str, Vec<&str>> = members(&metadata)
        .into_iter()
        .map(|package| text(package, "name"))
        .map(|name| (name, built_from[name].iter().copied().filter(|name| is_ours(name)).collect()))
        .collect();
    let expected: BTreeMap<&str, Vec<&str>> =
        ARROWS.iter().map(|(name, builds_on)| (*name, builds_on.to_vec())).collect();
    assert_eq!(found, expected);
}

#[test]
fn v4_the_task_api_reaches_nothing_that_issues_tokens() {
    let metadata = metadata();
    let reached = reached("tessera-tasks", &built_from(&metadata));
    for issuing in ["tessera-engine", "tessera-store", "tessera-http"] {
        assert!(!reached.contains(issuing), "tessera-tasks reaches {issuing}");
    }
    assert!(reached.contains("tessera-token"), "the walk goes further than one step");
}

#[test]
fn tokens_and_their_verification_do_no_input_or_output() {
    let metadata = metadata();
    let built_from = built_from(&metadata);
    for package in ["tessera-token", "tessera-verify"] {
        let reached = reached(package, &built_from);
        for io in ["tokio", "hyper", "rusqlite"] {
            assert!(!reached.contains(io), "{package} reaches {io}");
        }
    }
}

#[test]
fn there_is_no_openssl() {
    let metadata = metadata();
    for package in list(&metadata, "packages") {
        let name = text(package, "name");
        assert!(!["openssl", "openssl-sys", "native-tls"].contains(&name), "{name}");
    }
}

/// No release of `rsa` is free of a timing oracle.
#[test]
fn rustsec_2023_0071_no_rsa_but_that_of_aws_lc() {
    let metadata = metadata();
    let names: BTreeSet<&str> =
        list(&metadata, "packages").iter().map(|package| text(package, "name")).collect();
    assert!(names.contains("aws-lc-rs"));
    assert!(!names.contains("rsa"));
}

/// PyO3's macros write `unsafe` code and allow it there, which `forbid` forbids.
#[test]
fn the_python_package_keeps_the_house_lints_but_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |file: &str| -> toml::Table {
        std::fs::read_to_string(root.join(file)).unwrap().parse().unwrap()
    };
    let mut house = read("Cargo.toml")["workspace"]["lints"].clone();
    house["rust"]["unsafe_code"] = "deny".into();
    assert_eq!(read("python/Cargo.toml")["lints"], house);
}

#[test]
fn every_crate_says_what_it_is_and_keeps_the_house_lints() {
    let metadata = metadata();
    for package in members(&metadata) {
        let name = text(package, "name");
        let manifest = Path::new(text(package, "manifest_path"));
        let read = |file: &str| {
            let path = manifest.with_file_name(file);
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {file}: {error}"))
        };
        let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
        if name != "tessera-python" {
            assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{name}: lints");
        }
        if ["tessera-load", "tessera-bench-verify"].contains(&name) {
            continue; // A tool, not a library: bench/README.md says what it is.
        }
        let doc = "#![doc = include_str!(\"../README.md\")]";
        assert!(read("src/lib.rs").starts_with(doc), "{name}: README.md is not the crate's doc");
        let lines = read("README.md").lines().filter(|line| !line.is_empty()).count();
        assert!(lines >= 10, "{name}: README.md has {lines} lines");
    }
}
