//! Matchers: everything, exact names, or a regular expression as JavaScript writes them.
//!
//! Absent, empty or `*`: everything. Only letters, digits, `_`, space, `,`, `|`, `-`: exact names, split at `|` or `,`.
//! (`FileChanged` and `StopFailure`: only letters, digits, `_`, `|`.) Anything else: an expression that may match anywhere.
//! `mcp__memory` is therefore a name that no tool has, and `mcp__memory__.*` matches its tools.

use fancy_regex::{Regex, RegexBuilder};
use serde::{Serialize, Serializer};

use super::event::Event;

/// Steps back an expression may take before it counts as no match: the patterns are foreign.
const STEPS: usize = 100_000;
/// An expression longer than this is refused.
const LONGEST: usize = 4096;

/// What a group of hooks is for.
#[derive(Clone, Debug, Default)]
pub enum Matcher {
    /// Everything.
    #[default]
    All,
    /// One of these names.
    Names(Vec<String>),
    /// What the expression matches.
    Expression(Box<Regex>, String),
}

impl Matcher {
    /// Reads the matcher of a group for `event`.
    pub fn parse(text: &str, event: Event) -> Result<Self, String> {
        if text.is_empty() || text == "*" {
            return Ok(Self::All);
        }
        let narrow = event.matches_narrowly();
        let is_name = |letter: char| {
            letter.is_ascii_alphanumeric()
                || matches!(letter, '_' | '|')
                || (!narrow && matches!(letter, ' ' | ',' | '-'))
        };
        if text.chars().all(is_name) {
            let names = text.split(['|', ',']).map(str::trim).filter(|name| !name.is_empty());
            return Ok(Self::Names(names.map(str::to_owned).collect()));
        }
        if text.len() > LONGEST {
            return Err(format!("the matcher is longer than {LONGEST} bytes"));
        }
        let compiled = RegexBuilder::new(&from_javascript(text))
            .backtrack_limit(STEPS)
            .delegate_size_limit(1 << 20)
            .delegate_dfa_size_limit(1 << 20)
            .build()
            .map_err(|why| format!("`{text}` is not a regular expression: {why}"))?;
        Ok(Self::Expression(Box::new(compiled), text.to_owned()))
    }

    /// Whether it means one of `names` (a thing's own name and its old ones). An expression that takes too many steps
    /// does not match.
    pub fn matches<'a>(&self, mut names: impl Iterator<Item = &'a str>) -> bool {
        match self {
            Self::All => true,
            Self::Names(wanted) => names.any(|name| wanted.iter().any(|one| one == name)),
            Self::Expression(expression, _) => names.any(|name| expression.is_match(name).unwrap_or(false)),
        }
    }

    /// As in the file.
    pub fn source(&self) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::Names(names) => names.join("|"),
            Self::Expression(_, source) => source.clone(),
        }
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

impl Serialize for Matcher {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source())
    }
}

/// Where JavaScript's syntax differs from ours: no operators inside classes (`[`, `&&`, `--`, `~~` are letters there), `{` without a number
/// is a letter, `\d` and `\w` know ASCII alone, `[^]` is anything and `[]` nothing.
fn from_javascript(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 16);
    let mut in_class = false;
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let rest = letters.get(at + 1..).unwrap_or_default();
        at += 1;
        match letter {
            '\\' => {
                let Some(&next) = rest.first() else {
                    out.push('\\');
                    continue;
                };
                at += 1;
                match (next, in_class) {
                    ('d', true) => out.push_str("0-9"),
                    ('d', false) => out.push_str("[0-9]"),
                    ('w', true) => out.push_str("0-9A-Za-z_"),
                    ('w', false) => out.push_str("[0-9A-Za-z_]"),
                    ('D', false) => out.push_str("[^0-9]"),
                    ('W', false) => out.push_str("[^0-9A-Za-z_]"),
                    _ => {
                        out.push('\\');
                        out.push(next);
                    }
                }
            }
            '[' if !in_class => match rest {
                ['^', ']', ..] => {
                    out.push_str("(?s:.)");
                    at += 2;
                }
                [']', ..] => {
                    out.push_str("(?!)");
                    at += 1;
                }
                _ => {
                    in_class = true;
                    out.push('[');
                    if rest.first() == Some(&'^') {
                        out.push('^');
                        at += 1;
                    }
                }
            },
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '[' | '&' | '~' if in_class => {
                out.push('\\');
                out.push(letter);
            }
            '-' if in_class && rest.first() == Some(&'-') => out.push_str("\\-"),
            '{' if !in_class && !is_repetition(rest) => out.push_str("\\{"),
            '}' if !in_class && !out_has_open_repetition(&out) => out.push_str("\\}"),
            _ => out.push(letter),
        }
    }
    out
}

/// `3}`, `3,}`, `3,5}` after a `{`.
fn is_repetition(rest: &[char]) -> bool {
    let Some(end) = rest.iter().position(|letter| *letter == '}') else {
        return false;
    };
    let inner = rest.get(..end).unwrap_or_default();
    inner.first().is_some_and(char::is_ascii_digit)
        && inner.iter().all(|letter| letter.is_ascii_digit() || *letter == ',')
        && inner.iter().filter(|letter| **letter == ',').count() < 2
}

/// Whether the last `{` written is a repetition's and still open.
fn out_has_open_repetition(out: &str) -> bool {
    match (out.rfind('{'), out.rfind('}')) {
        (Some(open), close) => {
            let literal = out.get(..open).is_some_and(|before| before.ends_with('\\'));
            close.is_none_or(|close| close < open) && !literal
        }
        _ => false,
    }
}
