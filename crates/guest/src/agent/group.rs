//! Control groups: what a task may use in all, what one command used, and the end of everything a command started.
//!
//! Source: the kernel's `Documentation/admin-guide/cgroup-v2.rst`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use deskhand_wire::{Limits, Slot};

use crate::agent::{boot::doing, places};

/// How long the last processes may take to be gone.
const EMPTY: Duration = Duration::from_secs(20);

/// Makes a task's group, and that of its first command.
pub(crate) fn open(slot: Slot) -> io::Result<()> {
    let group = of_task(slot);
    fs::create_dir_all(&group)?;
    fs::write(group.join("cgroup.subtree_control"), "+memory +pids").map_err(doing("enabling control groups"))?;
    of_command(&of_command_path(slot, 0))
}

/// Sets what a task may use in all.
pub(crate) fn limit(slot: Slot, limits: &Limits) -> io::Result<()> {
    let group = of_task(slot);
    let set = |name: &str, value: String| fs::write(group.join(name), value).map_err(doing(name));
    set("memory.max", limits.memory.to_string())?;
    set("pids.max", limits.processes.to_string())?;
    set("cpu.max", format!("{} 100000", u64::from(limits.cpu_percent) * 1_000))
}

/// Ends what is left of a task.
pub(crate) fn end(slot: Slot) {
    let _ = fs::write(of_task(slot).join("cgroup.kill"), "1");
}

/// Removes the group of a task of which nothing is left.
pub(crate) fn remove(slot: Slot) {
    let _ = fs::remove_dir(of_command_path(slot, 0));
    let _ = fs::remove_dir(of_task(slot));
}

fn of_command_path(slot: Slot, number: u64) -> PathBuf {
    of_task(slot).join(number.to_string())
}

/// Makes the group of a command, unless it is there.
fn of_command(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        other => other?,
    }
    // One of it ended for want of memory ends all of it: half a command is worse than none.
    fs::write(folder.join("memory.oom.group"), "1")
}

fn of_task(slot: Slot) -> PathBuf {
    Path::new(places::CGROUPS).join(slot.0.to_string())
}

/// The group of one command. Dropping it ends what is in it.
pub(crate) struct Group(PathBuf);

/// What a command used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Used {
    pub cpu_ms: u64,
    pub peak_memory: u64,
    pub out_of_memory: bool,
}

impl Group {
    /// Makes one.
    pub fn new(slot: Slot, number: u64) -> io::Result<Self> {
        let folder = of_command_path(slot, number);
        of_command(&folder)?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub fn path(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }

    /// Puts a process into it.
    pub fn take(&self, process: u32) -> io::Result<()> {
        fs::write(self.0.join("cgroup.procs"), process.to_string()).map_err(doing("joining the control group"))
    }

    /// Ends everything in it at once.
    pub fn kill(&self) {
        let _ = fs::write(self.0.join("cgroup.kill"), "1");
    }

    /// Ends everything and waits until it is gone.
    pub async fn clear(&self) -> io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        self.kill();
        let gone = async {
            while !self.is_empty() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(EMPTY, gone)
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "a process could not be ended"))
    }

    fn is_empty(&self) -> bool {
        self.number("cgroup.events", "populated ") == Some(0)
    }

    /// What was used so far.
    pub fn used(&self) -> Used {
        Used {
            cpu_ms: self.number("cpu.stat", "usage_usec ").unwrap_or_default() / 1_000,
            peak_memory: self.number("memory.peak", "").unwrap_or_default(),
            out_of_memory: self.number("memory.events", "oom_kill ").is_some_and(|kills| kills > 0),
        }
    }

    /// The number behind `key` in one of the group's files.
    fn number(&self, file: &str, key: &str) -> Option<u64> {
        let text = fs::read_to_string(self.0.join(file)).ok()?;
        text.lines()
            .find_map(|line| line.strip_prefix(key)?.trim().parse().ok())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if fs::remove_dir(&self.0).is_err() {
            self.kill();
            let _ = fs::remove_dir(&self.0);
        }
    }
}
