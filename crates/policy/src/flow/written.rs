//! Whether a name is written out as a name: the person who wrote "Ana Silva" has not named an Ana, and who wrote "the
//! report" has named nobody called Report.

use super::{
    literal::{is_unspaced, is_word, normal},
    words::Words,
};

/// A word of a text: where it begins and ends.
type Span = (usize, usize);

/// Whether a name stands in the words as a whole name: not as part of a longer one, nor of an address. A name of one word
/// must be marked as one: by a capital, `#` or `@` before it, quotation marks, or a genitive `'s`.
pub(crate) fn is_written(words: &Words, name: &str) -> bool {
    if !words.literal(name) || words.is_common(name) {
        return false;
    }
    if name.chars().any(is_unspaced) {
        return true;
    }
    let text = words.text();
    let spans = spans(text);
    let name_words: Vec<String> = self::spans(name)
        .into_iter()
        .map(|span| normal(slice(name, span)))
        .collect();
    if name_words.is_empty() {
        return false;
    }
    spans.windows(name_words.len()).enumerate().any(|(at, window)| {
        let same = window
            .iter()
            .zip(&name_words)
            .all(|(span, word)| normal(slice(text, *span)) == *word);
        same && joined(text, window) && stands_alone(words, &spans, at, window) && is_marked(words, name, text, window)
    })
}

/// The words of a text, by what is part of one.
fn spans(text: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut open = None;
    for (at, c) in text.char_indices() {
        match (is_word(c), open) {
            (true, None) => open = Some(at),
            (false, Some(start)) => {
                spans.push((start, at));
                open = None;
            }
            _ => {}
        }
    }
    spans.extend(open.map(|start| (start, text.len())));
    spans
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.0..span.1).unwrap_or_default()
}

/// What may stand between the words of one name.
fn is_joint(gap: &str) -> bool {
    gap.chars().all(|c| c.is_whitespace() || "-'\u{2019}.".contains(c)) && !gap.contains('\n')
}

/// Whether the words follow one another as those of a name do.
fn joined(text: &str, window: &[Span]) -> bool {
    window
        .iter()
        .zip(window.iter().skip(1))
        .all(|(one, next)| is_joint(slice(text, (one.1, next.0))))
}

/// Whether neither side goes on: no address, no further word of a name.
fn stands_alone(words: &Words, spans: &[Span], at: usize, window: &[Span]) -> bool {
    let (Some(first), Some(last)) = (window.first(), window.last()) else {
        return false;
    };
    let text = words.text();
    let before = text.get(..first.0).unwrap_or_default();
    let after = text.get(last.1..).unwrap_or_default();
    if before.ends_with(['.', '-', '/', '\\', '_', ':', '+', '=']) && !before.ends_with(". ") {
        return false;
    }
    // `@` begins the name of a member, unless it goes on from a word.
    let rest = before.strip_suffix('@');
    if rest.is_some_and(|rest| rest.ends_with(is_word))
        || after.starts_with(['@', '-', '/', '\\', '_', ':', '+', '=']) && !after.starts_with(": ")
    {
        return false;
    }
    if after.strip_prefix('.').is_some_and(|rest| rest.starts_with(is_word)) {
        return false;
    }
    let capital = |span: &Span| slice(text, *span).starts_with(char::is_uppercase);
    let blank = |gap: &str| !gap.is_empty() && gap.chars().all(|c| c == ' ' || c == '\t' || c == '\u{a0}');
    let next = spans.get(at + window.len());
    if next.is_some_and(|next| blank(slice(text, (last.1, next.0))) && capital(next)) {
        return false;
    }
    let Some(previous) = at.checked_sub(1).and_then(|at| spans.get(at)) else {
        return true;
    };
    if !blank(slice(text, (previous.1, first.0))) || !capital(previous) {
        return true;
    }
    // The first word of a sentence has a capital anyway; that it is no name is known of verbs.
    if !words.is_order(slice(text, *previous)) {
        return false;
    }
    let lead = text
        .get(..previous.0)
        .unwrap_or_default()
        .trim_end_matches([' ', '\t', '"', '(', '\u{201c}', '\u{201e}']);
    lead.is_empty() || lead.ends_with(['.', '!', '?', ':', ';', '\n', '-', '*', '\u{2022}', '\u{bf}', '\u{a1}'])
}

/// Whether it is marked as a name.
fn is_marked(words: &Words, name: &str, text: &str, window: &[Span]) -> bool {
    let (Some(first), Some(last)) = (window.first(), window.last()) else {
        return false;
    };
    let before = text.get(..first.0).unwrap_or_default();
    let after = text.get(last.1..).unwrap_or_default();
    let genitive = ["'s", "\u{2019}s"]
        .iter()
        .any(|mark| after.strip_prefix(mark).is_some_and(|rest| !rest.starts_with(is_word)));
    window.len() > 1
        || slice(text, *first).starts_with(char::is_uppercase)
        || before.ends_with(['#', '@'])
        || genitive
        || words.quoted(name)
}
