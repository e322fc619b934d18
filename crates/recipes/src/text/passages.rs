//! Passages that answer a question, by the words they share with it.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::sentences;
use crate::words::words;

/// The most passages of one document.
const PER_DOCUMENT: usize = 3;

/// The passages of `documents` (`[{path, text}]`) nearest to the question, best first:
/// `[{path, text, score}]`. Rare words weigh more than common ones; words close together more than scattered ones.
pub fn find(documents: &[Value], question: &str, most: usize) -> Vec<Value> {
    let asked: HashSet<String> = sentences::content_words(question).into_iter().collect();
    if asked.is_empty() {
        return Vec::new();
    }
    let wants_number = starts(
        question,
        &[
            "how many",
            "how much",
            "what number",
            "price",
            "cost",
            "amount",
            "total",
        ],
    );
    let wants_date = starts(
        question,
        &["when", "what date", "which date", "what day", "deadline", "due"],
    );
    let texts: Vec<(&str, Vec<String>)> = documents
        .iter()
        .filter_map(|document| {
            let path = document.get("path")?.as_str()?;
            Some((path, windows(document.get("text")?.as_str()?)))
        })
        .collect();
    let mut frequency: HashMap<&str, usize> = HashMap::new();
    let mut total = 0usize;
    let folded: Vec<Vec<HashSet<String>>> = texts
        .iter()
        .map(|(_, windows)| {
            windows
                .iter()
                .map(|window| words(window).into_iter().collect())
                .collect()
        })
        .collect();
    for set in folded.iter().flatten() {
        total += 1;
        for word in &asked {
            if set.contains(word) {
                *frequency.entry(word).or_insert(0) += 1;
            }
        }
    }
    let weight = |word: &String| {
        let seen = *frequency.get(word.as_str()).unwrap_or(&0) as f64;
        ((total as f64 + 1.0) / (seen + 0.5)).ln().max(0.2)
    };
    let best_possible: f64 = asked.iter().map(weight).sum();
    let mut found: Vec<(f64, usize, usize)> = Vec::new();
    for (document, sets) in folded.iter().enumerate() {
        let mut local: Vec<(f64, usize, usize)> = Vec::new();
        let name = texts
            .get(document)
            .map(|(path, _)| words(super::names::stem(path)))
            .unwrap_or_default();
        for (window, set) in sets.iter().enumerate() {
            let hits: Vec<&String> = asked.iter().filter(|word| set.contains(*word)).collect();
            if hits.is_empty() {
                continue;
            }
            let by_name = asked
                .iter()
                .filter(|word| !set.contains(*word) && name.contains(word))
                .map(weight)
                .sum::<f64>();
            let mut score = hits.into_iter().map(weight).sum::<f64>() + by_name * 0.5;
            let text = texts
                .get(document)
                .and_then(|(_, w)| w.get(window))
                .map(String::as_str)
                .unwrap_or_default();
            let has_date = !super::dates::find(text).is_empty();
            if (wants_number && text.contains(|c: char| c.is_ascii_digit())) || (wants_date && has_date) {
                score *= 1.3;
            }
            local.push((score / best_possible.max(0.1), document, window));
        }
        local.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
        found.extend(local.into_iter().take(PER_DOCUMENT));
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    // Passages far below the best are noise.
    let least = found.first().map_or(0.0, |(score, ..)| (score * 0.5).max(0.2));
    found
        .into_iter()
        .filter(|(score, ..)| *score >= least)
        .take(most)
        .filter_map(|(score, document, window)| {
            let (path, windows) = texts.get(document)?;
            Some(json!({"path": path, "text": windows.get(window)?, "score": (score * 100.0).round() / 100.0}))
        })
        .collect()
}

fn starts(question: &str, phrases: &[&str]) -> bool {
    let lower = question.to_lowercase();
    phrases.iter().any(|phrase| lower.contains(phrase))
}

/// Sentences, rows of tables and `label: value` lines; short ones together with their neighbour.
fn windows(text: &str) -> Vec<String> {
    let mut units = sentences::split(text);
    let mut header = String::new();
    for line in super::bounded(text).lines().map(str::trim) {
        if !line.starts_with('|') {
            header.clear();
            continue;
        }
        if line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ')) {
            continue;
        }
        let cells = line
            .trim_matches('|')
            .split('|')
            .map(str::trim)
            .filter(|c| !c.is_empty())
            .collect::<Vec<_>>()
            .join(" · ");
        if header.is_empty() {
            header = cells;
        } else if !cells.is_empty() && units.len() < 20_000 {
            units.push(super::cut(&cells, 500));
        }
    }
    let mut windows = Vec::new();
    let mut short = String::new();
    for unit in units {
        if unit.chars().count() < 40 {
            if !short.is_empty() {
                short.push(' ');
            }
            short.push_str(&unit);
            if short.chars().count() < 120 {
                continue;
            }
            windows.push(std::mem::take(&mut short));
        } else {
            if !short.is_empty() {
                windows.push(std::mem::take(&mut short));
            }
            windows.push(unit);
        }
    }
    if !short.is_empty() {
        windows.push(short);
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_with_the_rare_words_comes_first() {
        let documents = [
            json!({"path": "/mnt/w/notes.txt", "text": "We met on Monday and talked for long about everything. The Lisbon trip is on 14 March 2026, four people are going."}),
            json!({"path": "/mnt/w/other.txt", "text": "A trip to the dentist is never fun for anybody at all."}),
            json!({"path": 3}),
        ];
        let found = find(&documents, "When is the trip to Lisbon?", 5);
        assert_eq!(
            found.first().and_then(|p| p.get("text")),
            Some(&json!("The Lisbon trip is on 14 March 2026, four people are going."))
        );
        assert_eq!(find(&documents, "is it?", 5), Vec::<Value>::new());
        assert_eq!(find(&documents, "quantum chromodynamics", 5), Vec::<Value>::new());
    }

    #[test]
    fn rows_of_tables_are_passages() {
        let documents = [
            json!({"path": "/mnt/w/a.xlsx", "text": "| Item | Price |\n|---|---|\n| Blue lamp | 12.50 |\n| Red chair | 80 |"}),
        ];
        let found = find(&documents, "How much is the blue lamp?", 1);
        assert_eq!(
            found.first().and_then(|p| p.get("text")),
            Some(&json!("Blue lamp · 12.50 Red chair · 80"))
        );
    }
}
