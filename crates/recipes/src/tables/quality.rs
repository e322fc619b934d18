//! What is wrong with tables: findings of the reader, put in an order and in words for a report.

use serde_json::{Value, json};

use super::describe::{Described, Table};
use crate::text::numbers::auto;

/// The most findings listed.
const MAX_FINDINGS: usize = 60;

/// Findings, worst first: `[{severity, kind, table, source, text, cells}]`. Severity 3 changes figures, 2 may, 1 is
/// good to know.
pub fn findings(described: &Described, limit_to: &[String]) -> Vec<Value> {
    let mut found: Vec<(u8, Value)> = Vec::new();
    let mut add = |severity: u8, kind: &str, table: &Table, text: String, cells: &[String]| {
        let cells: Vec<&str> = cells.iter().take(8).map(String::as_str).collect();
        let value = json!({
            "severity": severity, "kind": kind, "table": table.label(), "source": table.source(), "text": text, "cells": cells.join(", "),
        });
        found.push((severity, value));
    };
    for table in &described.tables {
        if !table.is_in_file() || (!limit_to.is_empty() && !limit_to.contains(&table.path)) {
            continue;
        }
        for row in &table.summary_rows {
            for check in row.checks.iter().filter(|check| !check.agrees) {
                let (Some(stated), Some(computed)) = (check.stated, check.computed) else {
                    continue;
                };
                let label = if row.label.trim().is_empty() {
                    format!("row {}", row.row)
                } else {
                    format!("“{}”", row.label.trim())
                };
                let text = format!(
                    "The totals row {label} states {} in {}, but the rows add up to {} (difference {}).",
                    auto(stated),
                    check.cell,
                    auto(computed),
                    auto(stated - computed)
                );
                add(3, "total_mismatch", table, text, std::slice::from_ref(&check.cell));
            }
        }
        let agreeing: Vec<u64> = table
            .summary_rows
            .iter()
            .filter(|row| row.checks.iter().all(|c| c.agrees))
            .map(|row| row.row)
            .collect();
        if !agreeing.is_empty() {
            let rows: Vec<String> = agreeing.iter().take(12).map(u64::to_string).collect();
            let text = format!(
                "Totals rows inside the table (row {}) were left out of all sums; they agree with the rows.",
                rows.join(", ")
            );
            add(1, "summary_rows", table, text, &[]);
        }
        let mut has_hidden_note = false;
        for note in &table.notes {
            let severity = match note.kind.as_str() {
                // Told above, with the figures.
                "total_mismatch" | "summary_rows" if !table.summary_rows.is_empty() => continue,
                "total_mismatch" | "mixed_currencies" => 3,
                "unreadable" | "error_cells" | "ambiguous_dates" | "ambiguous_numbers" | "duplicate_rows"
                | "skipped_rows" | "mixed_dates" | "mixed_numbers" | "hidden_sheet" | "hidden_rows"
                | "hidden_columns" | "spelling_variants" => 2,
                _ => 1,
            };
            has_hidden_note |= note.kind == "hidden_sheet";
            let column = note.column.as_deref().and_then(|name| table.column(name));
            // Columns are called in SQL there; people know them by their headers.
            let text = match column {
                Some(column) => note
                    .text
                    .replace(&format!("`{}`", column.name), &format!("“{}”", column.label())),
                None => note.text.clone(),
            };
            let cells = match column.filter(|_| note.cells.is_empty()) {
                Some(column) => vec![table.column_source(column)],
                None => note.cells.clone(),
            };
            add(severity, &note.kind, table, text.replace('`', "\""), &cells);
        }
        if table.hidden && !has_hidden_note {
            add(
                2,
                "hidden_sheet",
                table,
                "The sheet is hidden; its figures are shown apart from the others.".to_owned(),
                &[],
            );
        }
    }
    found.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    found.into_iter().take(MAX_FINDINGS).map(|(_, value)| value).collect()
}
