//! From bytes to what is shown.

use deskhand_documents::{Kind, Limits, NoteKind, PageRange, ReadOptions, Reading, kind_of, plain_text, read};
use deskhand_types::{Block, Hash};
use serde_json::Value;

use super::{notes, sheets};
use crate::api::{Cell, Preview, PreviewBody, Slide};

/// Characters of text shown at once.
const TEXT: usize = 256 << 10;
/// Rows of a table shown at once.
const ROWS: u64 = 200;
/// Pictures up to this size are measured; a larger one is shown without.
const MEASURED: usize = 4 << 20;

/// Which part of a workbook is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window<'a> {
    /// The sheet; the first when absent.
    pub sheet: Option<&'a str>,
    /// The first row, from 1.
    pub row: Option<u64>,
}

/// What is shown of a file. Never fails: what cannot be read is shown as what it is, with the reason.
pub(crate) fn preview(path: &str, bytes: &[u8], window: Window<'_>) -> Preview {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (body, notes) = body(name, bytes, window);
    Preview {
        path: path.to_owned(),
        name: name.to_owned(),
        size: bytes.len() as u64,
        hash: Hash::of(bytes).to_string(),
        notes,
        body,
    }
}

fn body(name: &str, bytes: &[u8], window: Window<'_>) -> (PreviewBody, Vec<String>) {
    let kind = kind_of(name, bytes);
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase())
        .unwrap_or_default();
    match kind {
        Kind::Text if extension == "svg" => (
            PreviewBody::Image {
                width: None,
                height: None,
            },
            Vec::new(),
        ),
        Kind::Text => {
            let (text, cut, notes) = text_of(bytes);
            let body = if matches!(extension.as_str(), "md" | "markdown") {
                PreviewBody::Markdown { text, cut }
            } else {
                PreviewBody::Text {
                    text,
                    language: language(&extension).to_owned(),
                    cut,
                }
            };
            (body, notes)
        }
        Kind::Html => {
            let (text, cut, _) = text_of(bytes);
            (PreviewBody::Html { text, cut }, hidden(name, bytes))
        }
        Kind::Image => (measured(name, bytes), Vec::new()),
        Kind::Pdf => pages(name, bytes),
        kind if sheets::is_table(kind) => {
            let first = window.row.unwrap_or(1).max(1);
            match sheets::sheets(name, bytes, window.sheet, first, ROWS) {
                Ok((sheets, notes)) => (PreviewBody::Sheets { sheets }, notes::of_table(&notes)),
                Err(error) => unreadable(kind, &error.to_string()),
            }
        }
        Kind::Docx | Kind::Mail => with(name, bytes, |reading| PreviewBody::Document {
            cut: reading.part.next.is_some(),
            text: text_blocks(reading),
        }),
        Kind::Pptx => with(name, bytes, slides),
        Kind::Notebook => with(name, bytes, |reading| cells(reading, bytes)),
        other => (
            PreviewBody::Binary {
                kind: packaged(other, &extension).map_or_else(|| other.to_string(), str::to_owned),
            },
            Vec::new(),
        ),
    }
}

/// What an archive is that is a document without a reader here.
fn packaged(kind: Kind, extension: &str) -> Option<&'static str> {
    match extension {
        _ if kind != Kind::Zip => None,
        "odt" => Some("OpenDocument text"),
        "odp" => Some("OpenDocument presentation"),
        "epub" => Some("electronic book"),
        "pages" => Some("Pages document"),
        "numbers" => Some("Numbers spreadsheet"),
        "key" => Some("Keynote presentation"),
        _ => None,
    }
}

/// A PDF is drawn from its bytes; here it is only how long it is, whether it can be read, and what it carries.
fn pages(name: &str, bytes: &[u8]) -> (PreviewBody, Vec<String>) {
    let options = ReadOptions {
        pages: Some(PageRange::single(1)),
        ..ReadOptions::default()
    };
    match read(name, bytes, &options, &Limits::default()) {
        Ok(reading) => {
            let body = PreviewBody::Pdf {
                pages: Some(reading.part.total),
            };
            (body, notes::of_pdf(&reading.notes))
        }
        Err(error) => (
            PreviewBody::Pdf { pages: None },
            vec![format!("It was not checked: {error}.")],
        ),
    }
}

fn with(name: &str, bytes: &[u8], show: impl FnOnce(&Reading) -> PreviewBody) -> (PreviewBody, Vec<String>) {
    let options = ReadOptions {
        max_chars: TEXT,
        limit: Some(20_000),
        ..ReadOptions::default()
    };
    let kind = kind_of(name, bytes);
    match read(name, bytes, &options, &Limits::default()) {
        Ok(mut reading) => {
            // A Word document is drawn as a whole; its remark is that the text beside the pages has no pictures.
            if kind == Kind::Docx {
                reading
                    .notes
                    .retain(|note| !matches!(note.kind, NoteKind::Remark | NoteKind::Cut));
            }
            (show(&reading), notes::all(&reading.notes))
        }
        Err(error) => unreadable(kind, &error.to_string()),
    }
}

fn unreadable(kind: Kind, why: &str) -> (PreviewBody, Vec<String>) {
    let body = PreviewBody::Binary { kind: kind.to_string() };
    (body, vec![format!("It cannot be shown here: {why}.")])
}

/// What a page hides from a person; its source is shown as it is.
fn hidden(name: &str, bytes: &[u8]) -> Vec<String> {
    match read(name, bytes, &ReadOptions::default(), &Limits::default()) {
        Ok(reading) => notes::of_page(&reading.notes),
        Err(error) => vec![format!("It was not checked for hidden text: {error}.")],
    }
}

/// The beginning of a text as it stands, whether it is only that, and what to know of it.
fn text_of(bytes: &[u8]) -> (String, bool, Vec<String>) {
    let (text, notes) = plain_text(bytes);
    let shown = text.get(..text.floor_char_boundary(TEXT)).unwrap_or(&text);
    let mut notes = notes::all(&notes);
    notes.extend(notes::invisible(shown));
    (shown.to_owned(), shown.len() < text.len(), notes)
}

fn text_blocks(reading: &Reading) -> String {
    let mut texts: Vec<&str> = reading.blocks.iter().filter_map(Block::as_text).collect();
    // The last one is for the model where there is something to tell: the notes, and where to read on.
    if !reading.notes.is_empty() || reading.part.next.is_some() {
        texts.pop();
    }
    texts.join("\n")
}

fn measured(name: &str, bytes: &[u8]) -> PreviewBody {
    let data = (bytes.len() <= MEASURED)
        .then(|| read(name, bytes, &ReadOptions::default(), &Limits::default()).ok())
        .flatten()
        .map(|reading| reading.data)
        .unwrap_or_default();
    let side = |key| {
        data.get(key)
            .and_then(Value::as_u64)
            .and_then(|side| u32::try_from(side).ok())
    };
    PreviewBody::Image {
        width: side("width"),
        height: side("height"),
    }
}

fn string(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn slides(reading: &Reading) -> PreviewBody {
    let slides = reading.data.get("slides").and_then(Value::as_array);
    let visible = |slide: &&Value| !slide.get("hidden").and_then(Value::as_bool).unwrap_or(false);
    PreviewBody::Slides {
        slides: slides
            .into_iter()
            .flatten()
            .filter(visible)
            .map(|slide| Slide {
                number: slide.get("number").and_then(Value::as_u64).unwrap_or_default(),
                title: string(slide, "title"),
                text: string(slide, "text"),
                // Told as left out in the notes of the preview, like everything a person does not see on a slide.
                notes: String::new(),
            })
            .collect(),
    }
}

fn cells(reading: &Reading, bytes: &[u8]) -> PreviewBody {
    let outputs = outputs(bytes);
    let cells = reading.data.get("cells").and_then(Value::as_array);
    PreviewBody::Notebook {
        cells: cells
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(index, cell)| Cell {
                kind: string(cell, "type"),
                source: string(cell, "source"),
                output: outputs.get(index).cloned().unwrap_or_default(),
            })
            .collect(),
    }
}

/// What each cell of a notebook gave, as text.
fn outputs(bytes: &[u8]) -> Vec<String> {
    let notebook: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let joined = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    };
    let output = |output: &Value| {
        ["/text", "/data/text~1plain", "/evalue"]
            .iter()
            .find_map(|place| output.pointer(place))
            .map(joined)
            .unwrap_or_default()
    };
    let cells = notebook.get("cells").and_then(Value::as_array);
    cells
        .into_iter()
        .flatten()
        .map(|cell| {
            let mut text: String = cell
                .get("outputs")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(output)
                .collect();
            text.truncate(text.floor_char_boundary(TEXT / 16));
            text
        })
        .collect()
}

/// The language an extension stands for, as highlighters name it.
fn language(extension: &str) -> &'static str {
    match extension {
        "json" | "jsonl" => "json",
        "js" | "mjs" | "cjs" | "jsx" => "javascript",
        "ts" | "tsx" => "typescript",
        "py" => "python",
        "rs" => "rust",
        "html" | "htm" => "html",
        "css" => "css",
        "xml" | "svg" => "xml",
        "yaml" | "yml" => "yaml",
        "toml" => "toml",
        "sql" => "sql",
        "sh" | "bash" => "shell",
        "java" => "java",
        "c" | "h" | "cpp" | "hpp" | "cc" => "cpp",
        "go" => "go",
        "r" => "r",
        _ => "text",
    }
}

#[cfg(test)]
mod tests;
