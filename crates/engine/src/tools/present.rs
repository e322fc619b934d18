//! `PresentFiles`: marks files as what the task hands over.

use deskhand_types::{EventBody, Label, ToolCall, ToolDef, ToolOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, arguments, def, workspace_failed};

pub(super) struct PresentFiles;

#[derive(Deserialize)]
struct Arguments {
    paths: Vec<String>,
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"paths": {"type": "array", "items": {"type": "string"}}}, "required": ["paths"]})
}

impl Tool for PresentFiles {
    fn def(&self) -> ToolDef {
        def(
            "PresentFiles",
            "Marks finished files as the outputs handed to the person.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let arguments: Arguments = arguments(call, &schema())?;
        let mut paths = Vec::with_capacity(arguments.paths.len());
        for path in &arguments.paths {
            let path = bench.workspace.locate(path).map_err(|error| workspace_failed(&error))?;
            bench.workspace.stat(&path).map_err(|error| workspace_failed(&error))?;
            paths.push(path);
        }
        let names: Vec<&str> = paths.iter().map(deskhand_types::GuestPath::file_name).collect();
        let summary = format!("Hand over {}", names.join(", "));
        let mut proposal = Proposal::record(
            EventBody::OutputPresented { paths: paths.clone() },
            ToolOutcome::text("The files are shown to the person.", Label::harness(), summary),
        );
        proposal.paths = paths;
        Ok(proposal)
    }
}
