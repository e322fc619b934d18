//! One tool call and how far it is.

use deskhand_types::{
    Action, Answer, ApprovalId, Ask, ChangeSet, EffectClass, Hash, Label, Timestamp, ToolCall, ToolOutcome,
};
use serde_json::Value;

/// What the policy decided about a call.
#[derive(Clone, PartialEq, Debug)]
pub struct Decided {
    /// The action as it was judged.
    pub action: Action,
    /// `allow`, `ask` or `deny`.
    pub verdict: String,
    /// Why.
    pub reason: String,
    /// The rule that says so.
    pub rule: String,
    /// What an answer is bound to.
    pub binding: Option<Hash>,
    /// The label of all that had been read by then.
    pub context: Label,
}

/// A question to the person about a call.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// Id in the inbox.
    pub id: ApprovalId,
    /// What was asked.
    pub ask: Ask,
    /// When.
    pub at: Timestamp,
    /// The answer, once there is one.
    pub answer: Option<Answer>,
}

/// A value of a call that the person replaced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replaced {
    /// The parameter.
    pub param: String,
    /// The model's value.
    pub from: String,
    /// The person's.
    pub to: String,
}

/// What the person said yes to when they replaced a value: they answered this question, and no other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SaidYes {
    /// The rule that asked.
    pub rule: String,
    /// Why it was asked.
    pub reason: String,
    /// When it was asked.
    pub at: Timestamp,
}

/// What a command gave and what it changed. Nothing of the changes stands in the folders yet.
#[derive(Clone, PartialEq, Debug)]
pub struct Ran {
    /// What it gave.
    pub outcome: ToolOutcome,
    /// What it changed.
    pub set: ChangeSet,
}

/// A call of the turn in work.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// The call, with an id unique in the task.
    pub call: ToolCall,
    /// The policy's decision.
    pub decided: Option<Decided>,
    /// The question to the person.
    pub asked: Option<Asked>,
    /// How often it was asked about.
    pub asks: u32,
    /// Values the person replaced, in that order. The call has theirs.
    pub replaced: Vec<Replaced>,
    /// Their yes to the call with another value, until it is decided whether it is asked about at all.
    pub said_yes: Option<SaidYes>,
    /// Whether performing it began.
    pub started: bool,
    /// The command it ran, once that is over: its changes are judged like any other change.
    pub ran: Option<Ran>,
    /// What it gave.
    pub outcome: Option<ToolOutcome>,
}

/// How far a call is, in one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// The policy has not spoken yet.
    Undecided,
    /// The person must be asked.
    ToAsk,
    /// The person was asked and has not answered.
    Waiting,
    /// It may be performed.
    Ready,
    /// The policy or the person said no; the model is to be told.
    Refused,
    /// A command or a connector's call began and nobody knows how it ended. It is never performed again by itself.
    Interrupted,
    /// It is over.
    Finished,
}

impl Call {
    pub(crate) const fn new(call: ToolCall) -> Self {
        Self {
            call,
            decided: None,
            asked: None,
            asks: 0,
            replaced: Vec::new(),
            said_yes: None,
            started: false,
            ran: None,
            outcome: None,
        }
    }

    /// Takes an answer in. A value the person gives stands in the call from here on, which is to be judged anew.
    pub(crate) fn take_answer(&mut self, answer: &Answer) {
        let Some(asked) = self.asked.as_mut().filter(|asked| asked.answer.is_none()) else {
            return;
        };
        let Answer::Instead { param, from, to } = answer else {
            asked.answer = Some(answer.clone());
            return;
        };
        let Some(from) = replace(&mut self.call.input, param, from, to) else {
            // Never what the person meant to change.
            asked.answer = Some(Answer::Deny { reason: None });
            return;
        };
        let decided = self.decided.take();
        self.said_yes = decided.map(|decided| SaidYes {
            rule: decided.rule,
            reason: decided.reason,
            at: asked.at,
        });
        self.asked = None;
        self.replaced.push(Replaced {
            param: param.clone(),
            from,
            to: to.clone(),
        });
    }

    /// Whether a connector's server performs it: `mcp__SERVER__TOOL`. What it did is not to be seen from here, and its
    /// own word that it only reads is not relied on.
    pub fn is_connectors(&self) -> bool {
        self.call.name.starts_with("mcp__")
    }

    /// Whether it starts a sub-agent, or may: a skill can be one that is done in a sub-agent.
    pub fn is_agents(&self) -> bool {
        self.call.name == crate::SPAWN || self.call.name == crate::SKILL
    }

    /// How far the call is.
    pub fn stage(&self) -> Stage {
        if self.outcome.is_some() {
            return Stage::Finished;
        }
        let Some(decided) = &self.decided else {
            return Stage::Undecided;
        };
        // Within a process a command begins and ends in one step, so whoever sees this came after a crash.
        let once = decided.action.effect == EffectClass::Exec || self.is_connectors();
        if self.started && self.ran.is_none() && once {
            return Stage::Interrupted;
        }
        match decided.verdict.as_str() {
            "allow" => Stage::Ready,
            "ask" => match &self.asked {
                None => Stage::ToAsk,
                Some(Asked { answer: None, .. }) => Stage::Waiting,
                Some(Asked {
                    answer: Some(Answer::Deny { .. }),
                    ..
                }) => Stage::Refused,
                Some(Asked { answer: Some(_), .. }) => Stage::Ready,
            },
            _ => Stage::Refused,
        }
    }
}

/// Puts one value in the place of another: of a parameter, or of one entry of its list. Nothing else changes, and a number
/// stays a number. Gives what stood there, in the model's words: where that is a variable, the card named what it holds.
fn replace(input: &mut Value, param: &str, from: &str, to: &str) -> Option<String> {
    match input.get_mut(param)? {
        Value::Array(entries) => {
            let entry = entries.iter_mut().find(|entry| entry.as_str() == Some(from))?;
            *entry = Value::String(to.to_owned());
            Some(from.to_owned())
        }
        Value::Number(number) => {
            let new = to.parse().ok()?;
            Some(std::mem::replace(number, new).to_string())
        }
        Value::String(text) => Some(std::mem::replace(text, to.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_value_is_replaced_and_nothing_else() {
        let call =
            json!({"to": "a@x.example", "cc": ["b@x.example", "c@x.example"], "amount": 5, "body": "a@x.example"});
        let replaced = |param: &str, from: &str, to: &str| {
            let mut input = call.clone();
            replace(&mut input, param, from, to).map(|_| input)
        };
        let with = |param: &str, value: Value| {
            let mut input = call.clone();
            input[param] = value;
            Some(input)
        };
        assert_eq!(
            replaced("to", "a@x.example", "d@x.example"),
            with("to", json!("d@x.example"))
        );
        assert_eq!(
            replaced("cc", "c@x.example", "d@x.example"),
            with("cc", json!(["b@x.example", "d@x.example"]))
        );
        assert_eq!(replaced("amount", "5", "4.5"), with("amount", json!(4.5)));
        assert_eq!(replaced("amount", "5", "a lot"), None);
        assert_eq!(replaced("cc", "a@x.example", "d@x.example"), None);
        assert_eq!(replaced("bcc", "", "d@x.example"), None);
    }
}
