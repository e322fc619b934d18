//! Tables of a file, as a person sees them, from what `documents` reads.

use std::collections::BTreeSet;

use deskhand_documents::{DocumentError, Kind, Limits, Note, NoteKind, PageRange, ReadOptions, read};
use serde_json::Value;

use crate::api::Sheet;

/// Columns shown.
const COLUMNS: usize = 100;
/// Characters read for one page of rows.
const CHARS: usize = 1 << 20;
/// Rows from the first one shown to the last, empty ones counted.
const LONGEST: usize = 100_000;
/// Rows of each sheet, characters of all and sheets that are compared.
const COMPARED_ROWS: u64 = 50_000;
const COMPARED_CHARS: usize = 24 << 20;
const COMPARED_SHEETS: usize = 50;

/// Whether a file of that kind is shown as tables.
pub(super) const fn is_table(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Xlsx | Kind::Xls | Kind::Xlsb | Kind::Ods | Kind::Csv | Kind::Tsv
    )
}

/// The tables of a file: `rows` rows from `first` on of the sheet named, or of the first one; of the others only what
/// they are.
pub(super) fn sheets(
    name: &str,
    bytes: &[u8],
    wanted: Option<&str>,
    first: u64,
    rows: u64,
) -> Result<(Vec<Sheet>, Vec<Note>), DocumentError> {
    let limits = Limits::default();
    let options = |pages, offset, limit| ReadOptions {
        offset: Some(offset),
        limit: Some(limit),
        pages,
        max_chars: CHARS,
        with_hidden: false,
    };
    // A look at all of them, a row each: names and sizes.
    let all = read(name, bytes, &options(None, 1, 1), &limits)?;
    let Some(list) = all.data.get("sheets").and_then(Value::as_array) else {
        let reading = read(name, bytes, &options(None, first, rows), &limits)?;
        let total = number(&reading.data, "total_rows");
        let sheet = Sheet {
            name: String::new(),
            total_rows: total,
            total_columns: number(&reading.data, "columns"),
            first_row: first,
            rows: grid(&reading.data, first, None),
        };
        return Ok((vec![sheet], reading.notes));
    };
    let visible = |sheet: &&Value| is_visible(sheet);
    let shown = list
        .iter()
        .filter(visible)
        .find(|sheet| wanted.is_none_or(|wanted| sheet.get("name").and_then(Value::as_str) == Some(wanted)));
    let shown = shown.map(|sheet| number(sheet, "index"));
    let all_notes = all.notes;
    let mut notes = all_notes.clone();
    let mut found = Vec::new();
    for sheet in list.iter().filter(visible) {
        let index = number(sheet, "index");
        let mut rows_shown = Vec::new();
        let mut columns = columns_of(sheet);
        if Some(index) == shown {
            let reading = read(
                name,
                bytes,
                &options(PageRange::new(index, index), first, rows),
                &limits,
            )?;
            let page = reading
                .data
                .get("sheets")
                .and_then(Value::as_array)
                .and_then(|list| list.iter().find(|sheet| number(sheet, "index") == index).cloned())
                .unwrap_or_default();
            columns = columns.max(columns_of(&page));
            rows_shown = grid(&page, first, page.get("columns"));
            // The look at all of them tells what is hidden in the others; this one, what is in the rows shown.
            notes.extend(reading.notes.into_iter().filter(|note| !all_notes.contains(note)));
        }
        found.push(Sheet {
            name: sheet.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            total_rows: number(sheet, "rows_total"),
            total_columns: columns,
            first_row: first,
            rows: rows_shown,
        });
    }
    Ok((found, notes))
}

/// The tables of a file with all their rows, for comparing them.
#[derive(Debug, Default)]
pub(super) struct Whole {
    /// All sheets a person sees.
    pub names: Vec<String>,
    /// Those that are compared.
    pub sheets: Vec<Sheet>,
    /// Those of them of which only the beginning was read.
    pub cut: BTreeSet<String>,
    /// What is not in it, one sentence each.
    pub notes: Vec<String>,
}

impl Whole {
    fn add(&mut self, sheet: Sheet, rows_read: u64) {
        if rows_read < sheet.total_rows {
            let place = if sheet.name.is_empty() {
                String::new()
            } else {
                format!(" of \u{201c}{}\u{201d}", sheet.name)
            };
            self.notes.push(format!(
                "Only the first {rows_read} of {} rows{place} were compared.",
                sheet.total_rows
            ));
            self.cut.insert(sheet.name.clone());
        }
        self.sheets.push(sheet);
    }
}

/// Reads the tables of a file as far as they can be compared.
pub(super) fn whole(name: &str, bytes: &[u8]) -> Result<Whole, DocumentError> {
    let options = ReadOptions {
        offset: None,
        limit: Some(COMPARED_ROWS),
        pages: None,
        max_chars: COMPARED_CHARS,
        with_hidden: false,
    };
    let reading = read(name, bytes, &options, &Limits::default())?;
    let read_of = |table: &Value| {
        let rows = table.get("rows").and_then(Value::as_array).into_iter().flatten();
        rows.filter(|row| number(row, "row") <= LONGEST as u64).count() as u64
    };
    let mut whole = Whole::default();
    if let Some(list) = reading.data.get("sheets").and_then(Value::as_array) {
        for sheet in list.iter().filter(|sheet| is_visible(sheet)) {
            let title = sheet.get("name").and_then(Value::as_str).unwrap_or_default();
            whole.names.push(title.to_owned());
            if whole.sheets.len() >= COMPARED_SHEETS {
                continue;
            }
            let shown = Sheet {
                name: title.to_owned(),
                total_rows: number(sheet, "rows_total"),
                total_columns: columns_of(sheet),
                first_row: 1,
                rows: grid(sheet, 1, sheet.get("columns")),
            };
            whole.add(shown, read_of(sheet));
        }
    } else {
        let shown = Sheet {
            name: String::new(),
            total_rows: number(&reading.data, "total_rows"),
            total_columns: number(&reading.data, "columns"),
            first_row: 1,
            rows: grid(&reading.data, 1, None),
        };
        whole.names.push(String::new());
        whole.add(shown, read_of(&reading.data));
    }
    if whole.names.len() > whole.sheets.len() {
        whole.notes.push(format!(
            "Only the first {} of {} sheets were compared.",
            whole.sheets.len(),
            whole.names.len()
        ));
    }
    if reading.notes.iter().any(is_of_columns) {
        whole
            .notes
            .push(format!("Only the first {COLUMNS} columns were compared."));
    }
    if reading.notes.iter().any(|note| note.kind == NoteKind::HiddenPart) {
        whole
            .notes
            .push("Hidden sheets, rows and columns were not compared.".to_owned());
    }
    Ok(whole)
}

/// Whether a note says that a table has more columns than are read.
pub(super) fn is_of_columns(note: &Note) -> bool {
    note.kind == NoteKind::Cut && note.text.contains("columns are shown")
}

fn is_visible(sheet: &Value) -> bool {
    sheet.get("visible").and_then(Value::as_bool).unwrap_or(true)
}

fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn columns_of(sheet: &Value) -> u64 {
    let letters = sheet.get("columns").and_then(Value::as_array);
    letters
        .and_then(|letters| letters.last()?.as_str())
        .map_or(0, |last| column(last) as u64 + 1)
}

/// The number of a column, from 0: A, B, …, Z, AA.
fn column(letters: &str) -> usize {
    letters
        .bytes()
        .filter(u8::is_ascii_alphabetic)
        .fold(0_usize, |number, letter| {
            number
                .saturating_mul(26)
                .saturating_add(usize::from(letter.to_ascii_uppercase() - b'A') + 1)
        })
        .saturating_sub(1)
}

/// The rows with everything in its place: rows and columns that were left out are empty.
fn grid(data: &Value, first: u64, letters: Option<&Value>) -> Vec<Vec<String>> {
    let places: Option<Vec<usize>> = letters
        .and_then(Value::as_array)
        .map(|letters| letters.iter().filter_map(Value::as_str).map(column).collect());
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in data.get("rows").and_then(Value::as_array).into_iter().flatten() {
        let at = number(row, "row").saturating_sub(first);
        let Ok(at) = usize::try_from(at) else { continue };
        // A table with a row far below the others is not made as long as that.
        if at >= LONGEST {
            break;
        }
        if rows.len() <= at {
            rows.resize(at + 1, Vec::new());
        }
        let mut line: Vec<String> = Vec::new();
        for (index, cell) in row
            .get("cells")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let place = places.as_ref().map_or(Some(index), |places| places.get(index).copied());
            let Some(place) = place.filter(|place| *place < COLUMNS) else {
                continue;
            };
            if line.len() <= place {
                line.resize(place + 1, String::new());
            }
            if let Some(slot) = line.get_mut(place) {
                *slot = shown(cell);
            }
        }
        if let Some(slot) = rows.get_mut(at) {
            *slot = line;
        }
    }
    rows
}

fn shown(cell: &Value) -> String {
    match cell {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => plain(float),
            None => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// A number as spreadsheets show it: 15 digits, and no fraction where there is none.
fn plain(number: f64) -> String {
    let rounded = format!("{number:.14e}").parse().unwrap_or(number);
    if rounded == 0.0 || (1e-9..1e15).contains(&rounded.abs()) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_as_spreadsheets_do() {
        assert_eq!(
            ["A", "Z", "AA", "AZ", "BA", "XFD"].map(column),
            [0, 25, 26, 51, 52, 16_383]
        );
    }

    #[test]
    fn numbers_look_as_in_a_spreadsheet() {
        let numbers = [16.0, 0.1 + 0.2, -1204.5, 0.0, 1e20, 2.5e-12].map(|number| shown(&Value::from(number)));
        assert_eq!(numbers, ["16", "0.3", "-1204.5", "0", "1e20", "2.5e-12"]);
        assert_eq!(shown(&Value::from(10_001_u32)), "10001");
    }

    #[test]
    fn a_text_table_is_one_sheet_paged_by_rows() {
        let text: String = (1..=30).map(|n| format!("{n},\"a, {n}\"\n")).collect();
        let (sheets, _) = sheets("t.csv", text.as_bytes(), None, 11, 5).unwrap();
        let [sheet] = sheets.as_slice() else {
            panic!("{sheets:?}")
        };
        assert_eq!((sheet.total_rows, sheet.total_columns, sheet.first_row), (30, 2, 11));
        assert_eq!(sheet.rows.len(), 5);
        assert_eq!(sheet.rows[0], ["11", "a, 11"]);
    }
}
