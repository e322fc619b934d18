//! Markdown as a model reads it cheaply, and the window of it that one reading shows.

use std::fmt::Write as _;

use crate::{DocumentError, Next, NoteKind, Part, ReadOptions, Unit, reading::Notes};

/// How many lines a reading has when no limit is given.
pub(crate) const DEFAULT_LINES: u64 = 2000;

/// Text on one line, fit for a table cell: runs of white space become one space, `|` is escaped.
pub(crate) fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in word.chars() {
            if c == '|' {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

/// Text of a document on one line: runs of white space become one space.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// One table row from finished cells.
pub(crate) fn row<I, S>(cells: I) -> String
where
    I: IntoIterator<Item = S>,
    S: AsRef<str>,
{
    let mut out = String::from("|");
    for cell in cells {
        out.push(' ');
        out.push_str(cell.as_ref());
        out.push_str(if cell.as_ref().is_empty() { "|" } else { " |" });
    }
    out
}

/// A whole table; the first row is the head. Rows may differ in length. Cells are escaped here.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut out = String::new();
    for (index, cells) in rows.iter().enumerate() {
        let padded = (0..width).map(|column| cells.get(column).map_or_else(String::new, |text| cell(text)));
        let _ = writeln!(out, "{}", row(padded));
        if index == 0 {
            let _ = writeln!(out, "{}", rule(width));
        }
    }
    out
}

/// The line under a table's head.
pub(crate) fn rule(columns: usize) -> String {
    format!("|{}", "---|".repeat(columns))
}

/// A short excerpt for a message.
pub(crate) fn excerpt(text: &str, chars: usize) -> String {
    let text = one_line(&deskhand_types::visible(text).0);
    if text.chars().count() > chars {
        let mut cut: String = text.chars().take(chars).collect();
        cut.push('…');
        cut
    } else {
        text
    }
}

/// Which lines of a text one reading shows.
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) text: String,
    pub(crate) part: Part,
}

/// The asked lines of `text`, at most `options.max_chars` characters of them.
pub(crate) fn window(text: &str, options: &ReadOptions, notes: &mut Notes) -> Result<Window, DocumentError> {
    let total = text.lines().count() as u64;
    let first = options.offset.unwrap_or(1).max(1);
    if first > 1 && first > total {
        return Err(DocumentError::OutOfRange {
            asked: format!("line {first}"),
            total,
            unit: Unit::Lines.word(total),
        });
    }
    let limit = options.limit.unwrap_or(DEFAULT_LINES).max(1);
    let mut budget = Budget::new(options.max_chars);
    let mut out = String::new();
    let mut shown = 0;
    for line in text.lines().skip(first as usize - 1).take(limit as usize) {
        let (line, removed) = deskhand_types::visible(line);
        match budget.take(&line) {
            Fit::Whole => out.push_str(&line),
            Fit::Cut(kept, left) => {
                out.push_str(kept);
                let _ = write!(out, " [line cut, {left} more characters]");
                notes.add(NoteKind::Cut, format!("line {} was cut", first + shown), left);
            }
            Fit::None => break,
        }
        notes.invisible(removed);
        out.push('\n');
        shown += 1;
    }
    let next = (first - 1 + shown < total).then(|| Next {
        offset: Some(first + shown),
        pages: None,
    });
    Ok(Window {
        text: out,
        part: Part {
            shown,
            total,
            unit: Unit::Lines,
            next,
        },
    })
}

/// How many characters of text a reading may still have.
#[derive(Debug)]
pub(crate) struct Budget {
    max: usize,
    left: usize,
}

/// How a piece of text fits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fit<'a> {
    /// It fits.
    Whole,
    /// Nothing was taken before and even this piece does not fit: what fits of it, and how many characters do not.
    Cut(&'a str, u64),
    /// It has to wait for the next reading.
    None,
}

impl Budget {
    pub(crate) const fn new(max: usize) -> Self {
        Self { max, left: max }
    }

    /// Takes `piece` and a line end. The first piece is always taken, cut if need be, so that reading on gets ahead.
    pub(crate) fn take<'a>(&mut self, piece: &'a str) -> Fit<'a> {
        let chars = if piece.len() < self.left {
            piece.len()
        } else {
            piece.chars().count() + 1
        };
        if chars <= self.left {
            self.left -= chars;
            Fit::Whole
        } else if self.left == self.max {
            self.left = 0;
            let cut = piece.char_indices().nth(self.max).map_or(piece.len(), |(at, _)| at);
            let (kept, rest) = piece.split_at_checked(cut).unwrap_or((piece, ""));
            Fit::Cut(kept, rest.chars().count() as u64)
        } else {
            self.left = 0;
            Fit::None
        }
    }

    /// Counts text that was written without asking.
    pub(crate) const fn spend(&mut self, chars: usize) {
        self.left = self.left.saturating_sub(chars);
    }

    pub(crate) const fn left(&self) -> usize {
        self.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(offset: u64, limit: u64, max_chars: usize) -> ReadOptions {
        ReadOptions {
            offset: Some(offset),
            limit: Some(limit),
            pages: None,
            max_chars,
            with_hidden: false,
        }
    }

    fn shown(text: &str, options: &ReadOptions) -> (String, u64, Option<u64>) {
        let window = window(text, options, &mut Notes::default()).unwrap();
        (
            window.text,
            window.part.shown,
            window.part.next.and_then(|next| next.offset),
        )
    }

    #[test]
    fn windows() {
        let text = "one\ntwo\nthree\nfour\n";
        assert_eq!(shown(text, &options(1, 2, 99)), ("one\ntwo\n".into(), 2, Some(3)));
        assert_eq!(shown(text, &options(3, 9, 99)), ("three\nfour\n".into(), 2, None));
        assert_eq!(shown(text, &options(1, 9, 9)), ("one\ntwo\n".into(), 2, Some(3)));
        assert_eq!(
            shown("abcdef\ng", &options(1, 9, 3)),
            ("abc [line cut, 3 more characters]\n".into(), 1, Some(2))
        );
        assert_eq!(shown("", &options(1, 9, 3)), (String::new(), 0, None));
        assert_eq!(
            window(text, &options(5, 1, 99), &mut Notes::default()).unwrap_err(),
            DocumentError::OutOfRange {
                asked: "line 5".into(),
                total: 4,
                unit: "lines"
            }
        );
    }

    #[test]
    fn tables_are_rectangular_and_escaped() {
        let rows = [vec!["a|b".to_owned(), "c\nd".to_owned()], vec!["1".to_owned()]];
        assert_eq!(table(&rows), "| a\\|b | c d |\n|---|---|\n| 1 | |\n");
    }
}
