//! The confined command: what happens between the agent's wish and `bash`.
//!
//! The agent runs itself again with the word `confine`, before anybody asks for a command, and tells it a [`Spec`] when
//! somebody does. Three processes follow one another:
//!
//! | process | what it is |
//! | --- | --- |
//! | outer | makes new namespaces, waits, and tells the exit code |
//! | init | process 1 of the command's own process namespace: builds the root, as far as it can before it knows the command; joins the task's network; waits for everything; its end ends all |
//! | command | the task's user, without any right, behind the filter of system calls |
//!
//! The agent puts the first two into the command's control group. None of them has a second thread, so forking is safe.

mod credentials;
mod files;
mod filter;
mod root;

use std::ffi::CString;
use std::fs::File;
use std::io::{self, IoSliceMut, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags};
use rustix::process::Signal;
use rustix::thread::{LinkNameSpaceType, UnshareFlags};
use serde::{Deserialize, Serialize};

use crate::agent::boot::doing;

pub(crate) use credentials::Limits;
pub(crate) use files::can_restrict as can_restrict_files;
pub(crate) use filter::bytes as filter_bytes;
pub(crate) use root::{Base, Mounted, Root};

/// Exit code of the outer process when the command could not be started; why is on its standard error.
pub(crate) const NOT_STARTED: i32 = 125;
/// Said on the status socket when everything stands and the command begins.
pub(crate) const READY: u8 = b'R';
/// The byte before a [`Spec`]; with it comes the network namespace to join. It is said when the agent holds a handle of
/// process 1: only then does that go on, so that the handle is never of a process that has ended already, or of another
/// one that was given its number.
pub(crate) const SPEC_FOLLOWS: u8 = b'S';

/// Everything a confined command needs.
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
    /// What it sees.
    pub root: Root,
    /// What one process may use.
    pub limits: Limits,
}

/// Runs a command. Out of the socket `told` come, each when it is known, the length of a [`Base`] and the base, then
/// [`SPEC_FOLLOWS`] and the [`Spec`] until the end. Into the socket `status` go the number of process 1 and, when the room
/// stands, [`READY`]. Returns the exit code.
pub(crate) fn run(told: i32, status: i32) -> i32 {
    match outer(told, status) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            NOT_STARTED
        }
    }
}

fn outer(told: i32, status: i32) -> io::Result<i32> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // SAFETY: the agent passed these descriptors for us to own.
    let (told, mut status) = unsafe { (UnixStream::from_raw_fd(told), File::from_raw_fd(status)) };
    rustix::io::fcntl_setfd(&told, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::fcntl_setfd(&status, rustix::io::FdFlags::CLOEXEC)?;
    // The agent is the last to be ended for want of memory; a command is not.
    std::fs::write("/proc/self/oom_score_adj", "0").map_err(doing("giving up a privilege"))?;
    let apart = UnshareFlags::NEWNS | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS | UnshareFlags::NEWPID;
    // SAFETY: no other thread shares anything with this one; no file table is unshared.
    unsafe { rustix::thread::unshare_unsafe(apart) }.map_err(doing("making namespaces"))?;
    match fork()? {
        Fork::Child => std::process::exit(init(told, status)),
        Fork::Parent(child) => {
            // Process 1 alone hears what it is to be: who tells it learns whether it is there.
            drop(told);
            status.write_all(&child.to_le_bytes())?;
            drop(status);
            Ok(wait_for(child))
        }
    }
}

/// Process 1 of the command's namespace.
fn init(told: UnixStream, mut status: File) -> i32 {
    let made = become_room(told).and_then(|spec| {
        if spec.is_some() {
            status.write_all(&[READY])?;
        }
        Ok(spec)
    });
    drop(status);
    let (base, spec) = match made {
        Ok(Some(both)) => both,
        Ok(None) => return NOT_STARTED,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            return NOT_STARTED;
        }
    };
    match fork() {
        Ok(Fork::Child) => {
            let error = command(&base, &spec);
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

/// Builds what every room has, waits until it is told whose it is to be, and finishes it. `None`: it is not needed any
/// more.
fn become_room(mut told: UnixStream) -> io::Result<Option<(Base, Spec)>> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let mut length = [0; 4];
    told.read_exact(&mut length)?;
    let mut base = vec![0; u32::from_le_bytes(length) as usize];
    told.read_exact(&mut base)?;
    let base: Base = postcard::from_bytes(&base).map_err(io::Error::other)?;
    root::base(&base)?;
    // From here on it depends on the command.
    let Some((spec, network)) = hear(told)? else {
        return Ok(None);
    };
    rustix::thread::move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))
        .map_err(doing("joining the network"))?;
    // The agent has put this process into its control group: that is the root of what it sees of them.
    // SAFETY: this process has one thread; no file table is unshared.
    unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWCGROUP) }.map_err(doing("making namespaces"))?;
    root::finish(&base, &spec.root)?;
    Ok(Some((base, spec)))
}

/// Waits for what this process is to be, and for the network it joins. `None`: it is not needed any more.
fn hear(mut from: UnixStream) -> io::Result<Option<(Spec, OwnedFd)>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut first = [0];
    let heard = rustix::net::recvmsg(
        &from,
        &mut [IoSliceMut::new(&mut first)],
        &mut ancillary,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    if heard.bytes == 0 {
        return Ok(None);
    }
    let network = ancillary.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    let network = network.ok_or_else(|| io::Error::other("a command without a network"))?;
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes)?;
    let spec = postcard::from_bytes(&bytes).map_err(io::Error::other)?;
    Ok(Some((spec, network)))
}

/// Becomes the command. Returns only with an error.
fn command(base: &Base, spec: &Spec) -> io::Error {
    let confined = || -> io::Result<()> {
        rustix::process::setsid()?;
        credentials::limit(spec.limits).map_err(doing("setting limits"))?;
        credentials::drop_all(spec.uid).map_err(doing("giving up rights"))?;
        rustix::process::chdir(&spec.cwd).map_err(doing(&spec.cwd))?;
        if base.unprivileged {
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
