//! What servers offer beside tools: prompts, which a person calls as `/mcp__SERVER__PROMPT`, and resources, which they name
//! as `@SERVER:ADDRESS`.
//!
//! Lists for people are made from what was recorded when a connector was approved: nothing is started for them. What is
//! called is looked up at the server then. Source: issue 5, B3 (prompts, resources, completion).

use std::time::Duration;

use deskhand_mcp::{Completed, Listing, Prompt, name};
use deskhand_types::visible;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::{
    book::Entry,
    hub::Hub,
    live::{Failed, Live},
};
use crate::{Engine, EngineError, SkillError, SkillLine};

/// How long a person who is typing waits for a server, in all.
const TYPING: Duration = Duration::from_secs(5);
/// Most resources of one list.
const LISTED: usize = 200;
/// Bytes of a server's instructions that are kept (issue 5, A11: 2 KB).
const INSTRUCTIONS: usize = 2_048;
/// Most prompts of a connector that are recorded.
const PROMPTS: usize = 200;

/// What a connector offered when it was approved, beside its tools.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Offers {
    /// Its prompts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prompts: Vec<Prompt>,
    /// What it says of its use, at most [`INSTRUCTIONS`] bytes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instructions: String,
    /// Whether it has resources.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub resources: bool,
}

impl Offers {
    /// What a session says. A list that fails costs nothing but itself.
    pub async fn of(live: &Live) -> Self {
        let prompts = live.connection.prompts().await.unwrap_or_default();
        Self {
            prompts: prompts.iter().filter_map(Prompt::decode).take(PROMPTS).collect(),
            instructions: capped(&live.connection.instructions().unwrap_or_default()),
            resources: live.connection.has(Listing::Resources),
        }
    }
}

/// What can be seen of what a server says of its use, and no more of it than other hosts take.
fn capped(text: &str) -> String {
    let (seen, _) = visible(text.trim());
    let end = seen.floor_char_boundary(INSTRUCTIONS);
    match seen.get(..end) {
        Some(part) if part.len() < seen.len() => format!("{part} [cut]"),
        _ => seen.into_owned(),
    }
}

/// A resource, or a template of addresses of some. Its texts are its server's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ResourceLine {
    /// What to write behind `@`: `notes:note://today`; for a connector whose resources were not listed, `notes:`.
    pub mention: String,
    /// The connector's name.
    pub connector: String,
    /// Its name for people.
    pub title: String,
    /// What it is said to hold.
    pub description: String,
    /// Whether parts in braces are to be filled in.
    pub template: bool,
}

/// What could stand in the place of an argument that is being typed; its server's words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Proposed {
    /// The argument.
    pub value: String,
    /// All of what was typed, with it in its place.
    pub text: String,
}

/// A prompt that a text calls.
pub(crate) struct Called<'t> {
    pub entry: Entry,
    /// The part of what was typed that names the prompt.
    pub prompt: String,
    /// What follows the name.
    pub typed: &'t str,
}

/// The name of a prompt of a connector at the beginning of a text, and what follows.
fn command(text: &str) -> Option<(&str, &str)> {
    let rest = text.trim_start().strip_prefix('/')?;
    let (name, typed) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    name.starts_with("mcp__").then_some((name, typed))
}

impl Hub {
    /// The prompt a text calls; `None` when it calls none of a connector.
    ///
    /// # Errors
    /// When it calls one of a connector that is not there or cannot be used.
    pub fn called<'t>(&self, text: &'t str) -> Result<Option<Called<'t>>, SkillError> {
        let Some((called, typed)) = command(text) else {
            return Ok(None);
        };
        let mut found: Option<(usize, Called<'t>)> = None;
        for entry in self.entries().iter() {
            for id in std::iter::once(&entry.name).chain(&entry.aliases) {
                let begin = name::prompt(id, "");
                let prompt = called.strip_prefix(&begin).filter(|prompt| !prompt.is_empty());
                if let Some(prompt) = prompt
                    && found.as_ref().is_none_or(|(length, _)| *length < begin.len())
                {
                    let (entry, prompt) = (entry.clone(), prompt.to_owned());
                    found = Some((begin.len(), Called { entry, prompt, typed }));
                }
            }
        }
        let Some((_, found)) = found else {
            let known = self.commands().into_iter().map(|line| line.name);
            return Err(SkillError::Unknown {
                name: called.to_owned(),
                near: known.take(3).collect(),
            });
        };
        let why = match &found.entry {
            entry if entry.disabled => "is switched off",
            entry if !entry.approved => "was not approved yet (`deskhand connectors approve NAME`)",
            _ => return Ok(Some(found)),
        };
        Err(SkillError::Prompt {
            name: called.to_owned(),
            why: format!("its connector {} {why}", found.entry.name),
        })
    }

    /// The prompts that can be called, as commands. Nothing is started or asked.
    pub fn commands(&self) -> Vec<SkillLine> {
        let entries = self.entries();
        entries.iter().flat_map(Entry::commands).collect()
    }

    /// The prompt that `named` means at its server now.
    pub async fn prompt(&self, live: &Live, named: &str) -> Result<Prompt, Failed> {
        let prompts = live.connection.prompts().await?;
        let prompts: Vec<Prompt> = prompts.iter().filter_map(Prompt::decode).collect();
        let names: Vec<String> = prompts.iter().map(|prompt| name::sanitize(&prompt.name)).collect();
        let is_it = |prompt: &Prompt| name::sanitize(&prompt.name) == named;
        prompts
            .into_iter()
            .find(is_it)
            .ok_or_else(|| Failed::told(&format!("it has no prompt `{named}`; it has: {}", names.join(", "))))
    }

    async fn listed_of(&self, entry: &Entry) -> Result<Vec<ResourceLine>, Failed> {
        let live = self.session(entry).await?;
        let resources = live.connection.resources().await?;
        // A server may have no templates, and say so with an error.
        let templates = live.connection.templates().await.unwrap_or_default().entries;
        let line = |value: &Value, key: &str| {
            let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
            let uri = Some(text(key)).filter(|uri| !uri.is_empty())?;
            let title = [text("title"), text("name"), uri]
                .into_iter()
                .find(|text| !text.is_empty());
            Some(ResourceLine {
                mention: format!("{}:{uri}", entry.name),
                connector: entry.name.clone(),
                title: title.unwrap_or_default().to_owned(),
                description: text("description").to_owned(),
                template: key == "uriTemplate",
            })
        };
        let resources = resources.iter().filter_map(|value| line(value, "uri"));
        let templates = templates.iter().filter_map(|value| line(value, "uriTemplate"));
        Ok(resources.chain(templates).take(LISTED * 5).collect())
    }
}

impl Entry {
    /// Whether a person may call what it offers: it is on, and they have approved it once.
    pub fn is_usable(&self) -> bool {
        !self.disabled && self.approved
    }

    /// Its prompts as commands, when it can be used.
    pub fn commands(&self) -> Vec<SkillLine> {
        let prompts = self.offers.prompts.iter().filter(|_| self.is_usable());
        let line = |prompt: &Prompt| SkillLine {
            kind: "skill",
            name: name::prompt(&self.name, &prompt.name),
            plugin: None,
            scope: "connector".to_owned(),
            command: name::prompt(&self.name, &prompt.name),
            description: match (&prompt.title, prompt.description.as_str()) {
                (Some(title), "") => title.clone(),
                (_, description) => description.to_owned(),
            },
            argument_hint: prompt.hint(),
            for_people: true,
            for_models: false,
            in_force: true,
            place: self.name.clone(),
        };
        prompts.map(line).collect()
    }
}

fn fits(line: &ResourceLine, query: &str) -> bool {
    format!("{} {} {}", line.mention, line.title, line.description)
        .to_lowercase()
        .contains(&query.to_lowercase())
}

impl Engine {
    /// Resources for what a person is writing behind `@`. A connector that is named, `notes:…`, is reached for its list;
    /// before that, connectors are proposed by name, and what sessions that are open have.
    ///
    /// # Errors
    /// When the log cannot be read, or a server that was named cannot tell.
    pub async fn resources(&self, query: &str) -> Result<Vec<ResourceLine>, EngineError> {
        self.refresh()?;
        let hub = self.hub();
        let entries = hub.entries();
        let mut usable = entries
            .iter()
            .filter(|entry| entry.is_usable() && entry.offers.resources);
        let named = |entry: &&Entry| {
            query
                .strip_prefix(&entry.name)
                .is_some_and(|rest| rest.starts_with(':'))
        };
        if let Some(entry) = usable.clone().find(named) {
            let listed = tokio::time::timeout(TYPING, hub.listed_of(entry)).await;
            let told = |why: &dyn std::fmt::Display| {
                EngineError::Connector(format!("the resources of {} cannot be listed: {why}", entry.name))
            };
            let mut lines = listed
                .map_err(|_| told(&"it does not answer"))?
                .map_err(|failed| told(&failed.error))?;
            let rest = query.split_once(':').map_or("", |(_, rest)| rest);
            lines.retain(|line| fits(line, rest) || is_under(query, &line.mention));
            lines.truncate(LISTED);
            return Ok(lines);
        }
        let by_name = |entry: &Entry| ResourceLine {
            mention: format!("{}:", entry.name),
            connector: entry.name.clone(),
            title: entry.name.clone(),
            description: String::new(),
            template: false,
        };
        let mut lines: Vec<ResourceLine> = usable.by_ref().map(by_name).collect();
        lines.retain(|line| fits(line, query));
        Ok(lines)
    }

    /// What could stand in the place of the last argument of a prompt that is being typed, `/mcp__notes__sum_up wee`: its
    /// server's proposals, whole arguments. None where it makes none.
    ///
    /// # Errors
    /// When the log cannot be read. That a server cannot be reached is no error to somebody who types.
    pub async fn complete_typed(&self, text: &str) -> Result<Vec<Proposed>, EngineError> {
        self.refresh()?;
        let hub = self.hub();
        let Ok(Some(called)) = hub.called(text) else {
            return Ok(Vec::new());
        };
        let known = called.entry.offers.prompts.iter();
        let mut known = known.filter(|prompt| name::sanitize(&prompt.name) == called.prompt);
        let Some((prompt, (argument, begun, others))) = known
            .next()
            .and_then(|prompt| Some((prompt, prompt.typing(called.typed)?)))
        else {
            return Ok(Vec::new());
        };
        let asking = complete(hub, &called.entry, prompt, &argument.name, &begun, &others);
        let values = tokio::time::timeout(TYPING, asking).await.unwrap_or_default();
        let head = text.strip_suffix(begun.as_str()).unwrap_or(text);
        let proposed = values.into_iter().map(|value| {
            let is_word = !value.contains(|c: char| c.is_whitespace() || c == '"');
            let text = if is_word {
                format!("{head}{value}")
            } else {
                format!("{head}\"{}\"", value.replace('"', "'"))
            };
            Proposed { value, text }
        });
        Ok(proposed.collect())
    }
}

async fn complete(
    hub: &Hub,
    entry: &Entry,
    prompt: &Prompt,
    argument: &str,
    begun: &str,
    others: &Map<String, Value>,
) -> Vec<String> {
    let Ok(live) = hub.session(entry).await else {
        return Vec::new();
    };
    let of = Completed::Prompt(prompt.name.clone());
    let never = CancellationToken::new();
    let proposals = live.connection.complete(&of, argument, begun, others, &never).await;
    proposals.map(|proposals| proposals.values).unwrap_or_default()
}

/// Whether an address that is being written is within a template: what stands before its first brace begins it.
fn is_under(query: &str, template: &str) -> bool {
    template
        .split_once('{')
        .is_some_and(|(begin, _)| query.starts_with(begin) || begin.starts_with(query))
}
