//! Exit codes: a contract (`DESIGN.md` section 9).

use std::process::ExitCode;

use deskhand_engine::RunEnd;
use deskhand_types::FinishStatus;

/// How the process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// Wrong use.
    Usage = 2,
    /// A question waits for the person.
    Waiting = 3,
    /// A budget was reached.
    Budget = 4,
    /// The policy refused.
    Refused = 5,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
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
