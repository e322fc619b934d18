//! The tasks that share this system: their users, scratch, networks, folders.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use deskhand_wire::mux::Opener;
use deskhand_wire::{Failure, FailureKind, Folder, OpenTask, Slot};
use tokio_util::task::AbortOnDropHandle;

use crate::agent::boot::doing;
use crate::agent::network::Network;
use crate::agent::system::System;
use crate::agent::{group, quota};

/// Folders of a task at most.
const MAX_FOLDERS: usize = 256;
/// The largest slot.
const MAX_SLOT: u16 = 1_000;

/// A task's room.
pub(crate) struct Task {
    pub slot: Slot,
    pub folders: Vec<Folder>,
    pub limits: deskhand_wire::Limits,
    pub network: Network,
    /// Everything of it on the scratch disk.
    pub scratch: PathBuf,
    /// Small files that appear in the room.
    pub own: PathBuf,
    /// Whether there is a certificate to trust.
    pub has_ca: bool,
    commands: AtomicU64,
    running: Arc<AtomicUsize>,
    way_out: Mutex<Option<AbortOnDropHandle<()>>>,
}

/// Counts a running command as long as it exists.
pub(crate) struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Task {
    fn open(system: &System, request: OpenTask, prepared: Prepared) -> io::Result<Self> {
        let OpenTask {
            slot,
            folders,
            limits,
            ca_pem,
        } = request;
        let (scratch, own) = places(system, slot);
        if prepared.slot != Some(slot) {
            lay_out(system, slot)?;
        }
        let network = match prepared.network {
            Some(network) => network,
            None => Network::new()?,
        };
        fs::write(own.join("ca.pem"), &ca_pem)?;
        if system.is_machine {
            group::limit(slot, &limits)?;
            quota::set(crate::agent::boot::SCRATCH_DISK, slot, limits.disk).map_err(doing("limiting the disk"))?;
        }
        Ok(Self {
            slot,
            folders,
            limits,
            network,
            scratch,
            own,
            has_ca: !ca_pem.is_empty(),
            commands: AtomicU64::new(0),
            running: Arc::default(),
            way_out: Mutex::default(),
        })
    }

    /// Connects the task's way out with the host.
    fn connect(&self, out: &Opener) -> io::Result<()> {
        let serving = self.network.serve(self.slot, out.clone())?;
        *self.way_out.lock().unwrap_or_else(PoisonError::into_inner) = Some(serving);
        Ok(())
    }

    /// Ends the task's way out. It holds the stream to the host, which would not end otherwise.
    fn disconnect(&self) {
        drop(self.way_out.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// A number no command of this task had.
    pub fn next_command(&self) -> u64 {
        self.commands.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts a command in.
    pub fn begin(&self) -> Running {
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(self.running.clone())
    }
}

/// Where a task's scratch is, and its small files.
fn places(system: &System, slot: Slot) -> (PathBuf, PathBuf) {
    let name = slot.0.to_string();
    (system.scratch.join(&name), system.own.join("tasks").join(name))
}

/// Makes what does not depend on what the task is: its folders, its user's name, its control group.
fn lay_out(system: &System, slot: Slot) -> io::Result<()> {
    let (scratch, own) = places(system, slot);
    for folder in [&scratch, &own] {
        remove_tree(folder)?;
        fs::create_dir_all(folder)?;
    }
    fs::set_permissions(&scratch, fs::Permissions::from_mode(0o711))?;
    let uid = system.uid(slot);
    for name in ["home", "tmp", "commands"] {
        let folder = scratch.join(name);
        fs::create_dir(&folder)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        if name != "commands" {
            std::os::unix::fs::chown(&folder, Some(uid), Some(uid)).map_err(doing("making a home"))?;
        }
    }
    fs::write(
        own.join("passwd"),
        format!("root:x:0:0::/:/bin/false\ntask:x:{uid}:{uid}::/home/task:/bin/bash\n"),
    )?;
    fs::write(own.join("group"), format!("root:x:0:\ntask:x:{uid}:\n"))?;
    if system.is_machine { group::open(slot) } else { Ok(()) }
}

/// What the next task will need, made while nobody waited.
#[derive(Default)]
struct Prepared {
    /// The slot that is laid out.
    slot: Option<Slot>,
    network: Option<Network>,
}

/// The slot that the host gives to the first task.
const FIRST: Slot = Slot(1);

/// How long the last command of a task may take to be tidied up.
const TIDIED: Duration = Duration::from_secs(10);

/// All tasks.
#[derive(Default)]
pub(crate) struct Tasks {
    open: Mutex<BTreeMap<Slot, Arc<Task>>>,
    prepared: Mutex<Prepared>,
}

impl Tasks {
    fn with<T>(&self, what: impl FnOnce(&mut BTreeMap<Slot, Arc<Task>>) -> T) -> T {
        what(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes room for a task; one that was in the slot is closed.
    pub fn open(&self, system: &System, request: OpenTask, out: &Opener) -> Result<(), Failure> {
        check(&request)?;
        let slot = request.slot;
        self.close(system, slot)?;
        let prepared = std::mem::take(&mut *self.prepared.lock().unwrap_or_else(PoisonError::into_inner));
        let opened = Task::open(system, request, prepared).and_then(|task| {
            task.connect(out)?;
            Ok(task)
        });
        let task = opened.map_err(|error| failure(FailureKind::System, &error))?;
        self.with(|tasks| tasks.insert(slot, Arc::new(task)));
        Ok(())
    }

    /// Makes ahead what the first task of a machine needs. In a machine that is saved then, it is there when it starts.
    pub fn prepare(&self, system: &System) {
        if !system.is_machine || self.with(|tasks| !tasks.is_empty()) {
            return;
        }
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if prepared.slot.is_none() && prepared.network.is_none() {
            // What cannot be made now is made for the task, which then says why it cannot.
            *prepared = Prepared {
                slot: lay_out(system, FIRST).is_ok().then_some(FIRST),
                network: Network::new().ok(),
            };
        }
    }

    /// Ends everything of a task and wipes its scratch.
    pub fn close(&self, system: &System, slot: Slot) -> Result<(), Failure> {
        let Some(task) = self.with(|tasks| tasks.remove(&slot)) else {
            return Ok(());
        };
        if system.is_machine {
            group::end(slot);
        }
        // Its last command may be tidied up still.
        let until = Instant::now() + TIDIED;
        while task.running.load(Ordering::Relaxed) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
        if system.is_machine {
            group::remove(slot);
        }
        remove_tree(&task.scratch)
            .and_then(|()| remove_tree(&task.own))
            .map_err(|error| failure(FailureKind::System, &error))
    }

    /// The task in a slot.
    pub fn get(&self, slot: Slot) -> Result<Arc<Task>, Failure> {
        self.with(|tasks| tasks.get(&slot).cloned())
            .ok_or_else(|| request("there is no such task"))
    }

    /// Connects the ways out of all tasks anew, after the host came back.
    pub fn connect(&self, out: &Opener) -> io::Result<()> {
        self.with(|tasks| tasks.values().try_for_each(|task| task.connect(out)))
    }

    /// Ends the ways out of all tasks: the host is gone, or the machine is put away.
    pub fn disconnect(&self) {
        self.with(|tasks| tasks.values().for_each(|task| task.disconnect()));
    }

    /// Commands that run now.
    pub fn running(&self) -> usize {
        self.with(|tasks| tasks.values().map(|task| task.running.load(Ordering::Relaxed)).sum())
    }
}

fn check(open: &OpenTask) -> Result<(), Failure> {
    if !(1..=MAX_SLOT).contains(&open.slot.0) {
        return Err(request("a slot has a number from 1"));
    }
    if open.folders.len() > MAX_FOLDERS {
        return Err(request("too many folders"));
    }
    let bad = |name: &str| name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']);
    let mut names: Vec<&str> = open.folders.iter().map(|folder| folder.name.as_str()).collect();
    names.sort_unstable();
    if names.iter().any(|name| bad(name)) || names.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(request("a folder needs a name of its own"));
    }
    Ok(())
}

/// The host asked for something that makes no sense.
pub(crate) fn request(why: &str) -> Failure {
    Failure {
        kind: FailureKind::Request,
        message: why.to_owned(),
    }
}

/// The system refused something.
pub(crate) fn failure(kind: FailureKind, error: &io::Error) -> Failure {
    Failure {
        kind,
        message: error.to_string(),
    }
}

/// Removes a folder with everything in it. Links are removed, not followed. Nothing there is nothing to do.
pub(crate) fn remove_tree(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(doing("wiping the scratch")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(slot: u16, names: &[&str]) -> OpenTask {
        OpenTask {
            slot: Slot(slot),
            folders: names
                .iter()
                .map(|name| Folder {
                    name: (*name).to_owned(),
                    writable: true,
                })
                .collect(),
            limits: deskhand_wire::Limits {
                memory: 1,
                processes: 1,
                cpu_percent: 1,
                disk: 1,
            },
            ca_pem: String::new(),
        }
    }

    #[test]
    fn names_that_lead_elsewhere_or_clash_are_refused() {
        assert!(check(&open(1, &["work", "a b:c,d", "Ünï"])).is_ok());
        for names in [&[".."][..], &["."], &[""], &["a/b"], &["a\0"], &["same", "x", "same"]] {
            assert!(check(&open(1, names)).is_err(), "{names:?}");
        }
        assert!(check(&open(0, &[])).is_err());
        assert!(check(&open(MAX_SLOT + 1, &[])).is_err());
    }
}
