//! What `docs/trust.md` says is proved, is: each test it names is there, each incident has one, and each defence has an edit
//! that switches it off (`scripts/defences.toml`) and still fits the source.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{assert_none, read, root};

const PAGE: &str = "docs/trust.md";

/// Incidents in the list that the tests are named after.
const INCIDENTS: usize = 18;

#[derive(Deserialize)]
struct Switches {
    defence: Vec<Switch>,
}

#[derive(Deserialize)]
struct Switch {
    name: String,
    test: String,
    file: String,
    old: String,
    new: String,
}

fn switches() -> Vec<Switch> {
    toml::from_str::<Switches>(&read("scripts/defences.toml"))
        .unwrap()
        .defence
}

/// The tests a page names, as `crate module::test` or `file.test.mjs: title`.
fn named(page: &str) -> Vec<&str> {
    let code = page.split('`').skip(1).step_by(2);
    code.filter(|code| code.starts_with("deskhand-") && code.contains("::") || code.contains(".test.mjs: "))
        .collect()
}

/// Tests that are named and are not there. `source` gives the text of a file of the repository.
fn missing(page: &str, source: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let absent = |name: &&str| !is_there(name, source).unwrap_or(false);
    let absent = named(page).into_iter().filter(absent);
    absent.map(|name| format!("there is no test `{name}`")).collect()
}

fn is_there(name: &str, source: &dyn Fn(&str) -> Option<String>) -> Option<bool> {
    if let Some((file, title)) = name.split_once(": ") {
        return Some(source(&format!("ui/e2e/{file}"))?.contains(&format!("test('{title}'")));
    }
    let (package, test) = name.split_once(' ')?;
    let (module, function) = test.rsplit_once("::")?;
    let krate = package.strip_prefix("deskhand-")?;
    let text = source(&format!("crates/{krate}/tests/it/{}.rs", module.replace("::", "/")))?;
    let at = text.find(&format!("fn {function}("))?;
    // A function that is a test: an attribute stands right before it.
    let before = text.get(..at)?.trim_end_matches("async ").trim_end();
    let lines = before.lines().rev().map(str::trim_start);
    let mut attributes = lines.take_while(|line| line.starts_with("#["));
    Some(attributes.any(|line| line == "#[test]" || line.starts_with("#[tokio::test")))
}

fn source(path: &str) -> Option<String> {
    std::fs::read_to_string(root().join(path)).ok()
}

/// Incidents without a test in the page.
fn incidents_without_test(page: &str) -> Vec<String> {
    let numbers: BTreeSet<usize> = named(page)
        .iter()
        .filter_map(|name| name.split_once("incident_")?.1.get(..2)?.parse().ok())
        .collect();
    (1..=INCIDENTS)
        .filter(|number| !numbers.contains(number))
        .map(|number| format!("incident {number} has no test"))
        .collect()
}

/// Switches that do not fit the source, or whose test the page does not name.
fn loose(switches: &[Switch], page: &str, source: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let named = named(page);
    let mut faults = Vec::new();
    for switch in switches {
        let found = source(&switch.file).map_or(0, |text| text.matches(&switch.old).count());
        if found != 1 || switch.old == switch.new {
            faults.push(format!(
                "{}: its line stands {found} times in {}",
                switch.name, switch.file
            ));
        }
        if !named.contains(&switch.test.as_str()) {
            faults.push(format!("{}: {PAGE} does not name `{}`", switch.name, switch.test));
        }
    }
    faults
}

#[test]
fn every_test_that_is_named_is_there() {
    let page = read(PAGE);
    assert!(named(&page).len() > 40, "the tables are read");
    assert_none(&missing(&page, &source));
    assert_none(&incidents_without_test(&page));
}

#[test]
fn every_defence_can_be_switched_off() {
    let switches = switches();
    assert!(switches.len() >= 40);
    assert_none(&loose(&switches, &read(PAGE), &source));
}

#[test]
fn planted_faults_are_found() {
    let page = "| 1 | `deskhand-a m::incident_01_x` | `deskhand-a m::helper` | `b.test.mjs: it is so` | `deskhand-a m::gone` |";
    let source = |path: &str| match path {
        "crates/a/tests/it/m.rs" => Some("/// One.\n#[test]\nfn incident_01_x() {}\n\nfn helper() {}\n".to_owned()),
        "ui/e2e/b.test.mjs" => Some("test('it is not so', x)".to_owned()),
        "f.rs" => Some("on; on;".to_owned()),
        _ => None,
    };
    assert_eq!(
        missing(page, &source),
        [
            "there is no test `deskhand-a m::helper`",
            "there is no test `b.test.mjs: it is so`",
            "there is no test `deskhand-a m::gone`"
        ]
    );
    assert_eq!(incidents_without_test(page).len(), INCIDENTS - 1);
    let switch = Switch {
        name: "s".to_owned(),
        test: "deskhand-a m::other".to_owned(),
        file: "f.rs".to_owned(),
        old: "on".to_owned(),
        new: "off".to_owned(),
    };
    assert_eq!(
        loose(&[switch], page, &source),
        [
            "s: its line stands 2 times in f.rs",
            "s: docs/trust.md does not name `deskhand-a m::other`"
        ]
    );
}
