//! Errors as the person sees them: what happened, what to do next, and a stable code.

use std::process::ExitCode;

use deskhand_engine::EngineError;
use deskhand_policy::{RuleError, eval::EvalError};
use deskhand_types::{Code, Coded};
use deskhand_workspace::protect::Refusal;
use serde_json::json;

use crate::{exit::Exit, terminal::style};

/// Wrong use that clap could not see.
#[derive(Debug)]
pub(crate) struct Usage(pub String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Prints an error and gives the exit code for it.
pub(crate) fn report(error: &anyhow::Error, json: bool) -> ExitCode {
    let (code, hint, exit) = classify(error);
    // An engine's error says all in its own words; others are told with what caused them.
    let message = if error.is::<EngineError>() {
        error.to_string()
    } else {
        format!("{error:#}")
    };
    if json {
        let value = json!({"error": {"code": code, "message": message, "hint": hint}});
        anstream::println!("{value}");
    } else {
        anstream::eprintln!("{}error{}: {message}", style::ERROR, style::RESET);
        if let Some(hint) = hint {
            anstream::eprintln!("  {}next{}: {hint}", style::DIM, style::RESET);
        }
        anstream::eprintln!("  {}code: {code}{}", style::DIM, style::RESET);
    }
    exit.into()
}

/// Codes of errors about a name that nothing, or several things, answer to.
const NAMES: [&str; 7] = [
    "models.unknown-provider",
    "skills.ambiguous",
    "skills.unknown",
    "skills.model-only",
    "agents.unknown",
    "plugins.unknown",
    "plugins.ambiguous",
];

fn classify(error: &anyhow::Error) -> (Code, Option<String>, Exit) {
    if let Some(error) = error.downcast_ref::<EngineError>() {
        let exit = match error {
            EngineError::EmptyPrompt
            | EngineError::NotAValue { .. }
            | EngineError::NotYourWords
            | EngineError::Refused(
                Refusal::Unreachable { .. } | Refusal::NotAFolder { .. } | Refusal::BadForm { .. },
            ) => Exit::Usage,
            EngineError::Refused(_) => Exit::Refused,
            _ if NAMES.contains(&error.code().as_str()) => Exit::Usage,
            _ => Exit::Failed,
        };
        return (error.code(), error.hint(), exit);
    }
    if let Some(error) = error.downcast_ref::<RuleError>() {
        return (error.code(), error.hint(), Exit::Failed);
    }
    if let Some(error) = error.downcast_ref::<EvalError>() {
        return (error.code(), error.hint(), Exit::Failed);
    }
    if error.is::<Usage>() {
        return (
            Code::new("cli.usage"),
            Some("`deskhand help` shows how each command is used".to_owned()),
            Exit::Usage,
        );
    }
    (Code::new("cli.failed"), None, Exit::Failed)
}
