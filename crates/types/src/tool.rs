//! Tool definitions, calls, outcomes, and the plan.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Block, CallId, Code, Label};

/// A tool as a model sees it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ToolDef {
    /// Its name, `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// What it does, in a few lines.
    pub description: String,
    /// JSON Schema (2020-12) of the arguments; an object schema.
    pub input_schema: Value,
}

/// A call the model made.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ToolCall {
    /// Its id.
    pub id: CallId,
    /// The tool.
    pub name: String,
    /// The arguments.
    pub input: Value,
}

/// What a call gave. Every outcome carries where it came from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ToolOutcome {
    /// What the model reads: text (Markdown) and images.
    pub content: Vec<Block>,
    /// The same as structured data, for recipes and views; `null` when there is nothing more to say.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
    /// The error's code, when it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Code>,
    /// Where the content came from.
    pub label: Label,
    /// One line for the person: "Read 3 sheets, 412 rows".
    pub summary: String,
    /// Characters nobody sees that were taken out of what the model reads.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub invisible: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl ToolOutcome {
    /// A text result.
    pub fn text(text: impl Into<String>, label: Label, summary: impl Into<String>) -> Self {
        Self {
            content: vec![Block::text(text)],
            data: Value::Null,
            error: None,
            label,
            summary: summary.into(),
            invisible: 0,
        }
    }

    /// A failed call, with a text that teaches the model what to do instead.
    pub fn failed(code: Code, text: impl Into<String>) -> Self {
        let text = text.into();
        let summary = text.lines().next().unwrap_or_default().to_owned();
        Self {
            content: vec![Block::text(text)],
            data: Value::Null,
            error: Some(code),
            label: Label::harness(),
            summary,
            invisible: 0,
        }
    }

    /// The same with structured data.
    #[must_use]
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = data;
        self
    }
}

/// How far a step of the plan is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TodoStatus {
    /// Not begun.
    Pending,
    /// Being done.
    InProgress,
    /// Done.
    Completed,
}

/// A step of the plan shown to the person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Todo {
    /// What is to be done ("Read the spreadsheets").
    pub content: String,
    /// How far it is.
    pub status: TodoStatus,
    /// The same while it is being done ("Reading the spreadsheets").
    #[serde(rename = "activeForm", default, skip_serializing_if = "Option::is_none")]
    pub active_form: Option<String>,
}
