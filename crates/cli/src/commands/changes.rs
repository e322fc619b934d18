//! `changes`, `undo`, `redo`.

use anyhow::Result;
use deskhand_engine::{
    Engine, UndoReport, UndoScope,
    views::{ChangedFile, StepView},
};
use deskhand_types::{Change, ChangeSet, ChangeSetId, FileState};
use deskhand_workspace::{FileDiff, only_times};
use serde::Serialize;

use super::{done, print_json, tasks::count};
use crate::{
    args::{ChangesArgs, UndoArgs},
    exit::Exit,
    terminal::{diff, style},
};

/// A step as JSON.
#[derive(Serialize)]
struct StepLine<'a> {
    id: &'a ChangeSetId,
    step: u64,
    kind: &'a str,
    stands: bool,
    files: Vec<FileLine<'a>>,
}

/// A file of a step as JSON.
#[derive(Serialize)]
struct FileLine<'a> {
    #[serde(flatten)]
    file: &'a ChangedFile,
    diff: Option<&'a str>,
}

impl<'a> StepLine<'a> {
    fn of(step: &'a StepView, diffs: &'a [FileDiff]) -> Self {
        let files = step
            .files
            .iter()
            .map(|file| FileLine {
                file,
                diff: unified(file, diffs),
            })
            .collect();
        Self {
            id: &step.id,
            step: step.step,
            kind: step.kind,
            stands: step.stands,
            files,
        }
    }
}

/// The differences of one file, where it is text.
fn unified<'a>(file: &ChangedFile, diffs: &'a [FileDiff]) -> Option<&'a str> {
    diffs
        .iter()
        .find(|diff| diff.path == file.path)
        .and_then(|diff| diff.unified.as_deref())
}

/// `changes TASK`
pub(crate) fn changes(engine: &Engine, args: &ChangesArgs, json: bool) -> Result<Exit> {
    let task = engine.find(&args.task)?;
    let view = engine.show(&task)?;
    let diffs = engine.diffs(&task)?;
    if json {
        let steps: Vec<StepLine<'_>> = view
            .steps
            .iter()
            .zip(&diffs)
            .map(|(step, diffs)| StepLine::of(step, diffs))
            .collect();
        print_json(&steps)?;
        return Ok(Exit::Done);
    }
    if view.steps.is_empty() {
        anstream::println!("This task changed nothing.");
    }
    for (step, diffs) in view.steps.iter().zip(&diffs) {
        let state = if step.stands { "" } else { "  (undone)" };
        anstream::println!(
            "{}step {}{} {}{}{state}{}",
            style::BOLD,
            step.step,
            style::RESET,
            step.kind,
            style::DIM,
            style::RESET
        );
        for file in &step.files {
            let lines = file
                .lines
                .map(|lines| format!("  +{} -{}", lines.added, lines.removed))
                .unwrap_or_default();
            let from = file.from.as_ref().map(|from| format!("{from} → ")).unwrap_or_default();
            anstream::println!(
                "  {:<7} {}{}{lines}",
                word(file.change),
                diff::printable(&from),
                diff::printable(file.path.as_str())
            );
            let unified = unified(file, diffs);
            if let Some(unified) = unified.filter(|_| !args.stat) {
                diff::print(unified);
            }
        }
    }
    Ok(Exit::Done)
}

const fn word(change: Change) -> &'static str {
    match change {
        Change::Create => "created",
        Change::Modify => "changed",
        Change::Delete => "deleted",
        Change::Move => "moved",
        Change::Mode => "mode",
    }
}

/// `undo TASK`
pub(crate) fn undo(engine: &Engine, args: UndoArgs, json: bool) -> Result<Exit> {
    let task = engine.find(&args.task)?;
    let report = engine.undo(
        &task,
        &UndoScope {
            step: args.step,
            path: args.path,
            ..UndoScope::default()
        },
    )?;
    tell(&report, json, "Undone", &format!("deskhand redo {task}"))
}

/// `redo TASK`
pub(crate) fn redo(engine: &Engine, task: &str, json: bool) -> Result<Exit> {
    let task = engine.find(task)?;
    let report = engine.redo(&task)?;
    tell(&report, json, "Redone", &format!("deskhand undo {task}"))
}

fn tell(report: &UndoReport, json: bool, verb: &str, back: &str) -> Result<Exit> {
    if json {
        print_json(&report.set)?;
        return Ok(Exit::Done);
    }
    done(&format!(
        "{verb}: {}. Back again: {back}",
        count(files(&report.set), "change")
    ));
    for change in report.set.changes.iter().filter(|change| !only_times(change)) {
        let from = change
            .from
            .as_ref()
            .map(|from| format!("{from} → "))
            .unwrap_or_default();
        anstream::println!(
            "  {:<7} {}{}",
            word(change.change),
            diff::printable(&from),
            diff::printable(change.path.as_str())
        );
    }
    Ok(Exit::Done)
}

/// Changes that are not only folders made or removed on the way.
fn files(set: &ChangeSet) -> u64 {
    let shown: Vec<_> = set.changes.iter().filter(|change| !only_times(change)).collect();
    let is_folder = |state: &FileState| matches!(state, FileState::Folder { .. });
    let files = shown
        .iter()
        .filter(|change| !is_folder(&change.before) && !is_folder(&change.after))
        .count();
    if files == 0 { shown.len() as u64 } else { files as u64 }
}
