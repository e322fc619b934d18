//! One tool call and how far it is.

use deskhand_types::{Action, Answer, ApprovalId, Ask, ChangeSet, EffectClass, Hash, ToolCall, ToolOutcome};

/// What the policy decided about a call.
#[derive(Clone, PartialEq, Debug)]
pub struct Decided {
    /// The action as it was judged.
    pub action: Action,
    /// `allow`, `ask` or `deny`.
    pub verdict: String,
    /// Why.
    pub reason: String,
    /// What an answer is bound to.
    pub binding: Option<Hash>,
}

/// A question to the person about a call.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// Id in the inbox.
    pub id: ApprovalId,
    /// What was asked.
    pub ask: Ask,
    /// The answer, once there is one.
    pub answer: Option<Answer>,
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
            started: false,
            ran: None,
            outcome: None,
        }
    }

    /// Whether a connector's server performs it: `mcp__SERVER__TOOL`. What it did is not to be seen from here, and its
    /// own word that it only reads is not relied on.
    pub fn is_connectors(&self) -> bool {
        self.call.name.starts_with("mcp__")
    }

    /// Whether it starts a sub-agent.
    pub fn is_agents(&self) -> bool {
        self.call.name == crate::SPAWN
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
