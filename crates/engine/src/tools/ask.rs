//! `AskUserQuestion`: asks the person.

use deskhand_types::{Ask, EffectClass, Question, ToolCall, ToolDef, ToolOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, Work, arguments, def, failed};

const MAX_QUESTIONS: usize = 10;
const MAX_OPTIONS: usize = 20;

pub(super) struct AskUserQuestion;

#[derive(Deserialize)]
struct Arguments {
    questions: Vec<Question>,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"questions": {"type": "array", "items": {
            "type": "object",
            "properties": {
                "question": {"type": "string"},
                "header": {"type": "string", "description": "one or two words"},
                "options": {"type": "array", "items": {
                    "type": "object",
                    "properties": {"label": {"type": "string"}, "description": {"type": "string"}},
                    "required": ["label"]
                }},
                "multiSelect": {"type": "boolean"}
            },
            "required": ["question", "options"]
        }}},
        "required": ["questions"]
    })
}

impl Tool for AskUserQuestion {
    fn def(&self) -> ToolDef {
        def(
            "AskUserQuestion",
            "Asks the person. Use it before real work when the outcome is unclear. Give 2-4 options each; own words are always possible.",
            schema(),
        )
    }

    fn propose(&self, call: &ToolCall, _bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        let Arguments { questions } = arguments(call, &schema())?;
        if questions.is_empty()
            || questions.len() > MAX_QUESTIONS
            || questions.iter().any(|q| q.options.len() > MAX_OPTIONS)
        {
            return Err(failed(
                "tool.arguments",
                format!("Ask 1 to {MAX_QUESTIONS} questions with at most {MAX_OPTIONS} options each."),
            ));
        }
        let summary = questions
            .first()
            .map(|question| question.question.clone())
            .unwrap_or_default();
        Ok(Proposal {
            effect: EffectClass::None,
            paths: Vec::new(),
            summary,
            preview: None,
            tier: None,
            work: Work::Ask(Ask::Questions { questions }),
        })
    }
}
