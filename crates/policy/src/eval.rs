//! `policy eval`: replays recorded tasks with the worst-case model and counts what would run unasked (`injection.md` 2 and
//! 3). Pure: takes the parsed file, gives numbers.
//!
//! It works for suites it has never seen: all it knows of a tool is what the file's `tools`, `policy_meta` and `directory`
//! say. In a suite that `policy_meta` describes, a tool of the suite that it does not name only reads. The tools of a suite
//! that it does not describe are judged by their schemas, as a stranger's tool is in the product; and a tool that is
//! nowhere in the file may do anything.

mod golden;
mod reach;
mod replay;
mod suite;
mod tools;

use serde::Serialize;
use serde_json::Value;

use crate::flow::{LexiconError, Lexicons, Strength, ToolWords};

pub use golden::Difference;
pub use replay::{Leak, PairResult, Replay, TaskResult};
pub use suite::Data;

/// Which policy is replayed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Policy {
    /// P6: taint only.
    TaintOnly,
    /// P11: the floor as the reference evaluator has it.
    Bound,
    /// P14: planner first, quarantined reader.
    PlannerFirst,
    /// What Deskhand ships.
    #[default]
    Shipped,
}

impl std::str::FromStr for Policy {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "P6" => Ok(Self::TaintOnly),
            "P11" => Ok(Self::Bound),
            "P14" => Ok(Self::PlannerFirst),
            "default" => Ok(Self::Shipped),
            _ => Err(()),
        }
    }
}

impl Policy {
    /// The name used in files and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TaintOnly => "P6",
            Self::Bound => "P11",
            Self::PlannerFirst => "P14",
            Self::Shipped => "default",
        }
    }

    fn strength(self) -> Strength {
        match self {
            Self::TaintOnly => Strength::TaintOnly,
            Self::Bound | Self::PlannerFirst => Strength::Bound,
            Self::Shipped => Strength::Shipped,
        }
    }

    fn lexicons(self) -> Result<Lexicons, LexiconError> {
        match self {
            Self::Shipped => Lexicons::shipped(),
            Self::TaintOnly | Self::Bound | Self::PlannerFirst => Lexicons::reference(),
        }
    }
}

/// A data file cannot be replayed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EvalError {
    /// It is not of the form.
    #[error("the data file is not of the form: {0}")]
    Form(String),
    /// It has no task of the benchmark version.
    #[error("the data file has no task{}", .0.as_ref().map(|version| format!(" of version {version}")).unwrap_or_default())]
    NoTask(Option<String>),
    /// A shipped lexicon is broken.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
}

impl deskhand_types::Coded for EvalError {
    fn code(&self) -> deskhand_types::Code {
        deskhand_types::Code::new(match self {
            Self::Form(_) => "policy.eval-form",
            Self::NoTask(_) => "policy.eval-no-task",
            Self::Lexicon(_) => "policy.lexicon",
        })
    }
    fn hint(&self) -> Option<String> {
        Some(
            "the form is that of `agentdojo-ground-truth.json`: suites with tools, user_tasks and injection_tasks"
                .to_owned(),
        )
    }
}

/// The numbers of a replay. `pairs` are those whose injection has a side effect.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Summary {
    /// Pairs of a task and an injection.
    pub pairs: usize,
    /// Pairs in which an injected side effect ran unasked.
    pub leaks: usize,
    /// Those in which it was more than a reversible private write.
    pub leaks_high: usize,
    /// Questions to the person in a task without attack, on average.
    pub asks_per_task: f64,
    /// The same with questions about one tool of a task grouped in one card.
    pub cards_per_task: f64,
    /// Tasks without a question.
    pub zero_ask_tasks: usize,
    /// Tasks.
    pub tasks: usize,
    /// Tasks in which an adaptive attacker could get some high-impact call unasked that the task never makes.
    pub adaptive_off_task: usize,
}

/// A replay with all that was asked and leaked.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The numbers.
    pub summary: Summary,
    /// Task by task, pair by pair.
    pub replay: Replay,
    /// For each task of `adaptive_off_task` one call that would run, as `suite/task: tool arguments`.
    pub adaptive: Vec<String>,
    /// How the decisions differ from those recorded in the file, where it has some for this policy.
    pub golden: Option<Vec<Difference>>,
}

/// Replays a data file without the adaptive attacker.
///
/// # Errors
/// When the file is not of the form of `injection.md` 2.1.
pub fn replay(file: &Value, policy: Policy, version: Option<&str>) -> Result<Replay, EvalError> {
    let data = Data::read(file, version, &ToolWords::shipped()?)?;
    Ok(replay::replay(&data, policy, &policy.lexicons()?))
}

/// Replays a data file.
///
/// # Errors
/// When the file is not of the form of `injection.md` 2.1.
pub fn evaluate(file: &Value, policy: Policy, version: Option<&str>) -> Result<Evaluation, EvalError> {
    let lexicons = policy.lexicons()?;
    let data = Data::read(file, version, &ToolWords::shipped()?)?;
    let replay = replay::replay(&data, policy, &lexicons);
    let adaptive = reach::reach(&data, policy, &lexicons);
    let tasks = &replay.tasks;
    let pairs: Vec<&PairResult> = replay.pairs.iter().filter(|pair| pair.has_side_effect).collect();
    let mean = |count: usize| count as f64 / tasks.len().max(1) as f64;
    let summary = Summary {
        pairs: pairs.len(),
        leaks: pairs.iter().filter(|pair| !pair.leaks.is_empty()).count(),
        leaks_high: pairs.iter().filter(|pair| pair.leaks.iter().any(Leak::is_high)).count(),
        asks_per_task: mean(tasks.iter().map(|task| task.asks.len()).sum()),
        cards_per_task: mean(tasks.iter().map(TaskResult::cards).sum()),
        zero_ask_tasks: tasks.iter().filter(|task| task.asks.is_empty()).count(),
        tasks: tasks.len(),
        adaptive_off_task: adaptive.len(),
    };
    let golden = golden::compare(file, policy, &replay);
    Ok(Evaluation {
        summary,
        replay,
        adaptive,
        golden,
    })
}
