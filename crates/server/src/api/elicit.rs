//! Questions of connectors' servers: the JSON forms of `deskhand_types::elicit`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a server wants of the person.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerWantsShape {
    /// Values for a form.
    Form {
        /// What is to be filled in.
        fields: Vec<FormFieldShape>,
        /// The JSON Schema an answer must fit.
        schema: serde_json::Value,
    },
    /// That the person visits a page.
    Page {
        /// The whole address.
        url: String,
        /// Its host.
        host: String,
    },
    /// That a model is asked this; it sees nothing else and has no tools.
    Model {
        /// The model that would be asked.
        model: String,
        /// The system prompt the server proposes; empty = none.
        #[serde(default)]
        system: String,
        /// The conversation the server made up, whole.
        messages: Vec<ModelLineShape>,
        /// Most tokens of the answer.
        max_tokens: u64,
    },
    /// That what a model answered goes to it.
    Handover {
        /// The model that answered.
        model: String,
        /// Its words, whole.
        text: String,
    },
}

/// One message of a conversation that a server made up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ModelLineShape {
    /// Whether it stands as the model's own; else as that of who talks to it.
    #[serde(default)]
    pub is_model: bool,
    /// Its text.
    pub text: String,
}

/// One field of a form.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FormFieldShape {
    /// Its key in the answer.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What it means.
    #[serde(default)]
    pub description: String,
    /// Whether the server wants it filled in.
    pub required: bool,
    /// What may be put in.
    pub input: FieldInputShape,
}

/// What may be put into a field.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FieldInputShape {
    /// A text.
    Text {
        /// `email`, `uri`, `date`, `date-time` or another format of JSON Schema.
        format: Option<String>,
        /// What the server proposes.
        proposed: Option<String>,
    },
    /// A number.
    Number {
        /// Whether it has no fraction.
        whole: bool,
        /// The smallest.
        min: Option<f64>,
        /// The largest.
        max: Option<f64>,
        /// What the server proposes.
        proposed: Option<f64>,
    },
    /// Yes or no.
    Switch {
        /// What the server proposes.
        proposed: Option<bool>,
    },
    /// One or several of a list.
    Choice {
        /// The list.
        options: Vec<FieldOptionShape>,
        /// Whether several may be chosen: then the answer is a list.
        several: bool,
        /// What the server proposes, by value.
        #[serde(default)]
        proposed: Vec<String>,
    },
}

/// One entry of a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldOptionShape {
    /// What is answered.
    pub value: String,
    /// What is shown.
    pub label: String,
}
