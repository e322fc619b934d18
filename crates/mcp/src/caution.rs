//! Descriptions that speak of what is none of their tool's business (`injection.md` 4.5 number 4): another server's tools,
//! keys and private places, or what is to be done before and instead of other things. What a model reads of one server can
//! steer what it does with another's tools. It decides nothing: whoever approves the tool is told.

use std::fmt;

use serde_json::Value;

use crate::tool::Tool;

/// What a person should know before approving a tool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Caution {
    /// It names another server.
    OtherServer(String),
    /// It names keys, passwords or places where they are kept.
    Secrets,
    /// It says what to do before, instead of, or besides calling it, or to keep something from the person.
    Steers,
}

impl fmt::Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherServer(name) => write!(f, "its description speaks of another server, {name}"),
            Self::Secrets => f.write_str("its description speaks of keys, passwords or where they are kept"),
            Self::Steers => f.write_str("its description says what to do besides calling it"),
        }
    }
}

const SECRETS: [&str; 17] = [
    ".ssh",
    "id_rsa",
    "id_ed25519",
    "private key",
    "api key",
    "api_key",
    "access token",
    "password",
    "passphrase",
    "credentials",
    ".env",
    ".aws",
    ".netrc",
    "keychain",
    "/etc/passwd",
    "mcp.json",
    "settings.json",
];

const STEERS: [&str; 18] = [
    "before using",
    "before calling",
    "before you use",
    "before you call",
    "before any other",
    "before all other",
    "after using",
    "after calling",
    "instead of the",
    "instead of using",
    "must first",
    "ignore previous",
    "ignore all",
    "do not tell",
    "don't tell",
    "do not mention",
    "without telling",
    "<important>",
];

/// What in the texts of a tool is no business of its own. `others` are the names of the other servers there are.
pub fn cautions<'n>(tool: &Tool, others: impl IntoIterator<Item = &'n str>) -> Vec<Caution> {
    let mut text = String::new();
    for own in [&tool.title, &tool.description].into_iter().flatten() {
        text.push_str(own);
        text.push('\n');
    }
    for schema in std::iter::once(&tool.input_schema).chain(&tool.output_schema) {
        schema.values().for_each(|value| strings(value, &mut text));
    }
    let text: String = text.chars().flat_map(char::to_lowercase).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found: Vec<Caution> = others
        .into_iter()
        .filter(|other| other.len() >= SHORTEST && is_named(&other.to_lowercase(), &text))
        .map(|other| Caution::OtherServer(other.to_owned()))
        .collect();
    if SECRETS.iter().any(|word| text.contains(word)) {
        found.push(Caution::Secrets);
    }
    if STEERS.iter().any(|words| text.contains(words)) {
        found.push(Caution::Steers);
    }
    found.sort();
    found.dedup();
    found
}

/// Shorter names of servers are words of every text.
const SHORTEST: usize = 3;

/// How deep a schema is looked through.
const DEPTH: usize = 64;

fn strings(value: &Value, text: &mut String) {
    let mut left = vec![(value, 0)];
    while let Some((value, depth)) = left.pop() {
        match value {
            Value::String(own) => {
                text.push_str(own);
                text.push('\n');
            }
            Value::Array(values) if depth < DEPTH => left.extend(values.iter().map(|value| (value, depth + 1))),
            Value::Object(values) if depth < DEPTH => left.extend(values.values().map(|value| (value, depth + 1))),
            _ => {}
        }
    }
}

/// Whether a name stands in a text as a word.
fn is_named(name: &str, text: &str) -> bool {
    text.match_indices(name).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}
