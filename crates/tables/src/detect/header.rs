//! Where the header of a block is, and what it calls the columns.

use std::ops::Range;

use deskhand_types::HiddenCells;

use super::{
    blocks::Block,
    look::{Look, look},
};
use crate::{
    dates,
    grid::{Cell, Grid},
};

/// How a block reads from the top.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Heading {
    /// Rows above the header: titles, print dates.
    pub(super) titles: Range<usize>,
    /// The header's rows; empty when there is none.
    pub(super) header: Range<usize>,
    /// The row of units below the header.
    pub(super) units: Option<usize>,
    /// What is left.
    pub(super) body: Range<usize>,
}

const SAMPLE: usize = 100;

/// The cells of a row within the block.
pub(super) fn cells_of<'a>(grid: &'a Grid, index: usize, block: &Block) -> &'a [Cell] {
    let row = grid.row(index);
    let from = row.partition_point(|cell| cell.column() < block.left);
    let to = row.partition_point(|cell| cell.column() <= block.right);
    row.get(from..to).unwrap_or_default()
}

/// How many cells a typical row has.
pub(super) fn typical_fill(grid: &Grid, block: &Block) -> usize {
    let step = (block.rows.len() / 200).max(1);
    let mut fills: Vec<usize> = block
        .rows
        .clone()
        .step_by(step)
        .map(|index| cells_of(grid, index, block).len())
        .filter(|fill| *fill > 0)
        .collect();
    fills.sort_unstable();
    // Above the median: titles and sparse notes are fewer than rows, and pull down.
    fills.get(fills.len() * 6 / 10).copied().unwrap_or(0)
}

pub(super) fn find(grid: &Grid, block: &Block) -> Heading {
    let fill = typical_fill(grid, block);
    let rows = block.rows.clone();
    let first = rows
        .clone()
        .take(40)
        .find(|&index| cells_of(grid, index, block).len() * 2 >= fill.max(2))
        .or_else(|| rows.clone().find(|&index| !cells_of(grid, index, block).is_empty()))
        .unwrap_or(rows.start);
    if !is_header(grid, block, first) {
        // A title row can look like a full one in a narrow table; a real header may follow.
        return Heading {
            titles: rows.start..first,
            header: first..first,
            units: None,
            body: first..rows.end,
        };
    }
    let mut header = first..first + 1;
    if first > rows.start && is_group_row(grid, block, first - 1) {
        header.start = first - 1;
    }
    while header.len() < 3 && continues_header(grid, block, &header) {
        header.end += 1;
    }
    let units = (header.end < rows.end && is_units_row(grid, block, &header)).then_some(header.end);
    Heading {
        titles: rows.start..header.start,
        body: header.end + usize::from(units.is_some())..rows.end,
        header,
        units,
    }
}

/// What most cells below `index` look like in `column`.
fn below(grid: &Grid, block: &Block, index: usize, column: u16) -> Option<Look> {
    let mut counts = [
        (Look::Number, 0),
        (Look::Date, 0),
        (Look::Text, 0),
        (Look::Year, 0),
        (Look::Bool, 0),
    ];
    for cell in (index + 1..block.rows.end)
        .take(SAMPLE)
        .filter_map(|row| grid.cell(row, column))
    {
        let kind = look(grid, cell);
        if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == kind) {
            *count += 1;
        }
    }
    counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .max_by_key(|(_, count)| *count)
        .map(|(kind, _)| *kind)
}

/// Whether the row names columns rather than holding values.
pub(super) fn is_header(grid: &Grid, block: &Block, index: usize) -> bool {
    let cells = cells_of(grid, index, block);
    if cells.is_empty() {
        return false;
    }
    let mut words = 0;
    let mut typed_below = 0;
    for cell in cells {
        let under = below(grid, block, index, cell.column());
        match look(grid, *cell) {
            Look::Text => {
                words += 1;
                typed_below += usize::from(matches!(
                    under,
                    Some(Look::Number | Look::Date | Look::Bool | Look::Year)
                ));
            }
            // Years and months head columns of figures, but not columns of years or dates.
            Look::Year if matches!(under, Some(Look::Number | Look::Text)) => typed_below += 1,
            Look::Date if matches!(under, Some(Look::Number)) => typed_below += 1,
            Look::Nothing => {}
            _ => return false,
        }
    }
    if typed_below > 0 {
        return true;
    }
    if words == 0 {
        return false;
    }
    // All words above all words: a header, unless its words turn up again as values below.
    let repeated = cells
        .iter()
        .filter(|cell| {
            let name = grid.text_of(**cell).unwrap_or_default();
            (index + 1..block.rows.end)
                .take(SAMPLE)
                .filter_map(|row| grid.cell(row, cell.column()))
                .any(|value| grid.text_of(value) == Some(name))
        })
        .count();
    repeated * 2 < cells.len() || index + 1 == block.rows.end
}

/// A row above the header whose cells each cover several columns: `Q1 | | Q2 | |`.
fn is_group_row(grid: &Grid, block: &Block, index: usize) -> bool {
    let cells = cells_of(grid, index, block);
    let named = |cell: &Cell| matches!(look(grid, *cell), Look::Text | Look::Year | Look::Date);
    if cells.is_empty() || !cells.iter().all(named) {
        return false;
    }
    let width = block.right - block.left + 1;
    let row = grid.row_number(index);
    let merged = |cell: &Cell| {
        grid.merges
            .iter()
            .find(|area| area.top == row && area.left == cell.column() && area.right > area.left)
            .map(|area| area.right - area.left + 1)
    };
    if cells.iter().any(|cell| merged(cell).is_some_and(|span| span < width)) {
        return true;
    }
    // Without merges: two or more names, each with room to its right.
    if cells.len() < 2 {
        return false;
    }
    let roomy = cells
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if b.column() - a.column() >= 2));
    roomy && cells.last().is_some_and(|last| last.column() < block.right)
}

/// Whether the row after the header belongs to it: it names the columns its first row left blank or grouped.
fn continues_header(grid: &Grid, block: &Block, header: &Range<usize>) -> bool {
    let index = header.end;
    if index + 1 >= block.rows.end {
        return false;
    }
    let cells = cells_of(grid, index, block);
    if cells.is_empty() || !cells.iter().all(|cell| look(grid, *cell) == Look::Text) {
        return false;
    }
    let above = cells_of(grid, index - 1, block);
    let row = grid.row_number(index - 1);
    let grouped = grid
        .merges
        .iter()
        .any(|area| area.top == row && area.right > area.left && area.left >= block.left && area.right <= block.right);
    let has = |cells: &[Cell], column: u16| cells.iter().any(|cell| cell.column() == column);
    let gaps: Vec<u16> = (block.left..=block.right)
        .filter(|&column| !has(above, column))
        .collect();
    let filled = gaps.iter().filter(|&&column| has(cells, column)).count();
    // Every gap is named now, and something below is not words, so this row is not data.
    let fills = !gaps.is_empty() && filled == gaps.len();
    let typed = cells.iter().any(|cell| {
        matches!(
            below(grid, block, index, cell.column()),
            Some(Look::Number | Look::Date | Look::Year | Look::Bool)
        )
    });
    (grouped && filled > 0 && typed) || (fills && typed)
}

/// Whether the row after the header gives units: `€ | kg | %`.
fn is_units_row(grid: &Grid, block: &Block, header: &Range<usize>) -> bool {
    let cells = cells_of(grid, header.end, block);
    let width = usize::from(block.right - block.left) + 1;
    if cells.is_empty() || header.end + 1 >= block.rows.end {
        return false;
    }
    let units = cells
        .iter()
        .filter(|cell| grid.text_of(**cell).is_some_and(|text| unit(text).is_some()))
        .count();
    units == cells.len()
        && (units * 3 >= width || units >= 2)
        && cells.iter().any(|cell| {
            matches!(
                below(grid, block, header.end, cell.column()),
                Some(Look::Number | Look::Year)
            )
        })
}

/// A unit of measure as it stands in a units row: bracketed, a currency, or a known sign.
pub(super) fn unit(text: &str) -> Option<&str> {
    let text = text.trim();
    let inner = text
        .strip_prefix(['(', '['])
        .and_then(|rest| rest.strip_suffix([')', ']']))
        .map(str::trim);
    if let Some(inner) = inner
        && !inner.is_empty()
        && inner.chars().count() <= 12
    {
        return Some(inner);
    }
    known_unit(text)
}

/// A unit of measure by its sign.
fn known_unit(text: &str) -> Option<&str> {
    const UNITS: [&str; 47] = [
        "%", "kg", "g", "mg", "t", "lb", "lbs", "oz", "km", "m", "cm", "mm", "mi", "ft", "in", "m²", "m2", "qm", "m³",
        "m3", "l", "ml", "h", "hrs", "hours", "std", "min", "s", "sec", "days", "d", "pcs", "stk", "st", "units", "ea",
        "kwh", "mwh", "w", "kw", "°c", "°f", "bar", "v", "a", "k", "#",
    ];
    let lower = text.to_lowercase();
    if UNITS.contains(&lower.as_str()) || crate::currency::code_of(text).is_some() {
        return Some(text);
    }
    let scaled = ["k", "t", "m", "mio", "mio.", "bn"]
        .iter()
        .find_map(|scale| lower.strip_prefix(scale));
    scaled
        .is_some_and(|rest| crate::currency::code_of(rest).is_some())
        .then_some(text)
}

/// The unit a header names in brackets: `Weight (kg)`.
pub(crate) fn unit_in_header(header: &str) -> Option<&str> {
    let (_, rest) = header.rsplit_once(['(', '['])?;
    known_unit(rest.trim_end().strip_suffix([')', ']'])?.trim())
}

/// A header cell as a name.
pub(super) fn name_of(grid: &Grid, cell: Cell) -> String {
    match cell {
        Cell::Text { .. } | Cell::Error { .. } => {
            let text = grid.text_of(cell).unwrap_or_default();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        Cell::Number { value, .. } => crate::values::number_text(value),
        Cell::Moment { value, .. } => match dates::from_serial(value) {
            // The first of a month heads the month.
            Some(moment) if moment.date.day() == 1 => moment.iso_date().as_str().chars().take(7).collect(),
            Some(moment) => moment.iso_date().as_str().to_owned(),
            None => String::new(),
        },
        Cell::Span { value, .. } => crate::values::number_text(value * 24.0),
        Cell::Bool { value, .. } => value.to_string(),
    }
}

/// The columns' names: rows joined by ` / `, group names carried to the columns they cover. What stands in `hidden` cells
/// is no part of them.
pub(super) fn names(grid: &Grid, block: &Block, header: &Range<usize>, hidden: &HiddenCells) -> Vec<String> {
    let name_in = |cell: Cell, row: u32| {
        if hidden.hides(row, u32::from(cell.column())) {
            String::new()
        } else {
            name_of(grid, cell)
        }
    };
    let mut names = vec![String::new(); usize::from(block.right - block.left) + 1];
    for index in header.clone() {
        let row = grid.row_number(index);
        let cells = cells_of(grid, index, block);
        let is_group = index + 1 < header.end;
        let mut carried: Option<(String, bool)> = None;
        for column in block.left..=block.right {
            let own = cells.iter().find(|cell| cell.column() == column);
            let part = if let Some(cell) = own {
                let name = name_in(*cell, row);
                let below_named = grid.cell(index + 1, column).is_some();
                carried = Some((name.clone(), below_named));
                name
            } else {
                let mut covering = grid.merges.iter();
                match (
                    covering.find(|area| area.contains(row, column) && area.left >= block.left),
                    &carried,
                ) {
                    (Some(area), _) if area.top < row => String::new(),
                    (Some(area), _) => grid
                        .cell(grid.index_of(area.top), area.left)
                        .map(|cell| name_in(cell, area.top))
                        .unwrap_or_default(),
                    // Without merges a group name reaches to the next one, over columns named below.
                    (None, Some((name, true))) if is_group && !row_is_merged(grid, row, block) => name.clone(),
                    _ => String::new(),
                }
            };
            if let Some(slot) = names.get_mut(usize::from(column - block.left))
                && !part.is_empty()
                && *slot != part
            {
                if !slot.is_empty() {
                    slot.push_str(" / ");
                }
                slot.push_str(&part);
            }
        }
    }
    names
}

/// Whether the row's groups are marked by merges, so that blanks need no guessing.
fn row_is_merged(grid: &Grid, row: u32, block: &Block) -> bool {
    grid.merges
        .iter()
        .any(|area| area.top == row && area.right > area.left && area.left >= block.left && area.right <= block.right)
}
