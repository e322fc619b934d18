//! Judging a call: the one function that says what is decided about an action, for the task at work and for whoever asks
//! afterwards what other rules would have decided (`rehearse`).
//!
//! Architecture invariants: everything a judgement looks at besides the rules is a fold over the task's log, or named by it
//! and kept in the blob store. So the state before a decision gives the same judgement as when it was made. A canary is looked
//! for before anything is judged: no rule lifts it, and a call that carries one has no decision, for the task ends there.

use deskhand_agent::Task;
use deskhand_policy::{Context, Decision, Rules, decide_apart};
use deskhand_types::{Action, BlobStore, ToolCall};

use crate::{
    flow::{self, Trail},
    skills,
};

/// What is known of a task at a moment: the folds over its log up to there, and the values it keeps apart.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub state: &'a Task,
    /// Whose words are in force, what was seen, and what hooks said.
    pub trail: &'a Trail,
    /// Values kept apart from the conversation.
    pub blobs: &'a dyn BlobStore,
}

/// What is decided about an action of a call, with what the call takes from variables in its place ([`flow::whole`]): the
/// policy, what skills in use say, whether it shows what is hidden, and what hooks made stricter.
pub(crate) fn judge(known: Known<'_>, rules: &Rules, call: &ToolCall, action: &Action) -> Decision {
    let state = known.state;
    let taint = flow::taint_of(state, &action.call);
    let context = Context {
        mode: state.mode(),
        grants: state.grants(),
        taint: &taint,
        rules,
        flow: Some(known.trail.flow(call)),
    };
    let taken = flow::Taken::of(known, &action.call);
    let decision = taken.judged(state, |parts| decide_apart(action, &context, parts));
    let decision = skills::permitted(state.skills(), call, action, decision);
    let decision = flow::unveiling(known.trail.words(), call, decision);
    known.trail.hooks().tighten(call, decision)
}
