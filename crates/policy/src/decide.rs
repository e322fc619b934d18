//! The decision.

use deskhand_types::{Action, EffectClass, Grant, Hash, Label, Mode};

use crate::{Rules, floor};

/// What is decided about an action.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    /// It may happen.
    Allow,
    /// The person is asked first.
    Ask,
    /// It may not happen.
    Deny,
}

impl Verdict {
    /// The word used in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// A decision, with the rule that made it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// The rule's name.
    pub rule: String,
    /// Why, in one sentence a person understands.
    pub reason: String,
    /// The hash of the action decided on.
    pub action: Hash,
}

/// Everything a decision depends on besides the action.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// How the task treats effects.
    pub mode: Mode,
    /// The folders granted now.
    pub grants: &'a [Grant],
    /// The join of the labels of all the task has read.
    pub taint: &'a Label,
    /// The rules in force.
    pub rules: &'a Rules,
}

/// Decides on `action`. Pure; total: when no rule matches, reads are allowed and everything else is asked.
pub fn decide(action: &Action, context: &Context<'_>) -> Decision {
    let decision = |verdict, rule: &str, reason: String| Decision {
        verdict,
        rule: rule.to_owned(),
        reason,
        action: action.hash,
    };
    if let Some((rule, reason)) = floor::refuse(action, context.grants) {
        return decision(Verdict::Deny, rule, reason);
    }
    if let Some(rule) = context.rules.first_match(action, context) {
        let verdict = match rule.verdict {
            // Planning and reading may be made stricter by a rule, never a question in a mode that asks none.
            Verdict::Ask if context.mode == Mode::Skip && !rule.always => Verdict::Allow,
            verdict => verdict,
        };
        return decision(verdict, &rule.name, rule.reason.clone());
    }
    if action.effect <= EffectClass::Read {
        return decision(
            Verdict::Allow,
            "reading",
            "reading inside granted folders is allowed".to_owned(),
        );
    }
    decision(
        Verdict::Ask,
        "no-rule",
        "no rule covers this, so you are asked".to_owned(),
    )
}
