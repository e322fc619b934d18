//! Skills, commands and agents as surfaces list them.

use std::path::{Path, PathBuf};

use deskhand_plugins::format::catalog::Resolution;
use deskhand_plugins::format::skill::Context;
use deskhand_plugins::format::{Agent, Catalog, Scope, Skill};
use deskhand_plugins::mount;
use deskhand_types::{EventBody, Grant, GrantMode, GuestPath};
use serde::Serialize;

use super::{
    SkillError, Skills, Sources, gather,
    invoke::find,
    project_agents::{self, AGENTS},
    render,
};
use crate::{Engine, EngineError, Settings};

/// A skill or command in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SkillLine {
    /// The name that always works: `finance:reconciliation`.
    pub name: String,
    /// The plugin it is from, `name@marketplace`; `null` for others.
    pub plugin: Option<String>,
    /// `personal`, `project`, `bundled`, `plugin` or `connector`.
    pub scope: String,
    /// What a person types behind `/`: the bare name where it works.
    pub command: String,
    /// What it is for, in one paragraph.
    pub description: String,
    /// What may follow its name.
    pub argument_hint: Option<String>,
    /// Whether a person may call it.
    pub for_people: bool,
    /// Whether a model may call it.
    pub for_models: bool,
    /// Whether it is in force: one in a granted folder is not before it was trusted.
    pub in_force: bool,
    /// Its file, or folder on this machine.
    pub place: String,
    /// `skill`, or `agent` for one of a granted folder: that is trusted as skills are.
    pub kind: &'static str,
}

/// What a person should know of the file of a skill, command or agent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SkillNote {
    /// The file, or the plugin's folder.
    pub place: String,
    /// What was found: that another is called by its name, or what of it could not be used.
    pub message: String,
}

/// A skill as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SkillView {
    /// The line of it.
    #[serde(flatten)]
    pub line: SkillLine,
    /// Tools it allows beforehand.
    pub allowed_tools: Vec<String>,
    /// Tools it takes away.
    pub disallowed_tools: Vec<String>,
    /// What else its head asks for, a line each: who answers, where it runs, which files it is for, what it runs by itself.
    pub asks: Vec<String>,
    /// Its text, nothing put in.
    pub body: String,
}

/// An agent in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AgentLine {
    /// Its full name.
    pub name: String,
    /// The plugin's name, `null` for others.
    pub plugin: Option<String>,
    /// What it is for.
    pub description: String,
    /// Its tools; `null` = all.
    pub tools: Option<Vec<String>>,
}

impl AgentLine {
    pub(crate) fn of(agent: &Agent) -> Self {
        Self {
            name: agent.qualified.clone(),
            plugin: agent.scope.plugin().map(str::to_owned),
            description: agent.shown(),
            tools: agent
                .tools
                .as_ref()
                .map(|rules| rules.iter().map(ToString::to_string).collect()),
        }
    }
}

impl Sources {
    /// Whether commands that stand in skills may run.
    pub fn commands_allowed(&self) -> Result<bool, EngineError> {
        Ok(!Settings::load(&*self.log)?.skill_commands_off)
    }
}

impl Engine {
    /// Skills and commands, strongest scope first; with those of these folders, or of the standing ones. Skills nobody has
    /// trusted come last and are not in force.
    ///
    /// # Errors
    /// When a folder may not be granted or the store fails.
    pub fn skills(&self, folders: &[PathBuf]) -> Result<Vec<SkillLine>, EngineError> {
        let skills = self.callable(folders)?;
        let mut lines: Vec<SkillLine> = skills
            .catalog
            .skills()
            .iter()
            .map(|skill| line(&skills, skill))
            .collect();
        lines.extend(skills.project_agents.iter().filter_map(|one| {
            let mut agents = skills.catalog.agents().iter();
            let agent = agents.find(|agent| agent.scope == Scope::Project && agent.qualified == one.name)?;
            Some(SkillLine {
                description: agent.shown(),
                for_models: true,
                in_force: true,
                ..projects(&one.name, &one.file, "agent")
            })
        }));
        let inert = skills.inert.iter();
        lines.extend(inert.map(|one| projects(&one.name, &one.folder, if one.is_agent { "agent" } else { "skill" })));
        Ok(lines)
    }

    /// What was noticed while these skills were gathered: those whose names mean another, and what cannot be used.
    ///
    /// # Errors
    /// As [`Engine::skills`].
    pub fn skill_notes(&self, folders: &[PathBuf]) -> Result<Vec<SkillNote>, EngineError> {
        let skills = self.callable(folders)?;
        let notes = skills.catalog.shadowed().into_iter().chain(skills.notes);
        let notes = notes.map(|note| SkillNote {
            place: note.path.to_string_lossy().into_owned(),
            message: note.message,
        });
        Ok(notes.collect())
    }

    /// What a person can call, by the name to type: skills, commands, and prompts of connectors.
    ///
    /// # Errors
    /// As [`Engine::skills`].
    pub fn commands(&self, folders: &[PathBuf]) -> Result<Vec<SkillLine>, EngineError> {
        let skills = self.callable(folders)?;
        let menu = skills.catalog.menu();
        let mut lines: Vec<SkillLine> = menu.into_iter().map(|(_, skill)| line(&skills, skill)).collect();
        self.refresh()?;
        lines.extend(self.hub().commands());
        Ok(lines)
    }

    /// One skill.
    ///
    /// # Errors
    /// When nobody or several answer to the name.
    pub fn skill(&self, name: &str, folders: &[PathBuf]) -> Result<SkillView, EngineError> {
        let skills = self.callable(folders)?;
        let skill = find(&skills, name)?;
        let texts =
            |rules: &[deskhand_plugins::format::tools::ToolRule]| rules.iter().map(ToString::to_string).collect();
        Ok(SkillView {
            line: line(&skills, skill),
            allowed_tools: texts(&skill.allowed_tools),
            disallowed_tools: texts(&skill.disallowed_tools),
            asks: asks(skill),
            body: skill.body.clone(),
        })
    }

    /// The skills that fit some words best.
    ///
    /// # Errors
    /// As [`Engine::skills`].
    pub fn search_skills(&self, words: &str, most: usize) -> Result<Vec<SkillLine>, EngineError> {
        let mut skills = self.callable(&[])?;
        // Files matter to what a model is told of, not to what a person looks for.
        skills.catalog.wake(|_| true);
        let hits = skills.catalog.search(words, most);
        Ok(hits.into_iter().map(|hit| line(&skills, hit.skill)).collect())
    }

    /// All agents.
    ///
    /// # Errors
    /// As [`Engine::skills`].
    pub fn agents(&self) -> Result<Vec<AgentLine>, EngineError> {
        let skills = self.callable(&[])?;
        Ok(skills.catalog.agents().iter().map(AgentLine::of).collect())
    }

    /// Trusts a skill in a granted folder as it stands now. `folder` is the skill's own folder on this machine, or the file of
    /// an agent, as [`Engine::skills`] gives it. Returns its name.
    ///
    /// # Errors
    /// When there is no such skill in the folders.
    pub fn trust_skill(&self, folder: &Path) -> Result<String, EngineError> {
        let (files, file) = self.skill_files(folder)?;
        self.set(EventBody::InstructionsTrusted {
            file,
            hash: mount::hash(&files),
        })?;
        let name = if is_agent(folder) {
            folder.file_stem()
        } else {
            folder.file_name()
        };
        Ok(name.unwrap_or_default().to_string_lossy().into_owned())
    }

    /// The text of a skill in a granted folder as it stands now, to be read before it is trusted, and the hash of the whole
    /// skill: it changes with any of its files.
    ///
    /// # Errors
    /// As [`Engine::trust_skill`].
    pub fn skill_to_trust(&self, folder: &Path) -> Result<(String, String), EngineError> {
        let (files, _) = self.skill_files(folder)?;
        let text = files.iter().find(|file| file.path == "SKILL.md" || is_agent(folder));
        let text = text.map_or_else(String::new, |file| String::from_utf8_lossy(&file.bytes).into_owned());
        Ok((text, mount::hash(&files).to_string()))
    }

    /// The files of a skill in a granted folder, and what its trust is kept under.
    fn skill_files(&self, folder: &Path) -> Result<(Vec<mount::File>, String), EngineError> {
        let nothing = || SkillError::NothingToTrust(folder.display().to_string());
        // `<granted folder>/.claude/skills/<name>`, or `<granted folder>/.claude/agents/…/<name>.md`
        let project = if is_agent(folder) {
            let agents = folder.ancestors().find(|above| above.ends_with(AGENTS));
            agents.and_then(|agents| agents.ancestors().nth(2))
        } else {
            folder.ancestors().nth(3)
        };
        let project = project.ok_or_else(nothing)?;
        let grant = self.folders().grant(project, GrantMode::ReadOnly, false, &[])?;
        let workspace = self.workspace(std::slice::from_ref(&grant))?;
        let resolved = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let below = resolved.strip_prefix(project).map_err(|_| nothing())?;
        let guest = PathBuf::from(format!("/mnt/{}", grant.name)).join(below);
        if is_agent(folder) {
            let path = GuestPath::new(guest.to_string_lossy().replace('\\', "/"));
            return Ok(project_agents::file_of(&workspace, &grant, &path).ok_or_else(nothing)?);
        }
        let found = gather::files_of(&workspace, &grant, &guest)
            .filter(|(files, _)| files.iter().any(|file| file.path == "SKILL.md"))
            .ok_or_else(nothing)?;
        Ok(found)
    }

    /// What can be called with these folders, or with the standing ones.
    pub(crate) fn callable(&self, folders: &[PathBuf]) -> Result<Skills, EngineError> {
        let mut grants: Vec<Grant> = Vec::new();
        if folders.is_empty() {
            for standing in self.settings()?.grants {
                let folder = PathBuf::from(&standing.folder);
                // One that is not there any more has no skills.
                grants.extend(self.folders().grant(&folder, standing.mode, false, &grants).ok());
            }
        }
        for folder in folders {
            grants.push(self.folders().grant(folder, GrantMode::ReadOnly, false, &grants)?);
        }
        self.skills.gather(&*self.workspace(&grants)?, &grants)
    }
}

/// What its head asks for beside tools.
fn asks(skill: &Skill) -> Vec<String> {
    let mut asks = Vec::new();
    let words = [("the model", &skill.model), ("the effort", &skill.effort)];
    asks.extend(
        words
            .into_iter()
            .filter_map(|(what, word)| word.as_ref().map(|word| format!("{what} {word}"))),
    );
    if skill.context == Context::Fork {
        let agent = skill.agent.as_deref().unwrap_or(crate::agents::GENERAL);
        asks.push(format!("to be done in a sub-agent: {agent}"));
    }
    if !skill.paths.is_empty() {
        asks.push(format!("to be told of for {}", skill.paths.join(", ")));
    }
    for group in &skill.hooks.groups {
        let lines = group.handlers.iter().map(|handler| crate::hooks::line(&handler.action));
        asks.extend(lines.map(|line| format!("a hook at {}: {line}", group.event.name())));
    }
    asks
}

/// Whether what is to be trusted is an agent's file, not a skill's folder.
fn is_agent(place: &Path) -> bool {
    place.extension().is_some_and(|extension| extension == "md")
        && place.ancestors().any(|above| above.ends_with(AGENTS))
}

fn line(skills: &Skills, skill: &Skill) -> SkillLine {
    SkillLine {
        name: skill.qualified(),
        plugin: render::plugin_id(skills, skill),
        scope: match &skill.scope {
            Scope::Managed => "managed",
            Scope::Personal => "personal",
            Scope::Project | Scope::Nested(_) => "project",
            Scope::Bundled => "bundled",
            Scope::Plugin(_) => "plugin",
        }
        .to_owned(),
        command: typed_name(&skills.catalog, skill),
        description: skill.description.clone(),
        argument_hint: skill.argument_hint.clone(),
        for_people: skill.user_invocable,
        for_models: skill.model_invocable,
        in_force: true,
        place: skill.file.to_string_lossy().into_owned(),
        kind: "skill",
    }
}

/// Something in a granted folder that is not in force.
fn projects(name: &str, place: &str, kind: &'static str) -> SkillLine {
    SkillLine {
        name: name.to_owned(),
        plugin: None,
        scope: "project".to_owned(),
        command: name.to_owned(),
        description: String::new(),
        argument_hint: None,
        for_people: false,
        for_models: false,
        in_force: false,
        place: place.to_owned(),
        kind,
    }
}

/// The bare name where it means this skill, else the full one.
fn typed_name(catalog: &Catalog, skill: &Skill) -> String {
    match catalog.resolve(&skill.slug) {
        Resolution::Skill(one) if std::ptr::eq(one, skill) => skill.slug.clone(),
        _ => skill.qualified(),
    }
}
