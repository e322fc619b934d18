//! Splitting text into pieces before merging: the pattern of Qwen2's tokenizer.

use regex::Regex;

use crate::{Error, Result};

/// Qwen2's pattern without its one look-ahead, `\s+(?!\S)`, which [`Splitter::pieces`] does by hand.
const PATTERN: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)",
    r"|[^\r\n\p{L}\p{N}]?\p{L}+",
    r"|\p{N}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*",
    r"|\s*[\r\n]+",
    r"|\s+",
);

/// The compiled pattern.
pub(super) struct Splitter {
    pattern: Regex,
}

impl Splitter {
    pub(super) fn new() -> Result<Self> {
        let pattern = Regex::new(PATTERN).map_err(|error| Error::Weights(error.to_string()))?;
        Ok(Self { pattern })
    }

    /// The pieces, in order; together they are the text.
    pub(super) fn pieces<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
            // The alternatives cover every character, so a match starts at once; should one not, take a character.
            let found = self.pattern.find(rest).filter(|found| found.start() == 0);
            let mut end = found.map_or_else(|| rest.chars().next().map_or(1, char::len_utf8), |found| found.end());
            let piece = rest.get(..end)?;
            // `\s+(?!\S)`: white space before a word leaves its last character to that word (` world`). Runs that end
            // in a line break matched `\s*[\r\n]+` and are whole.
            if end < rest.len() && piece.chars().all(char::is_whitespace) && !piece.ends_with(['\r', '\n']) {
                let last = piece.chars().next_back().map_or(0, char::len_utf8);
                if piece.len() > last {
                    end -= last;
                }
            }
            at += end;
            rest.get(..end)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_texts() {
        let splitter = Splitter::new().unwrap();
        let pieces = |text| splitter.pieces(text).collect::<Vec<&str>>();
        assert_eq!(pieces("Hello world"), ["Hello", " world"]);
        assert_eq!(pieces("It's  we'LL"), ["It", "'s", " ", " we", "'LL"]);
        assert_eq!(pieces("2026-03-14"), ["2", "0", "2", "6", "-", "0", "3", "-", "1", "4"]);
        assert_eq!(pieces("a\n\n  b  "), ["a", "\n\n", " ", " b", "  "]);
        assert_eq!(pieces("x = {\n\ty"), ["x", " =", " {\n", "\ty"]);
        assert_eq!(pieces("Ünïcode 漢字①"), ["Ünïcode", " 漢字", "①"]);
        assert_eq!(pieces(" \n x"), [" \n", " x"]);
        assert_eq!(pieces("   7"), ["  ", " ", "7"]);
        assert_eq!(pieces(""), Vec::<&str>::new());
    }
}
