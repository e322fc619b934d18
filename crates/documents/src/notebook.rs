//! Jupyter notebooks (nbformat 4): cells with their outputs. Nothing is run.
//!
//! `data`: `{"language", "cells": [{"number", "type", "source"}]}`.

use base64::Engine as _;
use deskhand_types::Block;
use serde_json::{Value, json};

use crate::{
    DocumentError, Kind, Limits, NoteKind, ReadOptions, Reading, encoding,
    outline::Outline,
    picture,
    reading::{Notes, plural},
};

/// Characters of one output that are shown.
const OUTPUT_CHARS: usize = 4000;

/// Reads a notebook.
pub(crate) fn read(bytes: &[u8], options: &ReadOptions, limits: &Limits) -> Result<Reading, DocumentError> {
    let mut notes = Notes::default();
    let text = encoding::decode(bytes, &mut notes);
    let damaged = |what: &str| DocumentError::damaged(Kind::Notebook, what);
    // serde_json refuses nesting beyond 128 levels.
    let notebook: Value = serde_json::from_str(&text).map_err(|error| {
        damaged(&format!(
            "it is not JSON (line {}, column {})",
            error.line(),
            error.column()
        ))
    })?;
    let cells = notebook
        .get("cells")
        .and_then(Value::as_array)
        .ok_or_else(|| damaged("it has no list of cells (notebooks older than version 4 are not read)"))?;
    let language = notebook
        .pointer("/metadata/kernelspec/language")
        .or_else(|| notebook.pointer("/metadata/language_info/name"))
        .and_then(Value::as_str)
        .filter(|name| {
            name.chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '#' | '-'))
        })
        .unwrap_or("");
    let mut writer = Writer {
        outline: Outline::default(),
        notes,
        limits,
        language,
        images: Vec::new(),
        images_left_out: 0,
    };
    let mut data = Vec::new();
    for (index, cell) in cells.iter().enumerate() {
        let number = index + 1;
        writer.cell(number, cell);
        data.push(json!({
            "number": number,
            "type": cell.get("cell_type"),
            "source": joined(cell.get("source")),
        }));
    }
    let Writer {
        outline,
        mut notes,
        images,
        images_left_out,
        ..
    } = writer;
    if images_left_out > 0 {
        notes.add(
            NoteKind::Cut,
            format!("{} not shown", plural(images_left_out, "image", "images")),
            images_left_out,
        );
    }
    let summary = plural(cells.len() as u64, "cell", "cells");
    let data = json!({"language": language, "cells": data});
    let mut reading = outline.finish(Kind::Notebook, options, notes, data, summary)?;
    // Pictures go with the reading that shows the line that names them.
    let text: String = reading.blocks.iter().filter_map(Block::as_text).collect();
    for (name, block) in images {
        if text.contains(&name) {
            reading.blocks.push(block);
        }
    }
    Ok(reading)
}

struct Writer<'n> {
    outline: Outline,
    notes: Notes,
    limits: &'n Limits,
    language: &'n str,
    images: Vec<(String, Block)>,
    images_left_out: u64,
}

impl Writer<'_> {
    fn cell(&mut self, number: usize, cell: &Value) {
        let source = joined(cell.get("source"));
        match cell.get("cell_type").and_then(Value::as_str) {
            Some("markdown") => {
                self.outline
                    .block(&format!("[cell {number}: markdown]\n{}", source.trim_end()));
            }
            Some("code") => {
                self.outline
                    .block(&format!("[cell {number}: code]\n{}", fenced(self.language, &source)));
                let outputs = cell
                    .get("outputs")
                    .and_then(Value::as_array)
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                for output in outputs {
                    self.output(number, output);
                }
            }
            _ => self
                .outline
                .block(&format!("[cell {number}: raw]\n{}", fenced("", &source))),
        }
    }

    fn output(&mut self, number: usize, output: &Value) {
        match output.get("output_type").and_then(Value::as_str) {
            Some("stream") => self.output_text(&joined(output.get("text"))),
            Some("error") => {
                let part = |name| output.get(name).and_then(Value::as_str).unwrap_or_default();
                let text = format!("{}: {}", part("ename"), part("evalue"));
                self.output_text(&text);
            }
            _ => {
                let Some(data) = output.get("data") else { return };
                for media_type in ["image/png", "image/jpeg", "image/gif", "image/webp"] {
                    if let Some(image) = data.get(media_type) {
                        self.output_image(number, &joined(Some(image)));
                        return;
                    }
                }
                if let Some(text) = data.get("text/plain") {
                    self.output_text(&joined(Some(text)));
                } else if let Some(kind) = data.as_object().and_then(|data| data.keys().next()) {
                    self.outline
                        .block(&format!("[output: {}]", crate::markdown::excerpt(kind, 60)));
                }
            }
        }
    }

    fn output_text(&mut self, text: &str) {
        let text = without_escapes(text);
        let text = text.trim_end();
        if text.is_empty() {
            return;
        }
        let shown = match text.char_indices().nth(OUTPUT_CHARS) {
            Some((cut, _)) => {
                let rest = text.get(cut..).unwrap_or_default().chars().count();
                self.notes.add(
                    NoteKind::Cut,
                    format!("long outputs were cut after {OUTPUT_CHARS} characters"),
                    0,
                );
                format!("{}\n… {rest} more characters", text.get(..cut).unwrap_or_default())
            }
            None => text.to_owned(),
        };
        self.outline.block(&format!("Output:\n{}", fenced("", &shown)));
    }

    fn output_image(&mut self, number: usize, encoded: &str) {
        if self.images.len() as u64 >= self.limits.max_images {
            self.images_left_out += 1;
            return;
        }
        let encoded: String = encoded.split_whitespace().collect();
        let picture = base64::engine::general_purpose::STANDARD
            .decode(encoded)
            .ok()
            .and_then(|bytes| picture::prepare(&bytes, self.limits).ok());
        if let Some(picture) = picture {
            let name = format!("[image {} of cell {number}, below]", self.images.len() + 1);
            self.outline.block(&name);
            self.images.push((name, picture.block));
        } else {
            self.notes.add(
                NoteKind::Damaged,
                format!("an image in the output of cell {number} is broken"),
                0,
            );
        }
    }
}

/// Text that nbformat keeps as a string or as a list of lines.
fn joined(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

/// A code block whose fence the text cannot end.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2);
    let fence = "`".repeat(longest + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// Text without terminal colours.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            // CSI: up to a letter.
            if chars.next() == Some('[') {
                chars.by_ref().find(char::is_ascii_alphabetic);
            }
        } else {
            out.push(c);
        }
    }
    out
}
