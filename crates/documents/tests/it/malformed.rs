//! Malformed and hostile documents: clear errors, within time and memory.

mod archives;
mod office;
mod others;

use std::time::{Duration, Instant};

use deskhand_documents::DocumentError;

use crate::fixtures::refusal;

/// The error, which must come quickly: refusing may not cost what reading would.
fn refusal_within(seconds: u64, name: &str, bytes: &[u8]) -> String {
    let start = Instant::now();
    let refusal = refusal(name, bytes);
    assert!(
        start.elapsed() < Duration::from_secs(seconds),
        "{name} took {:?}",
        start.elapsed()
    );
    refusal
}

#[test]
fn every_error_has_a_code_of_its_own_and_a_hint() {
    use deskhand_documents::Kind;
    use deskhand_types::Coded as _;
    let part = || "p".to_owned();
    let errors = [
        DocumentError::Empty(Kind::Pdf),
        DocumentError::TooLarge {
            kind: Kind::Pdf,
            bytes: 2,
            limit: 1,
        },
        DocumentError::Bomb { part: part(), limit: 1 },
        DocumentError::TooDeep { part: part(), limit: 1 },
        DocumentError::TooMany {
            part: part(),
            what: "cells",
            limit: 1,
        },
        DocumentError::Ambiguous(part()),
        DocumentError::Entities { part: part() },
        DocumentError::Damaged {
            kind: Kind::Pdf,
            what: part(),
        },
        DocumentError::Protected(Kind::Pdf),
        DocumentError::Unsupported {
            what: part(),
            hint: "x".into(),
        },
        DocumentError::OutOfRange {
            asked: part(),
            total: 1,
            unit: "pages",
        },
        DocumentError::BadPages(part()),
        DocumentError::Timeout {
            kind: Kind::Pdf,
            seconds: 1,
        },
        DocumentError::ParserFailed(Kind::Pdf),
        DocumentError::Busy(4),
    ];
    let codes: std::collections::BTreeSet<String> = errors.iter().map(|error| error.code().to_string()).collect();
    assert_eq!(codes.len(), errors.len());
    for error in &errors {
        assert!(error.code().as_str().starts_with("documents."));
        assert!(error.hint().is_some_and(|hint| !hint.is_empty()), "{error}");
    }
}
