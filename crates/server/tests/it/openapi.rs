//! The document that is checked in is the one the code gives.
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads and, when told so, writes a file of the repository"
)]

use std::collections::BTreeSet;

use serde_json::Value;

use crate::desk::Desk;

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

#[test]
fn every_operation_of_the_document_is_served() {
    let desk = Desk::new([]);
    let document: Value = serde_json::from_str(&deskhand_server::document().unwrap()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 80, "{} paths", paths.len());
    for (path, operations) in paths {
        // A method that no route has: the answer names those it has.
        let asked = path.trim_start_matches("/api/v1").replace(['{', '}', '*'], "");
        let reply = desk.send("OPTIONS", &asked, &Value::Null);
        let served: BTreeSet<&str> = reply.header("allow").unwrap_or("").split(',').collect();
        for method in operations.as_object().unwrap().keys() {
            assert!(served.contains(&*method.to_uppercase()), "{method} {path}: {served:?}");
        }
    }
}
