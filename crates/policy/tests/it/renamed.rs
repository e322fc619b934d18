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

/// Word by word, as three other vendors might have named them.
const SYNONYMS: [(&str, [&str; 3]); 52] = [
    ("send", ["dispatch", "transmit", "deliver"]),
    ("email", ["letter", "mail", "missive"]),
    ("emails", ["letters", "mails", "missives"]),
    ("delete", ["erase", "purge", "discard"]),
    ("create", ["make", "new", "compose"]),
    ("get", ["fetch", "show", "retrieve"]),
    ("search", ["find", "lookup", "query"]),
    ("calendar", ["agenda", "diary", "planner"]),
    ("event", ["entry", "appointment", "engagement"]),
    ("events", ["entries", "appointments", "engagements"]),
    ("cancel", ["abort", "revoke", "void"]),
    ("reschedule", ["postpone", "shift", "rearrange"]),
    ("add", ["attach", "insert", "include"]),
    ("participants", ["attendees", "guests", "invitees"]),
    ("append", ["extend", "amend", "write"]),
    ("file", ["doc", "document", "record"]),
    ("files", ["docs", "documents", "records"]),
    ("share", ["grant", "expose", "permit"]),
    ("money", ["funds", "payment", "cash"]),
    ("schedule", ["plan", "arrange", "slot"]),
    ("transaction", ["transfer", "remittance", "payment"]),
    ("update", ["modify", "change", "revise"]),
    ("scheduled", ["planned", "arranged", "upcoming"]),
    ("password", ["passphrase", "passcode", "credential"]),
    ("user", ["client", "person", "member"]),
    ("info", ["details", "profile", "particulars"]),
    ("recipients", ["addressees", "receivers", "to"]),
    ("recipient", ["beneficiary", "payee", "receiver"]),
    ("subject", ["headline", "topic", "heading"]),
    ("body", ["text", "content", "message"]),
    ("cc", ["copy", "copied", "carbon"]),
    ("bcc", ["blind", "hidden", "undisclosed"]),
    ("attachments", ["enclosures", "files", "annexes"]),
    ("title", ["caption", "heading", "label"]),
    ("start", ["begin", "from", "opening"]),
    ("end", ["finish", "until", "closing"]),
    ("time", ["moment", "when", "clock"]),
    ("location", ["place", "venue", "where"]),
    ("description", ["details", "notes", "summary"]),
    ("filename", ["label", "document", "docname"]),
    ("content", ["contents", "text", "body"]),
    ("permission", ["access", "role", "rights"]),
    ("amount", ["sum", "total", "value"]),
    ("date", ["day", "due", "on"]),
    ("recurring", ["repeated", "periodic", "standing"]),
    ("first", ["given", "fore", "personal"]),
    ("last", ["family", "sur", "second"]),
    ("street", ["road", "lane", "avenue"]),
    ("city", ["town", "municipality", "place"]),
    ("id", ["identifier", "ref", "key"]),
    ("query", ["phrase", "terms", "needle"]),
    ("balance", ["saldo", "standing", "position"]),
];

/// A name word by word, by one of the vendors.
fn synonym(name: &str, vendor: usize) -> String {
    let word = |word: &str| {
        let row = SYNONYMS.iter().find(|(old, _)| *old == word);
        row.map_or(word, |(_, new)| new[vendor]).to_owned()
    };
    name.split('_').map(word).collect::<Vec<_>>().join("_")
}

fn by_vendor(vendor: usize) -> Names {
    let mut names: BTreeMap<String, String> = all_names(&DEV)
        .iter()
        .map(|name| (name.clone(), synonym(name, vendor)))
        .collect();
    // Two names that fall together would make one tool of two.
    let mut taken = BTreeSet::new();
    for new in names.values_mut() {
        while !taken.insert(new.clone()) {
            new.push('2');
        }
    }
    Names(names)
}

/// Questions a task where only the tools' schemas are known.
fn undescribed_asks(mut file: Value) -> f64 {
    file["policy_meta"]["sinks"] = json!({});
    let replay = replay(&file, Policy::Shipped, None).unwrap();
    let asks: usize = replay.tasks.iter().map(|task| task.asks.len()).sum();
    asks as f64 / replay.tasks.len() as f64
}

/// Described tools: all as before. Undescribed ones: no leak, and about as many questions, although the words of their
/// names are others.
fn check_synonyms(vendor: usize) {
    let names = by_vendor(vendor);
    let renamed = names.0.iter().filter(|(old, new)| old != new).count();
    assert!(
        renamed * 10 >= names.0.len() * 9,
        "{renamed} of {} renamed",
        names.0.len()
    );
    check(&names);
    let (before, after) = (
        undescribed_asks(DEV.clone()),
        undescribed_asks(names.rename(DEV.clone())),
    );
    println!("undescribed tools: {before:.2} questions a task, with other names {after:.2}");
    assert!(
        (after - before).abs() <= NEAR,
        "{before} questions a task, renamed {after}"
    );
}

/// How many more or fewer questions a task other names of undescribed tools may cost.
const NEAR: f64 = 0.25;

#[test]
fn synonyms_of_one_vendor_change_nothing() {
    check_synonyms(0);
}

#[test]
fn synonyms_of_another_vendor_change_nothing() {
    check_synonyms(1);
}

#[test]
fn synonyms_of_a_third_vendor_change_nothing() {
    check_synonyms(2);
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
