//! Text files, with line numbers (`cat -n`), as the conventions of `Read` have it.
//!
//! `data`: `{"first": number of the first line, "lines": [text, …]}`.

use std::fmt::Write as _;

use deskhand_types::Block;
use serde_json::json;

use crate::{
    DocumentError, Kind, Next, NoteKind, Part, ReadOptions, Reading, Unit, encoding,
    markdown::{Budget, DEFAULT_LINES, Fit},
    reading::{Notes, plural},
};

/// Characters of a line that are shown.
const LINE_CHARS: usize = 2000;

/// Reads a window of lines. Only the window is looked at closely; the rest is decoded and its line ends counted.
pub(crate) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Reading, DocumentError> {
    let mut notes = Notes::default();
    let text = encoding::decode(bytes, &mut notes);
    // Old Mac files end lines with CR alone.
    let text = if memchr::memchr(b'\n', text.as_bytes()).is_none() && memchr::memchr(b'\r', text.as_bytes()).is_some() {
        text.replace('\r', "\n").into()
    } else {
        text
    };
    let total = count_lines(&text);
    let first = options.offset.unwrap_or(1).max(1);
    if first > 1 && first > total {
        return Err(DocumentError::OutOfRange {
            asked: format!("line {first}"),
            total,
            unit: Unit::Lines.word(total),
        });
    }
    if total == 0 {
        notes.add(NoteKind::Remark, "the file is empty", 0);
    }
    let limit = options.limit.unwrap_or(DEFAULT_LINES).max(1);
    let mut budget = Budget::new(options.max_chars);
    let mut out = String::new();
    let mut lines = Vec::new();
    for line in from_line(&text, first).lines().take(limit as usize) {
        let number = first + lines.len() as u64;
        let mut shown = String::with_capacity(line.len().min(LINE_CHARS) + 8);
        let _ = write!(shown, "{number:>6}\t");
        let cut = line.char_indices().nth(LINE_CHARS).map_or(line.len(), |(at, _)| at);
        let (kept, rest) = line.split_at_checked(cut).unwrap_or((line, ""));
        let (mut kept, removed) = deskhand_types::visible(kept);
        notes.invisible(removed);
        if !rest.is_empty() {
            notes.add(
                NoteKind::Cut,
                format!("long lines were cut after {LINE_CHARS} characters"),
                0,
            );
            let _ = write!(kept.to_mut(), " [line cut, {} more characters]", rest.chars().count());
        }
        shown.push_str(&kept);
        match budget.take(&shown) {
            Fit::Whole => out.push_str(&shown),
            Fit::Cut(kept, left) => {
                out.push_str(kept);
                let _ = write!(out, " [line cut, {left} more characters]");
            }
            Fit::None => break,
        }
        out.push('\n');
        lines.push(kept.into_owned());
    }
    let shown = lines.len() as u64;
    let next = (first - 1 + shown < total).then(|| Next {
        offset: Some(first + shown),
        pages: None,
    });
    Ok(Reading {
        kind: Kind::Text,
        blocks: if out.is_empty() {
            Vec::new()
        } else {
            vec![Block::text(out)]
        },
        notes: notes.finish(),
        part: Part {
            shown,
            total,
            unit: Unit::Lines,
            next,
        },
        data: json!({"first": first, "lines": lines}),
        summary: plural(total, "line", "lines"),
    })
}

fn count_lines(text: &str) -> u64 {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64;
    ends + u64::from(!text.is_empty() && !text.ends_with('\n'))
}

/// What begins with line `number`, counted from 1.
fn from_line(text: &str, number: u64) -> &str {
    if number <= 1 {
        return text;
    }
    memchr::memchr_iter(b'\n', text.as_bytes())
        .nth(number as usize - 2)
        .and_then(|end| text.get(end + 1..))
        .unwrap_or_default()
}
