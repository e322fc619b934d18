//! The list of tasks.

use deskhand_agent::{Next, Task};
use deskhand_types::{FinishStatus, GuestPath, ModelRef, TaskId, Timestamp};
use serde::Serialize;

/// Where a task stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// It can go on (it may be running, or was interrupted).
    Working,
    /// It waits for the person.
    Waiting,
    /// It is done.
    Done,
    /// It could not go on.
    Failed,
    /// A budget was reached.
    Budget,
    /// The policy refused what it is for.
    Refused,
    /// The person stopped it.
    Stopped,
}

impl TaskStatus {
    /// Where `task` stands.
    pub fn of(task: &Task) -> Self {
        match task.finished().map(|(status, _)| status) {
            Some(FinishStatus::Done) => Self::Done,
            Some(FinishStatus::Failed) => Self::Failed,
            Some(FinishStatus::Budget) => Self::Budget,
            Some(FinishStatus::Refused) => Self::Refused,
            Some(FinishStatus::Stopped) => Self::Stopped,
            None if matches!(task.next(), Next::Wait(_)) => Self::Waiting,
            None => Self::Working,
        }
    }

    /// In a person's words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Working => "not finished",
            Self::Waiting => "waiting for you",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Budget => "budget reached",
            Self::Refused => "refused by policy",
            Self::Stopped => "stopped",
        }
    }
}

/// One line of the list.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TaskLine {
    /// The task.
    pub id: TaskId,
    /// Where it stands.
    pub status: TaskStatus,
    /// The first line of what the person wanted.
    pub title: String,
    /// The model.
    pub model: ModelRef,
    /// When it began.
    pub started_at: Timestamp,
    /// When something last happened.
    pub updated_at: Timestamp,
    /// Turns of the model.
    pub turns: u64,
    /// US dollars.
    pub cost_usd: f64,
    /// Change-sets that landed.
    pub changes: usize,
    /// Outputs.
    pub outputs: Vec<GuestPath>,
}

impl TaskLine {
    /// The line of a task.
    pub fn of(id: TaskId, task: &Task, started_at: Timestamp, updated_at: Timestamp) -> Self {
        Self {
            id,
            status: TaskStatus::of(task),
            title: title(&task.start().prompt),
            model: task.start().model.clone(),
            started_at,
            updated_at,
            turns: task.totals().turns,
            cost_usd: task.totals().cost_usd,
            changes: task.applied().len(),
            outputs: task.outputs().to_vec(),
        }
    }
}

/// The first line of a prompt, cut to what fits a line.
pub fn title(prompt: &str) -> String {
    const MAX: usize = 72;
    let line = prompt.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim();
    if line.chars().count() <= MAX {
        line.to_owned()
    } else {
        line.chars().take(MAX - 1).chain(['…']).collect()
    }
}
