//! A task's line in the list.

use deskhand_agent::Next;
use deskhand_engine::views;
use deskhand_types::{Ask, FinishStatus, Mode, TodoStatus};

use super::{Thread, changes::Changes};
use crate::api::{ItemBody, Status, TaskHead, WorkMode};

/// What is not in a task's log.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outside {
    /// A title of the person's own.
    pub title: Option<String>,
    /// Whether it is kept at the top.
    pub pinned: bool,
    /// Whether it is put away.
    pub archived: bool,
    /// Whether it is being worked on.
    pub working: bool,
}

impl Thread {
    /// The task's line.
    pub fn head(&self, outside: &Outside) -> TaskHead {
        let start = self.task.start();
        let status = self.status(outside.working);
        let plan = self.task.plan();
        TaskHead {
            id: self.id.to_string(),
            title: self.title(outside),
            status,
            doing: (status == Status::Working).then(|| self.doing()).flatten(),
            pinned: outside.pinned,
            archived: outside.archived,
            model: start.model.to_string(),
            mode: match start.mode {
                Mode::Plan => WorkMode::Plan,
                Mode::Manual => WorkMode::Manual,
                Mode::Auto => WorkMode::Auto,
                Mode::Skip => WorkMode::Skip,
            },
            started_at: self.started_at.0,
            updated_at: self.updated_at.0,
            waiting: self.waiting(outside.working).count(),
            changed: self.changes().standing,
            outputs: self.task.outputs().len(),
            cost_usd: self.task.totals().cost_usd,
            plan_done: plan.iter().filter(|todo| todo.status == TodoStatus::Completed).count(),
            plan_total: plan.len(),
            branched_from: start.branched_from.as_ref().map(|point| point.task.to_string()),
        }
    }

    pub(super) fn title(&self, outside: &Outside) -> String {
        match outside.title.as_deref().map(str::trim) {
            Some(title) if !title.is_empty() => title.to_owned(),
            _ => views::title(&self.task.start().prompt),
        }
    }

    pub(super) fn changes(&self) -> &Changes {
        self.changes.get_or_init(|| Changes::of(&self.task, &self.landed))
    }

    /// Where the task stands. What the log says about its end or its questions holds at once, also while the process
    /// that works on it is about to hear of it.
    fn status(&self, working: bool) -> Status {
        if let Some((status, _)) = self.task.finished() {
            let goes_on = working && matches!(self.task.next(), Next::FollowUp { .. });
            return if goes_on { Status::Working } else { finished(status) };
        }
        let asks = |call: &deskhand_agent::Call| {
            let asked = call.asked.as_ref();
            asked.is_some_and(|asked| matches!(asked.ask, Ask::Server { .. }))
        };
        let mut open = self.waiting(working).peekable();
        let waits = open.peek().is_some() && matches!(self.task.next(), Next::Wait(_));
        if waits || open.any(asks) {
            return Status::Waiting;
        }
        if working { Status::Working } else { Status::Paused }
    }

    /// What it does now: the plan's words, else the running tool's.
    fn doing(&self) -> Option<String> {
        let step = self
            .task
            .plan()
            .iter()
            .find(|todo| todo.status == TodoStatus::InProgress);
        if let Some(todo) = step {
            return Some(todo.active_form.as_ref().unwrap_or(&todo.content).clone());
        }
        let running = self.task.calls().iter().find(|call| {
            let heard = call.asked.as_ref().is_none_or(|asked| asked.answer.is_some());
            call.outcome.is_none() && heard
        })?;
        let used = self.calls.get(&running.call.id)?;
        if !used.title.is_empty() {
            return Some(used.title.clone());
        }
        match &self.items.get(used.item)?.body {
            ItemBody::Tool { tool, object, .. } if object.is_empty() => Some(tool.clone()),
            ItemBody::Tool { object, .. } => Some(object.clone()),
            _ => None,
        }
    }
}

/// How a task ended.
pub(super) const fn finished(status: FinishStatus) -> Status {
    match status {
        FinishStatus::Done => Status::Done,
        FinishStatus::Failed => Status::Failed,
        FinishStatus::Budget => Status::Budget,
        FinishStatus::Refused => Status::Refused,
        FinishStatus::Stopped => Status::Stopped,
    }
}
