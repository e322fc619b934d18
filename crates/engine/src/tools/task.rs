//! `Task`: a piece of the work for a sub-agent, which reports back.

use deskhand_types::{EffectClass, ToolCall, ToolDef, ToolOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Work, arguments, failed};
use crate::agents::Delegation;

/// The tool's name.
pub(super) const NAME: &str = deskhand_agent::SPAWN;

#[derive(Deserialize)]
struct Arguments {
    #[serde(default)]
    description: String,
    prompt: String,
    #[serde(default)]
    subagent_type: Option<String>,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "description": {"type": "string", "description": "3-5 words, for the person"},
            "prompt": {"type": "string"},
            "subagent_type": {"type": "string"}
        },
        "required": ["description", "prompt", "subagent_type"]
    })
}

/// What a model sees of it; `types` is one line per type.
pub(crate) fn def(types: &str) -> ToolDef {
    super::def(
        NAME,
        &format!(
            "Gives one piece of work that needs much reading to a sub-agent, and returns its report; what it read stays out of \
             your context. It knows nothing of this conversation and can ask nothing back: say all it needs in `prompt`, with \
             paths, and what to report. Types:\n{types}"
        ),
        schema(),
    )
}

pub(super) fn propose(call: &ToolCall, _bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
    let Arguments {
        description,
        prompt,
        subagent_type,
    } = arguments(call, &schema())?;
    if prompt.trim().is_empty() {
        return Err(failed(
            "tool.arguments",
            "`prompt` is empty: say what the sub-agent shall do.",
        ));
    }
    let agent = subagent_type
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| crate::agents::GENERAL.to_owned());
    let description: String = description.split_whitespace().collect::<Vec<_>>().join(" ");
    let description: String = description.chars().take(100).collect();
    Ok(Proposal {
        // What the sub-agent does is judged call by call.
        effect: EffectClass::None,
        paths: Vec::new(),
        summary: format!("Sub-agent {agent}: {description}"),
        preview: None,
        tier: None,
        work: Work::Delegate(Delegation {
            agent,
            description,
            prompt,
        }),
    })
}
