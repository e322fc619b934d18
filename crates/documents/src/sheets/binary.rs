//! xls and xlsb through calamine, after a look at what it would have to hold.

use std::{
    collections::HashMap,
    io::{Cursor, Read as _},
};

use calamine::{CellErrorType, Data, DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xls, Xlsb};
use serde_json::json;

use crate::{
    DocumentError, Kind, Limits, NoteKind,
    archive::cfb::Compound,
    guard::Clock,
    package::Package,
    reading::Notes,
    sheets::{MAX_COLUMNS, MAX_ROWS, Request, Sheet, biff, grid, number},
};

pub(super) fn load(
    kind: Kind,
    bytes: &[u8],
    request: &Request,
    limits: &Limits,
    clock: &Clock,
    notes: &mut Notes,
) -> Result<Vec<Sheet>, DocumentError> {
    notes.add(
        NoteKind::NotChecked,
        "text hidden by its colour or size is not looked for in workbooks of this format",
        0,
    );
    if kind == Kind::Xls {
        xls(bytes, request, limits, clock)
    } else {
        notes.add(
            NoteKind::NotChecked,
            "hidden rows and columns are not looked for in workbooks of this format",
            0,
        );
        xlsb(bytes, request, limits, clock, notes)
    }
}

fn new_sheet(index: usize, info: &calamine::Sheet, left: usize, request: &Request) -> Sheet {
    let mut sheet = Sheet::new(
        index,
        info.name.clone(),
        info.visible == SheetVisible::Visible,
        left,
        request,
    );
    sheet.other = match info.typ {
        SheetType::ChartSheet => Some("a chart, not a table".to_owned()),
        SheetType::MacroSheet | SheetType::Vba => Some("a macro sheet, not run".to_owned()),
        _ => None,
    };
    sheet
}

fn xls(bytes: &[u8], request: &Request, limits: &Limits, clock: &Clock) -> Result<Vec<Sheet>, DocumentError> {
    let damaged = |what: &str| DocumentError::damaged(Kind::Xls, what);
    let compound = Compound::open(bytes).map_err(|_| damaged("its sector tables are broken (was it cut off?)"))?;
    let stream = compound
        .stream("Workbook")
        .or_else(|| compound.stream("Book"))
        .ok_or_else(|| damaged("it has no workbook in it"))?;
    let survey = biff::survey(&stream);
    if survey.encrypted {
        return Err(DocumentError::Protected(Kind::Xls));
    }
    if survey.area() > limits.max_cells {
        return Err(DocumentError::TooMany {
            part: "the workbook".to_owned(),
            what: "cells",
            limit: limits.max_cells,
        });
    }
    if survey.is_empty() {
        return Err(damaged("it has no records of a workbook"));
    }
    drop(stream);
    let mut book = Xls::new(Cursor::new(bytes)).map_err(|_| damaged("its records are broken"))?;
    let infos = book.sheets_metadata().to_vec();
    let mut left = request.max_chars;
    let mut sheets = Vec::new();
    for (index, info) in infos.iter().enumerate() {
        clock.check()?;
        let mut sheet = new_sheet(index, info, left, request);
        if !sheet.skipped && sheet.other.is_none() {
            let range = book
                .worksheet_range(&info.name)
                .map_err(|_| damaged("a sheet is broken"))?;
            let formulas = book.worksheet_formula(&info.name).unwrap_or_default();
            let seen = survey.sheets.get(index).cloned().unwrap_or_default();
            let hidden_column = |column: u32| {
                seen.hidden_columns
                    .iter()
                    .any(|(from, to)| (*from..=*to).contains(&column))
            };
            let (top, first_column) = range.start().unwrap_or((0, 0));
            for (offset, values) in range.rows().enumerate() {
                let row = top + offset as u32;
                let cells = values.iter().enumerate().map(|(at, value)| {
                    let column = first_column + at as u32;
                    let formula = formulas
                        .get_value((row, column))
                        .filter(|formula| !formula.is_empty())
                        .cloned();
                    (column, cell(&DataRef::from_data(value), formula))
                });
                let hidden = seen.hidden_rows.contains(&row);
                let cells: Vec<(u32, grid::Cell)> = cells.collect();
                let number = u64::from(row) + 1;
                sheet.survey(number..=number, hidden, hidden_column, &cells);
                sheet.take_row(number, hidden, hidden_column, cells);
            }
            if let Ok(merged) = book.merge_cells_by_sheet_name(&info.name) {
                sheet.merged = merged.iter().take(10_000).map(range_name).collect();
            }
            left = left.min(sheet.grid.left());
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

fn range_name(range: &calamine::Dimensions) -> String {
    format!(
        "{}{}:{}{}",
        grid::column_name(range.start.1),
        u64::from(range.start.0) + 1,
        grid::column_name(range.end.1),
        u64::from(range.end.0) + 1
    )
}

fn xlsb(
    bytes: &[u8],
    request: &Request,
    limits: &Limits,
    clock: &Clock,
    notes: &mut Notes,
) -> Result<Vec<Sheet>, DocumentError> {
    let damaged = |what: &str| DocumentError::damaged(Kind::Xlsb, what);
    let package = Package::open(Kind::Xlsb, bytes, limits)?;
    package.note_active(notes);
    // calamine unpacks without limits, so everything is unpacked once with them, into nothing.
    for entry in package
        .archive
        .entries()
        .iter()
        .filter(|entry| entry.unreadable().is_none())
    {
        clock.check()?;
        let mut stream = package.archive.stream(entry)?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return Err(package.archive.read_error(entry, &error)),
            }
        }
    }
    let mut book = Xlsb::new(Cursor::new(bytes)).map_err(|_| damaged("its records are broken"))?;
    let infos = book.sheets_metadata().to_vec();
    let mut left = request.max_chars;
    let mut sheets = Vec::new();
    for (index, info) in infos.iter().enumerate() {
        let mut sheet = new_sheet(index, info, left, request);
        if !sheet.skipped && sheet.other.is_none() {
            let formulas = xlsb_formulas(&mut book, &sheet, clock)?;
            xlsb_sheet(&mut book, &mut sheet, &formulas, clock)?;
            left = left.min(sheet.grid.left());
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

/// The formulas of the window, by row and column from 0.
fn xlsb_formulas(
    book: &mut Xlsb<Cursor<&[u8]>>,
    sheet: &Sheet,
    clock: &Clock,
) -> Result<HashMap<(u32, u32), String>, DocumentError> {
    let mut formulas = HashMap::new();
    let Ok(mut reader) = book.worksheet_cells_reader(&sheet.name) else {
        return Ok(formulas);
    };
    let window = sheet.first_row - 1..sheet.first_row.saturating_add(sheet.limit.saturating_mul(2));
    let mut seen = 0u64;
    while let Ok(Some(found)) = reader.next_formula() {
        seen += 1;
        if seen.is_multiple_of(1024) {
            clock.check()?;
        }
        if window.contains(&u64::from(found.get_position().0)) && formulas.len() < 200_000 {
            formulas.insert(found.get_position(), found.get_value().clone());
        }
    }
    Ok(formulas)
}

fn xlsb_sheet(
    book: &mut Xlsb<Cursor<&[u8]>>,
    sheet: &mut Sheet,
    formulas: &HashMap<(u32, u32), String>,
    clock: &Clock,
) -> Result<(), DocumentError> {
    let damaged = || DocumentError::damaged(Kind::Xlsb, "a sheet is broken");
    let mut reader = book.worksheet_cells_reader(&sheet.name).map_err(|_| damaged())?;
    let mut cells: Vec<(u32, grid::Cell)> = Vec::new();
    let mut row = 0u32;
    let mut seen = 0u64;
    while let Some(found) = reader.next_cell().map_err(|_| damaged())? {
        seen += 1;
        if seen.is_multiple_of(1024) {
            clock.check()?;
        }
        let (at_row, column) = found.get_position();
        if u64::from(at_row) >= MAX_ROWS || u64::from(column) >= MAX_COLUMNS || cells.len() as u64 >= MAX_COLUMNS {
            return Err(damaged());
        }
        if at_row != row {
            sheet.take_row(u64::from(row) + 1, false, |_| false, std::mem::take(&mut cells));
            row = at_row;
        }
        let formula = formulas
            .get(&(at_row, column))
            .filter(|formula| !formula.is_empty())
            .cloned();
        cells.push((column, cell(found.get_value(), formula)));
    }
    sheet.take_row(u64::from(row) + 1, false, |_| false, cells);
    Ok(())
}

/// calamine has two types for one thing.
trait FromData {
    fn from_data(data: &Data) -> Self;
}

impl FromData for DataRef<'_> {
    fn from_data(data: &Data) -> Self {
        match data {
            Data::Int(value) => Self::Int(*value),
            Data::Float(value) => Self::Float(*value),
            Data::String(text) => Self::String(text.clone()),
            Data::Bool(on) => Self::Bool(*on),
            Data::DateTime(date) => Self::DateTime(*date),
            Data::DateTimeIso(text) => Self::DateTimeIso(text.clone()),
            Data::DurationIso(text) => Self::DurationIso(text.clone()),
            Data::Error(error) => Self::Error(error.clone()),
            Data::Empty => Self::Empty,
        }
    }
}

fn cell(data: &DataRef<'_>, formula: Option<String>) -> grid::Cell {
    let (text, value) = match data {
        DataRef::Int(value) => (value.to_string(), Some(json!(value))),
        DataRef::Float(value) => (number::plain(*value), Some(json!(value))),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (text.clone(), None),
        DataRef::SharedString(text) => ((*text).to_owned(), None),
        DataRef::Bool(on) => (if *on { "TRUE" } else { "FALSE" }.to_owned(), Some(json!(on))),
        DataRef::DateTime(date) => {
            let text = date_text(date);
            let value = json!(text);
            (text, Some(value))
        }
        DataRef::Error(error) => {
            let text = error_text(error);
            let value = json!({ "error": text });
            (text, Some(value))
        }
        DataRef::Empty => (String::new(), None),
    };
    grid::Cell {
        text,
        value,
        formula,
        hidden: false,
    }
}

fn date_text(date: &ExcelDateTime) -> String {
    if date.is_duration() {
        return number::formatted(date.as_f64(), number::Format::Duration, false);
    }
    if date.as_f64() < 1.0 {
        return number::formatted(date.as_f64(), number::Format::Time, false);
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let day = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second) {
        (0, 0, 0) => day,
        (_, _, 0) => format!("{day} {hour:02}:{minute:02}"),
        _ => format!("{day} {hour:02}:{minute:02}:{second:02}"),
    }
}

fn error_text(error: &CellErrorType) -> String {
    error.to_string()
}
