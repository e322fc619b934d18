//! Servers that send a credential back: pages that show a request's headers, errors that repeat the key. The program
//! must not learn it this way either.

use bytes::{Bytes, BytesMut};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// Shorter credentials would be found where they are not.
const SHORTEST: usize = 8;

/// Looks for a credential in a stream of bytes, also across its pieces.
pub(crate) struct Echo {
    secret: Zeroizing<Vec<u8>>,
    /// The end of what came, held back because it is the beginning of the credential.
    held: BytesMut,
}

impl Echo {
    pub(crate) const FOUND: &'static str = "the server sent the credential back, and the answer was cut";

    /// `None` where the credential is too short to be looked for.
    pub(crate) fn new(secret: &Secret) -> Option<Self> {
        (secret.bytes().len() >= SHORTEST).then(|| Self {
            secret: Zeroizing::new(secret.bytes().to_vec()),
            held: BytesMut::new(),
        })
    }

    /// Whether it is in a text as a whole.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        text.windows(self.secret.len())
            .any(|window| window == self.secret.as_slice())
    }

    /// What of a piece may go on; `None` once the credential is found.
    pub(crate) fn pass(&mut self, piece: Bytes) -> Option<Bytes> {
        let text = if self.held.is_empty() {
            piece
        } else {
            self.held.extend_from_slice(&piece);
            std::mem::take(&mut self.held).freeze()
        };
        if self.is_in(&text) {
            return None;
        }
        let longest = text.len().min(self.secret.len() - 1);
        let begins = |length: &usize| {
            let end = text.get(text.len() - length..).unwrap_or_default();
            self.secret.starts_with(end)
        };
        let hold = (1..=longest).rev().find(begins).unwrap_or(0);
        let mut text = text;
        let held = text.split_off(text.len() - hold);
        self.held.extend_from_slice(&held);
        Some(text)
    }

    /// Whether nothing is held back.
    pub(crate) fn is_idle(&self) -> bool {
        self.held.is_empty()
    }

    /// What was held back, at the end.
    pub(crate) fn rest(self) -> Bytes {
        self.held.freeze()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However it is cut into pieces: found if and only if it is there, nothing of it passes, nothing else is lost.
        #[test]
        fn finds_it_across_pieces(text in "[ab]{0,40}", cuts in proptest::collection::vec(0_usize..40, 0..6)) {
            let secret = Secret::new("abaababa");
            let mut echo = Echo::new(&secret).unwrap();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
            cuts.sort_unstable();
            let mut passed = Vec::new();
            let mut found = false;
            for pair in cuts.windows(2) {
                let Some(bytes) = echo.pass(Bytes::copy_from_slice(&text.as_bytes()[pair[0]..pair[1]])) else {
                    found = true;
                    break;
                };
                passed.extend_from_slice(&bytes);
            }
            prop_assert_eq!(found, text.contains("abaababa"));
            if found {
                prop_assert!(!String::from_utf8(passed).unwrap().contains("abaababa"));
            } else {
                passed.extend_from_slice(&echo.rest());
                prop_assert_eq!(String::from_utf8(passed).unwrap(), text);
            }
        }
    }

    #[test]
    fn short_placeholders_are_not_looked_for() {
        assert!(Echo::new(&Secret::new("none")).is_none());
    }
}
