//! The one pass over a skill's text.

use std::path::Path;

use super::arguments::{first, is_word, number, tokens};
use super::{COMMANDS_OFF, Call, Part};
use crate::format::variables::{Place, Refused};

/// What is put in, and whether an argument was.
pub struct Filling<'a> {
    call: &'a Call<'a>,
    words: Vec<String>,
    names: &'a [String],
    folder: &'a Path,
    first: usize,
    quirk: Option<usize>,
    /// Whether a placeholder of arguments was replaced.
    pub used: bool,
}

/// Something that stands for something else.
struct Hit {
    value: String,
    /// How many bytes of the text it takes.
    length: usize,
    /// Whether a backslash in front keeps it (placeholders of arguments; not variables).
    is_argument: bool,
}

impl<'a> Filling<'a> {
    /// For one text and one call.
    pub fn new(text: &str, names: &'a [String], folder: &'a Path, call: &'a Call<'a>, quirk: Option<usize>) -> Self {
        let words = tokens(call.arguments);
        Self {
            call,
            words,
            names,
            folder,
            first: first(text, quirk),
            quirk,
            used: false,
        }
    }

    /// The parts of `text`.
    pub fn parts(&mut self, text: &str) -> Result<Vec<Part>, Refused> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        // What was last of the file's own text, not of what was put in.
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let before = text.get(..at).and_then(|head| head.chars().next_back());
            if before.is_none_or(char::is_whitespace)
                && let Some((part, length)) = self.effect(before, rest)?
            {
                match part {
                    Part::Shell(_) if !self.call.commands => plain.push_str(COMMANDS_OFF),
                    part => {
                        if !plain.is_empty() {
                            parts.push(Part::Text(std::mem::take(&mut plain)));
                        }
                        parts.push(part);
                    }
                }
                at += length;
                continue;
            }
            at += self.step(text, at, Place::Text, &mut plain)?;
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(parts)
    }

    /// `text` with everything put in, where nothing but text can come of it.
    fn inline(&mut self, text: &str, place: Place) -> Result<String, Refused> {
        let mut out = String::new();
        let mut at = 0;
        while at < text.len() {
            at += self.step(text, at, place, &mut out)?;
        }
        Ok(out)
    }

    /// Writes what stands at `at` to `out`; the number of bytes taken, at least one.
    fn step(&mut self, text: &str, at: usize, place: Place, out: &mut String) -> Result<usize, Refused> {
        let rest = text.get(at..).unwrap_or_default();
        match rest.chars().next() {
            Some('\\') => {
                let run = rest.len() - rest.trim_start_matches('\\').len();
                let behind = rest.get(run..).unwrap_or_default();
                if run == 1 && behind.starts_with('$') && self.is_kept(text, at + 1) {
                    // One backslash keeps the placeholder, and goes.
                    let length = self.placeholder_length(text, at + 1);
                    out.push_str(behind.get(..length).unwrap_or_default());
                    return Ok(run + length);
                }
                out.push_str(rest.get(..run).unwrap_or_default());
                Ok(run)
            }
            Some('$') => {
                let Some(hit) = self.hit(text, at, place)? else {
                    out.push('$');
                    return Ok(1);
                };
                self.used |= hit.is_argument;
                out.push_str(&hit.value);
                Ok(hit.length)
            }
            Some(letter) => {
                out.push(letter);
                Ok(letter.len_utf8())
            }
            None => Ok(1),
        }
    }

    /// Whether a placeholder of arguments stands at `at`, with or without an argument for it.
    fn is_kept(&self, text: &str, at: usize) -> bool {
        self.placeholder_length(text, at) > 0
    }

    fn placeholder_length(&self, text: &str, at: usize) -> usize {
        let rest = text.get(at..).unwrap_or_default();
        if let Some(length) = arguments(rest).map(|(_, length)| length) {
            return length;
        }
        if let Some((_, length)) = number(text.get(..at).and_then(|head| head.chars().next_back()), rest) {
            return length;
        }
        self.name(rest).map_or(0, |(_, length)| length)
    }

    /// What stands for something at `at`, where the text has a `$`.
    fn hit(&self, text: &str, at: usize, place: Place) -> Result<Option<Hit>, Refused> {
        let head = text.get(..at).unwrap_or_default();
        let rest = text.get(at..).unwrap_or_default();
        let argument = |value: &str, length| {
            Some(Hit {
                value: value.to_owned(),
                length,
                is_argument: true,
            })
        };
        if let Some((index, length)) = arguments(rest) {
            return Ok(match index {
                None => argument(self.call.arguments, length),
                Some(index) => self.words.get(index).and_then(|word| argument(word, length)),
            });
        }
        if let Some((index, length)) = number(head.chars().next_back(), rest) {
            let index = index.checked_sub(self.first).filter(|_| self.quirk != Some(index));
            return Ok(index
                .and_then(|index| self.words.get(index))
                .and_then(|word| argument(word, length)));
        }
        if let Some((index, length)) = self.name(rest) {
            return Ok(argument(
                self.words.get(index).map(String::as_str).unwrap_or_default(),
                length,
            ));
        }
        let Some(end) = rest.strip_prefix("${").and_then(|inner| inner.find('}')) else {
            return Ok(None);
        };
        let name = rest.get(2..end + 2).unwrap_or_default();
        let value = match name {
            "CLAUDE_SKILL_DIR" => Some(self.folder.to_string_lossy().into_owned()),
            "CLAUDE_SESSION_ID" => Some(self.call.session_id.to_owned()),
            "CLAUDE_EFFORT" => self.call.effort.map(str::to_owned),
            _ => self.call.variables.value(name, place)?,
        };
        Ok(value.map(|value| Hit {
            value,
            length: end + 3,
            is_argument: false,
        }))
    }

    /// `$name` of a declared argument: its position, and how many bytes it takes. The longest name wins.
    fn name(&self, rest: &str) -> Option<(usize, usize)> {
        let rest = rest.strip_prefix('$')?;
        let named = self.names.iter().enumerate().filter(|(_, name)| {
            let after = rest.strip_prefix(name.as_str());
            !name.is_empty() && after.is_some_and(|after| !after.chars().next().is_some_and(is_word))
        });
        named
            .max_by_key(|(_, name)| name.len())
            .map(|(at, name)| (at, name.len() + 1))
    }

    /// A command, a file or a resource at the beginning of `rest`, which stands at a line's beginning or behind white space.
    fn effect(&mut self, before: Option<char>, rest: &str) -> Result<Option<(Part, usize)>, Refused> {
        if before.is_none_or(|letter| letter == '\n')
            && let Some((command, length)) = fence(rest)
        {
            return Ok(Some((Part::Shell(self.inline(command, Place::Shell)?), length)));
        }
        if let Some(inner) = rest.strip_prefix("!`") {
            let line = inner.lines().next().unwrap_or_default();
            return match line
                .find('`')
                .and_then(|end| line.get(..end))
                .filter(|command| !command.trim().is_empty())
            {
                Some(command) => Ok(Some((
                    Part::Shell(self.inline(command, Place::Shell)?),
                    command.len() + 3,
                ))),
                None => Ok(None),
            };
        }
        let Some(token) = rest.strip_prefix('@').map(token).filter(|token| !token.is_empty()) else {
            return Ok(None);
        };
        let used = self.used;
        let path = self.inline(token, Place::Text)?;
        if path.is_empty() || path == token && token.starts_with('$') {
            // `@$1` without an argument stays text.
            self.used = used;
            return Ok(None);
        }
        // The name of a plugin's server has colons itself: the address begins at its scheme.
        let scheme = path.find("://").and_then(|at| path.get(..at)?.rfind(':'));
        let named = scheme.and_then(|at| Some((path.get(..at)?, path.get(at + 1..)?)));
        let part = match named.filter(|(server, _)| !server.is_empty()) {
            Some((server, uri)) => Part::Resource {
                server: server.to_owned(),
                uri: uri.to_owned(),
            },
            None => Part::Attach(path),
        };
        Ok(Some((part, token.len() + 1)))
    }
}

/// `$ARGUMENTS` or `$ARGUMENTS[N]`: the index, and how many bytes it takes.
fn arguments(rest: &str) -> Option<(Option<usize>, usize)> {
    const WORD: &str = "$ARGUMENTS";
    let after = rest.strip_prefix(WORD)?;
    if let Some((digits, _)) = after.strip_prefix('[').and_then(|inner| inner.split_once(']'))
        && let Ok(index) = digits.parse()
    {
        return Some((Some(index), WORD.len() + digits.len() + 2));
    }
    (!after.chars().next().is_some_and(is_word)).then_some((None, WORD.len()))
}

/// A block opened by a line "```!": its text, and how many bytes it takes up to the end of the closing fence.
fn fence(rest: &str) -> Option<(&str, usize)> {
    let opening = rest
        .split_inclusive('\n')
        .next()
        .filter(|line| line.trim_end() == "```!" && line.ends_with('\n'))?;
    let mut at = opening.len();
    for line in rest.get(at..)?.split_inclusive('\n') {
        if line.trim_end() == "```" {
            let command = rest.get(opening.len()..at)?.trim_end();
            return Some((command, at + line.trim_end().len())).filter(|_| !command.trim().is_empty());
        }
        at += line.len();
    }
    None
}

/// The path behind an `@`: up to white space, without the punctuation of the sentence around it.
fn token(rest: &str) -> &str {
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let mut token = rest.get(..end).unwrap_or_default();
    loop {
        let shorter = token.trim_end_matches(['.', ',', ';', ':', '!', '?', '"', '\'', '`', '*', ')', ']', '>']);
        // The brackets of `$ARGUMENTS[0]` belong to it.
        if token.strip_suffix(']').is_some_and(|head| head.contains("$ARGUMENTS[")) || shorter.len() == token.len() {
            break;
        }
        token = match token.char_indices().next_back() {
            Some((at, _)) => token.get(..at).unwrap_or_default(),
            None => break,
        };
    }
    if token.starts_with('@') { "" } else { token }
}
