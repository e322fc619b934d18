//! What a reader of figures from a table should know, gathered while it is loaded.

use super::{Column, Draft};
use crate::{
    Layout, Note, NoteKind, SummaryRow,
    address::{cell, row_runs},
    detect::Skip,
    stats::Stats,
    values::number_text,
};

impl Draft<'_> {
    /// Everything worth knowing beside what the columns' plans already told.
    pub(super) fn notes(
        &self,
        notes: &mut Vec<Note>,
        columns: &[Column<'_>],
        stats: &[Stats],
        summary_rows: &[SummaryRow],
        body: &[usize],
        duplicates: &[u32],
    ) {
        let grid = self.view.grid;
        let range_of = |column: &Column<'_>, row: &u32| match self.sheet.layout {
            Layout::Lines | Layout::Items => format!("{} {row}", column.header),
            Layout::Cells | Layout::BuiltIn => cell(u32::from(column.source), *row),
        };
        for (column, stats) in columns.iter().zip(stats) {
            let name = &column.name;
            for (kind, rows, count, what) in [
                (
                    NoteKind::Unreadable,
                    &stats.unreadable,
                    stats.unreadable_count,
                    "cannot be read as",
                ),
                (
                    NoteKind::ErrorCells,
                    &stats.errors,
                    stats.error_count,
                    "hold a formula error, not",
                ),
            ] {
                if count > 0 {
                    let text = format!(
                        "Column `{name}`: {count} cells {what} {}; they are NULL.",
                        column.plan.kind.label()
                    );
                    let mut note = note(kind, Some(name), text, count);
                    note.cells = rows.iter().map(|row| range_of(column, row)).collect();
                    notes.push(note);
                }
            }
        }
        for summary in summary_rows {
            for check in summary.checks.iter().filter(|check| !check.agrees) {
                let text = format!(
                    "Row {} (\"{}\") states {} for `{}`, but rows {}-{} give {}.",
                    summary.row,
                    summary.label,
                    number_text(check.stated),
                    check.column,
                    summary.covers.0,
                    summary.covers.1,
                    number_text(check.computed)
                );
                let mut note = note(NoteKind::TotalMismatch, Some(&check.column), text, 1);
                note.cells = vec![check.cell.clone()];
                notes.push(note);
            }
        }
        if !summary_rows.is_empty() {
            let rows: Vec<u32> = summary_rows.iter().map(|summary| summary.row).collect();
            let text = format!(
                "{} rows state totals or averages of others and are left out: {}.",
                rows.len(),
                row_runs(&rows, 8)
            );
            notes.push(rows_note(NoteKind::SummaryRows, text, &rows));
        }
        let mut skipped = |wanted: Skip, what: &str| {
            let mut rows: Vec<u32> = self
                .region
                .skipped
                .iter()
                .filter(|(_, skip)| *skip == wanted)
                .map(|(index, _)| grid.row_number(*index))
                .collect();
            rows.sort_unstable();
            if !rows.is_empty() {
                let text = format!("{} {what} left out: {}.", rows.len(), row_runs(&rows, 8));
                notes.push(rows_note(NoteKind::SkippedRows, text, &rows));
            }
        };
        skipped(Skip::RepeatedHeader, "repeated header rows");
        skipped(Skip::Section, "heading rows between the data");
        skipped(Skip::Footnote, "remarks below the data");
        skipped(Skip::Units, "row of units");
        if self.sheet.hidden {
            let text = "The sheet is hidden; use it only on purpose.".to_owned();
            notes.push(note(NoteKind::HiddenSheet, None, text, 1));
        }
        let hidden: Vec<u32> = body
            .iter()
            .map(|&index| grid.row_number(index))
            .filter(|row| grid.hidden_rows.binary_search(row).is_ok())
            .collect();
        if !hidden.is_empty() {
            let text = format!(
                "{} rows are hidden or filtered out in the sheet but are in the table: {}.",
                hidden.len(),
                row_runs(&hidden, 8)
            );
            notes.push(rows_note(NoteKind::HiddenRows, text, &hidden));
        }
        let hidden: Vec<&Column<'_>> = columns
            .iter()
            .filter(|column| grid.hidden_columns.binary_search(&column.source).is_ok() && !column.is_currency)
            .collect();
        if !hidden.is_empty() {
            let names: Vec<String> = hidden.iter().map(|column| format!("`{}`", column.name)).collect();
            let text = format!("Columns hidden in the sheet are in the table: {}.", names.join(", "));
            notes.push(note(NoteKind::HiddenColumns, None, text, hidden.len() as u64));
        }
        if !duplicates.is_empty() {
            let text = format!(
                "{} rows repeat an earlier row in every column: {}.",
                duplicates.len(),
                row_runs(duplicates, 8)
            );
            notes.push(rows_note(NoteKind::DuplicateRows, text, duplicates));
        }
        if self.view.filled() > 0 {
            let count = self.view.filled() as u64;
            let text = format!("{count} cells covered by merged ones got the merged value.");
            notes.push(note(NoteKind::MergedCells, None, text, count));
        }
        for remark in &grid.remarks {
            notes.push(note(NoteKind::Reading, None, remark.clone(), 1));
        }
    }
}

pub(super) fn note(kind: NoteKind, column: Option<&str>, text: String, count: u64) -> Note {
    Note {
        kind,
        text,
        column: column.map(str::to_owned),
        cells: Vec::new(),
        count,
    }
}

fn rows_note(kind: NoteKind, text: String, rows: &[u32]) -> Note {
    let mut note = note(kind, None, text, rows.len() as u64);
    note.cells = rows.iter().take(Note::MAX_CELLS).map(u32::to_string).collect();
    note
}
