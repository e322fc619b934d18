//! `Glob`: files by name.

use std::fmt::Write;

use deskhand_types::{Label, ToolCall, ToolDef, ToolOutcome};
use deskhand_workspace::GlobQuery;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, arguments, catalog::file_row, def, workspace_failed};

/// Paths listed for the model; the structured result holds all that were found.
const SHOWN: usize = 200;
/// Entries in the structured result.
const MAX_FOUND: usize = 20_000;

pub(super) struct Glob;

#[derive(Deserialize)]
struct Arguments {
    pattern: String,
    #[serde(default)]
    path: Option<String>,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "pattern": {"type": "string", "description": "such as **/*.xlsx"},
            "path": {"type": "string", "description": "folder; all granted folders when left out"}
        },
        "required": ["pattern"]
    })
}

impl Tool for Glob {
    fn def(&self) -> ToolDef {
        def(
            "Glob",
            "Lists files whose path matches a pattern, newest first.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let Arguments { pattern, path } = arguments(call, &schema())?;
        let path = path
            .map(|path| bench.workspace.locate(&path))
            .transpose()
            .map_err(|error| workspace_failed(&error))?;
        let workspace = bench.workspace.clone();
        let summary = format!("Look for {pattern}");
        Ok(Proposal::look(path.iter().cloned().collect(), summary, move || {
            let query = GlobQuery {
                path,
                max_results: MAX_FOUND,
                ..GlobQuery::new(pattern.clone())
            };
            let found = match workspace.glob(&query) {
                Ok(found) => found,
                Err(error) => return *workspace_failed(&error),
            };
            let count = found.total;
            let truncated = found.cut.is_some() || found.total > found.entries.len();
            let mut text = if count == 0 {
                format!("No file matches `{pattern}`.")
            } else {
                found
                    .entries
                    .iter()
                    .take(SHOWN)
                    .map(|entry| entry.path.as_str())
                    .collect::<Vec<_>>()
                    .join("\n")
            };
            if count > SHOWN || truncated {
                let more = if found.cut.is_some() { "more than " } else { "" };
                let _ = write!(
                    text,
                    "\n[{} shown of {more}{count}; narrow the pattern to see others]",
                    SHOWN.min(count)
                );
            }
            if let Some(note) = super::grep::barred(found.skipped.barred) {
                let _ = write!(text, "\n{note}");
            }
            let mut label = Label::harness();
            for entry in found.entries.iter().take(Label::MAX_SOURCES) {
                label = label.join(&Label::file(entry.path.as_str()));
            }
            let files: Vec<Value> = found.entries.iter().map(|entry| json!(file_row(entry))).collect();
            let summary = format!("Found {count} {}", if count == 1 { "file" } else { "files" });
            ToolOutcome::text(text, label, summary).with_data(json!({"files": files, "truncated": truncated}))
        }))
    }
}
