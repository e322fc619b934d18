//! The fold: one event more.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_types::{
    Answer, Block, CallId, Caller, Cause, ChangeSet, ConnectorSource, EffectClass, Event, EventBody, Label, Message,
    Mode, Role, StopReason, TaskStart, ToolOutcome,
};

use crate::{
    Decided, OpenChange, Ran, Skills, Task, Totals, Touched, Variables,
    call::Asked,
    conversation::{enters_context, hook_text, notes_text},
    task::Last,
};

impl Task {
    /// The state after the first event of a log. `None` when the first event is not `task.started`.
    pub fn begin(first: &Event) -> Option<Self> {
        let EventBody::TaskStarted(start) = &first.body else {
            return None;
        };
        let start: TaskStart = (**start).clone();
        let start_prompt = start.prompt.clone();
        let prompt = Message {
            role: Role::User,
            content: vec![Block::text(&start.prompt)],
        };
        let mut touched = Touched::default();
        touched.hear(&start.prompt);
        Some(Self {
            touched,
            skill_hooks: BTreeMap::new(),
            grants: start.grants.clone(),
            added_tools: Vec::new(),
            start,
            messages: vec![prompt],
            turn_at: Vec::new(),
            others: Vec::new(),
            asked: None,
            queue: Vec::new(),
            said: vec![start_prompt],
            skills: Skills::default(),
            variables: Variables::default(),
            follow_ups: Vec::new(),
            calls: Vec::new(),
            call_ids: BTreeSet::new(),
            next_clash: BTreeMap::new(),
            last: Last::Open,
            cut_answers: 0,
            compacted_before: 0,
            overflowed_at: None,
            last_context: 0,
            totals: Totals::default(),
            taint: first.label.clone().unwrap_or_else(Label::person),
            plan: Vec::new(),
            outputs: Vec::new(),
            agent: None,
            open_change: None,
            applied: Vec::new(),
            sets_seen: 0,
            requests_seen: 0,
            refused: 0,
            last_effect_refused: false,
            budget_reached: None,
            finished: None,
            head: first.hash,
            next_seq: first.seq + 1,
            last_at: first.at,
        })
    }

    /// Replays a whole log. `None` when it does not begin with `task.started`.
    pub fn replay(events: &[Event]) -> Option<Self> {
        let (first, rest) = events.split_first()?;
        let mut task = Self::begin(first)?;
        for event in rest {
            task.apply(event);
        }
        Some(task)
    }

    /// Takes in the next event. Events of kinds that do not concern the agent leave the state as it is.
    pub fn apply(&mut self, event: &Event) {
        if !matches!(
            event.body,
            EventBody::ApprovalAnswered { .. }
                | EventBody::TaskResumed { .. }
                | EventBody::PersonSaid { .. }
                | EventBody::FollowUpQueued { .. }
                | EventBody::FollowUpWithdrawn { .. }
        ) {
            self.totals.worked_ms += (event.at.0 - self.last_at.0).max(0);
        }
        self.last_at = event.at;
        self.head = event.hash;
        self.next_seq = event.seq + 1;
        match &event.body {
            EventBody::AgentStarted(start) => self.enter(start),
            // Its report, and all it has read, is the task's from here on.
            EventBody::ToolFinished { call, outcome } if self.works_for(call) => self.leave(outcome),
            _ => {}
        }
        if let Some(label) = event.label.as_ref().filter(|_| enters_context(&event.body)) {
            self.taint = self.taint.join(label);
        }
        if let EventBody::VariableKept(variable) = &event.body {
            let label = event.label.clone().unwrap_or_else(Label::unknown);
            self.variables.keep(variable, label);
        }
        self.apply_body(&event.body);
    }

    fn apply_body(&mut self, body: &EventBody) {
        match body {
            EventBody::TaskResumed { .. } => {
                self.finished = None;
                if matches!(self.last, Last::Failed { .. }) {
                    self.last = Last::Open;
                }
                // Taking a stopped task up again is the person's leave to use another budget of the same size.
                if self.budget_reached.take().is_some() {
                    self.totals = Totals {
                        worked_ms: 0,
                        ..Totals::default()
                    };
                }
            }
            EventBody::FollowUpQueued { text, .. } => self.follow_ups.push((self.next_seq - 1, text.clone())),
            EventBody::FollowUpWithdrawn { queued } => self.follow_ups.retain(|(seq, _)| seq != queued),
            EventBody::PersonSaid { text, queued, .. } => {
                self.follow_ups.retain(|(seq, _)| Some(*seq) != *queued);
                self.hear(text);
                self.touched.hear(text);
                self.said.push(text.clone());
                self.finished = None;
                if matches!(self.last, Last::Failed { .. }) {
                    self.last = Last::Open;
                }
            }
            EventBody::ModelRequested { turn, model, .. } => {
                self.totals.turns = *turn;
                self.asked = Some(model.clone());
                self.count_turn();
                self.flush_said();
                self.said.clear();
                self.last = Last::Open;
            }
            EventBody::ModelAnswered {
                turn,
                content,
                stop,
                usage,
                cost_usd,
                ..
            } => {
                self.totals.usage.add(usage);
                self.totals.cost_usd += cost_usd.unwrap_or(0.0);
                self.totals.cost_incomplete |= cost_usd.is_none();
                self.last_context = usage.context_tokens() + usage.output_tokens;
                self.note_who_answers();
                self.take_answer(*turn, content);
                self.after_model(stop);
            }
            EventBody::ModelFailed {
                code, message, turn, ..
            } => {
                if code.as_str() == "models.context-overflow" {
                    self.overflowed_at = Some(*turn);
                }
                let goes_on = code.as_str() == "models.unknown-model" && self.give_up_skills_model();
                if !goes_on {
                    self.last = Last::Failed {
                        code: code.clone(),
                        message: message.clone(),
                    };
                }
            }
            EventBody::ContextCompacted { before_turn, .. } => {
                self.compact(*before_turn);
                self.compacted_before = *before_turn;
                self.last = Last::Open;
            }
            EventBody::PolicyDecided {
                action,
                verdict,
                reason,
                binding,
                rule,
                ..
            } => {
                if action.effect > EffectClass::Read {
                    // Who may only read and propose is refused nothing the task is for.
                    self.last_effect_refused = verdict == "deny" && self.mode() != Mode::Plan;
                }
                self.refused += u64::from(verdict == "deny");
                let decided = Decided {
                    action: action.clone(),
                    verdict: verdict.clone(),
                    reason: reason.clone(),
                    rule: rule.clone(),
                    binding: *binding,
                    context: self.taint.clone(),
                };
                self.with_call(&action.call, |call| {
                    // Deciding anew (the files changed meanwhile) voids an earlier approval.
                    call.asked = None;
                    call.decided = Some(decided);
                });
            }
            EventBody::ApprovalRequested { id, call, ask } => {
                let asked = Asked {
                    id: id.clone(),
                    ask: ask.clone(),
                    at: self.last_at,
                    answer: None,
                };
                self.with_call(call, |call| {
                    call.asked = Some(asked);
                    call.asks = call.asks.saturating_add(1);
                    call.said_yes = None;
                });
            }
            EventBody::ApprovalAnswered { id, answer } => self.take_reply(id, answer),
            EventBody::CommandFinished { call, outcome, set } => self.take_ran(call, outcome, set),
            EventBody::NetworkRequested(request) => self.requests_seen = self.requests_seen.max(request.id),
            EventBody::ToolStarted { call, action } => {
                action.paths.iter().for_each(|path| self.touched.take(path));
                self.with_call(&call.id, |call| call.started = true);
            }
            EventBody::ToolFinished { call, outcome } => self.take_outcome(call, outcome),
            EventBody::ChangeIntended { set } => {
                self.touched.take_changes(set);
                // The changes of a command were named when it ended.
                let named = |call: &crate::Call| call.ran.as_ref().is_some_and(|ran| ran.set.id == set.id);
                if !self.calls.iter().any(named) {
                    self.sets_seen += 1;
                }
                self.open_change = Some(OpenChange { set: set.clone() });
            }
            EventBody::ChangeApplied { id, .. } => {
                if let Some(open) = self.open_change.take_if(|open| open.set.id == *id) {
                    if matches!(open.set.cause, Cause::Call { .. }) {
                        self.last_effect_refused = false;
                    }
                    self.applied.push(open.set);
                }
            }
            EventBody::ChangeFailed { id, .. } => {
                self.open_change.take_if(|open| open.set.id == *id);
            }
            EventBody::SkillUsed(used) => {
                self.skills.take(used);
                if let Some(hooks) = used.hooks {
                    self.skill_hooks.insert(used.skill.clone(), hooks);
                }
                // What the person typed became this; it is not to become it again after a crash.
                if used.by == Caller::Person {
                    self.said.retain(|text| !text.trim_start().starts_with('/'));
                }
                if !used.text.is_empty() {
                    self.queue.push(Block::text(&used.text));
                }
            }
            EventBody::VariableRead(read) => {
                self.totals.usage.add(&read.usage);
                self.totals.cost_usd += read.cost_usd.unwrap_or(0.0);
                self.totals.cost_incomplete |= read.cost_usd.is_none();
                if let Some(answer) = &read.answer {
                    self.variables.answered(answer);
                }
            }
            EventBody::ModelSampled(sampled) => {
                self.totals.usage.add(&sampled.usage);
                self.totals.cost_usd += sampled.cost_usd.unwrap_or(0.0);
                self.totals.cost_incomplete |= sampled.cost_usd.is_none();
            }
            EventBody::FileAttached { path, content, .. } => {
                self.touched.take(path);
                self.queue.extend(content.iter().cloned());
            }
            EventBody::SkillsOffered { skills, text } => {
                self.skills.offer(skills);
                self.queue.push(Block::text(text));
            }
            EventBody::MemoryRecalled(notes) => self.queue.push(Block::text(notes_text(notes))),
            EventBody::ConnectorAttached(attached) => {
                // As with skills: what was typed is not to become this again after a crash.
                match &attached.source {
                    ConnectorSource::Prompt { .. } => self.said.retain(|text| !text.trim_start().starts_with('/')),
                    ConnectorSource::Resource { uri } => {
                        let mention = format!("@{}:{uri}", attached.connector);
                        self.said.retain(|text| !text.contains(&mention));
                    }
                }
                self.queue.extend(attached.content.iter().cloned());
            }
            EventBody::HookRan(run) => {
                self.skills.take_hook(run);
                if let Some(asked) = &run.asked {
                    self.totals.usage.add(&asked.usage);
                    self.totals.cost_usd += asked.cost_usd.unwrap_or(0.0);
                    self.totals.cost_incomplete |= asked.cost_usd.is_none();
                }
                if let Some(context) = &run.context {
                    self.queue.push(Block::text(hook_text(run, context)));
                }
            }
            EventBody::PlanUpdated { todos } => self.plan.clone_from(todos),
            EventBody::OutputPresented { paths } => {
                for path in paths {
                    if !self.outputs.contains(path) {
                        self.outputs.push(path.clone());
                    }
                }
            }
            EventBody::ToolsAdded { tools } => {
                for tool in tools {
                    let known = self.start.tools.iter().chain(&self.added_tools);
                    if !known.into_iter().any(|known| known.name == tool.name) {
                        self.added_tools.push(tool.clone());
                    }
                }
            }
            EventBody::GrantAdded { grant } => self.grants.push(grant.clone()),
            EventBody::BudgetReached { limit } => self.budget_reached = Some(limit.clone()),
            EventBody::TaskFinished { status, summary } => self.finished = Some((*status, summary.clone())),
            // Not the agent's: retries are told to views, memory and settings to their own folds.
            _ => {}
        }
    }

    fn after_model(&mut self, stop: &StopReason) {
        if !self.calls.is_empty() {
            self.cut_answers = 0;
            return;
        }
        if *stop == StopReason::MaxTokens {
            self.cut_answers += 1;
            self.ask_to_go_on();
        } else {
            self.cut_answers = 0;
        }
        self.last = Last::Answered(stop.clone());
    }

    fn take_reply(&mut self, id: &deskhand_types::ApprovalId, answer: &Answer) {
        let aside = self.agent.as_mut().map(|agent| &mut agent.aside.calls);
        for call in self.calls.iter_mut().chain(aside.into_iter().flatten()) {
            if call.asked.as_ref().is_some_and(|asked| asked.id == *id) {
                call.take_answer(answer);
            }
        }
    }

    /// A command is over: what it changed is to be judged anew, as a change.
    fn take_ran(&mut self, id: &CallId, outcome: &ToolOutcome, set: &ChangeSet) {
        self.sets_seen += u64::from(!set.changes.is_empty());
        let ran = Ran {
            outcome: outcome.clone(),
            set: set.clone(),
        };
        self.with_call(id, |call| {
            if call.ran.is_none() && call.outcome.is_none() {
                call.ran = Some(ran);
                call.decided = None;
                call.asked = None;
            }
        });
    }

    fn take_outcome(&mut self, id: &CallId, outcome: &ToolOutcome) {
        self.with_call(id, |call| {
            call.outcome.get_or_insert_with(|| outcome.clone());
        });
        if !self.calls.is_empty() && self.calls.iter().all(|call| call.outcome.is_some()) {
            self.send_results();
            self.last = Last::Open;
        }
    }

    fn with_call(&mut self, id: &CallId, change: impl FnOnce(&mut crate::Call)) {
        let aside = self.agent.as_mut().map(|agent| &mut agent.aside.calls);
        let mut calls = self.calls.iter_mut().chain(aside.into_iter().flatten());
        if let Some(call) = calls.find(|call| call.call.id == *id) {
            change(call);
        }
    }
}
