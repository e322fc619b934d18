//! What a task may cost.

use serde::{Deserialize, Serialize};

/// Hard limits of a task. A budget that is reached ends the task with at most one model call beyond.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Budget {
    /// Turns of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<u64>,
    /// US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_usd: Option<f64>,
    /// Tokens, read and written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// Minutes of work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_minutes: Option<u64>,
}

impl Budget {
    /// Whether this is an amount of money a limit can be, in US dollars.
    pub fn is_amount(usd: f64) -> bool {
        usd.is_finite() && usd >= 0.0
    }
}
