//! Hard limits of a task.

use axum::http::StatusCode;
use deskhand_types::Budget;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Failure;

/// Hard limits of a task; absent = none.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct BudgetShape {
    /// US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_usd: Option<f64>,
    /// Tokens, read and written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// Turns of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<u64>,
    /// Minutes of work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_minutes: Option<u64>,
}

impl BudgetShape {
    /// Refuses what is no amount of money. `otherwise` says what did not happen.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn check(&self, otherwise: &str) -> Result<(), Failure> {
        match self.max_usd {
            Some(usd) if !Budget::is_amount(usd) => Err(Failure::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "server.bad-budget",
                format!("the budget is not an amount of money; {otherwise}"),
            )),
            _ => Ok(()),
        }
    }
}

impl From<Budget> for BudgetShape {
    fn from(budget: Budget) -> Self {
        let Budget {
            max_turns,
            max_usd,
            max_tokens,
            max_minutes,
        } = budget;
        Self {
            max_usd,
            max_tokens,
            max_turns,
            max_minutes,
        }
    }
}

impl From<BudgetShape> for Budget {
    fn from(shape: BudgetShape) -> Self {
        let BudgetShape {
            max_usd,
            max_tokens,
            max_turns,
            max_minutes,
        } = shape;
        Self {
            max_turns,
            max_usd,
            max_tokens,
            max_minutes,
        }
    }
}
