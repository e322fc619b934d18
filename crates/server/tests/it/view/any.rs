//! Any event at all, sensible or not: few ids, so that they meet.

use deskhand_types::{
    Action, Answer, Ask, Block, CallId, Cause, Code, EffectClass, EventBody, FileState, FinishStatus, GrantMode,
    GuestPath, Hash, Integrity, Label, Question, ReconcileOutcome, ServerQuestion, ServerWants, StopReason, Todo,
    TodoStatus, ToolCall, ToolOutcome, Usage,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::log::{Log, action, file, set, start};

const TOOLS: [&str; 9] = [
    "Read",
    "Write",
    "Bash",
    "BashOutput",
    "TodoWrite",
    "PresentFiles",
    "Query",
    "Telepathy",
    "mcp__notes__find",
];

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "yes", "the answer", "  ", "zwei\nZeilen … 🎉"]).prop_map(str::to_owned)
}

/// Ids a model may give: empty, clashing, and such as look like other keys.
fn call() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "b", "a-2", "call", "#1", "#2.0"]).prop_map(str::to_owned)
}

fn path() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "/mnt/work/a.csv",
        "/mnt/work/b/c.md",
        "/mnt/outputs/x",
        "/elsewhere",
        "",
    ])
    .prop_map(str::to_owned)
}

fn input() -> impl Strategy<Value = Value> {
    let list = |name: &'static str| prop::collection::vec(path(), 0..3).prop_map(move |paths| json!({name: paths}));
    prop_oneof![
        Just(Value::Null),
        Just(json!("not an object")),
        Just(json!({"bash_id": "bash_1", "command": "ls", "todos": [{"status": "in_progress"}, 3]})),
        path().prop_map(|path| json!({"file_path": path})),
        list("paths"),
        list("tables"),
    ]
}

fn any_action() -> impl Strategy<Value = Action> {
    let effect = prop::sample::select(vec![EffectClass::Read, EffectClass::Modify, EffectClass::Exec]);
    (call(), effect, prop::sample::select(TOOLS.to_vec()), text())
        .prop_map(|(call, effect, tool, summary)| action(&call, tool, effect, &summary))
}

fn outcome() -> impl Strategy<Value = ToolOutcome> {
    let code = prop::sample::select(vec!["tool.refused", "tool.declined", "engine.failed"]);
    (text(), prop::option::of(code), label(), any::<bool>()).prop_map(|(said, code, label, begun)| ToolOutcome {
        error: code.map(Code::new),
        data: if begun {
            json!({"bash_id": "bash_1"})
        } else {
            Value::Null
        },
        ..ToolOutcome::text(said.clone(), label, said)
    })
}

fn label() -> impl Strategy<Value = Label> {
    prop_oneof![
        Just(Label::person()),
        Just(Label::harness()),
        path().prop_map(|path| Label::file(&path)),
        Just(Label {
            integrity: Integrity::Web,
            ..Label::harness()
        }),
    ]
}

fn cause() -> impl Strategy<Value = Cause> {
    prop_oneof![
        call().prop_map(|call| Cause::Call {
            call: CallId::new(call)
        }),
        prop::collection::vec(set_id(), 0..3).prop_map(|of| Cause::Undo {
            of: of.iter().map(|id| id.as_str().into()).collect()
        }),
        set_id().prop_map(|of| Cause::Redo { of: of.as_str().into() }),
    ]
}

fn set_id() -> impl Strategy<Value = String> {
    (0_u8..4).prop_map(|number| format!("s{number}"))
}

fn change_set() -> impl Strategy<Value = deskhand_types::ChangeSet> {
    (set_id(), cause(), prop::collection::vec(path(), 0..3)).prop_map(|(id, cause, paths)| {
        let files: Vec<_> = paths
            .iter()
            .map(|path| (path.as_str(), FileState::Absent, file("x")))
            .collect();
        set(&id, cause, &files)
    })
}

fn block() -> impl Strategy<Value = Block> {
    prop_oneof![
        text().prop_map(Block::text),
        text().prop_map(|thinking| Block::Thinking {
            thinking,
            signature: None
        }),
        (call(), prop::sample::select(TOOLS.to_vec()), input()).prop_map(|(id, name, input)| Block::ToolUse {
            id: CallId::new(id),
            name: name.to_owned(),
            input,
        }),
    ]
}

fn of_the_model() -> impl Strategy<Value = EventBody> {
    let stop = prop::sample::select(vec![StopReason::EndTurn, StopReason::ToolUse, StopReason::MaxTokens]);
    prop_oneof![
        (1_u64..9, prop::collection::vec(block(), 0..4), stop).prop_map(|(turn, content, stop)| {
            EventBody::ModelAnswered {
                turn,
                content,
                stop,
                usage: Usage {
                    input_tokens: turn,
                    ..Usage::default()
                },
                cost_usd: Some(0.5),
                model: "m".to_owned(),
            }
        }),
        (1_u64..9).prop_map(|turn| EventBody::ModelRequested {
            turn,
            model: start("").model,
            head: Hash::ZERO,
        }),
        (1_u64..9, text()).prop_map(|(turn, reason)| EventBody::ModelRetried {
            turn,
            attempt: turn as u32,
            wait_ms: 1,
            reason,
        }),
        text().prop_map(|message| EventBody::ModelFailed {
            turn: 1,
            code: Code::new("models.auth"),
            message,
            hint: None,
        }),
        Just(EventBody::ContextCompacted {
            before_turn: 2,
            reason: "full".to_owned(),
        }),
    ]
}

fn of_a_call() -> impl Strategy<Value = EventBody> {
    let verdict = prop::sample::select(vec!["allow", "ask", "deny"]);
    let id = || prop::sample::select(vec!["q1", "q2"]);
    let ask = prop_oneof![
        any_action().prop_map(|action| Ask::Approve {
            action,
            reasons: Vec::new(),
            preview: None,
            grounds: Box::default(),
        }),
        text().prop_map(|question| Ask::Questions {
            questions: vec![Question {
                question,
                header: String::new(),
                options: Vec::new(),
                multi_select: false,
            }],
        }),
        Just(Ask::Folder {
            path: "~/x".to_owned(),
            mode: GrantMode::ReadOnly,
            reason: String::new(),
            you_asked: String::new(),
            provenance: Vec::new(),
        }),
        text().prop_map(|message| Ask::Server {
            question: Box::new(ServerQuestion {
                connector: "crm".to_owned(),
                tool: "find".to_owned(),
                message,
                wants: ServerWants::Page {
                    url: "https://a.example/".to_owned(),
                    host: "a.example".to_owned(),
                },
            }),
        }),
    ];
    let answer = prop_oneof![
        Just(Answer::Allow),
        Just(Answer::Deny { reason: None }),
        Just(Answer::Answers {
            answers: vec![vec!["x".to_owned()]]
        }),
        Just(Answer::Filled {
            values: serde_json::Map::new(),
        }),
        Just(Answer::Void),
    ];
    prop_oneof![
        (any_action(), verdict, text()).prop_map(|(action, verdict, reason)| EventBody::PolicyDecided {
            action,
            verdict: verdict.to_owned(),
            rule: "r".to_owned(),
            file: String::new(),
            reason,
            binding: None,
        }),
        (id(), call(), ask).prop_map(|(id, call, ask)| EventBody::ApprovalRequested {
            id: id.into(),
            call: CallId::new(call),
            ask,
        }),
        (id(), answer).prop_map(|(id, answer)| EventBody::ApprovalAnswered { id: id.into(), answer }),
        (any_action(), input()).prop_map(|(action, input)| EventBody::ToolStarted {
            call: ToolCall {
                id: action.call.clone(),
                name: action.tool.clone(),
                input,
            },
            action,
        }),
        (call(), outcome()).prop_map(|(call, outcome)| EventBody::ToolFinished {
            call: CallId::new(call),
            outcome,
        }),
        (call(), outcome(), change_set()).prop_map(|(call, outcome, set)| EventBody::CommandFinished {
            call: CallId::new(call),
            outcome,
            set,
        }),
    ]
}

fn of_files() -> impl Strategy<Value = EventBody> {
    let found = || {
        prop::option::of(prop::sample::select(vec![
            ReconcileOutcome::Applied,
            ReconcileOutcome::Conflict,
        ]))
    };
    let paths = prop::collection::vec(path().prop_map(GuestPath::new), 0..3);
    prop_oneof![
        3 => change_set().prop_map(|set| EventBody::ChangeIntended { set }),
        3 => (set_id(), found()).prop_map(|(id, reconciled)| EventBody::ChangeApplied {
            id: id.as_str().into(),
            reconciled,
        }),
        1 => (set_id(), found(), text()).prop_map(|(id, reconciled, message)| EventBody::ChangeFailed {
            id: id.as_str().into(),
            code: Code::new("x"),
            message,
            reconciled,
        }),
        1 => paths.prop_map(|paths| EventBody::OutputPresented { paths }),
        1 => Just(EventBody::GrantAdded {
            grant: super::log::grant("more", "C:\\Users\\ana\\more"),
        }),
    ]
}

fn of_the_task() -> impl Strategy<Value = EventBody> {
    let status = prop::sample::select(vec![FinishStatus::Done, FinishStatus::Failed, FinishStatus::Stopped]);
    let host = prop::sample::select(vec!["a.example", "b.example", "c.example"]);
    prop_oneof![
        (text(), prop::option::of(0_u64..30)).prop_map(|(text, queued)| EventBody::PersonSaid {
            text,
            queued,
            voice: Vec::new()
        }),
        text().prop_map(|text| EventBody::FollowUpQueued {
            text,
            voice: Vec::new()
        }),
        (0_u64..30).prop_map(|queued| EventBody::FollowUpWithdrawn { queued }),
        (status, text()).prop_map(|(status, summary)| EventBody::TaskFinished { status, summary }),
        Just(EventBody::TaskResumed {
            version: "0".to_owned()
        }),
        Just(EventBody::BudgetReached {
            limit: "1 turn".to_owned()
        }),
        text().prop_map(|prompt| EventBody::TaskStarted(Box::new(start(&prompt)))),
        (host, any::<bool>()).prop_map(|(host, allowed)| super::story::request(1, host, allowed)),
        text().prop_map(|content| EventBody::PlanUpdated {
            todos: vec![Todo {
                content,
                status: TodoStatus::InProgress,
                active_form: None,
            }],
        }),
        text().prop_map(|text| EventBody::MemoryProposed { text }),
    ]
}

/// A log of events in any order, after the start.
pub(super) fn any_log() -> impl Strategy<Value = Log> {
    let body = prop_oneof![
        3 => of_the_model(),
        6 => of_a_call(),
        3 => of_files(),
        3 => of_the_task(),
    ];
    let events = prop::collection::vec((body, prop::option::weighted(0.3, label())), 0..60);
    events.prop_map(|events| {
        let mut log = Log::begin("Do it");
        for (body, label) in events {
            log.append(body, label);
        }
        log
    })
}
