//! Budgets: hard limits, judged before each model call.

use crate::Task;

impl Task {
    /// The first limit that is reached, in words.
    pub fn budget_hit(&self) -> Option<String> {
        let (budget, totals) = (&self.start.budget, &self.totals);
        let tokens = totals.usage.context_tokens() + totals.usage.output_tokens;
        if let Some(limit) = budget.max_turns.filter(|limit| totals.turns >= *limit) {
            return Some(format!("{limit} turns"));
        }
        if let Some(limit) = budget.max_usd.filter(|limit| totals.cost_usd >= *limit) {
            return Some(format!("${limit:.2} (used ${:.4})", totals.cost_usd));
        }
        if let Some(limit) = budget.max_tokens.filter(|limit| tokens >= *limit) {
            return Some(format!("{limit} tokens (used {tokens})"));
        }
        if let Some(limit) = budget
            .max_minutes
            .filter(|limit| totals.worked_ms / 60_000 >= *limit as i64)
        {
            return Some(format!("{limit} minutes of work"));
        }
        None
    }
}
