//! Exit codes: a contract (`DESIGN.md` section 9).

use std::process::ExitCode;

use deskhand_engine::RunEnd;
use deskhand_types::FinishStatus;

/// How the process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Wrong use.
    Usage,
    /// A question waits for the person.
    Waiting,
    /// A budget was reached.
    Budget,
    /// The policy refused.
    Refused,
    /// Ctrl-C.
    Interrupted,
    /// A command of the person ended with this (`sandbox exec`).
    Command(u8),
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Waiting => 3,
            Self::Budget => 4,
            Self::Refused => 5,
            Self::Interrupted => 130,
            Self::Command(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl From<&RunEnd> for Exit {
    fn from(end: &RunEnd) -> Self {
        match end {
            RunEnd::Finished(FinishStatus::Done) => Self::Done,
            RunEnd::Finished(FinishStatus::Failed) => Self::Failed,
            RunEnd::Finished(FinishStatus::Budget) => Self::Budget,
            RunEnd::Finished(FinishStatus::Refused) => Self::Refused,
            RunEnd::Finished(FinishStatus::Stopped) => Self::Interrupted,
            RunEnd::Parked(_) => Self::Waiting,
        }
    }
}

/// The code for what clap refused; help and version are no errors.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        Exit::Usage.into()
    } else {
        Exit::Done.into()
    }
}
