//! Measuring the model on question sets whose right answers are known.
//!
//! A set is JSON lines: the first gives `kind`, `question` and `answer` type, each later one an item: `input`, what is
//! `expect`ed (any of several values) or what a text must `contain` (any, without regard to case) and must `lack`
//! (all); an item may override the first line's fields.

use std::time::Instant;

use deskhand_types::{AnswerType, Judge, JudgeKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Result, serve::Answerer};

/// From this confidence on a host may go on without asking the person.
pub const SURE: f32 = 0.5;

/// The built-in sets: name and text.
pub const SETS: [(&str, &str); 5] = [
    ("routing", include_str!("../eval/routing.jsonl")),
    ("classification", include_str!("../eval/classification.jsonl")),
    ("extraction", include_str!("../eval/extraction.jsonl")),
    ("description", include_str!("../eval/description.jsonl")),
    ("injection", include_str!("../eval/injection.jsonl")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    kind: JudgeKind,
    question: String,
    answer: AnswerType,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    kind: Option<JudgeKind>,
    question: Option<String>,
    answer: Option<AnswerType>,
    input: String,
    #[serde(default)]
    expect: Vec<Value>,
    #[serde(default)]
    contains: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
}

/// One question with what is right.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// The question.
    pub judge: Judge,
    expect: Vec<Value>,
    contains: Vec<String>,
    lacks: Vec<String>,
}

/// What became of one question.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Outcome {
    /// The set's name.
    pub set: String,
    /// The input's first characters.
    pub input: String,
    /// What was answered; `null` also for an error.
    pub answer: Value,
    /// What would have been right.
    pub expect: Vec<Value>,
    /// Whether it was.
    pub right: bool,
    /// The model's confidence.
    pub confidence: f32,
    /// Seconds.
    pub seconds: f64,
    /// The error, where there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Reads a set.
pub fn parse(text: &str) -> Result<Vec<Item>> {
    let bad = |error: serde_json::Error| Error::BadRequest(format!("question set: {error}"));
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let head: Head = serde_json::from_str(lines.next().unwrap_or_default()).map_err(bad)?;
    lines
        .map(|line| {
            let line: Line = serde_json::from_str(line).map_err(bad)?;
            let judge = Judge {
                kind: line.kind.unwrap_or(head.kind),
                question: line.question.unwrap_or_else(|| head.question.clone()),
                input: line.input,
                answer: line.answer.unwrap_or_else(|| head.answer.clone()),
            };
            Ok(Item {
                judge,
                expect: line.expect,
                contains: line.contains,
                lacks: line.lacks,
            })
        })
        .collect()
}

impl Item {
    /// Whether an answer is right.
    pub fn is_right(&self, answer: &Value) -> bool {
        let same = |expected: &Value| match (expected.as_f64(), answer.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() < 0.005,
            _ => match (expected.as_str(), answer.as_str()) {
                (Some(a), Some(b)) => a.to_lowercase() == b.to_lowercase(),
                _ => expected == answer,
            },
        };
        if !self.expect.is_empty() {
            return self.expect.iter().any(same);
        }
        let text = answer.as_str().unwrap_or_default().to_lowercase();
        self.contains.iter().any(|word| text.contains(&word.to_lowercase()))
            && !self.lacks.iter().any(|word| text.contains(&word.to_lowercase()))
    }
}

/// Asks every question of a set.
pub fn run(answerer: &mut dyn Answerer, set: &str, items: &[Item], tell: &mut dyn FnMut(&Outcome)) -> Vec<Outcome> {
    items
        .iter()
        .map(|item| {
            let started = Instant::now();
            let result = answerer.answer(&item.judge, None, None);
            let seconds = started.elapsed().as_secs_f64();
            let (answer, confidence, error) = match result {
                Ok(answer) => (answer.value.unwrap_or(Value::Null), answer.confidence, None),
                Err(error) => (Value::Null, 0.0, Some(error.to_string())),
            };
            let outcome = Outcome {
                set: set.to_owned(),
                input: item.judge.input.chars().take(60).collect(),
                right: error.is_none() && item.is_right(&answer),
                answer,
                expect: item.expect.clone(),
                confidence,
                seconds,
                error,
            };
            tell(&outcome);
            outcome
        })
        .collect()
}

/// A Markdown table of the rates, with the 95 % Wilson interval: samples are small, and it says how small.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut names: Vec<&str> = outcomes.iter().map(|outcome| outcome.set.as_str()).collect();
    names.dedup();
    let mut out = String::from(
        "| set | right | rate | 95 % interval | right of the sure ones | seconds an item (median, longest) |\n",
    );
    out.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for name in names {
        let of_set: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.set == name).collect();
        let right = of_set.iter().filter(|outcome| outcome.right).count();
        let mut seconds: Vec<f64> = of_set.iter().map(|outcome| outcome.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let median = seconds.get(seconds.len() / 2).copied().unwrap_or_default();
        let longest = seconds.last().copied().unwrap_or_default();
        let (low, high) = wilson(right, of_set.len());
        let sure: Vec<bool> = of_set
            .iter()
            .filter(|o| o.confidence >= SURE)
            .map(|o| o.right)
            .collect();
        let sure_right = sure.iter().filter(|right| **right).count();
        out.push_str(&format!(
            "| {name} | {right} of {} | {:.0} % | {:.0} to {:.0} % | {sure_right} of {} | {median:.1}, {longest:.1} |\n",
            of_set.len(),
            100.0 * right as f64 / of_set.len() as f64,
            100.0 * low,
            100.0 * high,
            sure.len(),
        ));
    }
    out
}

/// The 95 % Wilson score interval of a rate.
fn wilson(right: usize, all: usize) -> (f64, f64) {
    const Z: f64 = 1.96;
    let (n, p) = (all as f64, right as f64 / all as f64);
    let centre = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    ((centre - spread) / scale, (centre + spread) / scale)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_built_in_sets_are_well_formed() {
        for (name, text) in SETS {
            let items = parse(text).unwrap();
            assert!(items.len() >= 6, "{name}");
            for item in &items {
                assert!(
                    crate::schema::of(item.judge.kind, &item.judge.answer).is_ok(),
                    "{name}: {}",
                    item.judge.input
                );
                assert!(
                    item.expect.is_empty() != item.contains.is_empty(),
                    "{name}: {}",
                    item.judge.input
                );
                if let AnswerType::Enum(options) = &item.judge.answer {
                    // A right answer that is not offered would measure nothing.
                    assert!(
                        item.expect
                            .iter()
                            .all(|e| options.iter().any(|o| Some(o.as_str()) == e.as_str()))
                    );
                }
            }
        }
    }

    #[test]
    fn answers_are_compared_by_value() {
        let item = |expect: Value, contains: &[&str], lacks: &[&str]| Item {
            judge: Judge {
                kind: JudgeKind::Extract,
                question: String::new(),
                input: String::new(),
                answer: AnswerType::Number,
            },
            expect: expect.as_array().unwrap().clone(),
            contains: contains.iter().map(ToString::to_string).collect(),
            lacks: lacks.iter().map(ToString::to_string).collect(),
        };
        assert!(item(json!([345.6]), &[], &[]).is_right(&json!(345.60)));
        assert!(!item(json!([345.6]), &[], &[]).is_right(&json!(345.5)));
        assert!(item(json!(["Acme Inc."]), &[], &[]).is_right(&json!("ACME INC.")));
        assert!(item(json!([null]), &[], &[]).is_right(&json!(null)));
        assert!(!item(json!([null]), &[], &[]).is_right(&json!("x")));
        assert!(item(json!([]), &["recipe"], &["contract"]).is_right(&json!("A Recipe for cake")));
        assert!(!item(json!([]), &["recipe"], &["contract"]).is_right(&json!("A recipe, no: a contract")));
    }

    #[test]
    fn the_interval_is_wide_for_few_items() {
        let (low, high) = wilson(9, 10);
        assert!((low - 0.596).abs() < 0.001 && (high - 0.982).abs() < 0.001);
    }
}
