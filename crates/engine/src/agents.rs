//! Sub-agents: what one is given when a model calls `Task`, and what becomes of its end.
//!
//! What a sub-agent is inside a task is `agent::sub_agent`; here its type is looked up, its prompt and tools are put together
//! and frozen (`agent.started`), and its last words become the outcome of the call. Everything between is performed like
//! anything else of the task.
//!
//! Architecture invariants: a sub-agent has no tool its task has not, and never `Task`; its label is the task's; nothing it
//! or the one that leads says is the person's voice.

use deskhand_agent::Report;
use deskhand_models::ModelError;
use deskhand_plugins::format::agent::{Agent, AgentModel, NEVER_GIVEN};
use deskhand_plugins::format::substitute::system_prompt;
use deskhand_types::{
    AgentStart, Block, CallId, Code, Coded, Confidentiality, EventBody, FinishStatus, Integrity, Label, ModelRef,
    SourceKind, ToolCall, ToolDef, ToolOutcome,
};
use serde_json::json;

use crate::{
    Chosen, EngineError, Models, RECIPES,
    command::start_folder,
    hooks::Moment,
    perform::{Hands, finish, finished},
    prompt,
    session::{Session, labelled},
    skills::{SkillError, Skills, mode_of, plugin_named, variables},
};

/// The agent there always is: all tools, no instructions of its own.
pub(crate) const GENERAL: &str = "general-purpose";
/// What is told of it.
const GENERAL_FOR: &str = "any piece of work, with all your tools";
/// Tools that are the task's alone: its plan, and the way to start sub-agents.
const TASKS_OWN: [&str; 2] = [deskhand_agent::SPAWN, "TodoWrite"];
/// Bytes of the tool's definition that tell of agents, at most, and characters about one.
const LISTING: usize = 1_500;
const ABOUT: usize = 160;

/// A call of `Task`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Delegation {
    /// The agent's name.
    pub agent: String,
    /// In a few words.
    pub description: String,
    /// What it is to do.
    pub prompt: String,
}

/// The types there are, one per line; of many the last are only counted. The same bytes for the same agents.
pub(crate) fn listing(skills: &Skills) -> String {
    let mut lines = format!("- {GENERAL}: {GENERAL_FOR}");
    let mut left = 0;
    for agent in skills.catalog.agents() {
        let about: String = agent.shown().chars().take(ABOUT).collect();
        let line = format!("\n- {}: {about}", agent.qualified);
        if lines.len() + line.len() > LISTING {
            left += 1;
        } else {
            lines.push_str(&line);
        }
    }
    if left > 0 {
        lines.push_str(&format!("\n- and {left} more; a name that is unknown lists them all"));
    }
    lines
}

impl Hands<'_> {
    /// A sub-agent begins; or the call fails, and says what there is.
    pub async fn delegate(
        &mut self,
        session: &mut Session<'_>,
        call: &ToolCall,
        started: EventBody,
        wanted: Delegation,
    ) -> Result<(), EngineError> {
        let begun = session.state.call(&call.id).is_some_and(|call| call.started);
        let mut drafts = if begun { Vec::new() } else { vec![started.into()] };
        let skills = self.skills.gather(&session.workspace, session.state.grants())?;
        let prepared = match find(&skills, &wanted.agent) {
            Ok(agent) => match self.prepare(session, &skills, agent, &call.id, wanted) {
                Ok(both) => Ok(both),
                Err(EngineError::Skill(error)) => Err(Box::new(ToolOutcome::failed(error.code(), error.to_string()))),
                Err(other) => return Err(other),
            },
            Err(outcome) => Err(outcome),
        };
        match prepared {
            Ok((start, label)) => {
                drafts.push(labelled(EventBody::AgentStarted(Box::new(start)), label));
                session.append(drafts)?;
                // What hooks add is said to the sub-agent.
                self.moment(session, Moment::agent_start()).await?;
                Ok(())
            }
            Err(outcome) => {
                drafts.push(finished(call.id.clone(), *outcome));
                session.append(drafts)
            }
        }
    }

    /// Everything a sub-agent begins with, and the label of what it is told. `agent` is its type, `None` the one there
    /// always is; what its text names of its plugin is brought along.
    ///
    /// # Errors
    /// [`SkillError`] when its file cannot be used: nothing was started then.
    pub(crate) fn prepare(
        &mut self,
        session: &mut Session<'_>,
        skills: &Skills,
        agent: Option<&Agent>,
        call: &CallId,
        wanted: Delegation,
    ) -> Result<(AgentStart, Label), EngineError> {
        let root = match agent.and_then(|agent| plugin_named(skills, agent)) {
            None => None,
            Some(enabled) => Some(self.skills.clone().bring_plugin(session, enabled)?),
        };
        let started = self.agent_start(session, skills, agent, call, wanted, root)?;
        self.hooks.enter_agent(agent, &start_folder(session));
        Ok(started)
    }

    /// Everything it begins with, and the label of what it is told.
    fn agent_start(
        &self,
        session: &Session<'_>,
        skills: &Skills,
        agent: Option<&Agent>,
        call: &CallId,
        wanted: Delegation,
        root: Option<String>,
    ) -> Result<(AgentStart, Label), SkillError> {
        let state = session.state.start();
        let tools = given(session, agent);
        let mode = agent.map_or(state.mode, |agent| mode_of(agent, state.mode));
        let mut system = prompt::for_agent(
            session.state.grants(),
            mode,
            &session.clock.today(),
            &state.instructions,
        );
        if tools.iter().any(|tool| tool.name == "Skill") {
            system.push_str(&skills.listing());
        }
        let mut label = session.state.taint().clone();
        let mut start = AgentStart {
            call: call.clone(),
            agent: GENERAL.to_owned(),
            description: wanted.description,
            prompt: wanted.prompt,
            system,
            tools,
            model: None,
            profile: None,
            mode: None,
            max_turns: None,
        };
        if let Some(agent) = agent {
            let mut variables = variables(skills, agent, &start_folder(session));
            variables.plugin_root = root.map(Into::into);
            let body = system_prompt(agent, &variables)?;
            start.system.push_str(&format!(
                "\n\nYou work as the agent {}:\n{}",
                agent.qualified,
                body.trim()
            ));
            start.agent.clone_from(&agent.qualified);
            start.mode = Some(mode).filter(|mode| *mode != state.mode);
            start.max_turns = agent.max_turns.map(u64::from);
            if let Some(Chosen { model, profile }) = own_model(&self.models, session.state.model(), &agent.model) {
                (start.model, start.profile) = (Some(model), Some(profile));
            }
            label = label.join(&Label::from_source(
                Integrity::TrustedConfig,
                Confidentiality::Public,
                SourceKind::Config,
                &format!("the agent {}", agent.qualified),
            ));
        }
        Ok((start, label))
    }

    /// The sub-agent is over: its last words are the outcome of the call, and nothing else of what it said or read.
    pub async fn report(&mut self, session: &mut Session<'_>, report: Report) -> Result<(), EngineError> {
        if report.status == FinishStatus::Done && session.state.skills().may_hold() {
            let moment = Moment::agent_stop(&report.text, session.state.skills().was_held());
            if self.moment(session, moment).await?.refused.is_some() {
                // Their words joined its conversation, so its model is asked again.
                return Ok(());
            }
        }
        let Some(agent) = session.state.sub_agent() else {
            return Ok(());
        };
        let (name, turns) = (agent.start().agent.clone(), agent.turns());
        let room = usize::try_from(session.state.start().profile.tool_result_chars).unwrap_or(usize::MAX);
        let mut outcome = outcome(&name, turns, &report, room);
        if session.state.is_persons_agent() {
            // No call stands before it in the conversation.
            let about = format!(
                "[{}, done by the sub-agent {name}. Its report:]",
                agent.start().description
            );
            outcome.content.insert(0, Block::text(about));
        }
        finish(session, report.call.clone(), outcome.clone())?;
        self.hooks.leave_agent();
        if let Some(call) = session.state.call(&report.call).map(|call| call.call.clone()) {
            self.moment(session, Moment::after_call(&call, &outcome)).await?;
        }
        Ok(())
    }
}

/// The model an agent or a hook names, where it is one of the same provider, that can be used, and not the one that answers anyway.
pub(crate) fn own_model(models: &Models, usual: &ModelRef, named: &AgentModel) -> Option<Chosen> {
    // Sizes are another vendor's words for models the person may not have; the task's own serves.
    let AgentModel::Id(id) = named else { return None };
    named_model(models, usual, id)
        .ok()
        .filter(|chosen| chosen.model != *usual)
}

/// The model of that id, as the provider of the usual one names it.
///
/// # Errors
/// When that provider cannot be used any more.
pub(crate) fn named_model(models: &Models, usual: &ModelRef, id: &str) -> Result<Chosen, ModelError> {
    if usual.provider == RECIPES {
        return Err(ModelError::NotConfigured);
    }
    let provider = format!("{}/", usual.provider);
    let name = id.strip_prefix(&provider).unwrap_or(id);
    models.resolve(Some(&format!("{provider}{name}")))
}

/// The agent of that name; `None` is the one there always is.
fn find<'s>(skills: &'s Skills, name: &str) -> Result<Option<&'s Agent>, Box<ToolOutcome>> {
    if let Some(agent) = skills.catalog.agent(name) {
        return Ok(Some(agent));
    }
    if name == GENERAL {
        return Ok(None);
    }
    let known = skills.catalog.agents().iter().map(|agent| agent.qualified.as_str());
    let known: Vec<&str> = std::iter::once(GENERAL).chain(known).collect();
    Err(Box::new(ToolOutcome::failed(
        Code::new("tool.no-agent"),
        format!(
            "There is no agent `{name}`; nothing was started. There are: {}.",
            known.join(", ")
        ),
    )))
}

/// The tools it gets: of those its task has, without the task's own, then as its file says.
fn given(session: &Session<'_>, agent: Option<&Agent>) -> Vec<ToolDef> {
    let withheld = |name: &str| TASKS_OWN.contains(&name) || NEVER_GIVEN.contains(&name);
    let mut tools: Vec<ToolDef> = session
        .state
        .tools()
        .filter(|tool| !withheld(&tool.name))
        .cloned()
        .collect();
    let Some(agent) = agent.filter(|agent| agent.tools.is_some() || !agent.disallowed_tools.is_empty()) else {
        return tools;
    };
    // Who may use some tools only does not search among all; tools of connectors it names are there from the start.
    let searched = tools.iter().any(|tool| tool.name == "ToolSearch");
    tools.retain(|tool| tool.name != "ToolSearch");
    if searched && agent.tools.is_some() {
        for tool in session.connections.tools() {
            if !tools.iter().any(|known| known.name == tool.def.name) {
                tools.push(tool.def.clone());
            }
        }
    }
    let names: Vec<String> = tools.iter().map(|tool| tool.name.clone()).collect();
    let given = agent.given(names.iter().map(String::as_str));
    tools.retain(|tool| given.contains(&tool.name.as_str()));
    tools
}

/// What the one that leads is told.
fn outcome(agent: &str, turns: u64, report: &Report, room: usize) -> ToolOutcome {
    let mut text = report.text.trim().to_owned();
    if text.len() > room {
        text.truncate(text.floor_char_boundary(room));
        text.push_str("\n[The rest of the report was cut.]");
    }
    let (words, summary) = (quoted(&text), format!("{agent} reported"));
    let told = |text: String| ToolOutcome::text(text, Label::harness(), summary.clone());
    let failed = |code: &'static str, text: String| ToolOutcome::failed(Code::new(code), text);
    let outcome = match report.status {
        FinishStatus::Stopped => failed(
            "agent.stopped",
            format!("The sub-agent was stopped, since the person said more. What it changed until then stands.{words}"),
        ),
        FinishStatus::Failed => failed(
            "agent.failed",
            format!("The sub-agent could not go on. What it changed until then stands.{words}"),
        ),
        FinishStatus::Budget => told(format!(
            "[It was stopped at its limit of {turns} turns and may not be done.]{words}"
        )),
        FinishStatus::Refused => told(format!("[The last thing it tried was refused.]{words}")),
        FinishStatus::Done if text.is_empty() => told("[It ended without a report.]".to_owned()),
        FinishStatus::Done => told(text),
    };
    outcome.with_data(json!({"agent": agent, "status": report.status, "turns": turns}))
}

fn quoted(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(" Its last words:\n{text}")
    }
}

/// A sub-agent called something it was not given.
///
/// # Errors
/// When the log cannot be written.
pub(crate) fn not_given(session: &mut Session<'_>, call: &ToolCall) -> Result<(), EngineError> {
    let text = if call.name == deskhand_agent::SPAWN {
        "A sub-agent starts no further ones. Do it yourself, or say in your report what is left.".to_owned()
    } else {
        let names: Vec<&str> = session.state.tools().map(|tool| tool.name.as_str()).collect();
        format!(
            "You were not given the tool `{}`. Your tools are: {}.",
            call.name,
            names.join(", ")
        )
    };
    finish(
        session,
        call.id.clone(),
        ToolOutcome::failed(Code::new("tool.not-given"), text),
    )
}
