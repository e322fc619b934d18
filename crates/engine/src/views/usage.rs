//! What was used.

use std::collections::BTreeSet;

use deskhand_agent::Task;
use deskhand_types::{Answer, Ask, Event, EventBody, ModelRef, TaskId, Usage};
use serde::Serialize;

/// What one task used.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct UsageLine {
    /// The task.
    pub id: TaskId,
    /// The model.
    pub model: ModelRef,
    /// Turns of the model.
    pub turns: u64,
    /// Tokens.
    #[serde(flatten)]
    pub usage: Usage,
    /// US dollars, as far as prices are known.
    pub cost_usd: f64,
    /// Whether some turn had no known price.
    pub cost_incomplete: bool,
    /// How often the person was asked whether something may be done. What the model or a server wanted to know does not
    /// count.
    pub asked: u64,
    /// How often they said no to it.
    pub denied: u64,
}

impl UsageLine {
    /// What `task` used, by its log.
    pub fn of(id: TaskId, task: &Task, events: &[Event]) -> Self {
        let totals = task.totals();
        let (asked, denied) = asks(events);
        Self {
            id,
            model: task.start().model.clone(),
            turns: totals.turns,
            usage: totals.usage,
            cost_usd: totals.cost_usd,
            cost_incomplete: totals.cost_incomplete,
            asked,
            denied,
        }
    }
}

/// How often it was asked whether something may be done, and how often the answer was no.
fn asks(events: &[Event]) -> (u64, u64) {
    let mut asked = BTreeSet::new();
    let mut denied = 0;
    for event in events {
        match &event.body {
            EventBody::ApprovalRequested {
                id,
                ask: Ask::Approve { .. } | Ask::Folder { .. },
                ..
            } => {
                asked.insert(id);
            }
            EventBody::ApprovalAnswered {
                id,
                answer: Answer::Deny { .. },
            } if asked.contains(id) => denied += 1,
            _ => {}
        }
    }
    (asked.len() as u64, denied)
}
