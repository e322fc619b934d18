//! Delimited text: csv, tsv and their relatives with `;` or `|`.
//!
//! Rows count as a spreadsheet program shows them: blank lines count, a quoted line break does not end a row.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::{Sheet, encoding};
use crate::{
    Layout, Limits, TableError,
    grid::GridBuilder,
    limits::{Deadline, within},
};

const DELIMITERS: [u8; 4] = [b'\t', b';', b'|', b','];

pub(super) fn read(
    bytes: &[u8],
    delimiter: Option<u8>,
    limits: &Limits,
    deadline: Deadline,
) -> Result<Vec<Sheet>, TableError> {
    let (text, encoding) = encoding::decode(bytes, "delimited text")?;
    let (delimiter, skip) = match declared(&text) {
        Some(found) => found,
        None => (delimiter.unwrap_or_else(|| sniff(&text)), 0),
    };
    let body = text.as_bytes().get(skip..).unwrap_or_default();
    let records = split(body, delimiter, u32::from(skip > 0), limits, deadline)?;

    let mut builder = GridBuilder::new(limits, deadline).with_arena(records.text);
    let mut field = 0;
    let mut start = 0;
    for (row, end_field) in records.rows {
        builder.row(row)?;
        let ends = records.ends.get(field..end_field).unwrap_or_default();
        for (column, &end) in ends.iter().enumerate() {
            let column = builder.column(column as u64)?;
            builder.text_span(column, (start, end - start))?;
            start = end;
        }
        field = end_field;
    }
    let mut grid = builder.finish();
    if let Some(name) = encoding {
        grid.remarks.push(format!("The text is encoded as {name}."));
    }
    if delimiter != b',' && delimiter != b'\t' {
        grid.remarks
            .push(format!("Columns are separated by `{}`.", char::from(delimiter)));
    }
    grid.comma_likely = delimiter == b';';
    Ok(vec![Sheet {
        name: None,
        hidden: false,
        layout: Layout::Cells,
        named_fields: false,
        grid,
    }])
}

/// Excel's own way to say the delimiter: a first line `sep=;`. Returns it and how many bytes to skip.
fn declared(text: &str) -> Option<(u8, usize)> {
    let line = text.get(..text.find('\n')? + 1)?;
    let delimiter = line.trim_end().strip_prefix("sep=")?;
    match delimiter.as_bytes() {
        [one] => Some((*one, line.len())),
        [] if line.contains('\t') => Some((b'\t', line.len())),
        _ => None,
    }
}

/// The delimiter whose number a line is the steadiest and largest over the first lines.
fn sniff(text: &str) -> u8 {
    let bytes = text.as_bytes();
    let sample = bytes.get(..bytes.len().min(256 << 10)).unwrap_or(bytes);
    let mut lines: Vec<[u32; 4]> = Vec::new();
    let mut counts = [0_u32; 4];
    let mut quoted = false;
    let mut blank = true;
    for &byte in sample {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => {
                if !blank {
                    lines.push(counts);
                }
                counts = [0; 4];
                blank = true;
                if lines.len() >= 400 {
                    break;
                }
            }
            b'\r' => {}
            _ if !quoted => {
                blank = false;
                for (candidate, count) in DELIMITERS.iter().zip(&mut counts) {
                    *count += u32::from(*candidate == byte);
                }
            }
            _ => blank = false,
        }
    }
    if !blank {
        lines.push(counts);
    }
    let score = |candidate: usize| {
        let mut values: Vec<u32> = lines.iter().filter_map(|line| line.get(candidate).copied()).collect();
        values.sort_unstable();
        // The count most lines agree on, zero not counted as agreement.
        let mut best = (0_usize, 0_u32);
        for run in values.chunk_by(|a, b| a == b) {
            if let Some(&value) = run.first()
                && value > 0
                && run.len() >= best.0
            {
                best = (run.len(), value);
            }
        }
        let share = best.0 as f64 / values.len().max(1) as f64;
        share * share * f64::from(best.1.min(30)).sqrt()
    };
    let mut winner = (b',', 0.0);
    for (index, &candidate) in DELIMITERS.iter().enumerate() {
        let mut points = score(index);
        // A comma is also a decimal sign: it must be clearly better.
        if candidate == b',' {
            points *= 0.8;
        }
        if points > winner.1 {
            winner = (candidate, points);
        }
    }
    winner.0
}

/// All records: field text end to end, the end of each field, and per row its number and the end of its fields.
struct Records {
    text: String,
    ends: Vec<u32>,
    rows: Vec<(u32, usize)>,
}

fn split(
    mut input: &[u8],
    delimiter: u8,
    mut row: u32,
    limits: &Limits,
    deadline: Deadline,
) -> Result<Records, TableError> {
    within(
        "bytes of text in one sheet",
        input.len() as u64,
        limits.max_text_bytes.min(u64::from(u32::MAX)),
    )?;
    let mut reader: Reader = ReaderBuilder::new().delimiter(delimiter).build();
    let mut out = vec![0_u8; input.len() + 1];
    let mut written = 0;
    let mut buffer = vec![0_usize; 64];
    let mut ends: Vec<u32> = Vec::with_capacity(input.len() / 8);
    let mut rows = Vec::with_capacity(input.len() / 64);
    let mut after_cr = false;
    loop {
        // Blank lines: csv-core would skip them without a trace, but they count as rows.
        loop {
            match input {
                [b'\n', rest @ ..] => {
                    input = rest;
                    row += u32::from(!after_cr);
                    after_cr = false;
                }
                [b'\r', rest @ ..] => {
                    input = rest;
                    row += 1;
                    after_cr = true;
                }
                _ => break,
            }
        }
        if input.is_empty() {
            break;
        }
        row += 1;
        if row.is_multiple_of(4096) {
            deadline.check()?;
        }
        let record_start = written;
        let mut fields = 0;
        loop {
            let (result, used, wrote, ended) = reader.read_record(
                input,
                out.get_mut(written..).unwrap_or_default(),
                buffer.get_mut(fields..).unwrap_or_default(),
            );
            after_cr = used > 0 && input.get(used - 1) == Some(&b'\r');
            input = input.get(used..).unwrap_or_default();
            written += wrote;
            fields += ended;
            match result {
                ReadRecordResult::OutputEndsFull => {
                    within("columns in one sheet", fields as u64, limits.max_columns)?;
                    buffer.resize(buffer.len() * 2, 0);
                }
                // Unquoting never makes text longer, so this cannot be; growing keeps the loop honest.
                ReadRecordResult::OutputFull => out.resize(out.len() + 4096, 0),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        let base = record_start as u32;
        ends.extend(buffer.iter().take(fields).map(|&end| base + end as u32));
        rows.push((row, ends.len()));
    }
    out.truncate(written);
    let text = String::from_utf8(out).map_err(|_| TableError::Malformed {
        kind: "delimited text",
        reason: "quotes cut a character in two".to_owned(),
    })?;
    Ok(Records { text, ends, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, delimiter: u8) -> Vec<(u32, Vec<String>)> {
        let limits = Limits::default();
        let records = split(text.as_bytes(), delimiter, 0, &limits, Deadline::new(limits.timeout)).unwrap();
        let mut start = 0;
        let mut field = 0;
        let mut rows = Vec::new();
        for (row, end_field) in records.rows {
            let mut fields = Vec::new();
            for &end in &records.ends[field..end_field] {
                fields.push(records.text[start as usize..end as usize].to_owned());
                start = end;
            }
            field = end_field;
            rows.push((row, fields));
        }
        rows
    }

    fn row(number: u32, fields: &[&str]) -> (u32, Vec<String>) {
        (number, fields.iter().map(|&f| f.to_owned()).collect())
    }

    #[test]
    fn rows_count_as_a_spreadsheet_shows_them() {
        let want = [
            row(1, &["a", "b"]),
            row(4, &["1", "x\ny"]),
            row(5, &["2", "say \"hi\""]),
            row(7, &["3", ""]),
        ];
        for newline in ["\n", "\r\n", "\r"] {
            let text = "a,b\n\n\n1,\"x\ny\"\n2,\"say \"\"hi\"\"\"\n\n3,".replace('\n', newline);
            let mut got = cells(&text, b',');
            for (_, fields) in &mut got {
                for field in fields {
                    *field = field.replace(newline, "\n");
                }
            }
            assert_eq!(got, want, "{newline:?}");
        }
    }

    #[test]
    fn stray_quotes_do_not_lose_text() {
        assert_eq!(
            cells("a,5\" pipe,c\nd,\"open\n", b','),
            [row(1, &["a", "5\" pipe", "c"]), row(2, &["d", "open\n"])]
        );
    }

    #[test]
    fn more_columns_than_the_first_guess() {
        let wide: Vec<String> = (0..300).map(|n| n.to_string()).collect();
        let text = format!("{0}\n{0}\n", wide.join(","));
        assert_eq!(cells(&text, b','), [(1, wide.clone()), (2, wide)]);
    }

    #[test]
    fn delimiters() {
        for (text, want) in [
            ("a,b,c\n1,2,3\n", b','),
            ("a;b;c\n1,5;2,5;3,5\n4,5;5,5;6,5\n", b';'),
            ("a\tb\n1,000\t2\n", b'\t'),
            ("name|note\nx|a, b\ny|c; d\n", b'|'),
            ("Report of sales, 2026\n\na;b\n1;2\n3;4\n", b';'),
            ("name,note\nx,\"a; b; c\"\ny,\"d; e; f\"\n", b','),
            ("one column\nno delimiter\n", b','),
        ] {
            assert_eq!(char::from(sniff(text)), char::from(want), "{text}");
        }
        assert_eq!(declared("sep=;\r\na;b\n"), Some((b';', 7)));
        assert_eq!(declared("september;b\n"), None);
    }
}
