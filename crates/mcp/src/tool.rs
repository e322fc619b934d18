//! Tool definitions, decoded so that one malformed tool never costs the others.

use std::time::Duration;

use serde_json::{Map, Value};

/// A tool as its server describes it. Every text in it is untrusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// The name to call it by.
    pub name: String,
    /// A name for people.
    pub title: Option<String>,
    /// What it is said to do.
    pub description: Option<String>,
    /// JSON Schema of the arguments, as it came.
    pub input_schema: Map<String, Value>,
    /// JSON Schema of the structured result, as it came.
    pub output_schema: Option<Map<String, Value>>,
    /// Hints such as `readOnlyHint`: only those that are booleans or, for `title`, text.
    pub annotations: Map<String, Value>,
    /// Icons that are well formed (an object with `src` over https or data).
    pub icons: Vec<Value>,
    /// `_meta`, for instance the resource of an MCP App.
    pub meta: Map<String, Value>,
}

/// A tool that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name, or its place in the list where it has none.
    pub tool: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What a server's tool list came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolList {
    /// Usable tools, in the server's order.
    pub tools: Vec<Tool>,
    /// Tools that cannot be used.
    pub left_out: Vec<LeftOut>,
    /// Whether the list was cut at a limit.
    pub truncated: bool,
    /// How long it may be used without asking again; `None` where the server does not say.
    pub ttl: Option<Duration>,
}

impl ToolList {
    /// Adds one tool of a page, or notes why not.
    pub(crate) fn push(&mut self, value: Value) {
        let place = self.tools.len() + self.left_out.len() + 1;
        let name = value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let label = if name.is_empty() {
            format!("tool {place} of the list")
        } else {
            name.clone()
        };
        if self.tools.iter().any(|tool| tool.name == name) {
            self.left_out.push(LeftOut {
                tool: label,
                reason: "another tool has the same name".to_owned(),
            });
            return;
        }
        match Tool::decode(value) {
            Ok(tool) => self.tools.push(tool),
            Err(reason) => self.left_out.push(LeftOut { tool: label, reason }),
        }
    }
}

impl Tool {
    /// Reads one definition. The error says what is wrong with it.
    pub(crate) fn decode(value: Value) -> Result<Self, String> {
        let Value::Object(tool) = value else {
            return Err("it is not an object".to_owned());
        };
        decode(tool)
    }
}

fn decode(mut tool: Map<String, Value>) -> Result<Tool, String> {
    let name = tool.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err("it has no name".to_owned());
    }
    let Some(Value::Object(input_schema)) = tool.remove("inputSchema") else {
        return Err("its inputSchema is not an object".to_owned());
    };
    let output_schema = match tool.remove("outputSchema") {
        None | Some(Value::Null) => None,
        Some(Value::Object(schema)) => Some(schema),
        Some(_) => return Err("its outputSchema is not an object".to_owned()),
    };
    let icons = match tool.remove("icons") {
        Some(Value::Array(icons)) => icons.into_iter().filter(is_icon).collect(),
        _ => Vec::new(),
    };
    let mut annotations = object(tool.remove("annotations"));
    annotations.retain(|key, hint| hint.is_boolean() || (key == "title" && hint.is_string()));
    Ok(Tool {
        name,
        title: text(tool.remove("title")),
        description: text(tool.remove("description")),
        input_schema,
        output_schema,
        annotations,
        icons,
        meta: object(tool.remove("_meta")),
    })
}

fn is_icon(icon: &Value) -> bool {
    let src = icon.get("src").and_then(Value::as_str).unwrap_or_default();
    src.starts_with("https://") || src.starts_with("data:image/")
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
