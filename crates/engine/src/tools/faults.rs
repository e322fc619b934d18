//! What a program would find wrong with a file that is handed over: it does not open, it is not what its name says, a
//! workbook holds error values. A net under the model's own checks, not in place of them; it holds nothing back.

use deskhand_documents::{Kind, Limits, NoteKind, ReadOptions, kind_of};
use deskhand_types::GuestPath;
use deskhand_workspace::Workspace;
use serde_json::Value;

use super::read::MAX_FILE;

/// Characters of a document that are read: all of what people hand over, and a bound on time.
const CHARS: usize = 4_000_000;
/// Error values that are named; the others are counted.
const NAMED: usize = 5;

/// What is wrong with a file, in words; nothing where nobody would stumble.
pub(super) fn of(workspace: &Workspace, path: &GuestPath) -> Option<String> {
    let name = path.file_name();
    let bytes = match workspace.read(path, MAX_FILE) {
        Ok(bytes) => bytes,
        Err(error) => return Some(format!("could not be looked at: {error}")),
    };
    in_bytes(name, &bytes)
}

fn in_bytes(name: &str, bytes: &[u8]) -> Option<String> {
    if !is_document(name) {
        return None;
    }
    let is_workbook = matches!(kind_of(name, bytes), Kind::Xlsx | Kind::Xlsb | Kind::Xls | Kind::Ods);
    let options = ReadOptions {
        offset: None,
        limit: is_workbook.then_some(u64::from(u32::MAX)),
        pages: None,
        max_chars: CHARS,
        with_hidden: false,
    };
    match deskhand_documents::read(name, bytes, &options, &Limits::default()) {
        Err(error) => Some(format!("does not open: {error}")),
        Ok(reading) => reading
            .notes
            .iter()
            .find(|note| note.kind == NoteKind::WrongName)
            .map(|note| note.text.clone())
            .or_else(|| error_values(&reading.data)),
    }
}

/// Whether a person opens files of this name with a program for documents.
fn is_document(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| {
        [
            "docx", "docm", "xlsx", "xlsm", "xlsb", "xls", "ods", "pptx", "pptm", "pdf",
        ]
        .contains(&ending.as_str())
    })
}

/// The list of that name; none where there is no such list.
fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The cells of a workbook that hold `#REF!` and the like.
fn error_values(data: &Value) -> Option<String> {
    let mut found = Vec::new();
    for sheet in list(data, "sheets") {
        let columns = list(sheet, "columns");
        let sheet_name = sheet.get("name").and_then(Value::as_str).unwrap_or_default();
        for row in list(sheet, "rows") {
            let number = row.get("row").and_then(Value::as_u64).unwrap_or_default();
            for (column, cell) in columns.iter().zip(list(row, "cells")) {
                if let Some(error) = cell.get("error").and_then(Value::as_str) {
                    let column = column.as_str().unwrap_or_default();
                    found.push(format!("{error} in '{sheet_name}'!{column}{number}"));
                }
            }
        }
    }
    let more = found.len().saturating_sub(NAMED);
    found.truncate(NAMED);
    (!found.is_empty()).then(|| {
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("holds error values: {}{more}", found.join(", "))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_program_opens_is_told_and_other_files_are_let_be() {
        let broken = in_bytes("report.docx", b"PK\x03\x04 and then nothing").unwrap();
        assert!(broken.starts_with("does not open: "), "{broken}");
        let empty = in_bytes("report.pdf", b"").unwrap();
        assert!(empty.starts_with("does not open: the file is empty"), "{empty}");
        let renamed = in_bytes("report.pptx", b"# only text\n").unwrap();
        assert!(renamed.contains("PowerPoint presentation"), "{renamed}");
        assert_eq!(in_bytes("notes.md", b"PK"), None);
        assert_eq!(in_bytes("photo.png", b"not a picture"), None);
    }

    #[test]
    fn error_values_are_named_by_cell_and_counted() {
        let cells: Vec<Value> = (0..7).map(|_| json!({"error": "#REF!"})).collect();
        let columns = ["A", "B", "C", "D", "E", "F", "G"];
        let data = json!({"sheets": [
            {"name": "Plan", "columns": columns, "rows": [{"row": 3, "cells": cells}]},
            {"name": "Hidden", "visible": false},
        ]});
        let told = error_values(&data).unwrap();
        assert!(
            told.starts_with("holds error values: #REF! in 'Plan'!A3, ") && told.ends_with("'Plan'!E3 and 2 more"),
            "{told}"
        );
        let fine = json!({"sheets": [{"name": "Plan", "columns": ["A"], "rows": [{"row": 1, "cells": ["#REF!"]}]}]});
        assert_eq!(error_values(&fine), None, "a text about errors is no error");
    }
}
