//! What a command is told as: its output, how it ended, what it changed and what became of that. Pure functions, so that
//! a recovered command reads the same.

use std::fmt::Write;
use std::time::Duration;

use deskhand_sandbox::{Captured, Exited, Why};
use deskhand_types::{ChangeSet, Code, FileState, Hash, Label, LeftOut, Tier, ToolOutcome};
use serde_json::{Map, Value, json};

use super::{change_text, human_size};

/// Lines of changes, left-out and kept paths a model is shown.
const SHOWN: usize = 40;
/// Paths in the structured result.
const LISTED: usize = 1_000;

/// Part of what a command wrote.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Shown {
    /// Text, with a line in the place of what was left out.
    pub text: String,
    /// Bytes that were left out.
    pub cut: u64,
}

/// The beginning and the end of what a command wrote, at most about `max` bytes. What is not text is made visible as
/// replacement characters.
pub(crate) fn shown(captured: &Captured, max: usize) -> Shown {
    let kept = captured.head.len() + captured.tail.len();
    if kept as u64 >= captured.bytes && kept <= max {
        let mut all = captured.head.clone();
        all.extend_from_slice(&captured.tail);
        return Shown {
            text: String::from_utf8_lossy(&all).into_owned(),
            cut: 0,
        };
    }
    let head = captured
        .head
        .get(..captured.head.len().min(max / 3 * 2))
        .unwrap_or_default();
    let rest = captured.head.get(head.len()..).unwrap_or_default();
    let end = if captured.tail.is_empty() { rest } else { &captured.tail };
    let tail = end.get(end.len().saturating_sub(max / 3)..).unwrap_or_default();
    let cut = captured.bytes.saturating_sub((head.len() + tail.len()) as u64);
    Shown {
        text: format!(
            "{}\n[{} left out here]\n{}",
            String::from_utf8_lossy(head),
            human_size(cut),
            String::from_utf8_lossy(tail)
        ),
        cut,
    }
}

/// What there is to tell about a command that is over.
pub(crate) struct Told<'a> {
    pub title: &'a str,
    pub timeout: Option<Duration>,
    pub exited: Exited,
    pub tier: Tier,
    pub shown: Shown,
    pub bytes: u64,
    /// All of its output, in the store, when not all is shown.
    pub full: Option<Hash>,
    pub left_out: &'a [LeftOut],
    /// Why the room was made anew before it.
    pub anew: Option<&'a str>,
    /// Why nothing it changed can be taken over, and the versions that are kept in the store.
    pub trouble: Option<Trouble>,
    pub label: Label,
}

/// Changes that cannot be taken over.
pub(crate) struct Trouble {
    pub why: String,
    pub kept: Vec<(String, Hash)>,
}

/// The outcome of a command, before anything is said about its changes.
pub(crate) fn command_outcome(told: Told<'_>) -> ToolOutcome {
    let mut text = told.shown.text.trim_end().to_owned();
    if text.is_empty() {
        text.push_str("(no output)");
    }
    if let Some(hash) = told.full.filter(|_| told.shown.cut > 0) {
        let _ = write!(
            text,
            "\n[{} of output in all, kept as {hash}. To see the rest, write it to a file and read that in parts.]",
            human_size(told.bytes)
        );
    }
    let (why, code) = ended(told.exited, told.timeout);
    if let Some(why) = &why {
        let _ = write!(text, "\n[{why}]");
    }
    if told.tier == Tier::Os {
        text.push_str("\n[It ran in the weaker sandbox `os`, not in the virtual machine.]");
    }
    if let Some(why) = told.anew {
        let _ = write!(
            text,
            "\n[The sandbox was made anew before this command: {why}. What commands before it left in /tmp and the home folder is gone; the granted folders are as they were.]"
        );
    }
    if !told.left_out.is_empty() {
        text.push_str("\n\nLeft out, so it does not land:");
        list(
            &mut text,
            told.left_out.iter().map(|left| format!("{}: {}", left.path, left.why)),
        );
    }
    let mut data = json!({
        "exit_code": told.exited.code, "ended": word(told.exited.why), "tier": told.tier, "output_bytes": told.bytes,
        "output": told.full, "cpu_ms": told.exited.cpu_ms, "peak_memory": told.exited.peak_memory,
        "left_out": told.left_out.iter().take(LISTED).map(|left| json!({"path": left.path, "why": left.why})).collect::<Vec<_>>(),
    });
    if let (Some(why), Value::Object(data)) = (told.anew, &mut data) {
        data.insert("anew".to_owned(), json!(why));
    }
    let mut error = code.map(Code::new);
    if let Some(trouble) = told.trouble {
        let _ = write!(text, "\n\nNothing it changed has landed: {}", trouble.why);
        keep(&mut text, &mut data, &trouble.kept);
        error = Some(Code::new("command.not-landed"));
    }
    let summary = match &why {
        Some(why) => format!("Ran {}: {why}", told.title),
        None => format!("Ran {}", told.title),
    };
    let mut outcome = ToolOutcome::text(text, told.label, summary).with_data(data);
    outcome.error = error;
    outcome
}

/// The outcome of a command whose changes landed.
pub(crate) fn landed(outcome: &ToolOutcome, tool: &str, set: &ChangeSet) -> ToolOutcome {
    let mut outcome = outcome.clone();
    let changes = change_text::told(tool, set);
    let mut text = "\n\nChanged files:".to_owned();
    list(&mut text, changes.iter().map(|change| change.line.clone()));
    append(&mut outcome, &text);
    let count = changes.len();
    let _ = write!(
        outcome.summary,
        "; {count} {} changed",
        if count == 1 { "file" } else { "files" }
    );
    if let Value::Object(data) = &mut outcome.data {
        insert_changes(data, set, changes.iter().map(|change| change.path.as_str()), true);
    }
    outcome
}

/// The outcome of a command whose changes did not land. Its version of the files stays in the store, and is named.
pub(crate) fn not_landed(outcome: &ToolOutcome, set: &ChangeSet, code: Code, why: &str) -> ToolOutcome {
    let mut outcome = outcome.clone();
    let mut text = format!("\n\n{why}");
    let kept: Vec<(String, Hash)> = set
        .changes
        .iter()
        .filter(|change| change.from.is_none())
        .filter_map(|change| match &change.after {
            FileState::File { hash, .. } => Some((change.path.to_string(), *hash)),
            _ => None,
        })
        .collect();
    keep(&mut text, &mut outcome.data, &kept);
    append(&mut outcome, &text);
    let changes = change_text::told("", set);
    if let Value::Object(data) = &mut outcome.data {
        insert_changes(data, set, changes.iter().map(|change| change.path.as_str()), false);
    }
    outcome.error = Some(code);
    outcome.summary.push_str("; its changes did not land");
    outcome
}

fn insert_changes<'a>(
    data: &mut Map<String, Value>,
    set: &ChangeSet,
    paths: impl Iterator<Item = &'a str>,
    landed: bool,
) {
    data.insert("landed".to_owned(), json!(landed));
    data.insert("change_set".to_owned(), json!(set.id));
    data.insert("paths".to_owned(), json!(paths.take(LISTED).collect::<Vec<_>>()));
}

/// Names versions of files that are in the store though they did not land.
fn keep(text: &mut String, data: &mut Value, kept: &[(String, Hash)]) {
    if kept.is_empty() {
        return;
    }
    text.push_str("\nWhat the command wrote is kept in the store:");
    list(text, kept.iter().map(|(path, hash)| format!("{path} = {hash}")));
    if let Value::Object(data) = data {
        let kept: Vec<Value> = kept
            .iter()
            .take(LISTED)
            .map(|(path, hash)| json!({"path": path, "hash": hash}))
            .collect();
        data.insert("kept".to_owned(), Value::Array(kept));
    }
}

fn append(outcome: &mut ToolOutcome, more: &str) {
    match outcome.content.last_mut() {
        Some(deskhand_types::Block::Text { text }) => text.push_str(more),
        _ => outcome.content.push(deskhand_types::Block::text(more.trim_start())),
    }
}

fn list(text: &mut String, lines: impl Iterator<Item = String>) {
    let mut more = 0;
    for (number, line) in lines.enumerate() {
        if number < SHOWN {
            let _ = write!(text, "\n- {line}");
        } else {
            more += 1;
        }
    }
    if more > 0 {
        let _ = write!(text, "\n- and {more} more");
    }
}

/// How a command ended, where that was not by itself with 0; and the error's code.
fn ended(exited: Exited, timeout: Option<Duration>) -> (Option<String>, Option<&'static str>) {
    match exited.why {
        Why::Finished if exited.code == 0 => (None, None),
        Why::Finished => (Some(format!("exit code {}", exited.code)), Some("command.exit")),
        Why::TimedOut => {
            let after = timeout
                .map(|timeout| format!(" after {} s", timeout.as_secs_f64()))
                .unwrap_or_default();
            (
                Some(format!("ended{after}: its time was over")),
                Some("command.timed-out"),
            )
        }
        Why::Cancelled => (Some("cancelled".to_owned()), Some("command.cancelled")),
        Why::TooMuchOutput => (
            Some("ended: it wrote more output than it may".to_owned()),
            Some("command.too-much-output"),
        ),
        Why::OutOfMemory => (
            Some("ended: it ran out of memory".to_owned()),
            Some("command.out-of-memory"),
        ),
        Why::TooMuchDisk => (
            Some("ended: it filled more disk than it may".to_owned()),
            Some("command.too-much-disk"),
        ),
        Why::TooManyProcesses => (
            Some("ended: it started more processes than it may".to_owned()),
            Some("command.too-many-processes"),
        ),
    }
}

const fn word(why: Why) -> &'static str {
    match why {
        Why::Finished => "finished",
        Why::TimedOut => "timed_out",
        Why::Cancelled => "cancelled",
        Why::TooMuchOutput => "too_much_output",
        Why::OutOfMemory => "out_of_memory",
        Why::TooMuchDisk => "too_much_disk",
        Why::TooManyProcesses => "too_many_processes",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(head: &[u8], tail: &[u8], bytes: u64) -> Captured {
        Captured {
            head: head.to_vec(),
            tail: tail.to_vec(),
            bytes,
            full: None,
        }
    }

    #[test]
    fn what_fits_is_shown_whole_and_the_middle_of_the_rest_is_left_out() {
        assert_eq!(shown(&captured(b"all", b"", 3), 90).text, "all");
        assert_eq!(shown(&captured(b"\xffx", b"", 2), 90).text, "\u{fffd}x");
        // The head is all there is, and too long.
        let long = shown(&captured(&[b'a'; 100], b"", 100), 30);
        assert_eq!((long.cut, long.text.matches('a').count()), (70, 30));
        // The middle was never kept.
        let gap = shown(&captured(&[b'a'; 60], &[b'b'; 40], 1_000), 30);
        assert_eq!(
            (gap.cut, gap.text.matches('a').count(), gap.text.matches('b').count()),
            (970, 20, 10)
        );
        // Head and tail fit, yet something between them is missing.
        let gap = shown(&captured(&[b'a'; 6], &[b'b'; 4], 1_000), 300);
        assert_eq!(gap.cut, 990);
    }
}
