//! `Remember`: proposes a note for memory. Only proposes: what a task read may have put the words into its mouth, so a
//! note is staged with its label and becomes memory only when the person accepts it.

use deskhand_types::{EventBody, Label, ToolCall, ToolDef, ToolOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, arguments, def, failed};

const MAX_CHARS: usize = 2_000;

pub(super) struct Remember;

#[derive(Deserialize)]
struct Arguments {
    text: String,
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]})
}

impl Tool for Remember {
    fn def(&self) -> ToolDef {
        def(
            "Remember",
            "Proposes a short note for later tasks; the person decides whether it is kept.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, _bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let Arguments { text } = arguments(call, &schema())?;
        if text.trim().is_empty() || text.chars().count() > MAX_CHARS {
            return Err(failed(
                "tool.arguments",
                format!("A note has 1 to {MAX_CHARS} characters."),
            ));
        }
        let outcome = ToolOutcome::text(
            "The note is proposed; it is not in force until the person accepts it.",
            Label::harness(),
            "Proposed a note",
        );
        Ok(Proposal::record(EventBody::MemoryProposed { text }, outcome))
    }
}
