//! Intent: the prompt must have a verb of the effect (`injection.md` 2.2, "the prompt must contain a verb of that effect,
//! else ask"; the rule that buys most safety per question, section 3).

use regex::Regex;

use super::words::Words;

/// Which verbs of the person ask for a tool's effect.
#[derive(Clone, Debug)]
pub enum Intent {
    /// One of these intents of the lexicons. With none, no words ask for it.
    Lexicon(Vec<String>),
    /// A pattern that a policy file brings.
    Pattern(Pattern),
}

impl Intent {
    /// Whether the person's words ask for it.
    pub fn is_in(&self, words: &Words) -> bool {
        match self {
            Self::Lexicon(intents) => intents.iter().any(|intent| words.intends(intent)),
            Self::Pattern(pattern) => pattern.matches(words.normal()),
        }
    }
}

/// A pattern over words in normal form. It may end in one `(?!…)`, which the `regex` crate does not know and files use
/// for "email, but not email address".
#[derive(Clone, Debug)]
pub struct Pattern {
    verb: Regex,
    unless_before: Option<Regex>,
}

impl Pattern {
    /// `None` when the pattern cannot be used; whoever asks then takes it that no words match.
    pub fn new(pattern: &str) -> Option<Self> {
        let (verb, unless) = match pattern.rsplit_once("(?!") {
            Some((verb, rest)) => (verb, Some(rest.strip_suffix(')')?)),
            None => (pattern, None),
        };
        let unless_before = match unless {
            Some(unless) => Some(Regex::new(&format!("^(?:{unless})")).ok()?),
            None => None,
        };
        Some(Self {
            verb: Regex::new(verb).ok()?,
            unless_before,
        })
    }

    fn matches(&self, text: &str) -> bool {
        self.verb.find_iter(text).any(|found| {
            let rest = text.get(found.end()..).unwrap_or_default();
            !self.unless_before.as_ref().is_some_and(|unless| unless.is_match(rest))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_may_except_what_follows() {
        let pattern = Pattern::new(r"\b(?:e-?mail|send)\b(?!\s+address)").unwrap();
        assert!(pattern.matches("please email ana"));
        assert!(!pattern.matches("what is her email address"));
        assert!(pattern.matches("send her email address"));
        assert!(Pattern::new(r"(?<=a)b").is_none());
    }
}
