//! Documents read page by page (or slide by slide): which pages one reading shows, and where the next begins.

use deskhand_types::Block;

use crate::{
    DocumentError, Limits, Next, NoteKind, Part, ReadOptions, Unit,
    markdown::{Budget, Fit},
    reading::Notes,
};

/// Pages of a reading when none are asked for.
const DEFAULT_PAGES: u64 = 20;

/// The pages one reading is about, counted from 1: from, to (included).
pub(crate) fn range(
    total: u64,
    unit: Unit,
    options: &ReadOptions,
    limits: &Limits,
    notes: &mut Notes,
) -> Result<(u64, u64), DocumentError> {
    let Some(pages) = options.pages else {
        return Ok((1, total.min(DEFAULT_PAGES).min(limits.max_pages)));
    };
    if pages.first() > total {
        return Err(DocumentError::OutOfRange {
            asked: format!("{} {}", unit.word(1), pages.first()),
            total,
            unit: unit.word(total),
        });
    }
    let last = pages.last().min(total);
    let most = pages.first() + limits.max_pages.max(1) - 1;
    if last > most {
        notes.add(
            NoteKind::Cut,
            format!("at most {} {} are read at once", limits.max_pages, unit.word(2)),
            last - most,
        );
    }
    Ok((pages.first(), last.min(most)))
}

/// One page, rendered.
pub(crate) struct Page {
    pub(crate) number: u64,
    /// `## Page 3`
    pub(crate) head: String,
    pub(crate) text: String,
    pub(crate) images: Vec<Block>,
}

/// What fits of the pages.
pub(crate) struct Shown {
    pub(crate) blocks: Vec<Block>,
    pub(crate) part: Part,
    /// The last page of which something is shown.
    pub(crate) last: u64,
}

/// Puts pages together until the reading is full. `offset` and `limit` count lines of the pages' text.
pub(crate) fn assemble(
    pages: &[Page],
    total: u64,
    unit: Unit,
    options: &ReadOptions,
    notes: &mut Notes,
) -> Result<Shown, DocumentError> {
    let mut budget = Budget::new(options.max_chars);
    let mut skip = options.offset.unwrap_or(1).max(1) - 1;
    let mut lines_left = options.limit.unwrap_or(u64::MAX).max(1);
    let mut blocks = Vec::new();
    let mut text = String::new();
    let mut shown = 0;
    let mut last = 0;
    let mut next = None;
    let until = pages.last().map_or(0, |page| page.number);
    let lines_of_all: u64 = pages.iter().map(|page| page.text.lines().count() as u64).sum();
    if skip > 0 && skip >= lines_of_all {
        return Err(DocumentError::OutOfRange {
            asked: format!("line {}", skip + 1),
            total: lines_of_all,
            unit: Unit::Lines.word(lines_of_all),
        });
    }
    'pages: for page in pages {
        let lines = page.text.lines().count() as u64;
        if skip > 0 && skip >= lines {
            skip -= lines;
            continue;
        }
        if shown > 0 && (budget.left() < page.head.len() + 1 || lines_left == 0) {
            next = Some(rest(page.number, until, None));
            break;
        }
        budget.spend(page.head.chars().count() + 2);
        text.push_str(&page.head);
        text.push_str("\n\n");
        let first = std::mem::take(&mut skip);
        let mut taken = 0;
        for line in page.text.lines().skip(first as usize) {
            if lines_left == 0 {
                next = Some(rest(page.number, until, Some(first + taken + 1)));
                shown += 1;
                last = page.number;
                break 'pages;
            }
            let (line, removed) = deskhand_types::visible(line);
            match budget.take(&line) {
                Fit::Whole => text.push_str(&line),
                Fit::None if shown == 0 && taken == 0 => {
                    // Not even one line of the first page fits: what fits of it, so that reading on gets ahead.
                    let room = budget.left().max(200);
                    let cut = line.char_indices().nth(room).map_or(line.len(), |(at, _)| at);
                    text.push_str(line.get(..cut).unwrap_or_default());
                    text.push_str(" [line cut]\n");
                    notes.add(
                        NoteKind::Cut,
                        format!("a line of {} {} was cut", unit.word(1), page.number),
                        0,
                    );
                    budget.spend(usize::MAX);
                    taken += 1;
                    continue;
                }
                Fit::Cut(..) | Fit::None => {
                    next = Some(rest(page.number, until, Some(first + taken + 1)));
                    shown += 1;
                    last = page.number;
                    break 'pages;
                }
            }
            notes.invisible(removed);
            text.push('\n');
            taken += 1;
            lines_left -= 1;
        }
        text.push('\n');
        shown += 1;
        last = page.number;
        if !page.images.is_empty() {
            blocks.push(Block::text(ended(&std::mem::take(&mut text))));
            blocks.extend_from_slice(&page.images);
        }
    }
    if !text.is_empty() {
        blocks.push(Block::text(ended(&text)));
    }
    if next.is_none() && until < total && until > 0 {
        next = Some(Next {
            offset: None,
            pages: Some(format_range(until + 1, (until + DEFAULT_PAGES).min(total))),
        });
    }
    Ok(Shown {
        blocks,
        part: Part {
            shown,
            total,
            unit,
            next,
        },
        last,
    })
}

/// With one line end at the end.
fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end())
}

fn rest(page: u64, until: u64, line: Option<u64>) -> Next {
    Next {
        offset: line.filter(|line| *line > 1),
        pages: Some(format_range(page, until)),
    }
}

fn format_range(first: u64, last: u64) -> String {
    if first >= last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(texts: &[&str]) -> Vec<Page> {
        (1..)
            .zip(texts)
            .map(|(number, text)| Page {
                number,
                head: format!("## {number}"),
                text: (*text).to_owned(),
                images: Vec::new(),
            })
            .collect()
    }

    fn assembled(texts: &[&str], total: u64, options: &ReadOptions) -> (String, u64, Option<String>) {
        let shown = assemble(&pages(texts), total, Unit::Pages, options, &mut Notes::default()).unwrap();
        let text = shown.blocks.iter().filter_map(Block::as_text).collect();
        (text, shown.part.shown, shown.part.next.map(|next| next.to_string()))
    }

    #[test]
    fn pages_are_cut_where_the_reading_is_full() {
        let all = ReadOptions::default();
        assert_eq!(
            assembled(&["a\nb", "c"], 2, &all),
            ("## 1\n\na\nb\n\n## 2\n\nc\n".into(), 2, None)
        );
        assert_eq!(
            assembled(&["a"], 30, &all),
            ("## 1\n\na\n".into(), 1, Some("pages \"2-21\"".into()))
        );
        let small = ReadOptions { max_chars: 12, ..all };
        assert_eq!(
            assembled(&["aaa\nbbb", "c"], 2, &small),
            ("## 1\n\naaa\n".into(), 1, Some("pages \"1-2\" and offset 2".into()))
        );
        let onward = ReadOptions { offset: Some(2), ..all };
        assert_eq!(
            assembled(&["aaa\nbbb", "c"], 2, &onward),
            ("## 1\n\nbbb\n\n## 2\n\nc\n".into(), 2, None)
        );
        let beyond = ReadOptions { offset: Some(4), ..all };
        assert!(
            assemble(
                &pages(&["aaa\nbbb", "c"]),
                2,
                Unit::Pages,
                &beyond,
                &mut Notes::default()
            )
            .is_err()
        );
        // Always ahead, however small the reading.
        let tiny = ReadOptions { max_chars: 1, ..all };
        assert_eq!(
            assembled(&["aaa\nbbb"], 1, &tiny),
            (
                "## 1\n\naaa [line cut]\n".into(),
                1,
                Some("pages \"1\" and offset 2".into())
            )
        );
    }
}
