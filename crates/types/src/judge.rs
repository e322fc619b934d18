//! One typed question about one item, and its answer: what recipes may ask a small local model.
//!
//! Architecture invariant: there is no shape in here that could name a tool, a path or a next step. The host builds
//! the set of possible answers; whoever answers can only choose among them or fill a bounded field.

use serde::{Deserialize, Serialize};

use crate::Code;

/// What a question is for; it selects the wording around it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JudgeKind {
    /// Which of the named recipes serves a request.
    Route,
    /// One field out of a document. "Not there" is a possible answer.
    Extract,
    /// Which of the named classes a document belongs to.
    Classify,
    /// A short description of a document.
    Describe,
}

/// The shape an answer must have.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerType {
    /// One of these values, as written. 1 to 64 distinct values of 1 to 120 characters.
    Enum(Vec<String>),
    /// Text of at most so many characters (1 to 600), on one line.
    Text {
        /// The most characters.
        max_chars: u32,
    },
    /// A calendar date, ISO 8601 (`2026-03-14`).
    Date,
    /// A decimal number: sign, digits, one point; no unit.
    Number,
}

/// One question about one item.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Judge {
    /// What it is for.
    pub kind: JudgeKind,
    /// The question, written by the host or a recipe. At most 4,000 characters.
    pub question: String,
    /// The item: a person's request or text of a document. Data, never instructions.
    pub input: String,
    /// The shape of the answer.
    pub answer: AnswerType,
}

/// A request on the wire to the local model's process: one JSON object a line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct JudgeRequest {
    /// Chosen by the caller, given back in the reply.
    pub id: u64,
    /// The question.
    #[serde(flatten)]
    pub judge: Judge,
    /// The most tokens of the answer; the process's own limit holds as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Give up after so many milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
}

/// How many tokens a reply took.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct JudgeTokens {
    /// Of the whole prompt.
    pub prompt: u32,
    /// Of these, taken over from the question before (not computed again).
    pub reused: u32,
    /// Of the answer.
    pub answer: u32,
}

/// What was left out of an input that was too long: its middle.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct JudgeCut {
    /// Tokens of the input the model saw.
    pub kept: u32,
    /// Tokens of the input.
    pub total: u32,
}

/// A reply on the wire.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct JudgeReply {
    /// The request's id; 0 when the request could not be read.
    pub id: u64,
    /// The answer or why there is none.
    #[serde(flatten)]
    pub outcome: JudgeOutcome,
}

/// The answer or why there is none.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum JudgeOutcome {
    /// Answered.
    Answered {
        /// A value of the asked type; absent where the item does not hold one (`extract` alone).
        answer: Option<serde_json::Value>,
        /// How sure the model is of it, 0 to 1: the probability of the answer among the answers allowed.
        /// A model's own estimate, good for ranking and thresholds, not a measured rate.
        confidence: f32,
        /// Tokens used.
        tokens: JudgeTokens,
        /// Wall time in milliseconds.
        ms: u64,
        /// Present when the input was too long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cut: Option<JudgeCut>,
    },
    /// Not answered.
    Failed {
        /// Why.
        error: JudgeFailure,
    },
}

/// Why a question was not answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct JudgeFailure {
    /// The stable code, `local-model.…`.
    pub code: Code,
    /// For a person.
    pub message: String,
}

/// The first line the process writes, once the weights are loaded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct JudgeReady {
    /// Always `"deskhand-local-model/1"`.
    pub protocol: String,
    /// The model's id (`qwen2.5-coder-1.5b-instruct-q4_k_m`).
    pub model: String,
    /// Threads it computes with.
    pub threads: u32,
    /// Milliseconds the load took.
    pub load_ms: u64,
}

/// The protocol's name and version.
pub const JUDGE_PROTOCOL: &str = "deskhand-local-model/1";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_wire_form_is_stable() {
        let request = JudgeRequest {
            id: 7,
            judge: Judge {
                kind: JudgeKind::Route,
                question: "Which?".into(),
                input: "tidy up".into(),
                answer: AnswerType::Enum(vec!["rename".into(), "none".into()]),
            },
            max_tokens: None,
            deadline_ms: Some(5000),
        };
        let wire = json!({
            "id": 7, "kind": "route", "question": "Which?", "input": "tidy up",
            "answer": {"enum": ["rename", "none"]}, "deadline_ms": 5000,
        });
        assert_eq!(serde_json::to_value(&request).unwrap(), wire);
        assert_eq!(serde_json::from_value::<JudgeRequest>(wire).unwrap(), request);
        assert_eq!(
            serde_json::to_value(AnswerType::Text { max_chars: 80 }).unwrap(),
            json!({"text": {"max_chars": 80}})
        );
        assert_eq!(serde_json::to_value(AnswerType::Date).unwrap(), json!("date"));
    }

    #[test]
    fn replies_of_both_kinds_are_told_apart() {
        let answered = json!({"id": 1, "answer": null, "confidence": 0.5,
            "tokens": {"prompt": 9, "reused": 4, "answer": 2}, "ms": 12});
        assert_eq!(
            serde_json::from_value::<JudgeReply>(answered).unwrap().outcome,
            JudgeOutcome::Answered {
                answer: None,
                confidence: 0.5,
                tokens: JudgeTokens {
                    prompt: 9,
                    reused: 4,
                    answer: 2
                },
                ms: 12,
                cut: None
            }
        );
        let failed = json!({"id": 1, "error": {"code": "local-model.deadline", "message": "too slow"}});
        let failure = JudgeFailure {
            code: Code::new("local-model.deadline"),
            message: "too slow".into(),
        };
        assert_eq!(
            serde_json::from_value::<JudgeReply>(failed).unwrap().outcome,
            JudgeOutcome::Failed { error: failure }
        );
    }
}
