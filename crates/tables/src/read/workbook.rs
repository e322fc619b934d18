//! Excel workbooks, through calamine's streaming readers: its `Range` allocates the whole bounding box, which a
//! file with two far-apart cells makes as large as it likes.

use std::{collections::HashMap, io::Cursor};

use calamine::{
    CellErrorType, Data, DataRef, Dimensions, ExcelDateTime, Reader, SheetType, SheetVisible, Xls, Xlsb, Xlsx,
};

use super::{
    Sheet, biff,
    package::{Extras, Package, malformed},
};
use crate::{
    Layout, Limits, TableError, currency,
    grid::{Area, Cell, GridBuilder, Hint},
    limits::Deadline,
};

/// Days from 1900's count to 1904's.
const EPOCH_1904: f64 = 1462.0;

pub(super) fn read_package(
    bytes: &[u8],
    binary: bool,
    limits: &Limits,
    deadline: Deadline,
) -> Result<Vec<Sheet>, TableError> {
    let package = Package::unpack(bytes, limits, deadline, |name| {
        (!binary && name.starts_with("xl/worksheets/"))
            || name == "xl/workbook.xml"
            || name == "xl/_rels/workbook.xml.rels"
    })?;
    if binary {
        return read_xlsb(bytes, limits, deadline);
    }
    let parts = package.xlsx_sheet_parts();
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| match error {
        calamine::XlsxError::Password => TableError::Encrypted,
        other => malformed(other),
    })?;
    let is_1904 = workbook.has_1904_epoch();
    let mut sheets = Vec::new();
    for sheet in worksheets(&workbook) {
        let extras = parts
            .get(&sheet.0)
            .and_then(|part| package.part(part))
            .map(Extras::of_xlsx_sheet)
            .unwrap_or_default();
        let mut cells = Cells::new(limits, deadline, is_1904);
        let mut reader = match workbook.worksheet_cells_reader(&sheet.0) {
            Ok(reader) => reader,
            // A chart or dialog sheet under a worksheet's entry.
            Err(calamine::XlsxError::NotAWorksheet(_)) => continue,
            Err(error) => return Err(malformed(error)),
        };
        let hints: Vec<Hint> = reader
            .styles()
            .iter()
            .map(|style| {
                let code = style.number_format.as_ref().map(|format| format.format_code.as_str());
                code.map(hint_of_format).unwrap_or_default()
            })
            .collect();
        while let Some((cell, style)) = reader.next_cell_with_style_id().map_err(malformed)? {
            let (row, column) = cell.get_position();
            cells.add(row, column, cell.get_value(), hints.get(style).unwrap_or(&Hint::Plain))?;
        }
        drop(reader);
        sheets.push(cells.finish(sheet, extras));
    }
    Ok(sheets)
}

fn read_xlsb(bytes: &[u8], limits: &Limits, deadline: Deadline) -> Result<Vec<Sheet>, TableError> {
    let mut workbook: Xlsb<_> = Xlsb::new(Cursor::new(bytes)).map_err(malformed)?;
    let is_1904 = workbook.has_1904_epoch();
    let mut sheets = Vec::new();
    for sheet in worksheets(&workbook) {
        let mut cells = Cells::new(limits, deadline, is_1904);
        let mut reader = workbook.worksheet_cells_reader(&sheet.0).map_err(malformed)?;
        while let Some(cell) = reader.next_cell().map_err(malformed)? {
            let (row, column) = cell.get_position();
            cells.add(row, column, cell.get_value(), &Hint::Plain)?;
        }
        drop(reader);
        sheets.push(cells.finish(sheet, Extras::default()));
    }
    Ok(sheets)
}

pub(super) fn read_xls(bytes: &[u8], limits: &Limits, deadline: Deadline) -> Result<Vec<Sheet>, TableError> {
    // calamine builds the bounding box of every sheet at once: look first whether that is reasonable.
    biff::check(bytes, limits)?;
    let mut workbook: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        calamine::XlsError::Password => TableError::Encrypted,
        other => malformed(other),
    })?;
    let is_1904 = workbook.has_1904_epoch();
    let mut sheets = Vec::new();
    for sheet in worksheets(&workbook) {
        let range = workbook.worksheet_range(&sheet.0).map_err(malformed)?;
        let (top, left) = range.start().unwrap_or_default();
        let mut cells = Cells::new(limits, deadline, is_1904);
        for (row, column, value) in range.used_cells() {
            cells.add_owned(top + row as u32, left + column as u32, value)?;
        }
        let merges = workbook.merge_cells_by_sheet_name(&sheet.0).unwrap_or_default();
        let extras = Extras {
            merges: merges.iter().filter_map(area).collect(),
            ..Extras::default()
        };
        sheets.push(cells.finish(sheet, extras));
    }
    Ok(sheets)
}

/// Name and visibility of the worksheets, in order.
fn worksheets<R: Reader<RS>, RS: std::io::Read + std::io::Seek>(workbook: &R) -> Vec<(String, bool)> {
    let sheets = workbook.sheets_metadata().iter();
    sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.clone(), sheet.visible != SheetVisible::Visible))
        .collect()
}

fn area(dimensions: &Dimensions) -> Option<Area> {
    Some(Area {
        top: dimensions.start.0 + 1,
        left: u16::try_from(dimensions.start.1).ok()?,
        bottom: dimensions.end.0 + 1,
        right: u16::try_from(dimensions.end.1).ok()?,
    })
}

/// What a number format says a number is.
pub(super) fn hint_of_format(code: &str) -> Hint {
    // The first section is for positive numbers; quoted text counts, since currencies are often quoted.
    let section = code.split(';').next().unwrap_or(code);
    if section.eq_ignore_ascii_case("general") {
        return Hint::Plain;
    }
    if let Some(start) = section.find("[$") {
        let rest = section.get(start + 2..).unwrap_or_default();
        let token = rest.split([']', '-']).next().unwrap_or_default().trim();
        if !token.is_empty() {
            return Hint::Money(Some(currency::code_of(token).unwrap_or(token).to_owned()));
        }
    }
    // Without colours, conditions and locales in brackets, and without escapes.
    let mut bracketed = false;
    let bare: String = section
        .chars()
        .filter(|c| {
            bracketed = (bracketed || *c == '[') && *c != ']';
            !bracketed && !matches!(c, ']' | '"' | '\\' | '_' | '*')
        })
        .collect();
    if let Some(code) = currency::find(&bare) {
        return Hint::Money(Some(code.to_owned()));
    }
    if bare.contains('%') {
        return Hint::Percent;
    }
    Hint::Plain
}

/// Collects the cells of one sheet.
struct Cells<'a> {
    builder: GridBuilder<'a>,
    is_1904: bool,
    /// Spans of shared strings by address: each is copied once however often it is used.
    shared: HashMap<(usize, usize), (u32, u32)>,
}

impl<'a> Cells<'a> {
    fn new(limits: &'a Limits, deadline: Deadline, is_1904: bool) -> Self {
        Self {
            builder: GridBuilder::new(limits, deadline),
            is_1904,
            shared: HashMap::new(),
        }
    }

    /// Row and column from 0.
    fn add(&mut self, row: u32, column: u32, value: &DataRef<'_>, hint: &Hint) -> Result<(), TableError> {
        if matches!(value, DataRef::Empty) {
            return Ok(());
        }
        self.builder.row(row.saturating_add(1))?;
        let column = self.builder.column(u64::from(column))?;
        match value {
            DataRef::Empty => Ok(()),
            DataRef::Int(value) => self.number(column, *value as f64, hint),
            DataRef::Float(value) => self.number(column, *value, hint),
            // ISO text too: the same rules read it as a date that read it in a CSV.
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                self.builder.text(column, text)
            }
            DataRef::SharedString(text) => {
                let key = (text.as_ptr() as usize, text.len());
                let span = if let Some(span) = self.shared.get(&key) {
                    *span
                } else {
                    let span = self.builder.intern(text)?;
                    self.shared.insert(key, span);
                    span
                };
                self.builder.text_span(column, span)
            }
            DataRef::Bool(value) => self.builder.push(Cell::Bool { column, value: *value }),
            DataRef::DateTime(moment) => self.moment(column, moment),
            DataRef::Error(error) => self.error(column, error),
        }
    }

    fn add_owned(&mut self, row: u32, column: u32, value: &Data) -> Result<(), TableError> {
        match value {
            Data::String(text) => {
                self.builder.row(row.saturating_add(1))?;
                let column = self.builder.column(u64::from(column))?;
                self.builder.text(column, text)
            }
            Data::Int(value) => self.add(row, column, &DataRef::Int(*value), &Hint::Plain),
            Data::Float(value) => self.add(row, column, &DataRef::Float(*value), &Hint::Plain),
            Data::Bool(value) => self.add(row, column, &DataRef::Bool(*value), &Hint::Plain),
            Data::DateTime(value) => self.add(row, column, &DataRef::DateTime(*value), &Hint::Plain),
            Data::Error(value) => self.add(row, column, &DataRef::Error(value.clone()), &Hint::Plain),
            Data::DateTimeIso(text) | Data::DurationIso(text) => {
                self.add(row, column, &DataRef::String(text.clone()), &Hint::Plain)
            }
            Data::Empty => Ok(()),
        }
    }

    fn number(&mut self, column: u16, value: f64, hint: &Hint) -> Result<(), TableError> {
        let hint = self.builder.hint(hint);
        self.builder.push(Cell::Number { column, hint, value })
    }

    fn moment(&mut self, column: u16, moment: &ExcelDateTime) -> Result<(), TableError> {
        let value = moment.as_f64();
        if moment.is_duration() {
            return self.builder.push(Cell::Span { column, value });
        }
        // A time of day alone has no date to shift.
        let shift = if self.is_1904 && value >= 1.0 { EPOCH_1904 } else { 0.0 };
        self.builder.push(Cell::Moment {
            column,
            value: value + shift,
        })
    }

    fn error(&mut self, column: u16, error: &CellErrorType) -> Result<(), TableError> {
        self.builder.error(column, &error.to_string())
    }

    fn finish(self, (name, hidden): (String, bool), extras: Extras) -> Sheet {
        let mut grid = self.builder.finish();
        grid.merges = extras.merges;
        grid.hidden_rows = extras.hidden_rows;
        grid.hidden_columns = extras.hidden_columns;
        Sheet {
            name: Some(name),
            hidden,
            layout: Layout::Cells,
            named_fields: false,
            grid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_formats_say_what_a_number_is() {
        let money = |code: &str| Hint::Money(Some(code.to_owned()));
        for (code, want) in [
            ("General", Hint::Plain),
            ("0.00", Hint::Plain),
            ("#,##0.00", Hint::Plain),
            ("0.0%", Hint::Percent),
            ("#,##0.00 [$€-407]", money("EUR")),
            ("[$£-809]#,##0.00", money("GBP")),
            ("\"$\"#,##0.00_);(\"$\"#,##0.00)", money("USD")),
            ("[$USD] #,##0", money("USD")),
            ("#,##0.00\\ \"€\"", money("EUR")),
            ("[$-409]#,##0.00", Hint::Plain),
            ("[Red]0", Hint::Plain),
        ] {
            assert_eq!(hint_of_format(code), want, "{code}");
        }
    }
}
