//! A call of the tool `Skill`.

use deskhand_plugins::format::Skill;
use deskhand_plugins::format::catalog::Resolution;
use deskhand_types::{Block, CallId, Caller, Coded, EventBody, Label, SkillUse, ToolCall, ToolOutcome};

use super::{
    SkillError, Skills,
    answers::{Usual, answers},
    file_label,
    fork::{Called, Runs, runs},
    render::{self, Rendered},
};
use crate::{
    EngineError,
    hooks::Moment,
    perform::{Hands, finish, finished},
    session::{Session, labelled},
    views::with_withheld,
};

/// What the model wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Invocation {
    /// The skill's name, qualified or bare.
    pub skill: String,
    /// Words of the work, where it looks for a skill.
    pub search: Option<String>,
    /// What follows the name.
    pub args: String,
}

/// Skills one search finds.
const FOUND: usize = 5;

impl Hands<'_> {
    /// Performs a call of `Skill`: what the skill says is the result.
    pub async fn call_skill(
        &mut self,
        session: &mut Session<'_>,
        call: &ToolCall,
        wanted: &Invocation,
    ) -> Result<(), EngineError> {
        let mut skills = self.skills.gather(&session.workspace, session.state.grants())?;
        if let Some(words) = &wanted.search {
            skills.wake(session, &self.skills.home);
            return finish(session, call.id.clone(), found(&skills, words));
        }
        let rendered = match for_model(&skills, &wanted.skill) {
            Ok(skill) => match self.render(session, &skills, skill, &wanted.args, &call.id).await {
                Ok(rendered) => Ok((skill, rendered)),
                Err(EngineError::Skill(error)) => Err(error),
                Err(other) => return Err(other),
            },
            Err(error) => Err(error),
        };
        let (skill, rendered) = match rendered {
            Ok(both) => both,
            Err(error) => return finish(session, call.id.clone(), failed(&error)),
        };
        let name = skill.qualified();
        let remark = match runs(session, skill, false) {
            Runs::Here(remark) => remark,
            Runs::Apart => {
                return self
                    .fork_for(session, &skills, skill, (call, &wanted.args), rendered)
                    .await;
            }
        };
        let answers = answers(&self.models, Usual::of(&session.state), skill);
        let mut notes: Vec<String> = remark.map(str::to_owned).into_iter().chain(answers.notes).collect();
        let hooks = self.hook(rendered.hooks, &mut notes);
        // A model that may be under the influence of a file does not get questions out of its way.
        let allowed = if session.state.taint().is_tainted() {
            Vec::new()
        } else {
            rendered.allowed
        };
        let again = session.state.skills().is_there(&name, rendered.hash);
        let used = EventBody::SkillUsed(Box::new(SkillUse {
            skill: name.clone(),
            plugin: render::plugin_id(&skills, skill),
            hash: rendered.hash,
            by: Caller::Model,
            call: Some(call.id.clone()),
            args: wanted.args.clone(),
            text: String::new(),
            allowed,
            disallowed: rendered.disallowed,
            model: answers.model,
            hooks,
            notes,
        }));
        let mut label = rendered.label;
        let mut content = if again {
            vec![Block::text(format!(
                "The skill {name} stands in this conversation already, word for word; follow it."
            ))]
        } else {
            vec![Block::text(rendered.text)]
        };
        let mut notes = Vec::new();
        for attached in rendered.attached {
            label = label.join(&file_label(&attached.path));
            content.extend(attached.blocks);
            notes.extend(attached.notes);
        }
        for resource in rendered.resources {
            label = label.join(&resource.label.unwrap_or_else(Label::unknown));
            if let EventBody::ConnectorAttached(read) = resource.body {
                content.extend(read.content);
            }
        }
        let outcome = ToolOutcome {
            content,
            data: with_withheld(serde_json::Value::Null, &notes),
            ..ToolOutcome::text("", label.clone(), format!("Skill {name}"))
        };
        session.append(vec![labelled(used, label), finished(call.id.clone(), outcome)])
    }

    /// A sub-agent begins to do the skill; its end is the call's.
    async fn fork_for(
        &mut self,
        session: &mut Session<'_>,
        skills: &Skills,
        skill: &Skill,
        (call, args): (&ToolCall, &str),
        mut rendered: Rendered,
    ) -> Result<(), EngineError> {
        // As when it is followed in the conversation.
        if session.state.taint().is_tainted() {
            rendered.allowed.clear();
        }
        let called = Called {
            by: Caller::Model,
            call: Some(&call.id),
            args,
        };
        match self.fork(session, skills, skill, &called, rendered) {
            Ok(drafts) => {
                session.append(drafts)?;
                self.moment(session, Moment::agent_start()).await?;
                Ok(())
            }
            Err(EngineError::Skill(error)) => finish(session, call.id.clone(), failed(&error)),
            Err(other) => Err(other),
        }
    }
}

/// What the model is told of a skill that cannot be used.
fn failed(error: &SkillError) -> ToolOutcome {
    let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
    ToolOutcome::failed(error.code(), format!("{error}{hint}"))
}

/// The skills that fit some words best, with what each is for.
fn found(skills: &Skills, words: &str) -> ToolOutcome {
    let hits = skills.catalog.search(words, FOUND);
    let mut text = String::from("Call the one that fits with Skill, by its whole name:\n");
    let mut label = Label::harness();
    for hit in &hits {
        let name = hit.skill.qualified();
        text.push_str(&format!("- {name}: {}\n", hit.skill.description));
        label = label.join(&render::label(&name));
    }
    if hits.is_empty() {
        "No skill fits. Try other words, or go on without one.".clone_into(&mut text);
    }
    let count = hits.len();
    let summary = format!("Found {count} {}", if count == 1 { "skill" } else { "skills" });
    ToolOutcome::text(text, label, summary)
}

/// The skill a model means.
fn for_model<'s>(skills: &'s Skills, name: &str) -> Result<&'s Skill, SkillError> {
    let skill = find(skills, name)?;
    if skill.model_invocable {
        Ok(skill)
    } else {
        Err(SkillError::NotForModels(skill.qualified()))
    }
}

/// Who answers to a name.
pub(super) fn find<'s>(skills: &'s Skills, name: &str) -> Result<&'s Skill, SkillError> {
    match skills.catalog.resolve(name) {
        Resolution::Skill(skill) => Ok(skill),
        Resolution::Ambiguous(candidates) => Err(SkillError::Ambiguous {
            name: name.trim_start_matches('/').to_owned(),
            candidates,
        }),
        Resolution::Unknown(near) => Err(SkillError::Unknown {
            name: name.trim_start_matches('/').to_owned(),
            near,
        }),
    }
}

/// The id under which things are put on record that no call of a model stands behind.
pub(super) fn by_person() -> CallId {
    CallId::new("typed")
}
