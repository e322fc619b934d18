//! Zip packages (xlsx, xlsb, ods): what they are, that they stay within limits when unpacked, and the parts of a
//! sheet calamine does not tell: hidden rows and columns, merged cells.

use std::{
    collections::HashMap,
    io::{Cursor, Read},
};

use memchr::memmem;
use quick_xml::{Reader, events::Event};
use zip::ZipArchive;

use super::Format;
use crate::{
    Limits, TableError,
    address::parse_cell,
    grid::Area,
    limits::{Deadline, within},
};

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

pub(super) fn malformed(reason: impl std::fmt::Display) -> TableError {
    TableError::Malformed {
        kind: "a workbook",
        reason: reason.to_string(),
    }
}

/// Which workbook format an archive holds.
pub(super) fn format(bytes: &[u8]) -> Result<Format, TableError> {
    let archive = open(bytes)?;
    let mut main = None;
    for name in archive.file_names() {
        let name = name.map_err(malformed)?;
        match name.as_ref() {
            "content.xml" => main = Some(Format::Ods),
            "xl/workbook.bin" => main = Some(Format::Xlsb),
            name if name == "[Content_Types].xml" || name.starts_with("xl/") => main = main.or(Some(Format::Xlsx)),
            _ => {}
        }
    }
    main.ok_or_else(|| TableError::NotTable("a zip archive that is no workbook".to_owned()))
}

fn open(bytes: &[u8]) -> Result<Archive<'_>, TableError> {
    ZipArchive::new(Cursor::new(bytes)).map_err(malformed)
}

/// A package whose text parts were unpacked once, within limits.
pub(super) struct Package {
    parts: HashMap<String, Vec<u8>>,
}

impl Package {
    /// Unpacks the parts whose name `wanted` accepts to keep them; all XML and binary parts are unpacked to be
    /// measured, since the sizes an archive declares may lie.
    pub(super) fn unpack(
        bytes: &[u8],
        limits: &Limits,
        deadline: Deadline,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Self, TableError> {
        let mut archive = open(bytes)?;
        let mut total: u64 = 0;
        let mut parts = HashMap::new();
        within("parts in the archive", archive.len() as u64, 20_000)?;
        for index in 0..archive.len() {
            deadline.check()?;
            let part = archive.by_index(index).map_err(malformed)?;
            let name = part.name().map_err(malformed)?.into_owned();
            if part.encrypted() {
                return Err(TableError::Encrypted);
            }
            let extension = name.rsplit('.').next().unwrap_or_default();
            let media = matches!(
                extension,
                "png" | "jpg" | "jpeg" | "gif" | "emf" | "wmf" | "svg" | "tiff"
            );
            if !part.is_file() || media {
                continue;
            }
            let keep = wanted(&name);
            let mut content = Vec::new();
            let room = limits.max_unpacked_bytes.saturating_sub(total);
            let mut limited = part.take(room + 1);
            let read = if keep {
                limited.read_to_end(&mut content).map(|n| n as u64)
            } else {
                std::io::copy(&mut limited, &mut std::io::sink())
            };
            total += read.map_err(malformed)?;
            within("bytes in the file when unpacked", total, limits.max_unpacked_bytes)?;
            if total > limits.ratio_from {
                let ratio = total / (bytes.len() as u64).max(1);
                within("times the file grows when unpacked", ratio, limits.max_ratio)?;
            }
            if keep {
                parts.insert(name, content);
            }
        }
        Ok(Self { parts })
    }

    /// A part's bytes.
    pub(super) fn part(&self, name: &str) -> Option<&[u8]> {
        self.parts.get(name).map(Vec::as_slice)
    }

    /// Where each sheet of an xlsx is kept, by sheet name.
    pub(super) fn xlsx_sheet_parts(&self) -> HashMap<String, String> {
        let mut targets = HashMap::new();
        if let Some(relations) = self.part("xl/_rels/workbook.xml.rels") {
            each_element(relations, |name, attributes| {
                if name == "Relationship"
                    && let (Some(id), Some(target)) = (attributes.get("Id"), attributes.get("Target"))
                {
                    let target = match target.strip_prefix('/') {
                        Some(absolute) => absolute.to_owned(),
                        None => format!("xl/{}", target.trim_start_matches("./")),
                    };
                    targets.insert(id.clone(), target);
                }
            });
        }
        let mut sheets = HashMap::new();
        if let Some(workbook) = self.part("xl/workbook.xml") {
            each_element(workbook, |name, attributes| {
                if name == "sheet"
                    && let (Some(title), Some(id)) = (attributes.get("name"), attributes.get("r:id"))
                    && let Some(target) = targets.get(id)
                {
                    sheets.insert(title.clone(), target.clone());
                }
            });
        }
        sheets
    }
}

/// Calls `visit` with the local name and attributes of each element, as far as the XML can be read.
fn each_element(xml: &[u8], mut visit: impl FnMut(&str, &HashMap<String, String>)) {
    let Ok(xml) = std::str::from_utf8(xml) else {
        return;
    };
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                let mut attributes = HashMap::new();
                for attribute in element.attributes().with_checks(false).flatten() {
                    let value = attribute
                        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                        .unwrap_or_default();
                    attributes.insert(attribute.key.0.to_owned(), value.into_owned());
                }
                visit(element.local_name().into_inner(), &attributes);
            }
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// What a sheet's XML says beside its cells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Extras {
    pub(super) merges: Vec<Area>,
    pub(super) hidden_rows: Vec<u32>,
    pub(super) hidden_columns: Vec<u16>,
}

impl Extras {
    /// Finds merges and hidden rows and columns by searching the bytes for the attributes: many times faster than
    /// parsing the sheet a second time, and cell text cannot fool it since the element's name is checked.
    pub(super) fn of_xlsx_sheet(xml: &[u8]) -> Self {
        const MOST: usize = 100_000;
        let mut extras = Self::default();
        for pattern in [&b" hidden=\"1\""[..], b" hidden=\"true\""] {
            for at in memmem::find_iter(xml, pattern).take(MOST) {
                let Some((name, element)) = element_around(xml, at) else {
                    continue;
                };
                match name {
                    "row" => extras.hidden_rows.extend(number(element, " r=\"")),
                    "col" => {
                        if let (Some(min), Some(max)) = (number(element, " min=\""), number(element, " max=\"")) {
                            let columns = min.max(1)..=max.min(16_384);
                            extras
                                .hidden_columns
                                .extend(columns.filter_map(|column| u16::try_from(column - 1).ok()));
                        }
                    }
                    _ => {}
                }
            }
        }
        for at in memmem::find_iter(xml, b"mergeCell ").take(MOST) {
            let Some(("mergeCell", element)) = element_around(xml, at) else {
                continue;
            };
            extras.merges.extend(attribute(element, " ref=\"").and_then(area));
        }
        extras.hidden_rows.sort_unstable();
        extras.hidden_rows.dedup();
        extras.hidden_columns.sort_unstable();
        extras.hidden_columns.dedup();
        extras
    }
}

/// The element whose tag covers position `at`: its local name and the text of the tag.
fn element_around(xml: &[u8], at: usize) -> Option<(&str, &str)> {
    let start = memchr::memrchr(b'<', xml.get(..at)?)?;
    let end = at + memchr::memchr(b'>', xml.get(at..)?)?;
    let tag = std::str::from_utf8(xml.get(start + 1..end)?).ok()?;
    if tag.contains('>') {
        return None;
    }
    let name = tag.split([' ', '\t', '\r', '\n', '/']).next()?;
    Some((name.rsplit(':').next()?, tag))
}

fn attribute<'a>(tag: &'a str, opening: &str) -> Option<&'a str> {
    let start = tag.find(opening)? + opening.len();
    tag.get(start..)?.split('"').next()
}

fn number(tag: &str, opening: &str) -> Option<u32> {
    attribute(tag, opening)?.parse().ok()
}

fn area(reference: &str) -> Option<Area> {
    let (from, to) = reference.split_once(':').unwrap_or((reference, reference));
    let (left, top) = parse_cell(from)?;
    let (right, bottom) = parse_cell(to)?;
    Some(Area {
        top: top.min(bottom),
        bottom: top.max(bottom),
        left: u16::try_from(left.min(right)).ok()?,
        right: u16::try_from(left.max(right)).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extras_are_found_and_text_does_not_fool() {
        let xml = br#"<worksheet><cols><col min="2" max="3" width="9" hidden="1"/><col min="5" max="5" hidden="0"/></cols>
            <sheetData><row r="4" hidden="1" spans="1:3"><c r="A4" t="inlineStr"><is><t> hidden="1" mergeCell ref="A1:B9"</t></is></c></row>
            <x:row r="9" hidden="true"/></sheetData>
            <mergeCells count="1"><mergeCell ref="B1:D1"/></mergeCells></worksheet>"#;
        assert_eq!(
            Extras::of_xlsx_sheet(xml),
            Extras {
                merges: vec![Area {
                    top: 1,
                    left: 1,
                    bottom: 1,
                    right: 3
                }],
                hidden_rows: vec![4, 9],
                hidden_columns: vec![1, 2],
            }
        );
    }
}
