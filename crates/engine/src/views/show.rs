//! One task as a whole.

use deskhand_agent::{Task, Totals};
use deskhand_types::{
    AgentStart, Block, Budget, Caller, Event, EventBody, FinishStatus, Grant, GuestPath, HookRun, Instruction, Mode,
    ModelRef, TaskId, Tier, Timestamp, Todo, whose_hook,
};
use serde::Serialize;

use super::{InboxItem, StepView, TaskStatus, changed_files, steps};

/// One task as a whole.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TaskView {
    /// The task.
    pub id: TaskId,
    /// Where it stands.
    pub status: TaskStatus,
    /// What the person wanted.
    pub prompt: String,
    /// How effects are treated.
    pub mode: Mode,
    /// What keeps its commands apart from this computer.
    pub sandbox: Tier,
    /// The model.
    pub model: ModelRef,
    /// The folders.
    pub grants: Vec<Grant>,
    /// Limits.
    pub budget: Budget,
    /// Instructions found, in force or not.
    pub instructions: Vec<Instruction>,
    /// When it began.
    pub started_at: Timestamp,
    /// The plan.
    pub plan: Vec<Todo>,
    /// What was said and done, in order.
    pub entries: Vec<Entry>,
    /// Files handed over.
    pub outputs: Vec<GuestPath>,
    /// Files changed, as they stand.
    pub changed: Vec<GuestPath>,
    /// Steps that changed files.
    pub steps: Vec<StepView>,
    /// Open questions.
    pub waiting: Vec<InboxItem>,
    /// How many actions the policy refused.
    pub refused: u64,
    /// Turns of the model.
    pub turns: u64,
    /// US dollars.
    pub cost_usd: f64,
    /// The last words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// One thing that was said or done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Entry {
    /// The person spoke.
    Person {
        /// What.
        text: String,
    },
    /// The model spoke.
    Model {
        /// What.
        text: String,
    },
    /// A tool was used.
    Tool {
        /// Which.
        tool: String,
        /// In a line.
        summary: String,
        /// Whether it failed.
        failed: bool,
    },
    /// A sub-agent worked; its last words are the last the model says in it.
    Agent {
        /// Its type.
        agent: String,
        /// What it was to do, in a few words.
        description: String,
        /// What it said and did.
        entries: Vec<Self>,
        /// Whether it failed or was stopped.
        failed: bool,
    },
    /// The policy refused something.
    Refused {
        /// What.
        summary: String,
        /// Why.
        reason: String,
    },
    /// Something happened that the person should know.
    Note {
        /// What.
        text: String,
    },
}

impl TaskView {
    /// From a task's events. `None` when they do not begin with a start.
    pub fn of(id: &TaskId, events: &[Event]) -> Option<Self> {
        let task = Task::replay(events)?;
        let start = task.start();
        let Totals { turns, cost_usd, .. } = *task.totals();
        Some(Self {
            id: id.clone(),
            status: TaskStatus::of(&task),
            prompt: start.prompt.clone(),
            mode: start.mode,
            sandbox: start.sandbox,
            model: start.model.clone(),
            // What a task brought along is no folder of the person's.
            grants: task
                .grants()
                .iter()
                .filter(|grant| !grant.name.starts_with('.'))
                .cloned()
                .collect(),
            budget: start.budget.clone(),
            instructions: start.instructions.clone(),
            started_at: events.first().map(|event| event.at).unwrap_or_default(),
            plan: task.plan().to_vec(),
            entries: entries(events),
            outputs: task.outputs().to_vec(),
            changed: changed_files(&task),
            steps: steps(&task),
            waiting: InboxItem::of(id, &task),
            refused: task.refused(),
            turns,
            cost_usd,
            summary: task.finished().map(|(_, summary)| summary.to_owned()),
        })
    }
}

/// What was said and done, in order.
pub(crate) fn entries(events: &[Event]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut agent: Option<(&AgentStart, Vec<Entry>)> = None;
    let mut names = std::collections::BTreeMap::new();
    for event in events {
        match &event.body {
            EventBody::AgentStarted(start) => agent = Some((start, std::mem::take(&mut entries))),
            EventBody::ToolFinished { call, outcome }
                if agent.as_ref().is_some_and(|(start, _)| start.call == *call) =>
            {
                leave(agent.take(), &mut entries, outcome.error.is_some());
            }
            EventBody::TaskStarted(start) => entries.push(Entry::Person {
                text: start.prompt.clone(),
            }),
            // The person speaks to the one that leads.
            EventBody::PersonSaid { text, .. } => agent
                .as_mut()
                .map_or(&mut entries, |(_, before)| before)
                .push(Entry::Person { text: text.clone() }),
            EventBody::ModelAnswered { content, .. } => {
                entries.extend(
                    content
                        .iter()
                        .filter_map(Block::as_text)
                        .filter(|text| !text.trim().is_empty())
                        .map(|text| Entry::Model { text: text.to_owned() }),
                );
            }
            EventBody::ToolStarted { call, .. } => {
                names.insert(call.id.clone(), call.name.clone());
            }
            EventBody::ToolFinished { call, outcome } => entries.push(Entry::Tool {
                tool: names.get(call).cloned().unwrap_or_default(),
                summary: outcome.summary.clone(),
                failed: outcome.error.is_some(),
            }),
            EventBody::PolicyDecided {
                action,
                verdict,
                reason,
                ..
            } if verdict == "deny" => {
                entries.push(Entry::Refused {
                    summary: action.summary.clone(),
                    reason: reason.clone(),
                });
            }
            other => entries.extend(note(other).map(|text| Entry::Note { text })),
        }
    }
    leave(agent, &mut entries, false);
    entries
}

/// What a sub-agent did becomes one entry after those before it.
fn leave(agent: Option<(&AgentStart, Vec<Entry>)>, entries: &mut Vec<Entry>, failed: bool) {
    let Some((start, before)) = agent else { return };
    let own = std::mem::replace(entries, before);
    entries.push(Entry::Agent {
        agent: start.agent.clone(),
        description: start.description.clone(),
        entries: own,
        failed,
    });
}

fn note(body: &EventBody) -> Option<String> {
    Some(match body {
        EventBody::TaskResumed { .. } => "The task was taken up again.".to_owned(),
        EventBody::ModelRetried { reason, attempt, .. } => {
            format!("Asked the model again (attempt {}): {reason}", attempt + 1)
        }
        EventBody::ModelFailed { message, .. } => format!("No answer from the model: {message}"),
        EventBody::ContextCompacted { reason, .. } => format!("Older results were shortened: {reason}."),
        EventBody::BudgetReached { limit } => format!("The budget was reached: {limit}."),
        EventBody::MemoryProposed { text } => format!("Proposed for memory, not in force: {text}"),
        EventBody::SkillUsed(used) if used.by == Caller::Person || !used.notes.is_empty() => {
            let notes: String = used.notes.iter().map(|note| format!("; {note}")).collect();
            format!("Skill called: {}{notes}", used.skill)
        }
        EventBody::SkillsOffered { skills, .. } => format!("Told of skills for these files: {}", skills.join(", ")),
        EventBody::MemoryRecalled(notes) => format!("Told notes of earlier tasks: {}", notes.len()),
        EventBody::FileAttached { path, .. } => format!("Attached: {path}"),
        EventBody::ConnectorAttached(attached) => attached.to_string(),
        EventBody::HookStarted(start) => format!(
            "Hook {} of {}: {}",
            start.event,
            whose_hook(&start.plugin),
            start.action.summary
        ),
        EventBody::HookRan(run) => hook(run),
        // What a task brought along is no folder of the person's.
        EventBody::GrantAdded { grant } if grant.name.starts_with('.') => return None,
        EventBody::GrantAdded { grant } => format!("Folder granted: {} ({})", grant.folder, grant.mode),
        EventBody::ChangeApplied {
            reconciled: Some(_), ..
        } => "A change cut off by a crash was found and is complete.".to_owned(),
        EventBody::ChangeFailed { message, .. } => message.clone(),
        EventBody::TaskFinished {
            status: FinishStatus::Failed,
            summary,
        } => summary.clone(),
        _ => return None,
    })
}

/// A hook that ran, in a line.
fn hook(run: &HookRun) -> String {
    let what = match (&run.verdict, &run.note, &run.context) {
        (Some(verdict), ..) => format!("{verdict}: {}", run.reason.as_deref().unwrap_or_default()),
        (None, Some(note), _) => note.clone(),
        (None, None, Some(_)) => "it adds to the conversation".to_owned(),
        (None, None, None) => "nothing to say".to_owned(),
    };
    let asked = run.asked.as_ref().map(|asked| {
        let cost = asked.cost_usd.map_or_else(String::new, |cost| format!(", ${cost:.4}"));
        let looked = asked.looked.iter().map(|look| format!("; {look}")).collect::<String>();
        format!(" (asked {}{cost}{looked})", asked.model)
    });
    format!(
        "Hook {} of {}: {what}{}",
        run.event,
        run.whose(),
        asked.unwrap_or_default()
    )
}
