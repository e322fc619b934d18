//! Tables to an Excel workbook.

mod parse;

use std::collections::HashSet;

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet,
};

pub use parse::{sheets_from_csv, sheets_from_markdown};

use super::WriteError;

/// Excel's own limits.
const MAX_ROWS: usize = 1_048_576;
const MAX_COLUMNS: usize = 16_384;
const MAX_TEXT: usize = 32_767;
/// The most sheets a workbook gets.
const MAX_SHEETS: usize = 100;
/// The most cells a workbook gets; bounds memory.
const MAX_CELLS: usize = 4_000_000;

/// One typed cell.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text; never taken for a formula.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with decimals, shown with two.
    Number(f64),
    /// A number that is a share: 0.25 is shown as 25.0%.
    Percent(f64),
    /// Yes or no.
    Bool(bool),
    /// A calendar day: year, month, day.
    Date(i16, u8, u8),
}

/// One sheet: a header, rows, and whether a row of totals is wanted.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sheet {
    /// Its name; shortened and made unique where Excel demands it.
    pub name: String,
    /// The header row.
    pub columns: Vec<String>,
    /// The rows, each as long as the header (shorter ones are filled up).
    pub rows: Vec<Vec<Cell>>,
    /// Whether a last row sums the numeric columns with formulas.
    pub totals: bool,
}

struct Formats {
    header: Format,
    header_right: Format,
    integer: Format,
    number: Format,
    percent: Format,
    date: Format,
    wrap: Format,
    total: Format,
    total_number: Format,
}

impl Formats {
    fn new() -> Self {
        let header = Format::new()
            .set_bold()
            .set_font_color(Color::RGB(0x1F_3A5F))
            .set_background_color(Color::RGB(0xE3_ECF6))
            .set_border_bottom(FormatBorder::Thin)
            .set_border_bottom_color(Color::RGB(0x7F_9BBB))
            .set_align(FormatAlign::VerticalCenter)
            .set_text_wrap();
        let total = Format::new().set_bold().set_border_top(FormatBorder::Thin);
        Self {
            header_right: header.clone().set_align(FormatAlign::Right),
            header,
            integer: Format::new().set_num_format("#,##0"),
            number: Format::new().set_num_format("#,##0.00"),
            percent: Format::new().set_num_format("0.0%"),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            wrap: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            total_number: total.clone().set_num_format("#,##0.00"),
            total,
        }
    }
}

/// Makes a workbook: header row styled, frozen and filterable, columns as wide as their content, numbers and dates
/// as such, totals as formulas. The creation date is fixed, so that the same tables give the same bytes.
///
/// # Errors
/// [`WriteError::TooLarge`] beyond Excel's limits, [`WriteError::Table`] without any sheet.
pub fn xlsx(sheets: &[Sheet]) -> Result<Vec<u8>, WriteError> {
    if sheets.is_empty() {
        return Err(WriteError::Table("there is no table to write".to_owned()));
    }
    let cells: usize = sheets
        .iter()
        .map(|sheet| sheet.rows.len().saturating_mul(sheet.columns.len()))
        .sum();
    for (what, count, limit) in [
        ("sheets of a workbook", sheets.len(), MAX_SHEETS),
        ("cells of a workbook", cells, MAX_CELLS),
    ] {
        if count > limit {
            return Err(WriteError::TooLarge { what, count, limit });
        }
    }
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2000, 1, 1).map_err(|error| WriteError::format("xlsx", error))?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let formats = Formats::new();
    let mut names = HashSet::new();
    for sheet in sheets {
        let worksheet = workbook.add_worksheet();
        worksheet
            .set_name(sheet_name(&sheet.name, &mut names))
            .map_err(|error| WriteError::format("xlsx", error))?;
        write_sheet(worksheet, sheet, &formats)?;
    }
    workbook
        .save_to_buffer()
        .map_err(|error| WriteError::format("xlsx", error))
}

fn write_sheet(worksheet: &mut Worksheet, sheet: &Sheet, formats: &Formats) -> Result<(), WriteError> {
    for (what, count, limit) in [
        ("rows of a sheet", sheet.rows.len() + 2, MAX_ROWS),
        ("columns of a sheet", sheet.columns.len(), MAX_COLUMNS),
    ] {
        if count > limit {
            return Err(WriteError::TooLarge { what, count, limit });
        }
    }
    let fail = |error| WriteError::format("xlsx", error);
    for (column, name) in sheet.columns.iter().enumerate() {
        let format = if is_numeric(sheet, column) {
            &formats.header_right
        } else {
            &formats.header
        };
        let at = column as u16;
        worksheet
            .write_string_with_format(0, at, cut(name), format)
            .map_err(fail)?;
        let width = column_width(sheet, column);
        worksheet.set_column_width(at, width).map_err(fail)?;
    }
    for (index, row) in sheet.rows.iter().enumerate() {
        for (column, cell) in row.iter().take(sheet.columns.len()).enumerate() {
            write_cell(worksheet, index as u32 + 1, column as u16, cell, formats)?;
        }
    }
    let (last_row, last_column) = (sheet.rows.len() as u32, sheet.columns.len().saturating_sub(1) as u16);
    if !sheet.columns.is_empty() {
        worksheet.set_freeze_panes(1, 0).map_err(fail)?;
        worksheet.autofilter(0, 0, last_row, last_column).map_err(fail)?;
    }
    if sheet.totals && !sheet.rows.is_empty() {
        write_totals(worksheet, sheet, formats)?;
    }
    Ok(())
}

fn write_cell(
    worksheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    formats: &Formats,
) -> Result<(), WriteError> {
    let fail = |error| WriteError::format("xlsx", error);
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            let text = cut(text);
            let written = if text.chars().count() > 60 || text.contains('\n') {
                worksheet.write_string_with_format(row, column, text, &formats.wrap)
            } else {
                worksheet.write_string(row, column, text)
            };
            written.map_err(fail)?;
        }
        // Beyond 2^53 Excel would change the digits: such numbers are identifiers and stay text.
        Cell::Integer(value) if value.unsigned_abs() > 1 << 53 => {
            worksheet.write_string(row, column, value.to_string()).map_err(fail)?;
        }
        Cell::Integer(value) => {
            worksheet
                .write_number_with_format(row, column, *value as f64, &formats.integer)
                .map_err(fail)?;
        }
        Cell::Number(value) | Cell::Percent(value) if !value.is_finite() => {
            worksheet.write_string(row, column, value.to_string()).map_err(fail)?;
        }
        Cell::Number(value) => {
            worksheet
                .write_number_with_format(row, column, *value, &formats.number)
                .map_err(fail)?;
        }
        Cell::Percent(value) => {
            worksheet
                .write_number_with_format(row, column, *value, &formats.percent)
                .map_err(fail)?;
        }
        Cell::Bool(value) => {
            worksheet.write_boolean(row, column, *value).map_err(fail)?;
        }
        Cell::Date(year, month, day) => {
            let date = u16::try_from(*year)
                .ok()
                .and_then(|year| ExcelDateTime::from_ymd(year, *month, *day).ok());
            match date {
                Some(date) => worksheet.write_datetime_with_format(row, column, &date, &formats.date),
                // Excel knows no dates before 1900.
                None => worksheet.write_string(row, column, format!("{year:04}-{month:02}-{day:02}")),
            }
            .map_err(fail)?;
        }
    }
    Ok(())
}

fn write_totals(worksheet: &mut Worksheet, sheet: &Sheet, formats: &Formats) -> Result<(), WriteError> {
    let fail = |error| WriteError::format("xlsx", error);
    let row = sheet.rows.len() as u32 + 1;
    let mut labelled = false;
    for column in 0..sheet.columns.len() {
        let at = column as u16;
        let summable = sheet
            .rows
            .iter()
            .any(|row| matches!(row.get(column), Some(Cell::Integer(_) | Cell::Number(_))))
            && is_numeric(sheet, column)
            && !sheet
                .rows
                .iter()
                .any(|row| matches!(row.get(column), Some(Cell::Percent(_))));
        if summable {
            let letter = rust_xlsxwriter::utility::column_number_to_name(at);
            let sum: f64 = sheet.rows.iter().filter_map(|row| row.get(column)).map(number).sum();
            // 109 leaves out rows hidden by the filter, so the total follows what is shown.
            let formula = Formula::new(format!("SUBTOTAL(109,{letter}2:{letter}{row})")).set_result(sum.to_string());
            worksheet
                .write_formula_with_format(row, at, formula, &formats.total_number)
                .map_err(fail)?;
        } else if labelled {
            worksheet.write_blank(row, at, &formats.total).map_err(fail)?;
        } else {
            labelled = true;
            worksheet
                .write_string_with_format(row, at, "Total", &formats.total)
                .map_err(fail)?;
        }
    }
    Ok(())
}

fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::Integer(value) => *value as f64,
        Cell::Number(value) if value.is_finite() => *value,
        _ => 0.0,
    }
}

fn is_numeric(sheet: &Sheet, column: usize) -> bool {
    let mut cells = sheet
        .rows
        .iter()
        .filter_map(|row| row.get(column))
        .filter(|cell| **cell != Cell::Empty)
        .peekable();
    cells.peek().is_some() && cells.all(|cell| matches!(cell, Cell::Integer(_) | Cell::Number(_) | Cell::Percent(_)))
}

fn column_width(sheet: &Sheet, column: usize) -> f64 {
    let shown = |cell: &Cell| match cell {
        Cell::Empty => 0,
        Cell::Text(text) => text.lines().map(|line| line.chars().count()).max().unwrap_or(0),
        Cell::Integer(value) => grouped(value.to_string().len()),
        Cell::Number(value) => grouped(format!("{:.0}", value.abs().min(1e15)).len()) + 4,
        Cell::Percent(_) => 7,
        Cell::Bool(_) => 6,
        Cell::Date(..) => 10,
    };
    let widest = sheet
        .rows
        .iter()
        .take(5000)
        .filter_map(|row| row.get(column))
        .map(shown)
        .max()
        .unwrap_or(0);
    let header = sheet.columns.get(column).map_or(0, |name| name.chars().count() + 3);
    (widest.max(header) as f64 + 1.5).clamp(7.0, 60.0)
}

const fn grouped(digits: usize) -> usize {
    digits + digits.saturating_sub(1) / 3
}

fn cut(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .take(MAX_TEXT)
        .collect()
}

/// A name Excel accepts: at most 31 characters, none of `[]:*?/\`, no apostrophe at the ends, unique.
fn sheet_name(wanted: &str, taken: &mut HashSet<String>) -> String {
    let clean: String = wanted
        .chars()
        .map(|c| {
            if c.is_control() || "[]:*?/\\".contains(c) {
                ' '
            } else {
                c
            }
        })
        .collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = clean.trim_matches('\'').trim();
    // "History" is reserved by Excel.
    let clean = if clean.is_empty() || clean.eq_ignore_ascii_case("history") {
        "Sheet"
    } else {
        clean
    };
    let mut name = shorten(clean, 31);
    let mut number = 2;
    while !taken.insert(name.to_lowercase()) {
        let ending = format!(" {number}");
        name = format!("{}{ending}", shorten(clean, 31 - ending.len()));
        number += 1;
    }
    name
}

/// Excel counts UTF-16 units.
fn shorten(text: &str, units: usize) -> String {
    let mut used = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += c.len_utf16();
            used <= units
        })
        .collect();
    kept.trim_end_matches(['\'', ' ']).to_owned()
}

#[cfg(test)]
#[path = "xlsx_tests.rs"]
mod tests;
