//! Finding events by their words.

use deskhand_store::{EventLog as _, SqliteStore};
use deskhand_types::{Block, EventBody, TaskId, Timestamp};

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
