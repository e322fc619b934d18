//! Text as it stands, for showing it to a person: nothing is taken out, what is odd about it is told.

use std::borrow::Cow;

use crate::{Note, encoding, reading::Notes};

/// The text of `bytes` in whatever encoding it is, without a byte-order mark, and what its encoding is when it is not
/// UTF-8.
pub fn plain_text(bytes: &[u8]) -> (Cow<'_, str>, Vec<Note>) {
    let mut notes = Notes::default();
    let text = encoding::decode(bytes, &mut notes);
    (text, notes.finish())
}

/// How many characters of `text` a person does not see, or that make text look like other text: what every reading
/// takes out.
pub fn invisible_characters(text: &str) -> u64 {
    deskhand_types::visible(text).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_and_nothing_is_taken_out() {
        let utf16: Vec<u8> = "\u{feff}Gr\u{fc}n\u{202e}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let (text, notes) = plain_text(&utf16);
        assert_eq!(text, "Gr\u{fc}n\u{202e}");
        assert_eq!(
            notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(),
            ["encoding UTF-16LE"]
        );
        assert_eq!(invisible_characters(&text), 1);
        assert_eq!(plain_text("\u{feff}plain".as_bytes()), ("plain".into(), Vec::new()));
    }
}
