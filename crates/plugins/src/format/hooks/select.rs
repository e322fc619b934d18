//! Which hooks an event means, and what each of them is to do with the plugin's variables put in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Action, Event, Handler, Hooks, Input};
use crate::format::coerce;
use crate::format::tools;
use crate::format::variables::{Place, Refused, Variables};

/// Whose hooks they are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Source {
    /// A file of settings.
    Settings(String),
    /// A plugin, by its identity.
    Plugin(String),
    /// A skill in work, by its qualified name.
    Skill(String),
    /// An agent at work, by its qualified name.
    Agent(String),
}

impl Hooks {
    /// The handlers meant by `input`, in the order of the file.
    pub fn matching<'a>(&'a self, input: &'a Input) -> impl Iterator<Item = &'a Handler> {
        self.groups
            .iter()
            .filter(move |group| group.event == input.event)
            .filter(move |group| match input.subjects() {
                None => true,
                Some(names) => group.matcher.matches(names.into_iter()),
            })
            .flat_map(|group| &group.handlers)
            .filter(move |handler| handler.applies(input))
    }

    /// Adds another source's hooks behind.
    pub fn append(&mut self, mut other: Self) {
        self.groups.append(&mut other.groups);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.handlers.is_empty())
    }
}

/// The handlers of several sources meant by `input`. Identical handlers from several files of settings are taken once; a
/// plugin's copy stays its own.
pub fn select<'a>(sources: &'a [(Source, Hooks)], input: &'a Input) -> Vec<(&'a Source, &'a Handler)> {
    let mut seen = BTreeSet::new();
    let all = sources
        .iter()
        .flat_map(|(source, hooks)| hooks.matching(input).map(move |handler| (source, handler)));
    all.filter(|(source, handler)| {
        !matches!(source, Source::Settings(_)) || seen.insert(serde_json::to_string(handler).unwrap_or_default())
    })
    .collect()
}

/// A command hook with its variables put in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Prepared {
    /// A line for a shell.
    Shell {
        /// The line.
        line: String,
        /// `bash` when not said.
        shell: Option<String>,
    },
    /// A program with its arguments.
    Exec {
        /// The program.
        program: String,
        /// Its arguments.
        args: Vec<String>,
    },
}

impl Handler {
    /// Whether its `if` holds. On an event that is not about a tool an `if` never holds.
    fn applies(&self, input: &Input) -> bool {
        let Some(rule) = &self.condition else { return true };
        let Some(tool) = input.tool() else { return false };
        let subject = tools::subject(tool, input.fields.get("tool_input").unwrap_or(&Value::Null));
        rule.concerns(tool, &subject)
    }

    /// Seconds it may take. All hooks of `SessionEnd` share a second and a half unless they say otherwise.
    pub fn seconds(&self, event: Event) -> f64 {
        self.timeout.unwrap_or(match (&self.action, event) {
            (_, Event::SessionEnd) => 1.5,
            (Action::Prompt { .. }, _) | (Action::Command { .. }, Event::UserPromptSubmit) => 30.0,
            (Action::Agent { .. }, _) => 60.0,
            _ => 600.0,
        })
    }

    /// A command hook with the plugin's variables put in; `None` for other hooks. In a shell's line they are put in as
    /// text, so the plugin's folder must not hold spaces; a configured value there is refused.
    pub fn prepare(&self, variables: &Variables) -> Result<Option<Prepared>, Refused> {
        let Action::Command {
            command, args, shell, ..
        } = &self.action
        else {
            return Ok(None);
        };
        Ok(Some(match args {
            None => Prepared::Shell {
                line: variables.expand(command, Place::Shell)?,
                shell: shell.clone(),
            },
            Some(args) => Prepared::Exec {
                program: variables.expand(command, Place::Exec)?,
                args: args
                    .iter()
                    .map(|arg| variables.expand(arg, Place::Exec))
                    .collect::<Result<_, _>>()?,
            },
        }))
    }
}

/// `$VAR` and `${VAR}` in the value of a header: only what `allowed` names and `environment` knows, else nothing.
pub fn header(value: &str, allowed: &[String], environment: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + 1..).unwrap_or_default();
        let braced = rest.strip_prefix('{');
        let name_in = braced.unwrap_or(rest);
        let end = name_in
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .unwrap_or(name_in.len());
        let (name, after) = name_in.split_at(end);
        let after = if braced.is_some() {
            after.strip_prefix('}')
        } else {
            Some(after)
        };
        match after.filter(|_| !name.is_empty()) {
            Some(after) => {
                if allowed.iter().any(|one| one == name) {
                    out.push_str(&environment(name).unwrap_or_default());
                }
                rest = after;
            }
            None => out.push('$'),
        }
    }
    out.push_str(rest);
    // What could begin another header does not go into one.
    out.replace(['\r', '\n', '\0'], "")
}

/// `${json.path}` into the hook's input, in every string of a tool's arguments. A string that is one path alone becomes the
/// value itself; a path that leads nowhere becomes nothing.
pub fn fill(value: &Value, input: &Value) -> Value {
    match value {
        Value::String(text) => {
            if let Some(path) = text
                .strip_prefix("${")
                .and_then(|rest| rest.strip_suffix('}'))
                .filter(|path| !path.contains(['{', '}']))
            {
                return at(input, path).cloned().unwrap_or(Value::Null);
            }
            let mut out = String::new();
            let mut rest = text.as_str();
            while let Some(from) = rest.find("${") {
                out.push_str(rest.get(..from).unwrap_or_default());
                rest = rest.get(from..).unwrap_or_default();
                let Some(end) = rest.find('}') else { break };
                let found = at(input, rest.get(2..end).unwrap_or_default());
                out.push_str(&found.and_then(coerce::text).unwrap_or_default());
                rest = rest.get(end + 1..).unwrap_or_default();
            }
            out.push_str(rest);
            Value::String(out)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| fill(item, input)).collect()),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| (key.clone(), fill(value, input)))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, part| match value {
        Value::Object(map) => map.get(part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}
