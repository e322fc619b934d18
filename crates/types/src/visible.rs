//! Unicode hygiene: characters that carry text a person does not see, or that make text look like other text.
//!
//! The list is that of the injection specification, section 4.5 point 1. What scripts and emoji need stays: joiners
//! between letters of scripts that shape, variation selectors after characters they select, flag sequences.

use std::borrow::Cow;

/// What a person sees of `text`, with the number of characters taken out.
pub fn visible(text: &str) -> (Cow<'_, str>, u64) {
    // Everything removable is a control character or outside Latin-1, except SOFT HYPHEN and C1 controls (lead byte
    // 0xC2): plain ASCII passes at memory speed.
    if text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\t')) {
        return (Cow::Borrowed(text), 0);
    }
    let mut out = String::with_capacity(text.len());
    let mut removed = 0;
    let mut chars = text.char_indices().peekable();
    let mut previous = None;
    while let Some((at, c)) = chars.next() {
        let keep = match class(c) {
            Class::Visible => true,
            Class::Drop | Class::Tag => false,
            Class::Joiner => {
                let next = chars.peek().map(|(_, c)| *c);
                previous.is_some_and(joins)
                    && next.is_some_and(|next| joins(next) && matches!(class(next), Class::Visible))
            }
            Class::VariationSelector => previous.is_some_and(takes_variation),
        };
        if c == '\u{1F3F4}' {
            // A black flag may begin a flag sequence: two to six tag letters or digits and CANCEL TAG.
            if let Some(len) = text.get(at + c.len_utf8()..).and_then(flag_sequence) {
                let end = at + c.len_utf8() + len;
                out.push_str(text.get(at..end).unwrap_or_default());
                while chars.peek().is_some_and(|(next, _)| *next < end) {
                    chars.next();
                }
                previous = Some(c);
                continue;
            }
        }
        if keep {
            out.push(c);
            previous = Some(c);
        } else {
            removed += 1;
        }
    }
    if removed == 0 {
        (Cow::Borrowed(text), 0)
    } else {
        (Cow::Owned(out), removed)
    }
}

enum Class {
    Visible,
    Drop,
    Joiner,
    VariationSelector,
    Tag,
}

const fn class(c: char) -> Class {
    match c {
        '\t' | '\n' | '\r' => Class::Visible,
        '\u{200C}' | '\u{200D}' => Class::Joiner,
        '\u{FE00}'..='\u{FE0F}' => Class::VariationSelector,
        '\u{E0000}'..='\u{E007F}' => Class::Tag,
        // C0, DEL, C1: terminal escapes among them.
        '\u{0}'..='\u{1F}' | '\u{7F}'..='\u{9F}'
        // Soft hyphen, combining grapheme joiner, Arabic letter mark, Hangul fillers, Khmer inherent vowels,
        // Mongolian selectors and separator.
        | '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{3164}' | '\u{FFA0}'
        // Zero width space and marks, bidi controls, invisible operators, deprecated format characters.
        | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}'
        // Musical and shorthand format controls.
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        // Supplementary variation selectors, and the rest of the tag block.
        | '\u{E0080}'..='\u{E0FFF}'
        // Private use: means what a font says.
        | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}' => Class::Drop,
        _ => Class::Visible,
    }
}

/// Whether a joiner beside `c` does something a reader of its script sees.
const fn joins(c: char) -> bool {
    matches!(c,
        // Arabic, Syriac, Thaana, N'Ko, Mandaic; the Indic scripts to Myanmar and Khmer; Mongolian; their extensions.
        '\u{600}'..='\u{8FF}' | '\u{900}'..='\u{DFF}' | '\u{F00}'..='\u{109F}' | '\u{1780}'..='\u{18AF}'
        | '\u{A840}'..='\u{A87F}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{11000}'..='\u{11FFF}'
        // Emoji sequences.
        | '\u{FE0F}' | '\u{2194}'..='\u{2BFF}' | '\u{1F300}'..='\u{1FAFF}')
}

/// Whether a variation selector after `c` selects a form of it.
const fn takes_variation(c: char) -> bool {
    matches!(c,
        '#' | '*' | '0'..='9' | '\u{A9}' | '\u{AE}' | '\u{203C}'..='\u{3299}' | '\u{3400}'..='\u{9FFF}'
        | '\u{1000}'..='\u{109F}' | '\u{A840}'..='\u{A87F}' | '\u{F900}'..='\u{FAFF}'
        | '\u{1F000}'..='\u{1FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// The length in bytes of the tags of a well-formed flag sequence at the start of `rest`.
fn flag_sequence(rest: &str) -> Option<usize> {
    let mut len = 0;
    for (index, c) in rest.chars().enumerate() {
        len += c.len_utf8();
        match c {
            '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}' if index < 6 => {}
            '\u{E007F}' if index >= 2 => return Some(len),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> (String, u64) {
        let (text, removed) = visible(text);
        (text.into_owned(), removed)
    }

    #[test]
    fn ordinary_text_is_untouched() {
        for text in [
            "plain\n\ttext",
            "Grüße, 日本語, العربية",
            "👩\u{200D}👩\u{200D}👧 ✈\u{FE0F} 1\u{FE0F}\u{20E3}",
            "می\u{200C}خواهم",
            "क्\u{200D}ष",
            "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
        ] {
            assert_eq!(cleaned(text), (text.to_owned(), 0));
        }
    }

    #[test]
    fn smuggled_text_is_taken_out() {
        let smuggled: String = "ignore all"
            .chars()
            .map(|c| char::from_u32(0xE0000 + c as u32).unwrap())
            .collect();
        assert_eq!(cleaned(&format!("Hello{smuggled}!")), ("Hello!".to_owned(), 10));
        // Also behind a flag, when what follows is no flag.
        assert_eq!(cleaned(&format!("🏴{smuggled}")), ("🏴".to_owned(), 10));
        let selectors: String = (0..5).map(|n| char::from_u32(0xE0100 + n).unwrap()).collect();
        assert_eq!(cleaned(&format!("a{selectors}b")), ("ab".to_owned(), 5));
        assert_eq!(cleaned("a\u{FE00}\u{FE01}b"), ("ab".to_owned(), 2));
    }

    #[test]
    fn reordering_and_terminal_escapes_are_taken_out() {
        assert_eq!(cleaned("user\u{202E}gpj.exe\u{2066}"), ("usergpj.exe".to_owned(), 2));
        assert_eq!(cleaned("\u{1b}[31mred\u{7}"), ("[31mred".to_owned(), 2));
        assert_eq!(
            cleaned("pay\u{200B}pal\u{200D} \u{AD}\u{FEFF}"),
            ("paypal ".to_owned(), 4)
        );
    }

    proptest::proptest! {
        #[test]
        fn cleaning_is_idempotent_and_only_removes(text in "\\PC{0,40}|[\\u{E0000}-\\u{E007F}a🏴\\u{200D}\\u{FE0F}]{0,20}") {
            let (once, removed) = cleaned(&text);
            proptest::prop_assert_eq!(once.chars().count() as u64 + removed, text.chars().count() as u64);
            let (twice, again) = cleaned(&once);
            // A selector or joiner can lose its neighbour only in the first pass.
            proptest::prop_assert_eq!((twice, again), (once, 0));
        }
    }
}
