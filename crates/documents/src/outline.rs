//! Running text while it is gathered: blocks of Markdown, and where headings and tables stand in it.

use deskhand_types::Block;
use serde_json::{Value, json};

use crate::{DocumentError, Kind, ReadOptions, Reading, markdown, reading::Notes};

/// Markdown with an outline.
#[derive(Default, Debug)]
pub(crate) struct Outline {
    text: String,
    lines: u64,
    headings: Vec<Value>,
    tables: Vec<Value>,
    in_list: bool,
}

impl Outline {
    /// Adds a block, set off by an empty line.
    pub(crate) fn block(&mut self, block: &str) {
        self.set_off();
        self.in_list = false;
        self.line(block);
    }

    /// Adds a list item; items follow each other without an empty line.
    pub(crate) fn item(&mut self, item: &str) {
        if !self.in_list {
            self.set_off();
        }
        self.in_list = true;
        self.line(item);
    }

    /// Ends a list, so that the next item begins another.
    pub(crate) const fn end_list(&mut self) {
        self.in_list = false;
    }

    /// Adds a heading of level 1 to 6 and keeps it in the outline.
    pub(crate) fn heading(&mut self, level: usize, text: &str) {
        let level = level.clamp(1, 6);
        let text = markdown::one_line(text);
        self.set_off();
        self.in_list = false;
        self.headings
            .push(json!({"level": level, "text": text, "line": self.lines + 1}));
        self.line(&format!("{} {text}", "#".repeat(level)));
    }

    /// Adds a table and keeps its cells.
    pub(crate) fn table(&mut self, rows: &[Vec<String>]) {
        if rows.iter().all(|row| row.iter().all(|cell| cell.trim().is_empty())) {
            return;
        }
        self.set_off();
        self.in_list = false;
        self.tables.push(json!({"line": self.lines + 1, "rows": rows}));
        self.line(markdown::table(rows).trim_end());
    }

    pub(crate) const fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    fn set_off(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
            self.lines += 1;
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.lines += text.matches('\n').count() as u64 + 1;
    }

    /// The window of it that was asked for. `data` gets `headings` and `tables`.
    pub(crate) fn finish(
        self,
        kind: Kind,
        options: &ReadOptions,
        mut notes: Notes,
        mut data: Value,
        summary: String,
    ) -> Result<Reading, DocumentError> {
        let window = markdown::window(&self.text, options, &mut notes)?;
        if let Some(object) = data.as_object_mut() {
            object.insert("headings".to_owned(), Value::Array(self.headings));
            object.insert("tables".to_owned(), Value::Array(self.tables));
        }
        Ok(Reading {
            kind,
            blocks: if window.text.is_empty() {
                Vec::new()
            } else {
                vec![Block::text(window.text)]
            },
            notes: notes.finish(),
            part: window.part,
            data,
            summary,
        })
    }
}
