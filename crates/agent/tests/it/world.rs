//! A world that answers the agent's steps with events, driven by a list of choices.

use std::collections::BTreeSet;

use deskhand_agent::{Next, SPAWN, Step, Task};
use deskhand_types::{
    Action, AgentStart, Answer, ApprovalId, Ask, Block, Budget, CallId, Cause, Change, ChangeSet, ChangeSetId, Code,
    EffectClass, Event, EventBody, EventDraft, FileState, FinishStatus, Grant, GrantMode, GuestPath, Hash, Label, Mode,
    ModelProfile, ModelRef, PathChange, StopReason, TaskId, TaskStart, Timestamp, ToolCall, ToolDef, ToolOutcome,
    Usage,
};
use serde_json::json;

/// What the world does when it has a choice: consumed in order, then zeros.
pub(crate) struct World {
    pub events: Vec<Event>,
    pub task: Task,
    choices: std::vec::IntoIter<u8>,
    now: i64,
    /// Commands that were begun, in whatever process.
    pub commands: BTreeSet<CallId>,
    /// Whether the person speaks while the task works.
    talks: bool,
    /// Whether the model starts sub-agents.
    delegates: bool,
}

pub(crate) fn start(budget: Budget, context_window: u64) -> TaskStart {
    TaskStart {
        prompt: "Do it".to_owned(),
        voice: Vec::new(),
        grants: vec![Grant {
            name: "work".to_owned(),
            folder: "/home/ana/work".to_owned(),
            mode: GrantMode::ReadWrite,
            outside_home: false,
        }],
        mode: Mode::Auto,
        reading: deskhand_types::Reading::Direct,
        sandbox: deskhand_types::Tier::Vm,
        model: ModelRef {
            provider: "test".to_owned(),
            name: "model".to_owned(),
        },
        profile: ModelProfile {
            pattern: "*".to_owned(),
            context_window,
            max_output: 1000,
            images: true,
            tools: true,
            parallel_tools: true,
            thinking_budget: 0,
            prompt_budget: 16_384,
            tool_result_chars: 10_000,
            price: None,
        },
        system: "system".to_owned(),
        tools: Vec::new(),
        budget,
        instructions: Vec::new(),
        version: "0".to_owned(),
        agent: None,
        branched_from: None,
    }
}

impl World {
    pub fn new(start: TaskStart, choices: Vec<u8>) -> Self {
        let first = event(0, 0, EventBody::TaskStarted(Box::new(start)).into());
        let task = Task::begin(&first).unwrap();
        Self {
            events: vec![first],
            task,
            choices: choices.into_iter(),
            now: 0,
            commands: BTreeSet::new(),
            talks: false,
            delegates: false,
        }
    }

    /// With a model that starts sub-agents, and a person who speaks at any moment.
    pub fn delegating(start: TaskStart, choices: Vec<u8>) -> Self {
        Self {
            delegates: true,
            ..Self::talking(start, choices)
        }
    }

    /// With a person who speaks at any moment.
    pub fn talking(start: TaskStart, choices: Vec<u8>) -> Self {
        Self {
            talks: true,
            ..Self::new(start, choices)
        }
    }

    pub fn say(&mut self, body: EventBody) {
        self.append(body.into());
    }

    fn append(&mut self, draft: EventDraft) {
        self.now += 10;
        let event = event(self.events.len() as u64, self.now, draft);
        self.task.apply(&event);
        self.events.push(event);
    }

    fn choose(&mut self, among: u8) -> u8 {
        self.choices.next().unwrap_or(0) % among
    }

    /// Answers one round of `next`. Gives `false` when the task is over.
    pub fn round(&mut self) -> bool {
        if self.delegates && self.choose(40) == 39 {
            self.stop();
        }
        match self.task.next() {
            Next::Idle => return false,
            Next::Reconcile => {
                let id = self.task.open_change().unwrap().set.id.clone();
                if self.choose(2) == 0 {
                    self.say(EventBody::ChangeApplied { id, reconciled: None });
                } else {
                    self.say(EventBody::ChangeFailed {
                        id,
                        code: Code::new("x"),
                        message: "x".to_owned(),
                        reconciled: None,
                    });
                }
            }
            Next::Calls(steps) => {
                for step in steps {
                    let alone = self.task.sub_agent().is_none();
                    self.step(step);
                    if alone && self.task.sub_agent().is_some() {
                        break;
                    }
                }
            }
            Next::Wait(ids) => {
                let id = ids[usize::from(self.choose(8)) % ids.len()].clone();
                let answer = if self.choose(2) == 0 {
                    Answer::Allow
                } else {
                    Answer::Deny { reason: None }
                };
                self.say(EventBody::ApprovalAnswered { id, answer });
            }
            Next::Compact { before_turn, reason } => self.say(EventBody::ContextCompacted { before_turn, reason }),
            Next::AskModel { turn } => {
                // The person called a skill that is done in a sub-agent.
                let calls = self.delegates && self.task.sub_agent().is_none() && self.choose(10) == 9;
                if calls {
                    let id = CallId::new(format!("skill.{}", self.task.next_seq()));
                    self.begin_agent(id);
                    assert!(self.task.is_persons_agent());
                } else {
                    self.model(turn);
                }
            }
            Next::Report(report) => {
                assert!(
                    self.task
                        .sub_agent()
                        .is_some_and(|agent| agent.start().call == report.call),
                    "only a sub-agent reports"
                );
                let failed = report.status == FinishStatus::Failed;
                // Whatever the engine says of it: the fold itself knows what was read.
                let mut outcome = ToolOutcome::text(report.text, Label::harness(), "reported");
                outcome.error = failed.then(|| Code::new("agent.failed"));
                self.append(EventDraft {
                    label: Some(outcome.label.clone()),
                    body: EventBody::ToolFinished {
                        call: report.call,
                        outcome,
                    },
                });
            }
            Next::StopForBudget { limit } => self.say(EventBody::BudgetReached { limit }),
            Next::Finish { status, summary } => self.say(EventBody::TaskFinished { status, summary }),
            Next::FollowUp { queued, text } => self.say(EventBody::PersonSaid {
                text,
                queued: Some(queued),
                voice: Vec::new(),
            }),
        }
        true
    }

    fn model(&mut self, turn: u64) {
        let model = self.task.start().model.clone();
        self.say(EventBody::ModelRequested {
            turn,
            model,
            head: self.task.head(),
        });
        // The person may speak while the model answers.
        self.chatter(turn);
        let usage = Usage {
            input_tokens: 100 * turn,
            output_tokens: 10,
            ..Usage::default()
        };
        let answered = |content, stop| EventBody::ModelAnswered {
            turn,
            content,
            stop,
            usage,
            cost_usd: Some(0.01),
            model: "m".to_owned(),
        };
        let body = match self.choose(8) {
            0 => answered(vec![Block::text("done")], StopReason::EndTurn),
            1 => answered(vec![Block::text("half")], StopReason::MaxTokens),
            2 => EventBody::ModelFailed {
                turn,
                code: Code::new("models.context-overflow"),
                message: "too long".to_owned(),
                hint: None,
            },
            3 => EventBody::ModelFailed {
                turn,
                code: Code::new("models.gone"),
                message: "gone".to_owned(),
                hint: None,
            },
            many => {
                // Ids clash on purpose, within the turn and with earlier turns.
                let spawning: Vec<bool> = (0..many - 3).map(|_| self.delegates && self.choose(3) == 2).collect();
                let calls = spawning.into_iter().enumerate().map(|(n, spawns)| Block::ToolUse {
                    id: CallId::new(format!("c{}", n % 2)),
                    name: if spawns { SPAWN } else { "Tool" }.to_owned(),
                    input: json!({"n": n}),
                });
                answered(calls.collect(), StopReason::ToolUse)
            }
        };
        self.say(body);
        if self.choose(6) == 5 {
            self.say(EventBody::PersonSaid {
                text: format!("and more at {turn}"),
                queued: None,
                voice: Vec::new(),
            });
        }
        self.chatter(turn);
    }

    /// What the person may say at any moment.
    fn chatter(&mut self, turn: u64) {
        if !self.talks {
            return;
        }
        match self.choose(8) {
            5 => self.say(EventBody::PersonSaid {
                text: format!("and more at {turn}"),
                queued: None,
                voice: Vec::new(),
            }),
            6 => self.say(EventBody::FollowUpQueued {
                text: format!("then at {turn}"),
                voice: Vec::new(),
            }),
            7 => self.say(EventBody::FollowUpWithdrawn {
                queued: self.task.follow_ups().first().map_or(0, |(seq, _)| *seq),
            }),
            _ => {}
        }
    }

    /// The person stops the task, and takes it up again: all that is open ends undone.
    fn stop(&mut self) {
        // Taking up what stopped at its budget is leave for another one; that is another story.
        let at_budget = matches!(
            self.events.last().map(|event| &event.body),
            Some(EventBody::BudgetReached { .. })
        );
        if at_budget || self.task.open_change().is_some() || self.task.finished().is_some() {
            return;
        }
        let open: Vec<CallId> = self
            .task
            .open_calls()
            .filter(|call| call.outcome.is_none())
            .map(|call| call.call.id.clone())
            .collect();
        for call in open {
            self.finish(call, true);
        }
        if let Some(agent) = self.task.sub_agent().filter(|_| self.task.is_persons_agent()) {
            let call = agent.start().call.clone();
            self.finish(call, true);
        }
        assert!(self.task.sub_agent().is_none(), "stopping ends a sub-agent");
        self.say(EventBody::TaskFinished {
            status: FinishStatus::Stopped,
            summary: "stopped".to_owned(),
        });
        self.say(EventBody::TaskResumed {
            version: "0".to_owned(),
        });
    }

    fn spawn(&mut self, call: &ToolCall) {
        assert!(
            self.task.sub_agent().is_none(),
            "one at a time, and none inside another"
        );
        let before = self.task.calls().iter().take_while(|other| other.call.id != call.id);
        assert!(
            before.into_iter().all(|other| other.outcome.is_some()),
            "calls before it are over"
        );
        self.begin_agent(call.id.clone());
    }

    fn begin_agent(&mut self, call: CallId) {
        let tools = ["Tool"].map(|name| ToolDef {
            name: name.to_owned(),
            description: String::new(),
            input_schema: json!({}),
        });
        let start = AgentStart {
            call,
            agent: "general-purpose".to_owned(),
            description: String::new(),
            prompt: "A part of it".to_owned(),
            system: "sub".to_owned(),
            tools: if self.choose(4) == 3 {
                Vec::new()
            } else {
                tools.to_vec()
            },
            model: None,
            profile: None,
            mode: None,
            max_turns: (self.choose(2) == 1).then_some(3),
        };
        self.say(EventBody::AgentStarted(Box::new(start)));
    }

    fn step(&mut self, step: Step) {
        self.chatter(0);
        match step {
            Step::Decide(call) if call.name == SPAWN => {
                let verdict = ["allow", "allow", "ask", "deny"][usize::from(self.choose(4))];
                self.decide(call, EffectClass::None, verdict);
            }
            Step::Perform { call, action } if call.name == SPAWN => {
                if self.task.call(&call.id).is_some_and(|call| !call.started) {
                    self.say(EventBody::ToolStarted {
                        call: call.clone(),
                        action: *action,
                    });
                }
                if self.choose(5) != 4 {
                    self.spawn(&call);
                }
            }
            Step::NotGiven(call) => {
                assert!(self.task.tools().all(|given| given.name != call.name));
                self.finish(call.id, true);
            }
            Step::Decide(call) => {
                let effect = if self.task.call(&call.id).unwrap().ran.is_some() {
                    EffectClass::Modify
                } else {
                    [EffectClass::Read, EffectClass::Modify, EffectClass::Exec][usize::from(self.choose(3))]
                };
                let verdict = ["allow", "allow", "ask", "deny"][usize::from(self.choose(4))];
                self.decide(call, effect, verdict);
            }
            Step::Ask(call) => {
                let ask = Ask::Questions { questions: Vec::new() };
                self.say(EventBody::ApprovalRequested {
                    id: ApprovalId::new(format!("q.{}", call.id)),
                    call: call.id,
                    ask,
                });
            }
            Step::Refuse { call, .. } | Step::Interrupted(call) => self.finish(call, true),
            Step::Perform { call, action } => {
                let ran = self.task.call(&call.id).unwrap().ran.clone();
                if ran.is_none() {
                    self.say(EventBody::ToolStarted {
                        call: call.clone(),
                        action: (*action).clone(),
                    });
                }
                if action.effect == EffectClass::Exec {
                    assert!(self.commands.insert(call.id.clone()), "{} ran twice", call.id);
                    if self.choose(5) == 4 {
                        // The process dies while the command runs.
                        return;
                    }
                    let changes = self.choose(2) == 1;
                    let set = self.set(&call.id, changes);
                    let outcome = ToolOutcome::text("it ran", Label::file("/mnt/work"), "ran");
                    self.append(EventDraft {
                        label: Some(outcome.label.clone()),
                        body: EventBody::CommandFinished {
                            call: call.id.clone(),
                            outcome,
                            set,
                        },
                    });
                    if changes {
                        return;
                    }
                } else if action.effect == EffectClass::Modify {
                    let set = ran.map_or_else(|| self.set(&call.id, true), |ran| ran.set);
                    let id = set.id.clone();
                    self.say(EventBody::ChangeIntended { set });
                    if self.choose(5) == 4 {
                        // The process dies here: the outcome is found out in the next round.
                        return;
                    }
                    self.say(EventBody::ChangeApplied { id, reconciled: None });
                }
                self.finish(call.id, false);
            }
        }
    }

    fn decide(&mut self, call: ToolCall, effect: EffectClass, verdict: &str) {
        let action = Action {
            call: call.id,
            tool: call.name,
            effect,
            paths: Vec::new(),
            summary: String::new(),
            tier: None,
            hash: Hash::ZERO,
        };
        self.say(EventBody::PolicyDecided {
            action,
            verdict: verdict.to_owned(),
            rule: "r".to_owned(),
            file: String::new(),
            reason: "because".to_owned(),
            binding: None,
        });
    }

    fn set(&self, call: &CallId, changes: bool) -> ChangeSet {
        let change = PathChange {
            change: Change::Create,
            path: GuestPath::new("/mnt/work/a"),
            from: None,
            before: FileState::Absent,
            after: FileState::Link { target: "b".to_owned() },
            lines: None,
        };
        ChangeSet {
            id: ChangeSetId::new(format!("s{}", self.task.change_sets_seen())),
            cause: Cause::Call { call: call.clone() },
            changes: if changes { vec![change] } else { Vec::new() },
            at: Timestamp(0),
        }
    }

    fn finish(&mut self, call: CallId, failed: bool) {
        let label = match self.events.len() % 5 {
            0 => Label::harness(),
            1 => Label::unknown(),
            n => Label::file(&format!("/mnt/work/{n}")),
        };
        let mut outcome = ToolOutcome::text("x".repeat(500), label.clone(), "did");
        outcome.error = failed.then(|| Code::new("tool.refused"));
        self.append(EventDraft {
            body: EventBody::ToolFinished { call, outcome },
            label: Some(label),
        });
    }

    pub fn status(&self) -> Option<FinishStatus> {
        self.task.finished().map(|(status, _)| status)
    }
}

fn event(seq: u64, at: i64, draft: EventDraft) -> Event {
    let task = TaskId::new("t");
    let hash = Hash::of(&seq.to_le_bytes());
    Event {
        task,
        seq,
        at: Timestamp(at),
        body: draft.body,
        label: draft.label,
        prev_hash: Hash::ZERO,
        hash,
    }
}
