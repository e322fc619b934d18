//! What a skill or command says when it is called: arguments and variables put in, in one pass over the file's text.
//!
//! The result are [`Part`]s: text, and effects that the engine performs under its own rules and joins in place. What is put
//! in (arguments, values) is never looked at again, so an argument cannot start a command or attach a file.
//! Source: issue 5, A8.

use deskhand_types::Code;

use super::agent::Agent;
use super::skill::Skill;
use super::tools::ToolRule;
use super::variables::{Place, Refused, Variables};

mod arguments;
mod scan;

pub use arguments::tokens;

/// Stands where a command would, when commands in skills are switched off.
pub const COMMANDS_OFF: &str = "[commands in skills are switched off; this one was not run]";

/// Amounts of money that look like placeholders: plugin, skill, digit. Nothing is put in there.
const AMOUNTS: [(&str, &str, usize); 3] = [
    ("data", "build-dashboard", 0),
    ("small-business", "margin-analyzer", 0),
    ("finance", "variance-analysis", 2),
];

/// One call of a skill.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What was typed behind the name.
    pub arguments: &'a str,
    /// Folders and configured values.
    pub variables: &'a Variables,
    /// `${CLAUDE_SESSION_ID}`.
    pub session_id: &'a str,
    /// `${CLAUDE_EFFORT}`.
    pub effort: Option<&'a str>,
    /// Whether commands in the text may run at all: off by setting, and for skills a synchronising service brought.
    pub commands: bool,
}

/// A piece of what a skill says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Text, as it stands.
    Text(String),
    /// A command: run under the rules in the session's shell, two minutes; output and errors take its place. A code other
    /// than 0, or a refusal, ends the whole call.
    Shell(String),
    /// A file, relative to the task's folder or absolute: attached where it is there and may be read, else the text `@path`.
    Attach(String),
    /// A server's resource: attached where the server has it, else the text `@server:uri`.
    Resource {
        /// The server.
        server: String,
        /// Its resource.
        uri: String,
    },
}

/// The parts of `skill` for `call`.
pub fn substitute(skill: &Skill, call: &Call) -> Result<Vec<Part>, Refused> {
    let quirk = skill.scope.plugin().and_then(|plugin| {
        AMOUNTS
            .iter()
            .find(|(one, name, _)| *one == plugin && *name == skill.slug)
            .map(|(.., digit)| *digit)
    });
    let mut filling = scan::Filling::new(&skill.body, &skill.arguments, &skill.folder, call, quirk);
    let mut parts = filling.parts(&skill.body)?;
    if !filling.used && !call.arguments.trim().is_empty() {
        let tail = format!("\n\nARGUMENTS: {}", call.arguments);
        match parts.last_mut() {
            Some(Part::Text(text)) => text.push_str(&tail),
            _ => parts.push(Part::Text(tail)),
        }
    }
    Ok(parts)
}

/// The skill's `allowed-tools` with the folders put into its rules about commands. A rule that a variable makes unusable is
/// left out.
pub fn allowed_tools(skill: &Skill, call: &Call) -> Vec<ToolRule> {
    let filled = skill.allowed_tools.iter().filter_map(|rule| match &rule.argument {
        Some(argument) if rule.tool == "Bash" => {
            let argument = argument.replace("${CLAUDE_SKILL_DIR}", &skill.folder.to_string_lossy());
            let argument = call.variables.expand(&argument, Place::Shell).ok()?;
            Some(ToolRule {
                tool: rule.tool.clone(),
                argument: Some(argument),
            })
        }
        _ => Some(rule.clone()),
    });
    filled.collect()
}

/// An agent's system prompt with the variables put in.
pub fn system_prompt(agent: &Agent, variables: &Variables) -> Result<String, Refused> {
    variables.expand(&agent.body, Place::Text)
}

/// The code of a command that failed and so ended the call (the engine tells it; the words are here so that they are said once).
pub const COMMAND_FAILED: Code = Code::new("plugins.skill-command-failed");
