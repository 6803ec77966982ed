//! The files are what the generator writes: none was changed by hand, and none is left over.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn writing_the_files_again_changes_nothing() {
    let conformance = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = tessera_conformance::files(&conformance);
    for (path, text) in &files {
        let there = std::fs::read_to_string(conformance.join(path)).unwrap();
        assert!(there == *text, "{path} is not what `cargo run -p tessera-conformance` writes");
    }
    let there = std::fs::read_dir(&conformance).unwrap();
    let there = there.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<_> = there.filter(|name| name.ends_with(".json")).collect();
    let written = files.keys().filter(|path| !path.contains('/')).cloned();
    let expected: BTreeSet<_> = written.chain(["public-test-keys.json".to_owned()]).collect();
    assert_eq!(there, expected);
}
