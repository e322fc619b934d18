//! Deskhand's vocabulary: ids, content blocks, events, labels, change-sets, actions and errors with codes.
//!
//! Architecture invariant: no IO, no clock, no randomness. Everything here is plain data that serialises
//! to stable JSON, because every event of a task is made of it and logs outlive versions.

mod action;
mod address;
mod agent;
mod attached;
mod blob;
mod block;
mod budget;
mod canonical;
mod change;
mod connector;
mod elicit;
mod error;
mod event;
mod grant;
mod hash;
mod hidden;
mod ids;
mod inbox;
mod judge;
mod label;
mod looks;
mod memory;
mod model;
mod nanos;
mod network;
mod outbound;
mod overlay;
mod share;
mod skill;
mod tier;
mod time;
mod tool;
mod variable;
mod visible;
mod voice;

pub use action::{Action, EffectClass, Mode};
pub use address::{AddressEntry, AddressKind, AddressesRead, KnownAddress};
pub use agent::AgentStart;
pub use attached::{ConnectorSource, ConnectorText, Withheld};
pub use blob::{BlobError, BlobStore};
pub use block::{Block, Message, Role};
pub use budget::Budget;
pub use canonical::canonical_json;
pub use change::{Cause, Change, ChangeSet, FileState, LineCount, PathChange};
pub use connector::{ConnectorBundle, ConnectorChange, ConnectorConfig, ProgramAccess, SharedFolder, ToolRule};
pub use elicit::{
    CallProgress, FieldInput, FieldOption, FormField, ModelLine, ModelSampled, ServerQuestion, ServerWants,
};
pub use error::{Code, Coded};
pub use event::{BranchPoint, Event, EventBody, EventDraft, FinishStatus, Instruction, ReconcileOutcome, TaskStart};
pub use grant::{Grant, GrantMode, GuestPath};
pub use hash::{Hash, ParseHashError};
pub use hidden::{HiddenCells, Veil};
pub use ids::{ApprovalId, CallId, ChangeSetId, TaskId};
pub use inbox::{
    Answer, Ask, Carried, Grounds, Leaving, Provenance, Question, QuestionOption, TargetKind, TargetValue, ValueKind,
    ValueRule,
};
pub use judge::{
    AnswerType, JUDGE_PROTOCOL, Judge, JudgeCut, JudgeFailure, JudgeKind, JudgeOutcome, JudgeReady, JudgeReply,
    JudgeRequest, JudgeTokens,
};
pub use label::{Confidentiality, Integrity, Label, Source, SourceKind};
pub use looks::{Appearance, Marks};
pub use memory::{MemoryChange, Note, ProposalRef};
pub use model::{
    Decoding, Effort, ModelProfile, ModelRef, ModelRequest, ModelTurn, Price, StopReason, StreamDelta, Usage,
};
pub use network::{NetworkRequest, NetworkResult};
pub use outbound::{Incoming, Outbound, OutboundError, Sending};
pub use overlay::{LeftOut, Overlaid, OverlayEntry};
pub use share::{ShareError, Shared, SharedEntry, SharedFile, SharedFolders, SharedKind, SharedWatch, Stamp};
pub use skill::{
    Caller, HOOKS_OF_AGENT, HOOKS_OF_SKILL, HookAsked, HookRun, HookStart, SkillModel, SkillUse, whose_hook,
};
pub use tier::Tier;
pub use time::Timestamp;
pub use tool::{Todo, TodoStatus, ToolCall, ToolDef, ToolOutcome};
pub use variable::{Held, Reading, Variable, VariableRead};
pub use visible::visible;
pub use voice::{Entered, LONGEST_TYPED, Stretch, is_voice, pieces};
