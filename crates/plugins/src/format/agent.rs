//! Agents: a system prompt with the tools and the model it runs with.
//!
//! Source: the sub-agent reference of Claude Code as restated in issue 5 (A7, A9). A plugin's agent never sets hooks, servers or
//! a permission mode: those keys are read for nothing.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::skill::Scope;
use super::tools::ToolRule;

mod read;

pub use read::read;

/// Tools no sub-agent is given, whatever its file says.
pub const NEVER_GIVEN: [&str; 7] = [
    "AskUserQuestion",
    "EnterPlanMode",
    "ExitPlanMode",
    "EndConversation",
    "Schedule",
    "CronCreate",
    "Workflow",
];

/// Which model an agent runs with.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AgentModel {
    /// The one of the conversation.
    #[default]
    Inherit,
    /// The fast and small one (`haiku`).
    Small,
    /// The usual one (`sonnet`).
    Medium,
    /// The strongest (`opus`).
    Large,
    /// By its full id.
    Id(String),
}

impl AgentModel {
    /// As a file says it; nothing and `inherit` are the same.
    pub fn of(text: Option<&str>) -> Self {
        match text.map(str::trim) {
            None | Some("" | "inherit") => Self::Inherit,
            Some("haiku") => Self::Small,
            Some("sonnet") => Self::Medium,
            Some("opus") => Self::Large,
            Some(id) => Self::Id(id.to_owned()),
        }
    }
}

/// One agent, as its file says.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Agent {
    /// Frontmatter `name`, else the file's stem.
    pub name: String,
    /// `<plugin>:<sub/dirs joined by :>:<name>`; without a plugin the name alone.
    pub qualified: String,
    /// Whose it is.
    pub scope: Scope,
    /// The file.
    pub file: PathBuf,
    /// When to use it, verbatim (with its `<example>` blocks): for routing. [`Agent::shown`] is for people.
    pub description: String,
    /// Allowed tools; `None`: all the conversation has.
    pub tools: Option<Vec<ToolRule>>,
    /// Taken away first.
    pub disallowed_tools: Vec<ToolRule>,
    /// Which model.
    pub model: AgentModel,
    /// low, medium, high, max.
    pub effort: Option<String>,
    /// Most turns.
    pub max_turns: Option<u32>,
    /// One of the known colours.
    pub color: Option<String>,
    /// Skills it begins with.
    pub skills: Vec<String>,
    /// `user`, `project` or `local`: where it remembers.
    pub memory: Option<String>,
    /// Not waited for.
    pub background: bool,
    /// `isolation: worktree`.
    pub isolated: bool,
    /// What it is told first.
    pub initial_prompt: Option<String>,
    /// Hooks, servers and permission mode, raw; always `None` for a plugin's agent.
    pub own_settings: Option<Value>,
    /// The system prompt, not yet substituted.
    pub body: String,
}

impl Agent {
    /// The description for people: without `<example>` blocks and other tags, `\n` as line ends, at most one paragraph.
    pub fn shown(&self) -> String {
        let mut text = self.description.replace("\\n", "\n");
        while let Some(from) = text.find("<example>") {
            let to = text
                .get(from..)
                .and_then(|rest| rest.find("</example>"))
                .map(|at| from + at + "</example>".len());
            text.replace_range(from..to.unwrap_or(text.len()), "");
        }
        let mut plain = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(letter) = rest.chars().next() {
            let is_tag = letter == '<'
                && rest
                    .get(1..)
                    .is_some_and(|after| after.starts_with(|next: char| next.is_ascii_alphabetic() || next == '/'));
            if let Some(end) = rest.find('>').filter(|end| is_tag && *end < 64) {
                rest = rest.get(end + 1..).unwrap_or_default();
            } else {
                plain.push(letter);
                rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            }
        }
        plain
            .split("\n\n")
            .map(str::trim)
            .find(|part| !part.is_empty())
            .unwrap_or_default()
            .replace('\n', " ")
    }

    /// Of the tools there are, those it gets: without the ones never given, then without the disallowed, then only the allowed.
    pub fn given<'a>(&self, tools: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let named = |rules: &[ToolRule], tool: &str| rules.iter().any(|rule| rule.names(tool));
        tools
            .into_iter()
            .filter(|tool| !NEVER_GIVEN.contains(tool))
            // A rule with an argument takes away single calls, not the tool.
            .filter(|tool| {
                !self
                    .disallowed_tools
                    .iter()
                    .any(|rule| rule.argument.is_none() && rule.names(tool))
            })
            .filter(|tool| self.tools.as_ref().is_none_or(|rules| named(rules, tool)))
            .collect()
    }
}
