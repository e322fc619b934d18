//! The inbox: what waits for the person.

use deskhand_agent::Task;
use deskhand_types::{ApprovalId, Ask, CallId, TaskId};
use serde::Serialize;

/// One open question.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct InboxItem {
    /// Its id.
    pub id: ApprovalId,
    /// The task that asks.
    pub task: TaskId,
    /// The call that waits.
    pub call: CallId,
    /// The sub-agent that asks, when it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// What is asked.
    pub ask: Ask,
}

impl InboxItem {
    /// The open questions of a task.
    pub fn of(task: &TaskId, state: &Task) -> Vec<Self> {
        let agent = state.sub_agent().map(|agent| agent.start().agent.clone());
        state
            .open_calls()
            .filter(|call| call.outcome.is_none())
            .filter_map(|call| {
                let asked = call.asked.as_ref().filter(|asked| asked.answer.is_none())?;
                Some(Self {
                    id: asked.id.clone(),
                    task: task.clone(),
                    call: call.call.id.clone(),
                    agent: agent.clone().filter(|_| state.is_sub_agents(&call.call.id)),
                    ask: asked.ask.clone(),
                })
            })
            .collect()
    }

    /// One open question of a task.
    pub fn find(task: &TaskId, state: &Task, id: &ApprovalId) -> Option<Self> {
        Self::of(task, state).into_iter().find(|item| item.id == *id)
    }
}
