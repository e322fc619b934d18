//! Blocks of cells that hang together: a sheet cut along its blank rows and columns.

use std::ops::Range;

use super::look::{Look, look};
use crate::grid::Grid;

/// Cells without a blank row or column through the whole block. Rows are indexes of the grid, not row numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Block {
    pub(super) rows: Range<usize>,
    pub(super) left: u16,
    pub(super) right: u16,
}

/// Cuts a sheet into blocks, top to bottom, then left to right. At most `most`; the rest stays in the last one.
pub(super) fn cut(grid: &Grid, most: usize) -> Vec<Block> {
    let right = (0..grid.height())
        .filter_map(|index| grid.row(index).last().map(|cell| cell.column()))
        .max()
        .unwrap_or(0);
    let mut done = Vec::new();
    let mut open = vec![Block {
        rows: 0..grid.height(),
        left: 0,
        right,
    }];
    while let Some(block) = open.pop() {
        if done.len() + open.len() >= most {
            done.push(block);
            continue;
        }
        let bands = bands(grid, &block);
        if bands.len() > 1 {
            open.extend(bands.into_iter().rev());
            continue;
        }
        let Some(band) = bands.into_iter().next() else {
            continue;
        };
        let columns = columns(grid, &band);
        if columns.len() > 1 {
            open.extend(columns.into_iter().rev());
        } else if let Some(block) = columns.into_iter().next() {
            // Dropping a blank margin may have opened a gap between rows.
            if block == band || bands_count(grid, &block) < 2 {
                done.push(block);
            } else {
                open.push(block);
            }
        }
    }
    done.sort_by_key(|block| (block.rows.start, block.left));
    done
}

fn bands_count(grid: &Grid, block: &Block) -> usize {
    bands(grid, block).len()
}

/// Whether the row has a cell in these columns.
fn occupied(grid: &Grid, index: usize, left: u16, right: u16) -> bool {
    let row = grid.row(index);
    match (row.first(), row.last()) {
        (Some(first), Some(last)) if first.column() >= left && last.column() <= right => true,
        (Some(first), Some(last)) if first.column() > right || last.column() < left => false,
        _ => {
            let at = row.partition_point(|cell| cell.column() < left);
            row.get(at).is_some_and(|cell| cell.column() <= right)
        }
    }
}

/// Runs of rows without a blank one between.
fn bands(grid: &Grid, block: &Block) -> Vec<Block> {
    let mut bands: Vec<Block> = Vec::new();
    let mut last_number = None;
    for index in block.rows.clone() {
        if !occupied(grid, index, block.left, block.right) {
            continue;
        }
        let number = grid.row_number(index);
        match bands.last_mut() {
            Some(band) if last_number == Some(number.saturating_sub(1)) => band.rows.end = index + 1,
            _ => bands.push(Block {
                rows: index..index + 1,
                ..block.clone()
            }),
        }
        last_number = Some(number);
    }
    bands
}

/// Runs of columns without a blank one between, joined again where a blank column is only a spacer.
fn columns(grid: &Grid, band: &Block) -> Vec<Block> {
    let width = usize::from(band.right - band.left) + 1;
    let mut used = vec![false; width];
    let mut missing = width;
    for index in band.rows.clone() {
        for cell in grid.row(index) {
            let Some(slot) = cell
                .column()
                .checked_sub(band.left)
                .and_then(|at| used.get_mut(usize::from(at)))
            else {
                continue;
            };
            if !*slot {
                *slot = true;
                missing -= 1;
            }
        }
        if missing == 0 {
            return vec![band.clone()];
        }
    }
    // A merged area holds its text in the first cell only, but covers the others.
    for merge in &grid.merges {
        let first = grid.row_number(band.rows.start);
        let last = grid.row_number(band.rows.end.saturating_sub(1));
        if merge.bottom < first || merge.top > last || merge.left < band.left || merge.right > band.right {
            continue;
        }
        let from = usize::from(merge.left - band.left);
        let covered = used.get(from).copied().unwrap_or(false);
        if covered && band.rows.len() > 1 && merge.top > first {
            for slot in used
                .iter_mut()
                .take(usize::from(merge.right - band.left) + 1)
                .skip(from)
            {
                *slot = true;
            }
        }
    }
    let mut runs: Vec<Block> = Vec::new();
    for (offset, _) in used.iter().enumerate().filter(|(_, used)| **used) {
        let column = band.left + offset as u16;
        match runs.last_mut() {
            Some(run) if run.right + 1 == column => run.right = column,
            _ => runs.push(Block {
                rows: band.rows.clone(),
                left: column,
                right: column,
            }),
        }
    }
    let mut joined: Vec<Block> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(left) if is_spacer(grid, left, &run) => left.right = run.right,
            _ => joined.push(run),
        }
    }
    joined
}

/// Whether the blank columns between two runs only space out one table, rather than separate two.
fn is_spacer(grid: &Grid, left: &Block, right: &Block) -> bool {
    let (Some(top), Some(other)) = (top(grid, left), top(grid, right)) else {
        return false;
    };
    if top != other {
        return false;
    }
    if right.left == right.right || left.left == left.right {
        return true;
    }
    let headers = |block: &Block| -> Vec<String> {
        let cells = grid.row(top).iter();
        cells
            .filter(|cell| cell.column() >= block.left && cell.column() <= block.right)
            .filter_map(|cell| grid.text_of(*cell).map(str::to_lowercase))
            .collect()
    };
    let known = headers(left);
    if headers(right).iter().any(|header| known.contains(header)) {
        return false;
    }
    // A table of its own begins with a column of labels.
    let mut labels = 0;
    let mut others = 0;
    for index in (top + 1..right.rows.end).take(50) {
        match grid.cell(index, right.left).map(|cell| look(grid, cell)) {
            Some(Look::Text | Look::Date) => labels += 1,
            _ => others += 1,
        }
    }
    labels <= others
}

/// The first row with two cells in the block, or simply the first where it is one column wide.
fn top(grid: &Grid, block: &Block) -> Option<usize> {
    let needed = if block.left == block.right { 1 } else { 2 };
    block.rows.clone().find(|&index| {
        let cells = grid.row(index).iter();
        cells
            .filter(|cell| cell.column() >= block.left && cell.column() <= block.right)
            .count()
            >= needed
    })
}
