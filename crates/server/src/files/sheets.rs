//! Tables of a file, as a person sees them, from what `documents` reads.

use deskhand_documents::{DocumentError, Kind, Limits, Note, PageRange, ReadOptions, read};
use serde_json::Value;

use crate::api::Sheet;

/// Columns shown.
const COLUMNS: usize = 100;
/// Characters read for one page of rows.
const CHARS: usize = 1 << 20;

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
    let visible = |sheet: &&Value| sheet.get("visible").and_then(Value::as_bool).unwrap_or(true);
    let shown = list
        .iter()
        .filter(visible)
        .find(|sheet| wanted.is_none_or(|wanted| sheet.get("name").and_then(Value::as_str) == Some(wanted)));
    let shown = shown.map(|sheet| number(sheet, "index"));
    let mut notes = all.notes;
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
            notes = reading.notes;
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
        // Rows are few: what is asked for has a limit.
        if at >= 100_000 {
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
