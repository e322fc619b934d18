//! Names of tools and parameters carry no weight: renamed, the recorded tasks give the same numbers where a file describes
//! the tools, and still leak nothing where only schemas are known.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use deskhand_policy::eval::{Policy, replay};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};

use crate::eval::{asks, dev, leaks};

static DEV: LazyLock<Value> = LazyLock::new(dev);

/// New names for tools and parameters. What is not in it keeps its name.
#[derive(Default, Debug)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn of(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    fn keys(&self, object: &mut Value) {
        if let Value::Object(map) = object {
            let renamed: Map<String, Value> = std::mem::take(map).into_iter().map(|(k, v)| (self.of(&k), v)).collect();
            *map = renamed;
        }
    }

    fn list(&self, list: &mut Value) {
        for name in list.as_array_mut().into_iter().flatten() {
            *name = json!(self.of(name.as_str().unwrap()));
        }
    }

    /// The file with everything renamed that is the name of a tool or a parameter, and nothing else.
    fn rename(&self, mut file: Value) -> Value {
        for suite in file["suites"].as_object_mut().unwrap().values_mut() {
            self.keys(&mut suite["tools"]);
            for tool in suite["tools"].as_object_mut().unwrap().values_mut() {
                self.keys(&mut tool["params"]);
            }
            for rows in ["user_tasks", "injection_tasks"] {
                for row in suite[rows].as_array_mut().unwrap() {
                    for call in row["calls"].as_array_mut().unwrap() {
                        call["tool"] = json!(self.of(call["tool"].as_str().unwrap()));
                        self.keys(&mut call["args"]);
                    }
                }
            }
        }
        let meta = &mut file["policy_meta"];
        for suite in meta["sinks"].as_object_mut().unwrap().values_mut() {
            self.keys(suite);
            for sink in suite.as_object_mut().unwrap().values_mut() {
                self.keys(&mut sink["target"]);
                self.list(&mut sink["payload"]);
            }
        }
        for lists in [
            "output_label_never",
            "output_label_typed",
            "private_tools",
            "secret_tools",
        ] {
            for list in meta[lists].as_object_mut().unwrap().values_mut() {
                self.list(list);
            }
        }
        let computed = meta["computed"].as_object().unwrap().iter().map(|(place, from)| {
            let (task, param) = place.rsplit_once('/').unwrap();
            (format!("{task}/{}", self.of(param)), from.clone())
        });
        meta["computed"] = Value::Object(computed.collect());
        file["golden"] = Value::Null;
        file
    }
}

/// All names of tools and parameters in a file.
fn all_names(file: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for suite in file["suites"].as_object().unwrap().values() {
        for (tool, schema) in suite["tools"].as_object().unwrap() {
            names.insert(tool.clone());
            names.extend(schema["params"].as_object().unwrap().keys().cloned());
        }
    }
    names
}

/// Asks with the renamed tools named as before.
fn asks_as_before(
    names: &Names,
    asks: BTreeMap<String, Vec<(usize, String)>>,
) -> BTreeMap<String, Vec<(usize, String)>> {
    let before = |tool: String| {
        names
            .0
            .iter()
            .find(|(_, new)| **new == tool)
            .map_or(tool, |(old, _)| old.clone())
    };
    let asks = asks.into_iter().map(|(task, asks)| {
        (
            task,
            asks.into_iter().map(|(call, tool)| (call, before(tool))).collect(),
        )
    });
    asks.collect()
}

/// Described tools: all as before. Undescribed ones: no leak.
fn check(names: &Names) {
    let file = names.rename(DEV.clone());
    for policy in [Policy::Bound, Policy::Shipped, Policy::PlannerFirst] {
        let renamed = replay(&file, policy, None).unwrap();
        assert_eq!(leaks(&renamed), Vec::<String>::new(), "{names:?}");
        let before = asks(&replay(&DEV, policy, None).unwrap());
        assert_eq!(asks_as_before(names, asks(&renamed)), before, "{names:?}");
    }
    let mut undescribed = file;
    undescribed["policy_meta"]["sinks"] = json!({});
    let undescribed = replay(&undescribed, Policy::Shipped, None).unwrap();
    assert_eq!(leaks(&undescribed), Vec::<String>::new(), "{names:?}");
}

/// Word by word, as another vendor might have named them.
const SYNONYMS: [(&str, &str); 44] = [
    ("send", "dispatch"),
    ("email", "letter"),
    ("delete", "erase"),
    ("create", "make"),
    ("calendar", "agenda"),
    ("event", "entry"),
    ("cancel", "abort"),
    ("reschedule", "postpone"),
    ("add", "attach"),
    ("participants", "attendees"),
    ("append", "extend"),
    ("file", "doc"),
    ("share", "grant"),
    ("money", "funds"),
    ("schedule", "plan"),
    ("transaction", "transfer"),
    ("update", "modify"),
    ("scheduled", "planned"),
    ("password", "passphrase"),
    ("user", "client"),
    ("info", "details"),
    ("recipients", "addressees"),
    ("recipient", "beneficiary"),
    ("subject", "headline"),
    ("body", "text"),
    ("cc", "copy"),
    ("bcc", "blind"),
    ("attachments", "enclosures"),
    ("title", "caption"),
    ("start", "begin"),
    ("end", "finish"),
    ("time", "moment"),
    ("location", "place"),
    ("description", "details"),
    ("filename", "label"),
    ("content", "contents"),
    ("permission", "access"),
    ("amount", "sum"),
    ("date", "day"),
    ("recurring", "repeated"),
    ("first", "given"),
    ("last", "family"),
    ("street", "road"),
    ("city", "town"),
];

#[test]
fn synonyms_change_nothing() {
    let word = |word: &str| {
        SYNONYMS
            .iter()
            .find(|(old, _)| *old == word)
            .map_or(word, |(_, new)| *new)
            .to_owned()
    };
    let rename = |name: &String| name.split('_').map(word).collect::<Vec<_>>().join("_");
    let mut names: BTreeMap<String, String> = all_names(&DEV)
        .iter()
        .map(|name| (name.clone(), rename(name)))
        .collect();
    // Two names that fall together would make one tool of two.
    let mut taken = BTreeSet::new();
    for new in names.values_mut() {
        while !taken.insert(new.clone()) {
            new.push('2');
        }
    }
    check(&Names(names));
}

/// In another style, as bundles in the wild are written.
#[test]
fn another_style_changes_nothing() {
    let camel = |name: &String| {
        let mut words = name.split('_');
        let first = words.next().unwrap().to_owned();
        words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
    };
    check(&Names(
        all_names(&DEV).iter().map(|name| (name.clone(), camel(name))).collect(),
    ));
}

/// A few cases, since each replays a whole suite: the same ones each time, others with `make fuzz`.
fn few() -> ProptestConfig {
    let default = ProptestConfig::default();
    let rng_seed = if std::env::var_os("PROPTEST_CASES").is_some() {
        RngSeed::Random
    } else {
        RngSeed::Fixed(1)
    };
    ProptestConfig {
        cases: default.cases.div_ceil(64),
        rng_seed,
        ..default
    }
}

proptest! {
    #![proptest_config(few())]

    /// Names at random, of letters or of words that mean something else.
    #[test]
    fn random_names_change_nothing(seed in prop::collection::vec(any::<prop::sample::Index>(), 96), letters in "[a-z]{96}") {
        let misleading = ["get", "read", "body", "text", "note", "list", "url", "delete", "pay", "file", "x", "id"];
        let names = all_names(&DEV).into_iter().enumerate().map(|(number, name)| {
            let word = misleading[seed[number % 96].index(misleading.len())];
            let letter = &letters[number % 96..=number % 96];
            (name, format!("{word}_{letter}{number}"))
        });
        check(&Names(names.collect()));
    }
}
