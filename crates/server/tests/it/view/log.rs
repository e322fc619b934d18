//! Logs written by hand.

use deskhand_server::view::Thread;
use deskhand_types::{
    Action, Answer, Ask, Block, Budget, CallId, Cause, Change, ChangeSet, Code, EffectClass, Event, EventBody,
    FileState, Grant, GrantMode, GuestPath, Hash, Instruction, Label, LineCount, Mode, ModelProfile, ModelRef,
    PathChange, StopReason, TaskStart, Tier, Timestamp, ToolCall, ToolOutcome, Usage,
};
use serde_json::Value;

/// A log that grows by a second per event.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub events: Vec<Event>,
}

impl Log {
    /// A task with a prompt.
    pub fn begin(prompt: &str) -> Self {
        let mut log = Self::default();
        log.labelled(EventBody::TaskStarted(Box::new(start(prompt))), Label::person());
        log
    }

    /// Appends; gives the event's number.
    pub fn say(&mut self, body: EventBody) -> u64 {
        self.append(body, None)
    }

    pub fn labelled(&mut self, body: EventBody, label: Label) -> u64 {
        self.append(body, Some(label))
    }

    pub fn append(&mut self, body: EventBody, label: Option<Label>) -> u64 {
        let seq = self.events.len() as u64;
        self.events.push(Event {
            task: "01jtask".into(),
            seq,
            at: Timestamp(1_000 + 1_000 * seq as i64),
            body,
            label,
            prev_hash: Hash::ZERO,
            hash: Hash::ZERO,
        });
        seq
    }

    /// A turn of the model.
    pub fn turn(&mut self, turn: u64, content: Vec<Block>) -> u64 {
        self.say(EventBody::ModelRequested {
            turn,
            model: model(),
            head: Hash::ZERO,
        });
        self.say(EventBody::ModelAnswered {
            turn,
            content,
            stop: StopReason::EndTurn,
            usage: Usage {
                input_tokens: 100,
                output_tokens: 10,
                cache_read_tokens: 50,
                cache_write_tokens: 5,
            },
            cost_usd: Some(0.25),
            model: "m-1".to_owned(),
        })
    }

    pub fn decide(&mut self, action: &Action, verdict: &str, reason: &str) -> u64 {
        self.say(EventBody::PolicyDecided {
            action: action.clone(),
            verdict: verdict.to_owned(),
            rule: format!("rule-{verdict}"),
            file: String::new(),
            reason: reason.to_owned(),
            binding: None,
        })
    }

    /// The policy allows a call and it is begun.
    pub fn begin_call(&mut self, action: &Action, input: Value) {
        self.decide(action, "allow", "within the grants");
        self.say(EventBody::ToolStarted {
            call: ToolCall {
                id: action.call.clone(),
                name: action.tool.clone(),
                input,
            },
            action: action.clone(),
        });
    }

    pub fn finish(&mut self, call: &str, outcome: ToolOutcome) -> u64 {
        let label = outcome.label.clone();
        let call = CallId::from(call);
        self.labelled(EventBody::ToolFinished { call, outcome }, label)
    }

    pub fn ask(&mut self, id: &str, call: &str, ask: Ask) -> u64 {
        self.say(EventBody::ApprovalRequested {
            id: id.into(),
            call: call.into(),
            ask,
        })
    }

    pub fn reply(&mut self, id: &str, answer: Answer) -> u64 {
        self.say(EventBody::ApprovalAnswered { id: id.into(), answer })
    }

    /// A change-set that lands.
    pub fn land(&mut self, set: ChangeSet) -> u64 {
        let id = set.id.clone();
        self.say(EventBody::ChangeIntended { set });
        self.say(EventBody::ChangeApplied { id, reconciled: None })
    }

    pub fn thread(&self) -> Thread {
        Thread::replay(&self.events).unwrap()
    }
}

fn model() -> ModelRef {
    ModelRef {
        provider: "test".to_owned(),
        name: "model".to_owned(),
    }
}

pub(crate) fn grant(name: &str, folder: &str) -> Grant {
    Grant {
        name: name.to_owned(),
        folder: folder.to_owned(),
        mode: GrantMode::ReadWrite,
        outside_home: false,
    }
}

pub(crate) fn start(prompt: &str) -> TaskStart {
    TaskStart {
        prompt: prompt.to_owned(),
        voice: Vec::new(),
        grants: vec![
            grant("work", "/home/ana/work"),
            grant("outputs", "/home/ana/Deskhand/t"),
        ],
        mode: Mode::Auto,
        reading: deskhand_types::Reading::Direct,
        sandbox: Tier::Vm,
        model: model(),
        profile: ModelProfile {
            pattern: "*".to_owned(),
            context_window: 1_000_000,
            max_output: 1_000,
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
        budget: Budget {
            max_usd: Some(5.0),
            ..Budget::default()
        },
        instructions: vec![Instruction {
            from: "/mnt/work/AGENTS.md".to_owned(),
            hash: Hash::of(b"be brief"),
            trusted: false,
            text: None,
        }],
        version: "0.1.0".to_owned(),
        agent: None,
        branched_from: None,
    }
}

pub(crate) fn action(call: &str, tool: &str, effect: EffectClass, summary: &str) -> Action {
    Action {
        call: call.into(),
        tool: tool.to_owned(),
        effect,
        paths: Vec::new(),
        summary: summary.to_owned(),
        tier: (effect == EffectClass::Exec).then_some(Tier::Vm),
        hash: Hash::ZERO,
    }
}

pub(crate) fn uses(id: &str, name: &str, input: Value) -> Block {
    Block::ToolUse {
        id: id.into(),
        name: name.to_owned(),
        input,
    }
}

pub(crate) fn said(text: &str) -> EventBody {
    EventBody::PersonSaid {
        text: text.to_owned(),
        queued: None,
        voice: Vec::new(),
    }
}

pub(crate) fn failed(code: &'static str, text: &str) -> ToolOutcome {
    ToolOutcome::failed(Code::new(code), text)
}

/// Content as a state.
pub(crate) fn file(content: &str) -> FileState {
    FileState::File {
        hash: Hash::of(content.as_bytes()),
        size: content.len() as u64,
        mode: None,
        mtime_ns: None,
    }
}

/// A change-set of files that get a content; `before` as well as `after`.
pub(crate) fn set(id: &str, cause: Cause, files: &[(&str, FileState, FileState)]) -> ChangeSet {
    let change = |(path, before, after): &(&str, FileState, FileState)| PathChange {
        change: match (before, after) {
            (FileState::Absent, _) => Change::Create,
            (_, FileState::Absent) => Change::Delete,
            _ => Change::Modify,
        },
        path: GuestPath::new(*path),
        from: None,
        before: before.clone(),
        after: after.clone(),
        lines: Some(LineCount { added: 2, removed: 1 }),
    };
    ChangeSet {
        id: id.into(),
        cause,
        changes: files.iter().map(change).collect(),
        at: Timestamp(1),
    }
}

pub(crate) fn by(call: &str) -> Cause {
    Cause::Call { call: call.into() }
}
