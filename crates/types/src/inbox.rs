//! What a task may ask the person, and the answers.

use serde::{Deserialize, Serialize};

use crate::{Action, EffectClass, GrantMode, KnownAddress, ServerQuestion, Source};

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

/// What is known about the flow of a call that is asked about.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Grounds {
    /// The sentence of the person's own typed words that the call belongs to, at most 160 characters. Never pasted text, nor
    /// a file's or a connector's; empty where nothing was typed, or where the call is not asked about for its flow.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub you_asked: String,
    /// Where each value that is not the person's own came from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub provenance: Vec<Provenance>,
    /// Values that an address book gave for a name in the person's words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<KnownAddress>,
    /// What would leave this machine.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leaving: Vec<Leaving>,
    /// Files that go with it, and text of files in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
    /// Values that may be allowed for good instead of once; never a whole tool.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub always: Vec<ValueRule>,
    /// Whom or what it acts on: each may be replaced by a value the person types ([`Answer::Instead`]).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetValue>,
}

/// Where a value of a call came from (`injection.md` 4.4: "name the value, its source and why it is asked").
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Provenance {
    /// The value, cut to 80 characters.
    pub value: String,
    /// What it is in the call: the parameter's name.
    pub param: String,
    /// Where it was read. `None` when it stands nowhere that was read: the model made it up or put it together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The text around it there, at most 300 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub passage: String,
    /// Where in the source: "line 12".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub at: String,
}

/// Something that would leave this machine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Leaving {
    /// What it is in the call: the parameter's name.
    pub param: String,
    /// Its beginning: at most 300 characters, or 4,000 of what a connector would keep or run.
    pub text: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// What kind of value a call acts on, as far as it matters to whoever gives another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// Whom something is sent to.
    Address,
    /// Who is paid.
    Account,
    /// A file or folder.
    Path,
    /// An address on the web.
    Url,
    /// Anything else.
    Other,
}

/// A value a call acts on, whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TargetValue {
    /// What it is in the call: the parameter's name.
    pub param: String,
    /// What kind of value.
    pub kind: TargetKind,
    /// The value.
    pub value: String,
    /// The JSON Schema that another value must fit, as the tool has it for this parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<serde_json::Value>,
}

/// A file that goes with what leaves, or text from somewhere that stands in it word for word.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Carried {
    /// A file goes along.
    Attached {
        /// Its path, or what the call names it by.
        name: String,
        /// Its size; `None` when it is not a file of a granted folder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    /// Text that was read stands in it.
    Quoted {
        /// Where it was read.
        name: String,
        /// How many characters (Unicode scalar values) of it.
        chars: u64,
    },
}

/// What kind of value a standing permission is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// Somebody's e-mail address, an account or a name.
    Recipient,
    /// An address on the web.
    Url,
}

/// A value the person allows for good: this address, never a whole tool (a folder is granted instead). Only for effects of the same class, and only as the
/// value a call acts on; everything else about a call is judged as before.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ValueRule {
    /// For which class of effects.
    pub effect: EffectClass,
    /// What kind of value.
    pub kind: ValueKind,
    /// The value, as it stands in calls.
    pub value: String,
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
        /// What the person needs to know to answer; `provenance`, `leaving` and `always` in JSON.
        #[serde(flatten)]
        grounds: Box<Grounds>,
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
        /// The sentence of the person's own typed words that this belongs to, as in [`Grounds::you_asked`].
        #[serde(default, skip_serializing_if = "String::is_empty")]
        you_asked: String,
        /// Where the folder's name came from, when the person did not name it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        provenance: Vec<Provenance>,
    },
    /// A connector's server asks, in the middle of a call. It can only be answered while that call runs.
    Server {
        /// What it asks.
        #[serde(flatten)]
        question: Box<ServerQuestion>,
    },
}

/// The person's answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Answer {
    /// Yes, this once.
    Allow,
    /// Yes, with a value the person typed in place of one the card names, and nothing else changed. What is done then is
    /// judged anew: a rule that refuses it still does.
    Instead {
        /// The parameter.
        param: String,
        /// The value the card names.
        from: String,
        /// The person's.
        to: String,
    },
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
    /// A form of a server, filled in.
    Filled {
        /// By the names of the fields.
        values: serde_json::Map<String, serde_json::Value>,
    },
    /// Nobody answered, and the question is void: what asked is over.
    Void,
}
