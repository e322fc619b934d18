//! What was used.

use std::collections::BTreeSet;

use deskhand_agent::Task;
use deskhand_types::{Answer, ApprovalId, Ask, Event, EventBody, ModelRef, TaskId, Usage};
use serde::Serialize;

use super::cards::{Sink, sink};

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
    /// On how many cards: questions of one turn about the same recipient come as one.
    pub cards: u64,
    /// How often they said no to it.
    pub denied: u64,
}

impl UsageLine {
    /// What `task` used, by its log.
    pub fn of(id: TaskId, task: &Task, events: &[Event]) -> Self {
        let totals = task.totals();
        let Asks { asked, cards, denied } = asks(events);
        Self {
            id,
            model: task.start().model.clone(),
            turns: totals.turns,
            usage: totals.usage,
            cost_usd: totals.cost_usd,
            cost_incomplete: totals.cost_incomplete,
            asked,
            cards,
            denied,
        }
    }
}

/// What the person was asked in a task.
#[derive(Default)]
struct Asks {
    asked: u64,
    cards: u64,
    denied: u64,
}

/// How often it was asked whether something may be done, on how many cards, and how often the answer was no. A question that
/// the person answered beforehand, with the value they gave, was put to nobody.
fn asks(events: &[Event]) -> Asks {
    let mut asks = Asks::default();
    let mut known = BTreeSet::new();
    // Of the turn in work.
    let mut turn: Vec<Sink> = Vec::new();
    for (index, event) in events.iter().enumerate() {
        match &event.body {
            EventBody::ModelAnswered { .. } => turn.clear(),
            EventBody::ApprovalRequested {
                id,
                ask: ask @ (Ask::Approve { .. } | Ask::Folder { .. }),
                ..
            } => {
                if !known.insert(id) || is_answered_beforehand(events, index, id) {
                    continue;
                }
                asks.asked += 1;
                match sink(ask) {
                    Some(sink) if turn.contains(&sink) => {}
                    sink => {
                        asks.cards += 1;
                        turn.extend(sink);
                    }
                }
            }
            EventBody::ApprovalAnswered {
                id,
                answer: Answer::Deny { .. },
            } if known.contains(id) => asks.denied += 1,
            _ => {}
        }
    }
    asks
}

/// Whether the yes to a question was written down with it, in the same moment: after the call got another value.
fn is_answered_beforehand(events: &[Event], asked: usize, id: &ApprovalId) -> bool {
    let at = events.get(asked).map(|event| event.at);
    let next = events.get(asked + 1);
    next.is_some_and(|next| {
        let yes = matches!(&next.body, EventBody::ApprovalAnswered { id: of, answer: Answer::Allow } if of == id);
        yes && Some(next.at) == at
    })
}
