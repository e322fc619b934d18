//! `MoveFile`: renames or moves a file or folder.

use deskhand_types::{ToolCall, ToolDef, ToolOutcome};
use deskhand_workspace::Edit;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, arguments, change, def, workspace_failed};

pub(super) struct MoveFile;

#[derive(Deserialize)]
struct Arguments {
    from: String,
    to: String,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"from": {"type": "string"}, "to": {"type": "string", "description": "new path, with the file name"}},
        "required": ["from", "to"]
    })
}

impl Tool for MoveFile {
    fn def(&self) -> ToolDef {
        def(
            "MoveFile",
            "Moves or renames a file or folder. Never overwrites. Makes missing folders.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let Arguments { from, to } = arguments(call, &schema())?;
        let from = bench
            .workspace
            .locate(&from)
            .map_err(|error| workspace_failed(&error))?;
        let to = bench.workspace.locate(&to).map_err(|error| workspace_failed(&error))?;
        let edit = Edit::Move {
            from: from.clone(),
            to: to.clone(),
        };
        change(call, bench, vec![edit], |_| format!("Move {from} to {to}"))
    }
}
