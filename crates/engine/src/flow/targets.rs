//! Whom or what a call acts on, value by value, as a card names it: what the person may replace, and what puts several cards
//! of one turn together (`injection.md` 4.4).

use deskhand_policy::flow::Kind;
use deskhand_types::{Action, Code, TargetKind, TargetValue, ToolCall, ToolOutcome};
use serde_json::Value;

use super::grounds::plain;
use crate::{perform, session::Session};

/// Values a card offers.
const MOST: usize = 6;
/// The longest value a card offers to replace, in characters; longer ones are content.
const LONGEST: usize = 500;

/// The values `whole` acts on. `whole` is the call with what its variables hold in their place.
pub(super) fn targets(session: &Session<'_>, whole: &ToolCall, action: &Action) -> Vec<TargetValue> {
    // The command behind these changes ran already.
    if perform::ran(session, &whole.id).is_some() {
        return Vec::new();
    }
    let schema = schema(session, &whole.name);
    let mut found: Vec<TargetValue> = Vec::new();
    let mut add = |param: &str, kind: TargetKind, value: String, is_entry: bool| {
        let fits = !value.is_empty() && value.chars().count() <= LONGEST && found.len() < MOST;
        if !fits || found.iter().any(|known| known.param == param && known.value == value) {
            return;
        }
        let schema = schema.get(param);
        let schema = if is_entry {
            schema.and_then(|schema| schema.get("items"))
        } else {
            schema
        };
        found.push(TargetValue {
            param: param.to_owned(),
            kind,
            value,
            schema: schema.cloned(),
        });
    };
    let sink = session.trail.sinks.get(&whole.name).filter(|sink| !sink.journalled);
    for aim in sink
        .map(|sink| sink.aims(&whole.input, session.trail.seen()))
        .unwrap_or_default()
    {
        let kind = kind_of(aim.kind);
        match whole.input.get(aim.param) {
            // An entry of a list is found by what stands in the call, and a variable does not stand there as what it holds.
            Some(Value::Array(_)) => {
                for value in aim.values.into_iter().filter_map(Value::as_str) {
                    if stands(session, whole, aim.param, value) {
                        add(aim.param, kind, value.to_owned(), true);
                    }
                }
            }
            Some(value @ (Value::String(_) | Value::Number(_))) => add(aim.param, kind, plain(value), false),
            _ => {}
        }
    }
    for (param, value) in whole.input.as_object().into_iter().flatten() {
        if let Some(text) = value.as_str()
            && action.paths.iter().any(|path| path.as_str() == text)
        {
            add(param, TargetKind::Path, text.to_owned(), false);
        }
    }
    found
}

/// Whether an entry of a list stands in the call as the model made it.
fn stands(session: &Session<'_>, call: &ToolCall, param: &str, value: &str) -> bool {
    let made = session.state.call(&call.id).and_then(|call| call.call.input.get(param));
    let entries = made.and_then(Value::as_array);
    entries.is_some_and(|entries| entries.iter().any(|entry| entry.as_str() == Some(value)))
}

/// Whether a call in which the person replaced a value is one its tool takes as a whole.
///
/// # Errors
/// When it is not: then it is not made, and the model is told.
pub(crate) fn still_fits(session: &Session<'_>, whole: &ToolCall) -> Result<(), Box<ToolOutcome>> {
    let is_replaced = session
        .state
        .call(&whole.id)
        .is_some_and(|call| !call.replaced.is_empty());
    let def = session.state.tools().find(|def| def.name == whole.name);
    let Some(schema) = def.and_then(|def| def.input_schema.as_object()).filter(|_| is_replaced) else {
        return Ok(());
    };
    deskhand_mcp::validate(schema, &whole.input).map_err(|error| {
        let text =
            format!("With the value the person gave, the tool does not take this call: {error}. Nothing was done.");
        Box::new(ToolOutcome::failed(Code::new("tool.arguments"), text))
    })
}

/// The parameters of a tool, as their JSON Schemas.
fn schema(session: &Session<'_>, tool: &str) -> serde_json::Map<String, Value> {
    let def = session.state.tools().find(|def| def.name == tool);
    let properties = def.and_then(|def| def.input_schema.get("properties"));
    properties.and_then(Value::as_object).cloned().unwrap_or_default()
}

const fn kind_of(kind: &Kind) -> TargetKind {
    match kind {
        Kind::Email | Kind::Recipient | Kind::Directory(_) | Kind::Listed { .. } => TargetKind::Address,
        Kind::Payee => TargetKind::Account,
        Kind::FileName | Kind::Attachment => TargetKind::Path,
        Kind::Url => TargetKind::Url,
        _ => TargetKind::Other,
    }
}
