//! `policy allowed`: values the person allowed for good, listed and taken back.

use anyhow::Result;
use deskhand_engine::{Engine, StandingValue};
use deskhand_types::ValueKind;

use crate::{
    args::AllowedAction,
    commands::{dim, done, print_json},
    exit::Exit,
    terminal::diff::printable,
};

/// `policy allowed [list | remove ID]`
pub(super) fn allowed(engine: &Engine, action: AllowedAction, json: bool) -> Result<Exit> {
    match action {
        AllowedAction::List => list(&engine.standing_values()?, json)?,
        AllowedAction::Remove { id } => {
            let value = engine.withdraw_value(&id)?;
            if json {
                print_json(&value)?;
            } else {
                done(&format!(
                    "{} is no longer allowed beforehand; tasks taken up from now on ask again",
                    printable(&value.rule.value)
                ));
            }
        }
    }
    Ok(Exit::Done)
}

fn list(values: &[StandingValue], json: bool) -> Result<()> {
    if json {
        return print_json(&values);
    }
    if values.is_empty() {
        dim("No value is allowed for good.");
    }
    for value in values {
        anstream::println!(
            "{}  {}  {}",
            value.id,
            match value.rule.kind {
                ValueKind::Recipient => "send to",
                ValueKind::Url => "address",
            },
            printable(&value.rule.value)
        );
        if let Some(task) = &value.task {
            dim(&format!("  asked for by the task {task}"));
        }
    }
    Ok(())
}
