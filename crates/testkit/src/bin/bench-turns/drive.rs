//! One run of one program.

use std::fs::File;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use deskhand_testkit::ScriptedServer;

use crate::harness::{Harness, Kind};
use crate::observe::Observer;
use crate::processes::Watch;

/// How often the program's processes are looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What a run showed.
pub(crate) struct Run {
    /// Which program.
    pub(crate) kind: Kind,
    /// What it says its version is.
    pub(crate) version: String,
    /// From the start of the process to its first request; `None` when none came.
    pub(crate) start: Option<Duration>,
    /// The program's own time before each further request.
    pub(crate) times: Vec<Duration>,
    /// Processor time per turn.
    pub(crate) time_per_turn: Option<Duration>,
    /// Length of the first request, in bytes.
    pub(crate) first_bytes: usize,
    /// Of these, what the program itself says.
    pub(crate) own_bytes: usize,
    /// The greatest memory of its processes, in bytes.
    pub(crate) peak: Option<u64>,
    /// Which processes these were, and the bytes of each.
    pub(crate) processes: Vec<(String, u64)>,
    /// Where a request did not merely add to the one before.
    pub(crate) broken: Vec<(usize, String)>,
    /// Requests beside the task.
    pub(crate) aside: usize,
    /// Why the run does not count, if so.
    pub(crate) fault: Option<String>,
}

/// Runs a program for that many turns.
pub(crate) fn drive(harness: Harness, turns: usize, timeout: Duration) -> Run {
    let harness = Arc::new(harness);
    let observer = Observer::default();
    let server = {
        let (harness, observer) = (Arc::clone(&harness), observer.clone());
        ScriptedServer::responding(move |request, number| observer.answer(&harness, turns, request, number))
    };
    server.keep_bodies(false);
    let started = Instant::now();
    let mut watch = Watch::default();
    let ended = match spawn(&harness, &server.base_url()) {
        Ok(child) => wait(child, &observer, &mut watch, started + timeout),
        Err(reason) => Err(reason),
    };
    let seen = observer.seen();
    let timings = server.timings();
    let calls: Vec<_> = seen.answers.iter().filter_map(|call| timings.get(*call)).collect();
    let times = calls
        .windows(2)
        .filter_map(|pair| match pair {
            [before, after] => Some(after.arrived.saturating_duration_since(before.answered?)),
            _ => None,
        })
        .collect::<Vec<_>>();
    let fault = match ended {
        Err(reason) => Some(reason),
        Ok(()) if times.len() != turns => Some(format!("ended after {} of {turns} turns", times.len())),
        Ok(()) => seen.unread.first().map(|first| {
            format!(
                "{} of {turns} notes were not read, the first in turn {first}",
                seen.unread.len()
            )
        }),
    };
    Run {
        kind: harness.kind,
        version: harness.version.clone(),
        start: calls
            .first()
            .map(|call| call.arrived.saturating_duration_since(started)),
        times,
        first_bytes: seen.first_bytes,
        own_bytes: seen.own_bytes,
        peak: watch.peak(),
        time_per_turn: watch.time_per_turn(),
        processes: watch.processes(),
        broken: seen.broken.clone(),
        aside: seen.aside,
        fault: fault.map(|fault| fault + &last_words(&harness)),
    }
}

fn spawn(harness: &Harness, base_url: &str) -> Result<Child, String> {
    let mut command = harness.command(base_url).map_err(|error| error.to_string())?;
    let [out, err] = harness.logs().map(File::create);
    command
        .stdin(Stdio::null())
        .stdout(out.map_err(|error| error.to_string())?)
        .stderr(err.map_err(|error| error.to_string())?);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
        .spawn()
        .map_err(|error| format!("{} does not start: {error}", harness.program().display()))
}

/// Waits for the end, watching its processes; ends it when its time is up.
fn wait(mut child: Child, observer: &Observer, watch: &mut Watch, until: Instant) -> Result<(), String> {
    let ended = loop {
        let turns = observer.seen().answers.len();
        watch.look(child.id(), turns);
        match child.try_wait() {
            Ok(Some(status)) if status.success() => break Ok(()),
            Ok(Some(status)) => break Err(format!("ended with {status}")),
            Ok(None) if Instant::now() < until => thread::sleep(LOOK),
            Ok(None) => break Err("did not end in time".to_owned()),
            Err(error) => break Err(error.to_string()),
        }
    };
    end(&mut child);
    ended
}

/// Ends what is left of the program.
fn end(child: &mut Child) {
    // Its whole group: launchers leave children behind.
    #[cfg(unix)]
    {
        let group = format!("-{}", child.id());
        let _ = std::process::Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The end of what it wrote to its standard error, or else to its standard output.
fn last_words(harness: &Harness) -> String {
    let [out, err] = harness.logs().map(|log| std::fs::read(log).unwrap_or_default());
    let said = if err.trim_ascii().is_empty() { out } else { err };
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    let from = said.char_indices().rev().nth(500).map_or(0, |(at, _)| at);
    match said.get(from..).unwrap_or_default() {
        "" => String::new(),
        words => format!("; it said: {words}"),
    }
}
