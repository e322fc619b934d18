//! The confined command: what happens between the agent's wish and `bash`.
//!
//! The agent runs itself again with the word `confine` and a [`Spec`]. Three processes follow one another:
//!
//! | process | what it is |
//! | --- | --- |
//! | outer | joins the task's control group and network, makes new namespaces, waits, and tells the exit code |
//! | init | process 1 of the command's own process namespace: builds the root, waits for everything; its end ends all |
//! | command | the task's user, without any right, behind the filter of system calls |
//!
//! None of them has a second thread, so forking is safe.

mod credentials;
mod files;
mod filter;
mod root;

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::Signal;
use rustix::thread::{LinkNameSpaceType, UnshareFlags};
use serde::{Deserialize, Serialize};

use crate::agent::boot::doing;

pub(crate) use credentials::Limits;
pub(crate) use files::can_restrict as can_restrict_files;
pub(crate) use filter::bytes as filter_bytes;
pub(crate) use root::{Mounted, Root};

/// Exit code of the outer process when the command could not be started; why is on its standard error.
pub(crate) const NOT_STARTED: i32 = 125;
/// Said on the status socket when everything stands and the command begins.
pub(crate) const READY: u8 = b'R';
/// Said to process 1 on the status socket when the agent holds a handle of it: only then does it go on, so that the
/// handle is never of a process that has ended already, or of another one that was given its number.
pub(crate) const GO: u8 = b'G';

/// Everything a confined command needs. Descriptors are by the numbers they have in the outer process.
#[derive(Serialize, Deserialize)]
pub(crate) struct Spec {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Where it starts, as the room sees it.
    pub cwd: String,
    /// Its whole environment.
    pub env: Vec<(String, String)>,
    /// User and group.
    pub uid: u32,
    /// The control group to join.
    pub cgroup: Option<String>,
    /// The network namespace to join; none = a new, empty one.
    pub network: Option<i32>,
    /// What it sees.
    pub root: Root,
    /// What one process may use.
    pub limits: Limits,
    /// A socket: the number of process 1 goes out, [`GO`] comes in, [`READY`] goes out.
    pub status: i32,
}

/// Runs the command of the spec that can be read from descriptor `spec`. Returns the exit code.
pub(crate) fn run(spec: i32) -> i32 {
    match outer(spec) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            NOT_STARTED
        }
    }
}

fn outer(spec: i32) -> io::Result<i32> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let mut bytes = Vec::new();
    // SAFETY: the agent passed this descriptor for us to own.
    unsafe { File::from_raw_fd(spec) }.read_to_end(&mut bytes)?;
    let spec: Spec = postcard::from_bytes(&bytes).map_err(io::Error::other)?;
    // SAFETY: as above.
    let mut status = unsafe { File::from_raw_fd(spec.status) };
    rustix::io::fcntl_setfd(&status, rustix::io::FdFlags::CLOEXEC)?;
    // The agent is the last to be ended for want of memory; a command is not.
    std::fs::write("/proc/self/oom_score_adj", "0").map_err(doing("giving up a privilege"))?;
    if let Some(group) = &spec.cgroup {
        std::fs::write(format!("{group}/cgroup.procs"), "0").map_err(doing("joining the control group"))?;
    }
    let mut apart = UnshareFlags::NEWNS
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWCGROUP;
    match spec.network {
        Some(fd) => {
            // SAFETY: as above.
            let network = unsafe { OwnedFd::from_raw_fd(fd) };
            rustix::thread::move_into_link_name_space(
                std::os::fd::AsFd::as_fd(&network),
                Some(LinkNameSpaceType::Network),
            )
            .map_err(doing("joining the network"))?;
        }
        None => apart |= UnshareFlags::NEWNET,
    }
    // SAFETY: no other thread shares anything with this one; no file table is unshared.
    unsafe { rustix::thread::unshare_unsafe(apart) }.map_err(doing("making namespaces"))?;
    match fork()? {
        Fork::Child => std::process::exit(init(&spec, status)),
        Fork::Parent(child) => {
            status.write_all(&child.to_le_bytes())?;
            drop(status);
            Ok(wait_for(child))
        }
    }
}

/// Process 1 of the command's namespace.
fn init(spec: &Spec, mut status: File) -> i32 {
    let made = held(&mut status)
        .and_then(|()| prepare(spec))
        .and_then(|()| status.write_all(&[READY]));
    drop(status);
    if let Err(error) = made {
        let _ = writeln!(io::stderr(), "{error}");
        return NOT_STARTED;
    }
    match fork() {
        Ok(Fork::Child) => {
            let error = command(spec);
            let _ = writeln!(io::stderr(), "{error}");
            127
        }
        Ok(Fork::Parent(child)) => {
            // What is left to do here is waiting: no right is needed for that.
            let _ = credentials::drop_all(spec.uid);
            let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
            wait_for(child)
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            NOT_STARTED
        }
    }
}

/// Waits until the agent holds a handle of this process.
fn held(status: &mut File) -> io::Result<()> {
    let mut said = [0];
    status.read_exact(&mut said).map_err(doing("waiting for the agent"))?;
    if said == [GO] {
        Ok(())
    } else {
        Err(io::Error::other("the agent called it off"))
    }
}

fn prepare(spec: &Spec) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    root::build(&spec.root)
}

/// Becomes the command. Returns only with an error.
fn command(spec: &Spec) -> io::Error {
    let confined = || -> io::Result<()> {
        rustix::process::setsid()?;
        credentials::limit(spec.limits).map_err(doing("setting limits"))?;
        credentials::drop_all(spec.uid).map_err(doing("giving up rights"))?;
        rustix::process::chdir(&spec.cwd).map_err(doing(&spec.cwd))?;
        if spec.root.unprivileged {
            files::restrict().map_err(doing("confining files by Landlock"))?;
        }
        filter::apply().map_err(doing("putting the filter of system calls on"))
    };
    if let Err(error) = confined() {
        return error;
    }
    let Some((program, arguments)) = spec.command.split_first() else {
        return io::Error::new(io::ErrorKind::InvalidInput, "no command");
    };
    // Messages begin with what people call it.
    let name = program.rsplit('/').next().unwrap_or(program);
    Command::new(program)
        .arg0(name)
        .args(arguments)
        .env_clear()
        .envs(spec.env.iter().cloned())
        .exec()
}

enum Fork {
    Child,
    Parent(i32),
}

fn fork() -> io::Result<Fork> {
    // SAFETY: this process has one thread, so the child may do anything.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Fork::Child),
        child => Ok(Fork::Parent(child)),
    }
}

/// Reaps children until `child` is gone; returns its exit code, or 128 + signal.
fn wait_for(child: i32) -> i32 {
    use rustix::process::{WaitOptions, wait};
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid.as_raw_nonzero().get() == child => {
                return match (status.exit_status(), status.terminating_signal()) {
                    (Some(code), _) => code,
                    (None, signal) => 128 + signal.unwrap_or_default(),
                };
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return NOT_STARTED,
        }
    }
}

/// A C string of a path or word; a null byte in it is an error.
pub(crate) fn c_string(text: &str) -> io::Result<CString> {
    Ok(CString::new(text)?)
}
