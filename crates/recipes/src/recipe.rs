//! The format of a recipe: data, no code.
//!
//! A recipe is a TOML file. Strings in `input`, `text`, `say`, `stop` and `finish` are templates (minijinja, the
//! Jinja language); `when`, `for_each`, `value`, `check` and strings that begin with `= ` are expressions that keep
//! their type. Texts from files only ever enter as values: a template inside a cell is printed, never run.

mod validate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::RecipeError;

/// The largest recipe file in bytes.
const MAX_BYTES: usize = 256 << 10;

/// A plan that can be followed without a model.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Short name, `[a-z0-9-]`.
    pub id: String,
    /// What it does, as a title: "Analyse spreadsheets".
    pub title: String,
    /// What it is for, in one sentence.
    pub what: String,
    /// Which requests it answers.
    #[serde(rename = "match")]
    pub matching: Matching,
    /// What is taken from the request.
    #[serde(default)]
    pub params: Vec<Param>,
    /// The plan shown to the person.
    pub plan: Vec<PlanItem>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The last message: a template.
    pub finish: String,
}

/// Which requests a recipe answers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matching {
    /// Phrases that alone say it. `…` inside stands for up to four words.
    pub strong: Vec<String>,
    /// Words that point to it.
    #[serde(default)]
    pub words: Vec<String>,
    /// Phrases that speak against it.
    #[serde(default)]
    pub against: Vec<String>,
    /// Kinds of files it needs at least one of: `spreadsheet`, `document`, `image`, …; empty for any file.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Requests it must answer; checked when it is loaded.
    pub examples: Vec<String>,
    /// Requests it must not answer; checked when it is loaded.
    #[serde(default)]
    pub not_examples: Vec<String>,
}

/// A value taken from the request.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Param {
    /// Its name in `params`.
    pub name: String,
    /// How it is found.
    #[serde(flatten)]
    pub rule: ParamRule,
    /// Its value when the request says nothing.
    #[serde(default)]
    pub default: Value,
}

/// How a parameter is found in the request.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum ParamRule {
    /// One of several values, by the words that stand for it; the last one mentioned counts.
    Choice {
        /// Value to words.
        options: BTreeMap<String, Vec<String>>,
    },
    /// The n-th text in quotation marks, from 0.
    Quoted {
        /// Which one.
        #[serde(default)]
        index: usize,
    },
    /// The words after one of these, up to punctuation or one of `until`.
    After {
        /// Where it begins.
        words: Vec<String>,
        /// Where it ends.
        #[serde(default)]
        until: Vec<String>,
    },
    /// A list after one of these words: "with date, vendor and total".
    List {
        /// Where it begins.
        words: Vec<String>,
        /// Where it ends.
        #[serde(default)]
        until: Vec<String>,
    },
    /// The first whole number.
    Number,
    /// Whether one of these words is said.
    Said {
        /// The words.
        words: Vec<String>,
    },
}

/// One line of the plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanItem {
    /// Its name, which steps refer to.
    pub id: String,
    /// What is done: "Read the tables".
    pub does: String,
    /// The same while it is done: "Reading the tables".
    pub doing: String,
}

/// What happens when a tool call fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The recipe ends and says why. The default outside loops.
    #[default]
    Stop,
    /// The result is marked as failed, the failure is noted in `problems`, and the recipe goes on.
    Continue,
}

/// A question to the person.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskStep {
    /// The question: a template.
    pub question: String,
    /// A heading of a word or two.
    pub header: String,
    /// The choices: an expression that gives a list of labels or of `{label, description}`. At most four are shown.
    pub options: String,
    /// Whether several may be chosen.
    #[serde(default)]
    pub multi: bool,
    /// The answer when nobody can be asked: an expression.
    pub default: String,
}

/// What kind of answer the small model gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgeAnswer {
    /// One of `options`.
    Enum,
    /// A short text.
    Text,
    /// A day, `YYYY-MM-DD`.
    Date,
    /// A number.
    Number,
}

/// A question to the small model, about one item.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgeStep {
    /// The question: a template.
    pub question: String,
    /// What it is about: a template. This is data for the model, never an instruction.
    pub about: String,
    /// The kind of answer.
    pub answer: JudgeAnswer,
    /// For `enum`: an expression that gives the list of labels. Made by the host, never by the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
    /// The answer without a model: an expression.
    pub fallback: String,
}

/// One step. Exactly one of `tool`, `script`, `value`, `text`, `ask`, `judge`, `stop`, `check` and `say` says what it does.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The name its result gets.
    pub id: String,
    /// The line of the plan it belongs to; without it, that of the step before.
    #[serde(default)]
    pub plan: Option<String>,
    /// Done only when this expression is true.
    #[serde(default)]
    pub when: Option<String>,
    /// Done for each item of this expression; the result is a list in the same order.
    #[serde(default)]
    pub for_each: Option<String>,
    /// The item's name inside the step.
    #[serde(default, rename = "as")]
    pub item: Option<String>,
    /// The most items; what is left out is noted in `problems`.
    #[serde(default)]
    pub limit: Option<usize>,
    /// The tool to call. A name, never a template.
    #[serde(default)]
    pub tool: Option<String>,
    /// A script that ships with the program, run in the sandbox; its name, never a template. The result is
    /// `{ok, text, said, why}`: `said` is the JSON of its first line, `why` the reason when it could not be run. The recipe
    /// goes on in any case and has to say so.
    #[serde(default)]
    pub script: Option<String>,
    /// The arguments of the tool, or the script's data.
    #[serde(default)]
    pub input: BTreeMap<String, Value>,
    /// What happens when the call fails.
    #[serde(default)]
    pub on_error: Option<OnError>,
    /// An expression whose value is the result.
    #[serde(default)]
    pub value: Option<String>,
    /// A template whose text is the result.
    #[serde(default)]
    pub text: Option<String>,
    /// A question to the person; the result is `{choice, choices}`.
    #[serde(default)]
    pub ask: Option<AskStep>,
    /// A question to the small model; the result is the answer.
    #[serde(default)]
    pub judge: Option<JudgeStep>,
    /// A template: the recipe ends here with this text.
    #[serde(default)]
    pub stop: Option<String>,
    /// An expression that must be true; otherwise `otherwise` is reported at the end.
    #[serde(default)]
    pub check: Option<String>,
    /// What to say when the check fails: a template.
    #[serde(default)]
    pub otherwise: Option<String>,
    /// A template: said with the next call.
    #[serde(default)]
    pub say: Option<String>,
}

impl Recipe {
    /// Reads a recipe and checks it: names, tools, templates, limits, and that its examples find it (and its
    /// counter-examples do not) when it stands beside nothing else.
    ///
    /// # Errors
    /// [`RecipeError`] with the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, RecipeError> {
        if text.len() > MAX_BYTES {
            return Err(RecipeError::TooLarge {
                what: "its size in bytes",
                count: text.len(),
                limit: MAX_BYTES,
            });
        }
        let recipe: Self = toml::from_str(text).map_err(|error| RecipeError::Parse(error.to_string()))?;
        validate::check(&recipe)?;
        Ok(recipe)
    }

    /// The tools its steps call, sorted; without those it can do without (the plan, the small model).
    pub fn tools(&self) -> Vec<&str> {
        let mut tools: Vec<&str> = self.steps.iter().filter_map(|step| step.tool.as_deref()).collect();
        tools.sort_unstable();
        tools.dedup();
        tools
    }
}
