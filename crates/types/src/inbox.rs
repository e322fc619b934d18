//! What a task may ask the person, and the answers.

use serde::{Deserialize, Serialize};

use crate::{Action, GrantMode};

/// One choice of a question.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct QuestionOption {
    /// What the person chooses.
    pub label: String,
    /// What it means.
    #[serde(default)]
    pub description: String,
}

/// One question, as `AskUserQuestion` words it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Question {
    /// The full question.
    pub question: String,
    /// A heading of a word or two.
    #[serde(default)]
    pub header: String,
    /// The choices. The person may always answer in own words.
    #[serde(default)]
    pub options: Vec<QuestionOption>,
    /// Whether several may be chosen.
    #[serde(rename = "multiSelect", default)]
    pub multi_select: bool,
}

/// What is asked of the person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Ask {
    /// May this action be done? Bound to the action's hash.
    Approve {
        /// What would be done.
        action: Action,
        /// Why it is asked, one sentence each.
        reasons: Vec<String>,
        /// A diff or the exact content, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preview: Option<String>,
    },
    /// The model asks.
    Questions {
        /// The questions.
        questions: Vec<Question>,
    },
    /// The model asks for a folder.
    Folder {
        /// The folder, as the model named it.
        path: String,
        /// How it would be used.
        mode: GrantMode,
        /// Why, in the model's words.
        reason: String,
    },
}

/// The person's answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Answer {
    /// Yes, this once.
    Allow,
    /// No.
    Deny {
        /// What the person said about it, if anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Answers to questions, one per question; several choices are several strings.
    Answers {
        /// In the order of the questions.
        answers: Vec<Vec<String>>,
    },
}
