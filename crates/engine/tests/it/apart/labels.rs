//! Labels of variables: whatever a task, its commands, its reader and other processes do, what is kept apart is never
//! trusted more, and never less secret, than what went into it; and the conversation is as bad as what was looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use deskhand_engine::{Nobody, StartOptions, Unwatched};
use deskhand_testkit::Reply;
use deskhand_types::{Confidentiality, EventBody, GrantMode, Integrity, Label, Reading, TaskId};
use proptest::prelude::*;
use serde_json::json;

use super::{ask, call, says};
use crate::{
    desk::{Desk, bash, done},
    suite::offices::Offices,
};

#[derive(Clone, Copy, Debug)]
enum Step {
    /// The task reads a page of the web.
    Page,
    /// The task reads the key.
    Key,
    /// The task reads a file.
    Read(u8),
    /// The task writes a variable into a file.
    Write(u8, u8),
    /// The reader answers with text about a variable.
    Text(u8),
    /// The reader answers with a number.
    Number(u8),
    /// The task looks at a variable.
    Inspect(u8),
    /// A command writes a file.
    Command(u8),
    /// Another process takes over.
    Restart,
    /// Another task.
    Next,
}

fn step() -> impl Strategy<Value = Step> {
    let (file, variable) = (0..3_u8, 0..4_u8);
    prop_oneof![
        2 => Just(Step::Page),
        1 => Just(Step::Key),
        3 => file.clone().prop_map(Step::Read),
        4 => (file.clone(), variable.clone()).prop_map(|(file, variable)| Step::Write(file, variable)),
        2 => variable.clone().prop_map(Step::Text),
        2 => variable.clone().prop_map(Step::Number),
        1 => variable.prop_map(Step::Inspect),
        1 => file.prop_map(Step::Command),
        1 => Just(Step::Restart),
        1 => Just(Step::Next),
    ]
}

/// How bad something truly is.
type Truth = (Integrity, Confidentiality);

const CLEAN: Truth = (Integrity::Person, Confidentiality::Public);
const FILE: Truth = (Integrity::GrantedFile, Confidentiality::Private);

fn worse(a: Truth, b: Truth) -> Truth {
    (a.0.max(b.0), a.1.max(b.1))
}

struct World {
    desk: Desk,
    task: Option<TaskId>,
    /// What the conversation truly holds.
    knows: Truth,
    files: BTreeMap<u8, Truth>,
    variables: Vec<Truth>,
}

impl World {
    fn new() -> Self {
        let offices = Arc::new(Offices::default());
        offices
            .texts
            .lock()
            .unwrap()
            .insert("page".to_owned(), "a page".to_owned());
        let desk = Desk::new([]).connect(offices);
        desk.write("key.txt", "-----BEGIN PRIVATE KEY-----\nMIIEvQ");
        Self {
            desk,
            task: None,
            knows: CLEAN,
            files: BTreeMap::new(),
            variables: Vec::new(),
        }
    }

    /// One turn; gives whether the call went well.
    async fn turn(&mut self, replies: Vec<Reply>) -> bool {
        let fresh = self.task.is_none();
        let desk = &self.desk;
        let start = || {
            desk.engine
                .start(StartOptions {
                    prompt: "go on".to_owned(),
                    folders: vec![(desk.dir.path().join("work"), GrantMode::ReadWrite)],
                    reading: Reading::Apart,
                    ..StartOptions::default()
                })
                .unwrap()
        };
        let task = self.task.get_or_insert_with(start).clone();
        if !fresh {
            desk.engine.say(&task, "go on").unwrap();
        }
        let before = desk.events(&task).len();
        replies
            .into_iter()
            .chain([done()])
            .for_each(|reply| desk.server.push(reply));
        desk.engine.work(&task, &Nobody, &Unwatched).await.unwrap();
        let mut events = desk.events(&task).into_iter().skip(before);
        let ended = events.find_map(|event| match event.body {
            EventBody::ToolFinished { outcome, .. } => Some(outcome.error.is_none()),
            _ => None,
        });
        ended.unwrap_or(false)
    }

    fn kept(&self) -> Vec<Label> {
        let Some(task) = &self.task else { return Vec::new() };
        let kept = |event: deskhand_types::Event| match event.body {
            EventBody::VariableKept(_) => Some(event.label.unwrap()),
            _ => None,
        };
        self.desk.events(task).into_iter().filter_map(kept).collect()
    }

    /// The values of a new variable are that bad; the model hears that it is there.
    fn keep(&mut self, truth: Truth) {
        self.variables.push(truth);
        self.knows.1 = self.knows.1.max(truth.1);
    }

    async fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        let path = |file: u8| format!("/mnt/work/f{file}.txt");
        let known = |variable: u8| {
            let truth = self.variables.get(usize::from(variable)).copied();
            (format!("$v{}", variable + 1), truth)
        };
        match step {
            Step::Page => {
                if self.knows.1 < Confidentiality::Secret && self.knows.0.is_trusted() {
                    let url = json!({"url": "https://news.example/page"});
                    self.turn(vec![call("mcp__web__fetch_page", url)]).await;
                    self.keep((Integrity::Web, Confidentiality::Public));
                }
            }
            Step::Key => {
                self.turn(vec![call("Read", json!({"file_path": "/mnt/work/key.txt"}))])
                    .await;
                self.keep((Integrity::GrantedFile, Confidentiality::Secret));
            }
            Step::Read(file) => {
                if let Some(truth) = self.files.get(&file).copied() {
                    self.turn(vec![call("Read", json!({"file_path": path(file)}))]).await;
                    self.keep(worse(truth, FILE));
                }
            }
            Step::Write(file, variable) => {
                if let (name, Some(truth)) = known(variable) {
                    let knows = self.knows;
                    let content = json!({"file_path": path(file), "content": format!("{{{name}}}")});
                    prop_assert!(self.turn(vec![call("Write", content)]).await);
                    self.files.insert(file, worse(knows, truth));
                }
            }
            Step::Text(variable) => {
                if let (name, Some(truth)) = known(variable) {
                    let answer = vec![ask(&name, json!({"type": "text"})), says(json!("some words"))];
                    prop_assert!(self.turn(answer).await);
                    self.keep(truth);
                }
            }
            Step::Number(variable) => {
                if let (name, Some(truth)) = known(variable) {
                    let answer = vec![ask(&name, json!({"type": "number"})), says(json!(7))];
                    prop_assert!(self.turn(answer).await);
                    self.knows = worse(self.knows, (Integrity::Typed, truth.1));
                }
            }
            Step::Inspect(variable) => {
                if let (name, Some(truth)) = known(variable) {
                    let look = call("Inspect", json!({"variable": name}));
                    prop_assert!(self.turn(vec![look]).await);
                    self.knows = worse(self.knows, truth);
                }
            }
            Step::Command(file) => {
                let all = self
                    .files
                    .values()
                    .chain(&self.variables)
                    .copied()
                    .fold(self.knows, worse);
                let all = worse(all, FILE);
                let name = format!("f{file}.txt");
                let before = self.desk.read(&name);
                self.turn(vec![bash(format!("write {} made", path(file)))]).await;
                // What stands there already, word for word, is what it was: labels go by content.
                if self.desk.read(&name) != before {
                    self.files.insert(file, all);
                }
                self.keep(all);
            }
            Step::Restart => self.desk.restart(),
            Step::Next => {
                self.task = None;
                self.knows = CLEAN;
                self.variables.clear();
            }
        }
        let kept = self.kept();
        prop_assert_eq!(kept.len(), self.variables.len());
        for (label, truth) in kept.iter().zip(&self.variables) {
            prop_assert!(
                label.integrity >= truth.0 && label.confidentiality >= truth.1,
                "kept {:?}, truly {:?}",
                label,
                truth
            );
        }
        if let Some(task) = &self.task {
            let context = self.desk.engine.trust(task).unwrap().context;
            prop_assert!(
                context.integrity >= self.knows.0 && context.confidentiality >= self.knows.1,
                "{:?}, truly {:?}",
                context,
                self.knows
            );
            // And no worse than it has to be: that is what it is for.
            prop_assert_eq!(context.integrity > Integrity::Typed, !self.knows.0.is_trusted());
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: crate::labels::cases(), max_shrink_iters: 40, ..ProptestConfig::default() })]
    #[test]
    fn nothing_makes_the_label_of_a_variable_better(steps in prop::collection::vec(step(), 1..16)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut world = World::new();
        for step in steps {
            runtime.block_on(world.take(step))?;
        }
    }
}
