//! Every direct dependency is there for a reason that is written down.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Declared, members};
use super::{assert_none, read};

/// Direct dependencies without a line in `docs/dependencies.md`, and lines about what is not one.
fn unexplained(members: &BTreeMap<String, Vec<Declared>>, reasons: &str) -> Vec<String> {
    // "- `crate`, `crate` (where) — what for"
    let explained: BTreeSet<&str> = reasons
        .lines()
        .filter_map(|line| line.strip_prefix("- ")?.split(['—', '(']).next())
        .flat_map(|names| names.split('`').skip(1).step_by(2))
        .collect();
    let used: BTreeSet<&str> = members
        .values()
        .flatten()
        .map(|dependency| dependency.name.as_str())
        .filter(|name| !members.contains_key(*name))
        .collect();
    let missing = used
        .difference(&explained)
        .map(|name| format!("{name} has no line in docs/dependencies.md"));
    let left = explained
        .difference(&used)
        .map(|name| format!("docs/dependencies.md explains {name}, which nothing uses"));
    missing.chain(left).collect()
}

#[test]
fn every_dependency_is_explained() {
    assert_none(&unexplained(&members(), &read("docs/dependencies.md")));
}

#[test]
fn a_planted_dependency_is_found() {
    let declared = |name: &str| Declared {
        name: name.to_owned(),
        for_tests: false,
    };
    let members = BTreeMap::from([
        (
            "deskhand-types".to_owned(),
            vec![declared("serde"), declared("left-pad")],
        ),
        ("deskhand-agent".to_owned(), vec![declared("deskhand-types")]),
    ]);
    let reasons = "# Dependencies\n- `serde`, `gone` (`types`) — data, not `by-hand`.\n";
    assert_eq!(
        unexplained(&members, reasons),
        [
            "left-pad has no line in docs/dependencies.md",
            "docs/dependencies.md explains gone, which nothing uses"
        ]
    );
}
