#![doc = include_str!("../README.md")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "it makes test files, and stops where one cannot be made"
)]

mod forge;
mod object;
mod theme;
mod themes;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::forge::Forge;

/// Everything that is written, by its path below `conformance/`, as it should now be.
///
/// # Panics
///
/// Where a vector cannot be made.
pub fn files(conformance: &Path) -> BTreeMap<String, String> {
    let keys = conformance.join("public-test-keys.json");
    let forge = Forge::open(&keys, &conformance.join(SIGNATURES));
    let mut files = BTreeMap::new();
    for theme in themes::all(&forge) {
        files.insert(format!("{}.json", theme.name), pretty(&theme));
    }
    files.insert(SIGNATURES.to_owned(), pretty(&forge.signatures()));
    files
}

const SIGNATURES: &str = "generate/signatures.json";

fn pretty(file: &impl Serialize) -> String {
    serde_json::to_string_pretty(file).expect("plain members have a JSON form") + "\n"
}
