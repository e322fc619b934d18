//! `sandbox exec`: one command for looking.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::Result;
use deskhand_engine::{Engine, EngineError, Trial, TrialOptions};
use deskhand_sandbox::{Exited, Output, SandboxError, Why};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    app::{self, Places},
    args::ExecArgs,
    commands::{print_json, run::folder},
    exit::Exit,
    terminal::{
        diff::{self, printable},
        style,
    },
};

/// Runs it. The exit code is the command's; nothing it changes lands.
pub(super) async fn exec(engine: &Engine, places: &Places, args: ExecArgs, json: bool) -> Result<Exit> {
    let options = TrialOptions {
        folders: args.folders.iter().map(|text| folder(text)).collect(),
        command: line(&args.command),
        timeout: Duration::from_secs(args.timeout.max(1)),
        sandbox: app::sandbox_settings(places)?.tier(args.sandbox.map(Into::into))?,
        allow_outside_home: args.allow_outside_home,
    };
    let cancel = CancellationToken::new();
    let mut tell = |which, bytes: &[u8]| {
        if !json {
            pass_on(which, bytes);
        }
    };
    let trial = {
        let running = engine.try_command(options, &mut tell, cancel.clone());
        tokio::pin!(running);
        tokio::select! {
            biased;
            trial = &mut running => trial?,
            _ = tokio::signal::ctrl_c() => {
                cancel.cancel();
                let trial = tokio::select! {
                    biased;
                    trial = &mut running => trial,
                    // Asked twice: it is not waited for.
                    _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
                };
                if let Err(error @ EngineError::Sandbox(SandboxError::Interrupted { .. })) = &trial {
                    anstream::eprintln!("{error}.");
                    return Ok(Exit::Interrupted);
                }
                trial?
            }
        }
    };
    if json {
        print_json(&report(&trial))?;
    } else {
        show(&trial);
    }
    Ok(exit(trial.ran.exited))
}

/// One word is a line for bash; several are a program and its arguments.
fn line(words: &[String]) -> String {
    let quoted = |word: &String| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,+@%".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    match words {
        [line] => line.clone(),
        words => words.iter().map(quoted).collect::<Vec<_>>().join(" "),
    }
}

/// How a command ended: for programs, and for people.
const fn ended(why: Why) -> (&'static str, &'static str) {
    match why {
        Why::Finished => ("finished", "ended"),
        Why::TimedOut => ("timed_out", "ended: its time was over"),
        Why::Cancelled => ("cancelled", "cancelled"),
        Why::TooMuchOutput => ("too_much_output", "ended: it wrote more output than it may"),
        Why::OutOfMemory => ("out_of_memory", "ended: it ran out of memory"),
        Why::TooMuchDisk => ("too_much_disk", "ended: it filled more disk than it may"),
        Why::TooManyProcesses => ("too_many_processes", "ended: it started more processes than it may"),
    }
}

fn exit(exited: Exited) -> Exit {
    match exited.why {
        Why::Cancelled => Exit::Interrupted,
        Why::TimedOut => Exit::Command(124),
        _ => Exit::Command(u8::try_from(exited.code).unwrap_or(1)),
    }
}

/// Output as it comes: bytes as they are into pipes, without control characters onto terminals.
fn pass_on(which: Output, bytes: &[u8]) {
    fn write(mut to: impl Write + IsTerminal, bytes: &[u8]) {
        if to.is_terminal() {
            let _ = to.write_all(printable(&String::from_utf8_lossy(bytes)).as_bytes());
        } else {
            let _ = to.write_all(bytes);
        }
        let _ = to.flush();
    }
    match which {
        Output::Stdout => write(std::io::stdout().lock(), bytes),
        Output::Stderr => write(std::io::stderr().lock(), bytes),
    }
}

fn report(trial: &Trial) -> Value {
    let changes: Vec<Value> = trial
        .diffs
        .iter()
        .map(|file| {
            json!({
                "path": file.path, "change": file.change, "from": file.from, "diff": file.unified,
            })
        })
        .collect();
    let left_out: Vec<Value> = trial
        .left_out
        .iter()
        .map(|left| json!({"path": left.path, "why": left.why}))
        .collect();
    let network: Vec<Value> = trial
        .asked
        .iter()
        .map(|(what, times)| json!({"request": what, "times": times, "allowed": false}))
        .collect();
    let output = [trial.ran.output.head.as_slice(), trial.ran.output.tail.as_slice()].concat();
    json!({
        "name": "exec", "exit_code": trial.ran.exited.code, "ended": ended(trial.ran.exited.why).0,
        "tier": trial.ran.tier, "output": String::from_utf8_lossy(&output), "output_bytes": trial.ran.output.bytes,
        "changes": changes, "landed": false, "left_out": left_out, "refused": trial.ran.refused, "network": network,
    })
}

/// What it would change, on standard error: standard output is the command's.
fn show(trial: &Trial) {
    let note = |text: String| anstream::eprintln!("{}{}{}", style::DIM, printable(&text), style::RESET);
    if trial.ran.exited.why != Why::Finished {
        note(format!("[{}]", ended(trial.ran.exited.why).1));
    }
    if trial.ran.tier == deskhand_types::Tier::Os {
        note("[ran in the weaker sandbox `os`]".to_owned());
    }
    if let Some(why) = &trial.ran.refused {
        note(format!("[what it changed cannot be taken: {why}]"));
    }
    for (what, times) in &trial.asked {
        let times = if *times == 1 {
            String::new()
        } else {
            format!(" ({times} times)")
        };
        note(format!(
            "[refused: {what}{times}; `sandbox exec` reaches nothing on the network]"
        ));
    }
    for left in &trial.left_out {
        note(format!("[left out: {}: {}]", left.path, left.why));
    }
    if trial.diffs.is_empty() {
        return;
    }
    note("[it would change this; `sandbox exec` is for looking, so nothing was changed]".to_owned());
    for file in &trial.diffs {
        note(format!("{:?} {}", file.change, file.path).to_lowercase());
        if let Some(unified) = file.unified.as_deref().filter(|_| std::io::stderr().is_terminal()) {
            diff::print(unified);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn one_word_is_a_line_and_several_are_kept_apart() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(line(&words(&["ls | wc -l"])), "ls | wc -l");
        assert_eq!(
            line(&words(&["python3", "-c", "print('a b')"])),
            r"python3 -c 'print('\''a b'\'')'"
        );
        assert_eq!(line(&words(&["ls", ""])), "ls ''");
    }
}
