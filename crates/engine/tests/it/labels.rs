//! Labels through the real engine: whatever tasks, commands, moves, processes and the person do, what is read back is
//! never trusted more, and never less secret, than what went into it (issue 6, acceptance 4).

use std::collections::BTreeMap;
use std::sync::Arc;

use deskhand_engine::{CleanOptions, Nobody, Speech, StartOptions, Unwatched};
use deskhand_testkit::{Reply, Turn};
use deskhand_types::{Confidentiality, EventBody, GrantMode, Integrity, Label, TaskId};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    desk::{Desk, bash, done},
    suite::offices::Offices,
};

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIIEvQ";

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The task reads a page of the web.
    Page,
    /// The task reads the key.
    Key,
    /// The task reads a file.
    Read(u8),
    /// The task writes a file.
    Write(u8),
    /// A sub-agent of the task reads a file, or the key, and reports.
    Delegate(Option<u8>),
    /// The task moves a file.
    Move(u8, u8),
    /// The task changes a word of a file it may not have read.
    Edit(u8),
    /// A command writes a file.
    Command(u8),
    /// The person copies a file.
    Copy(u8, u8),
    /// The person calls a skill whose text brings a file along, or the key.
    Attach(Option<u8>),
    /// The person goes on in a clean context.
    Clean,
    /// The task is over; another begins.
    Next,
    /// The task is over, and the person says more to it.
    More,
    /// Another process takes over.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let file = 0..3_u8;
    prop_oneof![
        1 => Just(Step::Page),
        1 => Just(Step::Key),
        3 => file.clone().prop_map(Step::Read),
        3 => file.clone().prop_map(Step::Write),
        3 => prop::option::weighted(0.8, file.clone()).prop_map(Step::Delegate),
        2 => (file.clone(), file.clone()).prop_map(|(from, to)| Step::Move(from, to)),
        2 => file.clone().prop_map(Step::Edit),
        1 => file.clone().prop_map(Step::Command),
        2 => prop::option::weighted(0.8, file.clone()).prop_map(Step::Attach),
        1 => Just(Step::Clean),
        1 => (file.clone(), file).prop_map(|(from, to)| Step::Copy(from, to)),
        2 => Just(Step::Next),
        1 => Just(Step::More),
        1 => Just(Step::Restart),
    ]
}

/// How bad something truly is.
type Truth = (Integrity, Confidentiality);

const CLEAN: Truth = (Integrity::Person, Confidentiality::Public);

fn worse(a: Truth, b: Truth) -> Truth {
    (a.0.max(b.0), a.1.max(b.1))
}

struct World {
    desk: Desk,
    task: Option<TaskId>,
    /// What the task in work truly knows.
    knows: Truth,
    files: BTreeMap<u8, Truth>,
    number: u32,
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
        desk.write("key.txt", KEY);
        for name in ["f0", "f1", "f2", "key"] {
            let folder = desk.dir.path().join(".deskhand/skills").join(format!("show-{name}"));
            std::fs::create_dir_all(&folder).unwrap();
            let skill = format!("---\nname: show-{name}\ndescription: Shows it.\n---\nSee @/mnt/work/{name}.txt\n");
            std::fs::write(folder.join("SKILL.md"), skill).unwrap();
        }
        Self {
            desk,
            task: None,
            knows: CLEAN,
            files: BTreeMap::new(),
            number: 0,
        }
    }

    fn begin(&mut self) -> TaskId {
        let desk = &self.desk;
        let start = || {
            desk.engine
                .start(StartOptions {
                    prompt: "go on".to_owned(),
                    folders: vec![(desk.dir.path().join("work"), GrantMode::ReadWrite)],
                    ..StartOptions::default()
                })
                .unwrap()
        };
        self.task.get_or_insert_with(start).clone()
    }

    /// One turn of the task, and its end; gives the label of what it was told.
    async fn turn(&mut self, reply: Reply) -> Option<Label> {
        let fresh = self.task.is_none();
        let task = self.begin();
        if !fresh {
            self.desk.engine.say(&task, "go on").unwrap();
        }
        let before = self.desk.events(&task).len();
        self.desk.server.push(reply);
        self.desk.server.push(done());
        self.desk.engine.work(&task, &Nobody, &Unwatched).await.unwrap();
        let events = self.desk.events(&task);
        events.into_iter().skip(before).find_map(|event| match event.body {
            EventBody::ToolFinished { outcome, .. } if outcome.error.is_none() => Some(outcome.label),
            _ => None,
        })
    }

    async fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        let path = |file: u8| format!("/mnt/work/f{file}.txt");
        let name = |file: u8| format!("f{file}.txt");
        let call = |tool: &str, input: Value| -> Reply { Turn::new().tool(tool, input).into() };
        self.number += 1;
        match step {
            // In a tainted context the address would be asked about.
            Step::Page if self.knows.0.is_trusted() => {
                self.turn(call(
                    "mcp__web__fetch_page",
                    json!({"url": "https://news.example/page"}),
                ))
                .await;
                self.knows = worse(self.knows, (Integrity::Web, Confidentiality::Public));
            }
            Step::Page => {}
            Step::Key => {
                self.turn(call("Read", json!({"file_path": "/mnt/work/key.txt"}))).await;
                self.knows = worse(self.knows, (Integrity::GrantedFile, Confidentiality::Secret));
            }
            Step::Read(file) => {
                let told = self.turn(call("Read", json!({"file_path": path(file)}))).await;
                if let Some(truth) = self.files.get(&file) {
                    let label = told.unwrap();
                    prop_assert!(
                        label.integrity >= truth.0 && label.confidentiality >= truth.1,
                        "read {label:?}, truly {truth:?}"
                    );
                    self.knows = worse(
                        self.knows,
                        worse(*truth, (Integrity::GrantedFile, Confidentiality::Private)),
                    );
                }
            }
            Step::Delegate(file) => {
                // A report says what was read in other words, or not at all: its label is that of all of it.
                let place = file.map_or_else(|| "/mnt/work/key.txt".to_owned(), path);
                let input =
                    json!({"description": "d", "prompt": format!("Read {place}"), "subagent_type": "general-purpose"});
                self.desk.server.push(call("Task", input));
                self.desk.server.push(call("Read", json!({"file_path": place})));
                let told = self.turn(Turn::new().text("It is short.").into()).await;
                let read = match file {
                    Some(file) => self.files.get(&file).copied(),
                    None => Some((Integrity::GrantedFile, Confidentiality::Secret)),
                };
                if let Some(truth) = read {
                    self.knows = worse(
                        self.knows,
                        worse(truth, (Integrity::GrantedFile, Confidentiality::Private)),
                    );
                }
                prop_assert!(told.is_some());
            }
            Step::Write(file) => {
                let content = format!("word {}", self.number);
                self.turn(call("Write", json!({"file_path": path(file), "content": content})))
                    .await;
                if self.desk.read(&name(file)).is_some_and(|text| text == content) {
                    self.files.insert(file, self.knows);
                }
            }
            Step::Move(from, to) => {
                self.turn(call("MoveFile", json!({"from": path(from), "to": path(to)})))
                    .await;
                if self.desk.read(&name(from)).is_none()
                    && let Some(truth) = self.files.remove(&from)
                {
                    self.files.insert(to, truth);
                }
            }
            Step::Edit(file) => {
                let edit = json!({"file_path": path(file), "old_string": "word", "new_string": format!("word {}", self.number)});
                let before = self.desk.read(&name(file));
                self.turn(call("Edit", edit)).await;
                if self.desk.read(&name(file)) != before
                    && let Some(truth) = self.files.get_mut(&file)
                {
                    *truth = worse(*truth, self.knows);
                }
            }
            Step::Command(file) => {
                // It could have read every file.
                let all = self.files.values().copied().fold(self.knows, worse);
                self.turn(bash(format!("write {} made {}", path(file), self.number)))
                    .await;
                self.files
                    .insert(file, worse(all, (Integrity::GrantedFile, Confidentiality::Private)));
                self.knows = worse(self.knows, (Integrity::GrantedFile, Confidentiality::Private));
            }
            Step::Copy(from, to) => {
                if let (Some(text), Some(truth)) = (self.desk.read(&name(from)), self.files.get(&from).copied()) {
                    self.desk.write(&name(to), &text);
                    self.files.insert(to, truth);
                }
            }
            Step::Attach(file) => {
                let name = file.map_or_else(|| "key".to_owned(), |file| format!("f{file}"));
                if self.task.is_none() {
                    let task = self.begin();
                    self.desk.server.push(done());
                    self.desk.work(&task).await;
                }
                let task = self.begin();
                self.desk.engine.say(&task, format!("/show-{name}")).unwrap();
                self.desk.server.push(done());
                self.desk.work(&task).await;
                let read = match file {
                    Some(file) => self.files.get(&file).copied(),
                    None => Some((Integrity::GrantedFile, Confidentiality::Secret)),
                };
                if let Some(truth) = read {
                    self.knows = worse(
                        self.knows,
                        worse(truth, (Integrity::GrantedFile, Confidentiality::Private)),
                    );
                }
            }
            Step::Clean => {
                if let Some(task) = &self.task {
                    let options = CleanOptions {
                        values: vec!["word".to_owned()],
                        speech: Some(Speech::typed("go on")),
                    };
                    self.task = Some(self.desk.engine.clean(task, &options).unwrap());
                    self.knows = CLEAN;
                }
            }
            Step::Next => {
                self.task = None;
                self.knows = CLEAN;
            }
            Step::More => {
                self.turn(call("Glob", json!({"pattern": "*"}))).await;
                self.knows = worse(self.knows, (Integrity::GrantedFile, Confidentiality::Private));
            }
            Step::Restart => self.desk.restart(),
        }
        // The context is never better than what the task truly knows.
        if let Some(task) = &self.task {
            let context = self.desk.engine.trust(task).unwrap().context;
            prop_assert!(
                context.integrity >= self.knows.0 && context.confidentiality >= self.knows.1,
                "{context:?}, truly {:?}",
                self.knows
            );
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 40, ..ProptestConfig::default() })]
    #[test]
    fn nothing_a_desk_can_do_makes_a_label_better(steps in prop::collection::vec(step(), 1..16)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut world = World::new();
        for step in steps {
            runtime.block_on(world.take(step))?;
        }
    }
}

/// Each case runs tasks: a few in `make test`, more in `make fuzz`.
pub(crate) fn cases() -> u32 {
    let asked = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse::<u32>().ok());
    asked.map_or(12, |asked| (asked / 20).max(12))
}
