//! Sentences, keywords and extractive summaries.

use std::collections::HashMap;

use super::bounded;
use crate::words::{fold, is_filler, words};

/// The most sentences of one text that are looked at.
const MAX_SENTENCES: usize = 4000;
/// Longer "sentences" are tables or data; they are cut.
const MAX_SENTENCE: usize = 500;

/// The sentences of a text. Headings, list items and lines of their own are sentences; tables and code are left out.
pub fn split(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut paragraph = String::new();
    let mut code = false;
    for line in bounded(text).lines() {
        let line = line.trim();
        if line.starts_with("```") {
            code = !code;
            continue;
        }
        let plain = plain(line);
        if code || line.starts_with('|') || plain.is_empty() {
            split_paragraph(&std::mem::take(&mut paragraph), &mut sentences);
            continue;
        }
        let own = line.starts_with('#') || line.starts_with("- ") || line.starts_with("* ") || starts_numbered(line);
        if own {
            split_paragraph(&std::mem::take(&mut paragraph), &mut sentences);
        }
        if !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.push_str(&plain);
        if line.starts_with('#') {
            // A heading is no sentence; it only ends one.
            paragraph.clear();
        }
        if sentences.len() >= MAX_SENTENCES {
            break;
        }
    }
    split_paragraph(&paragraph, &mut sentences);
    sentences.truncate(MAX_SENTENCES);
    sentences
}

/// A line of Markdown without its markup.
pub fn plain(line: &str) -> String {
    let line = line.trim().trim_start_matches(['#', '>', ' ']);
    let line = line
        .strip_prefix("- ")
        .or_else(|| line.strip_prefix("* "))
        .unwrap_or(line);
    let line = ["[ ] ", "[x] ", "[X] "]
        .iter()
        .find_map(|mark| line.strip_prefix(mark))
        .unwrap_or(line);
    let plain: String = line.chars().filter(|c| !matches!(c, '*' | '`')).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn starts_numbered(line: &str) -> bool {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    digits > 0
        && digits < 4
        && line
            .get(digits..)
            .is_some_and(|rest| rest.starts_with(". ") || rest.starts_with(") "))
}

/// Abbreviations whose full stop ends no sentence.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "no", "nr", "vs", "e.g", "i.e", "etc", "inc", "ltd", "co", "fig", "approx",
    "dept", "z.b", "bzw", "ca", "u.a", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov",
    "dec",
];

fn split_paragraph(text: &str, out: &mut Vec<String>) {
    let mut sentence = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        sentence.push(character);
        let ends =
            matches!(character, '.' | '!' | '?' | '…' | '。') && characters.peek().is_none_or(|c| c.is_whitespace());
        if ends && !(character == '.' && is_abbreviated(&sentence)) {
            push(&std::mem::take(&mut sentence), out);
        }
    }
    push(&sentence, out);
}

/// Whether the full stop at the end belongs to the last word and not to the sentence.
fn is_abbreviated(sentence: &str) -> bool {
    let word = sentence
        .trim_end_matches('.')
        .rsplit(' ')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let day = word.len() <= 2 && !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    day || word.chars().count() == 1 || ABBREVIATIONS.contains(&word.as_str())
}

fn push(sentence: &str, out: &mut Vec<String>) {
    let sentence = super::cut(sentence.trim(), MAX_SENTENCE);
    if sentence.chars().filter(|c| c.is_alphanumeric()).count() >= 2 {
        out.push(sentence);
    }
}

/// Words that carry meaning, folded.
pub fn content_words(text: &str) -> Vec<String> {
    words(text)
        .into_iter()
        .filter(|word| word.chars().count() > 2 && !is_filler(word) && !word.chars().all(|c| c.is_ascii_digit()))
        .collect()
}

fn frequencies(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in content_words(bounded(text)) {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts
}

/// The most frequent words that carry meaning, as first written, most frequent first.
pub fn keywords(text: &str, most: usize) -> Vec<String> {
    let counts = frequencies(text);
    let mut written: HashMap<String, (usize, String)> = HashMap::new();
    for (at, word) in bounded(text)
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .enumerate()
    {
        written.entry(fold(word)).or_insert_with(|| (at, word.to_owned()));
    }
    let mut ranked: Vec<(usize, usize, String)> = counts
        .into_iter()
        .filter(|(_, count)| *count > 1)
        .filter_map(|(word, count)| written.get(&word).map(|(at, text)| (count, *at, text.clone())))
        .collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().take(most).map(|(_, _, text)| text).collect()
}

/// The sentences that say most, in their order: by how frequent their words are, the first ones ahead, figures a plus.
pub fn summary(text: &str, most: usize) -> Vec<String> {
    let sentences = split(text);
    let counts = frequencies(text);
    let mut scored: Vec<(f64, usize)> = sentences
        .iter()
        .enumerate()
        .filter(|(_, sentence)| (20..=400).contains(&sentence.chars().count()))
        .map(|(index, sentence)| {
            let words = content_words(sentence);
            let weight: f64 = words
                .iter()
                .filter_map(|word| counts.get(word))
                .map(|count| (*count as f64).ln_1p())
                .sum();
            // The square root keeps long sentences from winning by length alone.
            let mut score = weight / (words.len() as f64).max(4.0).sqrt();
            if index < 3 {
                score *= 1.6 - 0.2 * index as f64;
            }
            if sentence.contains(|c: char| c.is_ascii_digit()) {
                score *= 1.15;
            }
            (score, index)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut chosen: Vec<usize> = scored.into_iter().take(most).map(|(_, index)| index).collect();
    chosen.sort_unstable();
    chosen
        .into_iter()
        .filter_map(|index| sentences.get(index).cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_people_end_them() {
        let text = "# Title\n\nDr. Smith paid 3.50 on 5. May. She left! Did he?\nYes\n\n- a list item\n| a | b |\n```\ncode. here.\n```\nEnd";
        let expected = [
            "Dr. Smith paid 3.50 on 5. May.",
            "She left!",
            "Did he?",
            "Yes",
            "a list item",
            "End",
        ];
        assert_eq!(split(text), expected);
    }

    #[test]
    fn a_summary_takes_what_is_said_most() {
        let text = "The budget for the new warehouse was approved by the board on Monday. The weather was fine that day. \
            The warehouse budget covers building and machines for the warehouse until 2027. Somebody brought cake along. \
            Lunch was late.";
        assert_eq!(
            summary(text, 2),
            [
                "The budget for the new warehouse was approved by the board on Monday.",
                "The warehouse budget covers building and machines for the warehouse until 2027.",
            ]
        );
        assert_eq!(keywords(text, 2), ["warehouse", "budget"]);
        assert_eq!(summary("", 3), Vec::<String>::new());
    }
}
