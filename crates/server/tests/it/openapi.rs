//! The document that is checked in is the one the code gives.
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads and, when told so, writes a file of the repository"
)]

#[test]
fn the_openapi_document_is_current() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let current = deskhand_server::document().unwrap();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(file, &current).unwrap();
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        kept == current,
        "docs/openapi.json is old: run the tests with UPDATE_OPENAPI=1"
    );
}
