//! What was used.

use deskhand_agent::Task;
use deskhand_types::{ModelRef, TaskId, Usage};
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
}

impl UsageLine {
    /// What `task` used.
    pub fn of(id: TaskId, task: &Task) -> Self {
        let totals = task.totals();
        Self {
            id,
            model: task.start().model.clone(),
            turns: totals.turns,
            usage: totals.usage,
            cost_usd: totals.cost_usd,
            cost_incomplete: totals.cost_incomplete,
        }
    }
}
