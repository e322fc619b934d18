//! The decision.

use deskhand_types::{Action, Confidentiality, EffectClass, Grant, Hash, Label, Mode};
use serde_json::Value;

use crate::{
    Rules, floor,
    flow::{self, Parts, Seen, Sink, Strength, Taint, Words},
};

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
    /// The file the rule stands in; empty for Deskhand's own rules and the floor.
    pub file: String,
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
    /// What is known of the flow of this call. Without it, what leaves the machine is always asked; with it, a call that
    /// is bound to the person's own words need not be, and one that is not is asked even where a rule would allow it.
    pub flow: Option<Flow<'a>>,
}

/// The flow of one call: what the tool does, what it is called with, what was seen, and what the person said
/// (`docs/decisions/0020-information-flow.md` says how the engine fills it).
#[derive(Clone, Copy, Debug)]
pub struct Flow<'a> {
    /// What the tool does; `None` when it only reads.
    pub sink: Option<&'a Sink>,
    /// What it is called with.
    pub arguments: &'a Value,
    /// What the task has seen.
    pub seen: &'a Seen,
    /// The person's own words.
    pub words: &'a Words,
}

/// Decides on `action`. Pure; total: when no rule matches, reads are allowed and everything else is asked.
pub fn decide(action: &Action, context: &Context<'_>) -> Decision {
    let decision = by_rules(action, context);
    let allowed = decision.verdict == Verdict::Allow;
    // Above all rules: secret data never leaves without a question.
    if allowed && flow::leaves(action.effect) && context.has_secret() {
        return asked(action, &flow::Reason::Secret);
    }
    // Rules of a person allow tools; only the floor knows what this call would carry where.
    if allowed
        && let Some(judgement) = context
            .judge(action)
            .filter(|judgement| judgement.verdict != Verdict::Allow)
    {
        return asked(action, &judgement.reason);
    }
    decision
}

/// As [`decide`], for a task whose model reads nothing untrusted: what a call takes from variables, or from a reader's
/// answers, is looked at as well. Nowhere weaker than [`decide`].
pub fn decide_apart(action: &Action, context: &Context<'_>, parts: &Parts<'_>) -> Decision {
    let decision = decide(action, context);
    let Some(flow) = context.flow.filter(|_| decision.verdict == Verdict::Allow) else {
        return decision;
    };
    // A rule about contexts that have read text of others holds for a call that is made of it.
    if let Some(label) = parts.label {
        let taint = context.taint.join(label);
        let made_of_it = Context {
            taint: &taint,
            ..*context
        };
        let rule = context.rules.deciding(action, &made_of_it);
        let usual = context.rules.deciding(action, context).map(|rule| &rule.name);
        if let Some(rule) = rule.filter(|rule| Some(&rule.name) != usual && rule.verdict != Verdict::Allow) {
            return Decision {
                verdict: rule.verdict,
                rule: rule.name.clone(),
                file: rule.file.to_string(),
                reason: rule.reason.clone(),
                action: action.hash,
            };
        }
    }
    let call = flow::Call {
        sink: flow.sink,
        arguments: flow.arguments,
    };
    match flow::apart(&call, parts, flow.seen, flow.words) {
        Some(reason) => asked(action, &reason),
        None => decision,
    }
}

fn asked(action: &Action, reason: &flow::Reason) -> Decision {
    Decision {
        verdict: Verdict::Ask,
        rule: reason.rule().to_owned(),
        file: String::new(),
        reason: reason.sentence(),
        action: action.hash,
    }
}

impl Context<'_> {
    fn has_secret(&self) -> bool {
        let seen = self
            .flow
            .is_some_and(|flow| flow.seen.label().confidentiality == Confidentiality::Secret);
        seen || self.taint.confidentiality == Confidentiality::Secret
    }

    /// What the floor says, when the flow is known and the action does more than read. The heavier of two taints counts,
    /// should they differ.
    fn judge(&self, action: &Action) -> Option<flow::Judgement> {
        let flow = self.flow.filter(|_| action.effect > EffectClass::Read)?;
        let call = flow::Call {
            sink: flow.sink,
            arguments: flow.arguments,
        };
        let taint = Taint {
            tainted: self.taint.is_tainted() || flow.seen.label().is_tainted(),
            secret: self.has_secret(),
        };
        let mut judgement = flow::judge_under(&call, taint, flow.seen, flow.words, Strength::Shipped);
        // The action says it does something and no sink says what: nothing can be bound.
        if flow.sink.is_none() && taint.tainted && flow::leaves(action.effect) {
            judgement.verdict = Verdict::Ask;
            judgement.reason = flow::Reason::NoTarget;
        }
        Some(judgement)
    }
}

/// The floor in code and the rules, without the flow except where a rule defers to it.
fn by_rules(action: &Action, context: &Context<'_>) -> Decision {
    let decision = |verdict, rule: &str, reason: String| Decision {
        verdict,
        rule: rule.to_owned(),
        file: String::new(),
        reason,
        action: action.hash,
    };
    if let Some((rule, reason)) = floor::refuse(action, context.grants) {
        return decision(Verdict::Deny, rule, reason);
    }
    if let Some(rule) = context.rules.deciding(action, context) {
        if rule.unless_bound.contains(&action.effect)
            && let Some(judgement) = context.judge(action)
        {
            let reason = &judgement.reason;
            return decision(judgement.verdict, reason.rule(), reason.sentence());
        }
        let verdict = match rule.verdict {
            // Planning and reading may be made stricter by a rule, never a question in a mode that asks none.
            Verdict::Ask if context.mode == Mode::Skip && !rule.always => Verdict::Allow,
            verdict => verdict,
        };
        return Decision {
            file: rule.file.to_string(),
            ..decision(verdict, &rule.name, rule.reason.clone())
        };
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
