//! Labels: joins are those of a bounded semilattice, and nothing a task can do makes one better.

use std::collections::BTreeMap;

use deskhand_policy::flow::{Directory, LabelBook, Output, Seen};
use deskhand_types::{Confidentiality, Hash, Integrity, Label, Source, SourceKind};
use proptest::prelude::*;
use serde_json::{Value, json};

fn integrity() -> impl Strategy<Value = Integrity> {
    use Integrity::{Connector, GrantedFile, Person, TrustedConfig, Typed, Unknown, Web};
    prop::sample::select(vec![Person, TrustedConfig, Typed, GrantedFile, Connector, Web, Unknown])
}

fn confidentiality() -> impl Strategy<Value = Confidentiality> {
    use Confidentiality::{Private, Public, Secret};
    prop::sample::select(vec![Public, Private, Secret])
}

/// Labels with few and with too many sources.
fn label() -> impl Strategy<Value = Label> {
    let kinds = vec![
        SourceKind::File,
        SourceKind::Web,
        SourceKind::Connector,
        SourceKind::Person,
    ];
    let source = (prop::sample::select(kinds), 0..90u32).prop_map(|(kind, number)| Source {
        kind,
        detail: format!("{number}"),
    });
    let sources = prop_oneof![
        prop::collection::btree_set(source.clone(), 0..4),
        prop::collection::btree_set(source, 0..Label::MAX_SOURCES),
    ];
    (integrity(), confidentiality(), sources, any::<bool>()).prop_map(
        |(integrity, confidentiality, sources, sources_cut)| Label {
            integrity,
            confidentiality,
            sources,
            sources_cut,
        },
    )
}

/// `a` is at least as bad as `b`: no more trusted, no less secret, and every source of `b` is named or was cut.
fn covers(a: &Label, b: &Label) -> bool {
    a.integrity >= b.integrity
        && a.confidentiality >= b.confidentiality
        && (a.sources_cut || b.sources.is_subset(&a.sources) && !b.sources_cut)
}

proptest! {
    #[test]
    fn joining_is_associative_commutative_idempotent_monotone_and_bounded(a in label(), b in label(), c in label()) {
        prop_assert_eq!(a.join(&b).join(&c), a.join(&b.join(&c)));
        prop_assert_eq!(a.join(&b), b.join(&a));
        prop_assert_eq!(&a.join(&a), &a);
        prop_assert_eq!(&Label::harness().join(&a), &a);
        let joined = a.join(&b);
        prop_assert!(covers(&joined, &a) && covers(&joined, &b));
        prop_assert_eq!(joined.join(&b), joined.clone());
        prop_assert!(joined.sources.len() <= Label::MAX_SOURCES);
        prop_assert_eq!(joined.is_tainted(), a.is_tainted() || b.is_tainted());
        let kept: Label = serde_json::from_value(serde_json::to_value(&joined).unwrap()).unwrap();
        prop_assert_eq!(kept, joined);
    }
}

/// What tasks, sub-agents and the file system do.
#[derive(Clone, Debug)]
enum Step {
    /// A task reads something new from outside.
    Read(usize, Label),
    /// A task reads an output with records in it.
    Call(usize, Label),
    /// A task writes what it knows to a file.
    Write(usize, u8),
    /// A task reads a file that may have been written before.
    Open(usize, u8),
    /// Somebody copies a file, so that its content lies elsewhere too.
    Copy(u8, u8),
    /// The conversation is summarised: what is left is the summary, with the label of what it covers.
    Summarise(usize),
    /// The process dies; all is made anew from the log.
    Restart,
    /// A task starts a sub-agent, which begins with the words of the task.
    Spawn(usize),
    /// A sub-agent reports.
    Report(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let task = 0..6usize;
    prop_oneof![
        (task.clone(), label()).prop_map(|(t, l)| Step::Read(t, l)),
        (task.clone(), label()).prop_map(|(t, l)| Step::Call(t, l)),
        (task.clone(), 0..5u8).prop_map(|(t, f)| Step::Write(t, f)),
        (task.clone(), 0..5u8).prop_map(|(t, f)| Step::Open(t, f)),
        (0..5u8, 0..5u8).prop_map(|(a, b)| Step::Copy(a, b)),
        task.clone().prop_map(Step::Summarise),
        Just(Step::Restart),
        task.clone().prop_map(Step::Spawn),
        (task.clone(), task).prop_map(|(a, b)| Step::Report(a, b)),
    ]
}

/// A task: what was read, in order, from which its state is made; and the truth of what is in it.
#[derive(Clone, Default)]
struct Task {
    log: Vec<Label>,
    truth: Vec<Label>,
}

impl Task {
    fn seen(&self) -> Seen {
        let mut seen = Seen::new(Directory::default(), []);
        self.log.iter().for_each(|label| seen.read(label));
        seen
    }
}

proptest! {
    /// Against a model that knows everything each task and file holds: no label is ever better than the worst of that.
    #[test]
    fn no_sequence_of_steps_lowers_a_label(steps in prop::collection::vec(step(), 1..40)) {
        let place = Label::file("/mnt/work/f");
        let mut tasks = vec![Task::default(), Task::default()];
        let mut seen: Vec<Seen> = tasks.iter().map(Task::seen).collect();
        let mut book = LabelBook::default();
        // Content of each file: its hash, and the truth of what is in it.
        let mut files: BTreeMap<u8, (Hash, Vec<Label>)> = BTreeMap::new();
        for (number, step) in steps.into_iter().enumerate() {
            let before: Vec<Label> = seen.iter().map(|seen| seen.label().clone()).collect();
            let count = tasks.len();
            match step {
                Step::Read(task, label) => {
                    let task = task % count;
                    seen[task].read(&label);
                    tasks[task].log.push(label.clone());
                    tasks[task].truth.push(label);
                }
                Step::Call(task, label) => {
                    let task = task % count;
                    let value = json!([{"id": number, "subject": "a", "body": "b"}]);
                    seen[task].observe(&Output { value: &value, label: &label, address_book: false, echo: false });
                    tasks[task].log.push(label.clone());
                    tasks[task].truth.push(label);
                }
                Step::Write(task, file) => {
                    let task = task % count;
                    let hash = Hash::of(format!("{number}").as_bytes());
                    book.wrote(hash, seen[task].label());
                    files.insert(file, (hash, tasks[task].truth.clone()));
                }
                Step::Open(task, file) => {
                    let task = task % count;
                    if let Some((hash, truth)) = files.get(&file) {
                        let label = book.read(hash, &place);
                        seen[task].read(&label);
                        tasks[task].log.push(label);
                        tasks[task].truth.extend(truth.clone());
                        tasks[task].truth.push(place.clone());
                    }
                }
                Step::Copy(from, to) => {
                    if let Some(content) = files.get(&from).cloned() {
                        files.insert(to, content);
                    }
                }
                Step::Summarise(task) => {
                    let task = task % count;
                    tasks[task].log = vec![seen[task].label().clone()];
                    seen[task] = tasks[task].seen();
                }
                Step::Restart => {
                    book = serde_json::from_str(&serde_json::to_string(&book).unwrap()).unwrap();
                    let mut joined = LabelBook::default();
                    joined.join(&book);
                    prop_assert_eq!(&joined, &book);
                    for task in &mut tasks {
                        let log: Value = serde_json::to_value(&task.log).unwrap();
                        task.log = serde_json::from_value(log).unwrap();
                    }
                    seen = tasks.iter().map(Task::seen).collect();
                }
                Step::Spawn(parent) => {
                    let parent = parent % count;
                    if count < 6 {
                        let child = Task { log: vec![seen[parent].label().clone()], truth: tasks[parent].truth.clone() };
                        seen.push(child.seen());
                        tasks.push(child);
                    }
                }
                Step::Report(from, to) => {
                    let (from, to) = (from % count, to % count);
                    let label = seen[from].label().clone();
                    seen[to].read(&label);
                    tasks[to].log.push(label);
                    let truth = tasks[from].truth.clone();
                    tasks[to].truth.extend(truth);
                }
            }
            for (task, seen) in tasks.iter().zip(&seen) {
                let worst = task.truth.iter().fold(Label::harness(), |label, truth| label.join(truth));
                prop_assert!(covers(seen.label(), &worst), "{:?} {:?}", seen.label(), worst);
            }
            for (seen, before) in seen.iter().zip(before) {
                prop_assert!(covers(seen.label(), &before));
            }
        }
    }
}
