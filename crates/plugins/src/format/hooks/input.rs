//! What a hook is told: one JSON object on standard input, or as the body of a request.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::event::{Event, Subject};
use crate::format::tools;

/// The input of one event. Paths are absolute, with the system's separators.
#[derive(Clone, PartialEq, Debug)]
pub struct Input {
    /// Which moment.
    pub event: Event,
    /// The session's id.
    pub session_id: String,
    /// A file with the conversation so far.
    pub transcript_path: PathBuf,
    /// The working folder.
    pub cwd: PathBuf,
    /// How the person is asked, where it is known.
    pub permission_mode: Option<String>,
    /// The prompt it belongs to.
    pub prompt_id: Option<String>,
    /// Inside a sub-agent: which.
    pub agent_id: Option<String>,
    /// Inside a sub-agent: its type (`plugin:name` for a plugin's).
    pub agent_type: Option<String>,
    /// The event's own fields: `tool_name`, `tool_input`, `tool_use_id`, `tool_response`, `prompt`, `source`, ….
    pub fields: Map<String, Value>,
}

impl Input {
    /// An input without fields of its own.
    pub fn new(event: Event, session_id: &str, transcript_path: PathBuf, cwd: PathBuf) -> Self {
        Self {
            event,
            session_id: session_id.to_owned(),
            transcript_path,
            cwd,
            permission_mode: None,
            prompt_id: None,
            agent_id: None,
            agent_type: None,
            fields: Map::new(),
        }
    }

    /// With one of the event's fields.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(key.to_owned(), value.into());
        self
    }

    /// The whole object. The fields all events share are not overwritten by an event's own.
    pub fn to_json(&self) -> Value {
        let mut whole = self.fields.clone();
        let shared = [
            ("session_id", Some(json!(self.session_id))),
            ("transcript_path", Some(json!(self.transcript_path.to_string_lossy()))),
            ("cwd", Some(json!(self.cwd.to_string_lossy()))),
            ("hook_event_name", Some(json!(self.event.name()))),
            ("permission_mode", self.permission_mode.as_ref().map(|mode| json!(mode))),
            ("prompt_id", self.prompt_id.as_ref().map(|id| json!(id))),
            ("agent_id", self.agent_id.as_ref().map(|id| json!(id))),
            ("agent_type", self.agent_type.as_ref().map(|kind| json!(kind))),
        ];
        for (key, value) in shared {
            if let Some(value) = value {
                whole.insert(key.to_owned(), value);
            }
        }
        Value::Object(whole)
    }

    /// The tool's name, where the event is about one.
    pub fn tool(&self) -> Option<&str> {
        self.field("tool_name").filter(|_| self.event.is_about_a_tool())
    }

    /// The names a matcher is compared with; `None`: the event has nothing to match.
    pub fn subjects(&self) -> Option<Vec<&str>> {
        match self.event.subject() {
            Subject::Nothing => None,
            Subject::Tool => Some(tools::names(self.field("tool_name").unwrap_or_default()).collect()),
            Subject::Field("agent_type") => Some(vec![
                self.field("agent_type")
                    .or(self.agent_type.as_deref())
                    .unwrap_or_default(),
            ]),
            Subject::Field(key) => Some(vec![self.field(key).unwrap_or_default()]),
            Subject::FileName(key) => {
                let path = self.field(key).unwrap_or_default();
                Some(vec![path.rsplit(['/', '\\']).next().unwrap_or_default()])
            }
        }
    }

    fn field(&self, key: &str) -> Option<&str> {
        self.fields.get(key).and_then(Value::as_str)
    }
}
