//! The crate graph is the one ARCHITECTURE.md draws.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::{assert_none, read, root};

/// What must not be anywhere below a pure crate: async runtimes, the network, databases, files, randomness.
const IMPURE: [&str; 13] = [
    "async-std",
    "cap-std",
    "getrandom",
    "hyper",
    "libsqlite3-sys",
    "mio",
    "rand",
    "reqwest",
    "rusqlite",
    "smol",
    "socket2",
    "tokio",
    "ureq",
];

/// What only runs while something is built; the lock file does not tell.
const BUILD_TOOLS: [&str; 1] = ["cc"];

/// A dependency a package declares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declared {
    pub name: String,
    /// Only for tests, examples and benches.
    pub for_tests: bool,
}

/// The workspace's packages and what each declares.
pub fn members() -> BTreeMap<String, Vec<Declared>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let declared = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .map(|dependency| Declared {
                    name: text(&dependency["name"]),
                    for_tests: dependency["kind"] == "dev",
                });
            (text(&package["name"]), declared.collect())
        })
        .collect()
}

/// The map in ARCHITECTURE.md: crate to layer, and the layers from top to bottom.
fn layers(architecture: &str) -> (BTreeMap<String, String>, Vec<String>) {
    let map = architecture
        .split("\n## ")
        .find(|section| section.starts_with("Map"))
        .expect("a section `Map`");
    let mut crates = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    for row in map.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if let [_, layer, name, ..] = cells[..]
            && let Some(name) = name.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'))
        {
            crates.insert(format!("deskhand-{name}"), layer.to_owned());
            if order.last().is_none_or(|last| last != layer) {
                order.push(layer.to_owned());
            }
        }
    }
    (crates, order)
}

/// Imports that do not come from a layer further up. Those of tests may come from anywhere.
fn upward_imports(members: &BTreeMap<String, Vec<Declared>>, architecture: &str) -> Vec<String> {
    let (layer_of, order) = layers(architecture);
    let height = |name: &str| {
        layer_of
            .get(name)
            .and_then(|layer| order.iter().position(|known| known == layer))
    };
    let mut faults: Vec<String> = layer_of
        .keys()
        .filter(|name| !members.contains_key(*name))
        .map(|name| format!("{name} is in ARCHITECTURE.md and not in the workspace"))
        .collect();
    for (name, dependencies) in members {
        let Some(own) = height(name) else {
            faults.push(format!("{name} has no row in the map of ARCHITECTURE.md"));
            continue;
        };
        for import in dependencies.iter().filter(|dependency| !dependency.for_tests) {
            // Nobody builds on what stands beside or only serves tests.
            let stands_apart = |layer: usize| matches!(order[layer].as_str(), "beside" | "test");
            if let Some(theirs) = height(&import.name)
                && (theirs >= own || stands_apart(theirs))
            {
                faults.push(format!(
                    "{name} ({}) imports {} ({})",
                    order[own], import.name, order[theirs]
                ));
            }
        }
    }
    faults
}

/// What each package of the lock file depends on, by name; versions are taken together, which errs towards finding more.
fn locked(lock: &str) -> BTreeMap<String, BTreeSet<String>> {
    let lock: toml::Table = lock.parse().unwrap();
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in lock["package"].as_array().unwrap() {
        let below = packages
            .entry(package["name"].as_str().unwrap().to_owned())
            .or_default();
        let dependencies = package.get("dependencies").and_then(toml::Value::as_array);
        below.extend(dependencies.into_iter().flatten().filter_map(|entry| {
            // `name`, or `name version` where there are several.
            entry.as_str()?.split(' ').next().map(str::to_owned)
        }));
    }
    packages
}

/// Ways from the pure crates to what is impure.
fn impurities(
    members: &BTreeMap<String, Vec<Declared>>,
    architecture: &str,
    locked: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<String> {
    let (layer_of, _) = layers(architecture);
    let pure = layer_of
        .iter()
        .filter(|(_, layer)| matches!(layer.as_str(), "vocabulary" | "pure"))
        .map(|(name, _)| name);
    let mut faults = Vec::new();
    for name in pure {
        let mut seen = BTreeSet::new();
        // Of a member only what it is built with; the lock file does not tell its test dependencies apart.
        let mut open: Vec<Vec<&str>> = vec![vec![name]];
        while let Some(way) = open.pop() {
            let at = way.last().copied().unwrap_or_default();
            if IMPURE.contains(&at) {
                faults.push(way.join(" -> "));
                continue;
            }
            let below: Vec<&str> = match members.get(at) {
                Some(declared) => declared
                    .iter()
                    .filter(|d| !d.for_tests)
                    .map(|d| d.name.as_str())
                    .collect(),
                None => locked.get(at).into_iter().flatten().map(String::as_str).collect(),
            };
            for next in below.into_iter().filter(|name| !BUILD_TOOLS.contains(name)) {
                if seen.insert(next) {
                    open.push([way.as_slice(), &[next]].concat());
                }
            }
        }
    }
    faults
}

#[test]
fn crates_import_only_from_layers_above() {
    assert_none(&upward_imports(&members(), &read("ARCHITECTURE.md")));
}

#[test]
fn pure_crates_have_no_io_below_them() {
    assert_none(&impurities(
        &members(),
        &read("ARCHITECTURE.md"),
        &locked(&read("Cargo.lock")),
    ));
}

const PLANTED: &str = "
## Map

| layer | crate | what is there |
| --- | --- | --- |
| vocabulary | `types` | words |
| pure | `agent` | thinking |
| capability | `store` | keeping |
| capability | `workspace` | files |
| surface | `cli` | composition |
| test | `testkit` | tests |

## Next
| pure | `not-in-the-map` | x |
";

fn planted(imports: &[(&str, &[(&str, bool)])]) -> BTreeMap<String, Vec<Declared>> {
    let mut members: BTreeMap<String, Vec<Declared>> = ["types", "agent", "store", "workspace", "cli", "testkit"]
        .map(|name| (format!("deskhand-{name}"), Vec::new()))
        .into();
    for (name, declared) in imports {
        let declared = declared.iter().map(|(name, for_tests)| Declared {
            name: (*name).to_owned(),
            for_tests: *for_tests,
        });
        members.insert((*name).to_owned(), declared.collect());
    }
    members
}

#[test]
fn a_planted_import_is_found() {
    let sound = planted(&[
        (
            "deskhand-agent",
            &[("deskhand-types", false), ("deskhand-store", true), ("serde", false)],
        ),
        (
            "deskhand-cli",
            &[
                ("deskhand-agent", false),
                ("deskhand-store", false),
                ("deskhand-testkit", true),
            ],
        ),
    ]);
    assert_eq!(upward_imports(&sound, PLANTED), Vec::<String>::new());

    let faulty = planted(&[
        ("deskhand-types", &[("deskhand-agent", false)]),
        ("deskhand-workspace", &[("deskhand-store", false)]),
        ("deskhand-cli", &[("deskhand-testkit", false)]),
        ("deskhand-new", &[]),
    ]);
    assert_eq!(
        upward_imports(&faulty, PLANTED),
        [
            "deskhand-cli (surface) imports deskhand-testkit (test)",
            "deskhand-new has no row in the map of ARCHITECTURE.md",
            "deskhand-types (vocabulary) imports deskhand-agent (pure)",
            "deskhand-workspace (capability) imports deskhand-store (capability)",
        ]
    );
    let mut gone = planted(&[]);
    gone.remove("deskhand-store");
    assert_eq!(
        upward_imports(&gone, PLANTED),
        ["deskhand-store is in ARCHITECTURE.md and not in the workspace"]
    );
}

#[test]
fn a_planted_impurity_is_found() {
    let lock = r#"
        [[package]]
        name = "toml"
        dependencies = ["serde 1.0.0", "helpful"]
        [[package]]
        name = "serde"
        [[package]]
        name = "helpful"
        dependencies = ["tokio"]
        [[package]]
        name = "proptest"
        dependencies = ["rand"]
    "#;
    let members = planted(&[
        ("deskhand-agent", &[("deskhand-types", false), ("proptest", true)]),
        ("deskhand-types", &[("toml", false)]),
        ("deskhand-store", &[("rusqlite", false)]),
    ]);
    assert_eq!(
        impurities(&members, PLANTED, &locked(lock)),
        [
            "deskhand-agent -> deskhand-types -> toml -> helpful -> tokio",
            "deskhand-types -> toml -> helpful -> tokio"
        ]
    );
}
