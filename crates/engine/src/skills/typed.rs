//! Slash commands: skills a person calls at the beginning of what they say.
//!
//! What was typed is in the log as the person's words. What it became follows as events of its own, with the label of the
//! skill; so the words of a skill are never taken for the person's.

use deskhand_plugins::format::Skill;
use deskhand_plugins::format::catalog::calls;
use deskhand_types::{Caller, EventBody, EventDraft, FinishStatus, Hash, Label, SkillUse, TaskId};

use super::{
    SkillError, Skills,
    answers::{Usual, answers},
    fork::{self, Called, Runs, runs},
    invoke::{by_person, find},
    render,
};
use crate::{
    Engine, EngineError,
    connectors::{Hub, mentions, prompt_text, resource_text},
    hooks::Moment,
    perform::Hands,
    session::{Session, labelled},
};

/// The skills a text calls, and what they are given; none when it calls nothing.
///
/// # Errors
/// When a name is nobody's, several's, or for the model alone.
pub(crate) fn called<'s, 't>(skills: &'s Skills, text: &'t str) -> Result<(Vec<&'s Skill>, &'t str), SkillError> {
    let (names, args) = calls(text);
    let mut found = Vec::new();
    for name in names {
        // A slash and then no name is something else: a date, a path.
        if !is_name(name) {
            return Ok((Vec::new(), text));
        }
        let skill = find(skills, name)?;
        if !skill.user_invocable {
            return Err(SkillError::NotForPeople(skill.qualified()));
        }
        found.push(skill);
    }
    Ok((found, args))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic())
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | ':' | '.'))
}

/// What stands in the place of a command that could not be called.
fn not_called(text: &str, error: &SkillError) -> EventDraft {
    let note = format!("[This was not called as a command: {error}]");
    let used = SkillUse {
        skill: calls(text).0.first().copied().unwrap_or_default().to_owned(),
        plugin: None,
        hash: Hash::of(note.as_bytes()),
        by: Caller::Person,
        call: None,
        args: String::new(),
        text: note,
        allowed: Vec::new(),
        disallowed: Vec::new(),
        model: None,
        hooks: None,
        notes: Vec::new(),
    };
    labelled(EventBody::SkillUsed(Box::new(used)), Label::harness())
}

impl Engine {
    /// Whether what is about to be said to a task calls a skill that is there. For surfaces that can still tell the person.
    ///
    /// # Errors
    /// When it calls one that nobody, or several, answer to.
    pub fn check_typed(&self, task: &TaskId, text: &str) -> Result<(), EngineError> {
        if !text.trim_start().starts_with('/') {
            return Ok(());
        }
        if self.hub().called(text)?.is_some() {
            return Ok(());
        }
        let state = self.state(task)?;
        let skills = self.skills.gather(&*self.workspace(state.grants())?, state.grants())?;
        called(&skills, text)?;
        Ok(())
    }
}

impl Hands<'_> {
    /// Turns what the person typed since the last request into what it stands for. Tells whether the task goes on.
    pub async fn take_typed(&mut self, session: &mut Session<'_>) -> Result<bool, EngineError> {
        let said: Vec<String> = session.state.said().to_vec();
        let names = |text: &String| text.trim_start().starts_with('/') || !mentions(&self.hub, text).is_empty();
        if !said.iter().any(names) {
            return Ok(true);
        }
        let skills = self.skills.gather(&session.workspace, session.state.grants())?;
        let mut drafts = Vec::new();
        // What is done in a sub-agent comes after all that joins the conversation: from there on events are the sub-agent's.
        let mut apart = None;
        for text in said {
            drafts.extend(attached(&self.hub, session, &text).await?);
            match self.expand(session, &skills, &text, &mut apart).await {
                Ok(more) => drafts.extend(more),
                // A task in work is not ended by a slip of the pen: it goes on, and both sides see why.
                Err(EngineError::Skill(error)) if session.state.totals().turns > 0 => {
                    drafts.push(not_called(&text, &error));
                }
                Err(EngineError::Skill(error)) => {
                    let hint = deskhand_types::Coded::hint(&error).map(|hint| format!(" ({hint})"));
                    session.tell(EventBody::TaskFinished {
                        status: FinishStatus::Failed,
                        summary: format!("{error}{}", hint.unwrap_or_default()),
                    })?;
                    return Ok(false);
                }
                Err(other) => return Err(other),
            }
        }
        let is_apart = apart.is_some();
        drafts.extend(apart.into_iter().flatten());
        // At once: after a crash it is all there or is done again.
        if !drafts.is_empty() {
            session.append(drafts)?;
        }
        if is_apart {
            self.moment(session, Moment::agent_start()).await?;
        }
        Ok(true)
    }

    async fn expand(
        &mut self,
        session: &mut Session<'_>,
        skills: &Skills,
        text: &str,
        apart: &mut Option<Vec<EventDraft>>,
    ) -> Result<Vec<EventDraft>, EngineError> {
        if let Some(called) = self.hub.called(text)? {
            let name = deskhand_mcp::name::prompt(&called.entry.name, &called.prompt);
            self.may_expand(session, &name, called.typed, text).await?;
            return Ok(vec![session.alongside(prompt_text(&self.hub, called)).await??]);
        }
        let (found, args) = called(skills, text)?;
        let mut drafts = Vec::new();
        for skill in found {
            let name = skill.qualified();
            self.may_expand(session, &name, args, text).await?;
            let rendered = self.render(session, skills, skill, args, &by_person()).await?;
            let remark = match runs(session, skill, apart.is_some()) {
                Runs::Here(remark) => remark,
                Runs::Apart => {
                    let called = Called {
                        by: Caller::Person,
                        call: None,
                        args,
                    };
                    *apart = Some(self.fork(session, skills, skill, &called, rendered)?);
                    continue;
                }
            };
            let answers = answers(&self.models, Usual::of(&session.state), skill);
            let mut notes: Vec<String> = remark.map(str::to_owned).into_iter().chain(answers.notes).collect();
            let hooks = self.hook(rendered.hooks, &mut notes);
            let again = session.state.skills().is_there(&name, rendered.hash);
            let used = SkillUse {
                plugin: render::plugin_id(skills, skill),
                hash: rendered.hash,
                by: Caller::Person,
                call: None,
                args: args.to_owned(),
                text: if again {
                    format!("[The skill {name} stands in this conversation already, word for word; follow it.]")
                } else {
                    rendered.text
                },
                allowed: rendered.allowed,
                disallowed: rendered.disallowed,
                model: answers.model,
                hooks,
                notes,
                skill: name,
            };
            drafts.push(labelled(EventBody::SkillUsed(Box::new(used)), rendered.label));
            drafts.extend(rendered.attached.into_iter().map(fork::attached));
            drafts.extend(rendered.resources);
        }
        Ok(drafts)
    }

    /// Hooks may refuse what was typed.
    async fn may_expand(
        &mut self,
        session: &mut Session<'_>,
        name: &str,
        args: &str,
        text: &str,
    ) -> Result<(), EngineError> {
        let moment = Moment::expansion(name, args, text);
        match self.moment(session, moment).await?.refused {
            Some((plugin, reason)) => Err(SkillError::Hook { plugin, reason }.into()),
            None => Ok(()),
        }
    }
}

/// The resources of connectors that a text names.
async fn attached(hub: &Hub, session: &mut Session<'_>, text: &str) -> Result<Vec<EventDraft>, EngineError> {
    let mut drafts = Vec::new();
    for (entry, uri) in mentions(hub, text) {
        drafts.push(session.alongside(resource_text(hub, &entry, &uri)).await?);
    }
    Ok(drafts)
}
