//! The tables of a sheet: what belongs together, what is header, what is data, what is neither.

mod blocks;
mod header;
mod look;

use blocks::Block;
use deskhand_types::HiddenCells;
pub(crate) use header::unit_in_header;
use header::{Heading, cells_of};
use look::Look;

use crate::grid::Grid;

/// One table within a sheet. Rows are indexes of the grid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Region {
    pub(crate) left: u16,
    pub(crate) right: u16,
    /// The nearest title above.
    pub(crate) title: Option<Title>,
    /// The header's rows; empty when there is none.
    pub(crate) header: std::ops::Range<usize>,
    /// A name for each column from `left` to `right`; empty where there is none.
    pub(crate) names: Vec<String>,
    /// The unit of each column, from a units row.
    pub(crate) units: Vec<Option<String>>,
    /// The rows of data, ascending.
    pub(crate) body: Vec<usize>,
    /// Rows within the table that are not data, and why.
    pub(crate) skipped: Vec<(usize, Skip)>,
}

/// A title and the cell it stands in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Title {
    pub(crate) text: String,
    /// The row, as an index of the grid.
    pub(crate) index: usize,
    pub(crate) column: u16,
}

impl Title {
    /// What stands first in the row.
    fn of(grid: &Grid, index: usize, block: &Block) -> Option<Self> {
        cells_of(grid, index, block).first().map(|cell| Self {
            text: header::name_of(grid, *cell),
            index,
            column: cell.column(),
        })
    }
}

/// Why a row is not data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Skip {
    /// The header again, as printing on several pages leaves it.
    RepeatedHeader,
    /// A lone heading above a group of rows.
    Section,
    /// A remark below the rows.
    Footnote,
    /// Units of measure.
    Units,
}

/// The tables of a sheet whose first row is known to name its columns (records with named fields).
pub(crate) fn whole(grid: &Grid) -> Vec<Region> {
    let right = grid.row(0).last().map_or(0, |cell| cell.column());
    if grid.height() == 0 || grid.row_number(0) != 0 {
        return Vec::new();
    }
    let block = Block {
        rows: 0..grid.height(),
        left: 0,
        right,
    };
    let names = header::names(grid, &block, &(0..1), &HiddenCells::default());
    vec![Region {
        left: 0,
        right,
        title: None,
        header: 0..1,
        units: vec![None; names.len()],
        names,
        body: (1..grid.height()).collect(),
        skipped: Vec::new(),
    }]
}

/// The names of a table's columns as far as a person sees them; empty where there is none.
pub(crate) fn seen_names(grid: &Grid, region: &Region, hidden: &HiddenCells) -> Vec<String> {
    let block = Block {
        rows: region.header.clone(),
        left: region.left,
        right: region.right,
    };
    header::names(grid, &block, &region.header, hidden)
}

/// The tables of a sheet, top to bottom.
pub(crate) fn regions(grid: &Grid, most: usize) -> Vec<Region> {
    let blocks = blocks::cut(grid, most * 4);
    let alone = blocks.len() == 1;
    let mut regions: Vec<Region> = Vec::new();
    let mut titles: Vec<(Block, Option<Title>)> = Vec::new();
    for block in blocks {
        if is_remark(grid, &block) && !alone {
            titles.push((block.clone(), Title::of(grid, block.rows.start, &block)));
            continue;
        }
        let heading = header::find(grid, &block);
        let above = regions
            .iter()
            .rposition(|region| region.left <= block.left && region.right >= block.right);
        if let Some(region) = above.and_then(|at| regions.get_mut(at))
            && continues(grid, region, &block, &heading)
        {
            append(grid, region, &block, &heading, &mut titles);
            continue;
        }
        let title = heading
            .titles
            .clone()
            .find_map(|index| Title::of(grid, index, &block))
            .or_else(|| {
                let over = |at: &(Block, Option<Title>)| at.0.left <= block.right && at.0.right >= block.left;
                titles
                    .iter()
                    .rev()
                    .find(|at| over(at))
                    .and_then(|(_, title)| title.clone())
            });
        titles.clear();
        regions.push(region(grid, &block, heading, title));
    }
    // A header alone is a table only when it is all there is.
    let any_body = regions.iter().any(|region| !region.body.is_empty());
    regions.retain(|region| {
        let wide = region.right > region.left || region.header.len() + region.body.len() > 1;
        wide && (!any_body || !region.body.is_empty())
    });
    regions.truncate(most);
    regions
}

/// Words in a single column, or a lone cell: a title, a remark, a signature; not a table.
fn is_remark(grid: &Grid, block: &Block) -> bool {
    let mut rows = 0;
    let mut typed = 0;
    for index in block.rows.clone().take(60) {
        let cells = cells_of(grid, index, block);
        if cells.len() > 1 {
            return false;
        }
        rows += 1;
        typed += usize::from(cells.first().is_some_and(|cell| look::look(grid, *cell) != Look::Text));
    }
    // A column of figures under a heading is a table, if a narrow one.
    rows < 3 || typed * 2 < rows
}

/// Whether the block, below a blank row, goes on with the region's rows.
fn continues(grid: &Grid, region: &Region, block: &Block, heading: &Heading) -> bool {
    let starts_new = !heading.header.is_empty() && heading.body.end > heading.body.start;
    if !starts_new {
        // A lone row of words is a remark in two cells, unless the table is all words.
        return true;
    }
    let first = cells_of(grid, heading.header.start, block);
    // The table so far is only a header: these are its rows, whatever they look like.
    if region.body.is_empty() {
        return first.len() >= 2 && !header::is_header(grid, block, heading.header.start);
    }
    // All words, and the same below: only then can a row of words be data.
    let all_words = |rows: &mut dyn Iterator<Item = usize>| {
        rows.take(30).all(|index| {
            let cells = cells_of(grid, index, block);
            cells
                .iter()
                .all(|cell| matches!(look::look(grid, *cell), Look::Text | Look::Nothing))
        })
    };
    block.left == region.left
        && block.right == region.right
        && all_words(&mut region.body.iter().copied())
        && all_words(&mut heading.body.clone())
}

fn append(
    grid: &Grid,
    region: &mut Region,
    block: &Block,
    heading: &Heading,
    titles: &mut Vec<(Block, Option<Title>)>,
) {
    for (title, _) in titles.drain(..) {
        if title.left <= region.right && title.right >= region.left {
            region
                .skipped
                .extend(title.rows.clone().map(|index| (index, Skip::Section)));
        }
    }
    let skipped = heading.titles.clone().map(|index| (index, Skip::Section));
    region.skipped.extend(skipped);
    add_rows(grid, region, block, heading.titles.end..block.rows.end);
}

fn region(grid: &Grid, block: &Block, heading: Heading, title: Option<Title>) -> Region {
    let names = header::names(grid, block, &heading.header, &HiddenCells::default());
    let mut units = vec![None; names.len()];
    let mut skipped = Vec::new();
    if let Some(index) = heading.units {
        skipped.push((index, Skip::Units));
        for cell in cells_of(grid, index, block) {
            let unit = grid.text_of(*cell).and_then(header::unit).map(str::to_owned);
            if let Some(slot) = units.get_mut(usize::from(cell.column() - block.left)) {
                *slot = unit;
            }
        }
    }
    let mut region = Region {
        left: block.left,
        right: block.right,
        title: title.filter(|title| !title.text.is_empty()),
        header: heading.header,
        names,
        units,
        body: Vec::with_capacity(heading.body.len()),
        skipped,
    };
    add_rows(grid, &mut region, block, heading.body);
    region
}

/// Adds rows to the body, except those that are not data.
fn add_rows(grid: &Grid, region: &mut Region, block: &Block, rows: std::ops::Range<usize>) {
    let fill = header::typical_fill(grid, block);
    let header_cells: Vec<String> = match region.header.clone().next_back() {
        Some(index) => cells_of(grid, index, block)
            .iter()
            .map(|cell| header::name_of(grid, *cell))
            .collect(),
        None => Vec::new(),
    };
    let first_of_header = header_cells.first().cloned().unwrap_or_default();
    for index in rows {
        let cells = cells_of(grid, index, block);
        let Some(first) = cells.first() else {
            continue;
        };
        if cells.len() == 1 && fill >= 3 && region.right - region.left >= 2 && is_words(grid, *first) {
            // Which of the two it is shows when the next row comes.
            region.skipped.push((index, Skip::Footnote));
            continue;
        }
        if header_cells.len() > 1
            && cells.len() == header_cells.len()
            && grid.text_of(*first).is_some_and(|text| text == first_of_header)
            && cells
                .iter()
                .zip(&header_cells)
                .all(|(cell, name)| header::name_of(grid, *cell) == *name)
        {
            region.skipped.push((index, Skip::RepeatedHeader));
            continue;
        }
        for (_, skip) in region
            .skipped
            .iter_mut()
            .rev()
            .take_while(|(_, skip)| *skip == Skip::Footnote)
        {
            *skip = Skip::Section;
        }
        region.body.push(index);
    }
}

/// Words, and not the label of a total whose figure is missing.
fn is_words(grid: &Grid, cell: crate::grid::Cell) -> bool {
    look::look(grid, cell) == Look::Text
}
