//! Sub-agents: what one begins with.

use serde::{Deserialize, Serialize};

use crate::{CallId, Mode, ModelProfile, ModelRef, ToolDef};

/// Everything a sub-agent begins with, frozen so that its requests are a pure function of the log. Until the outcome of
/// the call that started it (`tool.finished`), every event of the log is the sub-agent's.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AgentStart {
    /// The call it works for: of `Task`, or of a skill that is done in a sub-agent. Where the person called that, no model
    /// made the call.
    pub call: CallId,
    /// Its type: `general-purpose`, or the qualified name of an agent that was found.
    pub agent: String,
    /// What it is to do, in a few words.
    pub description: String,
    /// What it is to do, as the model that leads wrote it or the skill says: never the person's voice.
    pub prompt: String,
    /// Its system prompt.
    pub system: String,
    /// Its tools; it can call no others.
    pub tools: Vec<ToolDef>,
    /// Its model, where that is not the task's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRef>,
    /// What that model can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ModelProfile>,
    /// The mode it works in, where that is stricter than the task's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Its own limit of turns, beside the task's budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<u64>,
}
