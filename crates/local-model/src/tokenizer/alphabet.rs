//! The printable alphabet of byte-level BPE (GPT-2's `bytes_to_unicode`): every byte has a visible character.

/// First of the characters that stand for bytes without a visible one.
const SHIFTED: u32 = 256;

/// The two-way table.
pub(super) struct Alphabet {
    chars: Vec<char>,
}

impl Alphabet {
    pub(super) fn new() -> Self {
        let mut shifted = SHIFTED;
        let chars = (0..=255u8)
            .map(|byte| {
                if matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff) {
                    char::from(byte)
                } else {
                    let char = char::from_u32(shifted).unwrap_or(char::REPLACEMENT_CHARACTER);
                    shifted += 1;
                    char
                }
            })
            .collect();
        Self { chars }
    }

    /// The character of a byte.
    pub(super) fn encode(&self, byte: u8) -> char {
        self.chars
            .get(usize::from(byte))
            .copied()
            .unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// The bytes of a token's text; `None` if a character stands for no byte.
    pub(super) fn decode(&self, text: &str) -> Option<Vec<u8>> {
        text.chars()
            .map(|char| {
                let code = u32::from(char);
                if code < SHIFTED {
                    // Characters below 256 stand for themselves, or for nothing where the byte is shifted.
                    let byte = u8::try_from(code).ok()?;
                    (self.encode(byte) == char).then_some(byte)
                } else {
                    self.chars
                        .iter()
                        .position(|candidate| *candidate == char)
                        .and_then(|at| u8::try_from(at).ok())
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_places() {
        let alphabet = Alphabet::new();
        assert_eq!(alphabet.encode(b' '), 'Ġ');
        assert_eq!(alphabet.encode(b'\n'), 'Ċ');
        assert_eq!(alphabet.encode(0x7f), 'ġ');
        assert_eq!(alphabet.decode("ĠÃ©"), Some(vec![b' ', 0xc3, 0xa9]));
        assert_eq!(alphabet.decode("a b"), None);
        assert!((0..=255u8).all(|b| alphabet.decode(&alphabet.encode(b).to_string()) == Some(vec![b])));
    }
}
