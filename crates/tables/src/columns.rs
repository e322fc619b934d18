//! What a column holds: evidence from every cell, then one decision for the whole column.
//!
//! A column is numeric (or of dates, times, …) when at least four fifths of its cells, words for "nothing" not
//! counted, can be read as such; the others become NULL and are listed. Otherwise it is text, and nothing is lost.
//! Digits with a leading zero, or more than fifteen, make a column text: they are names.

mod decide;
mod observe;

pub(crate) use decide::{Remark, decide, forms_seen};
pub(crate) use observe::{Observed, observe};

use crate::{
    ColumnKind,
    dates::Order,
    grid::{Cell, Grid},
    numbers::Decimal,
};

/// How the cells of a column are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) kind: ColumnKind,
    pub(crate) decimal: Decimal,
    pub(crate) order: Order,
    /// Whether `20260301` is a date here.
    pub(crate) compact: bool,
    /// Whether bare numbers are day numbers.
    pub(crate) serials: bool,
}

/// What the other columns of a file say about its conventions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Habits {
    pub(crate) dot: u64,
    pub(crate) comma: u64,
    pub(crate) day_first: u64,
    pub(crate) month_first: u64,
}

impl Habits {
    /// Adds what one column shows.
    pub(crate) const fn add(&mut self, seen: &Observed) {
        self.dot += seen.dot;
        self.comma += seen.comma;
        self.day_first += seen.day_first;
        self.month_first += seen.month_first;
    }
}

/// A grid with the cells merged areas cover filled in.
pub(crate) struct View<'a> {
    pub(crate) grid: &'a Grid,
    /// The cell and the row it stands in.
    filled: std::collections::HashMap<(usize, u16), (Cell, u32)>,
}

impl<'a> View<'a> {
    /// A view for the rows of a body: each row of an area merged downwards gets the area's value, since that is what
    /// a reader sees beside it.
    pub(crate) fn new(grid: &'a Grid, body: &[usize]) -> Self {
        let mut filled = std::collections::HashMap::new();
        let bounds = body.first().copied().zip(body.last().copied());
        if let Some((first, last)) = bounds {
            for area in &grid.merges {
                if area.bottom == area.top || filled.len() > 1_000_000 {
                    continue;
                }
                let from = grid.index_of(area.top);
                if from < first || from > last || grid.row_number(from) != area.top {
                    continue;
                }
                let Some(cell) = grid.cell(from, area.left) else {
                    continue;
                };
                for index in from + 1..=last {
                    if grid.row_number(index) > area.bottom {
                        break;
                    }
                    filled.insert((index, area.left), (cell, area.top));
                }
            }
        }
        Self { grid, filled }
    }

    /// The cell of a row in a column.
    #[inline]
    pub(crate) fn cell(&self, index: usize, column: u16) -> Option<Cell> {
        let own = self.grid.cell(index, column);
        if own.is_some() || self.filled.is_empty() {
            return own;
        }
        self.filled.get(&(index, column)).map(|(cell, _)| *cell)
    }

    /// The row in the sheet whose value a cell shows for being merged with it.
    pub(crate) fn source(&self, index: usize, column: u16) -> Option<u32> {
        if self.filled.is_empty() || self.grid.cell(index, column).is_some() {
            return None;
        }
        self.filled.get(&(index, column)).map(|(_, row)| *row)
    }

    /// How many cells were filled in.
    pub(crate) fn filled(&self) -> usize {
        self.filled.len()
    }
}
