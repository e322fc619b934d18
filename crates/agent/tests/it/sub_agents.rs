//! Sub-agents in stories: whatever happens around them, the rules of every story hold, and theirs.

use deskhand_agent::{Next, SPAWN, Step, Task};
use deskhand_types::{
    Action, AgentStart, Block, Budget, CallId, Code, EffectClass, Event, EventBody, EventDraft, FinishStatus, Hash,
    Label, ModelRef, StopReason, ToolCall, ToolDef, ToolOutcome, Usage,
};
use proptest::prelude::*;
use serde_json::json;

use crate::stories::{begun, conversation_is_well_formed, labels_only_get_worse, tell};
use crate::world::{World, start};

fn delegating(choices: Vec<u8>) -> World {
    World::delegating(start(Budget::default(), 1_000_000), choices)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_story_with_sub_agents_ends_well_formed(choices in prop::collection::vec(any::<u8>(), 0..300)) {
        let world = tell(delegating(choices));
        prop_assert!(world.status().is_some());
        prop_assert!(world.task.sub_agent().is_none(), "who is done has waited for its sub-agent");
    }

    #[test]
    fn small_windows_are_compacted_and_end(choices in prop::collection::vec(any::<u8>(), 0..300)) {
        tell(World::delegating(start(Budget::default(), 4_000), choices));
    }

    #[test]
    fn the_tasks_budget_counts_sub_agents(choices in prop::collection::vec(any::<u8>(), 0..300), limit in 1_u64..8) {
        let budget = Budget { max_turns: Some(limit), ..Budget::default() };
        let world = tell(World::delegating(start(budget, 1_000_000), choices));
        // A task that was stopped by its person and taken up again goes on counting.
        let requested = world.events.iter().filter(|event| matches!(event.body, EventBody::ModelRequested { .. })).count();
        prop_assert!(requested as u64 <= limit, "{requested} of {limit}");
    }

    #[test]
    fn any_prefix_of_a_story_with_sub_agents_can_be_taken_up(
        choices in prop::collection::vec(any::<u8>(), 0..120),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = tell(delegating(choices.clone()));
        let prefix = &whole.events[..=cut.index(whole.events.len())];
        let mut world = delegating(choices);
        world.commands = begun(prefix);
        world.events = prefix.to_vec();
        world.task = Task::replay(prefix).unwrap();
        world.say(EventBody::TaskResumed { version: "0".to_owned() });
        let world = tell(world);
        prop_assert!(world.status().is_some());
        conversation_is_well_formed(&world.task.request().messages);
    }
}

/// A task by hand.
struct Hand {
    events: Vec<Event>,
    task: Task,
}

impl Hand {
    fn new() -> Self {
        let world = World::new(start(Budget::default(), 1_000_000), vec![]);
        Self {
            events: world.events,
            task: world.task,
        }
    }

    fn add(&mut self, body: EventBody, label: Option<Label>) {
        let draft = EventDraft { body, label };
        let last = self.events.last().unwrap();
        let event = Event {
            seq: last.seq + 1,
            body: draft.body,
            label: draft.label,
            ..last.clone()
        };
        self.task.apply(&event);
        self.events.push(event);
    }

    fn turn(&mut self, content: Vec<Block>) {
        let Next::AskModel { turn } = self.task.next() else {
            panic!("{:?}", self.task.next())
        };
        let model = self.task.model().clone();
        self.add(
            EventBody::ModelRequested {
                turn,
                model,
                head: Hash::ZERO,
            },
            None,
        );
        self.add(
            EventBody::ModelAnswered {
                turn,
                content,
                stop: StopReason::EndTurn,
                usage: Usage {
                    output_tokens: 10,
                    ..Usage::default()
                },
                cost_usd: Some(0.5),
                model: "m".to_owned(),
            },
            None,
        );
    }

    fn decide(&mut self, id: &str, tool: &str) {
        let action = Action {
            call: CallId::new(id),
            tool: tool.to_owned(),
            effect: EffectClass::None,
            paths: Vec::new(),
            summary: String::new(),
            tier: None,
            hash: Hash::ZERO,
        };
        self.add(
            EventBody::PolicyDecided {
                action,
                verdict: "allow".to_owned(),
                rule: "r".to_owned(),
                file: String::new(),
                reason: String::new(),
                binding: None,
            },
            None,
        );
    }

    /// A sub-agent for the call `c`, with one tool and a limit of turns.
    fn spawn(&mut self, max_turns: Option<u64>) {
        self.turn(vec![call("c", SPAWN)]);
        self.decide("c", SPAWN);
        let start = AgentStart {
            call: CallId::new("c"),
            agent: "acme:reader".to_owned(),
            description: "Read".to_owned(),
            prompt: "Read it all".to_owned(),
            system: "You read".to_owned(),
            tools: vec![ToolDef {
                name: "Read".to_owned(),
                description: String::new(),
                input_schema: json!({}),
            }],
            model: Some(ModelRef {
                provider: "test".to_owned(),
                name: "small".to_owned(),
            }),
            profile: None,
            mode: None,
            max_turns,
        };
        self.add(EventBody::AgentStarted(Box::new(start)), Some(Label::harness()));
    }

    fn finish(&mut self, id: &str, text: &str, label: Label) {
        let outcome = ToolOutcome::text(text, label.clone(), text);
        self.add(
            EventBody::ToolFinished {
                call: CallId::new(id),
                outcome,
            },
            Some(label),
        );
    }
}

fn call(id: &str, name: &str) -> Block {
    Block::ToolUse {
        id: CallId::new(id),
        name: name.to_owned(),
        input: json!({}),
    }
}

#[test]
fn it_has_its_own_conversation_and_only_its_last_words_go_back() {
    let mut hand = Hand::new();
    hand.spawn(None);
    let request = hand.task.request();
    assert_eq!((request.model.as_str(), request.system.as_str()), ("small", "You read"));
    assert_eq!(request.tools.len(), 1);
    assert_eq!(request.messages[0].content, [Block::text("Read it all")]);
    hand.turn(vec![Block::text("Looking."), call("r", "Read")]);
    hand.decide("r", "Read");
    hand.finish("r", "the file", Label::file("/mnt/work/a"));
    assert!(hand.task.taint().is_tainted());
    hand.turn(vec![Block::text("It says seven.")]);
    let Next::Report(report) = hand.task.next() else {
        panic!("{:?}", hand.task.next())
    };
    assert_eq!((report.call.as_str(), report.status), ("c", FinishStatus::Done));
    assert_eq!(report.text, "It says seven.");
    // Even if whoever performs it forgets the label.
    hand.finish("c", &report.text, Label::harness());
    assert!(hand.task.taint().is_tainted());
    let request = hand.task.request();
    assert_eq!((request.model.as_str(), request.system.as_str()), ("model", "system"));
    let told = serde_json::to_string(&request.messages).unwrap();
    assert!(told.contains("It says seven.") && !told.contains("Looking.") && !told.contains("the file"));
    assert_eq!(hand.task.totals().turns, 3);
    assert!(
        (hand.task.totals().cost_usd - 1.5).abs() < 1e-9,
        "its turns are paid for"
    );
    labels_only_get_worse(&hand.events);
}

#[test]
fn it_calls_only_what_it_was_given_and_starts_no_further_one() {
    let mut hand = Hand::new();
    hand.spawn(None);
    hand.turn(vec![call("w", "Write"), call("t", SPAWN), call("r", "Read")]);
    let Next::Calls(steps) = hand.task.next() else {
        panic!("{:?}", hand.task.next())
    };
    let names: Vec<(&str, bool)> = steps
        .iter()
        .map(|step| match step {
            Step::NotGiven(ToolCall { name, .. }) => (name.as_str(), false),
            Step::Decide(ToolCall { name, .. }) => (name.as_str(), true),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, [("Write", false), (SPAWN, false), ("Read", true)]);
}

#[test]
fn its_own_limit_of_turns_ends_it_and_not_the_task() {
    let mut hand = Hand::new();
    hand.spawn(Some(1));
    hand.turn(vec![Block::text("So far: two."), call("r", "Read")]);
    hand.decide("r", "Read");
    hand.finish("r", "x", Label::harness());
    let Next::Report(report) = hand.task.next() else {
        panic!("{:?}", hand.task.next())
    };
    assert_eq!(
        (report.status, report.text.as_str()),
        (FinishStatus::Budget, "So far: two.")
    );
    hand.finish("c", "x", Label::harness());
    assert!(matches!(hand.task.next(), Next::AskModel { .. }));
}

#[test]
fn a_model_that_fails_it_fails_it_and_not_the_task() {
    let mut hand = Hand::new();
    hand.spawn(None);
    hand.add(
        EventBody::ModelFailed {
            turn: 2,
            code: Code::new("models.gone"),
            message: "gone".to_owned(),
            hint: None,
        },
        None,
    );
    let Next::Report(report) = hand.task.next() else {
        panic!("{:?}", hand.task.next())
    };
    assert_eq!((report.status, report.text.as_str()), (FinishStatus::Failed, "gone"));
}

#[test]
fn what_the_person_says_stops_it_and_is_heard_by_the_one_that_leads() {
    let mut hand = Hand::new();
    hand.spawn(None);
    hand.turn(vec![Block::text("Half."), call("r", "Read")]);
    hand.add(
        EventBody::PersonSaid {
            text: "only the first page".to_owned(),
            queued: None,
            voice: Vec::new(),
        },
        Some(Label::person()),
    );
    let Next::Report(report) = hand.task.next() else {
        panic!("{:?}", hand.task.next())
    };
    assert_eq!((report.status, report.text.as_str()), (FinishStatus::Stopped, "Half."));
    hand.finish("c", "stopped", Label::harness());
    let last = hand.task.request().messages.pop().unwrap();
    assert_eq!(last.content.last().unwrap(), &Block::text("only the first page"));
    assert!(matches!(hand.task.next(), Next::AskModel { .. }));
}

#[test]
fn a_long_sub_agent_does_not_cost_the_task_its_own_results() {
    let mut hand = Hand::new();
    hand.spawn(None);
    for n in 0..20 {
        let id = format!("r{n}");
        hand.turn(vec![call(&id, "Read")]);
        hand.decide(&id, "Read");
        hand.finish(&id, "x", Label::harness());
    }
    hand.turn(vec![Block::text("All read.")]);
    hand.finish("c", "All read.", Label::harness());
    // The window is full: nothing of this one turn is old.
    let mut task = hand.task.clone();
    let overflow = Event {
        body: EventBody::ModelFailed {
            turn: 22,
            code: Code::new("models.context-overflow"),
            message: "too long".to_owned(),
            hint: None,
        },
        ..hand.events.last().unwrap().clone()
    };
    task.apply(&overflow);
    assert_eq!(task.request().messages.len(), hand.task.request().messages.len());
    assert!(
        serde_json::to_string(&task.request().messages)
            .unwrap()
            .contains("All read.")
    );
}
