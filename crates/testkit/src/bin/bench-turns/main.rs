//! What a turn costs besides the model: many turns of one tool call each against a scripted model, for Deskhand and,
//! where they are installed, for its peers, in one run on one machine.
//!
//! `bench-turns --scratch FOLDER [--turns 400] [--timeout SECONDS] [--enforce]
//!              [--deskhand PROGRAM] [--codex PROGRAM] [--claude PROGRAM]`
//!
//! Every turn the model asks to read another small file; the driver checks that the next request really brings what
//! the file holds, and that it only adds to the request before. Time is the harness's alone: from the last byte of one
//! answer to the last byte of the next request. With `--enforce` the program ends with 1 when Deskhand breaks its
//! contract. `FOLDER` must exist and be empty; the caller removes it.

#![allow(
    clippy::disallowed_methods,
    reason = "a bench: it lays out its own scratch folder and reads /proc"
)]

mod drive;
mod harness;
mod json;
mod observe;
mod processes;
mod prompt;
mod report;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::harness::{Harness, Kind};

struct Options {
    scratch: PathBuf,
    turns: usize,
    timeout: Duration,
    enforce: bool,
    programs: Vec<(Kind, PathBuf)>,
}

fn options(arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        scratch: PathBuf::new(),
        turns: 400,
        timeout: Duration::from_mins(5),
        enforce: false,
        programs: Vec::new(),
    };
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} takes a value"));
        let number = |text: String| text.parse().map_err(|_| format!("{text} is no number"));
        match argument.as_str() {
            "--scratch" => options.scratch = value()?.into(),
            "--turns" => options.turns = number(value()?)?,
            "--timeout" => options.timeout = Duration::from_secs(number(value()?)? as u64),
            "--enforce" => options.enforce = true,
            "--deskhand" => options.programs.push((Kind::Deskhand, value()?.into())),
            "--codex" => options.programs.push((Kind::Codex, value()?.into())),
            "--claude" => options.programs.push((Kind::Claude, value()?.into())),
            other => return Err(format!("{other} is not understood")),
        }
    }
    if options.turns < report::WINDOW {
        return Err(format!("--turns takes at least {}", report::WINDOW));
    }
    match std::fs::read_dir(&options.scratch).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(options),
        Ok(false) => Err("the scratch folder is not empty".into()),
        Err(error) => Err(format!("the scratch folder {}: {error}", options.scratch.display())),
    }
}

/// Runs all; says whether the contract holds.
fn run(options: &Options) -> Result<bool, String> {
    let mut out = io::stdout();
    let mut say = |line: &str| writeln!(out, "{line}").map_err(|error| error.to_string());
    say(&report::machine())?;
    say("")?;
    let mut runs = Vec::new();
    for (kind, program) in &options.programs {
        let home = options.scratch.join(kind.name());
        let harness = Harness::prepare(*kind, program, &home, options.turns)
            .map_err(|error| format!("{}: {error}", home.display()))?;
        // For the person who waits; the table goes to standard output.
        let _ = writeln!(io::stderr(), "{}: {} turns…", kind.name(), options.turns);
        runs.push(drive::drive(harness, options.turns, options.timeout));
    }
    for line in report::table(&runs) {
        say(&line)?;
    }
    say("")?;
    let mut holds = true;
    for (kept, line) in report::contract(&runs) {
        holds &= kept;
        say(&line)?;
    }
    Ok(holds)
}

fn main() -> ExitCode {
    match options(std::env::args().skip(1)).and_then(|options| Ok((options.enforce, run(&options)?))) {
        Ok((true, false)) => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(io::stderr(), "bench-turns: {reason}");
            ExitCode::from(2)
        }
    }
}
