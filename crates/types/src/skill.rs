//! Skills that were called and hooks that ran, as events tell them.

use serde::{Deserialize, Serialize};

use crate::{Action, CallId, Code, Hash, ModelProfile, ModelRef, Usage};

/// Who called a skill.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caller {
    /// The person, with a slash command.
    Person,
    /// The model, with its tool `Skill`.
    Model,
}

/// The model that answers while a skill is in use, and what it can do: until the person speaks again, or for the whole work
/// of the sub-agent the skill runs in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SkillModel {
    /// The model: the skill's own, or the conversation's where only the effort is another.
    pub model: ModelRef,
    /// What it can do, with the effort in it.
    pub profile: ModelProfile,
}

/// A skill that was called.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SkillUse {
    /// Its full name: `finance:reconciliation`, or `tidy` for one that belongs to no plugin.
    pub skill: String,
    /// The plugin it is from, `name@marketplace`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// Hash of what entered the conversation.
    pub hash: Hash,
    /// Who called it.
    pub by: Caller,
    /// The model's call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// What followed its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub args: String,
    /// What it became, when a person called it. What a model's call became is that call's result.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Rules of tools that need no question until the person speaks again, where the policy would only ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// Rules of tools that are refused until the person speaks again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disallowed: Vec<String>,
    /// Who answers meanwhile, where that is not who would.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<SkillModel>,
    /// Hash of its hooks, where they are in force from here on to the end of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hooks: Option<Hash>,
    /// What of its file was not followed, or is to be known of it: for the person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Stands before the name of a skill where a hook names the plugin it is from. No plugin is called so: names have no colon.
pub const HOOKS_OF_SKILL: &str = "skill:";

/// The same before the name of an agent.
pub const HOOKS_OF_AGENT: &str = "agent:";

/// Whose hook it is, in words: of the plugin, the skill or the agent of that id or name.
pub fn whose_hook(plugin: &str) -> String {
    not_plugins(plugin).unwrap_or_else(|| format!("the plugin {plugin}"))
}

fn not_plugins(source: &str) -> Option<String> {
    let skill = source
        .strip_prefix(HOOKS_OF_SKILL)
        .map(|skill| format!("the skill {skill}"));
    skill.or_else(|| {
        source
            .strip_prefix(HOOKS_OF_AGENT)
            .map(|agent| format!("the agent {agent}"))
    })
}

/// A hook is about to do something outside of the task's room: what comes of it is its [`HookRun`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HookStart {
    /// The event it is for: `PreToolUse`.
    pub event: String,
    /// The plugin it is from, `name@marketplace`.
    pub plugin: String,
    /// What was decided on, and is done now.
    pub action: Action,
}

/// What asking a model cost, for a hook that does.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HookAsked {
    /// The model.
    pub model: ModelRef,
    /// Tokens.
    pub usage: Usage,
    /// US dollars, where the price and what was used are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// What it looked at, in the order it did: `Read /mnt/work/a.txt`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looked: Vec<String>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Code>,
}

/// A hook that ran, or was to run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HookRun {
    /// The event it is for: `PreToolUse`.
    pub event: String,
    /// The plugin it is from, `name@marketplace`; of what is no plugin's, [`HOOKS_OF_SKILL`] or
    /// [`HOOKS_OF_AGENT`] and its name.
    pub plugin: String,
    /// What it runs, in a line.
    pub handler: String,
    /// The call it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// Its exit code; `None` when it did not run or did not end by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// `deny`, `ask` or `block`, when it made something stricter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// Why, in the hook's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it adds to the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Why nothing came of it, or what of it was not followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What asking a model cost, where it asked one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<HookAsked>,
}

impl HookRun {
    /// Whose it is, in a line: the plugin's id, or the skill or the agent.
    pub fn whose(&self) -> String {
        not_plugins(&self.plugin).unwrap_or_else(|| self.plugin.clone())
    }
}
