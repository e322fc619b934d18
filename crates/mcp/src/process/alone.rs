//! A program where there are no process groups: it alone is ended.

use tokio::process::{Child, Command};

/// Stands for the group.
pub(super) struct Group;

impl Group {
    pub fn apart(_command: &mut Command) {}

    pub fn of(_child: &Child) -> Self {
        Self
    }

    pub fn has_ended(&self, leader: &mut Child) -> bool {
        !matches!(leader.try_wait(), Ok(None))
    }

    /// There is no asking: its input is closed, which says the same.
    pub fn ask_to_end(&self) {}

    pub fn kill(&mut self, leader: &mut Child) {
        // It may have ended already.
        let _ = leader.start_kill();
    }
}
