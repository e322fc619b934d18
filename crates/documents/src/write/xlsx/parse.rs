//! Tables as people and models write them, CSV and Markdown, to typed sheets.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use rust_xlsxwriter::ExcelDateTime;

use super::{Cell, Sheet};
use crate::write::WriteError;

/// Reads one table from CSV text (RFC 4180; comma, semicolon or tab, whichever the header has most of).
///
/// # Errors
/// [`WriteError::Table`] when the text is empty or a quote never ends.
pub fn sheets_from_csv(csv: &str, name: &str) -> Result<Vec<Sheet>, WriteError> {
    let csv = csv.trim_start_matches('\u{feff}');
    let header = csv.lines().next().unwrap_or_default();
    let delimiter = [',', ';', '\t']
        .into_iter()
        .max_by_key(|d| (header.matches(*d).count(), *d == ','))
        .unwrap_or(',');
    let mut records = split_csv(csv, delimiter)?.into_iter();
    let columns = records
        .next()
        .ok_or_else(|| WriteError::Table("the text is empty".to_owned()))?;
    Ok(vec![typed_sheet(name, columns, records.collect())])
}

fn split_csv(csv: &str, delimiter: char) -> Result<Vec<Vec<String>>, WriteError> {
    let mut records = Vec::new();
    let mut record: Vec<String> = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut characters = csv.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            c if quoted => field.push(c),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            c if c == delimiter => record.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    if quoted {
        return Err(WriteError::Table("a quoted field does not end".to_owned()));
    }
    if !field.is_empty() || !record.is_empty() {
        record.push(field);
        records.push(record);
    }
    records.retain(|record| record.iter().any(|field| !field.is_empty()));
    Ok(records)
}

/// Reads the tables of a Markdown text: one sheet per table, named after the nearest heading before it.
///
/// # Errors
/// [`WriteError::Table`] when there is no table.
pub fn sheets_from_markdown(markdown: &str) -> Result<Vec<Sheet>, WriteError> {
    let mut sheets = Vec::new();
    let mut heading = String::new();
    let mut in_heading = false;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut cell: Option<String> = None;
    for event in Parser::new_ext(markdown, crate::write::docx::EXTENSIONS) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                heading.clear();
                in_heading = true;
            }
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Start(Tag::TableHead | Tag::TableRow) => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => cell = Some(String::new()),
            Event::End(TagEnd::TableCell) => {
                if let (Some(text), Some(row)) = (cell.take(), rows.last_mut()) {
                    row.push(text.trim().to_owned());
                }
            }
            Event::End(TagEnd::Table) => {
                let mut records = std::mem::take(&mut rows).into_iter();
                let columns = records.next().unwrap_or_default();
                let name = if heading.trim().is_empty() {
                    format!("Sheet{}", sheets.len() + 1)
                } else {
                    heading.clone()
                };
                sheets.push(typed_sheet(&name, columns, records.collect()));
            }
            Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) => {
                if let Some(cell) = &mut cell {
                    cell.push_str(&text);
                } else if in_heading {
                    heading.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(cell) = &mut cell {
                    cell.push(' ');
                }
            }
            _ => {}
        }
    }
    if sheets.is_empty() {
        return Err(WriteError::Table("the text holds no Markdown table".to_owned()));
    }
    Ok(sheets)
}

/// Types whole columns, never single cells: a column of article numbers with one `A12` stays text throughout.
fn typed_sheet(name: &str, mut columns: Vec<String>, mut rows: Vec<Vec<String>>) -> Sheet {
    let widest = rows.iter().map(Vec::len).max().unwrap_or(0).max(columns.len());
    let named = columns.len();
    columns.extend((named..widest).map(|index| format!("Column {}", index + 1)));
    for row in &mut rows {
        row.resize(widest, String::new());
    }
    let kinds: Vec<fn(&str) -> Option<Cell>> = (0..widest)
        .map(|column| {
            let parsers: [fn(&str) -> Option<Cell>; 4] = [integer, decimal, percent, date];
            let filled = || {
                rows.iter()
                    .filter_map(move |row| row.get(column))
                    .filter(|text| !text.is_empty())
            };
            let fits = |parser: &fn(&str) -> Option<Cell>| {
                filled().next().is_some() && filled().all(|text| parser(text).is_some())
            };
            parsers.into_iter().find(fits).unwrap_or(plain_text)
        })
        .collect();
    let typed = |row: Vec<String>| {
        let cells = row.iter().zip(&kinds);
        cells
            .map(|(text, kind)| {
                if text.is_empty() {
                    Cell::Empty
                } else {
                    kind(text).unwrap_or_default()
                }
            })
            .collect()
    };
    Sheet {
        name: name.to_owned(),
        columns,
        rows: rows.into_iter().map(typed).collect(),
        totals: false,
    }
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "one of the column types, which all may refuse a text"
)]
fn plain_text(text: &str) -> Option<Cell> {
    Some(Cell::Text(text.to_owned()))
}

/// Leading zeros, plus signs and more digits than Excel keeps are signs of an identifier, not of a number.
fn integer(text: &str) -> Option<Cell> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.len() > 15 || (digits.len() > 1 && digits.starts_with('0')) || !digits.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    text.parse().ok().map(Cell::Integer)
}

fn decimal(text: &str) -> Option<Cell> {
    let plain = match text.contains(',') {
        true if well_grouped(text) => text.replace(',', ""),
        true => return None,
        false => text.to_owned(),
    };
    let digits = plain.strip_prefix('-').unwrap_or(&plain);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let identifier = whole.len() > 1 && whole.starts_with('0') || whole.len() + fraction.len() > 17;
    (all_digits(whole) && all_digits(fraction) && !identifier).then(|| plain.parse().ok().map(Cell::Number))?
}

fn well_grouped(text: &str) -> bool {
    let whole = text
        .strip_prefix('-')
        .unwrap_or(text)
        .split('.')
        .next()
        .unwrap_or_default();
    let mut groups = whole.split(',');
    groups.next().is_some_and(|first| (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3)
}

fn percent(text: &str) -> Option<Cell> {
    match decimal(text.strip_suffix('%')?.trim_end())? {
        Cell::Number(value) => Some(Cell::Percent(value / 100.0)),
        _ => None,
    }
}

fn date(text: &str) -> Option<Cell> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let (year, month, day): (i16, u8, u8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    ExcelDateTime::from_ymd(u16::try_from(year).ok()?, month, day)
        .ok()
        .map(|_| Cell::Date(year, month, day))
}
