//! Names the harness can look up itself (`injection.md` 2.2, "directory kinds: literal AND in the harness's own
//! directory").

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Directories by name, such as `channels` or `users`. Filled by the harness from systems of record, never by a model.
#[derive(Clone, Debug, Default)]
pub struct Directory(BTreeMap<String, BTreeSet<String>>);

impl Directory {
    /// From an object of lists, or of objects from ids to names; of the latter both are entries.
    pub fn from_value(value: &Value) -> Self {
        let entries = |value: &Value| -> BTreeSet<String> {
            match value {
                Value::Array(names) => names
                    .iter()
                    .filter_map(|name| Some(name.as_str()?.to_owned()))
                    .collect(),
                Value::Object(names) => names
                    .iter()
                    .flat_map(|(id, name)| [Some(id.clone()), name.as_str().map(str::to_owned)])
                    .flatten()
                    .collect(),
                _ => BTreeSet::new(),
            }
        };
        let directories = value.as_object().into_iter().flatten();
        Self(
            directories
                .map(|(name, value)| (name.clone(), entries(value)))
                .collect(),
        )
    }

    /// Adds an entry.
    pub fn add(&mut self, directory: &str, entry: &str) {
        self.0.entry(directory.to_owned()).or_default().insert(entry.to_owned());
    }

    /// Whether a directory has an entry.
    pub fn has(&self, directory: &str, entry: &str) -> bool {
        self.0.get(directory).is_some_and(|entries| entries.contains(entry))
    }

    /// Whether any directory has an entry.
    pub fn has_anywhere(&self, entry: &str) -> bool {
        self.0.values().any(|entries| entries.contains(entry))
    }

    /// The entries of a directory.
    pub fn entries(&self, directory: &str) -> impl Iterator<Item = &str> {
        self.0.get(directory).into_iter().flatten().map(String::as_str)
    }

    /// The entries of all directories.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.values().flatten().map(String::as_str)
    }
}
