//! The schema as a model reads it: short, with what must not be missed.

use std::fmt::Write;

use serde_json::Value;

use crate::{Catalog, ColumnInfo, ColumnKind, Layout, Role, TableInfo, functions};

/// Notes shown per table.
const MOST_NOTES: usize = 8;
/// Columns shown per table.
const MOST_COLUMNS: usize = 60;

impl Catalog {
    /// The tables as compact Markdown: name, place, columns with kind and range, findings.
    pub fn describe(&self) -> String {
        let mut out = String::new();
        if self.tables.is_empty() {
            return "No tables were found.\n".to_owned();
        }
        for table in &self.tables {
            describe_table(table, &mut out);
        }
        let _ = writeln!(
            out,
            "SQLite dialect; dates are ISO text; `_row` is the row in the sheet. Also: {}.",
            functions::HELP
        );
        out
    }
}

impl TableInfo {
    /// This table as compact Markdown.
    pub fn describe(&self) -> String {
        let mut out = String::new();
        describe_table(self, &mut out);
        out
    }
}

// Writing to a String cannot fail; the results are ignored for that reason.
fn describe_table(table: &TableInfo, out: &mut String) {
    let _ = write!(out, "### {} ({} rows", table.name, table.rows);
    if table.layout != Layout::BuiltIn {
        let _ = write!(out, ", {} {}", table.path.file_name(), table.range);
    }
    out.push(')');
    if table.hidden {
        out.push_str(" HIDDEN SHEET");
    }
    out.push('\n');
    if let Some(title) = &table.title {
        let _ = writeln!(out, "Title: {title}");
    }
    for column in table.columns.iter().take(MOST_COLUMNS) {
        describe_column(column, table.rows, out);
    }
    if table.columns.len() > MOST_COLUMNS {
        let _ = writeln!(out, "- and {} more columns", table.columns.len() - MOST_COLUMNS);
    }
    for note in table.notes.iter().take(MOST_NOTES) {
        let _ = writeln!(out, "! {}", note.text);
    }
    if table.notes.len() > MOST_NOTES {
        let _ = writeln!(out, "! and {} more findings", table.notes.len() - MOST_NOTES);
    }
    out.push('\n');
}

fn describe_column(column: &ColumnInfo, rows: u64, out: &mut String) {
    let _ = write!(out, "- `{}`", column.name);
    if crate::naming::slug(&column.header, "") != column.name && !column.header.is_empty() {
        let _ = write!(out, " \"{}\"", column.header);
    }
    let _ = write!(out, " {}", column.kind.label());
    if let Some(unit) = &column.unit
        && !matches!(column.kind, ColumnKind::Money { .. })
    {
        let _ = write!(out, " in {unit}");
    }
    match column.role {
        Role::Key => out.push_str(", key"),
        Role::Category | Role::Text if column.kind == ColumnKind::Text => {
            let _ = write!(out, ", {} values", column.distinct);
        }
        _ => {}
    }
    let nothing = column.distinct == 0;
    if column.kind == ColumnKind::Text || nothing {
        let examples: Vec<String> = column.examples.iter().map(|value| short(value, 24)).collect();
        if !examples.is_empty() {
            let _ = write!(out, ": {}", examples.join(", "));
        }
    } else if column.kind != ColumnKind::Boolean {
        let _ = write!(out, ": {} to {}", short(&column.min, 24), short(&column.max, 24));
    }
    if column.nulls > 0 {
        let _ = write!(out, "; {} of {rows} empty", column.nulls);
    }
    if column.hidden {
        out.push_str("; hidden");
    }
    out.push('\n');
}

fn short(value: &Value, most: usize) -> String {
    match value {
        Value::String(text) => {
            let line = text.replace(['\n', '\r'], " ");
            if line.chars().count() > most {
                format!("{}…", line.chars().take(most).collect::<String>())
            } else {
                line
            }
        }
        Value::Null => "nothing".to_owned(),
        other => other.to_string(),
    }
}
