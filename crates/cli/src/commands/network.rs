//! `usage --network`: what commands did on the network.

use anyhow::Result;
use deskhand_engine::Engine;

use super::{print_json, tasks::count};
use crate::{
    exit::Exit,
    terminal::{diff::printable, style, time},
};

/// `usage --network [TASK]`
pub(crate) fn network(engine: &Engine, task: Option<&str>, json: bool) -> Result<Exit> {
    let task = task.map(|task| engine.find(task)).transpose()?;
    let lines = engine.network(task.as_ref())?;
    if json {
        print_json(&lines)?;
        return Ok(Exit::Done);
    }
    let mut refused = 0;
    for line in &lines {
        let request = &line.request;
        refused += u64::from(!request.allowed);
        let (mark, style) = if request.allowed {
            ("✓", style::GOOD)
        } else {
            ("✗", style::BAD)
        };
        let status = line.status.map(|status| format!(" {status}")).unwrap_or_default();
        let error = line
            .error
            .as_deref()
            .map(|error| format!(", {error}"))
            .unwrap_or_default();
        anstream::println!(
            "{style}{mark}{} {}  {} {}://{}:{}{}{status}  {}{} B sent, {} B received{error} · {} · task {}{}",
            style::RESET,
            time::local(line.at),
            printable(&request.method),
            printable(&request.scheme),
            printable(&request.host),
            request.port,
            printable(&request.path),
            style::DIM,
            line.sent,
            line.received,
            printable(&request.reason),
            line.task,
            style::RESET
        );
    }
    anstream::println!("{}, {refused} refused", count(lines.len() as u64, "request"));
    Ok(Exit::Done)
}
