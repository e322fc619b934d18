//! Questions that a connector's server asks the person in the middle of a call (MCP `elicitation/create` and
//! `sampling/createMessage`, revisions 2025-11-25 and 2026-07-28). Every text in them is the server's, and not to be trusted.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use crate::{CallId, Code, ModelRef, Usage};

/// A question of a server. What is answered goes to that server and to nobody else: not to the model, not to other servers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ServerQuestion {
    /// The connector whose server asks.
    pub connector: String,
    /// The tool that was called, as the server names it.
    pub tool: String,
    /// The server's words, at most 2,000 characters.
    pub message: String,
    /// What it wants.
    pub wants: ServerWants,
}

/// What a server wants of the person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerWants {
    /// Values for a form.
    Form {
        /// What is to be filled in.
        fields: Vec<FormField>,
        /// The JSON Schema the fields were read from, as it came; an answer must fit it.
        schema: Value,
    },
    /// That the person visits a page. Nothing opens it but the person.
    Page {
        /// The whole address, `https` (or `http` on this computer).
        url: String,
        /// Its host, which is what tells whose page it is.
        host: String,
    },
    /// That a model is asked this (MCP `sampling/createMessage`). It sees nothing else, and has no tools.
    Model {
        /// The model that would be asked.
        model: String,
        /// The system prompt the server proposes; empty = none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        system: String,
        /// The conversation the server made up, whole.
        messages: Vec<ModelLine>,
        /// Most tokens of the answer.
        max_tokens: u64,
    },
    /// That what a model answered to such a question goes to it.
    Handover {
        /// The model that answered.
        model: String,
        /// Its words, whole.
        text: String,
    },
}

/// One message of a conversation that a server made up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModelLine {
    /// Whether it stands as the model's own; else as that of who talks to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_model: bool,
    /// Its text.
    pub text: String,
}

/// A model was asked on behalf of a connector's server, which the person had agreed to. What was asked and answered stands
/// in the questions to the person before and after.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ModelSampled {
    /// The call in whose middle the server asked.
    pub call: CallId,
    /// The connector.
    pub connector: String,
    /// The model.
    pub model: ModelRef,
    /// Tokens.
    pub usage: Usage,
    /// US dollars, where the price and what was used are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Code>,
}

/// One field of a form.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FormField {
    /// Its key in the answer.
    pub name: String,
    /// What it is called; the key where the server gives no title.
    pub title: String,
    /// What it means.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether the server wants it filled in.
    pub required: bool,
    /// What may be put in.
    pub input: FieldInput,
}

/// What may be put into a field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FieldInput {
    /// A text.
    Text {
        /// `email`, `uri`, `date`, `date-time`, or another format of JSON Schema.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
        /// What the server proposes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proposed: Option<String>,
    },
    /// A number.
    Number {
        /// Whether it has no fraction.
        whole: bool,
        /// The smallest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<Number>,
        /// The largest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<Number>,
        /// What the server proposes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proposed: Option<Number>,
    },
    /// Yes or no.
    Switch {
        /// What the server proposes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proposed: Option<bool>,
    },
    /// One or several of a list.
    Choice {
        /// The list.
        options: Vec<FieldOption>,
        /// Whether several may be chosen: then the answer is an array.
        several: bool,
        /// What the server proposes, by value.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        proposed: Vec<String>,
    },
}

/// One entry of a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FieldOption {
    /// What is answered.
    pub value: String,
    /// What is shown.
    pub label: String,
}

/// How far a call of a connector's tool is, in the server's words.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CallProgress {
    /// Done so far.
    pub done: f64,
    /// Of how much, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// What is being done, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
