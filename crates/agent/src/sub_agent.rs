//! Sub-agents: a conversation of its own inside a task, for one call: of `Task`, or of a skill that is done in one, which the
//! person may have made.
//!
//! From `agent.started` to the outcome of that call every event of the log is the sub-agent's: it is asked for turns, its
//! calls are judged and performed, its questions wait, exactly as a task's. So a crash, a cancellation, undo and every
//! view need to know nothing of it. What belongs to a conversation is put aside meanwhile ([`Aside`]); what belongs to the
//! task is shared: totals and budget, folders, change-sets, plan, outputs, the ids of calls.
//!
//! Architecture invariants: one sub-agent works at a time, and none inside another (it is never given the tool). Its label
//! begins with the task's and only gets worse; when it is over, the task's is at least as bad.

use deskhand_types::{
    AgentStart, Block, CallId, FinishStatus, Label, Message, Mode, ModelRef, Role, ToolDef, ToolOutcome,
};

use crate::{Call, Next, Skills, Task, task::Last};

/// The tool that starts a sub-agent.
pub const SPAWN: &str = "Task";
/// The tool that calls a skill, which may be one that is done in a sub-agent.
pub const SKILL: &str = "Skill";

/// What is put aside of a conversation.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Aside {
    added_tools: Vec<ToolDef>,
    messages: Vec<Message>,
    turn_at: Vec<(usize, u64)>,
    others: Vec<(usize, ModelRef)>,
    queue: Vec<Block>,
    skills: Skills,
    pub(crate) calls: Vec<Call>,
    last: Last,
    cut_answers: u32,
    compacted_before: u64,
    overflowed_at: Option<u64>,
    last_context: u64,
    taint: Label,
}

/// The sub-agent in work.
#[derive(Clone, PartialEq, Debug)]
pub struct SubAgent {
    start: AgentStart,
    turns: u64,
    /// The person spoke: the one that leads is to hear it, so this one stops.
    spoken_to: bool,
    pub(crate) aside: Aside,
}

impl SubAgent {
    /// What it began with.
    pub const fn start(&self) -> &AgentStart {
        &self.start
    }
    /// Turns it was asked for.
    pub const fn turns(&self) -> u64 {
        self.turns
    }
}

/// How a sub-agent ended.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// The call it worked for.
    pub call: CallId,
    /// How it ended: `done`, `failed`, `refused`; `budget` at its own limit of turns; `stopped` when the person spoke.
    pub status: FinishStatus,
    /// Its last words, or why it failed; may be empty.
    pub text: String,
}

impl Task {
    /// The sub-agent in work, if one is.
    pub fn sub_agent(&self) -> Option<&SubAgent> {
        self.agent.as_deref()
    }

    /// How effects are treated: as the task wants, or as the sub-agent in work does, which is stricter.
    pub fn mode(&self) -> Mode {
        let own = self.agent.as_ref().and_then(|agent| agent.start.mode);
        own.unwrap_or(self.start.mode)
    }

    /// The tools that may be called: the sub-agent's while one works.
    pub fn tools(&self) -> impl Iterator<Item = &ToolDef> {
        let first = self
            .agent
            .as_ref()
            .map_or(&self.start.tools, |agent| &agent.start.tools);
        first.iter().chain(&self.added_tools)
    }

    /// All calls that are not over: of the sub-agent in work, and of the turn that started it.
    pub fn open_calls(&self) -> impl Iterator<Item = &Call> {
        let aside = self.agent.as_ref().map(|agent| &agent.aside.calls);
        self.calls.iter().chain(aside.into_iter().flatten())
    }

    /// Whether a call is the sub-agent's own.
    pub fn is_sub_agents(&self, call: &CallId) -> bool {
        self.agent.is_some() && self.calls.iter().any(|own| own.call.id == *call)
    }

    pub(crate) fn system(&self) -> &str {
        self.agent
            .as_ref()
            .map_or(&self.start.system, |agent| &agent.start.system)
    }

    /// A task's unknown tools are told by the tools themselves; a sub-agent has what it was given.
    pub(crate) fn is_given(&self, tool: &str) -> bool {
        self.agent.is_none() || self.tools().any(|given| given.name == tool)
    }

    /// Whether the sub-agent in work does so for this call.
    pub(crate) fn works_for(&self, call: &CallId) -> bool {
        self.agent.as_ref().is_some_and(|agent| agent.start.call == *call)
    }

    /// Whether the sub-agent in work does what the person called (a skill), so that no call of a model waits for it.
    pub fn is_persons_agent(&self) -> bool {
        let waits = |agent: &SubAgent| agent.aside.calls.iter().any(|call| call.call.id == agent.start.call);
        self.agent.as_ref().is_some_and(|agent| !waits(agent))
    }

    /// A sub-agent begins.
    pub(crate) fn enter(&mut self, start: &AgentStart) {
        if self.agent.is_some() {
            // Depth is one; a log that says otherwise is not made here, and the outer one goes on.
            return;
        }
        // Where no model made the call, none may get its id.
        self.call_ids.insert(start.call.clone());
        let prompt = Message {
            role: Role::User,
            content: vec![Block::text(&start.prompt)],
        };
        let skills = self.skills.for_sub_agent(start.model.is_some());
        let aside = Aside {
            added_tools: std::mem::take(&mut self.added_tools),
            messages: std::mem::replace(&mut self.messages, vec![prompt]),
            turn_at: std::mem::take(&mut self.turn_at),
            others: std::mem::take(&mut self.others),
            queue: std::mem::take(&mut self.queue),
            skills: std::mem::replace(&mut self.skills, skills),
            calls: std::mem::take(&mut self.calls),
            last: std::mem::replace(&mut self.last, Last::Open),
            cut_answers: std::mem::take(&mut self.cut_answers),
            compacted_before: std::mem::take(&mut self.compacted_before),
            overflowed_at: self.overflowed_at.take(),
            last_context: std::mem::take(&mut self.last_context),
            // What the one that leads has read stands behind the words the sub-agent is given.
            taint: self.taint.clone(),
        };
        self.agent = Some(Box::new(SubAgent {
            start: start.clone(),
            turns: 0,
            spoken_to: false,
            aside,
        }));
    }

    /// The sub-agent is over: the conversation before it goes on. It hears of the outcome with the results of its calls, or
    /// next, where no call waits for it.
    pub(crate) fn leave(&mut self, outcome: &ToolOutcome) {
        let is_persons = self.is_persons_agent();
        let Some(agent) = self.agent.take() else { return };
        let Aside {
            added_tools,
            messages,
            turn_at,
            others,
            queue,
            skills,
            calls,
            last,
            cut_answers,
            compacted_before,
            overflowed_at,
            last_context,
            taint,
        } = agent.aside;
        self.added_tools = added_tools;
        self.messages = messages;
        self.turn_at = turn_at;
        self.others = others;
        self.queue = queue;
        self.skills = skills;
        self.calls = calls;
        self.last = last;
        self.cut_answers = cut_answers;
        self.compacted_before = compacted_before;
        self.overflowed_at = overflowed_at;
        self.last_context = last_context;
        self.taint = taint.join(&self.taint);
        if is_persons {
            self.queue.extend(outcome.content.iter().cloned());
        }
    }

    /// The person spoke. The words are for the one that leads, so a sub-agent stops.
    pub(crate) fn hear(&mut self, text: &str) {
        let (queue, skills) = match &mut self.agent {
            Some(agent) => {
                agent.spoken_to = true;
                (&mut agent.aside.queue, &mut agent.aside.skills)
            }
            None => (&mut self.queue, &mut self.skills),
        };
        queue.push(Block::text(text));
        skills.person_spoke();
    }

    pub(crate) fn count_turn(&mut self) {
        if let Some(agent) = &mut self.agent {
            agent.turns += 1;
        }
    }

    /// How the sub-agent ends when it has to end now, whatever it is at.
    pub(crate) fn report_now(&self) -> Option<Report> {
        let agent = self.agent.as_ref()?;
        if agent.spoken_to {
            return self.report(FinishStatus::Stopped, self.last_text());
        }
        let at_limit = agent.start.max_turns.is_some_and(|limit| agent.turns >= limit);
        // Its last turn is taken to its end: what it called for is done, what it said is reported as usual.
        let would_go_on =
            self.calls.is_empty() && matches!(self.next_turn(), Next::AskModel { .. } | Next::Compact { .. });
        if at_limit && would_go_on {
            return self.report(FinishStatus::Budget, self.last_text());
        }
        None
    }

    pub(crate) fn report(&self, status: FinishStatus, text: String) -> Option<Report> {
        Some(Report {
            call: self.agent.as_ref()?.start.call.clone(),
            status,
            text,
        })
    }
}
