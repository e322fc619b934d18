//! `policy try`: what the rules of a file would have decided about what tasks did.

use std::path::Path;

use anyhow::Result;
use deskhand_engine::{Difference, Engine, Past, Rehearsal};
use deskhand_policy::Rules;
use serde_json::json;

use super::text_of;
use crate::{
    commands::{dim, done, print_json, tasks::count},
    exit::Exit,
    terminal::{diff::printable, style},
};

/// `policy try FILE [--task TASK]`
pub(super) fn trial(engine: &Engine, file: &Path, task: Option<&str>, json: bool) -> Result<Exit> {
    let text = text_of(file)?;
    // What is wrong with the file is said as `policy check` says it.
    Rules::parse(&text)?;
    let task = task.map(|task| engine.find(task)).transpose()?;
    let rehearsal = engine.rehearse(&text, task.as_ref().map_or(Past::All, Past::One))?;
    if json {
        print_json(&as_json(&rehearsal))?;
    } else {
        show(&rehearsal);
    }
    Ok(Exit::Done)
}

fn as_json(rehearsal: &Rehearsal) -> serde_json::Value {
    let line = |one: &Difference| {
        json!({
            "task": one.task, "seq": one.seq, "call": one.call, "tool": one.tool, "summary": one.summary,
            "before": one.before, "before_rule": one.before_rule, "after": one.after, "rule": one.rule, "file": one.file,
            "reason": one.reason,
        })
    };
    json!({
        "tasks": rehearsal.tasks,
        "judged": rehearsal.judged,
        "left_out": rehearsal.left_out,
        "different": rehearsal.different.iter().map(line).collect::<Vec<_>>(),
    })
}

fn show(rehearsal: &Rehearsal) {
    let mut of = None;
    for one in &rehearsal.different {
        if of.replace(&one.task) != Some(&one.task) {
            anstream::println!("task {}", one.task);
        }
        let mark = match one.after {
            "allow" => style::GOOD,
            "ask" => style::WARN,
            _ => style::BAD,
        };
        anstream::println!(
            "  {} → {mark}{}{}  {}  {}{}{}",
            printable(&one.before),
            one.after,
            style::RESET,
            printable(&one.summary),
            style::DIM,
            printable(one.call.as_str()),
            style::RESET
        );
        // The rules being tried stand in no file that is in force yet.
        anstream::println!("      {} ({})", printable(&one.reason), printable(&one.rule));
    }
    if rehearsal.left_out > 0 {
        let left_out = count(rehearsal.left_out, "decision");
        dim(&format!(
            "{left_out} left out: a value the call took is not kept any more, or its connector is gone or the tool blocked"
        ));
    }
    done(&format!(
        "{} in {} judged by these rules, {} would come out differently; nothing was changed",
        count(rehearsal.judged, "decision"),
        count(rehearsal.tasks, "task"),
        rehearsal.different.len()
    ));
}
