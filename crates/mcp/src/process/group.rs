//! A program's process group: it ends as a whole.

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::process::{Child, Command};

/// The group of one program, which is its leader. Nothing once it was killed.
pub(super) struct Group(Option<Pid>);

impl Group {
    /// Has the program lead a group of its own.
    pub fn apart(command: &mut Command) {
        command.process_group(0);
    }

    pub fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    /// Whether the leader has ended. It is not reaped, so that its id still means its own group.
    pub fn has_ended(&self, _leader: &mut Child) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        self.0
            .is_none_or(|pid| !matches!(waitid(WaitId::Pid(pid), options), Ok(None)))
    }

    pub fn ask_to_end(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends all of it. Afterwards the id may be another's, and is forgotten.
    pub fn kill(&mut self, _leader: &mut Child) {
        self.signal(Signal::KILL);
        self.0 = None;
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // The group may be empty already.
            let _ = kill_process_group(group, signal);
        }
    }
}
