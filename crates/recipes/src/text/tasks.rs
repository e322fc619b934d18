//! Things to do, found in notes, mails and minutes.

use serde_json::{Value, json};

use super::{bounded, cut, dates, sentences};
use crate::words::{contains, fold, phrase, words};

/// The most tasks of one text.
const MAX_TASKS: usize = 100;

/// Phrases by which a sentence asks for something to be done.
const SIGNS: &[&str] = &[
    "todo",
    "to do",
    "action item",
    "action",
    "follow up",
    "need to",
    "needs to",
    "must",
    "have to",
    "has to",
    "should",
    "please",
    "remember to",
    "don't forget",
    "make sure",
    "deadline",
    "due",
    "asap",
    "next step",
    "will send",
    "will prepare",
    "will call",
    "agreed to",
    "to be done",
    "responsible",
    "assign",
];

/// Verbs a line of its own may begin with when it is a task.
const VERBS: &[&str] = &[
    "add", "arrange", "ask", "book", "bring", "buy", "call", "cancel", "check", "clean", "collect", "complete",
    "confirm", "contact", "create", "decide", "deliver", "draft", "email", "finish", "fix", "get", "hire", "install",
    "invite", "invoice", "mail", "make", "move", "order", "organize", "pay", "plan", "prepare", "print", "publish",
    "reply", "renew", "repair", "review", "schedule", "send", "sign", "submit", "test", "update", "upload", "write",
    "return", "set",
];

/// Tasks of a text: `[{text, done, due}]`. Ticked and unticked boxes; lines that begin with a verb in lists; sentences
/// that say that something must be done.
pub fn find(text: &str) -> Vec<Value> {
    let signs: Vec<Vec<String>> = SIGNS.iter().map(|sign| phrase(sign)).collect();
    let verbs: Vec<String> = VERBS.iter().map(|verb| fold(verb)).collect();
    let begins_with_verb = |text: &str| words(text).first().is_some_and(|first| verbs.contains(first));
    let mut tasks: Vec<Value> = Vec::new();
    let mut add = |text: String, done: bool| {
        let due = dates::find(&text).into_iter().next();
        let text = cut(&text, 240);
        let known = tasks
            .iter()
            .any(|task: &Value| task.get("text").and_then(Value::as_str) == Some(&text));
        if !known && tasks.len() < MAX_TASKS && text.chars().filter(|c| c.is_alphabetic()).count() >= 3 {
            tasks.push(json!({"text": text, "done": done, "due": due}));
        }
    };
    let mut rest = String::new();
    for line in bounded(text).lines() {
        let trimmed = line.trim();
        let item = ["- ", "* ", "+ ", "• "]
            .iter()
            .find_map(|mark| trimmed.strip_prefix(mark));
        let body = item.unwrap_or(trimmed);
        if let Some(open) = body.strip_prefix("[ ]").or_else(|| body.strip_prefix("☐")) {
            add(sentences::plain(open), false);
        } else if let Some(done) = ["[x]", "[X]", "☑", "☒", "✓", "✔"]
            .iter()
            .find_map(|mark| body.strip_prefix(mark))
        {
            add(sentences::plain(done), true);
        } else if item.is_some() && begins_with_verb(body) {
            add(sentences::plain(body), false);
        } else {
            rest.push_str(line);
            // A short line is not wrapped text but one thought.
            rest.push_str(if trimmed.chars().count() < 60 { "\n\n" } else { "\n" });
        }
    }
    for sentence in sentences::split(&rest) {
        let said = words(&sentence);
        if is_label(&sentence) {
            continue;
        }
        let short = sentence.chars().count() <= 300 && !sentence.ends_with('?');
        if short && (signs.iter().any(|sign| contains(&said, sign)) || begins_with_verb(&sentence) && said.len() <= 12)
        {
            let text = ["todo:", "action:", "action item:", "to do:", "to-do:"]
                .iter()
                .find_map(|label| {
                    sentence
                        .get(..label.len())
                        .filter(|start| start.eq_ignore_ascii_case(label))
                        .and(sentence.get(label.len()..))
                })
                .unwrap_or(&sentence);
            add(text.trim().to_owned(), false);
        }
    }
    tasks
}

/// Whether it is a field of a form ("Due date: 2026-04-02") rather than a sentence.
fn is_label(sentence: &str) -> bool {
    let Some((label, _)) = sentence.split_once(": ") else {
        return false;
    };
    let label = words(label);
    let asks = ["todo", "action", "task", "step", "follow", "up", "do"].map(fold);
    label.len() <= 3 && !label.iter().any(|word| asks.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_told_from_talk() {
        let text = "# Meeting\n\nThe weather was nice. Ana must send the contract by 2026-03-05. We liked the cake.\n\n- [ ] book the room\n- [x] Call Bob\n\
            - Prepare the slides\n- blue\n\nTODO: renew insurance\nShould we move?\nDue date: 2026-04-02\nInvoice No: 7\n";
        let expected = [
            json!({"text": "book the room", "done": false, "due": null}),
            json!({"text": "Call Bob", "done": true, "due": null}),
            json!({"text": "Prepare the slides", "done": false, "due": null}),
            json!({"text": "Ana must send the contract by 2026-03-05.", "done": false, "due": "2026-03-05"}),
            json!({"text": "renew insurance", "done": false, "due": null}),
        ];
        assert_eq!(find(text), expected);
    }
}
