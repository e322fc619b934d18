//! `ReadVariable` and `Inspect`: how a model that reads nothing untrusted gets at what was kept apart.

use deskhand_types::{Code, EffectClass, ToolCall, ToolDef, ToolOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Proposal, Work, arguments, def, failed};
use crate::{
    flow::{Question, Wanted, held},
    session::Session,
};

/// Asks the reader.
pub(crate) const READ_VARIABLE: &str = "ReadVariable";
/// Shows the text itself.
pub(crate) const INSPECT: &str = "Inspect";

/// Characters of a question.
const MAX_QUESTION: usize = 2_000;

#[derive(Deserialize)]
struct ReadArguments {
    variable: String,
    question: String,
    answer: Wanted,
}

#[derive(Deserialize)]
struct InspectArguments {
    variable: String,
}

fn read_schema() -> Value {
    json!({"type": "object", "required": ["variable", "question", "answer"], "properties": {
        "variable": {"type": "string", "description": "$v1"},
        "question": {"type": "string"},
        "answer": {"type": "object", "required": ["type"], "properties": {
            "type": {"enum": ["boolean", "number", "date", "enum", "text"]},
            "options": {"type": "array", "items": {"type": "string"}, "description": "for enum: the possible answers"},
            "max_chars": {"type": "integer", "description": "for text: at most 2000"}}}}})
}

fn inspect_schema() -> Value {
    json!({"type": "object", "required": ["variable"], "properties": {"variable": {"type": "string"}}})
}

/// What a model whose task keeps untrusted text apart is offered besides.
pub(crate) fn for_reading_apart() -> [ToolDef; 2] {
    [
        def(
            READ_VARIABLE,
            "Has one question about a variable answered by a reader that sees nothing else. Numbers, dates, booleans and \
             enums come back as values; text comes back as another variable.",
            read_schema(),
        ),
        def(
            INSPECT,
            "Shows you the text of a variable. From then on the person is asked more, so use it only when ReadVariable \
             cannot do.",
            inspect_schema(),
        ),
    ]
}

/// What a call of one of them would do; `None` when it is another tool's.
pub(crate) fn propose_variable(session: &Session<'_>, call: &ToolCall) -> Option<Result<Proposal, Box<ToolOutcome>>> {
    match call.name.as_str() {
        READ_VARIABLE => Some(propose_read(session, call)),
        INSPECT => Some(propose_inspect(session, call)),
        _ => None,
    }
}

fn number(session: &Session<'_>, name: &str) -> Result<u64, Box<ToolOutcome>> {
    let reference = deskhand_agent::variables::Reference::parse(name.trim()).filter(|found| found.part.is_empty());
    reference
        .map(|found| found.number)
        .filter(|number| session.state.variables().get(*number).is_some())
        .ok_or_else(|| {
            let shown: String = name.chars().take(40).collect();
            failed("tool.variable", format!("There is no variable `{shown}`."))
        })
}

fn propose_read(session: &Session<'_>, call: &ToolCall) -> Result<Proposal, Box<ToolOutcome>> {
    let asked: ReadArguments = arguments(call, &read_schema())?;
    if asked.question.trim().is_empty() || asked.question.chars().count() > MAX_QUESTION {
        let text = format!("A question has 1 to {MAX_QUESTION} characters.");
        return Err(failed("tool.arguments", text));
    }
    asked.answer.check().map_err(|why| failed("tool.arguments", why))?;
    let variable = number(session, &asked.variable)?;
    Ok(Proposal {
        effect: EffectClass::Read,
        paths: Vec::new(),
        summary: format!("Ask the reader about $v{variable}: {}", asked.question),
        preview: None,
        tier: None,
        work: Work::ReadVariable(Box::new(Question {
            variable,
            text: asked.question,
            wanted: asked.answer,
        })),
    })
}

fn propose_inspect(session: &Session<'_>, call: &ToolCall) -> Result<Proposal, Box<ToolOutcome>> {
    let InspectArguments { variable } = arguments(call, &inspect_schema())?;
    let number = number(session, &variable)?;
    let Some((variable, label)) = session.state.variables().get(number).cloned() else {
        return Err(failed("tool.variable", "There is no such variable."));
    };
    let Some(held) = held(&*session.blobs, &variable) else {
        return Err(failed(
            "tool.variable",
            "What it holds is not there any more. Call the tool again.",
        ));
    };
    let summary = format!("Look at {}", variable.name());
    Ok(Proposal::look(Vec::new(), summary.clone(), move || ToolOutcome {
        invisible: 0,
        content: held.content,
        data: held.data,
        error: None::<Code>,
        label,
        summary,
    }))
}
