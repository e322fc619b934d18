//! Actions: what a tool call would do to the world, classified, before it is decided.

use serde::{Deserialize, Serialize};

use crate::{CallId, GuestPath, Hash, Tier};

/// How a task treats effects.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Read only; proposes.
    Plan,
    /// Asks before each class of effect.
    Manual,
    /// Reversible changes inside grants land at once; the rest follows the policy. The default.
    #[default]
    Auto,
    /// No questions; what the policy denies stays denied.
    Skip,
}

impl Mode {
    /// The name used on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Manual => "manual",
            Self::Auto => "auto",
            Self::Skip => "skip",
        }
    }
}

impl std::str::FromStr for Mode {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "plan" => Ok(Self::Plan),
            "manual" => Ok(Self::Manual),
            "auto" => Ok(Self::Auto),
            "skip" => Ok(Self::Skip),
            _ => Err(()),
        }
    }
}

/// The class of an effect. Ordered by weight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// Touches nothing outside the task (plan, question to the person, marking outputs).
    None,
    /// Reads inside grants.
    Read,
    /// Creates something new inside a grant; undoable.
    Create,
    /// Overwrites, moves or changes something inside a grant; undoable.
    Modify,
    /// Takes something away inside a grant; undoable through the journal.
    Delete,
    /// Cannot be undone.
    Irreversible,
    /// Fetches from a chosen address.
    Fetch,
    /// Sends something to somebody, or gives access.
    Outward,
    /// Runs code.
    Exec,
    /// Outlives the task: memory, instructions, schedules, plugins, grants.
    Persist,
    /// Spends money.
    Spend,
    /// Changes a password, a second factor or who somebody is.
    Credential,
}

/// What one tool call would do. Approvals bind to [`Action::hash`]: a changed action needs a new approval.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Action {
    /// The call.
    pub call: CallId,
    /// The tool.
    pub tool: String,
    /// The heaviest effect it has.
    pub effect: EffectClass,
    /// The paths it touches.
    pub paths: Vec<GuestPath>,
    /// One sentence for the person: "Overwrite `/mnt/work/plan.md` (2.1 kB)".
    pub summary: String,
    /// For a command: what keeps it apart from this computer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// blake3 over the canonical JSON of tool, effect, paths and arguments.
    pub hash: Hash,
}
