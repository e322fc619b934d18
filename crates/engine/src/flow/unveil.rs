//! Hidden content of documents: withheld from the model unless the person asked for it (`injection.md` 4.5 number 1).
//!
//! The model may ask with `Read{with_hidden: true}` or `Query{with_hidden: true}`. Where the person's own words speak of hidden text, comments, notes or
//! tracked changes that is what they want; otherwise they are asked, in every mode: what nobody sees is the place where
//! injected text likes to stand. What is read this way counts as written by nobody knows whom.

use deskhand_policy::{
    Decision, Verdict,
    flow::{Intent, Words},
};
use deskhand_types::{Integrity, Label, ToolCall};

/// The argument that asks for it, of the tools that have it.
pub(crate) const ARGUMENT: &str = "with_hidden";

/// The intent of the lexicons whose words ask for it.
const INTENT: &str = "unveil";

/// A decision on a call, made a question where it would show hidden content nobody asked for.
pub(crate) fn unveiling(words: &Words, call: &ToolCall, decision: Decision) -> Decision {
    let wants = matches!(call.name.as_str(), "Read" | "Query")
        && call.input.get(ARGUMENT).and_then(serde_json::Value::as_bool) == Some(true);
    if !wants || decision.verdict != Verdict::Allow {
        return decision;
    }
    if Intent::Lexicon(vec![INTENT.to_owned()]).is_in(words) {
        return decision;
    }
    Decision {
        verdict: Verdict::Ask,
        rule: "hidden-content".to_owned(),
        reason: "it would read what a person looking at the file does not see, and you did not ask for that".to_owned(),
        ..decision
    }
}

/// The label of a reading with hidden content.
pub(crate) fn label(file: Label) -> Label {
    Label {
        integrity: Integrity::Unknown,
        ..file
    }
}
