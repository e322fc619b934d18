//! Workbooks: xlsx and ods by readers of this crate, xls and xlsb through calamine.
//!
//! Why not calamine for all: its ranges are dense, so two cells at opposite corners of a sheet make it allocate
//! seventeen billion; it reads whole sheets where a page is wanted; and it does not tell hidden rows, columns and
//! cells. The readers here stream, hold only the rows asked for, and take no size from the file on trust.
//!
//! `data`: `{"sheets": [{"index", "name", "visible", "rows_total", "range"?, "columns": [letters],
//! "rows": [{"row", "cells"}], "formulas": {address: formula}, "merged": [range]}]}`; a hidden sheet has no rows.

mod biff;
mod binary;
mod formula;
pub(crate) mod grid;
mod number;
mod ods;
mod styles;
mod xlsx;

use std::fmt::Write as _;

use deskhand_types::{Block, HiddenCells};
use serde_json::{Value, json};

use crate::{
    DocumentError, Kind, Limits, Next, NoteKind, PageRange, Part, ReadOptions, Reading, Unit,
    guard::Clock,
    reading::{Notes, plural},
};
use grid::Grid;

/// Rows of a sheet when no limit is given.
const DEFAULT_ROWS: u64 = 200;
/// Excel's own limits (OpenDocument programs keep to the rows and go to 16 384 columns too).
const MAX_ROWS: u64 = 1_048_576;
const MAX_COLUMNS: u64 = 16_384;

/// Which rows of which sheets are wanted.
#[derive(Clone, Copy, Debug)]
struct Request {
    pages: Option<PageRange>,
    first: u64,
    limit: u64,
    max_chars: usize,
    with_hidden: bool,
    /// Whether it is only asked what is hidden; then no row is kept.
    survey: bool,
}

impl Request {
    /// The first row wanted of a sheet: the offset is that of the first sheet, the others begin with theirs.
    fn first_row(&self, index: usize) -> u64 {
        let first_sheet = self.pages.map_or(1, PageRange::first);
        if index as u64 + 1 == first_sheet { self.first } else { 1 }
    }

    fn wants_sheet(&self, index: usize) -> bool {
        self.pages.is_none_or(|pages| pages.contains(index as u64 + 1))
    }
}

/// One sheet with the rows asked for.
#[derive(Debug)]
struct Sheet {
    name: String,
    visible: bool,
    /// Shown though the workbook hides it.
    unveiled: bool,
    /// Whether what is hidden in it is shown as well; the rows are noted.
    with_hidden: bool,
    unveiled_rows: Vec<u64>,
    /// What is hidden in it, where that is asked.
    hidden: Option<HiddenCells>,
    /// Not a worksheet but a chart, dialog or macro sheet.
    other: Option<String>,
    grid: Grid,
    /// Rows with content that a person sees.
    rows: u64,
    /// How many of them lie in the window that was asked for or before it.
    rows_until_window_end: u64,
    /// Rows with content that are hidden.
    hidden_rows: u64,
    /// Columns with content that are hidden.
    hidden_columns: Vec<u32>,
    /// The cells in use, visible or not: first and last row (from 1) and column (from 0).
    used: Option<Used>,
    merged: Vec<String>,
    /// Not asked for: only its name is known.
    skipped: bool,
    /// The window.
    first_row: u64,
    limit: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Used {
    first_row: u64,
    last_row: u64,
    first_column: u32,
    last_column: u32,
}

impl Used {
    fn add(used: &mut Option<Self>, row: u64, column: u32) {
        let now = used.get_or_insert(Self {
            first_row: row,
            last_row: row,
            first_column: column,
            last_column: column,
        });
        now.first_row = now.first_row.min(row);
        now.last_row = now.last_row.max(row);
        now.first_column = now.first_column.min(column);
        now.last_column = now.last_column.max(column);
    }

    fn range(self) -> String {
        format!(
            "{}{}:{}{}",
            grid::column_name(self.first_column),
            self.first_row,
            grid::column_name(self.last_column),
            self.last_row
        )
    }
}

impl Sheet {
    fn new(index: usize, name: String, visible: bool, max_chars: usize, request: &Request) -> Self {
        Self {
            name,
            visible: visible || request.with_hidden,
            unveiled: !visible && request.with_hidden,
            with_hidden: request.with_hidden,
            unveiled_rows: Vec::new(),
            hidden: request.survey.then(|| {
                if visible {
                    HiddenCells::default()
                } else {
                    HiddenCells::all()
                }
            }),
            other: None,
            grid: Grid::new(max_chars, max_chars == request.max_chars),
            rows: 0,
            rows_until_window_end: 0,
            hidden_rows: 0,
            hidden_columns: Vec::new(),
            used: None,
            merged: Vec::new(),
            skipped: !request.wants_sheet(index),
            first_row: request.first_row(index),
            limit: request.limit,
        }
    }

    /// Whether a visible row would be shown.
    fn wants_row(&self, number: u64) -> bool {
        self.visible
            && number >= self.first_row
            && self.rows_until_window_end == self.rows
            && (self.grid.len() as u64) < self.limit
            && !self.grid.is_full()
    }

    /// Notes what a person does not see of a row, or of several like it, where that is asked.
    fn survey(
        &mut self,
        rows: std::ops::RangeInclusive<u64>,
        hidden: bool,
        hidden_column: impl Fn(u32) -> bool,
        cells: &[(u32, grid::Cell)],
    ) {
        let Some(found) = &mut self.hidden else {
            return;
        };
        let number = |row: u64| u32::try_from(row).unwrap_or(u32::MAX);
        let (first, last) = (number(*rows.start()), number(*rows.end()));
        if hidden {
            found.add_rows(first, last);
        }
        for (column, cell) in cells {
            if hidden_column(*column) {
                found.add_column(*column);
            } else if cell.hidden && !hidden {
                found.add_cells(first, last, *column);
            }
        }
    }

    /// Takes a row with its number (from 1). Empty rows do not count; hidden rows and columns are counted, not kept.
    fn take_row(
        &mut self,
        number: u64,
        hidden: bool,
        hidden_column: impl Fn(u32) -> bool,
        mut cells: Vec<(u32, grid::Cell)>,
    ) {
        let mut any = false;
        cells.retain(|(column, cell)| {
            if cell.text.is_empty() && cell.formula.is_none() && cell.value.is_none() {
                return false;
            }
            Used::add(&mut self.used, number, *column);
            any = true;
            if hidden_column(*column) {
                if let Err(at) = self.hidden_columns.binary_search(column) {
                    self.hidden_columns.insert(at, *column);
                }
                return self.with_hidden;
            }
            true
        });
        if !any {
            return;
        }
        if hidden && self.with_hidden {
            self.unveiled_rows.push(number);
        } else if hidden {
            self.hidden_rows += 1;
            return;
        }
        if cells.is_empty() {
            return;
        }
        self.rows += 1;
        let in_window =
            self.visible && self.rows_until_window_end + 1 == self.rows && (self.grid.len() as u64) < self.limit;
        if number < self.first_row || (in_window && self.grid.push(number, cells)) {
            self.rows_until_window_end = self.rows;
        }
    }

    /// Counts further rows like the last one, all before or all behind the window.
    fn repeat_row(&mut self, count: u64, hidden: bool, before: bool) {
        if hidden && !self.with_hidden {
            self.hidden_rows += count;
        } else {
            self.rows += count;
            if before {
                self.rows_until_window_end = self.rows;
            }
        }
        if let Some(used) = &mut self.used {
            used.last_row += count;
        }
    }

    /// What is shown only because it was asked for.
    fn tell_unveiled(&self, name: &str, notes: &mut Notes) {
        if self.unveiled {
            let note = format!("sheet '{name}' is hidden; it is shown, since it was asked for");
            notes.add(NoteKind::HiddenPart, note, self.rows);
        }
        let shown: Vec<String> = self.unveiled_rows.iter().take(20).map(u64::to_string).collect();
        if !shown.is_empty() {
            let more = if self.unveiled_rows.len() > shown.len() {
                " and more"
            } else {
                ""
            };
            let note = format!(
                "sheet '{name}': hidden rows shown, since they were asked for: {}{more}",
                shown.join(", ")
            );
            notes.add(NoteKind::HiddenPart, note, self.unveiled_rows.len() as u64);
        }
    }

    /// Gives back rows that are more text than is left, now that their text is complete; returns what is left then.
    fn refit(&mut self, left: usize, fresh: bool) -> usize {
        let (dropped, left) = self.grid.refit(left, fresh);
        self.rows_until_window_end -= dropped;
        left
    }

    /// Whether rows are left after the window.
    fn has_more(&self) -> bool {
        self.visible && !self.skipped && self.rows > self.rows_until_window_end
    }
}

/// Reads a workbook.
pub(crate) fn read(
    kind: Kind,
    bytes: &[u8],
    options: &ReadOptions,
    limits: &Limits,
    clock: &Clock,
) -> Result<Reading, DocumentError> {
    let request = Request {
        pages: options.pages,
        first: options.offset.unwrap_or(1).max(1),
        limit: options.limit.unwrap_or(DEFAULT_ROWS).max(1),
        max_chars: options.max_chars,
        with_hidden: options.with_hidden,
        survey: false,
    };
    let mut notes = Notes::of(options);
    let mut sheets = load(kind, bytes, &request, limits, clock, &mut notes)?;
    let mut left = request.max_chars;
    for sheet in &mut sheets {
        left = sheet.refit(left, left == request.max_chars);
    }
    render(kind, &sheets, &request, notes)
}

fn load(
    kind: Kind,
    bytes: &[u8],
    request: &Request,
    limits: &Limits,
    clock: &Clock,
    notes: &mut Notes,
) -> Result<Vec<Sheet>, DocumentError> {
    match kind {
        Kind::Ods => ods::load(bytes, request, limits, clock, notes),
        Kind::Xls | Kind::Xlsb => binary::load(kind, bytes, request, limits, clock, notes),
        _ => xlsx::load(kind, bytes, request, limits, clock, notes),
    }
}

/// What a person does not see of each sheet.
pub(crate) fn survey(
    kind: Kind,
    bytes: &[u8],
    limits: &Limits,
    clock: &Clock,
) -> Result<Vec<(String, HiddenCells)>, DocumentError> {
    let request = Request {
        pages: None,
        // Behind every row, so that none is kept.
        first: u64::MAX,
        limit: 1,
        max_chars: 0,
        with_hidden: false,
        survey: true,
    };
    let mut notes = Notes::of(&ReadOptions::default());
    let sheets = load(kind, bytes, &request, limits, clock, &mut notes)?;
    Ok(sheets
        .into_iter()
        .filter(|sheet| sheet.other.is_none())
        .map(|sheet| (sheet.name, sheet.hidden.unwrap_or_else(HiddenCells::all)))
        .collect())
}

fn render(kind: Kind, sheets: &[Sheet], request: &Request, mut notes: Notes) -> Result<Reading, DocumentError> {
    let count = sheets.len() as u64;
    if let Some(pages) = request.pages
        && pages.first() > count
    {
        return Err(DocumentError::OutOfRange {
            asked: format!("sheet {}", pages.first()),
            total: count,
            unit: if count == 1 { "sheet" } else { "sheets" },
        });
    }
    let read = || sheets.iter().filter(|sheet| !sheet.skipped && sheet.visible);
    let last_row = read()
        .filter(|sheet| sheet.first_row == request.first)
        .filter_map(|sheet| sheet.used)
        .map(|used| used.last_row)
        .max()
        .unwrap_or(0);
    if request.first > 1 && request.first > last_row {
        return Err(DocumentError::OutOfRange {
            asked: format!("row {}", request.first),
            total: last_row,
            unit: Unit::Rows.word(last_row),
        });
    }
    let total: u64 = read().map(|sheet| sheet.rows).sum();
    let shown: u64 = read().map(|sheet| sheet.grid.len() as u64).sum();
    let mut text = String::new();
    let mut data = Vec::new();
    let mut next = None;
    for (index, sheet) in sheets.iter().enumerate() {
        if sheet.skipped {
            continue;
        }
        render_sheet(index, count, sheet, &mut text, &mut notes);
        data.push(sheet_json(index, sheet));
        if sheet.has_more() {
            let row = sheet.grid.last_row().map_or(sheet.first_row, |row| row + 1);
            let last = request.pages.map_or(count, |pages| pages.last().min(count));
            notes.add(
                NoteKind::Cut,
                format!("sheet '{}': rows from {row} on are not shown", sheet_name(sheet)),
                sheet.rows - sheet.rows_until_window_end,
            );
            next.get_or_insert_with(|| Next {
                offset: Some(row),
                pages: (count > 1).then(|| {
                    // A sheet cut by the size of the reading has others after it that were not begun.
                    let only = sheet.grid.left() > 0 || index as u64 + 1 == last;
                    if only {
                        format!("{}", index + 1)
                    } else {
                        format!("{}-{last}", index + 1)
                    }
                }),
            });
        }
    }
    let visible = sheets.iter().filter(|sheet| sheet.visible).count() as u64;
    let hidden = count - visible;
    let mut summary = plural(visible, "sheet", "sheets");
    if hidden > 0 {
        let _ = write!(summary, " and {hidden} hidden");
    }
    let _ = write!(summary, ", {}", plural(total, "row", "rows"));
    Ok(Reading {
        kind,
        blocks: if text.trim_end().is_empty() {
            Vec::new()
        } else {
            vec![Block::text(format!("{}\n", text.trim_end()))]
        },
        notes: notes.finish(),
        part: Part {
            shown,
            total,
            unit: Unit::Rows,
            next,
        },
        data: json!({ "sheets": data }),
        summary,
    })
}

fn sheet_name(sheet: &Sheet) -> String {
    crate::markdown::excerpt(&sheet.name, 60)
}

/// The sheet's name as it stands in an address.
fn quoted(name: &str) -> String {
    if !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.') {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "''"))
    }
}

fn render_sheet(index: usize, count: u64, sheet: &Sheet, text: &mut String, notes: &mut Notes) {
    let name = sheet_name(sheet);
    if !sheet.visible {
        let rows = plural(sheet.rows + sheet.hidden_rows, "row", "rows");
        let note = format!("hidden sheet '{name}': {rows} not shown");
        notes.add(NoteKind::HiddenPart, note, sheet.rows + sheet.hidden_rows);
        return;
    }
    let _ = write!(text, "## Sheet {} of {count}: {name}", index + 1);
    if sheet.unveiled {
        text.push_str(" [hidden sheet]");
    }
    if let Some(other) = &sheet.other {
        let _ = writeln!(text, "\n\n({other})\n");
        return;
    }
    if let Some(used) = sheet.used {
        let _ = write!(text, " (`{}!{}`)", quoted(&name), used.range());
    }
    text.push_str("\n\n");
    let table = sheet.grid.render(notes);
    if table.is_empty() && sheet.used.is_none() {
        text.push_str("(empty)\n");
    }
    text.push_str(&table);
    if !sheet.merged.is_empty() {
        const SHOWN: usize = 20;
        let list: Vec<&str> = sheet.merged.iter().take(SHOWN).map(String::as_str).collect();
        let more = sheet.merged.len().saturating_sub(SHOWN);
        let _ = write!(text, "\nMerged: {}", list.join(", "));
        if more > 0 {
            let _ = write!(text, " and {more} more");
        }
        text.push('\n');
    }
    sheet.tell_unveiled(&name, notes);
    if sheet.hidden_rows > 0 {
        let note = format!(
            "sheet '{name}': {} not shown (hidden, perhaps by a filter)",
            plural(sheet.hidden_rows, "row", "rows")
        );
        notes.add(NoteKind::HiddenPart, note, sheet.hidden_rows);
    }
    if !sheet.hidden_columns.is_empty() {
        let names: Vec<String> = sheet
            .hidden_columns
            .iter()
            .take(20)
            .map(|column| grid::column_name(*column))
            .collect();
        let how = if sheet.with_hidden {
            "shown, since they were asked for"
        } else {
            "not shown"
        };
        let note = format!("sheet '{name}': hidden columns {how}: {}", names.join(", "));
        notes.add(NoteKind::HiddenPart, note, sheet.hidden_columns.len() as u64);
    }
    let cut = sheet.grid.columns_cut() as u64;
    if cut > 0 {
        notes.add(
            NoteKind::Cut,
            format!(
                "sheet '{name}': only the first {} columns are shown, {cut} more are not",
                grid::MAX_COLUMNS
            ),
            cut,
        );
    }
    text.push('\n');
}

fn sheet_json(index: usize, sheet: &Sheet) -> Value {
    if !sheet.visible {
        return json!({
            "index": index + 1, "name": sheet.name, "visible": false, "rows_total": sheet.rows + sheet.hidden_rows,
        });
    }
    json!({
        "index": index + 1,
        "name": sheet.name,
        "visible": true,
        "rows_total": sheet.rows,
        "range": sheet.used.map(Used::range),
        "columns": sheet.grid.columns().into_iter().map(grid::column_name).collect::<Vec<_>>(),
        "rows": sheet.grid.rows_json(),
        "formulas": sheet.grid.formulas_json(),
        "merged": sheet.merged,
    })
}
