//! Bytes to text: byte-order marks, UTF-8, UTF-16 and, where neither fits, a guess.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use crate::{NoteKind, reading::Notes};

/// How much of a file the guess looks at.
const SAMPLE: usize = 1 << 20;

/// Whether `bytes` are no text in any encoding.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    const SAMPLE: usize = 8192;
    if utf16(bytes).is_some() {
        return false;
    }
    // Some binary files begin with text: the middle and the end are looked at too.
    let middle = bytes.len() / 2;
    let end = bytes.len().saturating_sub(SAMPLE);
    [0, middle, end].into_iter().any(|from| {
        let sample = bytes.get(from..).unwrap_or_default();
        let sample = sample.get(..SAMPLE).unwrap_or(sample);
        let controls = sample
            .iter()
            .filter(|byte| matches!(byte, 1..=8 | 14..=26 | 28..=31 | 127))
            .count();
        sample.contains(&0) || controls * 20 > sample.len()
    })
}

/// The text of `bytes`, without a byte-order mark. Anything but UTF-8 is told in the notes.
pub(crate) fn decode<'a>(bytes: &'a [u8], notes: &mut Notes) -> Cow<'a, str> {
    if let Some(encoding) = utf16(bytes) {
        let (text, had_errors) = encoding.decode_with_bom_removal(bytes);
        tell(notes, encoding.name(), had_errors);
        return text;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    // A few broken bytes in a UTF-8 file (a cut copy, a stray character) do not make it another encoding.
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    if good > bad * 4 {
        tell(notes, "UTF-8", true);
        return String::from_utf8_lossy(bytes);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes.get(..SAMPLE).unwrap_or(bytes), true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
    tell(notes, encoding.name(), had_errors);
    text
}

fn tell(notes: &mut Notes, encoding: &str, had_errors: bool) {
    let text = if had_errors {
        format!("encoding {encoding}, with bytes that do not fit it (shown as \u{FFFD})")
    } else {
        format!("encoding {encoding}")
    };
    notes.add(NoteKind::Encoding, text, 0);
}

/// UTF-16, by its byte-order mark, or by zero bytes in every second place.
fn utf16(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    if bytes.starts_with(b"\xff\xfe") {
        return Some(encoding_rs::UTF_16LE);
    }
    if bytes.starts_with(b"\xfe\xff") {
        return Some(encoding_rs::UTF_16BE);
    }
    let head = bytes.get(..512).unwrap_or(bytes);
    let pairs = head.len() / 2;
    if pairs < 4 {
        return None;
    }
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match () {
        () if odd * 10 > pairs * 7 && even == 0 => Some(encoding_rs::UTF_16LE),
        () if even * 10 > pairs * 7 && odd == 0 => Some(encoding_rs::UTF_16BE),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (String, Vec<String>) {
        let mut notes = Notes::default();
        let text = decode(bytes, &mut notes).into_owned();
        (text, notes.finish().into_iter().map(|note| note.text).collect())
    }

    #[test]
    fn encodings() {
        assert_eq!(decoded("häß".as_bytes()), ("häß".to_owned(), vec![]));
        assert_eq!(decoded(b"\xef\xbb\xbfx"), ("x".to_owned(), vec![]));
        let utf16: Vec<u8> = "\u{feff}Größe".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(
            decoded(&utf16),
            ("Größe".to_owned(), vec!["encoding UTF-16LE".to_owned()])
        );
        let no_bom: Vec<u8> = "plain text".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(
            decoded(&no_bom),
            ("plain text".to_owned(), vec!["encoding UTF-16BE".to_owned()])
        );
        assert_eq!(
            decoded(b"Stra\xdfe und \xc4rger in M\xfcnchen"),
            (
                "Straße und Ärger in München".to_owned(),
                vec!["encoding windows-1252".to_owned()]
            )
        );
        let (text, notes) = decoded(&[b"\xc3\xa4".repeat(20).as_slice(), b"\xff"].concat());
        assert_eq!(text, "ä".repeat(20) + "\u{FFFD}");
        assert_eq!(
            notes,
            ["encoding UTF-8, with bytes that do not fit it (shown as \u{FFFD})"]
        );
    }

    #[test]
    fn binary() {
        assert!(is_binary(b"\x7fELF\x02\x01\x01\0\0\0\0"));
        assert!(!is_binary(b"text\twith\r\nlines\x0c"));
        assert!(!is_binary(b""));
    }
}
