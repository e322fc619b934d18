//! What this agent runs on: a machine of its own, or a confined process on the person's computer.

use std::path::PathBuf;

use deskhand_wire::Slot;

use crate::agent::confine::Limits;
use crate::agent::places;

/// The user of every task of tier `os`, in its own user namespace: the person, under a number that is nobody's.
pub(crate) const OS_UID: u32 = deskhand_wire::OS_UID;

/// Where things are and which means there are.
pub(crate) struct System {
    /// Whether it is a machine: control groups, quotas, users for each task.
    pub is_machine: bool,
    /// For what is thrown away.
    pub scratch: PathBuf,
    /// For the agent's own small files.
    pub own: PathBuf,
    /// Where the host's folders are mounted.
    pub shared: PathBuf,
    /// An empty folder to build roots at.
    pub room: PathBuf,
    /// Folders of this system that rooms see.
    pub visible: Vec<PathBuf>,
}

impl System {
    /// A machine.
    pub fn machine() -> Self {
        Self {
            is_machine: true,
            scratch: places::SCRATCH.into(),
            own: places::OWN.into(),
            shared: places::SHARED.into(),
            room: places::ROOM.into(),
            visible: vec!["/".into()],
        }
    }

    /// The user of a task.
    pub const fn uid(&self, slot: Slot) -> u32 {
        if self.is_machine { slot.uid() } else { OS_UID }
    }

    /// What one process of a task may use.
    pub const fn process_limits(&self, limits: &deskhand_wire::Limits) -> Limits {
        Limits {
            file: limits.disk,
            open: 4_096,
            processes: if self.is_machine {
                None
            } else {
                Some(limits.processes as u64)
            },
            memory: if self.is_machine { None } else { Some(limits.memory) },
        }
    }
}
