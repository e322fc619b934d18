//! A child process that never outlives its owner: descriptors in, an unprivileged user, death with its parent.

#![allow(
    unsafe_code,
    reason = "what happens between fork and exec is the caller's to keep safe"
)]

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, Stdio};

use rustix::process::{Pid, PidfdFlags, Signal};
use tokio::sync::watch;

use crate::{SandboxError, error::host};

/// What it complains about is kept up to this length.
const MAX_SAID: u64 = 16 << 10;

/// The process. Dropping it ends it.
pub(crate) struct Child {
    pid: u32,
    handle: OwnedFd,
    gone: watch::Receiver<Option<Gone>>,
}

/// How it ended.
#[derive(Clone, Debug)]
struct Gone {
    how: String,
    said: String,
}

impl Child {
    /// Starts a program. It inherits `descriptors` (by the numbers they have here) and its standard input and output
    /// as set in `command`; its standard error is kept ([`Child::said`]).
    pub fn spawn(what: &'static str, mut command: Command, descriptors: Vec<OwnedFd>) -> Result<Self, SandboxError> {
        let doing = format!("starting {what}");
        let failed = |error: std::io::Error| host(&doing, error);
        command.stderr(Stdio::piped());
        let owner = rustix::process::getpid();
        let (sender, gone) = watch::channel(None);
        let (started, start) = std::sync::mpsc::channel();
        // A thread of its own for the process's whole life: "die with your parent" means the thread that started it.
        std::thread::Builder::new()
            .name(what.to_owned())
            .spawn(move || {
                let raw: Vec<i32> = descriptors.iter().map(std::os::fd::AsRawFd::as_raw_fd).collect();
                let prepare = move || {
                    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
                    // The owner may have died between fork and the line above.
                    if rustix::process::getppid() != Some(owner) {
                        return Err(std::io::ErrorKind::BrokenPipe.into());
                    }
                    for fd in &raw {
                        // SAFETY: the descriptors are open: `descriptors` lives until after the fork.
                        let fd = unsafe { std::os::fd::BorrowedFd::borrow_raw(*fd) };
                        rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::empty())?;
                    }
                    Ok(())
                };
                // SAFETY: between fork and exec only system calls that are safe there are made (prctl, getppid,
                // fcntl); nothing allocates and no lock is taken.
                let spawned = unsafe { command.pre_exec(prepare) }.spawn();
                drop(descriptors);
                let mut child = match spawned {
                    Ok(child) => child,
                    Err(error) => {
                        let _ = started.send(Err(error));
                        return;
                    }
                };
                // The handle is taken before anybody could wait for the process, so it is that process's for sure.
                let handle = i32::try_from(child.id())
                    .ok()
                    .and_then(Pid::from_raw)
                    .ok_or_else(|| std::io::Error::other("a process without a number"))
                    .and_then(|pid| Ok(rustix::process::pidfd_open(pid, PidfdFlags::empty())?));
                match handle {
                    Ok(handle) => {
                        let _ = started.send(Ok((child.id(), handle)));
                    }
                    Err(error) => {
                        let _ = child.kill();
                        let _ = started.send(Err(error));
                    }
                }
                let mut said = Vec::new();
                if let Some(errors) = child.stderr.take() {
                    let mut limited = errors.take(MAX_SAID);
                    let _ = limited.read_to_end(&mut said);
                    let _ = std::io::copy(limited.get_mut(), &mut std::io::sink());
                }
                let how = match child.wait() {
                    Ok(status) => match (status.code(), status.signal()) {
                        (Some(code), _) => format!("{what} ended with code {code}"),
                        (None, Some(9)) => format!("{what} was killed"),
                        (None, signal) => format!("{what} ended with signal {}", signal.unwrap_or_default()),
                    },
                    Err(error) => error.to_string(),
                };
                let said = String::from_utf8_lossy(&said).trim().to_owned();
                let _ = sender.send(Some(Gone { how, said }));
            })
            .map_err(failed)?;
        let (pid, handle) = start
            .recv()
            .map_err(|_| host(&doing, "its thread was lost"))?
            .map_err(failed)?;
        Ok(Self { pid, handle, gone })
    }

    /// Its number.
    pub const fn id(&self) -> u32 {
        self.pid
    }

    /// Asks the kernel to end exactly this process; a number that was used again is never hit.
    pub fn kill(&self) {
        let _ = rustix::process::pidfd_send_signal(&self.handle, Signal::KILL);
    }

    /// Waits until it is gone; says how.
    pub async fn gone(&self) -> String {
        self.end().await.how
    }

    /// What it wrote to its standard error, once it is gone.
    pub async fn said(&self) -> String {
        self.end().await.said
    }

    async fn end(&self) -> Gone {
        let lost = || Gone {
            how: "it was lost".to_owned(),
            said: String::new(),
        };
        let mut gone = self.gone.clone();
        let end = gone.wait_for(Option::is_some).await;
        end.map_or_else(|_| lost(), |end| end.clone().unwrap_or_else(lost))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}
