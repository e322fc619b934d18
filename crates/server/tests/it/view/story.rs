//! A log with every kind of event.

use deskhand_types::{
    AddressEntry, AddressKind, AddressesRead, AgentStart, Answer, Appearance, Ask, Block, BranchPoint, CallId, Caller,
    Cause, Code, ConnectorChange, ConnectorSource, ConnectorText, EffectClass, EventBody, FileState, FinishStatus,
    GrantMode, GuestPath, Hash, HookRun, HookStart, Label, Marks, MemoryChange, ModelRef, ModelSampled, NetworkRequest,
    NetworkResult, Note, Question, ReconcileOutcome, SkillUse, Todo, TodoStatus, ToolOutcome, Usage, ValueKind,
    ValueRule, Variable, VariableRead,
};
use serde_json::json;

use super::log::{Log, action, by, failed, file, grant, said, set, start, uses};

fn opening(log: &mut Log) {
    log.turn(
        1,
        vec![
            Block::Thinking {
                thinking: "First look.".to_owned(),
                signature: None,
            },
            Block::text("I read the figures."),
            uses("c1", "Read", json!({"file_path": "/mnt/work/sales.csv"})),
            uses(
                "c2",
                "Write",
                json!({"file_path": "/mnt/work/plan.md", "content": "new"}),
            ),
        ],
    );
    log.begin_call(
        &action("c1", "Read", EffectClass::Read, "Read sales.csv"),
        json!({"file_path": "/mnt/work/sales.csv"}),
    );
    log.finish(
        "c1",
        ToolOutcome::text("1,2,3", Label::file("/mnt/work/sales.csv"), "Read sales.csv: 3 rows"),
    );
    let write = action("c2", "Write", EffectClass::Modify, "Overwrite plan.md (3 B)");
    log.decide(&write, "ask", "it overwrites a file");
    let approve = Ask::Approve {
        action: write.clone(),
        reasons: vec!["it overwrites a file".to_owned()],
        preview: Some("-old\n+new".to_owned()),
        grounds: Box::default(),
    };
    log.ask("01jtask.c2", "c2", approve);
    log.reply("01jtask.c2", Answer::Allow);
    log.begin_call(&write, json!({}));
    log.land(set(
        "s1",
        by("c2"),
        &[
            ("/mnt/work/plan.md", file("old"), file("new")),
            ("/mnt/work/notes.md", FileState::Absent, file("notes")),
        ],
    ));
    log.finish(
        "c2",
        ToolOutcome::text("Done.", Label::harness(), "Changed plan.md, and 1 more"),
    );
}

fn planning(log: &mut Log) {
    let todos = |first, second| {
        let todo = |content: &str, active: &str, status| Todo {
            content: content.to_owned(),
            status,
            active_form: Some(active.to_owned()),
        };
        vec![
            todo("Read the figures", "Reading the figures", first),
            todo("Write the report", "Writing the report", second),
        ]
    };
    let plan = todos(TodoStatus::Completed, TodoStatus::InProgress);
    log.turn(2, vec![uses("c1", "TodoWrite", json!({"todos": plan}))]);
    log.begin_call(
        &action("c1-2", "TodoWrite", EffectClass::None, "Plan: 1 of 2 done"),
        json!({}),
    );
    log.say(EventBody::PlanUpdated { todos: plan });
    log.finish(
        "c1-2",
        ToolOutcome::text("The plan is shown.", Label::harness(), "Plan: 1 of 2 done"),
    );
    log.say(EventBody::ContextCompacted {
        before_turn: 2,
        reason: "the window is full".to_owned(),
    });
    for attempt in 1..=2 {
        log.say(EventBody::ModelRetried {
            turn: 3,
            attempt,
            wait_ms: 500,
            reason: "overloaded".to_owned(),
        });
    }
}

pub(super) fn request(id: u64, host: &str, allowed: bool) -> EventBody {
    EventBody::NetworkRequested(NetworkRequest {
        id,
        method: "GET".to_owned(),
        scheme: "https".to_owned(),
        host: host.to_owned(),
        port: 443,
        path: "/".to_owned(),
        address: None,
        allowed,
        reason: "no rule allows it".to_owned(),
        stripped: Vec::new(),
        credential: None,
    })
}

fn command(log: &mut Log) {
    let input = json!({"command": "python3 chart.py", "description": "Draw the chart"});
    log.turn(
        3,
        vec![
            uses("run", "Bash", input.clone()),
            uses("rm", "DeleteFile", json!({"file_path": "/mnt/work/old.csv"})),
        ],
    );
    let run = action(
        "run",
        "Bash",
        EffectClass::Exec,
        "Run `python3 chart.py` (Draw the chart)",
    );
    log.begin_call(&run, input);
    log.say(request(1, "example.org", true));
    log.say(EventBody::NetworkFinished(NetworkResult {
        id: 1,
        status: Some(200),
        sent: 0,
        received: 10,
        error: None,
    }));
    log.say(request(2, "evil.example", false));
    log.say(request(3, "worse.example", false));
    let set = set(
        "s2",
        by("run"),
        &[("/mnt/outputs/chart.png", FileState::Absent, file("png"))],
    );
    let outcome = ToolOutcome::text("ok", Label::file("/mnt/work"), "Ran `python3 chart.py`: exit 0");
    log.labelled(
        EventBody::CommandFinished {
            call: "run".into(),
            outcome: outcome.clone(),
            set: set.clone(),
        },
        outcome.label.clone(),
    );
    let landing = action(
        "run",
        "Bash",
        EffectClass::Create,
        "Take over what the command changed: chart.png",
    );
    log.decide(&landing, "allow", "within the grants");
    log.say(EventBody::ChangeIntended { set });
    log.say(EventBody::ChangeApplied {
        id: "s2".into(),
        reconciled: Some(ReconcileOutcome::Completed),
    });
    log.finish("run", outcome);
    let delete = action("rm", "DeleteFile", EffectClass::Delete, "Delete old.csv");
    log.decide(&delete, "deny", "the folder may not be deleted in");
    log.finish(
        "rm",
        failed(
            "tool.refused",
            "Refused by the policy: the folder may not be deleted in.",
        ),
    );
}

fn questions(log: &mut Log) {
    log.turn(
        4,
        vec![
            uses(
                "q",
                "AskUserQuestion",
                json!({"questions": [{"question": "Which year?"}]}),
            ),
            uses("f", "RequestFolder", json!({"path": "~/Invoices"})),
            uses("r", "Remember", json!({"text": "Reports are in English"})),
            uses("p", "PresentFiles", json!({"paths": ["/mnt/outputs/chart.png"]})),
            uses("x", "Telepathy", json!({"to": "Ana"})),
        ],
    );
    let ask = Ask::Questions {
        questions: vec![Question {
            question: "Which year?".to_owned(),
            header: "Year".to_owned(),
            options: Vec::new(),
            multi_select: false,
        }],
    };
    log.decide(
        &action("q", "AskUserQuestion", EffectClass::None, "Which year?"),
        "ask",
        "it is for you",
    );
    log.ask("01jtask.q", "q", ask);
    log.decide(
        &action("f", "RequestFolder", EffectClass::Persist, "Use ~/Invoices"),
        "ask",
        "it is for you",
    );
    let folder = Ask::Folder {
        path: "~/Invoices".to_owned(),
        mode: GrantMode::ReadOnly,
        reason: "the invoices are there".to_owned(),
        you_asked: String::new(),
        provenance: Vec::new(),
    };
    log.ask("01jtask.f", "f", folder);
    log.reply(
        "01jtask.q",
        Answer::Answers {
            answers: vec![vec!["2026".to_owned()]],
        },
    );
    log.finish("q", ToolOutcome::text("2026", Label::person(), "You answered"));
    log.reply("01jtask.f", Answer::Allow);
    log.say(EventBody::GrantAdded {
        grant: grant("Invoices", "/home/ana/Invoices"),
    });
    log.finish(
        "f",
        ToolOutcome::text("Granted", Label::harness(), "Granted: /mnt/Invoices (ro)"),
    );
    log.say(EventBody::MemoryProposed {
        text: "Reports are in English".to_owned(),
    });
    log.finish("r", ToolOutcome::text("Noted", Label::harness(), "Noted"));
    log.say(EventBody::OutputPresented {
        paths: vec![GuestPath::new("/mnt/outputs/chart.png")],
    });
    log.finish("p", ToolOutcome::text("Shown", Label::harness(), "Hand over chart.png"));
    log.finish("x", failed("tool.unknown", "There is no tool `Telepathy`."));
}

fn ending(log: &mut Log) {
    log.say(said("And the totals?"));
    let first = log.say(EventBody::FollowUpQueued {
        text: "Then mail it".to_owned(),
        voice: Vec::new(),
    });
    log.say(EventBody::FollowUpQueued {
        text: "Then rest".to_owned(),
        voice: Vec::new(),
    });
    let third = log.say(EventBody::FollowUpQueued {
        text: "Never mind".to_owned(),
        voice: Vec::new(),
    });
    log.say(EventBody::FollowUpWithdrawn { queued: third });
    log.turn(5, vec![Block::text("The totals are in the report.")]);
    log.say(EventBody::TaskFinished {
        status: FinishStatus::Done,
        summary: "The totals are in the report.".to_owned(),
    });
    log.say(EventBody::PersonSaid {
        text: "Then mail it".to_owned(),
        queued: Some(first),
        voice: Vec::new(),
    });
    log.say(EventBody::ModelFailed {
        turn: 6,
        code: Code::new("models.auth"),
        message: "The key was refused.".to_owned(),
        hint: Some("Set another key.".to_owned()),
    });
    log.say(EventBody::TaskFinished {
        status: FinishStatus::Failed,
        summary: "The key was refused.".to_owned(),
    });
    let undo = Cause::Undo { of: vec!["s1".into()] };
    log.land(set("s3", undo, &[("/mnt/work/plan.md", file("new"), file("old"))]));
    let redo = Cause::Redo { of: "s3".into() };
    log.say(EventBody::ChangeIntended {
        set: set("s4", redo, &[("/mnt/work/plan.md", file("old"), file("new"))]),
    });
    log.say(EventBody::ChangeFailed {
        id: "s4".into(),
        code: Code::new("workspace.changed-meanwhile"),
        message: "plan.md was changed by someone else meanwhile; nothing was changed.".to_owned(),
        reconciled: None,
    });
    log.say(EventBody::TaskResumed {
        version: "0.1.0".to_owned(),
    });
    log.say(EventBody::BudgetReached {
        limit: "20 turns".to_owned(),
    });
    log.say(EventBody::TaskFinished {
        status: FinishStatus::Budget,
        summary: "Stopped at the budget: 20 turns.".to_owned(),
    });
}

/// A sub-agent reads, asks and reports.
fn delegating(log: &mut Log) {
    let input = json!({"description": "Check the sums", "prompt": "Add them up", "subagent_type": "general-purpose"});
    log.turn(4, vec![uses("sub", "Task", input.clone())]);
    log.begin_call(
        &action(
            "sub",
            "Task",
            EffectClass::None,
            "Sub-agent general-purpose: Check the sums",
        ),
        input,
    );
    let label = Label::file("/mnt/work/sales.csv");
    let begun = AgentStart {
        call: "sub".into(),
        agent: "general-purpose".to_owned(),
        description: "Check the sums".to_owned(),
        prompt: "Add them up".to_owned(),
        system: "You are a sub-agent".to_owned(),
        tools: Vec::new(),
        model: None,
        profile: None,
        mode: None,
        max_turns: None,
    };
    log.labelled(EventBody::AgentStarted(Box::new(begun)), label.clone());
    log.turn(
        5,
        vec![uses("sum", "Read", json!({"file_path": "/mnt/work/sales.csv"}))],
    );
    log.begin_call(&action("sum", "Read", EffectClass::Read, "Read sales.csv"), json!({}));
    log.finish(
        "sum",
        ToolOutcome::text("1,2,3", label.clone(), "Read sales.csv: 3 rows"),
    );
    log.turn(5, vec![Block::text("They add up to 6.")]);
    log.finish(
        "sub",
        ToolOutcome::text("They add up to 6.", label, "general-purpose reported"),
    );
}

/// What belongs into the application's log and says nothing about a task.
fn strays(log: &mut Log) {
    let hash = Hash::of(b"x");
    let rule = ValueRule {
        effect: EffectClass::Outward,
        kind: ValueKind::Recipient,
        value: "ann@firm.example".to_owned(),
    };
    for body in [
        EventBody::OutsideAllowed {
            folder: "/srv".to_owned(),
        },
        EventBody::GrantRemoved {
            folder: "/srv".to_owned(),
        },
        EventBody::GrantsRevoked {},
        EventBody::InstructionsSet {
            text: "Be brief".to_owned(),
        },
        EventBody::InstructionsTrusted {
            file: "/srv/AGENTS.md".to_owned(),
            hash,
        },
        EventBody::TaskMarked {
            task: "01jtask".into(),
            marks: Marks::default(),
        },
        EventBody::ContentLabelled {
            contents: vec![hash],
            folders: vec!["/srv".to_owned()],
        },
        EventBody::ValueAllowed {
            rule: rule.clone(),
            task: Some("01jtask".into()),
        },
        EventBody::ValueWithdrawn { rule },
        EventBody::ConnectorChanged(ConnectorChange::Removed {
            name: "notes".to_owned(),
        }),
        EventBody::ToolsAdded { tools: Vec::new() },
        EventBody::SkillCommandsSet { allowed: true },
        EventBody::AppearanceSet {
            appearance: Appearance::Dark,
        },
        EventBody::SkillsOffered {
            skills: vec!["finance:reconciliation".to_owned()],
            text: "There is a skill.".to_owned(),
        },
        EventBody::SkillUsed(Box::new(SkillUse {
            skill: "finance:reconciliation".to_owned(),
            plugin: Some("finance@deskhand".to_owned()),
            hash,
            by: Caller::Model,
            call: None,
            args: String::new(),
            text: String::new(),
            allowed: Vec::new(),
            disallowed: Vec::new(),
            model: None,
            hooks: None,
            notes: Vec::new(),
        })),
        EventBody::FileAttached {
            path: GuestPath::new("/mnt/work/a.txt"),
            content: Vec::new(),
            withheld: Vec::new(),
        },
        EventBody::ConnectorAttached(Box::new(ConnectorText {
            connector: "notes".to_owned(),
            source: ConnectorSource::Resource {
                uri: "note://today".to_owned(),
            },
            content: Vec::new(),
            whole: None,
            withheld: Vec::new(),
        })),
        EventBody::HookRan(Box::new(HookRun {
            event: "PreToolUse".to_owned(),
            plugin: "finance@deskhand".to_owned(),
            handler: "check.sh".to_owned(),
            call: None,
            ms: 3,
            exit: Some(0),
            verdict: None,
            reason: None,
            context: None,
            note: None,
            asked: None,
        })),
        EventBody::AddressesRead(Box::new(AddressesRead {
            connector: "contacts".to_owned(),
            tool: "mcp__contacts__find".to_owned(),
            call: CallId::new("c1"),
            asked: vec!["Ana".to_owned()],
            whole: true,
            entries: vec![AddressEntry {
                name: "Ana Costa".to_owned(),
                value: "ana@firm.example".to_owned(),
                kind: AddressKind::Email,
            }],
        })),
        EventBody::VariableKept(Box::new(Variable {
            number: 1,
            call: None,
            from: "Read".to_owned(),
            hash,
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
            answer: None,
            error: None,
        })),
        EventBody::ModelSampled(Box::new(ModelSampled {
            call: CallId::new("c1"),
            connector: "crm".to_owned(),
            model: ModelRef {
                provider: "test".to_owned(),
                name: "model".to_owned(),
            },
            usage: Usage::default(),
            cost_usd: None,
            error: None,
        })),
        EventBody::StorageTidied {
            sets: Vec::new(),
            blobs: 0,
            bytes: 0,
        },
        EventBody::MemoryChanged(MemoryChange::Kept { note: note() }),
        EventBody::HookStarted(Box::new(HookStart {
            event: "PreToolUse".to_owned(),
            plugin: "finance@deskhand".to_owned(),
            action: action("hook.1", "HookPost", EffectClass::Outward, "Send what it is told"),
        })),
        EventBody::MemoryRecalled(vec![note()]),
    ] {
        log.say(body);
    }
}

pub(super) fn everything() -> Log {
    let mut start = start("Analyse the sales\nand write a report");
    start.branched_from = Some(BranchPoint {
        task: "01jother".into(),
        before: 7,
    });
    let mut log = Log::default();
    log.labelled(EventBody::TaskStarted(Box::new(start)), Label::person());
    opening(&mut log);
    planning(&mut log);
    command(&mut log);
    questions(&mut log);
    delegating(&mut log);
    ending(&mut log);
    strays(&mut log);
    log
}

fn note() -> Note {
    Note {
        id: "3f9c01ab".to_owned(),
        text: "Reports are in English".to_owned(),
        label: Label::person(),
        from: None,
        until: None,
    }
}
