//! `Judge`: one bounded question about one item to the small local model. Only recipes use it; no remote model is
//! offered it. The answer is one of a fixed set or a short value: it can falsify a field, never choose a tool or a path.

use deskhand_models::local::LocalModel;
use deskhand_types::{AnswerType, Code, Coded, EffectClass, Judge, JudgeKind, Label, ToolCall, ToolDef, ToolOutcome};
use serde::Deserialize;
use serde_json::json;

use super::{Bench, Proposal, Work, arguments};

/// The tool's name.
pub(super) const NAME: &str = "Judge";

/// A question for the local model.
pub(crate) struct Judgement {
    question: Judge,
}

#[derive(Deserialize)]
struct Arguments {
    #[serde(default)]
    kind: Option<JudgeKind>,
    question: String,
    input: String,
    answer: Answer,
}

/// The shape of the answer, as recipes word it.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Answer {
    Enum {
        options: Vec<String>,
    },
    Text {
        #[serde(default = "default_chars")]
        max_chars: u32,
    },
    Date,
    Number,
}

const fn default_chars() -> u32 {
    200
}

/// What recipes see of it. Offered to them alone, and only where a local model is installed.
pub(crate) fn def() -> ToolDef {
    super::def(
        NAME,
        "Asks the small local model one bounded question about one item.",
        json!({
            "type": "object",
            "properties": {"kind": {}, "question": {"type": "string"}, "input": {"type": "string"}, "answer": {"type": "object"}},
            "required": ["question", "input", "answer"]
        }),
    )
}

pub(super) fn propose(call: &ToolCall, _bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
    let Arguments {
        kind,
        question,
        input,
        answer,
    } = arguments(
        call,
        &json!({"question": "…", "input": "…", "answer": {"type": "enum", "options": []}}),
    )?;
    let summary = format!("Ask the local model: {question}");
    let (usual, answer) = match answer {
        Answer::Enum { options } => (JudgeKind::Classify, AnswerType::Enum(options)),
        Answer::Text { max_chars } => (JudgeKind::Extract, AnswerType::Text { max_chars }),
        Answer::Date => (JudgeKind::Extract, AnswerType::Date),
        Answer::Number => (JudgeKind::Extract, AnswerType::Number),
    };
    let judgement = Judgement {
        question: Judge {
            kind: kind.unwrap_or(usual),
            question,
            input,
            answer,
        },
    };
    Ok(Proposal {
        effect: EffectClass::None,
        paths: Vec::new(),
        summary,
        preview: None,
        tier: None,
        work: Work::Judge(Box::new(judgement)),
    })
}

impl Judgement {
    /// Asks. Without a local model the result is an error recipes have a branch for.
    pub async fn run(self, local: Option<&LocalModel>) -> ToolOutcome {
        let Some(local) = local else {
            return ToolOutcome::failed(Code::new("local-model.unavailable"), "No local model is installed.");
        };
        match local.judge(self.question).await {
            // What the model read came from files, and so did its answer.
            Ok(answer) => {
                let label = Label::file("local model's answer");
                let text = answer
                    .value
                    .as_ref()
                    .map_or_else(|| "(not there)".to_owned(), ToString::to_string);
                let data = json!({"answer": answer.value, "confidence": answer.confidence});
                ToolOutcome::text(text, label, "The local model answered").with_data(data)
            }
            Err(error) => ToolOutcome::failed(error.code(), error.to_string()),
        }
    }
}
