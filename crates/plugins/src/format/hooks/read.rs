//! From JSON to [`Hooks`].
//!
//! Both shapes: `{"description", "hooks": {Event: [group]}}` and `{Event: [group]}`. What is wrong in one group or handler
//! costs that one alone. Keys without a meaning here are kept.

use std::path::Path;

use serde_json::{Map, Value};

use super::{Action, Event, Group, Handler, Hooks, Matcher};
use crate::format::coerce;
use crate::format::diagnostic::Diagnostic;
use crate::format::tools::ToolRule;

/// Reads a hooks file's JSON, or an inline object.
pub fn read(value: &Value, path: &Path, found: &mut Vec<Diagnostic>) -> Hooks {
    let events = match value.get("hooks") {
        Some(Value::Object(events)) => events,
        Some(_) => {
            found.push(Diagnostic::component(
                "hooks-type",
                path,
                "`hooks` is not an object; no hooks were taken",
            ));
            return Hooks::default();
        }
        None => {
            let Value::Object(events) = value else {
                found.push(Diagnostic::component(
                    "hooks-type",
                    path,
                    "it is not a JSON object; no hooks were taken",
                ));
                return Hooks::default();
            };
            events
        }
    };
    let mut hooks = Hooks::default();
    for (name, groups) in events {
        let Some(event) = Event::parse(name) else {
            if name != "description" && name != "$schema" {
                found.push(Diagnostic::warning(
                    "hook-event",
                    path,
                    format!("there is no event `{name}`; its hooks never run"),
                ));
            }
            continue;
        };
        let Value::Array(groups) = groups else {
            found.push(Diagnostic::component(
                "hooks-type",
                path,
                format!("`{name}` is not a list; its hooks were left out"),
            ));
            continue;
        };
        for value in groups {
            match group(event, value, path, found) {
                Ok(group) => hooks.groups.push(group),
                Err(why) => found.push(Diagnostic::component(
                    "hook-group",
                    path,
                    format!("a group of `{name}` was left out: {why}"),
                )),
            }
        }
    }
    hooks
}

fn group(event: Event, value: &Value, path: &Path, found: &mut Vec<Diagnostic>) -> Result<Group, String> {
    let map = value.as_object().ok_or("it is not an object")?;
    let matcher = match map.get("matcher") {
        None | Some(Value::Null) => Matcher::All,
        Some(Value::String(text)) => Matcher::parse(text, event)?,
        Some(_) => return Err("`matcher` is not text".to_owned()),
    };
    let list = map
        .get("hooks")
        .and_then(Value::as_array)
        .ok_or("it has no list `hooks`")?;
    let mut handlers = Vec::new();
    for value in list {
        match handler(event, value) {
            Ok(handler) => {
                if handler.condition.is_some() && !event.is_about_a_tool() {
                    let message = format!(
                        "a hook of `{}` has an `if`, which holds for tools only: it never runs",
                        event.name()
                    );
                    found.push(Diagnostic::warning("hook-if", path, message));
                }
                handlers.push(handler);
            }
            Err(why) => {
                let message = format!("a hook of `{}` was left out: {why}", event.name());
                found.push(Diagnostic::component("hook-handler", path, message));
            }
        }
    }
    Ok(Group {
        event,
        matcher,
        handlers,
    })
}

fn handler(event: Event, value: &Value) -> Result<Handler, String> {
    let mut map = value.as_object().ok_or("it is not an object")?.clone();
    let kind = text(&mut map, "type")?.ok_or("it has no `type`")?;
    let action = match kind.as_str() {
        "command" => Action::Command {
            command: needed(&mut map, "command")?,
            args: strings(&mut map, "args")?,
            background: flag(&mut map, "async")?,
            rewake: flag(&mut map, "asyncRewake")?,
            shell: text(&mut map, "shell")?,
        },
        "http" => Action::Http {
            url: needed(&mut map, "url")?,
            headers: headers(&mut map)?,
            allowed_env: strings(&mut map, "allowedEnvVars")?.unwrap_or_default(),
        },
        "mcp_tool" => Action::McpTool {
            server: needed(&mut map, "server")?,
            tool: needed(&mut map, "tool")?,
            input: map.remove("input").unwrap_or_else(|| Value::Object(Map::new())),
        },
        "prompt" => Action::Prompt {
            prompt: needed(&mut map, "prompt")?,
            model: text(&mut map, "model")?,
            continue_on_block: flag(&mut map, "continueOnBlock")?,
        },
        "agent" => Action::Agent {
            prompt: needed(&mut map, "prompt")?,
            model: text(&mut map, "model")?,
            continue_on_block: flag(&mut map, "continueOnBlock")?,
        },
        other => return Err(format!("there is no type `{other}`")),
    };
    if matches!(event, Event::SessionStart | Event::Setup)
        && matches!(action, Action::Prompt { .. } | Action::Agent { .. })
    {
        return Err(format!("`{kind}` needs a conversation, which there is none of yet"));
    }
    let condition = match text(&mut map, "if")? {
        None => None,
        Some(rule) => Some(ToolRule::parse(&rule).ok_or("`if` is not a permission rule")?),
    };
    let timeout = match map.remove("timeout") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let seconds = value.as_f64().ok_or("`timeout` is not a number of seconds")?;
            Some(seconds).filter(|seconds| seconds.is_finite() && *seconds > 0.0)
        }
    };
    Ok(Handler {
        action,
        condition,
        timeout,
        status_message: text(&mut map, "statusMessage")?,
        once: flag(&mut map, "once")?,
        extra: map,
    })
}

fn text(map: &mut Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match map.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{key}` is not text")),
    }
}

fn needed(map: &mut Map<String, Value>, key: &str) -> Result<String, String> {
    text(map, key)?
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| format!("it has no `{key}`"))
}

fn flag(map: &mut Map<String, Value>, key: &str) -> Result<bool, String> {
    match map.remove(key) {
        None | Some(Value::Null) => Ok(false),
        Some(value) => coerce::flag(&value).ok_or_else(|| format!("`{key}` is neither true nor false")),
    }
}

fn strings(map: &mut Map<String, Value>, key: &str) -> Result<Option<Vec<String>>, String> {
    let Some(value) = map.remove(key) else { return Ok(None) };
    let list = value
        .as_array()
        .map(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
    list.flatten()
        .map(Some)
        .ok_or_else(|| format!("`{key}` is not a list of texts"))
}

fn headers(map: &mut Map<String, Value>) -> Result<Vec<(String, String)>, String> {
    match map.remove("headers") {
        None => Ok(Vec::new()),
        Some(Value::Object(headers)) => headers
            .into_iter()
            .map(|(name, value)| Ok((name, value.as_str().ok_or("a header is not text")?.to_owned())))
            .collect(),
        Some(_) => Err("`headers` is not an object".to_owned()),
    }
}
