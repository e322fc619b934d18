//! Rights: the task's user, no group, no capability, no way to get one; limits of one process.

use std::io;

use rustix::thread::{CapabilitySet, CapabilitySets};
use serde::{Deserialize, Serialize};

/// What one process may use. What all of a task together may use is the control group's.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Limits {
    /// Largest file in bytes.
    pub file: u64,
    /// Open files.
    pub open: u64,
    /// Processes of the user, where there is no control group.
    pub processes: Option<u64>,
    /// Memory of its own in bytes, where there is no control group.
    pub memory: Option<u64>,
}

/// Sets the limits; they can only be lowered further.
pub(super) fn limit(limits: Limits) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let set = |resource, value| {
        let limit = Rlimit {
            current: Some(value),
            maximum: Some(value),
        };
        setrlimit(resource, limit)
    };
    set(Resource::Fsize, limits.file)?;
    set(Resource::Nofile, limits.open)?;
    // A core of a program holds what it had in memory; nobody wants it in a granted folder.
    set(Resource::Core, 0)?;
    if let Some(processes) = limits.processes {
        set(Resource::Nproc, processes)?;
    }
    if let Some(memory) = limits.memory {
        set(Resource::Data, memory)?;
    }
    Ok(())
}

/// Becomes `uid` with nothing else, for good.
pub(super) fn drop_all(uid: u32) -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    // SAFETY: plain system calls on values; `setgroups` reads no pointer since the length is 0.
    unsafe {
        for capability in 0..=63 {
            // Numbers beyond the kernel's last capability are refused, which is as good.
            libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0);
        }
        if libc::getgroups(0, std::ptr::null_mut()) > 0 && !is_unmapped() {
            check(libc::setgroups(0, std::ptr::null()))?;
        }
        check(libc::setresgid(uid, uid, uid))?;
        check(libc::setresuid(uid, uid, uid))?;
    }
    // Where the user was this one before, changing to it took nothing away.
    rustix::thread::clear_ambient_capability_set()?;
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    Ok(rustix::thread::set_capabilities(None, none)?)
}

/// Whether this is a user namespace without a way to drop groups (`setgroups` is denied in it): what it was started
/// with stays, but gives no right to anything that is visible in the room.
fn is_unmapped() -> bool {
    std::fs::read_to_string("/proc/self/setgroups").is_ok_and(|text| text.trim() == "deny")
}

fn check(result: i32) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
