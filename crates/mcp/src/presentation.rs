//! How a tool is put before a model: its texts cut, its schema in the form that models' interfaces take.

use deskhand_types::visible;
use serde_json::{Map, Value, json};

use crate::tool::Tool;

/// Most bytes of a description and of a server's instructions that a model is shown.
pub const TEXT_LIMIT: usize = 2 * 1024;
/// Most characters a tool may ask its results to have.
pub const RESULT_LIMIT: usize = 500_000;

/// A text, perhaps cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The text, or its beginning.
    pub text: String,
    /// Whether there was more.
    pub is_cut: bool,
}

/// The first [`TEXT_LIMIT`] bytes of a text.
pub fn cut(text: &str) -> Cut {
    let end = text.floor_char_boundary(TEXT_LIMIT);
    Cut {
        text: text.get(..end).unwrap_or_default().to_owned(),
        is_cut: end < text.len(),
    }
}

/// A tool as a model is shown it.
#[derive(Debug, Clone, PartialEq)]
pub struct Presented {
    /// What it is said to do, or its title where it says nothing; untrusted. Groups of arguments that its schema had at the root are described at its end.
    pub description: String,
    /// Whether the description was cut.
    pub is_cut: bool,
    /// JSON Schema of an object, without `anyOf`, `oneOf` or `allOf` at its root.
    pub input_schema: Map<String, Value>,
}

impl Tool {
    /// What a model is shown. Arguments are still checked by the server against the schema as it came.
    pub fn presented(&self) -> Presented {
        let Cut { text, is_cut } = cut(self
            .description
            .as_deref()
            .or(self.title.as_deref())
            .unwrap_or_default());
        let (mut input_schema, groups) = flatten(&self.input_schema);
        input_schema.values_mut().for_each(show_words);
        let mut description = text;
        if !groups.is_empty() {
            if !description.is_empty() {
                description.push_str("\n\n");
            }
            description.push_str(&groups);
        }
        Presented {
            description: visible(&description).0.into_owned(),
            is_cut,
            input_schema,
        }
    }

    /// `_meta.ui` of an MCP App, as it came.
    pub fn ui(&self) -> Option<&Map<String, Value>> {
        self.meta.get("ui")?.as_object()
    }

    /// Address (`ui://…`) of the page that shows the tool's results.
    pub fn ui_resource(&self) -> Option<&str> {
        self.ui()
            .and_then(|ui| ui.get("resourceUri"))
            .or_else(|| self.meta.get("ui/resourceUri"))
            .and_then(Value::as_str)
            .filter(|uri| uri.starts_with("ui://"))
    }

    /// Whether the model may see it. Tools with `visibility: ["app"]` are called by their app alone.
    pub fn is_for_model(&self) -> bool {
        self.is_visible_to("model")
    }

    /// Whether the server's own app may call it.
    pub fn is_for_app(&self) -> bool {
        self.is_visible_to("app")
    }

    fn is_visible_to(&self, whom: &str) -> bool {
        match self.ui().and_then(|ui| ui.get("visibility")) {
            Some(Value::Array(visibility)) => visibility.iter().any(|one| one.as_str() == Some(whom)),
            _ => true,
        }
    }

    /// How many characters its results may have, where it asks for a number (`anthropic/maxResultSizeChars`); at most
    /// [`RESULT_LIMIT`].
    pub fn max_result_size(&self) -> Option<usize> {
        let size = self.meta.get("anthropic/maxResultSizeChars")?.as_u64()?;
        Some(usize::try_from(size).unwrap_or(RESULT_LIMIT).min(RESULT_LIMIT))
    }

    /// Whether a person must answer every call (`anthropic/requiresUserInteraction`), whatever the policy says.
    pub fn requires_interaction(&self) -> bool {
        self.meta.get("anthropic/requiresUserInteraction") == Some(&Value::Bool(true))
    }

    /// Whether it is never left to be found by search (`anthropic/alwaysLoad`).
    pub fn always_load(&self) -> bool {
        self.meta.get("anthropic/alwaysLoad") == Some(&Value::Bool(true))
    }
}

/// Takes what nobody sees out of the words of a schema. Names and values stay: a call must have them as the server does.
fn show_words(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                match value {
                    Value::String(text) if matches!(key.as_str(), "description" | "title" | "$comment") => {
                        *text = visible(text).0.into_owned();
                    }
                    _ => show_words(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(show_words),
        _ => {}
    }
}

const GROUPS: [(&str, &str); 3] = [
    ("anyOf", "Give at least one of these groups of arguments"),
    ("oneOf", "Give exactly one of these groups of arguments"),
    ("allOf", "All of these groups of arguments apply"),
];

/// The schema as one object, and in words what it no longer says.
fn flatten(schema: &Map<String, Value>) -> (Map<String, Value>, String) {
    let mut flat = schema.clone();
    let mut words = Vec::new();
    for (keyword, meaning) in GROUPS {
        let Some(Value::Array(branches)) = flat.remove(keyword) else {
            continue;
        };
        let branches: Vec<Map<String, Value>> = branches.iter().map(|branch| resolved(schema, branch)).collect();
        for branch in &branches {
            merge_properties(&mut flat, branch);
        }
        if keyword == "allOf" {
            for branch in &branches {
                for name in required(branch) {
                    require(&mut flat, name);
                }
            }
        }
        let groups: Vec<String> = branches
            .iter()
            .map(described)
            .filter(|group| !group.is_empty())
            .collect();
        if !groups.is_empty() {
            words.push(format!("{meaning}: {}.", groups.join("; ")));
        }
    }
    flat.insert("type".to_owned(), json!("object"));
    flat.entry("properties").or_insert_with(|| json!({}));
    (flat, words.join(" "))
}

/// A branch, or what it refers to in the same schema.
fn resolved(schema: &Map<String, Value>, branch: &Value) -> Map<String, Value> {
    let target = branch
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix("#/"))
        .and_then(|path| {
            let mut parts = path.split('/').map(|part| part.replace("~1", "/").replace("~0", "~"));
            let first = schema.get(&parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(&part))
        });
    target.unwrap_or(branch).as_object().cloned().unwrap_or_default()
}

fn merge_properties(flat: &mut Map<String, Value>, branch: &Map<String, Value>) {
    let Some(Value::Object(more)) = branch.get("properties") else {
        return;
    };
    let properties = flat.entry("properties").or_insert_with(|| json!({}));
    let Value::Object(properties) = properties else { return };
    for (name, definition) in more {
        match properties.get_mut(name) {
            None => {
                properties.insert(name.clone(), definition.clone());
            }
            Some(known) if known == definition => {}
            // Either of them, within the property, where it is allowed.
            Some(known) => match known.get_mut("anyOf").and_then(Value::as_array_mut) {
                Some(alternatives) if alternatives.contains(definition) => {}
                Some(alternatives) => alternatives.push(definition.clone()),
                None => *known = json!({"anyOf": [known.clone(), definition]}),
            },
        }
    }
}

fn required(schema: &Map<String, Value>) -> impl Iterator<Item = &str> {
    schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn require(flat: &mut Map<String, Value>, name: &str) {
    let list = flat.entry("required").or_insert_with(|| json!([]));
    if let Value::Array(list) = list
        && !list.iter().any(|known| known.as_str() == Some(name))
    {
        list.push(json!(name));
    }
}

/// A branch in words: its arguments, with those that must be there marked.
fn described(branch: &Map<String, Value>) -> String {
    let needed: Vec<&str> = required(branch).collect();
    let mut names: Vec<String> = needed.iter().map(|name| format!("`{name}`")).collect();
    if let Some(Value::Object(properties)) = branch.get("properties") {
        names.extend(
            properties
                .keys()
                .filter(|name| !needed.contains(&name.as_str()))
                .map(|name| format!("`{name}` (optional)")),
        );
    }
    match branch.get("title").and_then(Value::as_str) {
        Some(title) if !names.is_empty() => format!("{title} ({})", names.join(", ")),
        _ => names.join(", "),
    }
}
