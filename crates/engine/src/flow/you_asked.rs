//! "You asked: …": the sentence of the person's own words that a call belongs to (`injection.md` 4.4). Only what they typed
//! is quoted back at them: text they pasted, or chose on a card that a model worded, would make somebody else's wish look like
//! theirs.

use std::collections::BTreeSet;

use deskhand_types::{Action, ToolCall, is_voice, pieces};

use super::grounds::strings;
use crate::session::Session;

/// Characters of the sentence that a card shows: two lines of a terminal.
const LONGEST: usize = 160;
/// The shortest word that says what a sentence is about.
const SHORTEST_WORD: usize = 4;
/// What a whole value of the call is worth, against one word of it.
const WHOLE_VALUE: usize = 8;

/// The typed sentence that has most in common with a call: its values, and the words of what it would do. Where none has
/// anything, the first one, which is what the task is for. Empty when nothing was typed.
pub(super) fn you_asked(session: &Session<'_>, call: &ToolCall, action: &Action) -> String {
    let typed: Vec<&str> = session
        .trail
        .requests()
        .iter()
        .flat_map(|said| pieces(&said.text, &said.voice))
        .filter(|(text, how)| is_voice(text, *how))
        .map(|(text, _)| text)
        .collect();
    let mut values = Vec::new();
    strings(&call.input, &mut values);
    let about = format!("{} {} {}", call.name, action.summary, values.join(" "));
    let values: Vec<String> = values.iter().map(|value| value.trim().to_lowercase()).collect();
    nearest(&typed, &values, &words(&about)).map_or_else(String::new, shortened)
}

/// The sentence with the highest worth; of several the first.
fn nearest<'t>(typed: &[&'t str], values: &[String], about: &BTreeSet<String>) -> Option<&'t str> {
    let worth = |sentence: &str| {
        let lower = sentence.to_lowercase();
        let whole = values
            .iter()
            .filter(|value| value.chars().count() >= SHORTEST_WORD && lower.contains(value.as_str()))
            .count();
        whole * WHOLE_VALUE + words(sentence).intersection(about).count()
    };
    let mut best: Option<(usize, &str)> = None;
    for sentence in typed.iter().flat_map(|text| sentences(text)) {
        let worth = worth(sentence);
        if best.is_none_or(|(most, _)| worth > most) {
            best = Some((worth, sentence));
        }
    }
    best.map(|(_, sentence)| sentence)
}

/// The sentences of a text: they end at a mark that something other than more of the same word follows, or at a line's end.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .char_indices()
            .find(|(at, c)| {
                let after = rest.get(at + c.len_utf8()..).and_then(|rest| rest.chars().next());
                match c {
                    '\n' | '。' | '！' | '？' => true,
                    '.' | '!' | '?' => after.is_none_or(char::is_whitespace),
                    _ => false,
                }
            })
            .map_or(rest.len(), |(at, c)| at + c.len_utf8());
        let (sentence, after) = rest.split_at(end);
        rest = after;
        Some(sentence.trim())
    })
    .filter(|sentence| sentence.chars().any(char::is_alphanumeric))
}

/// The words of a text that say what it is about, in lower case.
fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= SHORTEST_WORD)
        .map(str::to_lowercase)
        .collect()
}

/// On one line, cut at a word.
fn shortened(sentence: &str) -> String {
    let mut short = String::new();
    let mut chars = 0;
    for word in sentence.split_whitespace() {
        let length = word.chars().count() + usize::from(!short.is_empty());
        if chars + length > LONGEST {
            // One word that is too long alone is cut in the middle.
            if short.is_empty() {
                short.extend(word.chars().take(LONGEST));
            }
            short.push('…');
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
        chars += length;
    }
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(typed: &str, values: &[&str], about: &str) -> String {
        let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
        nearest(&[typed], &values, &words(about)).map_or_else(String::new, shortened)
    }

    #[test]
    fn the_sentence_with_the_call_s_values_is_nearest_then_the_one_with_its_words() {
        let typed =
            "Read the minutes in report.docx. Mail a summary to ana@firm.example! Tidy up the folder afterwards.";
        assert_eq!(
            near(typed, &["ana@firm.example"], "send"),
            "Mail a summary to ana@firm.example!"
        );
        assert_eq!(
            near(typed, &[], "delete in the folder"),
            "Tidy up the folder afterwards."
        );
        assert_eq!(near(typed, &["zz"], "nothing"), "Read the minutes in report.docx.");
        assert_eq!(near("把总结发给王总。谢谢！", &["王总"], ""), "把总结发给王总。");
        assert_eq!(near(" \n?! ", &[], ""), "");
    }

    proptest! {
        #[test]
        fn a_shortened_sentence_is_short_and_begins_the_sentence(sentence in "\\PC{0,400}") {
            let short = shortened(&sentence);
            prop_assert!(short.chars().count() <= LONGEST + 1);
            let plain = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert!(plain.starts_with(short.trim_end_matches('…')) || short.starts_with(&plain));
            prop_assert!(short.ends_with('…') || short == plain);
        }
    }
}
