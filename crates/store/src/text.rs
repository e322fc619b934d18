//! The words of an event that a person may search for, and the excerpt around a match.

use deskhand_types::{Block, EventBody, FileState, Held, MemoryChange};

/// Longest text of one event that goes into the index, in bytes; results are cut long before that.
const MAX_TEXT: usize = 1 << 20;
/// Characters of an excerpt before and after the match.
const BEFORE: usize = 40;
const AFTER: usize = 100;

/// What is searchable in an event: what the person, the model and the tools said, and paths. Not the model's thinking.
pub(crate) fn searchable(body: &EventBody) -> String {
    let mut out = String::new();
    match body {
        EventBody::TaskStarted(start) => push(&mut out, &start.prompt),
        EventBody::PersonSaid { text, .. }
        | EventBody::FollowUpQueued { text, .. }
        | EventBody::MemoryProposed { text }
        | EventBody::InstructionsSet { text } => {
            push(&mut out, text);
        }
        EventBody::MemoryChanged(MemoryChange::Kept { note }) => push(&mut out, &note.text),
        EventBody::MemoryRecalled(notes) => notes.iter().for_each(|note| push(&mut out, &note.text)),
        EventBody::ModelAnswered { content, .. } => push_blocks(&mut out, content),
        EventBody::ModelFailed { message, .. } | EventBody::ChangeFailed { message, .. } => push(&mut out, message),
        EventBody::ToolStarted { action, .. } => {
            push(&mut out, &action.summary);
            action.paths.iter().for_each(|path| push(&mut out, path.as_str()));
        }
        EventBody::ToolFinished { outcome, .. } => {
            push(&mut out, &outcome.summary);
            push_blocks(&mut out, &outcome.content);
        }
        EventBody::ChangeIntended { set } => {
            for change in &set.changes {
                push(&mut out, change.path.as_str());
                if let Some(from) = &change.from {
                    push(&mut out, from.as_str());
                }
                if let FileState::Link { target } = &change.after {
                    push(&mut out, target);
                }
            }
        }
        EventBody::PlanUpdated { todos } => todos.iter().for_each(|todo| push(&mut out, &todo.content)),
        EventBody::OutputPresented { paths } => paths.iter().for_each(|path| push(&mut out, path.as_str())),
        EventBody::TaskFinished { summary, .. } => push(&mut out, summary),
        EventBody::FileAttached { path, content, .. } => {
            push(&mut out, path.as_str());
            push_blocks(&mut out, content);
        }
        EventBody::ConnectorAttached(attached) => {
            push(&mut out, &attached.to_string());
            push_blocks(&mut out, &attached.content);
        }
        EventBody::SkillUsed(used) => {
            push(&mut out, &used.skill);
            push(&mut out, &used.args);
            push(&mut out, &used.text);
        }
        EventBody::AgentStarted(start) => {
            push(&mut out, &start.description);
            push(&mut out, &start.prompt);
        }
        // What it holds is a blob: see `held`.
        EventBody::VariableKept(variable) => {
            push(&mut out, &variable.name());
            push(&mut out, &variable.from);
        }
        EventBody::VariableRead(read) => {
            if let Some(answer) = &read.answer {
                push_strings(&mut out, answer);
            }
        }
        _ => {}
    }
    out
}

/// What is searchable in a value that was kept apart, from the blob it is in.
pub(crate) fn held(blob: &[u8]) -> String {
    let mut out = String::new();
    if let Ok(held) = serde_json::from_slice::<Held>(blob) {
        push_blocks(&mut out, &held.content);
    }
    out
}

fn push(out: &mut String, text: &str) {
    let room = MAX_TEXT.saturating_sub(out.len());
    let end = text.floor_char_boundary(room);
    if let Some(part) = text.get(..end).filter(|part| !part.is_empty()) {
        out.push_str(part);
        out.push('\n');
    }
}

fn push_blocks(out: &mut String, blocks: &[Block]) {
    for block in blocks {
        match block {
            Block::Text { text } => push(out, text),
            Block::ToolUse { name, input, .. } => {
                push(out, name);
                push_strings(out, input);
            }
            Block::ToolResult { content, .. } => push_blocks(out, content),
            Block::Thinking { .. } | Block::RedactedThinking { .. } | Block::Image { .. } => {}
        }
    }
}

fn push_strings(out: &mut String, value: &serde_json::Value) {
    match value {
        serde_json::Value::String(text) => push(out, text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| push_strings(out, item)),
        serde_json::Value::Object(map) => map.values().for_each(|item| push_strings(out, item)),
        _ => {}
    }
}

/// What a person typed into a search box: words and `"phrases"`.
pub(crate) struct Query {
    phrases: Vec<Vec<String>>,
}

impl Query {
    pub fn parse(text: &str) -> Self {
        let mut phrases = Vec::new();
        for (index, part) in text.split('"').enumerate() {
            let words = |part: &str| {
                part.split(|c: char| !c.is_alphanumeric())
                    .filter(|word| !word.is_empty())
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            if index % 2 == 1 {
                phrases.push(words(part));
            } else {
                // `plan-2.md` is one thing to the person and three words to the index: a phrase, too.
                phrases.extend(part.split_whitespace().map(words));
            }
        }
        phrases.retain(|phrase| !phrase.is_empty());
        Self { phrases }
    }

    /// The query in the language of FTS5: every phrase must be there, its last word may go on.
    pub fn fts(&self) -> Option<String> {
        let terms: Vec<_> = self
            .phrases
            .iter()
            .map(|phrase| format!("\"{}\" *", phrase.join(" ")))
            .collect();
        (!terms.is_empty()).then(|| terms.join(" AND "))
    }

    /// The words around the first match of the first phrase that is found, on one line.
    pub fn excerpt(&self, text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        // One folded character per character, so that positions agree.
        let folded: Vec<char> = chars.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
        let at = self
            .phrases
            .iter()
            .filter_map(|phrase| phrase.first())
            .find_map(|word| find_word(&folded, word))
            .unwrap_or(0);
        let start = at.saturating_sub(BEFORE);
        let end = chars.len().min(at + AFTER);
        let middle: String = chars.get(start..end).unwrap_or_default().iter().collect();
        let middle = middle.split_whitespace().collect::<Vec<_>>().join(" ");
        let left = if start > 0 { "…" } else { "" };
        let right = if end < chars.len() { "…" } else { "" };
        format!("{left}{middle}{right}")
    }
}

/// Where a word begins with `word`.
fn find_word(folded: &[char], word: &str) -> Option<usize> {
    let word: Vec<char> = word.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect();
    let begins = |at: usize| at == 0 || folded.get(at - 1).is_none_or(|c| !c.is_alphanumeric());
    folded
        .windows(word.len().max(1))
        .enumerate()
        .find_map(|(at, window)| (window == word && begins(at)).then_some(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_words_and_phrases_and_never_syntax() {
        let fts = |text: &str| Query::parse(text).fts();
        assert_eq!(fts("Lisbon trip"), Some("\"Lisbon\" * AND \"trip\" *".to_owned()));
        assert_eq!(
            fts("\"Lisbon trip\" cost"),
            Some("\"Lisbon trip\" * AND \"cost\" *".to_owned())
        );
        assert_eq!(fts("plan-2.md"), Some("\"plan 2 md\" *".to_owned()));
        assert_eq!(fts("NEAR(a) OR *^:{"), Some("\"NEAR a\" * AND \"OR\" *".to_owned()));
        assert_eq!(fts(" \"\" -- "), None);
    }

    #[test]
    fn an_excerpt_shows_the_match() {
        let text = format!(
            "{} the Lisbon\ntrip is on 14 March {}",
            "x ".repeat(60),
            "y ".repeat(120)
        );
        let excerpt = Query::parse("LISB").excerpt(&text);
        assert!(excerpt.starts_with('…') && excerpt.ends_with('…'), "{excerpt}");
        assert!(excerpt.contains("the Lisbon trip is on 14 March"), "{excerpt}");
    }

    #[test]
    fn an_excerpt_prefers_the_beginning_of_a_word() {
        assert_eq!(Query::parse("art").excerpt("party art"), "party art");
        assert_eq!(find_word(&"party art".chars().collect::<Vec<_>>(), "art"), Some(6));
    }
}
