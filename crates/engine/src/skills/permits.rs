//! What skills permit and take away for the turn they are called in.
//!
//! A skill can only take a question out of the way that a mode or the weaker sandbox asks for the person's comfort. It lifts
//! no refusal, nothing the information-flow floor asks, and no rule of the person's own.

use deskhand_agent::Skills;
use deskhand_plugins::format::tools::{ToolRule, subject};
use deskhand_policy::{Decision, Verdict};
use deskhand_types::{Action, EffectClass, ToolCall};

/// Shipped rules whose question a skill may answer beforehand.
const LIFTED: [&str; 2] = ["manual-mode", "command-in-the-weaker-sandbox"];

/// The decision, with what skills in use say of it.
pub(crate) fn permitted(skills: &Skills, call: &ToolCall, action: &Action, decision: Decision) -> Decision {
    let subject = subject(&call.name, &call.input);
    let rule = |text: &str| ToolRule::parse(text);
    if let Some((skill, _)) = skills
        .disallowed()
        .find(|(_, text)| rule(text).is_some_and(|rule| rule.concerns(&call.name, &subject)))
    {
        return tightened(
            decision,
            Verdict::Deny,
            "skill-disallows",
            format!("the skill {skill} takes this tool away until you speak again"),
        );
    }
    // Only Deskhand's own questions: a rule of that name in a file is somebody's wish.
    let own = decision.file.is_empty();
    let lifted =
        own && decision.verdict == Verdict::Ask && LIFTED.contains(&decision.rule.as_str()) && is_local(call, action);
    if !lifted {
        return decision;
    }
    match skills
        .allowed()
        .find(|(_, text)| rule(text).is_some_and(|rule| rule.permits(&call.name, &subject)))
    {
        Some((skill, text)) => Decision {
            verdict: Verdict::Allow,
            rule: "skill-allows".to_owned(),
            file: String::new(),
            reason: format!("the skill {skill} allows {text} beforehand, until you speak again"),
            ..decision
        },
        None => decision,
    }
}

/// A change inside the folders by a tool that names it, or a command before it runs in the room. What a command changed is
/// asked as ever, and so is what a connector runs.
fn is_local(call: &ToolCall, action: &Action) -> bool {
    match action.effect {
        EffectClass::Exec => call.name == "Bash",
        EffectClass::Create | EffectClass::Modify | EffectClass::Delete => {
            !matches!(call.name.as_str(), "Bash" | "BashOutput" | "KillShell")
        }
        _ => false,
    }
}

/// A decision made stricter; a stricter one stays as it is.
pub(crate) fn tightened(decision: Decision, verdict: Verdict, rule: &str, reason: String) -> Decision {
    let weight = |verdict: Verdict| match verdict {
        Verdict::Allow => 0,
        Verdict::Ask => 1,
        Verdict::Deny => 2,
    };
    if weight(verdict) <= weight(decision.verdict) {
        return decision;
    }
    Decision {
        verdict,
        rule: rule.to_owned(),
        file: String::new(),
        reason,
        ..decision
    }
}
