//! Properties of every story, and a few stories told by hand.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_agent::{Next, Step, Task};
use deskhand_types::{Answer, Block, Budget, CallId, EffectClass, Event, EventBody, FinishStatus, Message, Role};
use proptest::prelude::*;

use crate::world::{World, start};

const CHOICES: usize = 200;
/// With all choices used up the model answers "done" at once, so stories end.
const MAX_ROUNDS: usize = 2_000;

pub(crate) fn conversation_is_well_formed(messages: &[Message]) {
    assert_eq!(messages[0].role, Role::User);
    for pair in messages.windows(2) {
        assert_ne!(pair[0].role, pair[1].role, "roles alternate: {pair:#?}");
        let called: Vec<&CallId> = pair[0]
            .content
            .iter()
            .filter_map(|block| {
                if let Block::ToolUse { id, .. } = block {
                    Some(id)
                } else {
                    None
                }
            })
            .collect();
        let answered: Vec<&CallId> = pair[1]
            .content
            .iter()
            .filter_map(|block| {
                if let Block::ToolResult { tool_use_id, .. } = block {
                    Some(tool_use_id)
                } else {
                    None
                }
            })
            .collect();
        if pair[0].role == Role::Assistant {
            assert_eq!(called, answered, "every call has its result, in order");
        }
    }
    let ids: Vec<&CallId> = messages
        .iter()
        .flat_map(|message| &message.content)
        .filter_map(|block| {
            if let Block::ToolUse { id, .. } = block {
                Some(id)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>().len(),
        ids.len(),
        "call ids are unique in the task"
    );
}

/// Tells a story to its end and checks it at every event.
pub(crate) fn tell(mut world: World) -> World {
    // By conversation: a sub-agent has its own.
    let mut last_requests: BTreeMap<Option<CallId>, (Vec<Message>, usize)> = BTreeMap::new();
    let mut compactions = 0;
    for _ in 0..MAX_ROUNDS {
        if matches!(world.task.next(), Next::AskModel { .. }) {
            let request = world.task.request();
            conversation_is_well_formed(&request.messages);
            let whose = world.task.sub_agent().map(|agent| agent.start().call.clone());
            if let Some((earlier, at)) = last_requests.get(&whose)
                && *at == compactions
            {
                assert_eq!(
                    request.messages[..earlier.len() - 1],
                    earlier[..earlier.len() - 1],
                    "the prefix stays as it was"
                );
            }
            last_requests.insert(whose, (request.messages, compactions));
        }
        let before = world.events.len();
        if !world.round() {
            assert_eq!(
                Task::replay(&world.events).unwrap(),
                world.task,
                "a replay gives the same state"
            );
            labels_only_get_worse(&world.events);
            return world;
        }
        compactions += world.events[before..]
            .iter()
            .filter(|event| matches!(event.body, EventBody::ContextCompacted { .. }))
            .count();
    }
    panic!("the story did not end: {:?}", world.task.next());
}

/// Whatever is read, by whoever, however it ends: no event lowers the label of the context.
pub(crate) fn labels_only_get_worse(events: &[Event]) {
    let mut task = Task::begin(&events[0]).unwrap();
    for event in &events[1..] {
        let before = task.taint().clone();
        task.apply(event);
        assert_eq!(
            task.taint().join(&before),
            *task.taint(),
            "{} lowered it",
            event.body.kind()
        );
    }
}

/// Commands that were begun.
pub(crate) fn begun(events: &[Event]) -> BTreeSet<CallId> {
    let started = |event: &Event| match &event.body {
        EventBody::ToolStarted { call, action } if action.effect == EffectClass::Exec => Some(call.id.clone()),
        _ => None,
    };
    events.iter().filter_map(started).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_story_ends_well_formed(choices in prop::collection::vec(any::<u8>(), 0..CHOICES)) {
        let world = tell(World::talking(start(Budget::default(), 1_000_000), choices));
        prop_assert!(world.status().is_some());
    }

    #[test]
    fn a_small_window_is_compacted_and_ends(choices in prop::collection::vec(any::<u8>(), 0..CHOICES)) {
        tell(World::talking(start(Budget::default(), 4_000), choices));
    }

    #[test]
    fn a_budget_is_kept_to_the_turn(choices in prop::collection::vec(any::<u8>(), 0..CHOICES), limit in 1_u64..6) {
        let world = tell(World::talking(start(Budget { max_turns: Some(limit), ..Budget::default() }, 1_000_000), choices));
        let requested = world.events.iter().filter(|event| matches!(event.body, EventBody::ModelRequested { .. })).count() as u64;
        prop_assert!(requested <= limit, "{requested} of {limit}");
    }

    /// Whatever instant the process dies at: the events so far say what is next, and the story ends as well.
    #[test]
    fn any_prefix_can_be_taken_up(choices in prop::collection::vec(any::<u8>(), 0..60), cut in any::<prop::sample::Index>()) {
        let whole = tell(World::talking(start(Budget::default(), 1_000_000), choices.clone()));
        let prefix = &whole.events[..=cut.index(whole.events.len())];
        let task = Task::replay(prefix).unwrap();
        let mut world = World::talking(start(Budget::default(), 1_000_000), choices);
        world.commands = begun(prefix);
        world.events = prefix.to_vec();
        world.task = task;
        world.say(EventBody::TaskResumed { version: "0".to_owned() });
        let world = tell(world);
        prop_assert!(world.status().is_some());
        // Each call has exactly one outcome in the conversation, however often the process died.
        conversation_is_well_formed(&world.task.request().messages);
    }
}

#[test]
fn a_task_that_stopped_at_its_budget_goes_on_when_resumed() {
    // One turn with a call, then the budget.
    let mut world = tell(World::new(
        start(
            Budget {
                max_turns: Some(1),
                ..Budget::default()
            },
            1_000_000,
        ),
        vec![4],
    ));
    assert_eq!(world.status(), Some(FinishStatus::Budget));
    world.say(EventBody::TaskResumed {
        version: "0".to_owned(),
    });
    let world = tell(world);
    assert_eq!(world.status(), Some(FinishStatus::Done));
}

#[test]
fn follow_ups_wait_until_the_task_is_done_and_one_taken_back_is_never_said() {
    let mut world = World::new(start(Budget::default(), 1_000_000), vec![]);
    for text in ["first", "second", "third"] {
        world.say(EventBody::FollowUpQueued {
            text: text.to_owned(),
            voice: Vec::new(),
        });
    }
    world.say(EventBody::FollowUpWithdrawn { queued: 2 });
    assert_eq!(
        world.task.follow_ups(),
        [(1, "first".to_owned()), (3, "third".to_owned())]
    );
    while world.round() {}
    let said: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::PersonSaid { text, queued, .. } => Some((text.as_str(), *queued)),
            _ => None,
        })
        .collect();
    assert_eq!(said, [("first", Some(1)), ("third", Some(3))]);
    assert_eq!(world.task.follow_ups(), []);
    assert_eq!(world.status(), Some(FinishStatus::Done));
}

#[test]
fn a_follow_up_of_a_task_that_was_stopped_waits_for_the_person() {
    let mut world = World::new(start(Budget::default(), 1_000_000), vec![]);
    world.say(EventBody::FollowUpQueued {
        text: "then".to_owned(),
        voice: Vec::new(),
    });
    world.say(EventBody::TaskFinished {
        status: FinishStatus::Stopped,
        summary: String::new(),
    });
    assert_eq!(world.task.next(), Next::Idle);
}

#[test]
fn what_the_person_says_to_a_finished_task_is_answered() {
    let mut world = tell(World::new(start(Budget::default(), 1_000_000), vec![]));
    assert_eq!(world.status(), Some(FinishStatus::Done));
    world.say(EventBody::PersonSaid {
        text: "one thing more".to_owned(),
        queued: None,
        voice: Vec::new(),
    });
    assert_eq!(world.task.next(), Next::AskModel { turn: 2 });
    let request = world.task.request();
    assert_eq!(
        request.messages.last().unwrap(),
        &Message {
            role: Role::User,
            content: vec![Block::text("one thing more")]
        }
    );
}

#[test]
fn an_asked_change_is_not_overtaken_by_a_later_one() {
    // A turn with two calls; the first is a change that is asked, the second a change that is allowed.
    let mut world = World::new(
        start(Budget::default(), 1_000_000),
        vec![5, 0, /* first: */ 1, 2, /* second: */ 1, 0],
    );
    world.round();
    world.round();
    world.round();
    let Next::Wait(ids) = world.task.next() else {
        panic!("{:?}", world.task.next())
    };
    assert_eq!(ids.len(), 1);
    assert!(world.task.calls().iter().all(|call| !call.started));
}

/// The kinds of the events after the turn of the model.
fn kinds(world: &World) -> Vec<&'static str> {
    world.events[3..].iter().map(|event| event.body.kind()).collect()
}

#[test]
fn what_a_command_changed_is_judged_before_it_lands() {
    // One call: a command that is allowed, changes something, and whose changes are asked for.
    let mut world = World::new(start(Budget::default(), 1_000_000), vec![4, 0, 2, 0, 0, 1, 2]);
    for _ in 0..5 {
        world.round();
    }
    let Next::Wait(ids) = world.task.next() else {
        panic!("{:?}", world.task.next())
    };
    assert!(world.task.applied().is_empty(), "nothing lands before the yes");
    assert!(
        world.task.taint().is_tainted(),
        "what the command could read counts when its changes are judged"
    );
    world.say(EventBody::ApprovalAnswered {
        id: ids[0].clone(),
        answer: Answer::Allow,
    });
    world.round();
    assert_eq!(
        kinds(&world),
        [
            "policy.decided",
            "tool.started",
            "command.finished",
            "policy.decided",
            "approval.requested",
            "approval.answered",
            "change.intended",
            "change.applied",
            "tool.finished"
        ]
    );
    assert_eq!(world.task.change_sets_seen(), 1, "a set is counted once");
}

#[test]
fn refused_changes_of_a_command_do_not_land_and_the_call_ends() {
    let mut world = World::new(start(Budget::default(), 1_000_000), vec![4, 0, 2, 0, 0, 1, 3]);
    for _ in 0..5 {
        world.round();
    }
    assert_eq!(
        kinds(&world),
        [
            "policy.decided",
            "tool.started",
            "command.finished",
            "policy.decided",
            "tool.finished"
        ]
    );
    assert_eq!((world.task.applied().len(), world.task.refused()), (0, 1));
}

#[test]
fn a_command_that_was_cut_off_is_told_and_not_run_again() {
    // The process dies while the command runs.
    let mut world = World::new(start(Budget::default(), 1_000_000), vec![4, 0, 2, 0, 4]);
    for _ in 0..3 {
        world.round();
    }
    world.say(EventBody::TaskResumed {
        version: "0".to_owned(),
    });
    let Next::Calls(steps) = world.task.next() else {
        panic!("{:?}", world.task.next())
    };
    assert!(matches!(steps.as_slice(), [Step::Interrupted(_)]), "{steps:?}");
    let world = tell(world);
    assert_eq!(world.status(), Some(FinishStatus::Done));
    assert_eq!(world.commands.len(), 1);
}

#[test]
fn the_checker_finds_a_planted_fault() {
    let world = tell(World::new(start(Budget::default(), 1_000_000), vec![5]));
    let mut messages = world.task.request().messages;
    messages[2].content.pop();
    assert!(std::panic::catch_unwind(|| conversation_is_well_formed(&messages)).is_err());
}
