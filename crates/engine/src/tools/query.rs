//! `Query`: SQL over the tables in granted files.

use std::fmt::Write;

use deskhand_tables::{QueryLimits, QueryResult};
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
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "sql": {"type": "string", "description": "one SELECT (SQLite), or DESCRIBE for the tables and their columns"},
            "tables": {"type": "array", "items": {"type": "string"}, "description": "only these files; all granted files when left out"}
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
        let Arguments { sql, tables } = arguments(call, &schema())?;
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
        Ok(Proposal::look(wanted.clone(), "Calculate".to_owned(), move || {
            run(&workspace, &wanted, &sql, max_chars)
        }))
    }
}

fn run(workspace: &Workspace, wanted: &[GuestPath], sql: &str, max_chars: usize) -> ToolOutcome {
    let (mut catalog, skipped) = match catalog::load(workspace, wanted, sql) {
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
        let data = json!({"tables": catalog.tables(), "relations": relations, "skipped": skipped});
        return ToolOutcome::text(
            text,
            label,
            format!("Found {count} {}", if count == 1 { "table" } else { "tables" }),
        )
        .with_data(data);
    }
    match catalog.query(sql, &QueryLimits::default()) {
        Ok(result) => outcome(&result, &skipped_text, max_chars),
        Err(error) => *catalog::table_failed(&error),
    }
}

fn outcome(result: &QueryResult, skipped: &str, max_chars: usize) -> ToolOutcome {
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
    text.push_str(skipped);
    let count = result.rows.len();
    let summary = format!("Calculated {count} {}", if count == 1 { "row" } else { "rows" });
    ToolOutcome::text(text, label, summary).with_data(json!(result))
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
    let (mut catalog, _) = catalog::load(workspace, &[], sql)?;
    catalog
        .query(sql, &QueryLimits::default())
        .map_err(|error| catalog::table_failed(&error))
}
