//! Words that must not leave: canaries of the person's folders. Looked for in what a program sends, across its pieces.

use std::sync::Arc;

/// What a result says when a word that is watched for was found.
pub const WATCHED: &str = "it carries a word that is watched for, so it was cut off";

/// Looks for words in a stream of bytes.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    words: Arc<[Vec<u8>]>,
    /// The end of what went by, in which a word may have begun.
    tail: Vec<u8>,
}

impl Watch {
    pub(crate) fn new(words: Arc<[Vec<u8>]>) -> Self {
        Self {
            words,
            tail: Vec::new(),
        }
    }

    /// Whether a word stands in a text.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        let mut words = self.words.iter().filter(|word| !word.is_empty());
        words.any(|word| text.windows(word.len()).any(|window| window == word.as_slice()))
    }

    /// Takes in a piece; whether a word stands in what has gone by with it.
    pub(crate) fn finds(&mut self, piece: &[u8]) -> bool {
        let Some(longest) = self.words.iter().map(Vec::len).max() else {
            return false;
        };
        self.tail.extend_from_slice(piece);
        if self.is_in(&self.tail) {
            return true;
        }
        let kept = self.tail.len().saturating_sub(longest.saturating_sub(1));
        self.tail.drain(..kept);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_however_it_is_cut() {
        let words: Arc<[Vec<u8>]> = Arc::from([b"canary-7f3a".to_vec(), b"other".to_vec()]);
        let text = b"some text, canary-7f3a, and more";
        for size in 1..text.len() {
            let mut watch = Watch::new(words.clone());
            assert!(text.chunks(size).any(|piece| watch.finds(piece)), "{size}");
            let mut watch = Watch::new(words.clone());
            assert!(
                !b"canary 7f3a canary-7f3".chunks(size).any(|piece| watch.finds(piece)),
                "{size}"
            );
        }
        assert!(!Watch::default().finds(text));
    }
}
