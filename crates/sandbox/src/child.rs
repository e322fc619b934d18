//! A child process that never outlives its owner: descriptors in, an unprivileged user, death with its parent.

#![allow(
    unsafe_code,
    reason = "what happens between fork and exec is the caller's to keep safe"
)]

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal};
use tokio::sync::watch;

use crate::console::{self, Console};
use crate::{SandboxError, error::host};

/// What it complains about is kept up to this length.
const MAX_SAID: u64 = 16 << 10;

/// The process. Dropping it ends it.
pub(crate) struct Child {
    pid: u32,
    handle: OwnedFd,
    gone: watch::Receiver<Option<Gone>>,
    end: Arc<End>,
}

/// What its owner wanted.
#[derive(Default)]
struct End {
    /// It was ended on purpose.
    asked: AtomicBool,
    /// It was ended for this reason.
    because: Mutex<Option<String>>,
}

impl End {
    fn because(&self) -> Option<String> {
        self.because.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
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
    pub fn spawn(what: &'static str, command: Command, descriptors: Vec<OwnedFd>) -> Result<Self, SandboxError> {
        Self::spawn_with(what, command, descriptors, None)
    }

    /// The same; its standard output is a console whose end is kept.
    pub fn spawn_with(
        what: &'static str,
        mut command: Command,
        descriptors: Vec<OwnedFd>,
        console: Option<Console>,
    ) -> Result<Self, SandboxError> {
        let doing = format!("starting {what}");
        let failed = |error: std::io::Error| host(&doing, error);
        command.stderr(Stdio::piped());
        if console.is_some() {
            command.stdout(Stdio::piped());
        }
        let end = Arc::new(End::default());
        let wanted = end.clone();
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
                let written = child.stdout.take().map(|out| std::thread::spawn(|| console::last(out)));
                let mut said = Vec::new();
                if let Some(errors) = child.stderr.take() {
                    let mut limited = errors.take(MAX_SAID);
                    let _ = limited.read_to_end(&mut said);
                    let _ = std::io::copy(limited.get_mut(), &mut std::io::sink());
                }
                let status = child.wait();
                let killed = status.as_ref().is_ok_and(|status| status.signal() == Some(9));
                let how = match status {
                    Ok(status) => match (status.code(), status.signal()) {
                        (Some(code), _) => format!("{what} ended with code {code}"),
                        (None, Some(9)) => format!("{what} was killed"),
                        (None, signal) => format!("{what} ended with signal {}", signal.unwrap_or_default()),
                    },
                    Err(error) => error.to_string(),
                };
                let because = wanted.because();
                let asked = killed && because.is_none() && wanted.asked.load(Ordering::Acquire);
                let how = because.unwrap_or(how);
                // Kept before anybody hears that it is gone.
                let mut late = None;
                if let (Some(written), Some(console)) = (written, console)
                    && let Ok(written) = written.join()
                    && (console.always || !asked)
                    && console.keep(&written, &how).is_err()
                {
                    late = Some((console, written, how.clone()));
                }
                let said = String::from_utf8_lossy(&said).trim().to_owned();
                let _ = sender.send(Some(Gone { how, said }));
                // A disk the machine had filled has room again once its files are gone.
                if let Some((console, written, how)) = late {
                    let kept = (0..50).any(|_| {
                        std::thread::sleep(Duration::from_millis(100));
                        console.keep(&written, &how).is_ok()
                    });
                    if !kept {
                        let _ = std::fs::remove_file(console.file.with_extension("new"));
                    }
                }
            })
            .map_err(failed)?;
        let (pid, handle) = start
            .recv()
            .map_err(|_| host(&doing, "its thread was lost"))?
            .map_err(failed)?;
        Ok(Self { pid, handle, gone, end })
    }

    /// Its number.
    pub const fn id(&self) -> u32 {
        self.pid
    }

    /// Asks the kernel to end exactly this process; a number that was used again is never hit.
    pub fn kill(&self) {
        // What ended by itself was not ended on purpose, however late that is noticed.
        if !self.has_ended() {
            self.end.asked.store(true, Ordering::Release);
        }
        let _ = rustix::process::pidfd_send_signal(&self.handle, Signal::KILL);
    }

    /// Whether it has ended, also when nobody has heard of it yet. A process that ends closes its streams a moment before
    /// the kernel says that it is over, and whoever reads them may be here by then.
    fn has_ended(&self) -> bool {
        let moment = Timespec {
            tv_sec: 0,
            tv_nsec: 30_000_000,
        };
        let mut watched = [PollFd::new(&self.handle, PollFlags::IN)];
        poll(&mut watched, Some(&moment)).is_ok_and(|ready| ready > 0)
    }

    /// Ends it for a reason, which is how it ended then.
    pub fn end_because(&self, why: String) {
        let mut because = self.end.because.lock().unwrap_or_else(PoisonError::into_inner);
        because.get_or_insert(why);
        drop(because);
        self.kill();
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;

    fn shell(script: &str, file: &Path, always: bool) -> Child {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).stdin(Stdio::null());
        let console = Console {
            file: file.to_owned(),
            always,
        };
        Child::spawn_with("the shell", command, Vec::new(), Some(console)).unwrap()
    }

    #[tokio::test]
    async fn the_console_of_what_ended_by_itself_is_kept_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("console");
        let child = shell("head -c 9000000 /dev/zero; echo last words; exit 3", &file, false);
        assert_eq!(child.gone().await, "the shell ended with code 3");
        let kept = std::fs::read(&file).unwrap();
        assert!(kept.ends_with(b"last words\n\nthe shell ended with code 3\n"));
        assert!(kept.len() < 100 << 10, "{}", kept.len());
    }

    #[tokio::test]
    async fn the_console_of_what_was_ended_on_purpose_is_kept_only_for_a_boot_or_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("console");
        let child = shell("exec sleep 60", &file, false);
        child.kill();
        assert_eq!(child.gone().await, "the shell was killed");
        assert!(!file.exists());
        let child = shell("exec sleep 60", &file, true);
        child.kill();
        child.gone().await;
        assert_eq!(std::fs::read(&file).unwrap(), b"\nthe shell was killed\n");
        let child = shell("exec sleep 60", &file, false);
        child.end_because("the disk is full".to_owned());
        assert_eq!(child.gone().await, "the disk is full");
        assert_eq!(std::fs::read(&file).unwrap(), b"\nthe disk is full\n");
        // Killed by somebody else, as by a computer without memory.
        let child = shell("kill -9 $$", &file, false);
        assert_eq!(child.gone().await, "the shell was killed");
        assert_eq!(std::fs::read(&file).unwrap(), b"\nthe shell was killed\n");
    }
}
