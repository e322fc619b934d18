//! Who answers while a skill is in use: the model and the effort its file asks for.
//!
//! Until the person speaks again, or for the whole work of the sub-agent the skill runs in. What cannot be followed is said,
//! and so is a model that costs more than the one it stands in for.

use deskhand_agent::Task;
use deskhand_plugins::format::Skill;
use deskhand_plugins::format::agent::AgentModel;
use deskhand_types::{Effort, ModelProfile, ModelRef, SkillModel};

use crate::{Chosen, Models, RECIPES, agents::named_model};

/// What a skill's `model` and `effort` come to.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Answers {
    /// Who answers, where that is not who would.
    pub model: Option<SkillModel>,
    /// For the person.
    pub notes: Vec<String>,
}

/// Who would answer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Usual<'u> {
    pub model: &'u ModelRef,
    pub profile: &'u ModelProfile,
}

impl<'u> Usual<'u> {
    /// In the conversation as it stands.
    pub fn of(state: &'u Task) -> Self {
        Self {
            model: state.model(),
            profile: state.profile(),
        }
    }
}

/// What `model` and `effort` of a skill come to where `usual` would answer.
pub(super) fn answers(models: &Models, usual: Usual<'_>, skill: &Skill) -> Answers {
    let mut found = Answers::default();
    let Usual {
        model: usual,
        profile: usually,
    } = usual;
    let named = AgentModel::of(skill.model.as_deref());
    if named == AgentModel::Inherit && skill.effort.is_none() {
        return found;
    }
    if usual.provider == RECIPES {
        let note = "it asks for a model or an effort, and this task has no model: the built-in recipes go on";
        found.notes.push(note.to_owned());
        return found;
    }
    let effort = skill.effort.as_deref().and_then(|word| effort(word, &mut found.notes));
    let own = own(models, usual, &named, &mut found.notes);
    let chosen = match (own, effort) {
        (Some(own), _) => own,
        (None, Some(_)) => match models.resolve(Some(&usual.to_string())) {
            Ok(same) => same,
            Err(error) => {
                found.notes.push(format!("its effort was not followed: {error}"));
                return found;
            }
        },
        (None, None) => return found,
    };
    let Chosen { model, mut profile } = chosen;
    profile.thinking_budget = effort.unwrap_or_default().thinking_budget(&profile);
    if model != *usual {
        found.notes.push(told(&model, &profile, usual, usually));
    } else if profile.thinking_budget == usually.thinking_budget {
        return found;
    }
    found.model = Some(SkillModel { model, profile });
    found
}

/// The model it names, where it is another that can be used.
fn own(models: &Models, usual: &ModelRef, named: &AgentModel, notes: &mut Vec<String>) -> Option<Chosen> {
    let id = match named {
        AgentModel::Inherit => return None,
        AgentModel::Id(id) => id,
        AgentModel::Small | AgentModel::Medium | AgentModel::Large => {
            notes.push(format!(
                "it asks for a size of model, not for a model by its id, so {usual} goes on"
            ));
            return None;
        }
    };
    match named_model(models, usual, id) {
        Ok(chosen) => Some(chosen).filter(|chosen| chosen.model != *usual),
        Err(error) => {
            notes.push(format!("its model `{id}` cannot be used ({error}), so {usual} goes on"));
            None
        }
    }
}

/// The effort of a word; there are three here.
fn effort(word: &str, notes: &mut Vec<String>) -> Option<Effort> {
    match word.trim().to_lowercase().as_str() {
        "low" => Some(Effort::Low),
        "medium" | "standard" => Some(Effort::Standard),
        "high" => Some(Effort::High),
        more @ ("xhigh" | "max") => {
            notes.push(format!("its effort `{more}` was taken as high, the most there is"));
            Some(Effort::High)
        }
        "" | "inherit" | "auto" => None,
        other => {
            let other: String = other.chars().take(40).collect();
            notes.push(format!("its effort `{other}` is not known and was not followed"));
            None
        }
    }
}

/// Who answers now, and what that costs beside the usual one.
fn told(model: &ModelRef, profile: &ModelProfile, usual: &ModelRef, usually: &ModelProfile) -> String {
    let cost = match (profile.price, usually.price) {
        (Some(own), Some(other)) if own.input > other.input || own.output > other.output => format!(
            "; it costs more: ${} and ${} per million tokens read and written, {usual} ${} and ${}",
            own.input, own.output, other.input, other.output
        ),
        (None, _) => "; what it costs is not known here".to_owned(),
        _ => String::new(),
    };
    format!("{model} answers in place of {usual}, as the skill asks{cost}")
}
