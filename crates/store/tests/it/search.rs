//! Finding events by their words.

use deskhand_store::{EventLog as _, SqliteStore};
use deskhand_types::{
    AgentStart, BlobStore as _, Block, CallId, Caller, ConnectorSource, ConnectorText, EventBody, GuestPath, Hash,
    Held, ModelRef, SkillUse, TaskId, Timestamp, Usage, Variable, VariableRead,
};

use crate::drafts::{answered, result, said};

fn places(store: &SqliteStore, text: &str) -> Vec<(String, u64)> {
    let mut hits: Vec<_> = store
        .search(text, 50)
        .unwrap()
        .into_iter()
        .map(|hit| (hit.task.to_string(), hit.seq))
        .collect();
    hits.sort();
    hits
}

#[test]
fn what_was_said_and_read_is_found_and_thinking_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let task = TaskId::from("01aa");
    let large = format!("{} the Zürich invoice is overdue", "filler ".repeat(5_000));
    let events = store
        .append(
            &task,
            0,
            Timestamp(5),
            &[
                said("Find the trip to Lisbon, please"),
                answered(vec![
                    Block::Thinking {
                        thinking: "secretly pondering".to_owned(),
                        signature: None,
                    },
                    Block::text("I will look at the invoices."),
                    Block::ToolUse {
                        id: "c".into(),
                        name: "Read".to_owned(),
                        input: serde_json::json!({"file_path": "/mnt/work/plan-2026.md"}),
                    },
                ]),
                result("/mnt/work/a.txt", &large),
                EventBody::TaskResumed {
                    version: "1".to_owned(),
                }
                .into(),
            ],
        )
        .unwrap();
    store
        .append(&TaskId::app(), 0, Timestamp(0), &[said("Lisbon in the settings")])
        .unwrap();
    let at = |seqs: &[u64]| seqs.iter().map(|seq| ("01aa".to_owned(), *seq)).collect::<Vec<_>>();

    assert_eq!(places(&store, "lisbon"), at(&[0]));
    assert_eq!(
        places(&store, "INVOICE"),
        at(&[1, 2]),
        "beginnings of words, in any case"
    );
    assert_eq!(
        places(&store, "zurich"),
        at(&[2]),
        "without accents, in a body kept as a blob"
    );
    assert_eq!(places(&store, "plan-2026.md"), at(&[1]));
    assert_eq!(places(&store, "\"trip to Lisbon\""), at(&[0]));
    assert_eq!(places(&store, "\"Lisbon trip\""), at(&[]));
    assert_eq!(places(&store, "lisbon invoice"), at(&[]), "all words");
    assert_eq!(places(&store, "pondering"), at(&[]));
    assert_eq!(places(&store, " \" OR ( "), at(&[]));
    assert_eq!(places(&store, ""), at(&[]));

    let hit = store.search("overdue", 1).unwrap().remove(0);
    assert_eq!((hit.at, hit.kind.as_str()), (Timestamp(5), events[2].body.kind()));
    assert!(
        hit.snippet.starts_with('…') && hit.snippet.ends_with("the Zürich invoice is overdue"),
        "{}",
        hit.snippet
    );
}

/// One event of each kind that brings text into a task besides what is said and what tools give.
fn brought(store: &SqliteStore) -> Vec<EventBody> {
    let held = Held {
        content: vec![Block::text("Quince jam is kept apart")],
        data: serde_json::Value::Null,
    };
    let value = store.put(&serde_json::to_vec(&held).unwrap()).unwrap();
    vec![
        EventBody::FileAttached {
            path: GuestPath::new("/mnt/work/orchard.txt"),
            content: vec![Block::text("Apples of the year")],
            withheld: Vec::new(),
        },
        EventBody::ConnectorAttached(Box::new(ConnectorText {
            connector: "notes".to_owned(),
            source: ConnectorSource::Resource {
                uri: "note://harvest".to_owned(),
            },
            content: vec![Block::text("Pears of the year")],
            whole: None,
            withheld: Vec::new(),
        })),
        EventBody::SkillUsed(Box::new(SkillUse {
            skill: "garden:pruning".to_owned(),
            plugin: None,
            hash: Hash::of(b"x"),
            by: Caller::Person,
            call: None,
            args: "cherries".to_owned(),
            text: "Cut plums in summer".to_owned(),
            allowed: Vec::new(),
            disallowed: Vec::new(),
            model: None,
            hooks: None,
            notes: Vec::new(),
        })),
        EventBody::VariableKept(Box::new(Variable {
            number: 1,
            call: None,
            from: "Almanac".to_owned(),
            hash: value,
            chars: 12,
            shape: "text, 1 line".to_owned(),
        })),
        EventBody::VariableRead(Box::new(VariableRead {
            call: CallId::new("c1"),
            variable: 1,
            model: ModelRef {
                provider: "test".to_owned(),
                name: "model".to_owned(),
            },
            usage: Usage::default(),
            cost_usd: None,
            answer: Some(serde_json::json!("medlar")),
            error: None,
        })),
        EventBody::AgentStarted(Box::new(AgentStart {
            call: "sub".into(),
            agent: "general-purpose".to_owned(),
            description: "Weigh the figs".to_owned(),
            prompt: "All of them".to_owned(),
            system: String::new(),
            tools: Vec::new(),
            model: None,
            profile: None,
            mode: None,
            max_turns: None,
        })),
    ]
}

const BROUGHT: [(&str, u64); 11] = [
    ("orchard", 0),
    ("apples", 0),
    ("harvest", 1),
    ("pears", 1),
    ("pruning", 2),
    ("cherries", 2),
    ("plums", 2),
    ("almanac", 3),
    ("quince", 3),
    ("medlar", 4),
    ("figs", 5),
];

#[test]
fn what_was_attached_called_or_kept_apart_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let drafts: Vec<_> = brought(&store).into_iter().map(Into::into).collect();
    store.append(&TaskId::from("01aa"), 0, Timestamp(0), &drafts).unwrap();
    for (word, seq) in BROUGHT {
        assert_eq!(places(&store, word), [("01aa".to_owned(), seq)], "{word}");
    }
    let hit = store.search("quince", 1).unwrap().remove(0);
    assert!(hit.snippet.contains("Quince jam is kept apart"), "{}", hit.snippet);
}

#[test]
fn logs_that_were_indexed_before_more_was_searchable_are_indexed_again() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = SqliteStore::open(dir.path()).unwrap();
        let drafts: Vec<_> = brought(&store).into_iter().map(Into::into).collect();
        store.append(&TaskId::from("01aa"), 0, Timestamp(0), &drafts).unwrap();
        store
            .append(&TaskId::from("01aa"), 6, Timestamp(0), &[said("and the grapes")])
            .unwrap();
    }
    // As the format before left it: all of it looked at, only what was said in the index.
    rusqlite::Connection::open(dir.path().join("deskhand.db"))
        .unwrap()
        .execute_batch(
            "INSERT INTO words (rowid, text) VALUES (7, 'and the grapes');
             UPDATE words_state SET indexed_to = 7;
             PRAGMA user_version = 2;",
        )
        .unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    for (word, seq) in BROUGHT.into_iter().chain([("grapes", 6)]) {
        assert_eq!(places(&store, word), [("01aa".to_owned(), seq)], "{word}");
    }
}

#[test]
fn what_is_appended_later_is_found_later() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).unwrap();
    let task = TaskId::from("01aa");
    for seq in 0..600 {
        let other = TaskId::new(format!("02{seq}"));
        store
            .append_with(
                &other,
                0,
                Timestamp(0),
                &[said("needle")],
                deskhand_store::Durability::Process,
            )
            .unwrap();
    }
    assert_eq!(store.search("needle", 1_000).unwrap().len(), 600);
    store.append(&task, 0, Timestamp(0), &[said("needle")]).unwrap();
    assert_eq!(store.search("needle", 1_000).unwrap().len(), 601);
    assert_eq!(store.search("needle", 7).unwrap().len(), 7);
}
