//! What can go wrong, in words for the person.

use deskhand_types::{Code, Coded};

/// The sandbox could not do something. Nothing in a granted folder was changed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// There is nothing to run commands in.
    #[error("workspace unavailable: {why}")]
    Unavailable {
        /// What is missing.
        why: String,
        /// What to do.
        hint: String,
    },
    /// The machine was lost while a command ran. The command is over; nothing it changed was taken.
    #[error("the sandbox was lost while the command ran ({why}). Nothing it changed has landed")]
    Lost {
        /// What happened, as far as it is known.
        why: String,
    },
    /// The guest broke the rules of its protocol and was ended.
    #[error("the sandbox did not answer as it should ({why}) and was ended. Nothing has landed")]
    Misbehaved {
        /// How.
        why: String,
    },
    /// The command was cancelled, and its machine did not end it in time.
    #[error(
        "the command was interrupted: it was cancelled, the sandbox did not end it ({why}), and was ended itself. Nothing it changed has landed"
    )]
    Interrupted {
        /// What was waited for.
        why: String,
    },
    /// The guest could not do it.
    #[error("the sandbox could not do this: {0}")]
    Refused(String),
    /// This computer failed.
    #[error("{what}: {why}")]
    Host {
        /// What was tried.
        what: String,
        /// The system's words.
        why: String,
    },
}

impl SandboxError {
    /// Whether the machine is of no use after it.
    pub(crate) const fn ends_machine(&self) -> bool {
        matches!(
            self,
            Self::Lost { .. } | Self::Misbehaved { .. } | Self::Interrupted { .. }
        )
    }
}

impl Coded for SandboxError {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::Unavailable { .. } => "sandbox.unavailable",
            Self::Lost { .. } => "sandbox.lost",
            Self::Misbehaved { .. } => "sandbox.misbehaved",
            Self::Interrupted { .. } => "command.interrupted",
            Self::Refused(_) => "sandbox.refused",
            Self::Host { .. } => "sandbox.host",
        })
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unavailable { hint, .. } => Some(hint.clone()),
            Self::Lost { .. } | Self::Misbehaved { .. } | Self::Interrupted { .. } => {
                Some("Run the command again: a new machine is started for it. `deskhand doctor` shows what the lost one said last.".to_owned())
            }
            Self::Refused(_) => None,
            Self::Host { .. } => Some("`deskhand doctor` looks at disk, rights and virtualisation.".to_owned()),
        }
    }
}

/// This computer failed at something.
pub(crate) fn host(what: &str, why: impl std::fmt::Display) -> SandboxError {
    SandboxError::Host {
        what: what.to_owned(),
        why: why.to_string(),
    }
}
