//! "Do not send": a verb with a negation beside it asks for nothing. Words as data, one table a lexicon. What is taken for
//! a negation and is none costs a question; what is missed leaves things as they would be without this.

use serde::Deserialize;

use super::literal::{is_unspaced, word_at, words_at};

/// The most words between a negation and the verb after it.
const WORDS_BETWEEN: usize = 4;

/// The same in scripts without blanks, in characters.
const CHARACTERS_BETWEEN: usize = 12;

/// How a language says that something is not to be done. All in normal form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Negation {
    /// Before the verb, in its clause and near it: `do not`, `ohne`.
    before: Vec<String>,
    /// After the verb, anywhere in its clause: `nicht`.
    after: Vec<String>,
    /// Right after the verb: `しない`, `nothing`.
    next: Vec<String>,
    /// What a negation goes on with when it is none: do not *forget* to.
    unless: Vec<String>,
    /// Words that begin a clause besides punctuation: `but`.
    turns: Vec<String>,
}

impl Negation {
    /// All words, for the check that they are in normal form.
    pub(crate) fn words(&self) -> impl Iterator<Item = &String> {
        [&self.before, &self.after, &self.next, &self.unless, &self.turns]
            .into_iter()
            .flatten()
    }

    /// Whether the verb that stands at `at..end` of `text` (in normal form) is denied.
    pub(crate) fn denies(&self, text: &str, at: usize, end: usize) -> bool {
        let (before, after) = clause(text, at, end);
        let (before, after) = (self.since_turn(before), self.to_turn(after));
        self.next.iter().any(|word| starts_with(after.trim_start(), word))
            || self.after.iter().any(|word| self.is_said(word, after, |_| true))
            || self.before.iter().any(|word| self.is_said(word, before, is_near))
    }

    /// Whether `word` stands in `part`, does not go on with what makes it no negation, and what follows it fits.
    fn is_said(&self, word: &str, part: &str, fits: impl Fn(&str) -> bool) -> bool {
        words_at(word, part).any(|at| {
            let rest = part.get(at + word.len()..).unwrap_or_default();
            let on = rest.trim_start();
            fits(rest) && !self.unless.iter().any(|unless| starts_with(on, unless))
        })
    }

    fn since_turn<'t>(&self, before: &'t str) -> &'t str {
        let ends = self
            .turns
            .iter()
            .flat_map(|turn| words_at(turn, before).map(|at| at + turn.len()));
        before.get(ends.max().unwrap_or(0)..).unwrap_or_default()
    }

    fn to_turn<'t>(&self, after: &'t str) -> &'t str {
        let starts = self.turns.iter().filter_map(|turn| word_at(turn, after));
        after.get(..starts.min().unwrap_or(after.len())).unwrap_or_default()
    }
}

/// What stands before and after `at..end` of `text` in its clause.
pub(crate) fn clause(text: &str, at: usize, end: usize) -> (&str, &str) {
    let before = text.get(..at).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let from = breaks(before, false).last().map_or(0, |(_, to)| to);
    let to = breaks(after, true).next().map_or(after.len(), |(from, _)| from);
    (
        before.get(from..).unwrap_or_default(),
        after.get(..to).unwrap_or_default(),
    )
}

/// Where punctuation ends a clause: from and to. A dot, comma or colon inside a word or a number ends none, nor does one at
/// the end of `text` unless the text ends there.
fn breaks(text: &str, ends: bool) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let (at, c) = chars.next()?;
            let free = chars.peek().map_or(ends, |(_, next)| next.is_whitespace());
            if "。，；：！？".contains(c) || ".,;:!?".contains(c) && free {
                return Some((at, at + c.len_utf8()));
            }
        }
    })
}

/// Whether so little stands between that the negation is of what follows.
fn is_near(between: &str) -> bool {
    let unspaced = between.chars().filter(|c| is_unspaced(*c)).count();
    unspaced <= CHARACTERS_BETWEEN && between.split_whitespace().count() <= WORDS_BETWEEN
}

/// Whether `text` begins with `word`, as a word.
fn starts_with(text: &str, word: &str) -> bool {
    word_at(word, text) == Some(0)
}
