//! Which cells of a workbook a person looking at it does not see (`injection.md` 4.5 number 1).
//!
//! The reader of documents finds them; whoever gives out a workbook's text keeps theirs back.

use std::collections::{BTreeMap, BTreeSet};

/// The cells of one sheet that a person does not see. Rows count from 1, columns from 0.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct HiddenCells {
    all: bool,
    /// Runs of rows: first to last, none touching the next.
    rows: BTreeMap<u32, u32>,
    columns: BTreeSet<u32>,
    cells: BTreeSet<(u32, u32)>,
}

impl HiddenCells {
    /// Single cells that are told apart; a sheet with more counts as hidden whole.
    const MOST_CELLS: usize = 1_000_000;

    /// Of a sheet nobody sees.
    pub fn all() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }

    /// Adds the rows from `first` to `last`.
    pub fn add_rows(&mut self, first: u32, last: u32) {
        let (mut first, mut last) = (first.min(last), last.max(first));
        // Rows may come in any order and more than once: what touches the new run becomes part of it.
        while let Some((&from, &to)) = self.rows.range(..=last.saturating_add(1)).next_back()
            && to.saturating_add(1) >= first
        {
            self.rows.remove(&from);
            first = first.min(from);
            last = last.max(to);
        }
        self.rows.insert(first, last);
    }

    /// Adds a column.
    pub fn add_column(&mut self, column: u32) {
        self.columns.insert(column);
    }

    /// Adds the cells of a column in the rows from `first` to `last`.
    pub fn add_cells(&mut self, first: u32, last: u32, column: u32) {
        for row in first..=last {
            if self.all {
                return;
            }
            if self.cells.len() >= Self::MOST_CELLS {
                *self = Self::all();
                return;
            }
            self.cells.insert((row, column));
        }
    }

    /// Whether every cell can be seen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the cell cannot be seen.
    pub fn hides(&self, row: u32, column: u32) -> bool {
        self.all
            || self.columns.contains(&column)
            || self
                .rows
                .range(..=row)
                .next_back()
                .is_some_and(|(_, last)| row <= *last)
            || self.cells.contains(&(row, column))
    }
}

/// What of a workbook's text is kept back, by the sheet's name.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Veil {
    sheets: BTreeMap<String, HiddenCells>,
    /// Of a sheet that is not in the list.
    otherwise: HiddenCells,
}

impl Veil {
    /// Nothing is kept back.
    pub fn open() -> Self {
        Self::default()
    }

    /// All text is kept back: what can be seen is not known.
    pub fn closed() -> Self {
        Self {
            sheets: BTreeMap::new(),
            otherwise: HiddenCells::all(),
        }
    }

    /// What these sheets hide. All of a sheet that is not among them, or twice: two readers that do not agree on what
    /// is in a file must not show what either would hide.
    pub fn of(sheets: impl IntoIterator<Item = (String, HiddenCells)>) -> Self {
        let mut veil = Self::closed();
        for (name, hidden) in sheets {
            veil.sheets
                .entry(name)
                .and_modify(|known| *known = HiddenCells::all())
                .or_insert(hidden);
        }
        veil
    }

    /// What is hidden of the sheet. `None` is the one sheet of a file without sheets' names.
    pub fn sheet(&self, name: Option<&str>) -> &HiddenCells {
        name.and_then(|name| self.sheets.get(name)).unwrap_or(&self.otherwise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_any_order_are_all_hidden() {
        let mut hidden = HiddenCells::default();
        assert!(hidden.is_empty());
        for (first, last) in [(8, 9), (1, 3), (20, 40), (25, 30), (4, 4), (50, 45)] {
            hidden.add_rows(first, last);
        }
        let found: Vec<u32> = (0..=60).filter(|row| hidden.hides(*row, 7)).collect();
        let want: Vec<u32> = (1..=4).chain(8..=9).chain(20..=40).chain(45..=50).collect();
        assert_eq!(found, want);
        assert_eq!(hidden.rows.len(), 4);
        hidden.add_rows(1, u32::MAX);
        assert_eq!(hidden.rows, BTreeMap::from([(1, u32::MAX)]));
    }

    #[test]
    fn columns_and_cells_are_hidden() {
        let mut hidden = HiddenCells::default();
        hidden.add_column(3);
        hidden.add_cells(5, 6, 1);
        assert!(hidden.hides(1, 3) && hidden.hides(5, 1) && hidden.hides(6, 1));
        assert!(!hidden.hides(5, 2) && !hidden.hides(4, 1));
        assert!(HiddenCells::all().hides(0, 0));
    }

    #[test]
    fn what_is_not_known_is_hidden() {
        let veil = Veil::of([
            ("Data".to_owned(), HiddenCells::default()),
            ("Twice".to_owned(), HiddenCells::default()),
            ("Twice".to_owned(), HiddenCells::default()),
        ]);
        let hides = |name: &str| veil.sheet(Some(name)).hides(1, 0);
        assert_eq!(["Data", "Twice", "Other"].map(hides), [false, true, true]);
        assert!(!Veil::open().sheet(None).hides(1, 0) && Veil::closed().sheet(None).hides(1, 0));
    }
}
