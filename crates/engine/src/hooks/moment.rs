//! The moments hooks are told of, with what they are told.

use deskhand_plugins::format::hooks::Event;
use deskhand_types::{Block, CallId, ToolCall, ToolOutcome};
use serde_json::{Map, Value, json};

/// Characters of one text a hook is told; what is longer is cut.
pub(super) const MAX_TEXT: usize = 20_000;

/// One moment.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Moment {
    pub event: Event,
    pub fields: Map<String, Value>,
    /// The call it is about.
    pub call: Option<CallId>,
}

impl Moment {
    fn new(event: Event, fields: Value) -> Self {
        let fields = match fields {
            Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, cut(value))).collect(),
            _ => Map::new(),
        };
        Self {
            event,
            fields,
            call: None,
        }
    }

    fn about(event: Event, call: &ToolCall, more: Value) -> Self {
        let mut fields = json!({"tool_name": call.name, "tool_input": call.input, "tool_use_id": call.id});
        if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
            fields.extend(more);
        }
        Self {
            call: Some(call.id.clone()),
            ..Self::new(event, fields)
        }
    }

    pub fn session_start(source: &str) -> Self {
        Self::new(Event::SessionStart, json!({"source": source}))
    }

    pub fn session_end() -> Self {
        Self::new(Event::SessionEnd, json!({"reason": "other"}))
    }

    pub fn prompt(text: &str) -> Self {
        Self::new(Event::UserPromptSubmit, json!({"prompt": text}))
    }

    pub fn expansion(command: &str, args: &str, typed: &str) -> Self {
        Self::new(
            Event::UserPromptExpansion,
            json!({"command_name": command, "command_args": args, "prompt": typed, "expansion_type": "slash_command"}),
        )
    }

    pub fn before_call(call: &ToolCall) -> Self {
        Self::about(Event::PreToolUse, call, json!({}))
    }

    pub fn before_asking(call: &ToolCall) -> Self {
        Self::about(Event::PermissionRequest, call, json!({}))
    }

    pub fn after_call(call: &ToolCall, outcome: &ToolOutcome) -> Self {
        let text: Vec<&str> = outcome.content.iter().filter_map(Block::as_text).collect();
        let text = text.join("\n");
        match &outcome.error {
            None => Self::about(
                Event::PostToolUse,
                call,
                json!({"tool_response": {"text": text, "data": outcome.data}}),
            ),
            Some(code) => Self::about(
                Event::PostToolUseFailure,
                call,
                json!({"error": text, "error_code": code}),
            ),
        }
    }

    pub fn stop(last: &str, held: bool) -> Self {
        Self::new(
            Event::Stop,
            json!({"stop_hook_active": held, "last_assistant_message": last}),
        )
    }

    pub fn agent_start() -> Self {
        Self::new(Event::SubagentStart, json!({}))
    }

    pub fn agent_stop(last: &str, held: bool) -> Self {
        Self::new(
            Event::SubagentStop,
            json!({"stop_hook_active": held, "last_assistant_message": last}),
        )
    }

    pub fn before_compaction() -> Self {
        Self::new(Event::PreCompact, json!({"trigger": "auto", "custom_instructions": ""}))
    }

    pub fn after_compaction() -> Self {
        Self::new(Event::PostCompact, json!({"trigger": "auto"}))
    }

    pub fn waiting() -> Self {
        let message = "Deskhand waits for your answer";
        Self::new(
            Event::Notification,
            json!({"notification_type": "permission_prompt", "message": message}),
        )
    }
}

/// Long texts cut, wherever they stand.
pub(super) fn cut(value: Value) -> Value {
    match value {
        Value::String(text) if text.len() > MAX_TEXT => {
            let end = text.floor_char_boundary(MAX_TEXT);
            Value::String(format!("{}…", text.get(..end).unwrap_or_default()))
        }
        Value::Array(items) => Value::Array(items.into_iter().take(1_000).map(cut).collect()),
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, cut(value))).collect()),
        other => other,
    }
}
