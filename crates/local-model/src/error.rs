//! Everything that can go wrong, with stable codes.

use std::path::PathBuf;

use deskhand_types::{Code, Coded, JudgeFailure};

/// Shorthand.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why weights were not installed or a question was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No model of that name is in the catalogue.
    #[error("there is no model named `{id}`; known: {known}")]
    UnknownModel {
        /// The name given.
        id: String,
        /// The names there are.
        known: String,
    },
    /// The weights are not on this machine.
    #[error("the weights of `{id}` are not installed ({path} does not exist)")]
    NotInstalled {
        /// The model.
        id: String,
        /// Where they would be.
        path: PathBuf,
    },
    /// A file of the cache could not be read or written.
    #[error("{doing} {path} failed: {source}")]
    Io {
        /// What was tried (`writing`).
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process installs the same weights.
    #[error("the weights are already being downloaded by another process ({path} is locked)")]
    Busy {
        /// The locked file.
        path: PathBuf,
    },
    /// Not enough room.
    #[error("{needed_mib} MiB are needed in {path}, {free_mib} MiB are free; nothing was downloaded")]
    DiskFull {
        /// The folder.
        path: PathBuf,
        /// Mebibytes needed.
        needed_mib: u64,
        /// Mebibytes free.
        free_mib: u64,
    },
    /// One source gave nothing usable.
    #[error("{source_name}: {reason}")]
    Source {
        /// The source's name in the catalogue.
        source_name: String,
        /// What happened.
        reason: String,
    },
    /// No source gave the file.
    #[error("the weights could not be downloaded; what has arrived is kept and continued next time. Tried: {tried}")]
    NoSource {
        /// Each source and what it said.
        tried: String,
    },
    /// The bytes that came are not the pinned ones.
    #[error("the downloaded file has SHA-256 {found}, not the pinned {expected}; it was discarded and not installed")]
    WrongHash {
        /// The pinned hash.
        expected: String,
        /// The hash of what came.
        found: String,
    },
    /// The weights cannot be loaded.
    #[error("the weights cannot be loaded: {0}")]
    Weights(String),
    /// A request is not one.
    #[error("the request cannot be read: {0}")]
    BadRequest(String),
    /// The time given ran out.
    #[error("no answer within {ms} ms; the question was dropped")]
    Deadline {
        /// The time given.
        ms: u64,
    },
    /// The answer did not end within its limit.
    #[error("the answer did not end within {tokens} tokens; it was dropped")]
    TooLong {
        /// The limit.
        tokens: u32,
    },
    /// Computation or grammar failed.
    #[error("the model failed: {0}")]
    Compute(String),
}

impl Coded for Error {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::UnknownModel { .. } => "local-model.unknown-model",
            Self::NotInstalled { .. } => "local-model.not-installed",
            Self::Io { .. } => "local-model.io",
            Self::Busy { .. } => "local-model.busy",
            Self::DiskFull { .. } => "local-model.disk-full",
            Self::Source { .. } => "local-model.source",
            Self::NoSource { .. } => "local-model.no-source",
            Self::WrongHash { .. } => "local-model.wrong-hash",
            Self::Weights(_) => "local-model.weights",
            Self::BadRequest(_) => "local-model.bad-request",
            Self::Deadline { .. } => "local-model.deadline",
            Self::TooLong { .. } => "local-model.too-long",
            Self::Compute(_) => "local-model.compute",
        })
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownModel { .. } => "Name one of the known models.",
            Self::NotInstalled { .. } => "Run `deskhand models pull`. Recipes work without it.",
            Self::Busy { .. } => "Wait for the other download to end.",
            Self::DiskFull { .. } => "Free some room, or point DESKHAND_CACHE to another disk.",
            Self::NoSource { .. } => {
                "Check the network and run the same command again. Recipes work without the model."
            }
            Self::WrongHash { .. } => "Run the same command again.",
            Self::Weights(_) => "Delete the file and run `deskhand models pull` again.",
            Self::Deadline { .. } | Self::TooLong { .. } => "Answer the question yourself, or give it more time.",
            Self::Io { .. } | Self::Source { .. } | Self::BadRequest(_) | Self::Compute(_) => return None,
        };
        Some(hint.to_owned())
    }
}

impl Error {
    /// For the wire.
    pub fn to_failure(&self) -> JudgeFailure {
        JudgeFailure {
            code: self.code(),
            message: self.to_string(),
        }
    }

    /// An error while `doing` something with `path`.
    pub(crate) fn io(doing: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        Self::Compute(error.to_string())
    }
}
