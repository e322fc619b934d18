//! `models pull`: the small local model's own program fetches its weights; here its progress is shown.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use anyhow::{Context, Result};
use deskhand_engine::Engine;
use serde_json::Value;

use crate::{commands::done, exit::Exit, failure::Usage};

/// The program, beside this one.
const PROGRAM: &str = "deskhand-local-model";

/// Where the program is, or would be.
pub(crate) fn program() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX)))
}

/// Fetches the weights into a cache folder, telling each line of the program's. Safe to stop and start again: what is
/// there stays.
pub(crate) fn fetch(cache: &Path, told: &mut dyn FnMut(&str)) -> Result<ExitStatus> {
    let program = program()?;
    let mut child = Command::new(&program)
        .arg("pull")
        .arg("--cache")
        .arg(cache)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|_| {
            Usage(format!(
                "the local model's program is not beside this one ({}); build it with `make local-model`",
                program.display()
            ))
        })?;
    let lines = child.stdout.take().context("its output cannot be read")?;
    for line in BufReader::new(lines).lines() {
        told(&line?);
    }
    Ok(child.wait()?)
}

/// `models pull`
pub(super) fn pull(engine: &Engine, json: bool) -> Result<Exit> {
    let status = fetch(&engine.config().cache, &mut |line| {
        if json {
            anstream::println!("{line}");
        } else if let Ok(progress) = serde_json::from_str::<Value>(line) {
            show(&progress);
        }
    })?;
    if !json {
        anstream::eprintln!();
        if status.success() {
            done("The local model is installed.");
        }
    }
    Ok(if status.success() { Exit::Done } else { Exit::Failed })
}

/// One step of the progress, on a line that is overwritten.
fn show(progress: &Value) {
    anstream::eprint!("\r\u{1b}[2K{}", words(progress).0);
    let _ = std::io::stderr().flush();
}

/// One step of the progress in words, and how far it is from 0 to 1 where that is known.
pub(crate) fn words(progress: &Value) -> (String, Option<f64>) {
    let number = |key: &str| progress.get(key).and_then(Value::as_u64);
    let text = |key: &str| progress.get(key).and_then(Value::as_str).unwrap_or_default();
    let total = number("total").filter(|total| *total > 0);
    let part = |done: u64| total.map(|total| done as f64 / total as f64);
    let megabytes = |bytes: u64| format!("{:.0}", bytes as f64 / 1e6);
    match (text("event"), number("done"), number("resumed")) {
        (_, Some(done), _) if total.is_some() => {
            let part = part(done).unwrap_or_default();
            let total = megabytes(total.unwrap_or_default());
            let words = format!("{:>5.1} %  {} of {total} MB", part * 100.0, megabytes(done));
            (words, Some(part))
        }
        ("start", _, Some(resumed)) if resumed > 0 => (
            format!("going on behind the {} MB that are there", megabytes(resumed)),
            part(resumed),
        ),
        ("start", ..) => ("beginning".to_owned(), Some(0.0)),
        ("source", ..) => (format!("asking {}", text("name")), None),
        ("source-failed", ..) => (format!("{} did not give it: {}", text("name"), text("reason")), None),
        ("checking", ..) => ("checking that it is the right file".to_owned(), None),
        ("done", ..) => ("it is there".to_owned(), Some(1.0)),
        ("error", ..) => (text("message").to_owned(), None),
        (other, ..) => (other.replace(['_', '-'], " "), None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_step_is_told_in_words() {
        let told = |step: Value| words(&step);
        let half = json!({"event": "bytes", "done": 558_660_384_u64, "total": 1_117_320_768_u64});
        for (step, text, part) in [
            (
                json!({"event": "start", "model": "m", "total": 100, "resumed": 0}),
                "beginning",
                Some(0.0),
            ),
            (
                json!({"event": "start", "model": "m", "total": 2_000_000, "resumed": 1_000_000}),
                "going on behind the 1 MB that are there",
                Some(0.5),
            ),
            (json!({"event": "source", "name": "the hub"}), "asking the hub", None),
            (half, " 50.0 %  559 of 1117 MB", Some(0.5)),
            (
                json!({"event": "source-failed", "name": "the hub", "reason": "status 503"}),
                "the hub did not give it: status 503",
                None,
            ),
            (json!({"event": "checking"}), "checking that it is the right file", None),
            (
                json!({"event": "done", "path": "/c", "already": false}),
                "it is there",
                Some(1.0),
            ),
            (
                json!({"event": "error", "code": "c", "message": "the disk is full"}),
                "the disk is full",
                None,
            ),
            // Of a later version's program.
            (json!({"event": "warming-up"}), "warming up", None),
            (json!({"event": "bytes", "done": 1, "total": 0}), "bytes", None),
        ] {
            assert_eq!(told(step.clone()), (text.to_owned(), part), "{step}");
        }
    }
}
