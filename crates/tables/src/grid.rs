//! A sheet as cells, whatever file it came from: compact, sparse, typed only as far as the file itself types.

use crate::{
    TableError,
    limits::{Deadline, Limits, within},
};

/// One non-empty cell. Sixteen bytes, since a large sheet has millions.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell {
    /// Text: a span of the grid's arena. May be empty or blank in delimited files.
    Text { column: u16, length: u32, start: u32 },
    /// A number, with an index into [`Grid::hints`] for how it is shown.
    Number { column: u16, hint: u8, value: f64 },
    /// A date, time or both: days since 1899-12-30, fraction = time of day.
    Moment { column: u16, value: f64 },
    /// A length of time in days.
    Span { column: u16, value: f64 },
    /// True or false.
    Bool { column: u16, value: bool },
    /// A formula error; the span of its text.
    Error { column: u16, length: u32, start: u32 },
}

impl Cell {
    pub(crate) const fn column(self) -> u16 {
        match self {
            Self::Text { column, .. }
            | Self::Number { column, .. }
            | Self::Moment { column, .. }
            | Self::Span { column, .. }
            | Self::Bool { column, .. }
            | Self::Error { column, .. } => column,
        }
    }
}

/// How a number is shown, which says what it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Hint {
    /// Nothing special.
    #[default]
    Plain,
    /// As a percentage.
    Percent,
    /// As money, in this currency if it is known.
    Money(Option<String>),
}

/// A block of cells; columns from 0, rows from 1, ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Area {
    pub(crate) top: u32,
    pub(crate) left: u16,
    pub(crate) bottom: u32,
    pub(crate) right: u16,
}

impl Area {
    pub(crate) const fn contains(&self, row: u32, column: u16) -> bool {
        row >= self.top && row <= self.bottom && column >= self.left && column <= self.right
    }
}

#[derive(Clone, Copy, Debug)]
struct RowSpan {
    number: u32,
    start: u32,
}

/// A sheet.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    text: String,
    cells: Vec<Cell>,
    rows: Vec<RowSpan>,
    /// What [`Cell::Number`] hints point at; index 0 is plain.
    pub(crate) hints: Vec<Hint>,
    /// Merged areas.
    pub(crate) merges: Vec<Area>,
    /// Hidden rows, ascending.
    pub(crate) hidden_rows: Vec<u32>,
    /// Hidden columns, ascending.
    pub(crate) hidden_columns: Vec<u16>,
    /// Remarks on how it was read.
    pub(crate) remarks: Vec<String>,
    /// Whether decimals are likely written with a comma (a semicolon-delimited file).
    pub(crate) comma_likely: bool,
}

impl Grid {
    /// The rows that hold something, ascending.
    pub(crate) const fn height(&self) -> usize {
        self.rows.len()
    }

    /// The number in the sheet of the `index`-th row that holds something.
    pub(crate) fn row_number(&self, index: usize) -> u32 {
        self.rows.get(index).map_or(0, |row| row.number)
    }

    /// The cells of the `index`-th row that holds something, by column.
    pub(crate) fn row(&self, index: usize) -> &[Cell] {
        let Some(start) = self.rows.get(index).map(|row| row.start as usize) else {
            return &[];
        };
        let end = self
            .rows
            .get(index + 1)
            .map_or(self.cells.len(), |row| row.start as usize);
        self.cells.get(start..end).unwrap_or_default()
    }

    /// The cell of the `index`-th row in `column`.
    #[inline]
    pub(crate) fn cell(&self, index: usize, column: u16) -> Option<Cell> {
        let row = self.row(index);
        // Dense rows, the usual case, hold column n at position n minus the first.
        if let Some(first) = row.first() {
            let guess = usize::from(column.wrapping_sub(first.column()));
            if let Some(cell) = row.get(guess)
                && cell.column() == column
            {
                return Some(*cell);
            }
        }
        row.binary_search_by_key(&column, |cell| cell.column())
            .ok()
            .and_then(|at| row.get(at).copied())
    }

    /// The index of the first row with at least this number.
    pub(crate) fn index_of(&self, number: u32) -> usize {
        self.rows.partition_point(|row| row.number < number)
    }

    /// The text of a span.
    #[inline]
    pub(crate) fn span(&self, start: u32, length: u32) -> &str {
        self.text
            .get(start as usize..start as usize + length as usize)
            .unwrap_or_default()
    }

    /// The text of a text or error cell, without surrounding white space.
    pub(crate) fn text_of(&self, cell: Cell) -> Option<&str> {
        match cell {
            Cell::Text { start, length, .. } | Cell::Error { start, length, .. } => {
                Some(self.span(start, length).trim())
            }
            _ => None,
        }
    }

    /// How a number is shown.
    pub(crate) fn hint(&self, hint: u8) -> &Hint {
        self.hints.get(usize::from(hint)).unwrap_or(&Hint::Plain)
    }
}

/// Builds a [`Grid`] in row order, within limits. Blank text is not a cell.
pub(crate) struct GridBuilder<'a> {
    grid: Grid,
    limits: &'a Limits,
    deadline: Deadline,
    /// Text bytes as loaded later: a shared string counts each time.
    text_bytes: u64,
    sorted: bool,
}

impl<'a> GridBuilder<'a> {
    pub(crate) fn new(limits: &'a Limits, deadline: Deadline) -> Self {
        Self {
            grid: Grid {
                hints: vec![Hint::Plain],
                ..Grid::default()
            },
            limits,
            deadline,
            text_bytes: 0,
            sorted: true,
        }
    }

    /// Starts with text whose spans are added by [`GridBuilder::text_span`].
    pub(crate) fn with_arena(mut self, text: String) -> Self {
        self.grid.text = text;
        self
    }

    /// Makes `number` the row that cells go to. Rows may come in any order; empty ones leave no trace.
    pub(crate) fn row(&mut self, number: u32) -> Result<(), TableError> {
        match self.grid.rows.last_mut() {
            Some(last) if last.number == number => return Ok(()),
            // The previous row got no cells: reuse its place.
            Some(last) if last.start as usize == self.grid.cells.len() => {
                last.number = number;
            }
            _ => {
                within(
                    "rows in one sheet",
                    self.grid.rows.len() as u64 + 1,
                    self.limits.max_rows,
                )?;
                if self.grid.rows.len().is_multiple_of(4096) {
                    self.deadline.check()?;
                }
                let start = self.grid.cells.len() as u32;
                self.grid.rows.push(RowSpan { number, start });
            }
        }
        if let [.., before, last] = self.grid.rows.as_slice()
            && before.number >= last.number
        {
            self.sorted = false;
        }
        Ok(())
    }

    /// Adds a cell to the current row.
    pub(crate) fn push(&mut self, cell: Cell) -> Result<(), TableError> {
        let column = u64::from(cell.column()) + 1;
        within("columns in one sheet", column, self.limits.max_columns)?;
        let row_start = self.grid.rows.last().map_or(0, |row| row.start as usize);
        if self.grid.cells.len() > row_start
            && self
                .grid
                .cells
                .last()
                .is_some_and(|last| last.column() >= cell.column())
        {
            self.sorted = false;
        }
        self.grid.cells.push(cell);
        within(
            "cells in one sheet",
            self.grid.cells.len() as u64,
            self.limits.max_cells,
        )
    }

    /// Puts text into the arena; returns its span.
    pub(crate) fn intern(&mut self, text: &str) -> Result<(u32, u32), TableError> {
        let start = self.grid.text.len() as u64;
        let end = start + text.len() as u64;
        within(
            "bytes of text in one sheet",
            end,
            self.limits.max_text_bytes.min(u64::from(u32::MAX)),
        )?;
        self.grid.text.push_str(text);
        Ok((start as u32, text.len() as u32))
    }

    /// Adds a text cell over a span of the arena.
    pub(crate) fn text_span(&mut self, column: u16, (start, length): (u32, u32)) -> Result<(), TableError> {
        let text = self.grid.span(start, length);
        // A visible first character saves looking at the rest.
        if !text.as_bytes().first().is_some_and(u8::is_ascii_graphic) && text.trim().is_empty() {
            return Ok(());
        }
        self.text_bytes += u64::from(length);
        within(
            "bytes of text in one sheet",
            self.text_bytes,
            self.limits.max_text_bytes,
        )?;
        self.push(Cell::Text { column, length, start })
    }

    /// Adds a text cell.
    pub(crate) fn text(&mut self, column: u16, text: &str) -> Result<(), TableError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let span = self.intern(text)?;
        self.text_span(column, span)
    }

    /// Adds an error cell.
    pub(crate) fn error(&mut self, column: u16, text: &str) -> Result<(), TableError> {
        let (start, length) = self.intern(text)?;
        self.push(Cell::Error { column, length, start })
    }

    /// The index of a hint, adding it where it is new. At most 255 different ones; the rest are plain.
    pub(crate) fn hint(&mut self, hint: &Hint) -> u8 {
        if let Some(at) = self.grid.hints.iter().position(|known| known == hint) {
            return u8::try_from(at).unwrap_or(0);
        }
        let at = u8::try_from(self.grid.hints.len()).unwrap_or(0);
        if at != 0 {
            self.grid.hints.push(hint.clone());
        }
        at
    }

    /// A column index, where it is within limits.
    pub(crate) fn column(&self, column: u64) -> Result<u16, TableError> {
        within(
            "columns in one sheet",
            column.saturating_add(1),
            self.limits.max_columns,
        )?;
        u16::try_from(column).map_err(|_| TableError::TooLarge {
            what: "columns in one sheet",
            found: column,
            limit: u64::from(u16::MAX),
        })
    }

    /// The finished grid: rows and cells in order, one cell a place (the last one given wins, as in Excel).
    pub(crate) fn finish(mut self) -> Grid {
        if let Some(last) = self.grid.rows.last()
            && last.start as usize == self.grid.cells.len()
        {
            self.grid.rows.pop();
        }
        if !self.sorted {
            self.sort();
        }
        self.grid
    }

    fn sort(&mut self) {
        let grid = &mut self.grid;
        let mut order: Vec<(u32, u16, u32)> = Vec::with_capacity(grid.cells.len());
        for index in 0..grid.rows.len() {
            let number = grid.row_number(index);
            let start = grid.rows.get(index).map_or(0, |row| row.start);
            for (offset, cell) in grid.row(index).iter().enumerate() {
                order.push((number, cell.column(), start + offset as u32));
            }
        }
        order.sort_unstable();
        let mut cells: Vec<Cell> = Vec::with_capacity(order.len());
        let mut rows: Vec<RowSpan> = Vec::new();
        let mut last = None;
        for (number, column, at) in order {
            let Some(cell) = grid.cells.get(at as usize) else {
                continue;
            };
            if last == Some((number, column)) {
                cells.pop();
            }
            last = Some((number, column));
            if rows.last().is_none_or(|row| row.number != number) {
                let start = cells.len() as u32;
                rows.push(RowSpan { number, start });
            }
            cells.push(*cell);
        }
        grid.cells = cells;
        grid.rows = rows;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_sixteen_bytes() {
        assert_eq!(size_of::<Cell>(), 16);
    }

    #[test]
    fn rows_and_cells_may_come_in_any_order() -> Result<(), TableError> {
        let limits = Limits::default();
        let mut builder = GridBuilder::new(&limits, Deadline::new(limits.timeout));
        builder.row(9)?;
        builder.row(5)?;
        builder.text(2, "c5")?;
        builder.text(0, "a5")?;
        builder.row(7)?;
        builder.row(2)?;
        builder.text(1, "b2")?;
        builder.row(5)?;
        builder.text(0, "again")?;
        builder.row(8)?;
        let grid = builder.finish();
        let seen: Vec<(u32, Vec<(u16, &str)>)> = (0..grid.height())
            .map(|index| {
                let cells = grid.row(index).iter();
                let cells = cells.map(|cell| (cell.column(), grid.text_of(*cell).unwrap_or_default()));
                (grid.row_number(index), cells.collect())
            })
            .collect();
        assert_eq!(seen, [(2, vec![(1, "b2")]), (5, vec![(0, "again"), (2, "c5")])]);
        assert!(grid.cell(1, 1).is_none());
        assert!(grid.cell(1, 2).is_some());
        Ok(())
    }
}
