//! Prompts of servers, as a person calls them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Most arguments of one prompt that are read.
const ARGUMENTS: usize = 50;

/// A prompt as its server describes it. Every text is untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Its name.
    pub name: String,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is said to do.
    #[serde(default)]
    pub description: String,
    /// What it takes, in order.
    #[serde(default)]
    pub arguments: Vec<Argument>,
}

/// What a prompt takes: always text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// What it is said to be.
    #[serde(default)]
    pub description: String,
    /// Whether the prompt cannot be filled in without.
    #[serde(default)]
    pub required: bool,
}

impl Prompt {
    /// Reads one entry of a list; `None` for one without a name.
    pub fn decode(value: &Value) -> Option<Self> {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let name = text(value, "name").filter(|name| !name.is_empty())?;
        let arguments = value.get("arguments").and_then(Value::as_array);
        let arguments = arguments.into_iter().flatten().filter_map(|argument| {
            Some(Argument {
                name: text(argument, "name").filter(|name| !name.is_empty())?,
                description: text(argument, "description").unwrap_or_default(),
                required: argument.get("required").and_then(Value::as_bool).unwrap_or(false),
            })
        });
        Some(Self {
            name,
            title: text(value, "title"),
            description: text(value, "description").unwrap_or_default(),
            arguments: arguments.take(ARGUMENTS).collect(),
        })
    }

    /// What to type behind its name: `<needed> [free]`; `None` when it takes nothing.
    pub fn hint(&self) -> Option<String> {
        let words: Vec<String> = self
            .arguments
            .iter()
            .map(|argument| {
                if argument.required {
                    format!("<{}>", argument.name)
                } else {
                    format!("[{}]", argument.name)
                }
            })
            .collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// The arguments that a typed text gives, in order: words, or quoted texts; the last argument takes all the rest.
    ///
    /// # Errors
    /// The names of those that are needed and not given.
    pub fn given(&self, typed: &str) -> Result<Map<String, Value>, Vec<String>> {
        let words = words(typed, self.arguments.len());
        let mut given = Map::new();
        let mut missing = Vec::new();
        for (place, argument) in self.arguments.iter().enumerate() {
            match words.get(place).filter(|word| !word.is_empty()) {
                Some(word) => drop(given.insert(argument.name.clone(), Value::from(word.clone()))),
                None if argument.required => missing.push(argument.name.clone()),
                None => {}
            }
        }
        if missing.is_empty() { Ok(given) } else { Err(missing) }
    }

    /// Which argument is being typed at the end of `typed`: it, what of it is written, and those before it.
    pub fn typing(&self, typed: &str) -> Option<(&Argument, String, Map<String, Value>)> {
        let mut words = words(typed, self.arguments.len());
        let ended = typed.is_empty() || typed.ends_with(char::is_whitespace);
        let begun = if ended && words.len() < self.arguments.len() {
            String::new()
        } else {
            words.pop().unwrap_or_default()
        };
        let argument = self.arguments.get(words.len())?;
        let before = self.arguments.iter().zip(words);
        let before = before.map(|(argument, word)| (argument.name.clone(), Value::from(word)));
        Some((argument, begun, before.collect()))
    }
}

/// At most `count` words of a text, the last of which is all the rest. Quotes hold a word with blanks together.
fn words(text: &str, count: usize) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && words.len() < count {
        if words.len() + 1 == count {
            words.push(bare(rest).to_owned());
            break;
        }
        let quoted = rest.strip_prefix('"').and_then(|after| after.split_once('"'));
        let (word, after) = match quoted {
            Some((word, after)) => (word, after),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// Without the quotes around it, if they are around all of it.
fn bare(text: &str) -> &str {
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('"')).unwrap_or(text)
}
