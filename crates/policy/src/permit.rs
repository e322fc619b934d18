//! The right to perform one action.

use deskhand_types::{Action, Answer};

use crate::{Decision, Verdict};

/// The right to perform exactly one action. The engine performs nothing without it.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    action: Action,
}

impl Permit {
    /// From a decision that allows. `None` when it asks or refuses.
    pub fn from_decision(action: &Action, decision: &Decision) -> Option<Self> {
        (decision.verdict == Verdict::Allow && decision.action == action.hash).then(|| Self { action: action.clone() })
    }

    /// From a person's answer to a question about `asked`. `None` when the answer is no, or when what would happen
    /// now is not what was asked: approvals bind by hash.
    pub fn from_answer(action: &Action, asked: &Action, answer: &Answer) -> Option<Self> {
        let yes = matches!(answer, Answer::Allow | Answer::Answers { .. });
        (yes && action.hash == asked.hash).then(|| Self { action: action.clone() })
    }

    /// What may be done.
    pub const fn action(&self) -> &Action {
        &self.action
    }
}
