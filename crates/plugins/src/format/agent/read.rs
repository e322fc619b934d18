//! From a file to [`Agent`].

use std::path::Path;

use serde_json::{Map, Value};

use super::{Agent, AgentModel};
use crate::format::diagnostic::Diagnostic;
use crate::format::frontmatter::{self, Fields};
use crate::format::skill::{Scope, read::known_rules};
use crate::format::tools;

const COLOURS: [&str; 9] = [
    "red", "blue", "green", "yellow", "purple", "orange", "pink", "cyan", "magenta",
];
/// What a plugin may not decide.
const GUARDED: [&str; 3] = ["hooks", "mcpServers", "permissionMode"];

/// Reads an agent out of its file's bytes. `below`: the folders between the folder of agents and the file.
/// `None`: not an agent (a plugin's without a head; another's without name, description or readable head).
pub fn read(bytes: &[u8], file: &Path, below: &[String], scope: &Scope, found: &mut Vec<Diagnostic>) -> Option<Agent> {
    let before = found.len();
    let document = frontmatter::parse(bytes, file, found)?;
    let is_plugins = scope.plugin().is_some();
    if !document.fenced {
        found.push(Diagnostic::note(
            "agent-no-head",
            file,
            "there is no head between `---` lines: not an agent",
        ));
        return None;
    }
    let fields = &document.fields;
    let stem = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let unreadable = found.iter().skip(before).any(|one| one.reason() == "frontmatter-yaml");
    let lacks = if unreadable {
        Some("a head that can be read")
    } else if fields.get("name").is_none() {
        Some("a name")
    } else if fields.get("description").is_none() {
        Some("a description")
    } else {
        None
    };
    if let (Some(lacks), false) = (lacks, is_plugins) {
        found.push(Diagnostic::component(
            "agent-incomplete",
            file,
            format!("the agent has not {lacks}; it was left out"),
        ));
        return None;
    }
    let name = match fields.text("name") {
        Some(name) if name.contains(':') || name.starts_with('-') => {
            found.push(Diagnostic::warning(
                "agent-name",
                file,
                format!("the name `{name}` holds `:` or begins with `-`; the file's name, `{stem}`, was taken"),
            ));
            stem
        }
        Some(name) => name,
        None => stem,
    };
    Some(Agent {
        qualified: qualified(scope, below, &name),
        name,
        scope: scope.clone(),
        file: file.to_owned(),
        description: fields
            .text("description")
            .or_else(|| document.first_paragraph())
            .unwrap_or_default(),
        tools: fields.get("tools").map(|_| known_rules(fields, "tools", file, found)),
        disallowed_tools: fields.get("disallowedTools").map(tools::rules).unwrap_or_default(),
        model: AgentModel::of(fields.text("model").as_deref()),
        effort: fields.text("effort"),
        max_turns: fields.text("maxTurns").and_then(|text| text.parse().ok()),
        color: colour(fields, file, found),
        skills: fields.words("skills"),
        memory: fields.text("memory"),
        background: fields.flag("background").unwrap_or(false),
        isolated: fields.text("isolation").as_deref() == Some("worktree"),
        initial_prompt: fields.text("initialPrompt"),
        own_settings: own_settings(fields, is_plugins, file, found),
        body: document.body,
    })
}

fn qualified(scope: &Scope, below: &[String], name: &str) -> String {
    let parts = scope
        .plugin()
        .into_iter()
        .chain(below.iter().map(String::as_str))
        .chain([name]);
    parts.collect::<Vec<_>>().join(":")
}

fn colour(fields: &Fields, file: &Path, found: &mut Vec<Diagnostic>) -> Option<String> {
    let colour = fields.text("color")?;
    if COLOURS.contains(&colour.as_str()) {
        return Some(colour);
    }
    found.push(Diagnostic::note(
        "agent-color",
        file,
        format!("the colour `{colour}` is not known and was left out"),
    ));
    None
}

fn own_settings(fields: &Fields, is_plugins: bool, file: &Path, found: &mut Vec<Diagnostic>) -> Option<Value> {
    let mut kept = Map::new();
    for key in GUARDED {
        let Some(value) = fields.get(key) else { continue };
        if is_plugins {
            found.push(Diagnostic::warning(
                "agent-guarded",
                file,
                format!("`{key}` in a plugin's agent has no effect, for your safety"),
            ));
        } else {
            kept.insert(key.to_owned(), value.clone());
        }
    }
    (!kept.is_empty()).then_some(Value::Object(kept))
}
