//! Skills that are done in a sub-agent (`context: fork`): the skill's text is what it is to do, and its last words are what
//! the conversation hears.
//!
//! Everything a sub-agent is, is `agents`' and `agent::sub_agent`'s. Here is only how a skill becomes one: `agent.started` for
//! the call of the skill, or for an id of its own where the person called it, and then `skill.used` and what the skill
//! attaches, which are the sub-agent's as every event in between is.

use deskhand_plugins::format::skill::Context;
use deskhand_plugins::format::{Agent, Skill};
use deskhand_types::{CallId, Caller, EventBody, EventDraft, Hash, Label, SkillUse};

use super::{
    SkillError, Skills,
    answers::{Usual, answers},
    file_label,
    render::{Rendered, plugin_id},
};
use crate::{
    EngineError, RECIPES,
    agents::{Delegation, GENERAL},
    hooks::OfSkill,
    perform::Hands,
    session::{Session, labelled},
    views::withheld_by,
};

/// Agents other hosts bring along, which skills name: what they do, the one there always is does here.
const ELSEWHERE: [&str; 2] = ["Explore", "Plan"];

/// How a skill runs now.
pub(super) enum Runs {
    /// Its text joins the conversation. With a remark, where its file wants it otherwise.
    Here(Option<&'static str>),
    /// In a sub-agent.
    Apart,
}

/// How a skill runs in a task as it stands. `taken`: another skill of the same message runs in a sub-agent already.
pub(super) fn runs(session: &Session<'_>, skill: &Skill, taken: bool) -> Runs {
    if skill.context != Context::Fork {
        return Runs::Here(None);
    }
    if session.state.sub_agent().is_some() {
        return Runs::Here(Some(
            "it is to be done in a sub-agent, and a sub-agent starts none, so it is followed here",
        ));
    }
    if taken {
        return Runs::Here(Some(
            "it is to be done in a sub-agent, and one works at a time, so it is followed here",
        ));
    }
    if session.state.start().model.provider == RECIPES {
        return Runs::Here(Some(
            "it is to be done in a sub-agent, which needs a model, so it is followed here",
        ));
    }
    Runs::Apart
}

/// A call of a skill, however it was made.
pub(super) struct Called<'c> {
    pub by: Caller,
    /// The model's call; the person's has none.
    pub call: Option<&'c CallId>,
    pub args: &'c str,
}

impl Hands<'_> {
    /// The hooks of a skill that is used are in force from here on; or it is noted why not.
    pub(super) fn hook(&mut self, hooks: OfSkill, notes: &mut Vec<String>) -> Option<Hash> {
        match hooks {
            OfSkill::None => None,
            OfSkill::Run(own) => {
                let hash = own.hash;
                self.hooks.take_skill(own);
                Some(hash)
            }
            OfSkill::Refused(why) => {
                notes.push(why);
                None
            }
        }
    }

    /// The events with which a sub-agent begins to do a skill.
    ///
    /// # Errors
    /// [`SkillError`] when it cannot: nothing was started then.
    pub(super) fn fork(
        &mut self,
        session: &mut Session<'_>,
        skills: &Skills,
        skill: &Skill,
        called: &Called<'_>,
        rendered: Rendered,
    ) -> Result<Vec<EventDraft>, EngineError> {
        let mut notes = Vec::new();
        if skill.background {
            notes.push("it asks not to be waited for; it is waited for here".to_owned());
        }
        let name = skill.qualified();
        let agent = agent(skills, skill, &mut notes)?;
        let call = called.call.cloned();
        let call = call.unwrap_or_else(|| CallId::new(format!("skill.{}", session.state.next_seq())));
        let wanted = Delegation {
            agent: agent.map_or_else(|| GENERAL.to_owned(), |agent| agent.qualified.clone()),
            description: format!("the skill {name}"),
            prompt: rendered.text,
        };
        let (start, label) = self.prepare(session, skills, agent, &call, wanted)?;
        let mut usual = Usual::of(&session.state);
        if let (Some(model), Some(profile)) = (&start.model, &start.profile) {
            usual = Usual { model, profile };
        }
        let answers = answers(&self.models, usual, skill);
        notes.extend(answers.notes);
        let hooks = self.hook(rendered.hooks, &mut notes);
        let used = SkillUse {
            plugin: plugin_id(skills, skill),
            hash: rendered.hash,
            by: called.by,
            call: called.call.cloned(),
            args: called.args.to_owned(),
            text: String::new(),
            allowed: rendered.allowed,
            disallowed: rendered.disallowed,
            model: answers.model,
            hooks,
            notes,
            skill: name,
        };
        let label = label.join(&rendered.label);
        let mut drafts = vec![
            labelled(EventBody::AgentStarted(Box::new(start)), label),
            labelled(EventBody::SkillUsed(Box::new(used)), rendered.label),
        ];
        drafts.extend(rendered.attached.into_iter().map(attached));
        drafts.extend(rendered.resources);
        Ok(drafts)
    }
}

/// A file a skill names joins the conversation.
pub(super) fn attached(file: super::render::Attached) -> EventDraft {
    let label: Label = file_label(&file.path);
    let body = EventBody::FileAttached {
        path: file.path,
        content: file.blocks,
        withheld: withheld_by(&file.notes),
    };
    labelled(body, label)
}

/// The type of the sub-agent; `None` is the one there always is. A plugin's skill means its own plugin's first.
fn agent<'s>(skills: &'s Skills, skill: &Skill, notes: &mut Vec<String>) -> Result<Option<&'s Agent>, SkillError> {
    let Some(name) = skill.agent.as_deref().map(str::trim).filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let own = skill.scope.plugin().map(|plugin| format!("{plugin}:{name}"));
    let found = own.and_then(|own| skills.catalog.agent(&own));
    if let Some(agent) = found.or_else(|| skills.catalog.agent(name)) {
        return Ok(Some(agent));
    }
    if name == GENERAL {
        return Ok(None);
    }
    if ELSEWHERE.contains(&name) {
        notes.push(format!(
            "the agent {name} it names is another program's; {GENERAL} does it, with all tools of this task"
        ));
        return Ok(None);
    }
    let others = skills.catalog.agents().iter().map(|agent| agent.qualified.clone());
    Err(SkillError::NoAgent {
        name: name.to_owned(),
        known: std::iter::once(GENERAL.to_owned()).chain(others).collect(),
    })
}
