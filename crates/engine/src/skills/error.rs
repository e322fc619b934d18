//! Why a skill or an agent cannot be used.

use deskhand_plugins::format::variables::Refused;
use deskhand_plugins::mount::MountError;
use deskhand_types::{Code, Coded, whose_hook};

/// Why a skill or an agent cannot be used. Nothing was started or changed.
#[derive(Debug, thiserror::Error)]
pub enum SkillError {
    /// Several have this name.
    #[error("`/{name}` could be {}; nothing was started", .candidates.iter().map(|name| format!("`/{name}`")).collect::<Vec<_>>().join(" or "))]
    Ambiguous {
        /// What was typed.
        name: String,
        /// Their full names.
        candidates: Vec<String>,
    },
    /// None has this name.
    #[error("there is no skill or command `/{name}`")]
    Unknown {
        /// What was typed.
        name: String,
        /// Names that are near.
        near: Vec<String>,
    },
    /// A prompt of a connector cannot be called.
    #[error("`/{name}` could not be called: {why}")]
    Prompt {
        /// What was typed.
        name: String,
        /// Why.
        why: String,
    },
    /// It is there, and only a model may call it.
    #[error("`/{0}` is for the model alone; nothing was started")]
    NotForPeople(String),
    /// It is there, and only a person may call it.
    #[error("the skill `{0}` is for the person alone, who calls it as /{0}")]
    NotForModels(String),
    /// No agent has this name.
    #[error("there is no agent `{name}`; nothing was started")]
    NoAgent {
        /// What was asked for.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// Its files cannot be brought along.
    #[error("the files of `{skill}` cannot be used: {source}")]
    Files {
        /// The skill.
        skill: String,
        /// Why.
        source: MountError,
    },
    /// It uses a setting where it may not.
    #[error(transparent)]
    Variable(#[from] Refused),
    /// A command in its text failed or may not run.
    #[error("`{skill}` was given up: its command `{command}` {why}")]
    Command {
        /// The skill.
        skill: String,
        /// The command.
        command: String,
        /// What happened.
        why: String,
    },
    /// A hook refused it.
    #[error("a hook of {} refused: {reason}", whose_hook(plugin))]
    Hook {
        /// The plugin.
        plugin: String,
        /// The hook's words.
        reason: String,
    },
    /// A task that is not done teaches nothing yet.
    #[error("the task `{0}` is not done, so no skill can be made of it")]
    NotDone(String),
    /// A skill cannot be called so.
    #[error("a skill cannot be called `{0}`: there is no letter or digit in it; nothing was kept")]
    Name(String),
    /// There is no skill to trust there.
    #[error("{0} is not a skill of a granted folder")]
    NothingToTrust(String),
}

impl Coded for SkillError {
    fn code(&self) -> Code {
        match self {
            Self::Ambiguous { .. } => Code::new("skills.ambiguous"),
            Self::Unknown { .. } => Code::new("skills.unknown"),
            Self::Prompt { .. } => Code::new("connector.prompt"),
            Self::NotForPeople(_) => Code::new("skills.model-only"),
            Self::NotForModels(_) => Code::new("skills.person-only"),
            Self::NoAgent { .. } => Code::new("agents.unknown"),
            Self::Files { .. } => Code::new("skills.files"),
            Self::Variable(error) => error.code(),
            Self::Command { .. } => Code::new("plugins.skill-command-failed"),
            Self::Hook { .. } => Code::new("skills.hook-refused"),
            Self::NotDone(_) => Code::new("skills.not-done"),
            Self::Name(_) => Code::new("skills.name"),
            Self::NothingToTrust(_) => Code::new("skills.nothing-to-trust"),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Ambiguous { candidates, .. } => candidates.first().map(|name| format!("write `/{name}`")),
            Self::Unknown { near, .. } if !near.is_empty() => {
                let near: Vec<String> = near.iter().map(|name| format!("/{name}")).collect();
                Some(format!("did you mean {}?", near.join(" or ")))
            }
            Self::Unknown { .. } | Self::Prompt { .. } => {
                Some("`deskhand commands` lists what can be called".to_owned())
            }
            Self::NoAgent { known, .. } if known.is_empty() => {
                Some("agents come with plugins: `deskhand plugins search WORDS`".to_owned())
            }
            Self::NoAgent { known, .. } => Some(format!("there are: {}", known.join(", "))),
            Self::NothingToTrust(_) => Some("`deskhand skills list -C FOLDER` lists them".to_owned()),
            Self::Variable(error) => error.hint(),
            Self::NotDone(_) => Some("`deskhand resume TASK` goes on with it".to_owned()),
            Self::NotForPeople(_)
            | Self::NotForModels(_)
            | Self::Name(_)
            | Self::Files { .. }
            | Self::Command { .. }
            | Self::Hook { .. } => None,
        }
    }
}
