//! Keeping untrusted text apart from the conversation (`docs/decisions/0022-reading-apart.md`): results become variables on
//! their way into the log, and what a call takes from them comes in when it is judged and performed.

use std::borrow::Cow;

use deskhand_agent::{
    Task,
    variables::{self, Reference},
};
use deskhand_policy::flow::Parts;
use deskhand_types::{
    BlobStore, Block, CallId, Code, EventBody, EventDraft, Held, Integrity, Label, Reading, ToolCall, ToolOutcome,
    Variable,
};
use serde_json::{Value, json};

use super::Trail;
use crate::{
    EngineError,
    judging::Known,
    session::{Session, labelled},
    tools::{INSPECT, READ_VARIABLE},
};

/// Tools of our own whose arguments may come from variables, each with those that are content. All other parameters
/// decide what happens (a path, a command), so that the person is asked.
const TAKES: [(&str, &[&str]); 8] = [
    ("Write", &["content"]),
    ("Edit", &["old_string", "new_string"]),
    ("Read", &[]),
    ("Glob", &[]),
    ("Grep", &[]),
    ("MoveFile", &[]),
    ("DeleteFile", &[]),
    ("Bash", &[]),
];

/// Tools whose results are for the model to read as they are: what it asked to see, and tools that it is offered anyway.
const SHOWN: [&str; 2] = [INSPECT, "ToolSearch"];

/// Whether a task keeps untrusted text apart.
pub(crate) fn is_apart(state: &Task) -> bool {
    state.start().reading == Reading::Apart
}

/// What a model may hear of a value that is kept apart: that it is there. Whose data it is stays known, so that after a
/// secret nothing leaves unasked.
pub(crate) fn told_label(label: &Label) -> Label {
    Label {
        integrity: Integrity::Typed,
        ..label.clone()
    }
}

/// Keeps the content of an event apart where it has to be. Gives the event that tells of the variable.
///
/// # Errors
/// When the value cannot be stored.
pub(crate) fn keep(
    session: &Session<'_>,
    draft: &mut EventDraft,
    already: u64,
) -> Result<Option<EventDraft>, EngineError> {
    if !is_apart(&session.state) {
        return Ok(None);
    }
    let Some(label) = draft.label.clone().filter(Label::is_tainted) else {
        return Ok(None);
    };
    let number = session.state.variables().count() + already + 1;
    match &mut draft.body {
        // Its changes are judged by this label (`taint_of`); what it gave comes with the outcome of the call.
        EventBody::CommandFinished { .. } => {
            draft.label = Some(told_label(&label));
            Ok(None)
        }
        EventBody::ToolFinished { call, outcome } => {
            let tool = session.state.call(call).map_or("", |call| call.call.name.as_str());
            if SHOWN.contains(&tool) {
                return Ok(None);
            }
            let held = Held {
                content: std::mem::take(&mut outcome.content),
                data: outcome.data.clone(),
            };
            let variable = store(session, number, Some(call.clone()), tool, &held)?;
            outcome.content = vec![Block::text(line(&variable, &label, outcome.error.as_ref()))];
            outcome.label = told_label(&label);
            draft.label = Some(outcome.label.clone());
            Ok(Some(labelled(EventBody::VariableKept(Box::new(variable)), label)))
        }
        EventBody::FileAttached { path, content, .. } => {
            let held = Held {
                content: std::mem::take(content),
                data: Value::Null,
            };
            // The person named it, so its path is theirs.
            let variable = store(session, number, None, path.as_str(), &held)?;
            *content = vec![Block::text(line(&variable, &label, None))];
            draft.label = Some(told_label(&label));
            Ok(Some(labelled(EventBody::VariableKept(Box::new(variable)), label)))
        }
        _ => Ok(None),
    }
}

fn store(
    session: &Session<'_>,
    number: u64,
    call: Option<CallId>,
    from: &str,
    held: &Held,
) -> Result<Variable, EngineError> {
    let text = held.text();
    let images = held.content.iter().filter(|block| block.as_text().is_none()).count();
    let bytes = serde_json::to_vec(held).unwrap_or_default();
    Ok(Variable {
        number,
        call,
        from: from.to_owned(),
        hash: session.blobs.put(&bytes)?,
        chars: text.chars().count() as u64,
        shape: variables::shape(&text, images, &held.data),
    })
}

/// What the model sees of a variable. Nothing of it is the content's, nor the words of its source: names of files and of
/// pages are text of others, too.
fn line(variable: &Variable, label: &Label, error: Option<&Code>) -> String {
    let whose = match label.integrity {
        Integrity::GrantedFile => "files",
        Integrity::Connector => "a connector",
        Integrity::Web => "the web",
        _ => "unknown origin",
    };
    let failed = error.map_or_else(String::new, |code| {
        format!(" It failed ({code}); the variable says how.")
    });
    format!(
        "[{} holds what {} gave: {}, {} characters, from {whose}, not to be trusted.{failed}]",
        variable.name(),
        variable.from,
        variable.shape,
        variable.chars
    )
}

/// What a variable holds.
pub(crate) fn held(blobs: &dyn BlobStore, variable: &Variable) -> Option<Held> {
    let bytes = blobs.get(&variable.hash).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// A call with the values its arguments refer to. What is logged is the call as the model made it.
pub(crate) fn whole<'c>(known: Known<'_>, call: &'c ToolCall) -> Result<Cow<'c, ToolCall>, Box<ToolOutcome>> {
    if !is_apart(known.state) || matches!(call.name.as_str(), READ_VARIABLE | INSPECT) {
        return Ok(Cow::Borrowed(call));
    }
    let content = content(known.trail, &call.name);
    let is_content = |param: &str| content.contains(&param);
    if variables::references(&call.input, &is_content).is_empty() {
        return Ok(Cow::Borrowed(call));
    }
    if !takes(known.trail, &call.name) {
        let text = format!(
            "{} takes no variables. They can be passed to tools of connectors, to Write and Edit as content, and, after the \
             person was asked, as paths and commands.",
            call.name
        );
        return Err(Box::new(ToolOutcome::failed(Code::new("tool.variable"), text)));
    }
    let input = variables::expand(&call.input, &is_content, &mut |_, reference| value(known, reference))?;
    Ok(Cow::Owned(ToolCall { input, ..call.clone() }))
}

fn value(known: Known<'_>, reference: &Reference) -> Result<Value, Box<ToolOutcome>> {
    let missing = |why: String| Box::new(ToolOutcome::failed(Code::new("tool.variable"), why));
    let Some((variable, _)) = known.state.variables().get(reference.number) else {
        let count = known.state.variables().count();
        return Err(missing(format!(
            "There is no variable {reference}; there are {count} of them, the first is $v1."
        )));
    };
    let Some(held) = held(known.blobs, variable) else {
        return Err(missing(format!(
            "What {reference} holds is not there any more. Call the tool again."
        )));
    };
    if reference.part.is_empty() {
        return Ok(json!(held.text()));
    }
    variables::part(&held.data, &reference.part)
        .cloned()
        .ok_or_else(|| missing(format!("There is no such part as {reference}. Nothing was done.")))
}

/// The parameters of a tool that are content.
fn content<'t>(trail: &'t Trail, tool: &str) -> Vec<&'t str> {
    match TAKES.iter().find(|(name, _)| *name == tool) {
        Some((_, content)) => content.to_vec(),
        None => trail
            .sinks
            .get(tool)
            .filter(|_| trail.sinks.is_connector(tool))
            .map(|sink| sink.payload.iter().map(String::as_str).collect())
            .unwrap_or_default(),
    }
}

fn takes(trail: &Trail, tool: &str) -> bool {
    trail.sinks.is_connector(tool) || TAKES.iter().any(|(name, _)| *name == tool)
}

/// What a call takes from variables: the parameters, and the join of their labels.
pub(crate) struct Taken {
    params: Vec<String>,
    content: Vec<String>,
    label: Option<Label>,
    own: bool,
}

impl Taken {
    /// That of a call of the turn in work.
    pub fn of(known: Known<'_>, call: &CallId) -> Self {
        let mut taken = Self {
            params: Vec::new(),
            content: Vec::new(),
            label: None,
            own: false,
        };
        let made = known.state.call(call).filter(|_| is_apart(known.state));
        // What they are called with names a variable, and takes nothing from it.
        let Some(call) = made
            .map(|made| &made.call)
            .filter(|call| !matches!(call.name.as_str(), READ_VARIABLE | INSPECT))
        else {
            return taken;
        };
        let content = content(known.trail, &call.name);
        for (param, reference) in variables::references(&call.input, &|param| content.contains(&param)) {
            if let Some((_, label)) = known.state.variables().get(reference.number) {
                taken.label = Some(taken.label.map_or_else(|| label.clone(), |joined| joined.join(label)));
            }
            taken.params.push(param);
        }
        taken.content = content.into_iter().map(str::to_owned).collect();
        taken.own = !known.trail.sinks.is_connector(&call.name);
        taken
    }

    /// The join of the labels of what it takes.
    pub const fn label(&self) -> Option<&Label> {
        self.label.as_ref()
    }

    /// As the policy takes it.
    pub fn judged<R>(&self, state: &Task, decide: impl FnOnce(&Parts<'_>) -> R) -> R {
        let content: Vec<&str> = self.content.iter().map(String::as_str).collect();
        decide(&Parts {
            params: self.params.iter().map(String::as_str).collect(),
            content: &content,
            own: self.own,
            label: self.label.as_ref(),
            answers: state.variables().answers(),
        })
    }
}

/// The label a call is judged under: the context's, and for the changes of a command what the command could read.
pub(crate) fn taint_of<'s>(state: &'s Task, call: &CallId) -> Cow<'s, Label> {
    let taint = state.taint();
    match state.call(call).and_then(|call| call.ran.as_ref()) {
        Some(ran) if is_apart(state) => Cow::Owned(taint.join(&ran.outcome.label)),
        _ => Cow::Borrowed(taint),
    }
}
