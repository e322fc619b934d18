//! What the person says, with how it was entered.

use deskhand_types::{Label, Stretch, is_voice, pieces};

/// What the person says to a task.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Speech {
    /// The text.
    pub text: String,
    /// How it was entered, in order; empty = not known, and then a long text is not the person's voice.
    pub voice: Vec<Stretch>,
}

impl Speech {
    /// Typed as a whole, seen so by the surface.
    pub fn typed(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            voice: Stretch::typed(&text),
            text,
        }
    }

    /// The label of what is said.
    pub(crate) fn label(&self) -> Label {
        label(&self.text, &self.voice)
    }
}

impl From<&str> for Speech {
    fn from(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            voice: Vec::new(),
        }
    }
}

impl From<String> for Speech {
    fn from(text: String) -> Self {
        Self {
            text,
            voice: Vec::new(),
        }
    }
}

impl From<&String> for Speech {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

/// The person's own, or tainted where a part of it is not the person's voice.
pub(crate) fn label(text: &str, voice: &[Stretch]) -> Label {
    let pasted = pieces(text, voice)
        .into_iter()
        .any(|(piece, how)| !is_voice(piece, how));
    if pasted {
        Label::person().join(&Label::pasted())
    } else {
        Label::person()
    }
}
