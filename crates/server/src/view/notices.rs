//! What happened that the person should know.

use std::collections::BTreeSet;
use std::sync::Arc;

use deskhand_engine::views::withheld;
use deskhand_types::{
    Action, CallId, Cause, ChangeSet, Event, EventBody, FileState, HookRun, NetworkRequest, ReconcileOutcome, SkillUse,
    ToolOutcome, Withheld,
};

use super::Thread;
use crate::api::{Item, ItemBody, Level};

/// Hosts named in one notice.
const NAMED: usize = 5;

/// Requests to the network that were refused, told in one notice as long as nothing else is told between.
#[derive(Debug)]
pub(super) struct Refusals {
    item: usize,
    hosts: BTreeSet<String>,
}

/// Content that was withheld from the model, told in one notice as long as nothing but steps is told between: a folder of
/// documents would else be as many notices as it has files.
#[derive(Debug)]
pub(super) struct Told {
    item: usize,
    files: Vec<String>,
}

/// The notice about an event that is told in one by itself.
pub(super) fn of(body: &EventBody, open: Option<&Cause>) -> Option<ItemBody> {
    let by_person = matches!(open, Some(Cause::Undo { .. } | Cause::Redo { .. }));
    Some(match body {
        EventBody::TaskResumed { .. } => notice(Level::Info, "task.resumed", "The task was taken up again.", None),
        EventBody::ModelFailed { message, hint, .. } => {
            notice(Level::Error, "model.failed", message.clone(), hint.clone())
        }
        EventBody::ContextCompacted { reason, .. } => notice(
            Level::Info,
            "context.compacted",
            format!("Older results were shortened for the model: {reason}."),
            None,
        ),
        EventBody::BudgetReached { limit } => notice(
            Level::Warning,
            "budget.reached",
            format!("The budget was reached: {limit}."),
            Some("Take the task up again to give it another budget of the same size.".to_owned()),
        ),
        EventBody::MemoryProposed { text } => notice(
            Level::Info,
            "memory.proposed",
            format!("Proposed for memory, not in force: {text}"),
            Some("Keep or discard it in the settings, under Memory.".to_owned()),
        ),
        EventBody::MemoryRecalled(notes) => notice(
            Level::Info,
            "memory.recalled",
            match notes.len() {
                1 => "It was told one note you kept from earlier tasks.".to_owned(),
                many => format!("It was told {many} notes you kept from earlier tasks."),
            },
            None,
        ),
        EventBody::SkillUsed(used) => used_skill(used),
        EventBody::SkillsOffered { skills, .. } => notice(
            Level::Info,
            "skills.offered",
            format!("Told of skills for these files: {}", skills.join(", ")),
            None,
        ),
        EventBody::ConnectorAttached(attached) => notice(Level::Info, "connector.attached", attached.to_string(), None),
        EventBody::HookRan(run) => hook(run),
        EventBody::GrantAdded { grant } => notice(
            Level::Info,
            "folder.granted",
            format!("Folder granted: {} ({})", grant.folder, grant.mode),
            None,
        ),
        EventBody::ChangeApplied {
            reconciled: Some(outcome),
            ..
        } => notice(Level::Info, "change.reconciled", found(*outcome), None),
        EventBody::ChangeFailed {
            message,
            reconciled: Some(_),
            ..
        } => notice(
            Level::Warning,
            "change.reconciled",
            message.clone(),
            Some("Look at the files before you go on.".to_owned()),
        ),
        // Of a tool's change the tool's own item tells.
        EventBody::ChangeFailed { message, .. } if by_person => {
            notice(Level::Error, "change.failed", message.clone(), None)
        }
        _ => return None,
    })
}

/// A skill was called, with where it is from. What of it was not followed, or costs more, is more than a remark.
fn used_skill(used: &SkillUse) -> ItemBody {
    let from = used.plugin.as_ref().map(|plugin| format!(" from {plugin}"));
    let notes: String = used.notes.iter().map(|note| format!("; {note}")).collect();
    let level = if notes.is_empty() { Level::Info } else { Level::Warning };
    let text = format!("Skill used: {}{}{notes}", used.skill, from.unwrap_or_default());
    notice(level, "skill.used", text, None)
}

/// A hook of a plugin ran. What made something stricter, or came to nothing, is more than a remark.
fn hook(run: &HookRun) -> ItemBody {
    let (level, did) = match (&run.verdict, &run.note) {
        (Some(verdict), _) => (Level::Warning, format!(" and said: {verdict}")),
        (None, Some(_)) => (Level::Warning, " and was not followed".to_owned()),
        (None, None) => (Level::Info, String::new()),
    };
    let text = format!("A hook of {} ran at {}{did}: {}", run.whose(), run.event, run.handler);
    notice(level, "hook.ran", text, run.reason.clone().or_else(|| run.note.clone()))
}

/// Files were put back, or what was put back was brought back. Of a tool's change the tool's own item tells.
pub(super) fn landed(set: &ChangeSet) -> Option<ItemBody> {
    let (code, what) = match set.cause {
        Cause::Undo { .. } => ("change.undone", "Undone"),
        Cause::Redo { .. } => ("change.redone", "Brought back"),
        Cause::Call { .. } => return None,
    };
    let is_folder = |state: &FileState| matches!(state, FileState::Folder { .. });
    let mut files = set
        .changes
        .iter()
        .filter(|change| !is_folder(&change.before) && !is_folder(&change.after))
        .map(|change| change.path.file_name());
    let text = match (files.next(), files.count()) {
        (None, _) => format!("{what}: changes to folders."),
        (Some(file), 0) => format!("{what}: the change to {file}."),
        (Some(file), more) => format!("{what}: the changes to {file} and {more} more."),
    };
    Some(notice(Level::Info, code, text, None))
}

/// The policy refused an action, in its own words.
pub(super) fn refused(action: &Action, reason: &str) -> ItemBody {
    let text = if action.summary.is_empty() {
        reason.to_owned()
    } else {
        format!("{}: {reason}", action.summary)
    };
    notice(Level::Warning, "policy.refused", text, None)
}

fn notice(level: Level, code: &str, text: impl Into<String>, hint: Option<String>) -> ItemBody {
    ItemBody::Notice {
        level,
        code: code.to_owned(),
        text: text.into(),
        hint,
    }
}

const fn found(outcome: ReconcileOutcome) -> &'static str {
    match outcome {
        ReconcileOutcome::Applied => "A change was cut off and found to be complete.",
        ReconcileOutcome::Completed => "A change was cut off, and was completed now.",
        ReconcileOutcome::RolledBack => "A change was cut off, and was taken back.",
        ReconcileOutcome::Conflict => {
            "A change was cut off, and files were changed by someone else meanwhile; nothing of theirs was overwritten."
        }
    }
}

/// Whether what is told next belongs to the notice at `item`: only steps of the same conversation came after it.
fn follows(items: &[Arc<Item>], item: usize) -> bool {
    let mut after = items.iter().skip(item);
    let Some(notice) = after.next() else { return false };
    after.all(|later| {
        matches!(later.body, ItemBody::Tool { .. } | ItemBody::Thinking { .. }) && later.within == notice.within
    })
}

impl Thread {
    /// A model is asked again. Several attempts in a row are one notice.
    pub(super) fn retried(&mut self, event: &Event, attempt: u32, reason: &str) {
        let times = u64::from(attempt) + 1;
        let text = format!("The model was asked again (attempt {times}): {reason}");
        if let Some(Item {
            changed,
            body: ItemBody::Notice { code, text: told, .. },
            ..
        }) = self.items.last_mut().map(Arc::make_mut)
            && code == "model.retried"
        {
            *told = text;
            *changed = event.seq;
        } else {
            self.add(event, notice(Level::Info, "model.retried", text, None));
        }
    }

    /// Tells that some of what a call read was withheld from the model because people do not see it there either.
    pub(super) fn held_back(&mut self, event: &Event, call: &CallId, outcome: &ToolOutcome) {
        let item = self.calls.get(call).and_then(|used| self.items.get(used.item));
        if let Some(ItemBody::Tool { object, .. }) = item.map(|item| &item.body) {
            let file = object.clone();
            self.held_back_of(event, file, withheld(outcome));
        }
    }

    /// The same of what the person named, by its name.
    pub(super) fn held_back_of(&mut self, event: &Event, file: String, what: Vec<Withheld>) {
        if what.is_empty() {
            return;
        }
        if let Some(told) = self.withheld.take_if(|told| follows(&self.items, told.item)) {
            self.held_back_too(event, told, file);
            return;
        }
        let what: Vec<String> = what.into_iter().map(|what| what.text).collect();
        let text = format!(
            "Hidden content in {file} was withheld from the model: {}.",
            what.join("; ")
        );
        self.add(event, notice(Level::Info, "content.withheld", text, None));
        self.withheld = Some(Told {
            item: self.items.len() - 1,
            files: vec![file],
        });
    }

    /// A further file of a notice.
    fn held_back_too(&mut self, event: &Event, mut told: Told, file: String) {
        if !told.files.contains(&file) {
            told.files.push(file);
            let named: Vec<&str> = told.files.iter().take(NAMED).map(String::as_str).collect();
            let more = match told.files.len() - named.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let all = format!(
                "Hidden content in {} files was withheld from the model: {}{more}.",
                told.files.len(),
                named.join(", ")
            );
            if let Some(Item {
                changed,
                body: ItemBody::Notice { text, .. },
                ..
            }) = self.items.get_mut(told.item).map(Arc::make_mut)
            {
                *text = all;
                *changed = event.seq;
            }
        }
        self.withheld = Some(told);
    }

    /// A request to the network. Refused ones are told; a command may make thousands, so those in a row are one notice.
    pub(super) fn requested(&mut self, event: &Event, request: &NetworkRequest) {
        // It stands for connections to whatever host.
        if request.host == NetworkRequest::ANY_HOST {
            let text = format!("Connections of a command were refused: {}", request.reason);
            self.add(event, notice(Level::Warning, "network.refused", text, None));
            return;
        }
        *self.hosts.entry(request.host.clone()).or_default() += 1;
        if request.allowed {
            return;
        }
        let last = self.items.len().wrapping_sub(1);
        let Some(refusals) = self.refusals.as_mut().filter(|refusals| refusals.item == last) else {
            let text = format!("A command was kept from {}: {}", request.host, request.reason);
            let hint = "If the task needs it, allow the host in `network.toml`.";
            self.add(
                event,
                notice(Level::Warning, "network.refused", text, Some(hint.to_owned())),
            );
            self.refusals = Some(Refusals {
                item: self.items.len() - 1,
                hosts: BTreeSet::from([request.host.clone()]),
            });
            return;
        };
        if !refusals.hosts.insert(request.host.clone()) {
            return;
        }
        let named: Vec<&str> = refusals.hosts.iter().take(NAMED).map(String::as_str).collect();
        let more = match refusals.hosts.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let all = format!("Commands were kept from {}{more}.", named.join(", "));
        if let Some(Item {
            changed,
            body: ItemBody::Notice { text, .. },
            ..
        }) = self.items.last_mut().map(Arc::make_mut)
        {
            *text = all;
            *changed = event.seq;
        }
    }
}
