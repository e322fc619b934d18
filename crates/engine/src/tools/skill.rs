//! `Skill`: what a skill says, when a model wants to work by it.

use deskhand_types::{Code, EffectClass, ToolCall, ToolDef, ToolOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Bench, Proposal, Work, arguments};
use crate::skills::Invocation;

/// The tool's name.
pub(super) const NAME: &str = deskhand_agent::SKILL;

#[derive(Deserialize)]
struct Arguments {
    #[serde(default)]
    skill: String,
    #[serde(default)]
    search: Option<String>,
    #[serde(default)]
    args: Option<String>,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "skill": {"type": "string", "description": "its name, as listed"},
            "args": {"type": "string", "description": "what to do it with"},
            "search": {"type": "string", "description": "instead of a name: a few words of the work, to find the skills for it"}
        }
    })
}

/// What a model sees of it, where there are skills.
pub(crate) fn def() -> ToolDef {
    super::def(
        NAME,
        "Gives the instructions of a skill for one kind of work. Call it before you begin such work, and follow what it says; \
         files it links to are below its base directory.",
        schema(),
    )
}

pub(super) fn propose(call: &ToolCall, _bench: &Bench) -> Result<Proposal, Box<ToolOutcome>> {
    let Arguments { skill, search, args } = arguments(call, &schema())?;
    let skill = skill.trim().trim_start_matches('/').to_owned();
    let search = search.filter(|words| skill.is_empty() && !words.trim().is_empty());
    if skill.is_empty() && search.is_none() {
        let text = "Give the name of a skill, or words to search for one.";
        return Err(Box::new(ToolOutcome::failed(Code::new("tool.arguments"), text)));
    }
    Ok(Proposal {
        // What the skill does comes later, by calls of its own.
        effect: EffectClass::None,
        paths: Vec::new(),
        summary: match &search {
            Some(words) => format!("Look for a skill for “{}”", words.chars().take(60).collect::<String>()),
            None => format!("Use the skill {skill}"),
        },
        preview: None,
        tier: None,
        work: Work::Skill(Invocation {
            skill,
            search,
            args: args.unwrap_or_default(),
        }),
    })
}
