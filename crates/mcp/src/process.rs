//! A local server: a program in a process group of its own, which ends as a whole. Where there are no process groups
//! (Windows), the program itself is ended; what it started ends when it notices that it is alone.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use self::group::Group;
use crate::error::Error;

#[cfg_attr(unix, path = "process/group.rs")]
#[cfg_attr(not(unix), path = "process/alone.rs")]
mod group;

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
    group: Group,
    errors: Arc<Mutex<VecDeque<u8>>>,
}

impl Process {
    /// Starts `program`; the streams are for [`Connection::open`](crate::Connection::open).
    pub fn start(program: &Program) -> Result<(Self, ChildStdout, ChildStdin), Error> {
        let failed = |source| Error::Start {
            program: program.command.display().to_string(),
            source,
        };
        let mut command = Command::new(&program.command);
        command
            .args(&program.arguments)
            .env_clear()
            .envs(&program.environment)
            .current_dir(&program.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Group::apart(&mut command);
        let mut child = command.spawn().map_err(failed)?;
        let group = Group::of(&child);
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
            self.group.ask_to_end();
            self.ended_within(GRACE).await;
        }
        self.group.kill(&mut self.child);
        let _ = self.child.wait().await;
    }

    /// Waits until a program that does one thing has ended, and ends what is left of its group. Its exit code; `None` when
    /// it did not end in time, or by a signal.
    pub async fn end(mut self, time: Duration) -> Option<i32> {
        let ended = self.ended_within(time).await;
        self.group.kill(&mut self.child);
        let status = self.child.wait().await.ok()?;
        status.code().filter(|_| ended)
    }

    /// Whether the program ends in time.
    async fn ended_within(&mut self, time: Duration) -> bool {
        const STEP: Duration = Duration::from_millis(20);
        let mut left = time;
        while !self.group.has_ended(&mut self.child) {
            if left.is_zero() {
                return false;
            }
            tokio::time::sleep(STEP).await;
            left = left.saturating_sub(STEP);
        }
        true
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.group.kill(&mut self.child);
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
