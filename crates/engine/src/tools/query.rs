//! `Query`: SQL over the tables in granted files.

use std::fmt::Write;

use deskhand_tables::{NoteKind, QueryLimits, QueryResult, Skipped, TableInfo};
use deskhand_types::{GuestPath, Label, ToolCall, ToolDef, ToolOutcome};
use deskhand_workspace::Workspace;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, arguments, catalog, def, workspace_failed};

/// Rows a model is shown; the structured result holds [`QueryLimits::max_rows`].
const SHOWN_ROWS: usize = 200;

pub(super) struct Query;

#[derive(Deserialize)]
struct Arguments {
    sql: String,
    #[serde(default)]
    tables: Option<Vec<String>>,
    #[serde(default)]
    with_hidden: bool,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "sql": {"type": "string", "description": "one SELECT (SQLite), or DESCRIBE for the tables and their columns"},
            "tables": {"type": "array", "items": {"type": "string"}, "description": "only these files; all granted files when left out"},
            "with_hidden": {"type": "boolean", "description": "also text in hidden rows, columns, sheets: only if the user asked"}
        },
        "required": ["sql"]
    })
}

impl Tool for Query {
    fn def(&self) -> ToolDef {
        def(
            "Query",
            "SQL over the tables in granted files (csv, tsv, xlsx, xls, ods, jsonl), and `files` (path, folder, name, stem, ext, size, modified, hash). \
             Begin with DESCRIBE. Totals rows are left out; dates are ISO text. The result says which cells it came from.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let Arguments {
            sql,
            tables,
            with_hidden,
        } = arguments(call, &schema())?;
        // Models name tables where files are meant; a table's name is no path, so it is simply not a restriction.
        let wanted: Vec<GuestPath> = tables
            .unwrap_or_default()
            .iter()
            .filter(|name| name.contains(['/', '.']))
            .map(|name| bench.workspace.locate(name))
            .collect::<Result<_, _>>()
            .map_err(|error| workspace_failed(&error))?;
        let workspace = bench.workspace.clone();
        let max_chars = bench.result_chars;
        let summary = if with_hidden {
            "Calculate with what is hidden"
        } else {
            "Calculate"
        };
        Ok(Proposal::look(wanted.clone(), summary.to_owned(), move || {
            let mut outcome = run(&workspace, &wanted, &sql, with_hidden, max_chars);
            if with_hidden {
                outcome.label = crate::flow::unveiled_label(outcome.label);
            }
            outcome
        }))
    }
}

fn run(workspace: &Workspace, wanted: &[GuestPath], sql: &str, with_hidden: bool, max_chars: usize) -> ToolOutcome {
    let (mut catalog, skipped) = match catalog::load(workspace, wanted, sql, with_hidden) {
        Ok(loaded) => loaded,
        Err(outcome) => return *outcome,
    };
    let skipped_text: String = skipped
        .iter()
        .map(|skip| format!("\nSkipped {}: {}", skip.path, skip.reason))
        .collect();
    if sql.trim().trim_end_matches(';').eq_ignore_ascii_case("describe") {
        let mut label = Label::harness();
        for table in catalog.tables() {
            label = label.join(&Label::file(table.path.as_str()));
        }
        let count = catalog.tables().len();
        let mut text = catalog.describe();
        cut(&mut text, max_chars);
        text.push_str(&skipped_text);
        let relations = match catalog.relations() {
            Ok(relations) => relations,
            Err(error) => return *catalog::table_failed(&error),
        };
        let mut data = json!({"tables": catalog.tables(), "relations": relations, "skipped": skipped});
        tell_withheld(&mut data, catalog.tables());
        let summary = format!("Found {count} {}", if count == 1 { "table" } else { "tables" });
        return naming(&skipped, ToolOutcome::text(text, label, summary).with_data(data));
    }
    match catalog.query(sql, &QueryLimits::default()) {
        Ok(result) => {
            let read: Vec<&TableInfo> = catalog
                .tables()
                .iter()
                .filter(|table| result.sources.iter().any(|source| source.table == table.name))
                .collect();
            naming(&skipped, outcome(&result, &read, &skipped_text, max_chars))
        }
        Err(error) => *catalog::table_failed(&error),
    }
}

/// An answer that names files which were not read: a name is a text that somebody wrote.
fn naming(skipped: &[Skipped], mut outcome: ToolOutcome) -> ToolOutcome {
    for skip in skipped {
        outcome.label = outcome.label.join(&Label::file(skip.path.as_str()));
    }
    outcome
}

fn outcome(result: &QueryResult, read: &[&TableInfo], skipped: &str, max_chars: usize) -> ToolOutcome {
    let mut text = format!(
        "| {} |\n|{}\n",
        result.columns.join(" | "),
        "---|".repeat(result.columns.len())
    );
    for row in result.rows.iter().take(SHOWN_ROWS) {
        let cells: Vec<String> = row.iter().map(cell).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    cut(&mut text, max_chars);
    if result.rows.len() > SHOWN_ROWS || result.truncated.is_some() {
        let _ = writeln!(
            text,
            "[{} of {}{} rows shown]",
            SHOWN_ROWS.min(result.rows.len()),
            if result.truncated.is_some() { "more than " } else { "" },
            result.rows.len()
        );
    }
    let mut label = Label::harness();
    for source in &result.sources {
        label = label.join(&Label::file(source.path.as_str()));
        let _ = writeln!(text, "Source: {} › {}", source.path.file_name(), source.range);
    }
    for note in read.iter().flat_map(|table| &table.notes) {
        if note.kind == NoteKind::Withheld {
            let _ = writeln!(text, "! {}", note.text);
        }
    }
    text.push_str(skipped);
    let count = result.rows.len();
    let summary = format!("Calculated {count} {}", if count == 1 { "row" } else { "rows" });
    let mut data = json!(result);
    tell_withheld(&mut data, read.iter().copied());
    ToolOutcome::text(text, label, summary).with_data(data)
}

/// Adds to the data what people would not see in the sheets and is therefore not in the tables.
fn tell_withheld<'a>(data: &mut Value, tables: impl IntoIterator<Item = &'a TableInfo>) {
    let withheld: Vec<deskhand_documents::Note> = tables
        .into_iter()
        .filter_map(|table| {
            let note = table.notes.iter().find(|note| note.kind == NoteKind::Withheld)?;
            let place = table.sheet.as_deref().unwrap_or(table.path.file_name());
            let cells = if note.count == 1 { "cell" } else { "cells" };
            Some(deskhand_documents::Note {
                kind: deskhand_documents::NoteKind::HiddenPart,
                text: format!("sheet '{place}': {} hidden {cells} with text not shown", note.count),
                count: note.count,
            })
        })
        .collect();
    if let Value::Object(object) = data
        && !withheld.is_empty()
    {
        object.insert("withheld".to_owned(), json!(withheld));
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.replace('|', "\\|").replace('\n', " "),
        other => other.to_string(),
    }
}

fn cut(text: &mut String, max_chars: usize) {
    if text.len() > max_chars {
        text.truncate(text.floor_char_boundary(max_chars));
        text.push_str("\n[cut; ask for less]\n");
    }
}

/// Runs one statement for a chart or a document: rows only.
pub(super) fn rows(workspace: &Workspace, sql: &str) -> Result<QueryResult, Box<ToolOutcome>> {
    let (mut catalog, _) = catalog::load(workspace, &[], sql, false)?;
    catalog
        .query(sql, &QueryLimits::default())
        .map_err(|error| catalog::table_failed(&error))
}
