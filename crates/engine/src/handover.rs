//! A second look at files that are handed over: the sandbox's own checker opens them with the programs that are there,
//! has formulas calculated where LibreOffice is, and makes pictures of their first pages.
//!
//! Only where a command of the task has started its room already: handing over starts no machine. The first look, which
//! needs none, is `tools::faults`. Neither holds anything back.

use std::fmt::Write as _;
use std::time::Duration;

use deskhand_sandbox::{Command, Output, Why};
use deskhand_types::{Block, GuestPath, ToolOutcome};
use serde::{Deserialize, Serialize};

use crate::{EngineError, command::start_folder, perform::Hands, session::Session, shell::quoted};

/// A checker that takes longer is given up. Drawing pages with LibreOffice in software takes half a minute.
const WITHIN: Duration = Duration::from_secs(90);
/// Bytes of its answer that are read.
const MAX_ANSWER: usize = 256 << 10;
/// Findings of a file that are told; the others are counted.
const TOLD: usize = 8;
/// Where pictures of pages are put: in the room's own scratch.
const PICTURES: &str = "/tmp/handed-over";
/// The image's program. A command of the task cannot put another in its place: the image is only read.
const CHECKER: &str = "/usr/bin/deskhand-check";

/// What the checker says of one file. It comes out of a room in which anything may run: words, nothing else.
#[derive(Serialize, Deserialize)]
struct Checked {
    path: String,
    #[serde(default)]
    errors: u64,
    #[serde(default)]
    warnings: u64,
    #[serde(default)]
    findings: Vec<Finding>,
    #[serde(default)]
    rendered: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Finding {
    level: String,
    #[serde(default)]
    place: String,
    message: String,
}

impl Hands<'_> {
    /// Adds to `outcome`, of handing over `paths`, what the sandbox's checker finds.
    pub(crate) async fn look_again(
        &mut self,
        session: &mut Session<'_>,
        paths: &[GuestPath],
        outcome: ToolOutcome,
    ) -> Result<ToolOutcome, EngineError> {
        let documents: Vec<&GuestPath> = paths.iter().filter(|path| is_checked(path.file_name())).collect();
        let Some(room) = self.shell.room_now().filter(|_| !documents.is_empty()) else {
            return Ok(outcome);
        };
        let command = Command {
            text: line(&documents),
            cwd: start_folder(session),
            timeout: WITHIN,
        };
        let mut answer = Vec::new();
        let mut keep = |stream: Output, bytes: &[u8]| {
            if stream == Output::Stdout {
                let left = MAX_ANSWER.saturating_sub(answer.len());
                answer.extend_from_slice(bytes.get(..bytes.len().min(left)).unwrap_or_default());
            }
        };
        // What it changes is dropped with the room: nothing of it lands.
        let ran = session
            .alongside(room.run(command, &mut keep, self.shell.token()))
            .await?;
        let Ok(ran) = ran else {
            // A room that is lost is told by the next command that wants it.
            return Ok(outcome);
        };
        if ran.exited.why != Why::Finished {
            let text = "The check in the sandbox was given up before its end.";
            return Ok(with(outcome, text.to_owned(), session, &documents, &[]));
        }
        let Ok(checked) = serde_json::from_slice::<Vec<Checked>>(&answer) else {
            // No such program there, as in tier `os`.
            return Ok(outcome);
        };
        Ok(match told(&documents, &checked) {
            Some(text) => with(outcome, text, session, &documents, &checked),
            None => outcome,
        })
    }
}

/// Whether the checker knows files of this name, and has more to say of them than the first look.
fn is_checked(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ["docx", "docm", "xlsx", "xlsm", "pptx", "pptm", "pdf"].contains(&ending.as_str()))
}

/// The command, for `bash`.
fn line(paths: &[&GuestPath]) -> String {
    let mut line = format!("{CHECKER} --json --render {PICTURES} --");
    for path in paths {
        let _ = write!(line, " {}", quoted(path.as_str()));
    }
    line
}

/// What is told of it: what has faults, and where pictures are. Nothing where there is neither.
fn told(paths: &[&GuestPath], checked: &[Checked]) -> Option<String> {
    let mut text = String::new();
    for path in paths {
        let Some(found) = checked.iter().find(|found| found.path == path.as_str()) else {
            continue;
        };
        let worth = found.findings.iter().filter(|finding| finding.level != "hint");
        for finding in worth.clone().take(TOLD) {
            let place = if finding.place.is_empty() {
                String::new()
            } else {
                format!("{}: ", finding.place)
            };
            let _ = write!(text, "\n- {path}: {}: {place}{}", finding.level, finding.message);
        }
        let more = worth.count().saturating_sub(TOLD);
        if more > 0 {
            let _ = write!(text, "\n- {path}: and {more} more");
        }
        let pictures: Vec<&str> = found.rendered.iter().map(String::as_str).collect();
        if !pictures.is_empty() {
            let _ = write!(text, "\n- {path}: pictures of its pages: {}", pictures.join(", "));
        }
    }
    (!text.is_empty()).then(|| {
        format!("Checked in the sandbox. Mend errors and hand the file over again; Read a picture to see what the person will see:{text}")
    })
}

fn with(
    mut outcome: ToolOutcome,
    text: String,
    session: &Session<'_>,
    paths: &[&GuestPath],
    checked: &[Checked],
) -> ToolOutcome {
    match outcome.content.first_mut() {
        Some(Block::Text { text: said }) => {
            let _ = write!(said, "\n\n{text}");
        }
        _ => outcome.content.push(Block::text(text)),
    }
    // It may quote the files, and whatever ran in the room may have had a hand in it.
    outcome.label = outcome.label.join(&session.command_label());
    for path in paths {
        outcome.label = outcome.label.join(&crate::skills::file_label(path));
    }
    let faulty = checked.iter().filter(|found| found.errors > 0).count();
    if faulty > 0 && !outcome.summary.contains("something is wrong") {
        let _ = write!(outcome.summary, "; something is wrong with {faulty}");
    }
    if let Ok(value) = serde_json::to_value(checked)
        && !checked.is_empty()
    {
        match &mut outcome.data {
            serde_json::Value::Object(data) => drop(data.insert("checked".to_owned(), value)),
            data => *data = serde_json::json!({ "checked": value }),
        }
    }
    outcome
}
