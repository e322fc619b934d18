//! Decisions recorded in the file (`golden`), to show that another implementation decides the same.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Policy, Replay};

/// A place where the replay and the file differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// `asks` or `leaks`, and the task or pair.
    pub place: String,
    /// What the file says.
    pub recorded: Vec<String>,
    /// What the replay gave.
    pub replayed: Vec<String>,
}

type Lists = BTreeMap<String, Vec<String>>;

/// Compares; `None` when the file records nothing for this policy.
pub(super) fn compare(file: &Value, policy: Policy, replay: &Replay) -> Option<Vec<Difference>> {
    let name = policy.as_str();
    let recorded = file
        .get("golden")?
        .as_object()?
        .iter()
        .find(|(key, _)| key.split(' ').next() == Some(name))?
        .1;
    let asks: Lists = replay
        .tasks
        .iter()
        .filter(|task| !task.asks.is_empty())
        .map(|task| {
            let asks = task.asks.iter().map(|(number, tool)| format!("{tool}@{number}"));
            (format!("{}/{}", task.suite, task.task), asks.collect())
        })
        .collect();
    let leaks: Lists = replay
        .pairs
        .iter()
        .filter(|pair| !pair.leaks.is_empty())
        .map(|pair| {
            let mut leaks: Vec<String> = pair.leaks.iter().map(super::Leak::notation).collect();
            leaks.sort();
            (format!("{}/{}/{}", pair.suite, pair.task, pair.injection), leaks)
        })
        .collect();
    let mut found = differences("asks", recorded.get("asks"), &asks);
    // Files leave leaks out where there are too many.
    if let Some(recorded) = recorded.get("leaks") {
        found.extend(differences("leaks", Some(recorded), &leaks));
    }
    Some(found)
}

fn differences(what: &str, recorded: Option<&Value>, replayed: &Lists) -> Vec<Difference> {
    let recorded: Lists = recorded
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(place, list)| {
            let list = list
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|entry| Some(entry.as_str()?.to_owned()));
            (place.clone(), list.collect())
        })
        .collect();
    let mut places: Vec<&String> = recorded.keys().chain(replayed.keys()).collect();
    places.sort();
    places.dedup();
    let list = |lists: &Lists, place: &String| lists.get(place).cloned().unwrap_or_default();
    places
        .into_iter()
        .map(|place| Difference {
            place: format!("{what} {place}"),
            recorded: list(&recorded, place),
            replayed: list(replayed, place),
        })
        .filter(|difference| difference.recorded != difference.replayed)
        .collect()
}
