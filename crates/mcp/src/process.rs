//! A local server: a program in a process group of its own, which ends as a whole.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use crate::error::Error;

/// How much of what a server prints as errors is kept, from the end.
const KEPT: usize = 64 * 1024;
/// How long a server has to go by itself, at each step.
const GRACE: Duration = Duration::from_secs(2);

/// What is to be run. Nothing of Deskhand's own environment is passed on.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program.
    pub command: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its whole environment: at least `PATH` is usually needed.
    pub environment: BTreeMap<String, String>,
    /// Where it runs.
    pub folder: PathBuf,
}

/// A running local server. Dropping it kills its whole group.
pub struct Process {
    child: Child,
    group: Option<Pid>,
    errors: Arc<Mutex<VecDeque<u8>>>,
}

impl Process {
    /// Starts `program`; the streams are for [`Connection::open`](crate::Connection::open).
    pub fn start(program: &Program) -> Result<(Self, ChildStdout, ChildStdin), Error> {
        let failed = |source| Error::Start {
            program: program.command.display().to_string(),
            source,
        };
        let mut child = Command::new(&program.command)
            .args(&program.arguments)
            .env_clear()
            .envs(&program.environment)
            .current_dir(&program.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let (Some(input), Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed(std::io::Error::other("its streams are missing")));
        };
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        tokio::spawn(keep_end(errors, Arc::clone(&kept)));
        Ok((
            Self {
                child,
                group,
                errors: kept,
            },
            output,
            input,
        ))
    }

    /// Waits until a program that is about to go away has printed its last words, for at most [`GRACE`].
    pub async fn settle(&mut self) {
        if self.ended_within(GRACE).await {
            // What it printed is read by another task.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The end of what the server printed as errors; untrusted.
    pub fn errors(&self) -> String {
        let kept = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept.iter().copied().collect::<Vec<u8>>()).into_owned()
    }

    /// Ends the server: it may go by itself (its input is closed), is then asked to, then killed with all it started.
    pub async fn stop(mut self) {
        if !self.ended_within(GRACE).await {
            self.signal(Signal::TERM);
            self.ended_within(GRACE).await;
        }
        self.signal(Signal::KILL);
        self.group = None;
        let _ = self.child.wait().await;
    }

    /// Waits until a program that does one thing has ended, and ends what is left of its group. Its exit code; `None` when
    /// it did not end in time, or by a signal.
    pub async fn end(mut self, time: Duration) -> Option<i32> {
        let ended = self.ended_within(time).await;
        self.signal(Signal::KILL);
        self.group = None;
        let status = self.child.wait().await.ok()?;
        status.code().filter(|_| ended)
    }

    /// Whether the program ends in time. It is not reaped, so that its id still means its own group.
    async fn ended_within(&self, time: Duration) -> bool {
        const STEP: Duration = Duration::from_millis(20);
        let Some(pid) = self.group else { return true };
        let mut left = time;
        loop {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
            if !matches!(waitid(WaitId::Pid(pid), options), Ok(None)) {
                return true;
            }
            if left.is_zero() {
                return false;
            }
            tokio::time::sleep(STEP).await;
            left = left.saturating_sub(STEP);
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // The group may be empty already.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

async fn keep_end(mut errors: ChildStderr, kept: Arc<Mutex<VecDeque<u8>>>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = errors.read(&mut buffer).await {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(buffer.iter().take(count));
        let over = kept.len().saturating_sub(KEPT);
        kept.drain(..over);
    }
}
