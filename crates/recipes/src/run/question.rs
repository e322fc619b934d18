//! Questions: to the person, and to the small model.

use minijinja::Value;
use serde_json::{Value as Json, json};

use super::{Halt, Run};
use crate::expression::{from_json, to_json};
use crate::recipe::{AskStep, JudgeAnswer, JudgeStep, Step};
use crate::text::cut;

/// The most choices shown.
const MAX_OPTIONS: usize = 4;
/// The longest label of a choice.
const MAX_LABEL: usize = 60;
/// What the small model is given of a text: its prompt must stay short.
const MAX_ABOUT: usize = 1500;
/// The longest text the small model may answer.
const MAX_ANSWER: usize = 300;

impl Run<'_> {
    /// Asks the person; `{choice, choices}`. Without anybody to ask the default holds.
    pub(super) fn ask(&mut self, step: &Step, ask: &AskStep) -> Result<Value, Halt> {
        let default = |run: &Self| -> Result<Value, Halt> {
            let choice = run.eval(step, &ask.default)?;
            let choices = vec![choice.clone()];
            Ok(Value::from_pairs([
                ("choice", choice),
                ("choices", Value::from(choices)),
            ]))
        };
        if !self.conversation.has_tool("AskUserQuestion") {
            return default(self);
        }
        let options: Vec<Json> = match to_json(&self.eval(step, &ask.options)?) {
            Json::Array(items) => items.iter().filter_map(option).take(MAX_OPTIONS).collect(),
            _ => Vec::new(),
        };
        let question = self.render(&step.id, &ask.question)?;
        let input = json!({"questions": [{
            "question": question.trim(), "header": ask.header, "options": options, "multiSelect": ask.multi,
        }]});
        let Some(recorded) = self.replay.call("AskUserQuestion", input)? else {
            return Err(Halt::Wait);
        };
        let choices: Vec<String> = recorded
            .data
            .get("answers")
            .and_then(|answers| answers.get(0))
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(|answer| answer.as_str().map(str::to_owned))
            .collect();
        match choices.first() {
            Some(first) if recorded.ok => Ok(from_json(&json!({"choice": first, "choices": choices}))),
            _ => default(self),
        }
    }

    /// Asks the small model about one item. An answer outside what was asked for counts as none.
    pub(super) fn judge(&mut self, step: &Step, judge: &JudgeStep) -> Result<Value, Halt> {
        if self.model_gone {
            return self.eval(step, &judge.fallback);
        }
        let options: Option<Vec<String>> = match &judge.options {
            Some(expression) => match to_json(&self.eval(step, expression)?) {
                Json::Array(items) => Some(
                    items
                        .iter()
                        .filter_map(|item| item.as_str().map(str::to_owned))
                        .collect(),
                ),
                _ => Some(Vec::new()),
            },
            None => None,
        };
        let mut answer = json!({"type": judge.answer});
        if let (Some(options), Some(map)) = (&options, answer.as_object_mut()) {
            map.insert("options".to_owned(), json!(options));
        }
        let question = self.render(&step.id, &judge.question)?;
        let about = self.render(&step.id, &judge.about)?;
        let input = json!({"question": question.trim(), "input": cut(about.trim(), MAX_ABOUT), "answer": answer});
        let Some(recorded) = self.replay.call("Judge", input)? else {
            return Err(Halt::Wait);
        };
        if !recorded.ok {
            // Whatever the reason: the next question would fail alike.
            self.model_gone = true;
            return self.eval(step, &judge.fallback);
        }
        let given = recorded.data.get("answer").unwrap_or(&Json::Null);
        let fits = match judge.answer {
            JudgeAnswer::Enum => given
                .as_str()
                .filter(|text| options.iter().flatten().any(|o| o == text))
                .map(Json::from),
            JudgeAnswer::Text => given
                .as_str()
                .map(|text| Json::from(cut(text.trim(), MAX_ANSWER)))
                .filter(|v| v != ""),
            JudgeAnswer::Date => given
                .as_str()
                .and_then(|text| crate::text::dates::find(text).into_iter().next())
                .map(Json::from),
            JudgeAnswer::Number => given
                .as_f64()
                .or_else(|| given.as_str()?.trim().parse().ok())
                .filter(|v| v.is_finite())
                .map(Json::from),
        };
        match fits {
            Some(value) => Ok(from_json(&value)),
            None => self.eval(step, &judge.fallback),
        }
    }
}

/// A choice: a label, or `{label, description}`.
fn option(item: &Json) -> Option<Json> {
    let text = |value: &Json| {
        value
            .as_str()
            .map(|text| cut(&text.split_whitespace().collect::<Vec<_>>().join(" "), 200))
    };
    let label = text(item).or_else(|| text(item.get("label")?))?;
    let description = item.get("description").and_then(text).unwrap_or_default();
    (!label.is_empty()).then(|| json!({"label": cut(&label, MAX_LABEL), "description": description}))
}
