//! `Edit`: replaces exact text in a text file.

use deskhand_types::{Hash, ToolCall, ToolDef, ToolOutcome};
use deskhand_workspace::Edit as FileEdit;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, arguments, change, def, failed, read::MAX_FILE, workspace_failed};

pub(super) struct Edit;

#[derive(Deserialize)]
struct Arguments {
    file_path: String,
    old_string: String,
    new_string: String,
    #[serde(default)]
    replace_all: bool,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "file_path": {"type": "string"},
            "old_string": {"type": "string"},
            "new_string": {"type": "string"},
            "replace_all": {"type": "boolean"}
        },
        "required": ["file_path", "old_string", "new_string"]
    })
}

impl Tool for Edit {
    fn def(&self) -> ToolDef {
        def(
            "Edit",
            "Replaces `old_string`, which must stand exactly once in a text file (or give replace_all), by `new_string`.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let Arguments {
            file_path,
            old_string,
            new_string,
            replace_all,
        } = arguments(call, &schema())?;
        let path = bench
            .workspace
            .locate(&file_path)
            .map_err(|error| workspace_failed(&error))?;
        let bytes = bench
            .workspace
            .read(&path, MAX_FILE)
            .map_err(|error| workspace_failed(&error))?;
        let expect = Some(Hash::of(&bytes));
        let Ok(text) = String::from_utf8(bytes) else {
            return Err(failed(
                "tool.not-text",
                format!("{path} is not UTF-8 text, so it cannot be edited in place. Write a new file instead."),
            ));
        };
        if old_string.is_empty() {
            return Err(failed(
                "tool.edit-empty",
                "`old_string` is empty. To make a new file or replace a whole one use Write.",
            ));
        }
        if old_string == new_string {
            return Err(failed(
                "tool.edit-same",
                "`old_string` and `new_string` are the same; nothing was changed.",
            ));
        }
        // Files with CRLF line ends: models write LF. Match in the file's own form, so that its line ends stay.
        let (old, new) = if text.contains("\r\n") && !old_string.contains('\r') {
            (old_string.replace('\n', "\r\n"), new_string.replace('\n', "\r\n"))
        } else {
            (old_string, new_string)
        };
        let found = text.matches(old.as_str()).count();
        let edited = match (found, replace_all) {
            (0, _) => {
                return Err(failed(
                    "tool.edit-not-found",
                    format!(
                        "`old_string` does not stand in {path}; nothing was changed. Read the file and copy the text exactly, without line numbers."
                    ),
                ));
            }
            (1, _) | (_, true) => text.replace(old.as_str(), &new),
            (count, false) => {
                return Err(failed(
                    "tool.edit-ambiguous",
                    format!(
                        "`old_string` stands {count} times in {path}; nothing was changed. Add surrounding text to make it unique, or set replace_all."
                    ),
                ));
            }
        };
        let edit = FileEdit::Write {
            path: path.clone(),
            bytes: edited.into_bytes(),
            expect,
        };
        change(call, bench, vec![edit], |_| format!("Edit {path}"))
    }
}
