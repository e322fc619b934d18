//! OpenDocument spreadsheets (ODF 1.3 part 3, chapter 9), read as a stream: repeated rows and columns are counted,
//! not unrolled into memory unless they hold something, and money, percentages, merges and hidden rows are kept.

use std::collections::HashSet;

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};

use super::{
    Sheet,
    package::{Package, malformed},
};
use crate::{
    Layout, Limits, TableError, dates,
    grid::{Area, Cell, GridBuilder, Hint},
    limits::Deadline,
};

const MAX_ROWS: u32 = 1_048_576;
const MAX_COLUMNS: u32 = 16_384;

pub(super) fn read(bytes: &[u8], limits: &Limits, deadline: Deadline) -> Result<Vec<Sheet>, TableError> {
    let package = Package::unpack(bytes, limits, deadline, |name| {
        name == "content.xml" || name == "META-INF/manifest.xml"
    })?;
    if package
        .part("META-INF/manifest.xml")
        .is_some_and(|manifest| memchr::memmem::find(manifest, b"encryption-data").is_some())
    {
        return Err(TableError::Encrypted);
    }
    let content = package
        .part("content.xml")
        .ok_or_else(|| malformed("it has no content.xml"))?;
    let xml = std::str::from_utf8(content).map_err(malformed)?;
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    reader.config_mut().expand_empty_elements = true;

    let mut sheets = Vec::new();
    let mut style = String::new();
    let mut hidden_styles: HashSet<String> = HashSet::new();
    loop {
        match reader.read_event().map_err(malformed)? {
            Event::Start(element) => match element.name().0 {
                "style:style" => style = attribute(&element, "style:name").unwrap_or_default(),
                "style:table-properties" if attribute(&element, "table:display").as_deref() == Some("false") => {
                    hidden_styles.insert(style.clone());
                }
                "table:table" => {
                    let name = attribute(&element, "table:name").unwrap_or_default();
                    let hidden =
                        attribute(&element, "table:style-name").is_some_and(|style| hidden_styles.contains(&style));
                    let mut table = Table::new(limits, deadline);
                    table.read(&mut reader)?;
                    sheets.push(table.finish(name, hidden));
                }
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(sheets)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.0 == name)?;
    found
        .normalized_value(XmlVersion::Implicit1_0)
        .ok()
        .map(std::borrow::Cow::into_owned)
}

fn count(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name)
        .and_then(|text| text.parse().ok())
        .unwrap_or(1)
        .max(1)
}

/// A cell's value as the attributes give it.
enum Value {
    Empty,
    Number(f64, Hint),
    Moment(f64),
    Span(f64),
    Bool(bool),
    Text(String),
    Error(String),
}

struct Table<'a> {
    builder: GridBuilder<'a>,
    row: u32,
    merges: Vec<Area>,
    hidden_rows: Vec<u32>,
    hidden_columns: Vec<u16>,
    next_column: u32,
}

impl<'a> Table<'a> {
    fn new(limits: &'a Limits, deadline: Deadline) -> Self {
        Self {
            builder: GridBuilder::new(limits, deadline),
            row: 1,
            merges: Vec::new(),
            hidden_rows: Vec::new(),
            hidden_columns: Vec::new(),
            next_column: 0,
        }
    }

    fn read(&mut self, reader: &mut Reader<&[u8]>) -> Result<(), TableError> {
        let mut nested = 0_u32;
        loop {
            match reader.read_event().map_err(malformed)? {
                Event::Start(element) => match element.name().0 {
                    // A table inside a cell (from a text document) is no part of the sheet.
                    "table:table" => nested += 1,
                    "table:table-column" if nested == 0 => self.column(&element),
                    "table:table-row" if nested == 0 => self.read_row(reader, &element)?,
                    _ => {}
                },
                Event::End(element) if element.name().0 == "table:table" => {
                    if nested == 0 {
                        return Ok(());
                    }
                    nested -= 1;
                }
                Event::Eof => return Err(malformed("it ends inside a sheet")),
                _ => {}
            }
        }
    }

    fn column(&mut self, element: &BytesStart<'_>) {
        let repeated = count(element, "table:number-columns-repeated");
        let end = self.next_column.saturating_add(repeated).min(MAX_COLUMNS);
        let shown = attribute(element, "table:visibility");
        if matches!(shown.as_deref(), Some("collapse" | "filter")) {
            let columns = (self.next_column..end).take(1_000);
            self.hidden_columns
                .extend(columns.filter_map(|c| u16::try_from(c).ok()));
        }
        self.next_column = end;
    }

    fn read_row(&mut self, reader: &mut Reader<&[u8]>, element: &BytesStart<'_>) -> Result<(), TableError> {
        let repeated = count(element, "table:number-rows-repeated");
        let shown = attribute(element, "table:visibility");
        let hidden = matches!(shown.as_deref(), Some("collapse" | "filter"));
        // (first column, how often, value)
        let mut cells: Vec<(u32, u32, Value)> = Vec::new();
        let mut column = 0_u32;
        loop {
            match reader.read_event().map_err(malformed)? {
                Event::Start(element)
                    if matches!(element.name().0, "table:table-cell" | "table:covered-table-cell") =>
                {
                    let covered = element.name().0 == "table:covered-table-cell";
                    let repeat = count(&element, "table:number-columns-repeated").min(MAX_COLUMNS);
                    self.merge(&element, column);
                    let value = read_cell(reader, &element)?;
                    // What a merge covers is not shown.
                    if !covered && !matches!(value, Value::Empty) {
                        cells.push((column, repeat, value));
                    }
                    column = column.saturating_add(repeat);
                }
                Event::End(element) if element.name().0 == "table:table-row" => break,
                Event::Eof => return Err(malformed("it ends inside a row")),
                _ => {}
            }
        }
        let end = self.row.saturating_add(repeated).min(MAX_ROWS + 1);
        if !cells.is_empty() {
            for row in self.row..end {
                self.builder.row(row)?;
                if hidden {
                    self.hidden_rows.push(row);
                }
                for (first, repeat, value) in &cells {
                    for column in *first..first.saturating_add(*repeat) {
                        self.put(column, value)?;
                    }
                }
            }
        }
        self.row = end;
        Ok(())
    }

    fn merge(&mut self, element: &BytesStart<'_>, column: u32) {
        let down = attribute(element, "table:number-rows-spanned");
        let across = attribute(element, "table:number-columns-spanned");
        if down.is_none() && across.is_none() {
            return;
        }
        let parse = |text: Option<String>| text.and_then(|t| t.parse().ok()).unwrap_or(1_u32).clamp(1, MAX_ROWS);
        let (down, across) = (parse(down), parse(across));
        if (down > 1 || across > 1)
            && self.merges.len() < 100_000
            && let (Ok(left), Ok(right)) = (u16::try_from(column), u16::try_from(column.saturating_add(across - 1)))
        {
            self.merges.push(Area {
                top: self.row,
                left,
                bottom: self.row.saturating_add(down - 1),
                right,
            });
        }
    }

    fn put(&mut self, column: u32, value: &Value) -> Result<(), TableError> {
        let column = self.builder.column(u64::from(column))?;
        match value {
            Value::Empty => Ok(()),
            Value::Number(value, hint) => {
                let hint = self.builder.hint(hint);
                self.builder.push(Cell::Number {
                    column,
                    hint,
                    value: *value,
                })
            }
            Value::Moment(value) => self.builder.push(Cell::Moment { column, value: *value }),
            Value::Span(value) => self.builder.push(Cell::Span { column, value: *value }),
            Value::Bool(value) => self.builder.push(Cell::Bool { column, value: *value }),
            Value::Text(text) => self.builder.text(column, text),
            Value::Error(text) => self.builder.error(column, text),
        }
    }

    fn finish(self, name: String, hidden: bool) -> Sheet {
        let mut grid = self.builder.finish();
        grid.merges = self.merges;
        grid.hidden_rows = self.hidden_rows;
        grid.hidden_columns = self.hidden_columns;
        Sheet {
            name: Some(name),
            hidden,
            layout: Layout::Cells,
            named_fields: false,
            grid,
        }
    }
}

/// Reads one cell to its end tag.
fn read_cell(reader: &mut Reader<&[u8]>, element: &BytesStart<'_>) -> Result<Value, TableError> {
    let kind = attribute(element, "office:value-type").unwrap_or_default();
    let is_error = attribute(element, "calcext:value-type").as_deref() == Some("error");
    let number = || attribute(element, "office:value").and_then(|text| text.parse::<f64>().ok());
    let given = match kind.as_str() {
        "float" => number().map(|value| Value::Number(value, Hint::Plain)),
        "percentage" => number().map(|value| Value::Number(value, Hint::Percent)),
        "currency" => number().map(|value| Value::Number(value, Hint::Money(attribute(element, "office:currency")))),
        "boolean" => attribute(element, "office:boolean-value").map(|text| Value::Bool(text == "true")),
        "date" => attribute(element, "office:date-value").map(|text| match dates::serial_of_iso(&text) {
            Some(serial) => Value::Moment(serial),
            None => Value::Text(text),
        }),
        "time" => attribute(element, "office:time-value").map(|text| match dates::days_of_iso_duration(&text) {
            Some(days) => Value::Span(days),
            None => Value::Text(text),
        }),
        "string" => attribute(element, "office:string-value")
            .filter(|text| !text.is_empty())
            .map(Value::Text),
        _ => None,
    };
    let shown = read_text(reader)?;
    if is_error || (kind.is_empty() && shown.starts_with('#')) {
        return Ok(if shown.is_empty() {
            Value::Empty
        } else {
            Value::Error(shown)
        });
    }
    Ok(given.unwrap_or(if shown.is_empty() {
        Value::Empty
    } else {
        Value::Text(shown)
    }))
}

/// The paragraphs of a cell, without its comment.
fn read_text(reader: &mut Reader<&[u8]>) -> Result<String, TableError> {
    let mut text = String::new();
    let mut depth = 0_u32;
    let mut comment: Option<u32> = None;
    let mut paragraphs = 0_u32;
    loop {
        match reader.read_event().map_err(malformed)? {
            Event::Start(element) => {
                depth += 1;
                match element.name().0 {
                    "office:annotation" | "draw:frame" | "table:table" if comment.is_none() => comment = Some(depth),
                    _ if comment.is_some() => {}
                    "text:p" => {
                        if paragraphs > 0 {
                            text.push('\n');
                        }
                        paragraphs += 1;
                    }
                    "text:s" => {
                        let spaces = count(&element, "text:c").min(1_000);
                        text.extend(std::iter::repeat_n(' ', spaces as usize));
                    }
                    "text:tab" => text.push('\t'),
                    "text:line-break" => text.push('\n'),
                    _ => {}
                }
            }
            Event::End(_) => {
                if depth == 0 {
                    return Ok(text);
                }
                if comment == Some(depth) {
                    comment = None;
                }
                depth -= 1;
            }
            Event::Text(piece) if comment.is_none() => text.push_str(&piece.xml10_content()),
            Event::CData(piece) if comment.is_none() => text.push_str(&piece.xml10_content()),
            Event::GeneralRef(reference) if comment.is_none() => {
                if let Ok(Some(character)) = reference.resolve_char_ref() {
                    text.push(character);
                } else if let Some(known) = quick_xml::escape::resolve_predefined_entity(&reference) {
                    text.push_str(known);
                }
            }
            Event::Eof => return Err(malformed("it ends inside a cell")),
            _ => {}
        }
    }
}
