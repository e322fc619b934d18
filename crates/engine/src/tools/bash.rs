//! `Bash`: a command in the sandbox. Proposing decides nothing but how it runs; what it changed is a proposal of its own
//! once it is over.

use std::time::Duration;

use deskhand_types::{EffectClass, ToolCall, ToolDef, ToolOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, Work, arguments, def, failed};

/// Time of a command that names none.
const USUAL_MS: u64 = 120_000;
/// Most time of a command that is waited for.
const MAX_MS: u64 = 600_000;
/// Time of a background command that names none.
const BACKGROUND: Duration = Duration::from_secs(6 * 60 * 60);
/// Longest command in bytes.
const MAX_COMMAND: usize = 64 << 10;

pub(super) struct Bash;

/// A command to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct CommandLine {
    /// For `bash -c`.
    pub text: String,
    /// In a line, for people.
    pub title: String,
    /// It is ended after this time.
    pub timeout: Duration,
    /// Whether it is not waited for.
    pub background: bool,
}

#[derive(Deserialize)]
struct Arguments {
    command: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    timeout: Option<u64>,
    #[serde(default)]
    run_in_background: bool,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "command": {"type": "string"},
            "description": {"type": "string", "description": "what it does, in a few words, for the person"},
            "timeout": {"type": "integer", "description": "milliseconds, at most 600000; 120000 when left out"},
            "run_in_background": {"type": "boolean", "description": "do not wait; ask with BashOutput"}
        },
        "required": ["command"]
    })
}

impl Tool for Bash {
    fn def(&self) -> ToolDef {
        def(
            "Bash",
            "Runs a command with bash in a sandbox that sees the granted folders at /mnt. Each call starts anew in the first \
             folder; /tmp and the home folder stay until the task pauses. What it changes in the folders lands after it ends, if \
             that is allowed; the result says what landed.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let Arguments {
            command,
            description,
            timeout,
            run_in_background,
        } = arguments(call, &schema())?;
        if command.trim().is_empty() || command.len() > MAX_COMMAND || command.contains('\0') {
            return Err(failed(
                "tool.arguments",
                format!(
                    "A command has 1 to {MAX_COMMAND} bytes and no zero byte. Write a long script to a file first."
                ),
            ));
        }
        if !run_in_background && timeout.is_some_and(|timeout| timeout > MAX_MS) {
            return Err(failed(
                "tool.arguments",
                format!("`timeout` is at most {MAX_MS} ms. Use run_in_background for what takes longer."),
            ));
        }
        let timeout = match timeout {
            Some(timeout) => Duration::from_millis(timeout.max(1)),
            None if run_in_background => BACKGROUND,
            None => Duration::from_millis(USUAL_MS),
        };
        let title = title(&command, description.as_deref());
        Ok(Proposal {
            effect: EffectClass::Exec,
            paths: Vec::new(),
            summary: format!("Run {title}"),
            preview: Some(command.clone()),
            tier: Some(bench.tier),
            work: Work::Run(Box::new(CommandLine {
                text: command,
                title,
                timeout,
                background: run_in_background,
            })),
        })
    }
}

/// A command in a line, with what it is said to do. The command itself always shows: a description is the model's word.
fn title(command: &str, description: Option<&str>) -> String {
    const MAX: usize = 60;
    let line = command.trim().lines().next().unwrap_or_default();
    let cut: String = line.chars().take(MAX).collect();
    let more = if cut.len() < command.trim().len() { "…" } else { "" };
    let said: String = description.unwrap_or_default().trim().chars().take(80).collect();
    if said.is_empty() {
        format!("`{cut}{more}`")
    } else {
        format!("`{cut}{more}` ({})", said.replace('\n', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_shows_the_command_whatever_it_is_said_to_do() {
        assert_eq!(title("ls -l", None), "`ls -l`");
        assert_eq!(
            title("rm -rf x\necho done", Some("List\nfiles")),
            "`rm -rf x…` (List files)"
        );
    }
}
