//! The document in the repository is the one that is served.

#[test]
fn k4_the_document_in_the_repository_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let current = tessera_tasks::openapi();
    if std::env::var_os("TESSERA_WRITE_OPENAPI").is_some() {
        std::fs::write(path, &current).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    // As values: a dependency may decide the order of members.
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&kept).unwrap(),
        serde_json::from_str::<serde_json::Value>(&current).unwrap(),
        "write it anew: TESSERA_WRITE_OPENAPI=1 cargo test -p tessera-tasks --test openapi"
    );
}
