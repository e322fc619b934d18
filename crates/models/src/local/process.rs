//! One running process and its pipes.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use deskhand_types::{JUDGE_PROTOCOL, JudgeOutcome, JudgeReady, JudgeReply, JudgeRequest};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use super::{LocalError, LocalSettings, threads};

/// The longest line that is read from it, in bytes.
const MAX_LINE: u64 = 1 << 16;
/// What it is given beyond the deadline it knows of, before it counts as hanging.
const GRACE: Duration = Duration::from_secs(5);

/// A process that has said it is ready. Dropping it kills it.
pub(super) struct Process {
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    last_used: Instant,
    idle: Duration,
}

/// Why a running process gave no reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Broken {
    /// It is silent.
    Hangs,
    /// It ended, or speaks nonsense.
    Gone {
        /// Whether that was to be expected: it ends itself when nothing is asked.
        after_idle: bool,
    },
}

/// Its first line.
#[derive(Deserialize)]
#[serde(untagged)]
enum FirstLine {
    Ready {
        ready: JudgeReady,
    },
    Error {
        code: deskhand_types::Code,
        message: String,
    },
}

impl Process {
    /// Starts it and waits until the weights are loaded.
    pub(super) async fn start(program: &Path, cache: &Path, settings: &LocalSettings) -> Result<Self, LocalError> {
        let unavailable = |reason: String| LocalError::Unavailable { reason };
        let mut command = Command::new(program);
        command.arg("serve").arg("--cache").arg(cache);
        // A little longer than the host reckons with, so that it rarely ends in the middle of a question's way.
        command
            .arg("--idle-seconds")
            .arg((settings.idle.as_secs() + 1).to_string());
        if let Some(model) = &settings.model {
            command.arg("--model").arg(model);
        }
        // Nothing of this program's environment, which may hold keys, but what a process needs to run at all.
        command.env_clear();
        for name in ["PATH", "SystemRoot", "TEMP", "TMP", "TMPDIR", "HOME", "LD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("RAYON_NUM_THREADS", threads::free().to_string());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command
            .spawn()
            .map_err(|error| unavailable(format!("{} cannot be run: {error}", program.display())))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(unavailable("its pipes could not be opened".into()));
        };
        let mut process = Self {
            _child: child,
            input,
            output: BufReader::new(output),
            last_used: Instant::now(),
            idle: settings.idle,
        };
        let line = match timeout(settings.start, process.line()).await {
            Ok(Some(line)) => line,
            Ok(None) => return Err(unavailable("it ended while it started".into())),
            Err(_) => {
                return Err(unavailable(format!(
                    "it was not ready after {} s",
                    settings.start.as_secs()
                )));
            }
        };
        match serde_json::from_slice(&line) {
            Ok(FirstLine::Ready { ready }) if ready.protocol == JUDGE_PROTOCOL => Ok(process),
            Ok(FirstLine::Ready { ready }) => Err(unavailable(format!(
                "it speaks {}, not {JUDGE_PROTOCOL}",
                ready.protocol
            ))),
            Ok(FirstLine::Error { code, message }) => Err(unavailable(format!("{message} ({code})"))),
            Err(_) => Err(unavailable("it is not the program that was expected".into())),
        }
    }

    /// Sends a request and waits for its reply.
    pub(super) async fn ask(&mut self, request: &JudgeRequest, time: Duration) -> Result<JudgeOutcome, Broken> {
        let gone = Broken::Gone {
            after_idle: self.last_used.elapsed() >= self.idle,
        };
        let answered = timeout(time + GRACE.min(time), async {
            let mut line = serde_json::to_vec(request).ok()?;
            line.push(b'\n');
            self.input.write_all(&line).await.ok()?;
            self.input.flush().await.ok()?;
            let reply: JudgeReply = serde_json::from_slice(&self.line().await?).ok()?;
            (reply.id == request.id).then_some(reply.outcome)
        })
        .await;
        self.last_used = Instant::now();
        match answered {
            Ok(Some(outcome)) => Ok(outcome),
            Ok(None) => Err(gone),
            Err(_) => Err(Broken::Hangs),
        }
    }

    /// The next line; `None` when there is none, or one that is too long.
    async fn line(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        (&mut self.output)
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)
            .await
            .ok()?;
        line.ends_with(b"\n").then_some(line)
    }
}
