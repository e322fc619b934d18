//! Pure text work that recipes use as functions and filters.

pub mod dates;
pub mod diff;
pub mod fields;
pub mod markdown;
pub mod names;
pub mod numbers;
pub mod passages;
pub mod sentences;
pub mod tasks;

/// Longer texts are cut before any analysis: time stays bounded whatever a file holds.
pub const MAX_CHARS: usize = 120_000;

/// The beginning of a text, at most [`MAX_CHARS`] characters.
pub fn bounded(text: &str) -> &str {
    text.char_indices()
        .nth(MAX_CHARS)
        .and_then(|(at, _)| text.get(..at))
        .unwrap_or(text)
}

/// The text cut to `chars` characters with an ellipsis.
pub fn cut(text: &str, chars: usize) -> String {
    if text.chars().nth(chars).is_none() {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(chars.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}
