//! How far a task can be trusted, and why: the JSON form of `deskhand_engine::views::TrustView`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AnswerShape, CarriedShape, KnownAddressShape, LeavingShape, ProvenanceShape, SourceShape, TargetValueShape,
    ValueRuleShape,
};

/// Everything about trust in one task.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrustShape {
    /// Of all that was read.
    pub context: TrustLevelShape,
    /// What the person said, piece by piece.
    pub said: Vec<SaidShape>,
    /// Instruction files that were found, in force or not.
    pub instructions: Vec<InstructionShape>,
    /// Where text came from, in the order it came.
    pub read: Vec<SourceLineShape>,
    /// What people would not see and the model was not shown.
    pub withheld: Vec<WithheldShape>,
    /// Decisions, oldest first.
    pub decisions: Vec<TrustDecisionShape>,
    /// Files written that others' words are in, which later tasks will find marked so.
    pub labelled: Vec<LabelledShape>,
    /// Notes proposed for memory.
    pub proposed: Vec<ProposedShape>,
    /// Requests of commands that were refused.
    pub refused_requests: Vec<RefusedShape>,
}

/// How far content is to be trusted and how secret it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrustLevelShape {
    /// Who could have written it: `person`, `trusted_config`, `typed`, `granted_file`, `connector`, `web` or `unknown`.
    pub integrity: String,
    /// Whose data it is: `public`, `private` or `secret`.
    pub confidentiality: String,
    /// Whether others could have written some of it.
    pub tainted: bool,
}

/// A piece of what the person said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SaidShape {
    /// The event.
    pub seq: u64,
    /// Its beginning.
    pub text: String,
    /// Whether its words count as the person's own; pasted text does not.
    pub yours: bool,
}

/// Instructions that were found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct InstructionShape {
    /// Where they came from.
    pub from: String,
    /// Whether they are in force.
    pub trusted: bool,
}

/// A source that was read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SourceLineShape {
    /// The event that brought it first.
    pub seq: u64,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// The call that read it.
    pub call: Option<String>,
    /// Where it came from.
    pub source: SourceShape,
    /// Of the result it came in.
    pub level: TrustLevelShape,
    /// Whether all that had been read was worse after it than before: less trusted, or more secret.
    pub worsened: bool,
}

/// Something withheld from the model.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct WithheldShape {
    /// The event.
    pub seq: u64,
    /// The call; none for what the person named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// In what.
    pub source: Option<SourceShape>,
    /// What, in a sentence.
    pub text: String,
    /// How much of it.
    pub count: u64,
}

/// A decision with what led to it and what came of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrustDecisionShape {
    /// The event.
    pub seq: u64,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// The call.
    pub call: String,
    /// The tool.
    pub tool: String,
    /// The class of its effect.
    pub effect: String,
    /// What it would do.
    pub summary: String,
    /// `allow`, `ask` or `deny`.
    pub verdict: String,
    /// The rule.
    pub rule: String,
    /// The file the rule stands in; empty for Deskhand's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Why, in a sentence.
    pub reason: String,
    /// Of all that had been read by then.
    pub context: TrustLevelShape,
    /// Where that came from.
    pub sources: Vec<SourceShape>,
    /// Whether sources were left out.
    #[serde(default)]
    pub sources_cut: bool,
    /// The question, where one was asked.
    pub asked: Option<AskedShape>,
}

/// A question to the person and its answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AskedShape {
    /// Its id in the inbox.
    pub id: String,
    /// What was known about the flow.
    pub grounds: GroundsShape,
    /// The answer, once there is one.
    pub answer: Option<AnswerShape>,
}

/// What is known about the flow of a call that is asked about.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct GroundsShape {
    /// The sentence of the person's own typed words that this belongs to; empty where there is none.
    pub you_asked: String,
    /// Where each value that is not the person's own came from.
    pub provenance: Vec<ProvenanceShape>,
    /// Values that an address book gave for a name in the person's words.
    pub known: Vec<KnownAddressShape>,
    /// What would leave this machine.
    pub leaving: Vec<LeavingShape>,
    /// Files that go with it, and text of files in it.
    pub carried: Vec<CarriedShape>,
    /// Values that may be allowed for good.
    pub always: Vec<ValueRuleShape>,
    /// Whom or what it acts on.
    pub targets: Vec<TargetValueShape>,
}

/// Files that others' words are in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct LabelledShape {
    /// The event.
    pub seq: u64,
    /// How many.
    pub files: u64,
    /// The folders on this computer.
    pub folders: Vec<String>,
    /// Theirs.
    pub level: TrustLevelShape,
    /// Where it came from.
    pub sources: Vec<SourceShape>,
}

/// A note proposed for memory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProposedShape {
    /// The event.
    pub seq: u64,
    /// The note.
    pub text: String,
    /// Of what had been read when it was written.
    pub level: TrustLevelShape,
    /// Where that came from.
    pub sources: Vec<SourceShape>,
}

/// A request of a command that was refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RefusedShape {
    /// `GET`, `POST`, … or `CONNECT`.
    pub method: String,
    /// The host that was asked for.
    pub host: String,
    /// The path, without the query.
    pub path: String,
    /// Why it was refused.
    pub reason: String,
}
