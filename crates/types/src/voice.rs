//! How what the person said came into our surface: typed, or pasted (`injection.md` 3.1 number 9, 4.1).
//!
//! Only typed text is the person's voice. A surface that can tell says so piece by piece; one that cannot says nothing,
//! and then long text counts as pasted.

use serde::{Deserialize, Serialize};

/// How a stretch of text came into a prompt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entered {
    /// Key by key in our own surface.
    Typed,
    /// Pasted, dropped or attached.
    Pasted,
    /// The surface cannot tell, as where text comes from another program.
    #[default]
    Unknown,
}

/// A stretch of a text, in the order of the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Stretch {
    /// How it was entered.
    pub how: Entered,
    /// Its length in characters (Unicode scalar values).
    pub chars: u64,
}

/// The longest text in one piece that is taken as typed, in characters, where the surface cannot tell
/// (`injection.md` 4.1: "pasted or dropped text > 200 chars").
pub const LONGEST_TYPED: usize = 200;

impl Stretch {
    /// A text that was typed as a whole.
    pub fn typed(text: &str) -> Vec<Self> {
        vec![Self {
            how: Entered::Typed,
            chars: text.chars().count() as u64,
        }]
    }
}

/// The pieces of a text, each with how it was entered. What the stretches do not reach is of unknown entry; what they
/// claim beyond the text is nothing.
pub fn pieces<'t>(text: &'t str, voice: &[Stretch]) -> Vec<(&'t str, Entered)> {
    let mut rest = text;
    let mut found = Vec::with_capacity(voice.len() + 1);
    for stretch in voice {
        let chars = usize::try_from(stretch.chars).unwrap_or(usize::MAX);
        let end = rest.char_indices().nth(chars).map_or(rest.len(), |(index, _)| index);
        let (piece, after) = rest.split_at(end);
        if !piece.is_empty() {
            found.push((piece, stretch.how));
        }
        rest = after;
    }
    if !rest.is_empty() {
        found.push((rest, Entered::Unknown));
    }
    found
}

/// Whether a piece is the person's own voice.
pub fn is_voice(piece: &str, how: Entered) -> bool {
    match how {
        Entered::Typed => true,
        Entered::Pasted => false,
        Entered::Unknown => piece.chars().count() <= LONGEST_TYPED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_cut_a_text_and_never_panic() {
        let stretch = |how, chars| Stretch { how, chars };
        let voice = [stretch(Entered::Typed, 3), stretch(Entered::Pasted, 2)];
        assert_eq!(
            pieces("größe!", &voice),
            [
                ("grö", Entered::Typed),
                ("ße", Entered::Pasted),
                ("!", Entered::Unknown)
            ]
        );
        assert_eq!(
            pieces("a", &[stretch(Entered::Typed, u64::MAX)]),
            [("a", Entered::Typed)]
        );
        assert_eq!(pieces("", &voice), []);
    }

    #[test]
    fn long_text_of_unknown_entry_is_nobodys_voice() {
        assert!(is_voice(&"a".repeat(200), Entered::Unknown));
        assert!(!is_voice(&"a".repeat(201), Entered::Unknown));
        assert!(is_voice(&"a".repeat(201), Entered::Typed));
        assert!(!is_voice("a", Entered::Pasted));
    }
}
