//! What nobody sees in a sheet is kept out of its tables' text (`injection.md` 4.5 number 1).
//!
//! Only words can give orders: figures, dates and digits stay, so that sums are what the sheet says. How a table is
//! understood (its kinds, its totals) is decided on everything; only what is given out is veiled. A word that also
//! stands in a visible cell of its column is no secret: under a filter, groups keep their names.

use std::collections::HashSet;

use super::{Column, Draft, note};
use crate::{ColumnKind, Note, NoteKind, SummaryRow, address::cell as address_of, grid::Cell, stats::Stats};

impl<'a> Draft<'a> {
    /// The texts of a column of words that can be seen; empty where nothing is veiled.
    pub(super) fn visible_texts(&self, column: &Column<'_>) -> HashSet<&'a str> {
        if self.veil.is_empty() || column.plan.kind != ColumnKind::Text || self.hides_column(column.source) {
            return HashSet::new();
        }
        let rows = self.region.body.iter();
        rows.filter(|&&index| !self.hides(index, column.source))
            .filter_map(|&index| {
                let cell = self.view.cell(index, column.source)?;
                self.view.grid.text_of(cell)
            })
            .collect()
    }

    /// Whether the words in a cell of a column are kept back.
    pub(super) fn is_withheld(&self, column: &Column<'_>, index: usize) -> bool {
        let holds_words = column.plan.kind == ColumnKind::Text && !column.is_currency;
        if self.veil.is_empty() || !holds_words || !self.hides(index, column.source) {
            return false;
        }
        let text = match self.view.cell(index, column.source) {
            Some(cell @ Cell::Text { .. }) => self.view.grid.text_of(cell).unwrap_or_default(),
            _ => return false,
        };
        is_wording(text) && !column.visible.contains(text)
    }

    /// The title of the table, if it can be seen.
    pub(super) fn title(&self) -> Option<String> {
        let title = self.region.title.as_ref()?;
        (!self.hides(title.index, title.column)).then(|| title.text.clone())
    }

    /// A summary row without a label that nobody sees.
    pub(super) fn veiled_summary(&self, at: usize, row: SummaryRow) -> SummaryRow {
        let candidate = self.candidates.iter().find(|candidate| candidate.at == at);
        let is_hidden = candidate.is_some_and(|candidate| {
            let index = self.region.body.get(at);
            index.is_some_and(|&index| self.hides(index, candidate.column))
        });
        SummaryRow {
            label: if is_hidden { String::new() } else { row.label },
            ..row
        }
    }

    /// What was kept back, for whoever reads the table.
    pub(super) fn withheld_note(&self, columns: &[Column<'_>], stats: &[Stats]) -> Option<Note> {
        let mut cells = Vec::new();
        let mut count = 0;
        for (column, stats) in columns.iter().zip(stats) {
            if !column.is_currency && column.shown_header != column.header {
                count += 1;
                cells.push(format!("header of {}", column.name));
            }
            count += stats.withheld_count;
            let rows = stats.withheld.iter();
            cells.extend(rows.map(|row| address_of(u32::from(column.source), *row)));
        }
        if self.region.title.is_some() && self.title().is_none() {
            count += 1;
            cells.push("title".to_owned());
        }
        if count == 0 {
            return None;
        }
        let text = format!(
            "The text of {count} {} that nobody sees in the sheet is left out (NULL; columns are named by their letters).",
            if count == 1 { "cell" } else { "cells" }
        );
        let mut note = note(NoteKind::Withheld, None, text, count);
        cells.truncate(Note::MAX_CELLS);
        note.cells = cells;
        Some(note)
    }

    fn hides_column(&self, column: u16) -> bool {
        // Row 0 is no row: only what is hidden whole hides it.
        self.veil.hides(0, u32::from(column))
    }

    /// Whether nobody sees the cell, or the one whose value it shows for being merged with it.
    fn hides(&self, index: usize, column: u16) -> bool {
        let own = self.view.grid.row_number(index);
        let hides = |row: u32| self.veil.hides(row, u32::from(column));
        hides(own) || self.view.source(index, column).is_some_and(hides)
    }
}

/// Whether a text can say anything.
fn is_wording(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}
