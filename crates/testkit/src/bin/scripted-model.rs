//! A model server that follows a script, as a program: for acceptance runs of the real binary and for benches that
//! compare it with others.
//!
//! `scripted-model SCRIPT.json [--idle-seconds N] [--until-idle] [--drop-bodies]`
//!
//! Prints its base URL as the first line of standard output (what `ANTHROPIC_BASE_URL` takes; add `/v1` for
//! `OPENAI_BASE_URL`). Ends when standard input closes (not with `--until-idle`) or when no request came for N seconds
//! (default 300); then prints one line of JSON with counts. With `--drop-bodies` it keeps no request in memory. The
//! script's format is described in the module `script` of this crate.

#![allow(
    clippy::disallowed_methods,
    reason = "a test program: it reads the script it is told to read"
)]

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use deskhand_testkit::{Script, ScriptedServer};

struct Options {
    script: String,
    idle: Duration,
    until_idle: bool,
    drop_bodies: bool,
}

fn options(arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        script: String::new(),
        idle: Duration::from_mins(5),
        until_idle: false,
        drop_bodies: false,
    };
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--idle-seconds" => {
                let seconds = arguments.next().and_then(|text| text.parse().ok());
                options.idle = Duration::from_secs(seconds.ok_or("--idle-seconds takes a number")?);
            }
            "--until-idle" => options.until_idle = true,
            "--drop-bodies" => options.drop_bodies = true,
            _ if options.script.is_empty() && !argument.starts_with('-') => options.script = argument,
            other => return Err(format!("{other} is not understood")),
        }
    }
    if options.script.is_empty() {
        Err("the script is missing".into())
    } else {
        Ok(options)
    }
}

fn run(options: &Options) -> Result<(), String> {
    let text = std::fs::read(&options.script).map_err(|error| format!("{}: {error}", options.script))?;
    let script: Script = serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", options.script))?;
    let server = ScriptedServer::run(script).map_err(|error| format!("cannot listen on loopback: {error}"))?;
    server.keep_bodies(!options.drop_bodies);
    let mut out = io::stdout();
    writeln!(out, "{}", server.base_url())
        .and_then(|()| out.flush())
        .map_err(|error| error.to_string())?;
    let (closed, on_close) = mpsc::channel();
    if options.until_idle {
        while server.idle() < options.idle {
            thread::sleep(options.idle.saturating_sub(server.idle()));
        }
    } else {
        thread::spawn(move || {
            let _ = io::stdin().read_to_end(&mut Vec::new());
            let _ = closed.send(());
        });
        while server.idle() < options.idle {
            let left = options.idle.saturating_sub(server.idle());
            if !matches!(on_close.recv_timeout(left), Err(mpsc::RecvTimeoutError::Timeout)) {
                break;
            }
        }
    }
    let summary = serde_json::to_string(&server.summary()).map_err(|error| error.to_string())?;
    writeln!(out, "{summary}").map_err(|error| error.to_string())
}

fn main() -> ExitCode {
    match options(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(io::stderr(), "scripted-model: {reason}");
            ExitCode::from(2)
        }
    }
}
