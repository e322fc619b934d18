//! Untrusted text kept apart from a conversation: variables, and what a reader without tools answers about them
//! (`injection.md` 4.6, after FIDES, arXiv 2505.23643).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CallId, Code, Hash, ModelRef, Usage};

/// How a task's model gets at text that others could have written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// It reads it, and what it does from then on is judged by that.
    #[default]
    Direct,
    /// It is kept apart as variables. The model sees what kind of thing they are, and asks a reader about them.
    Apart,
}

impl Reading {
    /// The name used on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Apart => "apart",
        }
    }

    /// Whether it is the default, so that logs of tasks that read directly stay as they were.
    pub fn is_direct(&self) -> bool {
        *self == Self::Direct
    }
}

impl std::str::FromStr for Reading {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "direct" => Ok(Self::Direct),
            "apart" => Ok(Self::Apart),
            _ => Err(()),
        }
    }
}

/// A value kept apart. Its label is that of the event that tells of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Variable {
    /// Its number in the task, from 1; the model calls it `$v1`.
    pub number: u64,
    /// The call that gave it; none for a file the person named with `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// The tool, or what else it came from, as the model is told.
    pub from: String,
    /// Where the value is in the blob store: the JSON of a [`Held`].
    pub hash: Hash,
    /// Characters of its text.
    pub chars: u64,
    /// What kind of thing it is, in words that hold nothing of its content ("text, 12 lines").
    pub shape: String,
}

impl Variable {
    /// Its name, `$v1`.
    pub fn name(&self) -> String {
        format!("$v{}", self.number)
    }
}

/// What a variable holds.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Held {
    /// What a model would have read.
    pub content: Vec<crate::Block>,
    /// The same as structured data.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
}

impl Held {
    /// Its text.
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self.content.iter().filter_map(crate::Block::as_text).collect();
        texts.join("\n")
    }
}

/// A question put to the reader, and what came of it. The reader has no tools and sees nothing but the question and one
/// variable.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct VariableRead {
    /// The call.
    pub call: CallId,
    /// The variable's number.
    pub variable: u64,
    /// The model that read.
    pub model: ModelRef,
    /// Tokens.
    pub usage: Usage,
    /// US dollars, where the price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// The answer, where it is of a closed kind (number, date, yes or no, one of given values) and so joined the
    /// conversation. Text becomes a variable of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Code>,
}
