//! Cells as a Markdown table with column letters and row numbers, so that every number has an address.

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::{Value, json};

use crate::{
    markdown::{self, Budget, Fit},
    reading::Notes,
};

/// Columns of one table.
pub(crate) const MAX_COLUMNS: usize = 100;
/// Characters of one cell that are shown.
const CELL_CHARS: usize = 2000;

/// What a cell holds, as it is shown and as it is.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Cell {
    /// As shown.
    pub(crate) text: String,
    /// As it is; `None` when the text says all.
    pub(crate) value: Option<Value>,
    /// The formula, without `=`.
    pub(crate) formula: Option<String>,
    /// A person would not see it.
    pub(crate) hidden: bool,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

impl Cell {
    fn json(&self) -> Value {
        if self.hidden {
            return Value::Null;
        }
        self.value.clone().unwrap_or_else(|| {
            if self.text.is_empty() {
                Value::Null
            } else {
                Value::String(deskhand_types::visible(&self.text).0.into_owned())
            }
        })
    }

    fn shown(&self, notes: &mut Notes) -> String {
        if self.hidden {
            let formula = self
                .formula
                .as_ref()
                .map(|formula| format!(" ={formula}"))
                .unwrap_or_default();
            return markdown::cell(&notes.hidden(&format!("{}{formula}", self.text)));
        }
        let (text, removed) = deskhand_types::visible(&self.text);
        notes.invisible(removed);
        let mut shown = markdown::cell(&text);
        if let Some((cut, _)) = shown.char_indices().nth(CELL_CHARS) {
            let rest = shown.get(cut..).unwrap_or_default().chars().count();
            shown.truncate(cut);
            let _ = write!(shown, " [cell cut, {rest} more characters]");
        }
        match &self.formula {
            Some(formula) => {
                let (formula, removed) = deskhand_types::visible(formula);
                notes.invisible(removed);
                let formula = markdown::cell(&formula);
                if shown.is_empty() {
                    format!("={formula}")
                } else {
                    format!("={formula} → {shown}")
                }
            }
            None => shown,
        }
    }
}

/// Rows of cells, gathered until they are as much text as a reading may have.
#[derive(Debug)]
pub(crate) struct Grid {
    rows: Vec<(u64, Vec<(u32, Cell)>)>,
    left: usize,
    max_chars: usize,
    /// Nothing of the reading stands before these rows.
    fresh: bool,
    /// How many cells of the widest row were not kept.
    wider: usize,
}

impl Grid {
    pub(crate) const fn new(max_chars: usize, fresh: bool) -> Self {
        Self {
            rows: Vec::new(),
            left: max_chars,
            max_chars,
            fresh,
            wider: 0,
        }
    }

    /// Adds a row; false when it does not fit any more. The first of a reading always fits.
    pub(crate) fn push(&mut self, number: u64, mut cells: Vec<(u32, Cell)>) -> bool {
        let cost = cost(&cells);
        if self.refuses(cost, self.rows.len()) {
            self.left = 0;
            return false;
        }
        self.left = self.left.saturating_sub(cost);
        self.wider = self.wider.max(cells.len().saturating_sub(MAX_COLUMNS));
        cells.truncate(MAX_COLUMNS);
        self.rows.push((number, cells));
        true
    }

    fn refuses(&self, cost: usize, rows: usize) -> bool {
        cost > self.left && !(self.fresh && rows == 0)
    }

    /// Drops rows from the end until the rest fits into `left`; returns how many were dropped and what is left.
    pub(crate) fn refit(&mut self, left: usize, fresh: bool) -> (u64, usize) {
        let full = self.left == 0;
        self.max_chars = left;
        self.left = left;
        self.fresh = fresh;
        let mut keep = 0;
        for (_, cells) in &self.rows {
            let cost = cost(cells);
            if self.refuses(cost, keep) {
                self.left = 0;
                break;
            }
            self.left = self.left.saturating_sub(cost);
            keep += 1;
        }
        let dropped = self.rows.len() - keep;
        self.rows.truncate(keep);
        if full {
            self.left = 0;
        }
        (dropped as u64, self.left)
    }

    pub(crate) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no further row can fit.
    pub(crate) const fn is_full(&self) -> bool {
        self.left == 0 && !(self.fresh && self.rows.is_empty())
    }

    pub(crate) const fn left(&self) -> usize {
        self.left
    }

    pub(crate) fn last_row(&self) -> Option<u64> {
        self.rows.last().map(|(number, _)| *number)
    }

    /// All cells, for completing them.
    pub(crate) fn cells_mut(&mut self) -> impl Iterator<Item = &mut Cell> {
        self.rows
            .iter_mut()
            .flat_map(|(_, cells)| cells.iter_mut().map(|(_, cell)| cell))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u32, &Cell)> {
        self.rows
            .iter()
            .flat_map(|(row, cells)| cells.iter().map(move |(column, cell)| (*row, *column, cell)))
    }

    /// The columns in which something is shown, at most [`MAX_COLUMNS`].
    pub(crate) fn columns(&self) -> Vec<u32> {
        let columns: BTreeSet<u32> = self.iter().map(|(_, column, _)| column).collect();
        columns.into_iter().take(MAX_COLUMNS).collect()
    }

    /// How many columns with content are not shown.
    pub(crate) fn columns_cut(&self) -> usize {
        let columns: BTreeSet<u32> = self.iter().map(|(_, column, _)| column).collect();
        columns.len().saturating_sub(MAX_COLUMNS).max(self.wider)
    }

    /// The table. Columns without anything in them are left out; the letters tell. Empty without rows.
    pub(crate) fn render(&self, notes: &mut Notes) -> String {
        let columns = self.columns();
        if columns.is_empty() {
            return String::new();
        }
        let mut out =
            markdown::row(std::iter::once(String::new()).chain(columns.iter().map(|column| column_name(*column))));
        out.push('\n');
        out.push_str(&markdown::rule(columns.len() + 1));
        out.push('\n');
        let mut budget = Budget::new(self.max_chars);
        for (number, cells) in &self.rows {
            let mut texts = vec![String::new(); columns.len() + 1];
            for (column, cell) in cells {
                if let Ok(at) = columns.binary_search(column)
                    && let Some(slot) = texts.get_mut(at + 1)
                {
                    *slot = cell.shown(notes);
                }
            }
            if let Some(head) = texts.first_mut() {
                *head = number.to_string();
            }
            let row = markdown::row(texts);
            match budget.take(&row) {
                Fit::Whole | Fit::None => out.push_str(&row),
                Fit::Cut(kept, left) => {
                    out.push_str(kept);
                    let _ = write!(out, " [row cut, {left} more characters]");
                }
            }
            out.push('\n');
        }
        out
    }

    /// `[{"row": n, "cells": [value, …]}]`, one cell for each of [`Self::columns`].
    pub(crate) fn rows_json(&self) -> Value {
        let columns = self.columns();
        let rows = self.rows.iter().map(|(number, cells)| {
            let mut values = vec![Value::Null; columns.len()];
            for (column, cell) in cells {
                if let Ok(at) = columns.binary_search(column)
                    && let Some(slot) = values.get_mut(at)
                {
                    *slot = cell.json();
                }
            }
            json!({"row": number, "cells": values})
        });
        Value::Array(rows.collect())
    }

    /// `{"F2": "SUM(F3:F9)"}`, of visible cells.
    pub(crate) fn formulas_json(&self) -> Value {
        let formulas = self
            .iter()
            .filter(|(_, _, cell)| !cell.hidden)
            .filter_map(|(row, column, cell)| {
                let formula = cell.formula.as_ref()?;
                let formula = deskhand_types::visible(formula).0.into_owned();
                Some((format!("{}{row}", column_name(column)), Value::String(formula)))
            });
        Value::Object(formulas.collect())
    }
}

/// About how many characters a row takes.
fn cost(cells: &[(u32, Cell)]) -> usize {
    let cell = |cell: &Cell| {
        cell.text.len().min(CELL_CHARS) + cell.formula.as_ref().map_or(0, |formula| formula.len() + 5) + 3
    };
    cells
        .iter()
        .take(MAX_COLUMNS)
        .map(|(_, each)| cell(each))
        .sum::<usize>()
        + 6
}

/// `A`, `Z`, `AA`, … for 0, 25, 26, ….
pub(crate) fn column_name(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// The column of letters; `None` for anything else, or beyond four letters.
pub(crate) fn column_number(letters: &str) -> Option<u32> {
    if letters.is_empty() || letters.len() > 6 {
        return None;
    }
    letters
        .bytes()
        .try_fold(0u32, |number, byte| {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a',
                _ => return None,
            };
            number.checked_mul(26)?.checked_add(u32::from(digit) + 1)
        })
        .map(|number| number - 1)
}

/// Row (from 1) and column (from 0) of an address such as `AB12`.
pub(crate) fn address(text: &str) -> Option<(u64, u32)> {
    let digits = text.find(|c: char| c.is_ascii_digit())?;
    let (letters, row) = text.split_at_checked(digits)?;
    Some((row.parse().ok().filter(|row| *row >= 1)?, column_number(letters)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (number, name) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (701, "ZZ"),
            (702, "AAA"),
            (16_383, "XFD"),
        ] {
            assert_eq!(column_name(number), name);
            assert_eq!(column_number(name), Some(number));
        }
        assert_eq!(address("AB12"), Some((12, 27)));
        for bad in ["", "12", "AB", "A0", "A-1", "1A", "ÄA1"] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }
}
