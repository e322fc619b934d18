//! Dressing: every event on its way into the log gets the label it must have, in the one place where a session appends.
//! Labels only get worse here.

use std::borrow::Cow;

use deskhand_policy::secret_content;
use deskhand_types::{
    Block, Cause, ChangeSet, Confidentiality, EventBody, EventDraft, FileState, Label, SourceKind, ToolOutcome, visible,
};

use crate::{
    EngineError,
    session::{Session, labelled},
    views::invisible,
};

/// Tools whose changes are made of nothing but their arguments and what stood there before. Others read files by
/// themselves, so that what they write may come from any file of the folders.
const FROM_ARGUMENTS: [&str; 4] = ["Write", "Edit", "MoveFile", "DeleteFile"];

/// What of a call's failure is Deskhand's own wording. Other failures may quote what was read.
const OWN_WORDS: [&str; 6] = ["tool.", "policy.", "engine.", "workspace.", "command.", "agent."];

/// The drafts as they are appended.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn dress(session: &Session<'_>, drafts: Vec<EventDraft>) -> Result<Vec<EventDraft>, EngineError> {
    let mut dressed = Vec::with_capacity(drafts.len() + 1);
    let mut kept = 0;
    for mut draft in drafts {
        match &mut draft.body {
            EventBody::ToolFinished { call, outcome } => {
                clean(session, outcome)?;
                // What a sub-agent reports is as good as all it has read, and what it was told.
                let whose = session.state.sub_agent();
                if whose.is_some_and(|agent| agent.start().call == *call) {
                    outcome.label = outcome.label.join(session.state.taint());
                }
                draft.label = Some(outcome.label.clone());
                // Before anything is kept apart: what it looks up is the connector's, whoever reads it.
                if let Some(read) = session.trail.looked_up(call, outcome) {
                    let read = EventBody::AddressesRead(Box::new(read));
                    dressed.push(labelled(read, outcome.label.clone()));
                }
            }
            EventBody::CommandFinished { outcome, .. } => {
                clean(session, outcome)?;
                draft.label = Some(outcome.label.clone());
            }
            EventBody::FileAttached { content, .. } => {
                draft.label = Some(of_joining(session, known(draft.label.take()), texts(content))?)
            }
            EventBody::ConnectorAttached(attached) => {
                let taken_out = show(&mut attached.content);
                if let Some(told) = invisible(taken_out) {
                    attached.withheld.push(told);
                    let note = format!("[{taken_out} characters that cannot be seen were taken out]");
                    attached.content.push(Block::text(note));
                }
                draft.label = Some(of_joining(
                    session,
                    known(draft.label.take()),
                    texts(&attached.content),
                )?);
            }
            EventBody::SkillUsed(used) => {
                let text = std::iter::once(used.text.as_str());
                draft.label = Some(of_joining(session, known(draft.label.take()), text)?);
            }
            EventBody::HookRan(run) => {
                for said in [&mut run.context, &mut run.reason].into_iter().flatten() {
                    *said = visible(said).0.into_owned();
                }
                let said = [&run.context, &run.reason].into_iter().flatten();
                if let Some(label) = draft.label.take() {
                    draft.label = Some(of_joining(session, label, said.map(String::as_str))?);
                }
            }
            EventBody::ChangeIntended { set } => dressed.extend(of_contents(session, set)?),
            // What a model summed up is as good as what it read.
            EventBody::ContextCompacted { .. } | EventBody::TaskFinished { .. } | EventBody::AgentStarted(_) => {
                let taint = session.state.taint();
                draft.label = Some(draft.label.map_or_else(|| taint.clone(), |label| label.join(taint)));
            }
            _ => {}
        }
        if let Some(variable) = super::apart::keep(session, &mut draft, kept)? {
            kept += 1;
            dressed.push(variable);
        }
        dressed.push(draft);
    }
    Ok(dressed)
}

/// A result as it may be read: what a person would see of its text, and the label it has.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn clean(session: &Session<'_>, outcome: &mut ToolOutcome) -> Result<(), EngineError> {
    outcome.invisible += show(&mut outcome.content);
    outcome.label = of_result(session, outcome)?;
    Ok(())
}

/// The label of a result: as the tool says, and that of the contents it names, and secret if it holds a secret.
fn of_result(session: &Session<'_>, outcome: &ToolOutcome) -> Result<Label, EngineError> {
    let mut label = outcome.label.clone();
    if let Some(code) = &outcome.error
        && !OWN_WORDS.iter().any(|own| code.as_str().starts_with(own))
        && !label.is_tainted()
    {
        label = label.join(&Label::file("/mnt"));
    }
    of_joining(session, label, texts(&outcome.content))
}

/// The label of what joins the conversation: as it is told, that of the contents it names, and secret if it holds a secret.
fn of_joining<'t>(
    session: &Session<'_>,
    mut label: Label,
    mut texts: impl Iterator<Item = &'t str>,
) -> Result<Label, EngineError> {
    if label.sources.iter().any(|source| source.kind == SourceKind::File) {
        label = session
            .labels
            .of_sources(label, &session.workspace, session.state.grants())?;
    }
    if texts.any(|text| secret_content(text).is_some()) {
        label.confidentiality = Confidentiality::Secret;
    }
    Ok(label)
}

fn texts(content: &[Block]) -> impl Iterator<Item = &str> {
    content.iter().filter_map(Block::as_text)
}

fn known(label: Option<Label>) -> Label {
    label.unwrap_or_else(Label::unknown)
}

/// Leaves of texts what a person would see of them (`injection.md` 4.5 number 1), whatever tool they come from; gives the
/// number of characters taken out. Documents are cleaned where they are read, which also knows what they hide.
fn show(content: &mut [Block]) -> u64 {
    let mut taken_out = 0;
    for block in content {
        let Block::Text { text } = block else { continue };
        // What a terminal would write over the line before stands below it here.
        if text.contains('\r') {
            *text = text.replace("\r\n", "\n").replace('\r', "\n");
        }
        if let (Cow::Owned(seen), count) = visible(text) {
            // Colours of a terminal hide nothing.
            let controls = text
                .chars()
                .filter(|c| c.is_control() && !matches!(c, '\n' | '\t'))
                .count() as u64;
            taken_out += count.saturating_sub(controls);
            *text = seen;
        }
    }
    taken_out
}

/// Tells the log which contents a change-set brings that are worse than any file of their folders.
fn of_contents(session: &Session<'_>, set: &ChangeSet) -> Result<Option<EventDraft>, EngineError> {
    let Cause::Call { call } = &set.cause else {
        // The person's own undo brings back contents that have their labels already.
        return Ok(None);
    };
    let call = session.state.call(call);
    let mut label = session.state.taint().clone();
    if let Some(ran) = call.and_then(|call| call.ran.as_ref()) {
        label = label.join(&ran.outcome.label);
    } else if !call.is_some_and(|call| FROM_ARGUMENTS.contains(&call.call.name.as_str())) {
        label = session.labels.of_folders(label, session.state.grants())?;
    }
    if let Some(call) = call
        && let Some(taken) = super::Taken::of(session.known(), &call.call.id).label()
    {
        label = label.join(taken);
    }
    for change in &set.changes {
        if let FileState::File { hash, .. } = &change.before {
            label = label.join(&session.labels.of_content(hash)?);
        }
    }
    // A query in a document reads files while it is written.
    if call.is_some_and(|call| call.call.name == "Write" && call.call.input.to_string().contains("sql")) {
        label = session.labels.of_folders(label, session.state.grants())?;
    }
    let contents: Vec<_> = set
        .changes
        .iter()
        .filter_map(|change| match (&change.before, &change.after) {
            (FileState::File { hash: before, .. }, FileState::File { hash, .. }) if before == hash => None,
            (_, FileState::File { hash, .. }) => Some(*hash),
            _ => None,
        })
        .collect();
    if contents.is_empty() || !label.is_worse_than_file() {
        return Ok(None);
    }
    let grants = session.state.grants().iter();
    let folders = grants
        .filter(|grant| {
            set.changes
                .iter()
                .any(|change| change.path.grant() == Some(grant.name.as_str()))
        })
        .map(|grant| grant.folder.clone())
        .collect();
    Ok(Some(labelled(EventBody::ContentLabelled { contents, folders }, label)))
}
