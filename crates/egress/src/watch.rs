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

    /// Whether a word stands in a part of an address, encoded or not.
    pub(crate) fn is_in_address(&self, text: &str) -> bool {
        self.is_in(text.as_bytes()) || self.is_in(&decoded(text))
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

/// A part of an address without percent-encoding (RFC 3986, 2.1), as often as it was applied, up to three times.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..3 {
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes.as_slice();
        while let Some((first, after)) = rest.split_first() {
            let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
            match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                Some(byte) if *first == b'%' => {
                    out.push(byte);
                    rest = after.get(2..).unwrap_or_default();
                }
                _ => {
                    out.push(*first);
                    rest = after;
                }
            }
        }
        bytes = out;
    }
    bytes
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
        assert!(Watch::new(words.clone()).is_in_address("d=%63an%2561ry-7f3a"));
        assert!(!Watch::new(words).is_in_address("d=%63an%zzary-7f3a%"));
    }
}
