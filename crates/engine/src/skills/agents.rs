//! What a task is able to do besides its tools when it starts: the skills it is told of, and the agent it runs as.

use std::sync::Arc;

use deskhand_plugins::format::agent::{Agent, AgentModel};
use deskhand_plugins::format::skill::Scope;
use deskhand_plugins::format::substitute::system_prompt;
use deskhand_plugins::format::variables::{Variables, data_folder};
use deskhand_types::{Budget, Grant, Mode, TaskId, ToolDef};
use deskhand_workspace::Workspace;

use super::{SkillError, Skills, mode_of, typed};
use crate::{
    Chosen, Engine, EngineError, RECIPES, StartOptions, agents, command::start_folder_of as start_folder,
    plugins::Enabled, tools,
};

/// What the system prompt and the limits of a task take from skills and agent.
pub(crate) struct Able {
    /// For the end of the system prompt.
    pub told: String,
    /// The folder with the plugin its agent is of, where the agent's text names it.
    pub brought: Option<Grant>,
    max_turns: Option<u64>,
}

impl Able {
    /// The budget, with the agent's own limit of turns where that is the smaller.
    pub fn budget(&self, budget: Budget) -> Budget {
        let max_turns = match (budget.max_turns, self.max_turns) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Budget { max_turns, ..budget }
    }
}

impl Engine {
    /// The model of a task: the person's choice, else the agent's, else the default.
    pub(crate) fn model_for(
        &self,
        options: &StartOptions,
        workspace: &Workspace,
        grants: &[Grant],
    ) -> Result<Option<String>, EngineError> {
        let (None, Some(name)) = (&options.model, &options.agent) else {
            return Ok(options.model.clone());
        };
        let skills = self.skills.gather(workspace, grants)?;
        let AgentModel::Id(id) = &agent(&skills, name)?.model else {
            // Sizes are another vendor's words for models the person may not have; the task's own serves.
            return Ok(None);
        };
        let usual = self.models().resolve(None)?;
        if usual.model.provider == RECIPES {
            return Ok(None);
        }
        Ok(Some(format!("{}/{id}", usual.model.provider)))
    }

    /// The mode of a task: the person's choice, or the agent's, where that is stricter.
    pub(crate) fn mode_for(
        &self,
        options: &StartOptions,
        workspace: &Workspace,
        grants: &[Grant],
    ) -> Result<Mode, EngineError> {
        let Some(name) = &options.agent else {
            return Ok(options.mode);
        };
        let skills = self.skills.gather(workspace, grants)?;
        Ok(mode_of(agent(&skills, name)?, options.mode))
    }

    /// What the task is told of skills, and what its agent changes. Refuses a slash command nobody answers to.
    pub(crate) fn able(
        &self,
        task: &TaskId,
        options: &StartOptions,
        workspace: &Workspace,
        grants: &[Grant],
        offered: &mut Vec<ToolDef>,
        chosen: &Chosen,
    ) -> Result<Able, EngineError> {
        let mut able = Able {
            told: String::new(),
            brought: None,
            max_turns: None,
        };
        let is_model = chosen.model.provider != RECIPES;
        if !is_model && options.agent.is_none() && !options.prompt.trim_start().starts_with('/') {
            return Ok(able);
        }
        let skills = self.skills.gather(workspace, grants)?;
        if self.hub().called(&options.prompt)?.is_none() {
            typed::called(&skills, &options.prompt)?;
        }
        let listing = skills.listing();
        if is_model && !listing.is_empty() {
            offered.push(tools::skill_definition());
            able.told.push_str(&listing);
        }
        if is_model {
            offered.push(tools::task_definition(&agents::listing(&skills)));
        }
        if let Some(name) = &options.agent {
            let agent = agent(&skills, name)?;
            let mut variables = variables(&skills, agent, &start_folder(grants));
            if let Some(enabled) = plugin_named(&skills, agent) {
                let (grant, root) = self.skills.bring_first(task, enabled)?;
                able.brought = Some(grant);
                variables.plugin_root = Some(root.into());
            }
            let body = system_prompt(agent, &variables).map_err(SkillError::from)?;
            able.max_turns = agent.max_turns.map(u64::from);
            let names: Vec<String> = offered.iter().map(|tool| tool.name.clone()).collect();
            let given = agent.given(names.iter().map(String::as_str));
            // A task is no sub-agent: it may ask its person.
            offered.retain(|tool| given.contains(&tool.name.as_str()) || tool.name == "AskUserQuestion");
            able.told.push_str(&format!(
                "\n\nYou work as the agent {}:\n{}",
                agent.qualified,
                body.trim()
            ));
        }
        Ok(able)
    }
}

/// The agent of that name.
fn agent<'s>(skills: &'s Skills, name: &str) -> Result<&'s Agent, SkillError> {
    skills.catalog.agent(name).ok_or_else(|| SkillError::NoAgent {
        name: name.to_owned(),
        known: skills
            .catalog
            .agents()
            .iter()
            .map(|agent| agent.qualified.clone())
            .collect(),
    })
}

/// What the variables in an agent's text stand for, but the plugin's folder, which is there once it was brought along.
/// `project` is the task's first folder, as the task sees it.
pub(crate) fn variables(skills: &Skills, agent: &Agent, project: &str) -> Variables {
    let mut variables = Variables {
        project_dir: Some(project.into()),
        ..Variables::default()
    };
    if let Some(enabled) = plugin_of(skills, agent) {
        variables.plugin_data = Some(format!("/tmp/plugin-data/{}", data_folder(&enabled.id)).into());
        variables.user_config = enabled.config.clone();
        variables.sensitive.clone_from(&enabled.sensitive);
    }
    variables
}

fn plugin_of<'s>(skills: &'s Skills, agent: &Agent) -> Option<&'s Arc<Enabled>> {
    match &agent.scope {
        Scope::Plugin(name) => skills.plugin(name),
        _ => None,
    }
}

/// The plugin of an agent whose text names its folder: that has to be brought along.
pub(crate) fn plugin_named<'s>(skills: &'s Skills, agent: &Agent) -> Option<&'s Arc<Enabled>> {
    plugin_of(skills, agent).filter(|_| agent.body.contains("${CLAUDE_PLUGIN_ROOT}"))
}
