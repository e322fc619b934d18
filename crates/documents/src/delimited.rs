//! CSV and TSV: the delimiter is found by looking, rows are numbered as a spreadsheet would.
//!
//! `data`: `{"delimiter", "columns": n, "total_rows": n, "rows": [{"row": n, "cells": [text, …]}]}`.

use deskhand_types::Block;
use serde_json::json;

use crate::{
    DocumentError, Kind, Next, NoteKind, Part, ReadOptions, Reading, Unit, encoding,
    guard::Clock,
    reading::{Notes, plural},
    sheets::grid::{self, Grid},
};

/// Rows of a reading when no limit is given.
const DEFAULT_ROWS: u64 = 200;

/// Reads a window of rows. Rows after the window are only counted.
pub(crate) fn read(kind: Kind, bytes: &[u8], options: &ReadOptions, clock: &Clock) -> Result<Reading, DocumentError> {
    let mut notes = Notes::default();
    let text = encoding::decode(bytes, &mut notes);
    let (delimiter, body) = sniff(&text, kind);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(body.as_bytes());
    let first = options.offset.unwrap_or(1).max(1);
    let limit = options.limit.unwrap_or(DEFAULT_ROWS).max(1);
    let mut grid = Grid::new(options.max_chars, true);
    let mut record = csv::ByteRecord::new();
    let mut number = 0u64;
    let mut columns = 0usize;
    let mut full = false;
    let mut rest = None;
    loop {
        let start = reader.position().byte();
        if full || number >= first - 1 + limit {
            rest = body.as_bytes().get(start as usize..);
            break;
        }
        if number.is_multiple_of(1024) {
            clock.check()?;
        }
        let more = reader
            .read_byte_record(&mut record)
            .map_err(|error| DocumentError::damaged(kind, error.to_string()))?;
        if !more {
            break;
        }
        number += 1;
        columns = columns.max(record.len());
        if number >= first {
            let cells = record.iter().take(grid::MAX_COLUMNS).enumerate();
            let cells = cells.map(|(column, cell)| (column as u32, String::from_utf8_lossy(cell).into_owned().into()));
            full = !grid.push(number, cells.collect());
            if full {
                number -= 1;
                rest = body.as_bytes().get(start as usize..);
                break;
            }
        }
    }
    let total = number + rest.map_or(0, |rest| count_rows(rest, delimiter));
    if first > 1 && first > total {
        return Err(DocumentError::OutOfRange {
            asked: format!("row {first}"),
            total,
            unit: Unit::Rows.word(total),
        });
    }
    if total == 0 {
        notes.add(NoteKind::Remark, "the file is empty", 0);
    }
    if columns > grid::MAX_COLUMNS {
        notes.add(
            NoteKind::Cut,
            format!("only the first {} of {columns} columns are shown", grid::MAX_COLUMNS),
            (columns - grid::MAX_COLUMNS) as u64,
        );
    }
    let shown = grid.len() as u64;
    let next = (first - 1 + shown < total).then(|| Next {
        offset: Some(first + shown),
        pages: None,
    });
    let rendered = grid.render(&mut notes);
    Ok(Reading {
        kind,
        data: json!({
            "delimiter": char::from(delimiter).to_string(),
            "columns": columns,
            "total_rows": total,
            "rows": grid.rows_json(),
        }),
        blocks: if rendered.is_empty() {
            Vec::new()
        } else {
            vec![Block::text(rendered)]
        },
        notes: notes.finish(),
        part: Part {
            shown,
            total,
            unit: Unit::Rows,
            next,
        },
        summary: format!(
            "{}, {}",
            plural(total, "row", "rows"),
            plural(columns as u64, "column", "columns")
        ),
    })
}

/// The delimiter that splits the first rows most evenly, and the text without a `sep=` line.
fn sniff(text: &str, kind: Kind) -> (u8, &str) {
    if let Some(rest) = text.strip_prefix("sep=")
        && let Some((line, body)) = rest.split_once('\n')
        && let [delimiter] = line.trim_end().as_bytes()
    {
        return (*delimiter, body);
    }
    let mut end = text.len().min(32 << 10);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sample = text.get(..end).unwrap_or(text);
    let usual = if kind == Kind::Tsv { b'\t' } else { b',' };
    let mut best = (0u64, usual);
    for delimiter in [usual, b';', b'\t', b',', b'|'] {
        let score = evenness(sample, delimiter);
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    (best.1, text)
}

/// How many of the first rows have as many fields as the first, weighted by how many that is; 0 for one field.
fn evenness(sample: &str, delimiter: u8) -> u64 {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(sample.as_bytes());
    let mut record = csv::ByteRecord::new();
    let mut width = 0;
    let (mut same, mut rows) = (0u64, 0u64);
    while rows < 30 && reader.read_byte_record(&mut record).unwrap_or(false) {
        // The last record of a sample may be cut.
        if rows > 0 && reader.is_done() && sample.len() >= 32 << 10 {
            break;
        }
        if rows == 0 {
            width = record.len();
        }
        rows += 1;
        same += u64::from(record.len() == width);
    }
    if width < 2 || rows == 0 {
        return 0;
    }
    same * 1000 / rows + (width as u64).min(50)
}

/// Counts records without splitting them: line ends outside quotes, of lines that are not empty.
fn count_rows(bytes: &[u8], delimiter: u8) -> u64 {
    let mut rows = 0;
    let mut quoted = false;
    let mut line_start = 0;
    for at in memchr::memchr2_iter(b'"', b'\n', bytes) {
        if bytes.get(at) == Some(&b'"') {
            // A quote opens only at the start of a field.
            let before = at.checked_sub(1).and_then(|before| bytes.get(before));
            let opens = at == line_start || before.is_some_and(|byte| *byte == delimiter || *byte == b'"');
            if quoted || opens {
                quoted = !quoted;
            }
        } else if !quoted {
            let line = bytes.get(line_start..at).unwrap_or_default();
            rows += u64::from(!matches!(line, b"" | b"\r"));
            line_start = at + 1;
        }
    }
    let tail = bytes.get(line_start..).unwrap_or_default();
    rows + u64::from(!matches!(tail, b"" | b"\r"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters() {
        for (text, delimiter) in [
            ("a,b\n1,2\n", b','),
            ("a;b\n1,5;2,5\n", b';'),
            ("a\tb\n1,5\t2\n", b'\t'),
            ("a|b|c\n1|2|3\n", b'|'),
            ("one\ntwo\n", b','),
            ("\"a;x\",b\n\"c\",d\n", b','),
        ] {
            assert_eq!(sniff(text, Kind::Csv), (delimiter, text), "{text}");
        }
        assert_eq!(sniff("sep=^\na^b\n", Kind::Csv), (b'^', "a^b\n"));
    }

    proptest::proptest! {
        #[test]
        fn counting_agrees_with_splitting(rows in proptest::collection::vec(
            proptest::collection::vec("[a-c\",\n ]{0,6}", 1..4), 0..20)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let split = csv::ReaderBuilder::new().has_headers(false).flexible(true)
                .from_reader(bytes.as_slice()).byte_records().count() as u64;
            proptest::prop_assert_eq!(count_rows(&bytes, b','), split);
        }
    }
}
