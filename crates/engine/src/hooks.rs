//! Hooks of plugins, and of skills in use: what is run at certain moments of a task.
//!
//! A hook can refuse, ask, hold the task when it wants to stop, and add text that counts as a plugin's; it never allows what
//! the policy would not. A hook that fails, or is late, decides nothing. Every run is in the log. Only hooks of plugins that
//! are installed as the person agreed to, and switched on, are run. Source: issue 5, A10.
//!
//! There are five kinds, each with a file of its own. `command` runs in the task's room, like a command, with its plugin's
//! files beside it; what it changes in the folders does not land. `model` asks a model without tools, `agent` one that may
//! look into the granted folders. `tool` calls a connector's tool, `post` sends what it is told to an address: both are
//! decided like a call of the model, and what the person would be asked about is not done.

mod agent;
mod beside;
mod command;
mod model;
mod moment;
mod post;
mod room;
mod run;
mod said;
mod skills;
mod tool;
mod transcript;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use deskhand_plugins::format::hooks::{Action, Event};
use deskhand_types::{CallId, EventBody, FinishStatus, ToolCall, whose_hook};

pub(crate) use beside::{Beside, FOLDER as BESIDE, Talk};
pub(crate) use moment::Moment;
pub(crate) use run::{is_run, kind, line};
pub(crate) use said::Sayings;
pub(crate) use skills::{OfSkill, SkillHooks, of_skill};

use crate::{EngineError, perform::Hands, plugins::Enabled, session::Session};

/// What stands for a reason where a hook gives none.
const NO_REASON: &str = "no reason was given";

/// What several hooks say together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Said {
    /// The plugin (or skill) and its words.
    pub refused: Option<(String, String)>,
    /// The same, when the person is to be asked.
    pub asks: Option<(String, String)>,
}

/// The hooks of a run of a task. What they said of a call is in the log ([`Sayings`]).
#[derive(Default)]
pub(crate) struct Hooking {
    plugins: Vec<Arc<Enabled>>,
    /// Those of them that stand for skills in use, by the skill's name.
    skills: HashMap<String, SkillHooks>,
    /// The one of them that stands for the sub-agent in work.
    agent: Option<Arc<Enabled>>,
    /// Where each plugin is in the task, once it was brought along.
    roots: HashMap<String, String>,
    /// Open calls they were asked about in this run.
    asked: HashSet<CallId>,
    halted: Option<String>,
    begun: bool,
    /// The conversation as command hooks read it, made when one is due.
    transcript: transcript::Transcript,
    talk: Arc<Talk>,
    /// Whether rooms are opened with it. What begins later, with a skill, has the folders of the room that is there.
    is_beside: bool,
}

impl Hooking {
    /// The hooks of the plugins that are in force.
    pub fn of(enabled: &[Arc<Enabled>]) -> Self {
        let with_hooks = enabled.iter().filter(|enabled| !enabled.plugin.hooks.is_empty());
        let plugins: Vec<_> = with_hooks.cloned().collect();
        let groups = plugins.iter().flat_map(|enabled| &enabled.plugin.hooks.groups);
        let mut handlers = groups.flat_map(|group| &group.handlers);
        Self {
            is_beside: handlers.any(|handler| matches!(handler.action, Action::Command { .. })),
            plugins,
            ..Self::default()
        }
    }

    /// Whether some hook is for this moment at all.
    fn cares(&self, event: Event) -> bool {
        let groups = self.plugins.iter().flat_map(|enabled| &enabled.plugin.hooks.groups);
        groups.into_iter().any(|group| group.event == event)
    }

    /// Where command hooks find the conversation; `None` when no plugin has any.
    pub fn talk(&self) -> Option<Arc<Talk>> {
        self.is_beside.then(|| self.talk.clone())
    }

    /// The path, in the task's room, of the conversation as it stands; empty where a granted folder has its place, or
    /// there is none.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn transcript(&mut self, session: &Session<'_>) -> Result<String, EngineError> {
        if !self.is_beside || session.state.grants().iter().any(|grant| grant.name == BESIDE) {
            return Ok(String::new());
        }
        let events = session.log.read(&session.id, self.transcript.next())?;
        for event in &events {
            self.transcript.take(event);
        }
        Ok(match self.talk.path() {
            Some(path) if events.is_empty() => path,
            _ => self.talk.put(session.id.as_str(), self.transcript.bytes()),
        })
    }

    /// Why the task is to end, when a hook said so; told once.
    pub fn halted(&mut self) -> Option<String> {
        self.halted.take()
    }
}

/// A hook's words: foreign, so short and on one line.
fn quoted(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("\"{}\"", line.chars().take(300).collect::<String>())
}

impl Hands<'_> {
    /// The run begins.
    pub async fn wake(&mut self, session: &mut Session<'_>) -> Result<(), EngineError> {
        self.hook_again(session)?;
        self.hook_agents(session)?;
        if self.hooks.cares(Event::SessionStart) && !matches!(session.state.next(), deskhand_agent::Next::Idle) {
            self.hooks.begun = true;
            let source = if session.state.totals().turns == 0 {
                "startup"
            } else {
                "resume"
            };
            self.moment(session, Moment::session_start(source)).await?;
        }
        self.hooks.begun |= !matches!(session.state.next(), deskhand_agent::Next::Idle);
        Ok(())
    }

    /// The run is over.
    pub async fn end(&mut self, session: &mut Session<'_>) -> Result<(), EngineError> {
        if std::mem::take(&mut self.hooks.begun) && self.hooks.cares(Event::SessionEnd) {
            self.moment(session, Moment::session_end()).await?;
        }
        Ok(())
    }

    /// A model is about to hear what the person said: slash commands become their text, and hooks may refuse. Tells
    /// whether the model is asked.
    pub async fn before_model(&mut self, session: &mut Session<'_>) -> Result<bool, EngineError> {
        if self.hooks.cares(Event::UserPromptSubmit) {
            for text in session.state.said().to_vec() {
                let said = self.moment(session, Moment::prompt(&text)).await?;
                if let Some((plugin, reason)) = said.refused {
                    session.tell(EventBody::TaskFinished {
                        status: FinishStatus::Refused,
                        summary: format!("A hook of {} refused this: {reason}", whose_hook(&plugin)),
                    })?;
                    return Ok(false);
                }
            }
        }
        if self.hooks.halted.is_some() {
            return Ok(false);
        }
        if !self.take_typed(session).await? {
            return Ok(false);
        }
        self.offer_skills(session)?;
        Ok(true)
    }

    /// A call is about to be judged.
    pub async fn before_call(&mut self, session: &mut Session<'_>, call: &ToolCall) -> Result<(), EngineError> {
        let judged = self.hooks.asked.contains(&call.id) || crate::perform::ran(session, &call.id).is_some();
        if judged || !self.hooks.cares(Event::PreToolUse) {
            return Ok(());
        }
        self.moment(session, Moment::before_call(call)).await?;
        self.hooks.asked.insert(call.id.clone());
        Ok(())
    }

    /// The person is about to be asked. Gives why not, when a hook says no instead.
    pub async fn before_asking(
        &mut self,
        session: &mut Session<'_>,
        call: &ToolCall,
    ) -> Result<Option<String>, EngineError> {
        if !self.hooks.cares(Event::PermissionRequest) {
            return Ok(None);
        }
        let said = self.moment(session, Moment::before_asking(call)).await?;
        Ok(said
            .refused
            .map(|(plugin, reason)| format!("a hook of {} refuses: {}", whose_hook(&plugin), quoted(&reason))))
    }

    /// Does the steps, and tells hooks of the calls that are over then.
    pub async fn perform_with_hooks(
        &mut self,
        session: &mut Session<'_>,
        steps: Vec<deskhand_agent::Step>,
    ) -> Result<(), EngineError> {
        if !self.hooks.cares(Event::PostToolUse) && !self.hooks.cares(Event::PostToolUseFailure) {
            return self.perform(session, steps).await;
        }
        let calls: Vec<ToolCall> = session.state.calls().iter().map(|call| call.call.clone()).collect();
        let mut started: Vec<CallId> = session
            .state
            .calls()
            .iter()
            .filter(|call| call.started && call.outcome.is_none())
            .map(|call| call.call.id.clone())
            .collect();
        let from = session.state.next_seq();
        self.perform(session, steps).await?;
        for event in session.log.read(&session.id, from)? {
            match event.body {
                EventBody::ToolStarted { call, .. } => started.push(call.id),
                EventBody::ToolFinished { call, outcome } if started.contains(&call) => {
                    self.hooks.asked.remove(&call);
                    if let Some(call) = calls.iter().find(|one| one.id == call) {
                        self.moment(session, Moment::after_call(call, &outcome)).await?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The task wants to be done. Tells whether a hook holds it; eight times in a row at most.
    pub async fn held(
        &mut self,
        session: &mut Session<'_>,
        status: FinishStatus,
        summary: &str,
    ) -> Result<bool, EngineError> {
        if status != FinishStatus::Done || !self.hooks.cares(Event::Stop) || !session.state.skills().may_hold() {
            return Ok(false);
        }
        let moment = Moment::stop(summary, session.state.skills().was_held());
        let said = self.moment(session, moment).await?;
        // Their words joined the conversation, so the model is asked again.
        Ok(said.refused.is_some() && self.hooks.halted.is_none())
    }

    /// Before or after older results are shortened. It cannot be held: there is no room for another turn.
    pub async fn around_compaction(&mut self, session: &mut Session<'_>, moment: Moment) -> Result<(), EngineError> {
        if self.hooks.cares(moment.event) {
            self.moment(session, moment).await?;
        }
        Ok(())
    }

    /// The task waits for the person.
    pub async fn tell_waiting(&mut self, session: &mut Session<'_>) -> Result<(), EngineError> {
        if self.hooks.cares(Event::Notification) {
            self.moment(session, Moment::waiting()).await?;
        }
        Ok(())
    }
}
