//! The log against a model: vectors in memory.

use std::collections::BTreeMap;

use deskhand_store::{EventLog as _, SqliteStore, StoreError, TaskHead, Verification};
use deskhand_types::{Event, EventBody, EventDraft, Hash, TaskId, Timestamp, canonical_json};
use proptest::prelude::*;

use crate::drafts::{any_draft, cases, said};

#[derive(Clone, Debug)]
enum Step {
    Append {
        task: usize,
        at: i64,
        drafts: Vec<EventDraft>,
        /// How far the expected number is off.
        off: u64,
    },
    ReadFrom {
        task: usize,
        from: u64,
    },
    Reopen,
}

const TASKS: [&str; 3] = ["01aa", "01ab", TaskId::APP];

fn step() -> impl Strategy<Value = Step> {
    let off = prop_oneof![5 => Just(0_u64), 1 => 1..3_u64];
    prop_oneof![
        6 => (0..TASKS.len(), any::<i64>(), prop::collection::vec(any_draft(), 0..4), off)
            .prop_map(|(task, at, drafts, off)| Step::Append { task, at, drafts, off }),
        2 => (0..TASKS.len(), 0..12_u64).prop_map(|(task, from)| Step::ReadFrom { task, from }),
        1 => Just(Step::Reopen),
    ]
}

/// What the log should hold, made without the store: hashes from the definition in `docs/decisions/0002-event-hash.md`.
fn expected_event(task: &TaskId, seq: u64, at: Timestamp, draft: &EventDraft, prev_hash: Hash) -> Event {
    let mut event = Event {
        task: task.clone(),
        seq,
        at,
        body: draft.body.clone(),
        label: draft.label.clone(),
        prev_hash,
        hash: Hash::ZERO,
    };
    let mut covered = serde_json::to_value(&event).unwrap();
    covered
        .as_object_mut()
        .unwrap()
        .retain(|key, _| key != "hash" && key != "prev_hash");
    let mut bytes = prev_hash.as_bytes().to_vec();
    bytes.extend(canonical_json(&covered).unwrap().into_bytes());
    event.hash = Hash::of(&bytes);
    event
}

fn check_all(store: &SqliteStore, model: &BTreeMap<TaskId, Vec<Event>>) {
    for (task, events) in model {
        assert_eq!(&store.read(task, 0).unwrap(), events);
        let verification = Verification {
            events: events.len() as u64,
            head: events.last().unwrap().hash,
        };
        assert_eq!(store.verify(task).unwrap(), verification);
        let lines: Vec<String> = store.export(task).collect::<Result<_, _>>().unwrap();
        let canonical: Vec<String> = events.iter().map(|event| canonical_json(event).unwrap()).collect();
        assert_eq!(lines, canonical);
    }
    let mut heads: Vec<TaskHead> = model
        .iter()
        .filter(|(task, _)| task.as_str() != TaskId::APP)
        .map(|(task, events)| TaskHead {
            task: task.clone(),
            first_at: events[0].at,
            last_at: events.last().unwrap().at,
            last_seq: events.len() as u64 - 1,
        })
        .collect();
    heads.sort_by(|a, b| (b.last_at, &b.task).cmp(&(a.last_at, &a.task)));
    assert_eq!(store.tasks().unwrap(), heads);
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn the_log_is_what_was_appended(steps in prop::collection::vec(step(), 1..12)) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open(dir.path()).unwrap();
        let mut model: BTreeMap<TaskId, Vec<Event>> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Append { task, at, drafts, off } => {
                    let task = TaskId::new(TASKS[task]);
                    let known = model.get(&task).map_or(0, Vec::len) as u64;
                    let appended = store.append(&task, known + off, Timestamp(at), &drafts);
                    if off > 0 {
                        let error = appended.unwrap_err();
                        prop_assert!(
                            matches!(&error, StoreError::Conflict { expected, actual, .. }
                                if *expected == known + off && *actual == known),
                            "{error:?}"
                        );
                        continue;
                    }
                    let mut events = Vec::new();
                    let mut prev = model.get(&task).and_then(|log| log.last()).map_or(Hash::ZERO, |event| event.hash);
                    for (seq, draft) in (known..).zip(&drafts) {
                        events.push(expected_event(&task, seq, Timestamp(at), draft, prev));
                        prev = events.last().unwrap().hash;
                    }
                    prop_assert_eq!(appended.unwrap(), events.clone());
                    if !events.is_empty() {
                        model.entry(task).or_default().extend(events);
                    }
                }
                Step::ReadFrom { task, from } => {
                    let task = TaskId::new(TASKS[task]);
                    let log = model.get(&task).map_or(&[][..], Vec::as_slice);
                    let rest = log.get(usize::try_from(from).unwrap()..).unwrap_or_default();
                    prop_assert_eq!(store.read(&task, from).unwrap(), rest);
                }
                Step::Reopen => {
                    drop(store);
                    store = SqliteStore::open(dir.path()).unwrap();
                }
            }
        }
        check_all(&store, &model);
    }
}

#[test]
fn an_export_of_many_pages_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let task = TaskId::from("01aa");
    let drafts: Vec<_> = (0..600).map(|n| said(&format!("message {n}"))).collect();
    let events = store.append(&task, 0, Timestamp(1), &drafts).unwrap();
    let exported: Vec<Event> = store
        .export(&task)
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    assert_eq!(exported, events);
    let missing: Vec<_> = store.export(&TaskId::from("01ff")).collect();
    assert!(
        matches!(&missing[..], [Err(StoreError::UnknownTask(id))] if id == "01ff"),
        "{missing:?}"
    );
}

#[test]
fn a_task_is_found_by_the_beginning_of_its_id() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    for id in ["01abc", "01abd", "01ab", "02", TaskId::APP] {
        store.append(&TaskId::from(id), 0, Timestamp(1), &[said("x")]).unwrap();
    }
    assert_eq!(store.resolve_prefix("01ABC").unwrap(), TaskId::from("01abc"));
    assert_eq!(
        store.resolve_prefix("0").unwrap_err().to_string(),
        "0 could be any of 02, 01ab, 01abc, 01abd"
    );
    assert_eq!(
        store.resolve_prefix("01ab").unwrap(),
        TaskId::from("01ab"),
        "an exact id wins"
    );
    assert_eq!(store.resolve_prefix("2").unwrap_err().to_string(), "there is no task 2");
    assert_eq!(
        store.resolve_prefix("ap").unwrap_err().to_string(),
        "there is no task ap"
    );
    assert!(matches!(
        store.resolve_prefix("").unwrap_err(),
        StoreError::AmbiguousTask { .. }
    ));
}

#[test]
fn a_draft_that_cannot_be_stored_takes_the_others_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let task = TaskId::from("01aa");
    let mut input = serde_json::Value::Null;
    for _ in 0..1_000 {
        input = serde_json::Value::Array(vec![input]);
    }
    let deep = crate::drafts::answered(vec![deskhand_types::Block::ToolUse {
        id: "c".into(),
        name: "Read".to_owned(),
        input,
    }]);
    let error = store.append(&task, 0, Timestamp(1), &[said("fine"), deep]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "an event of kind model.answered cannot be stored: it is nested deeper than 192 levels; nothing was appended"
    );
    assert_eq!(store.read(&task, 0).unwrap(), []);
}

#[test]
fn the_logs_that_propose_notes_are_found_by_their_own_index() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let proposes = || {
        EventDraft::from(EventBody::MemoryProposed {
            text: "Tea at four".to_owned(),
        })
    };
    for (task, at, drafts) in [
        ("01aa", 10, vec![said("hello"), proposes(), proposes()]),
        ("01ab", 20, vec![said("memory.proposed")]),
        ("01ac", 30, vec![proposes()]),
    ] {
        store.append(&TaskId::from(task), 0, Timestamp(at), &drafts).unwrap();
    }
    // Later events of a log do not make an old proposal younger.
    store
        .append(&TaskId::from("01aa"), 3, Timestamp(40), &[said("later")])
        .unwrap();
    let since = |at| {
        let tasks = store.tasks_that_proposed_notes(Timestamp(at)).unwrap();
        tasks.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(since(0), ["01aa", "01ac"]);
    assert_eq!(since(10), ["01aa", "01ac"]);
    assert_eq!(since(11), ["01ac"]);
    assert_eq!(since(31), Vec::<String>::new());
    let plan: String = rusqlite::Connection::open(dir.path().join("deskhand.db"))
        .unwrap()
        .query_row(
            "EXPLAIN QUERY PLAN SELECT log FROM events WHERE kind = 'memory.proposed' AND at >= 10",
            [],
            |row| row.get(3),
        )
        .unwrap();
    assert!(plan.contains("INDEX events_that_propose_notes"), "{plan}");
}
