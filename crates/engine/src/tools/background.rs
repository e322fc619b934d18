//! `BashOutput` and `KillShell`: background commands. What such a command changed is judged, and lands, when its end is
//! fetched with one of these; what was never fetched when the task's run ends does not land.

use deskhand_types::{EffectClass, ToolCall, ToolDef, ToolOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Tool, Work, arguments, def};

pub(super) struct BashOutput;
pub(super) struct KillShell;

/// A look at a background command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fetch {
    /// Its id.
    pub id: String,
    /// Whether it is ended first.
    pub kill: bool,
}

#[derive(Deserialize)]
struct Arguments {
    #[serde(alias = "bash_id", alias = "shell_id")]
    id: String,
}

fn schema(name: &str) -> Value {
    json!({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
}

impl Tool for BashOutput {
    fn def(&self) -> ToolDef {
        def(
            "BashOutput",
            "What a background command wrote since the last look. At its end its changes land.",
            schema("bash_id"),
        )
    }

    fn propose(&self, call: &ToolCall, _bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        propose(call, "bash_id", false)
    }
}

impl Tool for KillShell {
    fn def(&self) -> ToolDef {
        def("KillShell", "Ends a background command.", schema("shell_id"))
    }

    fn propose(&self, call: &ToolCall, _bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
        propose(call, "shell_id", true)
    }
}

fn propose(call: &ToolCall, name: &str, kill: bool) -> Result<Proposal, Box<ToolOutcome>> {
    let Arguments { id } = arguments(call, &schema(name))?;
    let summary = format!("{} {id}", if kill { "End" } else { "Look at" });
    Ok(Proposal {
        effect: EffectClass::None,
        paths: Vec::new(),
        summary,
        preview: None,
        tier: None,
        work: Work::Fetch(Fetch { id, kill }),
    })
}
