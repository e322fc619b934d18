//! `DeleteFile`: takes a file or folder away; its content stays in the journal.

use deskhand_types::{ToolCall, ToolDef, ToolOutcome};
use deskhand_workspace::{Edit, only_times};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, arguments, change, def, workspace_failed};

pub(super) struct DeleteFile;

#[derive(Deserialize)]
struct Arguments {
    file_path: String,
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"file_path": {"type": "string"}}, "required": ["file_path"]})
}

impl Tool for DeleteFile {
    fn def(&self) -> ToolDef {
        def("DeleteFile", "Deletes a file or folder. It can be undone.", schema())
    }

    fn propose(&self, call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let Arguments { file_path } = arguments(call, &schema())?;
        let path = bench
            .workspace
            .locate(&file_path)
            .map_err(|error| workspace_failed(&error))?;
        change(
            call,
            bench,
            vec![Edit::Delete { path: path.clone() }],
            // A folder's time that changes with it is nothing that is deleted.
            |set| match set.changes.iter().filter(|change| !only_times(change)).count() {
                0 | 1 => format!("Delete {path}"),
                count => format!("Delete {path} ({count} files and folders)"),
            },
        )
    }
}
