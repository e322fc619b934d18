//! `RequestFolder`: asks the person for one more folder.

use deskhand_types::{EffectClass, GrantMode, ToolCall, ToolDef, ToolOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, Work, arguments, def};

pub(super) struct RequestFolder;

#[derive(Deserialize)]
pub(crate) struct Arguments {
    pub path: String,
    #[serde(default)]
    pub mode: GrantMode,
    #[serde(default)]
    pub reason: String,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "a folder on the person's machine, such as ~/Documents/Invoices"},
            "mode": {"enum": ["ro", "rw-no-delete", "rw"]},
            "reason": {"type": "string"}
        },
        "required": ["path", "reason"]
    })
}

impl Tool for RequestFolder {
    fn def(&self) -> ToolDef {
        def("RequestFolder", "Asks the person to grant another folder.", schema())
    }

    fn propose(&self, call: &ToolCall, _bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let Arguments { path, mode, reason } = arguments(call, &schema())?;
        let summary = format!("Use the folder {path} ({mode}): {reason}");
        Ok(Proposal {
            effect: EffectClass::Persist,
            paths: Vec::new(),
            summary,
            preview: None,
            tier: None,
            work: Work::Grant { path, mode },
        })
    }
}
