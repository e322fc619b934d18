//! A connector's server asks for an answer of a model in the middle of a call: the person sees what is asked and what would
//! go back, the model sees nothing of the task, and what it cost is the task's.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use deskhand_engine::{
    ConnectedTool, Connector, Meanwhile, Nobody, Person, Reply, RunEnd, StartOptions, Unwatched, views::InboxItem,
};
use deskhand_testkit::{Recorded, Turn};
use deskhand_types::{
    Answer, Ask, Budget, Confidentiality, EventBody, FinishStatus, GrantMode, Integrity, Label, Mode, ModelLine,
    ServerQuestion, ServerWants, SourceKind, TaskId, ToolOutcome,
};
use serde_json::{Value, json};

use crate::{
    desk::{Desk, done},
    elicitation::find_tool,
};

/// A server whose only tool asks for an answer of a model, and keeps what it heard.
struct Asking {
    model: &'static str,
    /// Its call is over after so many milliseconds, whatever it has heard.
    patience: u64,
    heard: Mutex<Option<Reply>>,
}

impl Asking {
    fn of(model: &'static str) -> Arc<Self> {
        Arc::new(Self {
            model,
            patience: 60_000,
            heard: Mutex::default(),
        })
    }

    fn heard(&self) -> Reply {
        self.heard.lock().unwrap().clone().expect("it heard nothing")
    }
}

#[async_trait]
impl Connector for Asking {
    fn tools(&self) -> Vec<ConnectedTool> {
        vec![find_tool()]
    }

    async fn call(&self, _tool: &str, _arguments: &Value, meanwhile: &Meanwhile) -> ToolOutcome {
        let line = |is_model, text: &str| ModelLine {
            is_model,
            text: text.to_owned(),
        };
        let asking = meanwhile.ask(ServerQuestion {
            connector: "crm".to_owned(),
            tool: "find".to_owned(),
            message: String::new(),
            wants: ServerWants::Model {
                model: self.model.to_owned(),
                system: "You sum up.".to_owned(),
                messages: vec![
                    line(true, "Hello."),
                    line(false, "Sum up my ledger."),
                    line(false, "Briefly."),
                ],
                max_tokens: 77,
            },
        });
        let patience = std::time::Duration::from_millis(self.patience);
        if let Ok(reply) = tokio::time::timeout(patience, asking).await {
            *self.heard.lock().unwrap() = Some(reply);
        }
        let label = Label::from_source(
            Integrity::Connector,
            Confidentiality::Private,
            SourceKind::Connector,
            "crm",
        );
        ToolOutcome::text("found", label, "found")
    }
}

/// Says what stands here to each question of a server, in their order, and keeps what it was asked.
struct Saying {
    says: Mutex<Vec<Answer>>,
    asked: Mutex<Vec<ServerWants>>,
}

impl Saying {
    fn new(says: &[bool]) -> Self {
        let answer = |yes: &bool| if *yes { Answer::Allow } else { no() };
        Self {
            says: Mutex::new(says.iter().rev().map(answer).collect()),
            asked: Mutex::default(),
        }
    }
}

const fn no() -> Answer {
    Answer::Deny { reason: None }
}

#[async_trait]
impl Person for Saying {
    async fn ask(&self, item: &InboxItem) -> Option<Answer> {
        let Ask::Server { question } = &item.ask else {
            return None;
        };
        self.asked.lock().unwrap().push(question.wants.clone());
        self.says.lock().unwrap().pop()
    }
}

fn find() -> deskhand_testkit::Reply {
    Turn::new().tool("mcp__crm__find", json!({"query": "x"})).into()
}

fn start(desk: &Desk, budget: Budget) -> TaskId {
    desk.engine
        .start(StartOptions {
            prompt: "Find the customer of my secret plan".to_owned(),
            mode: Mode::Manual,
            folders: vec![(desk.dir.path().join("work"), GrantMode::ReadWrite)],
            budget,
            ..StartOptions::default()
        })
        .unwrap()
}

async fn work(desk: &Desk, person: &dyn Person) -> TaskId {
    let task = start(desk, Budget::default());
    let end = desk.engine.work(&task, person, &Unwatched).await.unwrap();
    assert_eq!(end, RunEnd::Finished(FinishStatus::Done));
    task
}

/// Whether a request is the server's: the task's own have tools.
fn is_sample(request: &Recorded) -> bool {
    String::from_utf8_lossy(&request.body).contains("Sum up my ledger")
}

fn samples(desk: &Desk) -> Vec<Value> {
    let requests = desk.server.requests().into_iter();
    let samples = requests.filter(is_sample);
    samples
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect()
}

/// What stands in the log of what the server asked.
fn story(desk: &Desk, task: &TaskId) -> Vec<String> {
    let mut servers = Vec::new();
    let told = |body: &EventBody| match body {
        EventBody::ApprovalRequested {
            id,
            ask: Ask::Server { question },
            ..
        } => {
            servers.push(id.clone());
            Some(match &question.wants {
                ServerWants::Model { model, .. } => format!("ask {model}?"),
                ServerWants::Handover { text, .. } => format!("hand over {text:?}?"),
                other => format!("{other:?}"),
            })
        }
        EventBody::ApprovalAnswered { id, answer } if servers.contains(id) => Some(match answer {
            Answer::Allow => "yes".to_owned(),
            Answer::Deny { .. } => "no".to_owned(),
            other => format!("{other:?}"),
        }),
        EventBody::ModelSampled(sampled) => Some(format!(
            "sampled {}{}",
            sampled.model,
            sampled
                .error
                .as_ref()
                .map(|code| format!(" {code}"))
                .unwrap_or_default()
        )),
        EventBody::ToolFinished { .. } => Some("over".to_owned()),
        _ => None,
    };
    desk.events(task)
        .iter()
        .map(|event| &event.body)
        .filter_map(told)
        .collect()
}

fn says(text: &str) -> deskhand_testkit::Reply {
    Turn::new().text(text).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_person_agreed_to_is_asked_without_the_task_and_goes_back_once_they_saw_it() {
    let crm = Asking::of("");
    let desk = Desk::new([find(), says("It is balanced."), done()]).connect(crm.clone());
    let person = Saying::new(&[true, true]);
    let task = work(&desk, &person).await;
    let Reply::Sampled(answer) = crm.heard() else {
        panic!("{:?}", crm.heard())
    };
    assert_eq!((answer.text.as_str(), answer.is_cut), ("It is balanced.", false));
    let model = &answer.model;
    assert_eq!(
        story(&desk, &task),
        [
            &format!("ask {model}?"),
            "yes",
            &format!("sampled {model}"),
            "hand over \"It is balanced.\"?",
            "yes",
            "over"
        ]
    );
    // The person saw all of what is asked; the model saw that, and nothing of the task.
    let asked = person.asked.lock().unwrap()[0].clone();
    let ServerWants::Model {
        system,
        messages,
        max_tokens,
        ..
    } = asked
    else {
        panic!("{asked:?}")
    };
    assert_eq!((system.as_str(), messages.len(), max_tokens), ("You sum up.", 3, 77));
    let [sample] = samples(&desk).try_into().unwrap();
    let text = sample.to_string();
    assert!(
        text.contains("You sum up.") && text.contains("Briefly.") && !text.contains("secret plan"),
        "{text}"
    );
    assert_eq!(
        (&sample["max_tokens"], sample["tools"].as_array().map(Vec::len)),
        (&json!(77), None)
    );
    let roles: Vec<&str> = sample["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
    // The task's own model never hears of it, and pays for it.
    let last = String::from_utf8_lossy(&desk.server.requests().last().unwrap().body).into_owned();
    assert!(!last.contains("balanced") && !last.contains("ledger"), "{last}");
    let spent = |body: &EventBody| match body {
        EventBody::ModelSampled(sampled) => Some(sampled.usage.output_tokens),
        EventBody::ModelAnswered { usage, .. } => Some(usage.output_tokens),
        _ => None,
    };
    let spent: Vec<u64> = desk
        .events(&task)
        .iter()
        .filter_map(|event| spent(&event.body))
        .collect();
    assert_eq!(spent.len(), 3);
    assert!(spent[1] > 0, "{spent:?}");
    assert_eq!(
        desk.engine.usage().unwrap()[0].usage.output_tokens,
        spent.iter().sum::<u64>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_before_asks_no_model_and_a_no_after_gives_nothing() {
    let crm = Asking::of("");
    let desk = Desk::new([find(), done()]).connect(crm.clone());
    work(&desk, &Saying::new(&[false])).await;
    assert_eq!((crm.heard(), samples(&desk).len()), (Reply::Declined, 0));

    let crm = Asking::of("");
    let desk = Desk::new([find(), says("It is balanced."), done()]).connect(crm.clone());
    let task = work(&desk, &Saying::new(&[true, false])).await;
    assert_eq!((crm.heard(), samples(&desk).len()), (Reply::Declined, 1));
    assert_eq!(story(&desk, &task)[4..], ["no", "over"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_is_or_no_such_model_none_is_asked() {
    let crm = Asking::of("");
    let desk = Desk::new([find(), done()]).connect(crm.clone());
    work(&desk, &Nobody).await;
    assert_eq!((crm.heard(), samples(&desk).len()), (Reply::Unheard, 0));

    let crm = Asking::of("nobody/such");
    let desk = Desk::new([find(), done()]).connect(crm.clone());
    let person = Saying::new(&[true, true]);
    work(&desk, &person).await;
    assert!(matches!(crm.heard(), Reply::Failed(_)), "{:?}", crm.heard());
    assert!(person.asked.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_is_reached_holds_for_it_too() {
    let crm = Asking::of("");
    let desk = Desk::new([find(), done()]).connect(crm.clone());
    let budget = Budget {
        max_turns: Some(1),
        ..Budget::default()
    };
    let task = start(&desk, budget);
    let person = Saying::new(&[true, true]);
    let end = desk.engine.work(&task, &person, &Unwatched).await.unwrap();
    assert_eq!(end, RunEnd::Finished(FinishStatus::Budget));
    let Reply::Failed(why) = crm.heard() else {
        panic!("{:?}", crm.heard())
    };
    assert!(why.contains("budget"), "{why}");
    assert_eq!((person.asked.lock().unwrap().len(), samples(&desk).len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_over_waits_for_no_model_and_what_is_not_known_is_told() {
    let crm = Arc::new(Asking {
        model: "",
        patience: 700,
        heard: Mutex::default(),
    });
    let slow = says("too late").delay(std::time::Duration::from_secs(20));
    let desk = Desk::new([find(), slow, done()]).connect(crm.clone());
    let began = std::time::Instant::now();
    let task = work(&desk, &Saying::new(&[true, true])).await;
    assert!(began.elapsed() < std::time::Duration::from_secs(15));
    assert!(crm.heard.lock().unwrap().is_none());
    let story = story(&desk, &task);
    assert!(story[2].ends_with("sampling.cut-off"), "{story:?}");
    assert_eq!(story[3..], ["over"]);
    let usage = desk.engine.usage().unwrap().remove(0);
    assert!(usage.cost_incomplete, "{usage:?}");
}
