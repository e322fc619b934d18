//! The JSON a hook may answer with. What is of the wrong type makes the whole answer void.

use serde_json::{Map, Value};

use super::{Decision, Verdict};
use crate::format::hooks::Event;

/// Reads an answer; the error says what is wrong with it.
pub fn read(event: Event, text: &str) -> Result<Verdict, String> {
    let value: Value = serde_json::from_str(text.trim()).map_err(|why| format!("not valid JSON: {why}"))?;
    let map = value.as_object().ok_or("not an object")?;
    let mut verdict = Verdict::default();
    if let Some(false) = flag(map, "continue")? {
        verdict.stop = Some(string(map, "stopReason")?.unwrap_or_else(|| "a hook ended it".to_owned()));
    } else {
        string(map, "stopReason")?;
    }
    flag(map, "suppressOutput")?;
    verdict.messages.extend(string(map, "systemMessage")?);
    decision(event, map, &mut verdict)?;
    match map.get("hookSpecificOutput") {
        None | Some(Value::Null) => {}
        Some(Value::Object(own)) => specific(event, own, &mut verdict)?,
        Some(_) => return Err("`hookSpecificOutput` is not an object".to_owned()),
    }
    Ok(verdict)
}

/// The top-level `decision`: `block` on events that know it; before a tool the old words approve, block, ask.
fn decision(event: Event, map: &Map<String, Value>, verdict: &mut Verdict) -> Result<(), String> {
    let reason = string(map, "reason")?;
    // Permission requests answer with an object, in their own part.
    let Some(word) = string(map, "decision")? else {
        return Ok(());
    };
    let decided = match (event, word.as_str()) {
        (Event::PreToolUse, "approve" | "allow") => Some(Decision::Allow),
        (Event::PreToolUse, "block" | "deny") => Some(Decision::Deny),
        (Event::PreToolUse, "ask" | "ask_user") => Some(Decision::Ask),
        (_, "block") if event.takes_block() => Some(Decision::Deny),
        (_, "approve" | "allow" | "block") => None,
        _ => return Err(format!("there is no decision `{word}`")),
    };
    if decided.is_some() {
        verdict.decision = decided;
        verdict.reason = reason;
    }
    Ok(())
}

fn specific(event: Event, own: &Map<String, Value>, verdict: &mut Verdict) -> Result<(), String> {
    match string(own, "hookEventName")? {
        Some(name) if name != event.name() => {
            return Err(format!("it is an answer to `{name}`, and `{}` was asked", event.name()));
        }
        _ => {}
    }
    if let Some(context) = string(own, "additionalContext")?.filter(|text| !text.trim().is_empty()) {
        verdict.context.push(context);
    }
    match event {
        Event::PreToolUse => {
            if let Some(word) = string(own, "permissionDecision")? {
                verdict.decision = Some(match word.as_str() {
                    "allow" => Decision::Allow,
                    "deny" => Decision::Deny,
                    "ask" => Decision::Ask,
                    "defer" => Decision::Defer,
                    _ => return Err(format!("there is no permissionDecision `{word}`")),
                });
                verdict.reason = string(own, "permissionDecisionReason")?;
            }
            verdict.updated_input = object(own, "updatedInput")?;
        }
        Event::PermissionRequest => permission(own, verdict)?,
        Event::PermissionDenied => verdict.retry = flag(own, "retry")?.unwrap_or(false),
        Event::PostToolUse => {
            let new = own.get("updatedToolOutput").or_else(|| own.get("updatedMCPToolOutput"));
            verdict.updated_output = new.filter(|value| !value.is_null()).cloned();
        }
        Event::SessionStart => {
            verdict.session_title = string(own, "sessionTitle")?;
            verdict.initial_user_message = string(own, "initialUserMessage")?;
            verdict.watch_paths = strings(own, "watchPaths")?;
        }
        Event::UserPromptSubmit => verdict.session_title = string(own, "sessionTitle")?,
        Event::CwdChanged | Event::FileChanged => verdict.watch_paths = strings(own, "watchPaths")?,
        Event::Elicitation | Event::ElicitationResult => {
            verdict.action = match string(own, "action")? {
                Some(word) if !matches!(word.as_str(), "accept" | "decline" | "cancel") => {
                    return Err(format!("there is no action `{word}`"));
                }
                action => action,
            };
            verdict.content = object(own, "content")?;
        }
        _ => {}
    }
    Ok(())
}

fn permission(own: &Map<String, Value>, verdict: &mut Verdict) -> Result<(), String> {
    let decision = match own.get("decision") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Object(decision)) => decision,
        Some(_) => return Err("`decision` is not an object".to_owned()),
    };
    verdict.decision = Some(match string(decision, "behavior")?.as_deref() {
        Some("allow") => Decision::Allow,
        Some("deny") => Decision::Deny,
        _ => return Err("`behavior` is neither allow nor deny".to_owned()),
    });
    verdict.updated_input = object(decision, "updatedInput")?;
    verdict.updated_permissions = decision
        .get("updatedPermissions")
        .filter(|value| !value.is_null())
        .cloned();
    verdict.reason = string(decision, "message")?;
    verdict.interrupt = flag(decision, "interrupt")?.unwrap_or(false);
    Ok(())
}

fn string(map: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{key}` is not text")),
    }
}

fn flag(map: &Map<String, Value>, key: &str) -> Result<Option<bool>, String> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(format!("`{key}` is neither true nor false")),
    }
}

fn object(map: &Map<String, Value>, key: &str) -> Result<Option<Value>, String> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value @ Value::Object(_)) => Ok(Some(value.clone())),
        Some(_) => Err(format!("`{key}` is not an object")),
    }
}

fn strings(map: &Map<String, Value>, key: &str) -> Result<Vec<String>, String> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| {
                item.as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| format!("`{key}` holds what is not text"))
            })
            .collect(),
        Some(_) => Err(format!("`{key}` is not a list")),
    }
}
