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
    let word = progress
        .get("event")
        .or_else(|| progress.get("type"))
        .and_then(Value::as_str)
        .unwrap_or("working");
    match (number("done"), number("total")) {
        (Some(done), Some(total)) if total > 0 => {
            let part = done as f64 / total as f64;
            let text = format!(
                "{:>5.1} %  {:.0} of {:.0} MB",
                part * 100.0,
                done as f64 / 1e6,
                total as f64 / 1e6
            );
            (text, Some(part))
        }
        _ => {
            let more = progress
                .get("message")
                .or_else(|| progress.get("name"))
                .and_then(Value::as_str)
                .unwrap_or_default();
            (format!("{} {more}", word.replace(['_', '-'], " ")), None)
        }
    }
}
