//! What is to be done next: a pure function of the state.

use deskhand_types::{Action, ApprovalId, CallId, EffectClass, FinishStatus, StopReason, ToolCall};

use crate::{Report, Stage, Task, task::Last};

/// A turn that is cut off at the length limit is continued this often before the task gives up.
const MAX_CONTINUATIONS: u32 = 3;
/// Results of this many latest turns are never shortened.
const KEEP_TURNS: usize = 4;

/// One thing to do about a call. All steps of a [`Next::Calls`] may be done before `next` is asked again.
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// Classify the call and let the policy decide.
    Decide(ToolCall),
    /// Put the question to the person into the inbox.
    Ask(ToolCall),
    /// Perform it.
    Perform {
        /// The call.
        call: ToolCall,
        /// The action that was allowed.
        action: Box<Action>,
    },
    /// Tell the model that it was refused, and why.
    Refuse {
        /// The call.
        call: CallId,
        /// Why.
        reason: String,
        /// Whether the person refused, not the policy.
        by_person: bool,
    },
    /// Tell the model that a command was cut off: it is not run again, and nothing it changed has landed.
    Interrupted(CallId),
    /// Tell a sub-agent that it was not given this tool ([`Task::tools`]).
    NotGiven(ToolCall),
}

/// What is to be done next.
#[derive(Clone, PartialEq, Debug)]
pub enum Next {
    /// An intent was cut off: find out what happened to the change-set, then go on.
    Reconcile,
    /// Work on calls.
    Calls(Vec<Step>),
    /// Only the person's answers are missing.
    Wait(Vec<ApprovalId>),
    /// Shorten older results: append `context.compacted`.
    Compact {
        /// Before which turn.
        before_turn: u64,
        /// Why.
        reason: String,
    },
    /// Ask the model ([`Task::request`]) for this turn.
    AskModel {
        /// Number of the turn.
        turn: u64,
    },
    /// The sub-agent is over: append the outcome of the call it works for.
    Report(Report),
    /// A budget is reached: append `budget.reached`.
    StopForBudget {
        /// Which.
        limit: String,
    },
    /// Append `task.finished`.
    Finish {
        /// How it ended.
        status: FinishStatus,
        /// The last words.
        summary: String,
    },
    /// The task is done and a follow-up waits: append `person.said`.
    FollowUp {
        /// Number of the event that queued it.
        queued: u64,
        /// What the person said.
        text: String,
    },
    /// The task is over.
    Idle,
}

impl Task {
    /// What is to be done next.
    pub fn next(&self) -> Next {
        if self.open_change.is_some() {
            return Next::Reconcile;
        }
        match (&self.finished, self.follow_ups.first()) {
            // Only after success: what failed or was stopped is for the person to look at first.
            (Some((FinishStatus::Done, _)), Some((queued, text))) => {
                return Next::FollowUp {
                    queued: *queued,
                    text: text.clone(),
                };
            }
            (Some(_), _) => return Next::Idle,
            (None, _) => {}
        }
        if let Some(report) = self.report_now() {
            return Next::Report(report);
        }
        if !self.calls.is_empty() {
            return self.next_for_calls();
        }
        if let Some(limit) = &self.budget_reached {
            return Next::Finish {
                status: FinishStatus::Budget,
                summary: format!("Stopped at the budget: {limit}."),
            };
        }
        let next = self.next_turn();
        match next {
            // What ends a task ends a sub-agent only.
            Next::Finish { status, summary } if self.agent.is_some() => {
                self.report(status, summary).map_or(Next::Idle, Next::Report)
            }
            next => next,
        }
    }

    pub(crate) fn next_turn(&self) -> Next {
        match &self.last {
            Last::Answered(stop) if self.queue.is_empty() => self.after_answer(stop),
            Last::Failed { code, message } if code.as_str() == "models.context-overflow" => {
                self.after_overflow(message)
            }
            Last::Failed { message, .. } => Next::Finish {
                status: FinishStatus::Failed,
                summary: message.clone(),
            },
            Last::Open | Last::Answered(_) => self.ask_model(),
        }
    }

    fn next_for_calls(&self) -> Next {
        let mut steps = Vec::new();
        let mut waiting = Vec::new();
        let mut asked_before = false;
        let mut open_before = false;
        for call in &self.calls {
            asked_before |= matches!(call.stage(), Stage::ToAsk | Stage::Waiting);
            // A sub-agent begins when all calls before it are over.
            let too_early = call.is_agents() && open_before;
            open_before |= call.stage() != Stage::Finished;
            let Some(step) = (match call.stage() {
                Stage::Finished => None,
                Stage::Undecided if !self.is_given(&call.call.name) => Some(Step::NotGiven(call.call.clone())),
                Stage::Undecided => Some(Step::Decide(call.call.clone())),
                Stage::Ready if too_early => None,
                Stage::ToAsk => Some(Step::Ask(call.call.clone())),
                Stage::Waiting => {
                    waiting.extend(call.asked.as_ref().map(|asked| asked.id.clone()));
                    None
                }
                Stage::Refused => Some(refusal(call)),
                Stage::Interrupted => Some(Step::Interrupted(call.call.id.clone())),
                Stage::Ready => call
                    .decided
                    .as_ref()
                    // A change that was asked for must not be overtaken by a later change of the same turn.
                    .filter(|decided| !asked_before || decided.action.effect <= EffectClass::Read)
                    .map(|decided| Step::Perform {
                        call: call.call.clone(),
                        action: Box::new(decided.action.clone()),
                    }),
            }) else {
                continue;
            };
            steps.push(step);
        }
        if steps.is_empty() {
            Next::Wait(waiting)
        } else {
            Next::Calls(steps)
        }
    }

    fn after_answer(&self, stop: &StopReason) -> Next {
        let text = self.last_text();
        match stop {
            StopReason::MaxTokens if self.cut_answers <= MAX_CONTINUATIONS => self.ask_model(),
            StopReason::PauseTurn => self.ask_model(),
            StopReason::MaxTokens => Next::Finish {
                status: FinishStatus::Failed,
                summary: "The model's answer was cut off at its length limit again and again.".to_owned(),
            },
            StopReason::Refusal => Next::Finish {
                status: FinishStatus::Failed,
                summary: if text.is_empty() {
                    "The model declined to go on.".to_owned()
                } else {
                    text
                },
            },
            StopReason::EndTurn | StopReason::ToolUse | StopReason::Other(_) => Next::Finish {
                status: if self.last_effect_refused {
                    FinishStatus::Refused
                } else {
                    FinishStatus::Done
                },
                summary: text,
            },
        }
    }

    fn after_overflow(&self, message: &str) -> Next {
        let before_turn = self.turn_at.last().map_or(1, |(_, turn)| *turn);
        if self.overflowed_at == Some(self.totals.turns) && self.compacted_before < before_turn {
            return Next::Compact {
                before_turn,
                reason: "the model's window is full".to_owned(),
            };
        }
        Next::Finish {
            status: FinishStatus::Failed,
            summary: message.to_owned(),
        }
    }

    fn ask_model(&self) -> Next {
        if let Some(limit) = self.budget_hit() {
            return Next::StopForBudget { limit };
        }
        let profile = self.profile();
        let room = profile
            .context_window
            .saturating_sub(profile.max_output.min(profile.context_window / 4));
        // Of this conversation: a sub-agent's turns are none of the task's, and the other way round.
        let oldest_kept = self.turn_at.len().checked_sub(KEEP_TURNS + 1);
        let before_turn = oldest_kept
            .and_then(|index| self.turn_at.get(index))
            .map_or(0, |(_, turn)| *turn);
        if self.last_context > room / 10 * 8 && before_turn > self.compacted_before {
            return Next::Compact {
                before_turn,
                reason: format!(
                    "{} of {} tokens of the model's window are used",
                    self.last_context, profile.context_window
                ),
            };
        }
        Next::AskModel {
            turn: self.totals.turns + 1,
        }
    }

    pub(crate) fn last_text(&self) -> String {
        let Some((index, _)) = self.turn_at.last() else {
            return String::new();
        };
        let Some(message) = self.messages.get(*index) else {
            return String::new();
        };
        let texts: Vec<&str> = message
            .content
            .iter()
            .filter_map(deskhand_types::Block::as_text)
            .collect();
        texts.join("\n\n")
    }
}

fn refusal(call: &crate::Call) -> Step {
    use deskhand_types::Answer;
    let answer = call.asked.as_ref().and_then(|asked| asked.answer.as_ref());
    let (reason, by_person) = match answer {
        Some(Answer::Deny { reason: Some(reason) }) => (reason.clone(), true),
        Some(Answer::Deny { reason: None }) => (String::new(), true),
        _ => (
            call.decided
                .as_ref()
                .map(|decided| decided.reason.clone())
                .unwrap_or_default(),
            false,
        ),
    };
    Step::Refuse {
        call: call.call.id.clone(),
        reason,
        by_person,
    }
}
