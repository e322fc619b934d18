//! A new task from a point of another: the conversation up to there, on the files as they stand now.

use deskhand_agent::Task;
use deskhand_types::{
    Block, BranchPoint, Code, Event, EventBody, EventDraft, HookRun, Label, TaskId, TaskStart, ToolOutcome, Usage,
};

use crate::{Chosen, EngineError, RECIPES};

/// What a branch takes over and changes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BranchOptions {
    /// Everything before this event is taken over; `None` = everything.
    pub before: Option<u64>,
    /// Another model, `PROVIDER/NAME`.
    pub model: Option<String>,
    /// What the person says there. `None` = what they said there before.
    pub text: Option<String>,
}

/// The first event of the branch and the ones that follow it, from the events of the other task. Changes to files are
/// not taken over: they belong to the task that made them, which is also where they are undone.
///
/// # Errors
/// When nothing would be said at the end: the branch would be over before it began.
pub(crate) fn drafts(
    from: &TaskId,
    events: &[Event],
    options: &BranchOptions,
    start: TaskStart,
    chosen: Option<Chosen>,
) -> Result<Vec<EventDraft>, EngineError> {
    let mut before = options.before.unwrap_or(u64::MAX);
    let mut start = start;
    let mut text = options.text.clone().or_else(|| said_at(events, before));
    let other_model = chosen.as_ref().is_some_and(|chosen| chosen.model != start.model);
    if let Some(Chosen { model, profile }) = chosen.filter(|_| other_model) {
        // A recipe's plan and a model's conversation do not continue one another: begin anew with what was wanted.
        if model.provider == RECIPES || start.model.provider == RECIPES {
            before = before.min(1);
            text = text.filter(|_| options.text.is_some());
        }
        start.model = model;
        start.profile = profile;
    }
    if before == 0 {
        start.prompt = text.take().unwrap_or(start.prompt);
    } else if before > 1 && text.is_none() {
        return Err(EngineError::EmptyPrompt);
    }
    start.branched_from = Some(BranchPoint {
        task: from.clone(),
        before: before.min(events.len() as u64),
    });
    let mut copied: Vec<EventDraft> = events
        .iter()
        .skip(1)
        .take_while(|event| event.seq < before)
        .filter_map(|event| copy(event, other_model))
        .collect();
    // Turns that were made before do not count against the branch.
    let turns = copied.iter().filter(|draft| is_turn(&draft.body)).count() as u64;
    start.budget.max_turns = start.budget.max_turns.map(|turns_left| turns_left + turns);
    let mut drafts = vec![EventDraft {
        body: EventBody::TaskStarted(Box::new(start)),
        // It says what the other said, and offers what the other offered.
        label: events
            .first()
            .and_then(|first| first.label.clone())
            .or_else(|| Some(Label::person())),
    }];
    drafts.append(&mut copied);
    let open = open_calls(&drafts);
    drafts.extend(open);
    drafts.extend(text.map(|text| EventDraft {
        body: EventBody::PersonSaid {
            text,
            queued: None,
            voice: Vec::new(),
        },
        label: Some(Label::person()),
    }));
    Ok(drafts)
}

/// What the person said at an event.
fn said_at(events: &[Event], seq: u64) -> Option<String> {
    let event = events.iter().find(|event| event.seq == seq)?;
    match &event.body {
        EventBody::TaskStarted(start) => Some(start.prompt.clone()),
        EventBody::PersonSaid { text, .. } => Some(text.clone()),
        _ => None,
    }
}

const fn is_turn(body: &EventBody) -> bool {
    matches!(body, EventBody::ModelRequested { .. })
}

/// What of an event belongs to the conversation. What it cost was paid by the other task; thinking is signed for the
/// model that thought it.
fn copy(event: &Event, other_model: bool) -> Option<EventDraft> {
    let body = match &event.body {
        EventBody::ModelAnswered {
            turn,
            content,
            stop,
            model,
            ..
        } => EventBody::ModelAnswered {
            turn: *turn,
            content: content
                .iter()
                .filter(|block| !(other_model && matches!(block, Block::Thinking { .. })))
                .cloned()
                .collect(),
            stop: stop.clone(),
            usage: Usage::default(),
            cost_usd: Some(0.0),
            model: model.clone(),
        },
        EventBody::PersonSaid { text, voice, .. } => EventBody::PersonSaid {
            text: text.clone(),
            queued: None,
            voice: voice.clone(),
        },
        EventBody::HookRan(run) => EventBody::HookRan(Box::new(HookRun {
            asked: None,
            ..(**run).clone()
        })),
        EventBody::ModelRequested { .. }
        | EventBody::ModelFailed { .. }
        | EventBody::ContextCompacted { .. }
        | EventBody::PolicyDecided { .. }
        | EventBody::ApprovalRequested { .. }
        | EventBody::ApprovalAnswered { .. }
        | EventBody::ToolStarted { .. }
        | EventBody::ToolFinished { .. }
        | EventBody::AgentStarted(_)
        | EventBody::PlanUpdated { .. }
        | EventBody::SkillUsed(_)
        | EventBody::SkillsOffered { .. }
        | EventBody::FileAttached { .. }
        | EventBody::MemoryRecalled(_)
        | EventBody::ConnectorAttached(_)
        | EventBody::AddressesRead(_)
        | EventBody::VariableKept(_)
        | EventBody::GrantAdded { .. } => event.body.clone(),
        _ => return None,
    };
    Some(EventDraft {
        body,
        label: event.label.clone(),
    })
}

/// Ends for the calls that were open where the branch leaves: they are the other task's to finish.
fn open_calls(drafts: &[EventDraft]) -> Vec<EventDraft> {
    let events: Vec<Event> = drafts
        .iter()
        .enumerate()
        .map(|(seq, draft)| Event {
            task: TaskId::app(),
            seq: seq as u64,
            at: deskhand_types::Timestamp::default(),
            body: draft.body.clone(),
            label: draft.label.clone(),
            prev_hash: deskhand_types::Hash::ZERO,
            hash: deskhand_types::Hash::ZERO,
        })
        .collect();
    Task::replay(&events).map_or_else(Vec::new, |task| {
        ended_calls(
            &task,
            "engine.not-in-branch",
            "This call belongs to the task this one was branched off from; nothing came of it here.",
        )
    })
}

/// An end for every call that has none.
pub(crate) fn ended_calls(task: &Task, code: &'static str, why: &str) -> Vec<EventDraft> {
    // Those of a sub-agent come before the one it works for: with that it is over.
    let open = task.open_calls().filter(|call| call.outcome.is_none());
    let persons = task.sub_agent().filter(|_| task.is_persons_agent());
    open.map(|call| &call.call.id)
        .chain(persons.map(|agent| &agent.start().call))
        .map(|call| {
            let outcome = ToolOutcome::failed(Code::new(code), why);
            EventDraft {
                label: Some(outcome.label.clone()),
                body: EventBody::ToolFinished {
                    call: call.clone(),
                    outcome,
                },
            }
        })
        .collect()
}
