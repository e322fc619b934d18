//! What a task sees and uses.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Permission;

/// What a task sees and uses.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Context {
    /// Its folders.
    pub folders: Vec<ContextFolder>,
    /// Instructions, in force or not.
    pub instructions: Vec<ContextInstruction>,
    /// Where its commands run.
    pub tier: String,
    /// How many commands ran, by tier.
    pub ran: Vec<Count>,
    /// Hosts that were reached or refused.
    pub network: Vec<Count>,
    /// Connectors that were used, by a call or by what the person named of them.
    pub connectors: Vec<Count>,
    /// Skills that were used.
    pub skills: Vec<ContextSkill>,
    /// What was read that others could have written ("reports/a.docx", "https://example.org").
    pub sources: Vec<String>,
    /// Whether others could have written some of what was read.
    pub tainted: bool,
}

/// A folder of a task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContextFolder {
    /// Its name for the task.
    pub name: String,
    /// On this computer.
    pub place: String,
    /// What may be done there.
    pub mode: Permission,
}

/// A skill that was used.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContextSkill {
    /// Its full name.
    pub name: String,
    /// The plugin it is from, `name@marketplace`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// How often.
    pub count: u64,
}

/// An instructions file or text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContextInstruction {
    /// `global`, or the file.
    pub from: String,
    /// Whether it is in force.
    pub trusted: bool,
}

/// A name and how often.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Count {
    /// What.
    pub name: String,
    /// How often.
    pub count: u64,
}
