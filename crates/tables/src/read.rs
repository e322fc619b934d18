//! From bytes to sheets. Each format has its own module; all give the same [`Grid`].

mod biff;
mod delimited;
mod encoding;
mod json;
mod ods;
mod package;
mod workbook;

use crate::{
    Layout, Limits, TableError,
    grid::Grid,
    limits::{Deadline, within},
};

/// One sheet of a file.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// Its name, where the file has more than the one nameless sheet of delimited text.
    pub(crate) name: Option<String>,
    /// Whether it is hidden in the file.
    pub(crate) hidden: bool,
    /// How its rows are addressed.
    pub(crate) layout: Layout,
    /// Whether row 0 is known to be the header (records with named fields).
    pub(crate) named_fields: bool,
    /// The cells.
    pub(crate) grid: Grid,
}

/// What the bytes are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    Xlsx,
    Xlsb,
    Xls,
    Ods,
    Json,
    JsonLines,
    Delimited(Option<u8>),
}

/// Whether a name promises tables: what a caller need not even read from disk otherwise.
pub fn is_table_file(file_name: &str) -> bool {
    by_extension(file_name).is_some()
}

/// Reads all sheets of one file.
pub(crate) fn sheets(
    file_name: &str,
    bytes: &[u8],
    limits: &Limits,
    deadline: Deadline,
) -> Result<Vec<Sheet>, TableError> {
    within("bytes in the file", bytes.len() as u64, limits.max_file_bytes)?;
    deadline.check()?;
    let format = format_of(file_name, bytes)?;
    match format {
        Format::Xlsx | Format::Xlsb => workbook::read_package(bytes, format == Format::Xlsb, limits, deadline),
        Format::Xls => workbook::read_xls(bytes, limits, deadline),
        Format::Ods => ods::read(bytes, limits, deadline),
        Format::Json => json::read(bytes, limits, deadline),
        Format::JsonLines => json::read_lines(bytes, limits, deadline),
        Format::Delimited(delimiter) => delimited::read(bytes, delimiter, limits, deadline),
    }
}

fn by_extension(file_name: &str) -> Option<Format> {
    let extension = file_name.rsplit_once('.')?.1.to_ascii_lowercase();
    Some(match extension.as_str() {
        "csv" | "txt" => Format::Delimited(None),
        "tsv" | "tab" => Format::Delimited(Some(b'\t')),
        "xlsx" | "xlsm" | "xltx" | "xltm" | "xlam" => Format::Xlsx,
        "xlsb" => Format::Xlsb,
        "xls" | "xlt" => Format::Xls,
        "ods" | "ots" => Format::Ods,
        "json" | "geojson" => Format::Json,
        "jsonl" | "ndjson" => Format::JsonLines,
        _ => return None,
    })
}

/// The format by name, corrected by the first bytes: exports are often named after a format they are not.
fn format_of(file_name: &str, bytes: &[u8]) -> Result<Format, TableError> {
    let named = by_extension(file_name).ok_or_else(|| TableError::NotTable(file_name.to_owned()))?;
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return package::format(bytes);
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        return Ok(Format::Xls);
    }
    match named {
        Format::Xlsx | Format::Xlsb | Format::Ods => Err(TableError::Malformed {
            kind: "a workbook",
            reason: if bytes.is_empty() {
                "the file is empty".to_owned()
            } else {
                "it is not a zip archive".to_owned()
            },
        }),
        // BIFF before version 8 has no container; everything else under this name is text.
        Format::Xls if bytes.first() == Some(&0x09) => Ok(Format::Xls),
        Format::Xls => {
            let start: Vec<u8> = bytes.iter().take(512).map(u8::to_ascii_lowercase).collect();
            let markup = [&b"<html"[..], b"<table", b"<?xml", b"<!doctype"];
            if markup.iter().any(|tag| memchr::memmem::find(&start, tag).is_some()) {
                return Err(TableError::Malformed {
                    kind: "an Excel workbook",
                    reason: "it is a web page or XML saved under the name of a workbook".to_owned(),
                });
            }
            Ok(Format::Delimited(None))
        }
        other => Ok(other),
    }
}
