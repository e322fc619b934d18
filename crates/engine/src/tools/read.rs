//! `Read`: any document as Markdown a model can use.

use deskhand_documents::{Limits, PageRange, ReadOptions};
use deskhand_types::{Coded, Label, ToolCall, ToolDef, ToolOutcome};
use deskhand_workspace::WorkspaceError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, ScratchFile, Tool, arguments, def, failed, workspace_failed};
use crate::views::with_withheld;

/// Largest file that is read, in bytes.
pub(super) const MAX_FILE: u64 = 100 * 1024 * 1024;

pub(super) struct Read;

#[derive(Deserialize)]
struct Arguments {
    file_path: String,
    #[serde(default)]
    offset: Option<u64>,
    #[serde(default)]
    limit: Option<u64>,
    #[serde(default)]
    pages: Option<String>,
    #[serde(default)]
    with_hidden: bool,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "file_path": {"type": "string"},
            "offset": {"type": "integer", "description": "first line or row, from 1"},
            "limit": {"type": "integer", "description": "how many lines or rows"},
            "pages": {"type": "string", "description": "pages, slides or sheets: \"3\" or \"2-5\""},
            "with_hidden": {"type": "boolean", "description": "also hidden text, comments, notes: only if the user asked"}
        },
        "required": ["file_path"]
    })
}

impl Tool for Read {
    fn def(&self) -> ToolDef {
        def(
            "Read",
            "Reads a file as Markdown: text, csv, xlsx/xls/ods, docx, pptx, pdf, html, ipynb, eml, images, zip listings. \
             Long files come in parts: go on with `offset` or `pages`. For numbers from tables use Query. Also shows what a \
             command left below /tmp in the sandbox, as pictures of pages.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let arguments: Arguments = arguments(call, &schema())?;
        let pages = match arguments.pages.as_deref().map(str::parse::<PageRange>) {
            None => None,
            Some(Ok(pages)) => Some(pages),
            Some(Err(_)) => return Err(failed("tool.arguments", "`pages` must look like \"3\" or \"2-5\".")),
        };
        let options = ReadOptions {
            offset: arguments.offset,
            limit: arguments.limit,
            pages,
            max_chars: bench.result_chars,
            with_hidden: arguments.with_hidden,
        };
        let path = match bench.workspace.locate(&arguments.file_path) {
            Ok(path) => path,
            // A granted folder may lie in this computer's own /tmp: the folders come first.
            Err(error @ WorkspaceError::OutsideGrant { .. }) => {
                return match ScratchFile::of(&arguments.file_path, &options) {
                    Some(file) => Ok(file.proposal(bench.tier)),
                    None => Err(workspace_failed(&error)),
                };
            }
            Err(error) => return Err(workspace_failed(&error)),
        };
        let workspace = bench.workspace.clone();
        let summary = if arguments.with_hidden {
            format!("Read {} with what is hidden in it", path.file_name())
        } else {
            format!("Read {}", path.file_name())
        };
        Ok(Proposal::look(vec![path.clone()], summary, move || {
            let bytes = match workspace.read(&path, MAX_FILE) {
                Ok(bytes) => bytes,
                Err(error) => return *workspace_failed(&error),
            };
            let label = crate::skills::file_label(&path);
            told(path.as_str(), path.file_name(), &bytes, &options, label)
        }))
    }
}

/// What is read from a file's bytes. `label` is the file's; what is hidden in it makes it worse.
pub(super) fn told(path: &str, name: &str, bytes: &[u8], options: &ReadOptions, label: Label) -> ToolOutcome {
    match deskhand_documents::read(name, bytes, options, &Limits::default()) {
        Ok(reading) => ToolOutcome {
            content: reading.blocks,
            data: if options.with_hidden {
                reading.data
            } else {
                with_withheld(reading.data, &reading.notes)
            },
            error: None,
            label: if options.with_hidden {
                crate::flow::unveiled_label(label)
            } else {
                label
            },
            summary: format!("Read {name}: {}", reading.summary),
            invisible: 0,
        },
        Err(error) => {
            let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
            ToolOutcome::failed(error.code(), format!("{path}: {error}{hint}"))
        }
    }
}
