//! The small local model: a process of its own that answers one typed question at a time.
//!
//! The weights and the engine are not in this program. If `deskhand-local-model` lies beside it and weights are
//! installed, the process is started at the first question and asked over its standard input; it ends by itself when
//! idle. A crash costs one retry, a hang costs the deadline, and neither can do more than leave a question unanswered:
//! the process is given no file, no tool and no path.

mod process;
mod route;
mod threads;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use deskhand_types::{AnswerType, Code, Coded, Judge, JudgeCut, JudgeOutcome, JudgeRequest, JudgeTokens};
use serde_json::Value;

use self::process::{Broken, Process};

pub use self::route::{NO_RECIPE, RouteOption, route};

/// The binary's name, without the platform's suffix.
const PROGRAM: &str = "deskhand-local-model";
/// How often in a row the process may crash before it is not started again.
const MAX_CRASHES: u32 = 3;

/// Why a question was not answered. Nothing else happened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The process cannot be started, or keeps crashing.
    #[error("the local model is not available: {reason}")]
    Unavailable {
        /// Why.
        reason: String,
    },
    /// The time for the question ran out.
    #[error("the local model gave no answer within {seconds} seconds")]
    Deadline {
        /// The time.
        seconds: u64,
    },
    /// The process answered with an error.
    #[error("the local model did not answer: {message}")]
    Refused {
        /// Its code, `local-model.…`.
        code: Code,
        /// Its message.
        message: String,
    },
    /// The answer is not of the type asked for.
    #[error("the local model answered with something that was not asked for; the answer was dropped")]
    WrongType,
}

impl Coded for LocalError {
    fn code(&self) -> Code {
        match self {
            Self::Unavailable { .. } => Code::new("local-model.unavailable"),
            Self::Deadline { .. } => Code::new("local-model.deadline"),
            Self::Refused { code, .. } => code.clone(),
            Self::WrongType => Code::new("local-model.wrong-type"),
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unavailable { .. } => "Run `deskhand models pull`; recipes work without it and ask you instead.",
            Self::Deadline { .. } | Self::Refused { .. } | Self::WrongType => "Answer the question yourself.",
        };
        Some(hint.to_owned())
    }
}

/// An answer.
#[derive(Clone, PartialEq, Debug)]
pub struct JudgeAnswer {
    /// A value of the asked type: a string, or a number for [`AnswerType::Number`]. `None` where an extraction found
    /// nothing that stands in the item.
    pub value: Option<Value>,
    /// The model's own estimate, 0 to 1. For ranking and thresholds; not a measured rate.
    pub confidence: f32,
    /// Tokens used.
    pub tokens: JudgeTokens,
    /// Milliseconds it took.
    pub ms: u64,
    /// Present when the item was too long and its middle was left out.
    pub cut: Option<JudgeCut>,
}

/// How the process is run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocalSettings {
    /// The model's id; none for the best installed one.
    pub model: Option<String>,
    /// Time for starting, weights included.
    pub start: Duration,
    /// Time for one question, waiting for earlier ones not included.
    pub question: Duration,
    /// After so long without a question the process ends and its memory is free.
    pub idle: Duration,
}

impl Default for LocalSettings {
    fn default() -> Self {
        Self {
            model: None,
            start: Duration::from_secs(120),
            question: Duration::from_secs(60),
            idle: Duration::from_secs(300),
        }
    }
}

/// The small local model. Cheap to have: nothing runs before the first question.
pub struct LocalModel {
    program: PathBuf,
    cache: PathBuf,
    settings: LocalSettings,
    state: tokio::sync::Mutex<State>,
}

#[derive(Default)]
struct State {
    process: Option<Process>,
    last_id: u64,
    crashes: u32,
}

impl LocalModel {
    /// The local model, if its binary is in `exe_dir` and weights are installed below `cache_dir`.
    pub fn discover(cache_dir: &Path, exe_dir: &Path) -> Option<Self> {
        let program = exe_dir.join(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX));
        (program.is_file() && weights_installed(cache_dir))
            .then(|| Self::new(program, cache_dir.to_owned(), LocalSettings::default()))
    }

    /// The same with everything given; nothing is looked for.
    pub fn new(program: PathBuf, cache: PathBuf, settings: LocalSettings) -> Self {
        Self {
            program,
            cache,
            settings,
            state: tokio::sync::Mutex::default(),
        }
    }

    /// Asks one question. Questions wait for one another: there is one process, and it has all the cores it may have.
    ///
    /// Dropping the future ends the process; the next question starts a new one.
    pub async fn judge(&self, judge: Judge) -> Result<JudgeAnswer, LocalError> {
        let mut state = self.state.lock().await;
        // One retry: the process may have ended itself when idle just as the question came, or crash on a bad day.
        for last_try in [false, true] {
            if state.crashes >= MAX_CRASHES {
                let reason = format!("it crashed {MAX_CRASHES} times in a row");
                return Err(LocalError::Unavailable { reason });
            }
            // Out of the state while it is used: if this future is dropped, so is the process, and with it the reply
            // that would otherwise be taken for the next question's.
            let mut process = match state.process.take() {
                Some(process) => process,
                None => Process::start(&self.program, &self.cache, &self.settings).await?,
            };
            state.last_id += 1;
            let request = JudgeRequest {
                id: state.last_id,
                judge: judge.clone(),
                max_tokens: None,
                deadline_ms: Some(self.settings.question.as_millis() as u64),
            };
            match process.ask(&request, self.settings.question).await {
                Ok(outcome) => {
                    state.crashes = 0;
                    state.process = Some(process);
                    return read(&judge, outcome);
                }
                Err(Broken::Hangs) => {
                    state.crashes += 1;
                    return Err(LocalError::Deadline {
                        seconds: self.settings.question.as_secs(),
                    });
                }
                Err(Broken::Gone { after_idle: true }) => {}
                Err(Broken::Gone { .. }) => {
                    state.crashes += 1;
                    if last_try {
                        break;
                    }
                }
            }
        }
        Err(LocalError::Unavailable {
            reason: "the process ended without an answer".into(),
        })
    }

    /// Ends the process, if one runs. The next question starts a new one.
    pub async fn stop(&self) {
        self.state.lock().await.process = None;
    }
}

fn read(judge: &Judge, outcome: JudgeOutcome) -> Result<JudgeAnswer, LocalError> {
    match outcome {
        JudgeOutcome::Answered {
            answer,
            confidence,
            tokens,
            ms,
            cut,
        } => {
            let fits = answer.as_ref().is_none_or(|value| fits(&judge.answer, value));
            let may_be_absent = judge.kind == deskhand_types::JudgeKind::Extract;
            if !fits || (answer.is_none() && !may_be_absent) {
                return Err(LocalError::WrongType);
            }
            Ok(JudgeAnswer {
                value: answer,
                confidence: confidence.clamp(0.0, 1.0),
                tokens,
                ms,
                cut,
            })
        }
        JudgeOutcome::Failed { error } => Err(LocalError::Refused {
            code: error.code,
            message: error.message,
        }),
    }
}

/// Whether a value is of a type. The process promises it; recipes rely on it, so it is checked on this side as well.
fn fits(asked: &AnswerType, value: &Value) -> bool {
    match (asked, value) {
        (AnswerType::Enum(options), Value::String(text)) => options.contains(text),
        (AnswerType::Text { max_chars }, Value::String(text)) => text.chars().count() <= *max_chars as usize,
        (AnswerType::Date, Value::String(text)) => {
            text.len() == 10
                && text.bytes().enumerate().all(|(at, byte)| match at {
                    4 | 7 => byte == b'-',
                    _ => byte.is_ascii_digit(),
                })
        }
        (AnswerType::Number, Value::Number(_)) => true,
        _ => false,
    }
}

/// Whether the cache holds weights: files named by a SHA-256. Which of them, the process decides.
#[expect(
    clippy::disallowed_methods,
    reason = "the model cache, not a folder of the user; names only"
)]
fn weights_installed(cache: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(cache.join("models")) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let stem = name.to_str().and_then(|name| name.strip_suffix(".gguf"));
        stem.is_some_and(|stem| stem.len() == 64 && stem.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the test makes a cache folder of its own")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_values_of_the_asked_type_fit() {
        let options = AnswerType::Enum(vec!["rename".into(), "none".into()]);
        assert!(fits(&options, &json!("none")));
        assert!(!fits(&options, &json!("delete")));
        assert!(!fits(&options, &json!({"tool": "Bash"})));
        assert!(fits(&AnswerType::Text { max_chars: 2 }, &json!("äö")));
        assert!(!fits(&AnswerType::Text { max_chars: 2 }, &json!("abc")));
        assert!(fits(&AnswerType::Date, &json!("2026-03-14")));
        assert!(!fits(&AnswerType::Date, &json!("14/03/2026")));
        assert!(fits(&AnswerType::Number, &json!(12.5)));
        assert!(!fits(&AnswerType::Number, &json!("12.5")));
    }

    #[test]
    fn it_is_there_only_with_binary_and_weights() {
        let dir = tempfile::tempdir().unwrap();
        let (cache, exe) = (dir.path().join("cache"), dir.path().join("bin"));
        std::fs::create_dir_all(cache.join("models")).unwrap();
        std::fs::create_dir_all(&exe).unwrap();
        let found = || LocalModel::discover(&cache, &exe).is_some();
        assert!(!found());
        std::fs::write(exe.join(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX)), "").unwrap();
        assert!(!found());
        std::fs::write(cache.join("models").join(format!("{}.gguf.part", "a".repeat(64))), "").unwrap();
        assert!(!found());
        std::fs::write(cache.join("models").join(format!("{}.gguf", "a".repeat(64))), "").unwrap();
        assert!(found());
    }
}
