//! Tier `os`: this agent as a process on the person's computer.
//!
//! It steps into a user namespace of its own, in which it may mount and make further namespaces without having any
//! right outside. What a machine has and this has not: a kernel of its own, control groups, quotas. Where the kernel
//! refuses one of the steps, so does the agent: nothing is silently weaker.

use std::fs;
use std::io;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::thread::{CapabilitySet, UnshareFlags};

use crate::agent::boot::doing;
use crate::agent::confine;
use crate::agent::port::Port;
use crate::agent::serve::{self, Agent, Ports};
use crate::agent::system::System;
use crate::agent::task::Tasks;

/// What programs need of this computer. Not here: home folders, `/var`, most of `/etc`.
const VISIBLE: [&str; 14] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/ssl/certs",
];

/// Runs the agent until the host is gone.
pub(crate) fn run(options: &[&str]) -> io::Result<()> {
    let value = |name: &str| {
        options
            .chunks_exact(2)
            .find_map(|pair| (pair.first() == Some(&name)).then(|| pair.last().copied()).flatten())
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, format!("{name} is missing")))
    };
    let descriptor = |name: &str| {
        let number: i32 = value(name)?.parse().map_err(io::Error::other)?;
        // SAFETY: the host passed this descriptor for us to own.
        Ok::<_, io::Error>(unsafe { OwnedFd::from_raw_fd(number) })
    };
    let (ctl, fs, net) = (descriptor("--ctl")?, descriptor("--fs")?, descriptor("--net")?);
    let system = system(Path::new(value("--scratch")?), Path::new(value("--root")?))?;
    confine::can_restrict_files()?;
    enter()?;
    serve::runtime()?.block_on(async {
        let agent = Arc::new(Agent {
            system: Arc::new(system),
            ports: Ports {
                ctl: Port::of_socket(ctl)?,
                fs: Port::of_socket(fs)?,
                net: Port::of_socket(net)?,
            },
            // Python's libraries are this computer's business here.
            warm: None,
            waiting: Arc::default(),
            tasks: Tasks::default(),
        });
        agent.converse().await
    })
}

fn system(scratch: &Path, root: &Path) -> io::Result<System> {
    let (own, shared, room) = (root.join("own"), root.join("shared"), root.join("room"));
    for folder in [&own, &shared, &room] {
        fs::create_dir_all(folder)?;
    }
    Ok(System {
        is_machine: false,
        scratch: scratch.to_owned(),
        own,
        shared,
        room,
        visible: VISIBLE
            .iter()
            .map(PathBuf::from)
            .filter(|folder| fs::symlink_metadata(folder).is_ok())
            .collect(),
    })
}

/// Steps into the user namespace, with every right in it, kept also by what is started.
fn enter() -> io::Result<()> {
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    let own = crate::agent::system::OS_UID;
    let apart = UnshareFlags::NEWUSER | UnshareFlags::NEWNS;
    // SAFETY: this process has one thread still.
    unsafe { rustix::thread::unshare_unsafe(apart) }.map_err(doing("user namespaces cannot be made here"))?;
    let map = |file: &str, text: String| fs::write(format!("/proc/self/{file}"), text).map_err(doing(file));
    map("setgroups", "deny".to_owned())?;
    map("uid_map", format!("{own} {} 1", user.as_raw()))?;
    map("gid_map", format!("{own} {} 1", group.as_raw()))?;
    let mut sets = rustix::thread::capabilities(None)?;
    sets.inheritable = sets.permitted;
    rustix::thread::set_capabilities(None, sets)?;
    for capability in CapabilitySet::all().iter() {
        // Numbers beyond the kernel's last one are refused, which is as good.
        let _ = rustix::thread::configure_capability_in_ambient_set(capability, true);
    }
    Ok(())
}
