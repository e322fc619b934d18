//! The service `deskhand serve`: begun, watched, and ended.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::link::{Link, LinkError};

/// The longest line that is read of what a program says, in bytes.
const LONGEST_LINE: u64 = 64 << 10;
/// How many of its last words are kept.
const LAST_WORDS: usize = 12;
/// How long a program that only pointed to a running service may take to end.
const POINTING: Duration = Duration::from_secs(2);

/// Why there is no service.
#[derive(Debug, Error)]
pub enum StartError {
    /// The system could not start the program.
    #[error("{program} could not be started: {source}.")]
    NotStarted {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// It ended before it said where it serves.
    #[error("Deskhand's service ended at once ({status}).{said}")]
    Ended {
        /// How.
        status: String,
        /// Its last words, on lines of their own.
        said: String,
    },
    /// It did not say where it serves.
    #[error("Deskhand's service did not answer within {seconds} seconds.{said}")]
    Silent {
        /// How long was waited.
        seconds: u64,
        /// Its last words, on lines of their own.
        said: String,
    },
    /// It said something that is no address of a service.
    #[error("Deskhand's service started, but {0}.")]
    NoLink(#[from] LinkError),
}

/// A service. One that was begun here also ends here; one that ran already is left alone.
#[derive(Debug)]
pub struct Service {
    link: Link,
    child: Option<Child>,
    words: Words,
}

impl Service {
    /// Starts `deskhand serve`, or finds the one that runs already. Waits at most `patience`.
    ///
    /// # Errors
    /// When the program cannot be started, ends, or does not say where it serves; then nothing of it runs any more.
    pub fn start(program: &Path, patience: Duration) -> Result<Self, StartError> {
        let mut command = Command::new(program);
        command
            .args(["serve", "--json"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        without_console(&mut command);
        let mut child = command.spawn().map_err(|source| StartError::NotStarted {
            program: program.display().to_string(),
            source,
        })?;
        let words = Words::default();
        let (first, said_first) = sync_channel(1);
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || pass_first_line(stdout, &first));
        }
        let listening = child.stderr.take().map(|stderr| {
            let words = words.clone();
            thread::spawn(move || words.hear(stderr))
        });
        let line = match said_first.recv_timeout(patience) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                end(&mut child, Duration::ZERO);
                return Err(StartError::Silent {
                    seconds: patience.as_secs(),
                    said: words.said(),
                });
            }
            Err(RecvTimeoutError::Disconnected) => {
                let status = end(&mut child, POINTING);
                // All of its words, not only those heard so far.
                listening.map(thread::JoinHandle::join);
                return Err(StartError::Ended {
                    status: status.map_or_else(|| "it had to be ended".to_owned(), |status| status.to_string()),
                    said: words.said(),
                });
            }
        };
        let link = match Link::read(&line) {
            Ok(link) => link,
            Err(error) => {
                end(&mut child, Duration::ZERO);
                return Err(error.into());
            }
        };
        // It serves itself, or it points to the one that does and ends.
        let points = link.pid() != child.id() && ended_within(&mut child, POINTING).is_some();
        Ok(Self {
            link,
            child: (!points).then_some(child),
            words,
        })
    }

    /// Where it is.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Whether it was begun here.
    pub fn is_own(&self) -> bool {
        self.child.is_some()
    }

    /// How it ended, with its last words; none when that is not known or it runs.
    pub fn ended(&mut self) -> Option<String> {
        let status = ended_within(self.child.as_mut()?, Duration::from_millis(500))?;
        Some(format!("It ended with {status}.{}", self.words.said()))
    }

    /// Ends it in good order if it was begun here: it is asked to, and after `patience` it is made to. Either way its
    /// tasks go on from their logs when a service runs again.
    pub fn stop(mut self, patience: Duration) {
        if let Some(child) = &mut self.child {
            ask_to_end(child);
            end(child, patience);
        }
    }
}

/// Waits for the end of `child`, then makes it end.
fn end(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let ended = ended_within(child, patience);
    if ended.is_none() {
        // It may have ended by itself this moment; then both fail, and that is fine.
        let _ = child.kill();
        let _ = child.wait();
    }
    ended
}

fn ended_within(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(20)),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Asks a process to end in good order.
#[cfg(unix)]
fn ask_to_end(child: &Child) {
    let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // It fails when the process is gone already.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

/// Windows has no such request for a program without a window. The log makes a sudden end as good as an orderly one.
#[cfg(not(unix))]
fn ask_to_end(child: &mut Child) {
    let _ = child.kill();
}

/// Keeps Windows from opening a console for the service.
#[cfg(windows)]
fn without_console(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NO_WINDOW);
}

#[cfg(not(windows))]
fn without_console(_: &mut Command) {}

/// Passes on the first line and then reads on, so that the program never waits for a reader.
fn pass_first_line(stdout: impl Read, first: &SyncSender<String>) {
    let mut stdout = BufReader::new(stdout);
    let mut line = String::new();
    if stdout.by_ref().take(LONGEST_LINE).read_line(&mut line).is_ok() && !line.trim().is_empty() {
        // Nobody waits for it any more when it took too long.
        let _ = first.send(line);
        let _ = std::io::copy(&mut stdout, &mut std::io::sink());
    }
}

/// The last lines a program said on its error output.
#[derive(Clone, Default, Debug)]
struct Words(Arc<Mutex<VecDeque<String>>>);

impl Words {
    fn hear(&self, stderr: impl Read) {
        let mut stderr = BufReader::new(stderr);
        loop {
            let mut line = Vec::new();
            match stderr.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let line: String = String::from_utf8_lossy(&line)
                .chars()
                .filter(|c| !c.is_control())
                .take(300)
                .collect();
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() == LAST_WORDS {
                lines.pop_front();
            }
            if !line.trim().is_empty() {
                lines.push_back(line);
            }
        }
    }

    /// What was said, each line on one of its own, after an empty one; nothing when nothing was said.
    fn said(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = lines.iter().map(|line| format!("\n{line}")).collect::<String>();
        if lines.is_empty() { lines } else { format!("\n{lines}") }
    }
}
