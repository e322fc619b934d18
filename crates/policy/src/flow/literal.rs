//! Literal in the person's words: normal form and token bounds (`injection.md` 2.2, "case-folded, token bounded").

/// The normal form two texts are compared in: case folded, white space as one blank, typographic apostrophe as plain.
pub(crate) fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if c == '\u{2019}' {
            out.push('\'');
        } else if c == 'ß' || c == 'ẞ' {
            out.push_str("ss");
        } else {
            out.extend(c.to_lowercase());
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// Whether a character is part of a word.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The scripts that are written without blanks. A change from one to another is a bound between tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Script {
    Han,
    Hiragana,
    Katakana,
    Other,
}

fn script(c: char) -> Script {
    match c {
        '\u{3040}'..='\u{309f}' => Script::Hiragana,
        '\u{30a0}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' => Script::Katakana,
        '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}'
        | '々' => Script::Han,
        _ => Script::Other,
    }
}

/// Whether a character belongs to a script written without blanks.
pub(crate) fn is_unspaced(c: char) -> bool {
    script(c) != Script::Other
}

/// Whether two neighbours belong to one token. `delimiters` are characters that end a token in an unspaced script,
/// such as a particle; they come from the lexicon.
fn holds_together(inside: char, outside: char, delimiters: &str) -> bool {
    is_word(inside) && is_word(outside) && script(inside) == script(outside) && !delimiters.contains(outside)
}

/// Whether `needle` stands in `text` as a token of its own; both in normal form.
///
/// A neighbour that is part of a word, `@`, `-`, or a dot that goes on, makes it a part of something longer: the person
/// who wrote `a.b@c.com` has not written `b@c.com`.
pub(crate) fn stands_in(needle: &str, text: &str, delimiters: &str) -> bool {
    let (Some(first), Some(last)) = (needle.chars().next(), needle.chars().next_back()) else {
        return false;
    };
    text.match_indices(needle).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let mut after = text.get(at + found.len()..).unwrap_or_default().chars();
        let free_before = match before {
            None => true,
            Some('@' | '.' | '-') => false,
            Some(c) if is_unspaced(c) || is_unspaced(first) => !holds_together(first, c, delimiters),
            Some(c) => !is_word(c),
        };
        let free_after = match after.next() {
            None => true,
            Some('@' | '-') => false,
            Some('.') => !after.next().is_some_and(is_word),
            Some(c) if is_unspaced(c) || is_unspaced(last) => !holds_together(last, c, delimiters),
            Some(c) => !is_word(c),
        };
        free_before && free_after
    })
}

/// Whether `needle` stands in `text` with no part of a word on either side. Case counts; nothing is normalised.
pub(crate) fn stands_exactly_in(needle: &str, text: &str, delimiters: &str) -> bool {
    let (Some(first), Some(last)) = (needle.chars().next(), needle.chars().next_back()) else {
        return false;
    };
    let joined = |inside: char, outside: char| {
        if is_unspaced(inside) || is_unspaced(outside) {
            holds_together(inside, outside, delimiters)
        } else {
            is_word(outside)
        }
    };
    text.match_indices(needle).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(|c| joined(first, c)) && !after.is_some_and(|c| joined(last, c))
    })
}

/// Whether one of `words` (in normal form) stands in `text` (in normal form) as a word. In an unspaced script being there
/// is enough: verbs are not set apart.
pub(crate) fn has_word(words: &[String], text: &str) -> bool {
    words.iter().any(|word| word_at(word, text).is_some())
}

/// Where `word` stands in `text` first, as a word.
pub(crate) fn word_at(word: &str, text: &str) -> Option<usize> {
    words_at(word, text).next()
}

/// All places where `word` stands in `text` as a word.
pub(crate) fn words_at<'t>(word: &'t str, text: &'t str) -> impl Iterator<Item = usize> + 't {
    let unspaced = word.chars().any(is_unspaced);
    text.match_indices(word).filter_map(move |(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|text| text.chars().next());
        (unspaced || !before.is_some_and(is_word) && !after.is_some_and(is_word)).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_something_longer_is_not_literal() {
        let text = normal("Send it to  ANA.b@firm.com, and read plan.docx.");
        assert!(stands_in("ana.b@firm.com", &text, ""));
        assert!(!stands_in("b@firm.com", &text, ""));
        assert!(!stands_in("firm.com", &text, ""));
        assert!(!stands_in("plan", &text, ""), "the person named a file, not a plan");
        assert!(stands_in("plan.docx", &text, ""));
        assert!(!stands_in("ana.b@firm.co", &text, ""));
    }

    #[test]
    fn in_unspaced_scripts_a_change_of_script_or_a_particle_bounds() {
        assert!(stands_in("田中", &normal("田中さんにメールを送って"), ""));
        assert!(!stands_in("東京", &normal("東京都に送って"), ""), "another place");
        assert!(!stands_in("王伟", &normal("给王伟发邮件"), ""));
        assert!(stands_in("王伟", &normal("给王伟发邮件"), "给发"));
        assert!(stands_in("ana@firm.com", &normal("ana@firm.comに送って"), ""));
    }
}
