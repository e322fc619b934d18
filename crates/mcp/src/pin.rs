//! A tool is used only as it was approved, of the server it was approved of: its definition is pinned by hash, with who the
//! server said it was and where it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::identity::Identity;
use crate::tool::Tool;

/// Approved definitions of one server's tools, by name. The caller keeps it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pins(BTreeMap<String, Pin>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Pin {
    hash: String,
    definition: Value,
    /// The server it was approved of; `None` where that was not kept yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    server: Option<Identity>,
}

/// How a tool stands to what was approved.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// Exactly as approved.
    Approved,
    /// Never approved.
    New,
    /// Approved once, and different now: not to be used until approved again.
    Changed(Vec<Change>),
}

/// One part of a definition that is different.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Where, as a JSON Pointer into the definition.
    pub place: String,
    /// What was approved; `None` where there was nothing.
    pub before: Option<Value>,
    /// What the server says now; `None` where it is gone.
    pub after: Option<Value>,
}

impl Pins {
    /// Approves `tool` as it is now, of this server.
    pub fn approve(&mut self, tool: &Tool, server: &Identity) {
        let definition = definition(tool);
        let pin = Pin {
            hash: hash(&definition),
            definition,
            server: Some(server.clone()),
        };
        self.0.insert(tool.name.clone(), pin);
    }

    /// The tools as they were approved. A definition that cannot be read any more approves nothing.
    pub fn tools(&self) -> impl Iterator<Item = Tool> + '_ {
        self.0
            .values()
            .filter_map(|pin| Tool::decode(pin.definition.clone()).ok())
    }

    /// Whether nothing was approved.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `tool` is what was approved, and `server` the one it was approved of. Without a server only the definition is
    /// compared: nothing is called then.
    pub fn standing(&self, tool: &Tool, server: Option<&Identity>) -> Standing {
        let Some(pin) = self.0.get(&tool.name) else {
            return Standing::New;
        };
        let mut changes = Vec::new();
        if let (Some(before), Some(now)) = (&pin.server, server) {
            changes.extend(now.is_another_than(before));
        }
        let now = definition(tool);
        if pin.hash != hash(&now) {
            compare(String::new(), &pin.definition, &now, &mut changes);
        } else if changes.is_empty() {
            return Standing::Approved;
        }
        Standing::Changed(changes)
    }

    /// The server the tools were approved of; `None` where nothing was, or that was not kept yet.
    pub fn server(&self) -> Option<&Identity> {
        self.0.values().find_map(|pin| pin.server.as_ref())
    }
}

/// Parts of `_meta` that the host follows.
const FOLLOWED: [&str; 3] = [
    "anthropic/alwaysLoad",
    "anthropic/maxResultSizeChars",
    "anthropic/requiresUserInteraction",
];

/// Of `_meta` only who may call it, and what the host follows: the rest, and icons, change nothing about what a call does.
fn followed(tool: &Tool) -> Value {
    let mut kept = Map::new();
    if let Some(visibility) = tool.meta.get("ui").and_then(|ui| ui.get("visibility")) {
        kept.insert("ui".to_owned(), json!({"visibility": visibility}));
    }
    for key in FOLLOWED {
        if let Some(value) = tool.meta.get(key) {
            kept.insert(key.to_owned(), value.clone());
        }
    }
    if kept.is_empty() {
        Value::Null
    } else {
        Value::Object(kept)
    }
}

/// Everything that a model or a person goes by.
fn definition(tool: &Tool) -> Value {
    json!({
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "outputSchema": tool.output_schema,
        "annotations": tool.annotations,
        "_meta": followed(tool),
    })
}

/// The hash of a definition, whatever the order of its keys.
fn hash(definition: &Value) -> String {
    blake3::hash(sorted(definition).to_string().as_bytes())
        .to_hex()
        .to_string()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<_, _> = map.iter().collect();
            ordered
                .into_iter()
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

fn compare(place: String, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        if before != after {
            changes.push(Change {
                place,
                before: Some(before.clone()),
                after: Some(after.clone()),
            });
        }
        return;
    };
    let pointer = |key: &str| format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
    for (key, value) in old {
        match new.get(key) {
            Some(now) => compare(pointer(key), value, now, changes),
            None => changes.push(Change {
                place: pointer(key),
                before: Some(value.clone()),
                after: None,
            }),
        }
    }
    for (key, value) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
        changes.push(Change {
            place: pointer(key),
            before: None,
            after: Some(value.clone()),
        });
    }
}
