//! Archives as a list of what is in them. Nothing is unpacked but, for `tar.gz`, as many bytes as the limits allow.
//!
//! `data`: `{"entries": [{"name", "size", "packed"?, "folder"?, "encrypted"?, "link"?}], "total_size"}`.

use std::io::Read;

use serde_json::{Value, json};

use crate::{
    DocumentError, Kind, Limits, NoteKind, ReadOptions, Reading,
    archive::{Archive, tar},
    guard::Clock,
    markdown,
    reading::{Notes, plural},
};

struct Line {
    name: String,
    size: u64,
    remark: String,
    data: Value,
}

/// Lists a zip archive.
pub(crate) fn zip(bytes: &[u8], options: &ReadOptions, limits: &Limits) -> Result<Reading, DocumentError> {
    let archive = Archive::open(Kind::Zip, bytes, limits)?;
    let mut notes = Notes::default();
    let mut total = 0u64;
    let mut lines = Vec::new();
    for entry in archive.entries() {
        total = total.saturating_add(entry.unpacked);
        let mut remark = entry.unreadable().unwrap_or_default();
        if entry.unpacked / entry.packed.max(1) > limits.max_ratio && entry.unpacked > 8 << 20 {
            remark = "suspicious: would unpack to far more than its size";
            notes.add(
                NoteKind::Remark,
                "some entries would unpack to far more than their size: this may be a decompression bomb",
                0,
            );
        }
        lines.push(Line {
            name: entry.name.clone(),
            size: entry.unpacked,
            remark: remark.to_owned(),
            data: json!({
                "name": entry.name, "size": entry.unpacked, "packed": entry.packed,
                "folder": entry.is_folder(), "encrypted": entry.encrypted,
            }),
        });
    }
    if archive.entries().iter().any(|entry| entry.encrypted) {
        notes.add(NoteKind::Remark, "some entries are protected with a password", 0);
    }
    finish(Kind::Zip, &lines, total, notes, options)
}

/// Lists a tar archive.
pub(crate) fn tar_archive(bytes: &[u8], options: &ReadOptions, limits: &Limits) -> Result<Reading, DocumentError> {
    list_tar(Kind::Tar, bytes, Notes::default(), options, limits)
}

/// Lists a gzipped tar archive; of another gzipped file tells the name and size.
pub(crate) fn gzip(
    bytes: &[u8],
    options: &ReadOptions,
    limits: &Limits,
    clock: &Clock,
) -> Result<Reading, DocumentError> {
    let mut decoder = flate2::read::MultiGzDecoder::new(bytes);
    let mut unpacked = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    let mut notes = Notes::default();
    let limit = (bytes.len() as u64)
        .saturating_mul(limits.max_ratio)
        .clamp(8 << 20, limits.max_unpacked.max(8 << 20));
    loop {
        clock.check()?;
        match decoder.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => unpacked.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            Err(_) if unpacked.is_empty() => {
                return Err(DocumentError::damaged(Kind::Gzip, "it cannot be unpacked"));
            }
            Err(_) => {
                notes.add(
                    NoteKind::Damaged,
                    "the compressed data ends early; what comes after is missing",
                    0,
                );
                break;
            }
        }
        if unpacked.len() as u64 > limit {
            return Err(DocumentError::Bomb {
                part: "the gzip stream".to_owned(),
                limit,
            });
        }
    }
    if unpacked.get(257..262) == Some(b"ustar") {
        return list_tar(Kind::Gzip, &unpacked, notes, options, limits);
    }
    let name = decoder.header().and_then(|header| header.filename()).map_or_else(
        || "(no name)".to_owned(),
        |name| String::from_utf8_lossy(name).into_owned(),
    );
    let size = unpacked.len() as u64;
    let line = Line {
        data: json!({"name": name, "size": size}),
        name,
        size,
        remark: String::new(),
    };
    finish(Kind::Gzip, &[line], size, notes, options)
}

fn list_tar(
    kind: Kind,
    bytes: &[u8],
    mut notes: Notes,
    options: &ReadOptions,
    limits: &Limits,
) -> Result<Reading, DocumentError> {
    let (entries, complete) = tar::entries(bytes, limits)?;
    if !complete {
        notes.add(NoteKind::Damaged, "the archive has no end mark; it may be cut off", 0);
    }
    let total = entries.iter().fold(0u64, |sum, entry| sum.saturating_add(entry.size));
    let lines: Vec<Line> = entries
        .into_iter()
        .map(|entry| Line {
            data: json!({"name": entry.name, "size": entry.size, "folder": entry.folder, "link": entry.link}),
            remark: entry
                .link
                .map_or_else(String::new, |target| format!("link to {target}")),
            name: entry.name,
            size: entry.size,
        })
        .collect();
    finish(kind, &lines, total, notes, options)
}

fn finish(
    kind: Kind,
    lines: &[Line],
    total: u64,
    mut notes: Notes,
    options: &ReadOptions,
) -> Result<Reading, DocumentError> {
    let mut text = String::from("| name | bytes | |\n|---|---|---|\n");
    for line in lines {
        text.push_str(&markdown::row([
            markdown::cell(&line.name),
            line.size.to_string(),
            markdown::cell(&line.remark),
        ]));
        text.push('\n');
    }
    let window = markdown::window(&text, options, &mut notes)?;
    Ok(Reading {
        kind,
        blocks: vec![deskhand_types::Block::text(window.text)],
        notes: notes.finish(),
        part: window.part,
        data: json!({
            "entries": lines.iter().map(|line| line.data.clone()).collect::<Vec<_>>(), "total_size": total,
        }),
        summary: format!(
            "{}, {total} bytes unpacked",
            plural(lines.len() as u64, "entry", "entries")
        ),
    })
}
