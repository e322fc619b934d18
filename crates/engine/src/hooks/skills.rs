//! Hooks of skills: in force from the use of the skill to the end of the task. And of agents outside of plugins: while they
//! work.
//!
//! They run exactly as a plugin's do: a plugin's skill's with its plugin's files, variables and settings, another's with the
//! skill's own folder as the plugin's. A task that is taken up again goes on with them as long as they are what they were.
//!
//! Architecture invariant: a skill whose source nobody has agreed to let run anything has no hooks here, and that is said.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use deskhand_plugins::format::hooks::{Action, Event, Handler, Hooks};
use deskhand_plugins::format::{Agent, Plugin, Skill};
use deskhand_plugins::library::id::SKILLS_DIR;
use deskhand_types::{EventBody, HOOKS_OF_AGENT, HOOKS_OF_SKILL, Hash, HookRun};

use super::Hooking;
use crate::{
    EngineError,
    command::start_folder,
    perform::Hands,
    plugins::Enabled,
    session::Session,
    skills::{Brought, Place, Skills, hooks_of},
};

/// Hooks of a skill that is in use.
#[derive(Clone, Debug)]
pub(crate) struct SkillHooks {
    /// The skill's full name.
    skill: String,
    /// Hash of what they are.
    pub hash: Hash,
    /// As a plugin that has these hooks only.
    enabled: Arc<Enabled>,
    /// Where that is in the task.
    root: String,
}

/// What the hooks of a skill come to.
#[derive(Clone, Debug)]
pub(crate) enum OfSkill {
    /// It has none.
    None,
    /// They may run.
    Run(SkillHooks),
    /// They may not: why.
    Refused(String),
}

/// What comes of the hooks of a skill that was brought along. `commands`: whether commands of skills may run at all.
pub(crate) fn of_skill(skill: &Skill, place: &Place, brought: &Brought, commands: bool) -> OfSkill {
    if skill.hooks.is_empty() {
        return OfSkill::None;
    }
    if !commands {
        return OfSkill::Refused("its hooks are not run, since commands of skills are switched off".to_owned());
    }
    let hooks = in_place(&skill.hooks, &brought.folder);
    let name = skill.qualified();
    let enabled = match place {
        Place::Plugin(enabled) if enabled.plugin.marketplace.as_deref() == Some(SKILLS_DIR) => {
            let id = &enabled.id;
            return OfSkill::Refused(format!(
                "its hooks are not run: {id} lies in a folder of skills, and nobody has agreed to what it runs; install it \
                 to look at that and agree"
            ));
        }
        Place::Plugin(enabled) => Enabled {
            plugin: Plugin {
                hooks,
                ..enabled.plugin.clone()
            },
            ..(**enabled).clone()
        },
        Place::Folder(_) | Place::Files(_) => {
            let id = format!("{HOOKS_OF_SKILL}{name}");
            Enabled {
                plugin: Plugin {
                    name: id.clone(),
                    root: PathBuf::from(&brought.folder),
                    hooks,
                    ..Plugin::default()
                },
                ..nobodys(id)
            }
        }
    };
    OfSkill::Run(SkillHooks {
        skill: name,
        hash: hash(&skill.hooks),
        enabled: Arc::new(enabled),
        root: brought.root.clone(),
    })
}

/// Hash of what hooks are, so that others in their place are noticed.
fn hash(hooks: &Hooks) -> Hash {
    Hash::of(serde_json::to_string(hooks).unwrap_or_default().as_bytes())
}

/// Commands with the skill's folder as the task sees it.
fn in_place(hooks: &Hooks, folder: &str) -> Hooks {
    let mut hooks = hooks.clone();
    let handlers = hooks.groups.iter_mut().flat_map(|group| &mut group.handlers);
    for handler in handlers {
        if let Action::Command { command, args, .. } = &mut handler.action {
            for text in std::iter::once(command).chain(args.iter_mut().flatten()) {
                *text = text.replace("${CLAUDE_SKILL_DIR}", folder);
            }
        }
    }
    hooks
}

impl Hooking {
    /// From here on these hooks are in force, in place of earlier ones of the same skill.
    pub fn take_skill(&mut self, own: SkillHooks) {
        if let Some(before) = self.skills.remove(&own.skill) {
            if before.hash == own.hash {
                // One that was to run once has.
                self.skills.insert(own.skill.clone(), before);
                return;
            }
            self.plugins.retain(|plugin| !Arc::ptr_eq(plugin, &before.enabled));
        }
        self.roots.insert(own.enabled.id.clone(), own.root.clone());
        self.plugins.push(own.enabled.clone());
        self.skills.insert(own.skill.clone(), own);
    }

    /// A hook of a skill that is to run once is run now, and not again.
    pub fn spend(&mut self, event: Event, plugin: &Arc<Enabled>, handler: &Handler) {
        let mut skills = self.skills.values_mut();
        let Some(own) = skills.find(|own| handler.once && Arc::ptr_eq(&own.enabled, plugin)) else {
            return;
        };
        let mut less = (*own.enabled).clone();
        for group in less.plugin.hooks.groups.iter_mut().filter(|group| group.event == event) {
            group.handlers.retain(|other| other != handler);
        }
        let less = Arc::new(less);
        for known in self.plugins.iter_mut().filter(|known| Arc::ptr_eq(known, plugin)) {
            *known = less.clone();
        }
        own.enabled = less;
    }
}

/// The hooks of an agent, as those of a plugin; `None` when it has none.
fn of_agent(agent: &Agent, is_sub_agent: bool) -> Option<Arc<Enabled>> {
    let mut hooks = hooks_of(agent);
    if hooks.is_empty() {
        return None;
    }
    // It does not end the task it works for.
    let groups = hooks
        .groups
        .iter_mut()
        .filter(|group| is_sub_agent && group.event == Event::Stop);
    groups.for_each(|group| group.event = Event::SubagentStop);
    let id = format!("{HOOKS_OF_AGENT}{}", agent.qualified);
    Some(Arc::new(Enabled {
        plugin: Plugin {
            name: id.clone(),
            hooks,
            ..Plugin::default()
        },
        ..nobodys(id)
    }))
}

/// What is no plugin's: nothing was set for it.
fn nobodys(id: String) -> Enabled {
    Enabled {
        id,
        plugin: Plugin::default(),
        config: BTreeMap::default(),
        sensitive: BTreeSet::default(),
        missing: Vec::new(),
        data: PathBuf::new(),
    }
}

impl Hooking {
    /// A sub-agent begins: its own hooks are in force while it works. `None` is the one there always is, which has none.
    pub fn enter_agent(&mut self, agent: Option<&Agent>, folder: &str) {
        self.leave_agent();
        self.agent = agent.and_then(|agent| of_agent(agent, true));
        self.join(self.agent.clone(), folder);
    }

    /// It is over.
    pub fn leave_agent(&mut self) {
        if let Some(own) = self.agent.take() {
            self.plugins.retain(|plugin| !Arc::ptr_eq(plugin, &own));
        }
    }

    fn join(&mut self, own: Option<Arc<Enabled>>, folder: &str) {
        if let Some(own) = own {
            self.roots.insert(own.id.clone(), folder.to_owned());
            self.plugins.push(own);
        }
    }
}

impl Hands<'_> {
    /// The hooks of the agents at work when the run begins: the one the task runs as, and the sub-agent that was cut off.
    ///
    /// # Errors
    /// When the store fails.
    pub fn hook_agents(&mut self, session: &Session<'_>) -> Result<(), EngineError> {
        let leads = session.state.start().agent.clone();
        let sub = session.state.sub_agent().map(|agent| agent.start().agent.clone());
        if leads.is_none() && sub.is_none() {
            return Ok(());
        }
        let skills = self.skills.gather(&session.workspace, session.state.grants())?;
        let folder = start_folder(session);
        let found = leads.and_then(|name| skills.catalog.agent(&name));
        self.hooks.join(found.and_then(|agent| of_agent(agent, false)), &folder);
        let found = sub.and_then(|name| skills.catalog.agent(&name));
        self.hooks.enter_agent(found, &folder);
        Ok(())
    }

    /// The hooks of skills that were used before this run, as long as they are what they were.
    ///
    /// # Errors
    /// When the log or the store fails.
    pub fn hook_again(&mut self, session: &mut Session<'_>) -> Result<(), EngineError> {
        let used = session.state.skill_hooks().clone();
        if used.is_empty() {
            return Ok(());
        }
        let skills = self.skills.gather(&session.workspace, session.state.grants())?;
        let commands = self.skills.commands_allowed()?;
        for (name, before) in used {
            match self.found_again(session, &skills, &name, commands)? {
                OfSkill::Run(own) if own.hash == before => self.hooks.take_skill(own),
                OfSkill::Run(_) | OfSkill::None => {
                    let why = "the skill's hooks are other ones now, so none is run until it is used again";
                    session.tell(not_run(&name, why.to_owned()))?;
                }
                OfSkill::Refused(why) => session.tell(not_run(&name, why))?,
            }
        }
        self.forget_spent(session)
    }

    fn found_again(
        &self,
        session: &mut Session<'_>,
        skills: &Skills,
        name: &str,
        commands: bool,
    ) -> Result<OfSkill, EngineError> {
        let gone = || {
            OfSkill::Refused("the skill is not there any more, or not in force, so its hooks are not run".to_owned())
        };
        let Some((skill, place)) = skills.named(name) else {
            return Ok(gone());
        };
        match self.skills.bring(session, skill, place) {
            Ok(brought) => Ok(of_skill(skill, place, &brought, commands)),
            Err(EngineError::Skill(error)) => Ok(OfSkill::Refused(format!("its hooks are not run: {error}"))),
            Err(other) => Err(other),
        }
    }

    /// What was to run once and ran before this run of the task does not run again.
    fn forget_spent(&mut self, session: &Session<'_>) -> Result<(), EngineError> {
        let is_once = |own: &SkillHooks| {
            let mut handlers = own.enabled.plugin.hooks.groups.iter().flat_map(|group| &group.handlers);
            handlers.any(|handler| handler.once)
        };
        if !self.hooks.skills.values().any(is_once) {
            return Ok(());
        }
        for event in session.log.read(&session.id, 0)? {
            let EventBody::HookRan(run) = event.body else { continue };
            let due: Vec<(Event, Arc<Enabled>, Handler)> = self
                .hooks
                .skills
                .values()
                .filter(|own| own.enabled.id == run.plugin)
                .flat_map(|own| {
                    let groups = own.enabled.plugin.hooks.groups.iter();
                    let of = groups.filter(|group| group.event.name() == run.event);
                    let handlers = of.flat_map(|group| group.handlers.iter().map(|handler| (group.event, handler)));
                    let same = handlers.filter(|(_, handler)| super::line(&handler.action) == run.handler);
                    same.map(|(event, handler)| (event, own.enabled.clone(), handler.clone()))
                        .collect::<Vec<_>>()
                })
                .take(1)
                .collect();
            for (event, plugin, handler) in due {
                self.hooks.spend(event, &plugin, &handler);
            }
        }
        Ok(())
    }
}

/// What is told of hooks that would go on and do not.
fn not_run(skill: &str, why: String) -> EventBody {
    EventBody::HookRan(Box::new(HookRun {
        event: Event::SessionStart.name().to_owned(),
        plugin: format!("{HOOKS_OF_SKILL}{skill}"),
        handler: String::new(),
        call: None,
        ms: 0,
        exit: None,
        verdict: None,
        reason: None,
        context: None,
        note: Some(why),
        asked: None,
    }))
}
