//! The page of a log with every kind of event.

use std::collections::BTreeSet;

use deskhand_server::view::Outside;
use deskhand_types::EventBody;
use serde_json::json;

use super::story::everything;

/// The kinds there are, as the parser names them when it meets one that is not.
fn kinds() -> BTreeSet<String> {
    let error = serde_json::from_value::<EventBody>(json!({"kind": "?", "body": {}}))
        .unwrap_err()
        .to_string();
    let (_, expected) = error.split_once("expected one of ").unwrap();
    expected
        .split(", ")
        .map(|kind| kind.trim_matches('`').to_owned())
        .collect()
}

#[test]
fn the_log_has_every_kind_of_event() {
    let there: BTreeSet<String> = everything()
        .events
        .iter()
        .map(|event| event.body.kind().to_owned())
        .collect();
    assert_eq!(there, kinds());
}

#[test]
fn a_page_shows_everything_that_happened() {
    let page = everything().thread().page(&Outside {
        title: None,
        pinned: true,
        archived: false,
        working: false,
    });
    insta::assert_snapshot!(serde_json::to_string_pretty(&page).unwrap());
}
