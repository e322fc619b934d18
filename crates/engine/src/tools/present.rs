//! `PresentFiles`: marks files as what the task hands over, and says what a program would find wrong with them.

use std::fmt::Write as _;

use deskhand_types::{EffectClass, GuestPath, Label, ToolCall, ToolDef, ToolOutcome};
use deskhand_workspace::Workspace;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, Work, arguments, def, faults, workspace_failed};

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
        let names: Vec<&str> = paths.iter().map(GuestPath::file_name).collect();
        let summary = format!("Hand over {}", names.join(", "));
        let (workspace, presented, told) = (bench.workspace.clone(), paths.clone(), summary.clone());
        Ok(Proposal {
            effect: EffectClass::None,
            paths: paths.clone(),
            summary,
            preview: None,
            tier: None,
            work: Work::Present(presented, Box::new(move || outcome(&workspace, &paths, told))),
        })
    }
}

/// What is told of files that are handed over. They are, whatever is wrong with them: the person decides what to do.
fn outcome(workspace: &Workspace, paths: &[GuestPath], mut summary: String) -> ToolOutcome {
    let faults: Vec<(&GuestPath, String)> = paths
        .iter()
        .filter_map(|path| Some((path, faults::of(workspace, path)?)))
        .collect();
    let mut text = "The files are shown to the person.".to_owned();
    if faults.is_empty() {
        return ToolOutcome::text(text, Label::harness(), summary);
    }
    text.push_str("\n\nMend these and hand them over again, or tell the person:");
    let mut label = Label::harness();
    for (path, fault) in &faults {
        let _ = write!(text, "\n- {path} {fault}");
        // It names sheets, which are words of the file.
        label = label.join(&crate::skills::file_label(path));
    }
    let _ = write!(summary, "; something is wrong with {}", faults.len());
    let list: Vec<Value> = faults
        .iter()
        .map(|(path, fault)| json!({"path": path, "fault": fault}))
        .collect();
    ToolOutcome::text(text, label, summary).with_data(json!({"faults": list}))
}
