//! Running the hooks of one moment, and what comes of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deskhand_plugins::format::hooks::{
    Action as Does, Answer, Decision, Exit, Handler, Input, Verdict, interpret,
    output::{interpret_http, interpret_model},
};
use deskhand_types::{Block, EventBody, HookAsked, HookRun, Label, ToolOutcome, whose_hook};
use serde_json::Value;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::task::AbortOnDropHandle;

use super::{Event, Moment, NO_REASON, Said};
use crate::{
    EngineError, command, flow,
    perform::Hands,
    plugins::Enabled,
    session::{Session, labelled},
};

/// The longest a hook may take, whatever it says, in seconds.
pub(super) const LONGEST: f64 = 600.0;

/// One hook of this moment.
pub(super) struct Due {
    pub plugin: Arc<Enabled>,
    pub handler: Handler,
}

impl Due {
    /// How long it may take.
    pub fn limit(&self, moment: &Moment) -> Duration {
        Duration::from_secs_f64(self.handler.seconds(moment.event).clamp(0.1, LONGEST))
    }
}

/// How a hook ended.
pub(super) enum Ended {
    /// A command.
    Ran {
        answer: Answer,
        note: Option<String>,
        /// Why its room was made anew.
        anew: Option<String>,
    },
    /// A model, with what that cost and the label of what it read. The text, or why there is none.
    Said {
        text: Result<String, String>,
        asked: HookAsked,
        label: Label,
    },
    /// A connector's tool.
    Called(Box<ToolOutcome>),
    /// An address: the status and the body, or why there are none.
    Posted {
        answer: Result<(u16, String), String>,
        label: Label,
    },
}

/// A hook in work.
pub(super) enum Running {
    /// Ended by the task's shell, whoever waits for it.
    Command(JoinHandle<Ended>),
    /// Given up with whoever waits for it.
    Bound(AbortOnDropHandle<Ended>),
    /// Over already.
    Over(Box<Ended>),
}

impl Running {
    /// A command.
    pub fn command(work: impl Future<Output = Ended> + Send + 'static) -> Self {
        Self::Command(tokio::spawn(work))
    }

    /// Anything else that goes on beside.
    pub fn bound(work: impl Future<Output = Ended> + Send + 'static) -> Self {
        Self::Bound(AbortOnDropHandle::new(tokio::spawn(work)))
    }

    async fn end(self) -> Result<Ended, JoinError> {
        match self {
            Self::Command(handle) => handle.await,
            Self::Bound(handle) => handle.await,
            Self::Over(ended) => Ok(*ended),
        }
    }
}

/// What came of a hook.
struct Outcome {
    verdict: Verdict,
    exit: Option<i32>,
    note: Option<String>,
    asked: Option<HookAsked>,
    label: Label,
}

impl Hands<'_> {
    /// Runs the hooks that are for a moment, at the same time, and puts each on record.
    pub async fn moment(&mut self, session: &mut Session<'_>, moment: Moment) -> Result<Said, EngineError> {
        let mut said = Said::default();
        if !self.hooks.cares(moment.event) {
            return Ok(said);
        }
        let folder = PathBuf::from(command::start_folder(session));
        let agent = session.state.sub_agent().map(deskhand_agent::SubAgent::start);
        let mut input = Input {
            agent_id: agent.map(|agent| agent.call.to_string()),
            agent_type: agent.map(|agent| agent.agent.clone()),
            fields: moment.fields.clone(),
            permission_mode: Some(session.state.mode().as_str().to_owned()),
            ..Input::new(moment.event, session.id.as_str(), PathBuf::new(), folder)
        };
        let due: Vec<Due> = self
            .hooks
            .plugins
            .iter()
            .flat_map(|plugin| {
                plugin.plugin.hooks.matching(&input).map(|handler| Due {
                    plugin: plugin.clone(),
                    handler: handler.clone(),
                })
            })
            .collect();
        for one in &due {
            self.hooks.spend(moment.event, &one.plugin, &one.handler);
        }
        let told = input.to_json();
        // Only a command has a room in which that file is.
        let for_commands = if due.iter().any(Due::is_command) {
            input.transcript_path = PathBuf::from(self.hooks.transcript(session)?);
            input.to_json().to_string()
        } else {
            String::new()
        };
        let mut running = Vec::new();
        for one in due {
            let began = Instant::now();
            match self.start(session, &moment, &one, &told, &for_commands).await? {
                Ok(started) => running.push((one, began, started)),
                Err(why) => session.tell(record(&moment, &one, Duration::ZERO, Outcome::not_run(why)))?,
            }
        }
        for (one, began, running) in running {
            let ended = session.alongside(running.end()).await?;
            let took = began.elapsed();
            let outcome = self.outcome(session, &moment, &one, ended);
            self.weigh(&one, &outcome.verdict, &mut said);
            let label = outcome.label.clone();
            session.append(vec![labelled(record(&moment, &one, took, outcome), label)])?;
        }
        Ok(said)
    }

    /// Begins a hook, or says why it is not run. `told` is what all hooks are told of the moment, `for_commands` the same
    /// with what only a command can read.
    async fn start(
        &mut self,
        session: &mut Session<'_>,
        moment: &Moment,
        due: &Due,
        told: &Value,
        for_commands: &str,
    ) -> Result<Result<Running, String>, EngineError> {
        let brings_text = matches!(
            due.handler.action,
            Does::Agent { .. } | Does::McpTool { .. } | Does::Http { .. }
        );
        if brings_text && flow::is_apart(&session.state) {
            return Ok(Err(
                "this task keeps text of others apart, and what this hook reads would join it; it was not run"
                    .to_owned(),
            ));
        }
        match &due.handler.action {
            Does::Command { .. } => self.start_command(session, moment, due, for_commands).await,
            Does::Prompt { prompt, model, .. } => {
                Ok(self.start_prompt(session, moment, due, prompt, model.as_deref(), told))
            }
            Does::Agent { prompt, model, .. } => {
                self.run_agent(session, moment, due, prompt, model.as_deref(), told)
                    .await
            }
            Does::McpTool { server, tool, input } => {
                let named = (server.as_str(), tool.as_str());
                self.call_tool(session, moment, due, named, input, told).await
            }
            Does::Http { .. } => self.start_post(session, moment, due, told),
        }
    }

    /// What a hook that is over says.
    fn outcome(
        &mut self,
        session: &Session<'_>,
        moment: &Moment,
        due: &Due,
        ended: Result<Ended, JoinError>,
    ) -> Outcome {
        let event = moment.event;
        match ended {
            Ok(Ended::Ran { answer, note, anew }) => {
                self.shell.keep_anew(anew);
                let verdict = interpret(event, &answer);
                let is_aside = is_aside(&due.handler.action);
                Outcome {
                    verdict: if is_aside { aside(verdict) } else { verdict },
                    exit: match answer.exit {
                        Exit::Code(code) => Some(code),
                        Exit::TimedOut | Exit::Failed(_) => None,
                    },
                    note,
                    // What it says may hold anything it could read.
                    ..Outcome::saying(Verdict::default(), session.command_label())
                }
            }
            Ok(Ended::Said { text, asked, label }) => {
                let goes_on = matches!(
                    due.handler.action,
                    Does::Prompt {
                        continue_on_block: true,
                        ..
                    } | Does::Agent {
                        continue_on_block: true,
                        ..
                    }
                );
                let verdict = match text {
                    Ok(text) => interpret_model(event, &text, goes_on),
                    Err(why) => interpret(event, &failed(why)),
                };
                Outcome {
                    asked: Some(asked),
                    ..Outcome::saying(verdict, label)
                }
            }
            Ok(Ended::Called(outcome)) => {
                let texts: Vec<&str> = outcome.content.iter().filter_map(Block::as_text).collect();
                let text = texts.join("\n");
                let answer = match &outcome.error {
                    None => Answer {
                        exit: Exit::Code(0),
                        stdout: text,
                        stderr: String::new(),
                    },
                    Some(_) => failed(text),
                };
                Outcome::saying(interpret(event, &answer), outcome.label.join(session.state.taint()))
            }
            Ok(Ended::Posted { answer, label }) => {
                let verdict = match answer {
                    Ok((status, body)) => interpret_http(event, status, &body),
                    Err(why) => interpret(event, &failed(why)),
                };
                Outcome::saying(verdict, label)
            }
            Err(error) => Outcome::saying(interpret(event, &failed(error.to_string())), session.command_label()),
        }
    }

    fn weigh(&mut self, due: &Due, verdict: &Verdict, said: &mut Said) {
        let name = due.plugin.plugin.name.clone();
        let reason = || verdict.reason.clone().unwrap_or_else(|| NO_REASON.to_owned());
        match verdict.decision {
            Some(Decision::Deny) if said.refused.is_none() => said.refused = Some((name.clone(), reason())),
            Some(Decision::Ask | Decision::Defer) if said.asks.is_none() => said.asks = Some((name.clone(), reason())),
            _ => {}
        }
        if let Some(stop) = &verdict.stop {
            self.hooks
                .halted
                .get_or_insert_with(|| format!("A hook of {} ended the task: {stop}", whose_hook(&name)));
        }
    }
}

impl Due {
    const fn is_command(&self) -> bool {
        matches!(self.handler.action, Does::Command { .. })
    }
}

impl Outcome {
    fn saying(verdict: Verdict, label: Label) -> Self {
        Self {
            verdict,
            exit: None,
            note: None,
            asked: None,
            label,
        }
    }

    /// It did nothing, for this reason.
    fn not_run(why: String) -> Self {
        Self {
            note: Some(why),
            ..Self::saying(Verdict::default(), Label::harness())
        }
    }
}

/// The answer of a hook that could not be run.
pub(super) const fn failed(why: String) -> Answer {
    Answer {
        exit: Exit::Failed(why),
        stdout: String::new(),
        stderr: String::new(),
    }
}

/// Whether its author does not want it waited for. It is: nothing of a task runs on behind its back.
fn is_aside(action: &Does) -> bool {
    matches!(
        action,
        Does::Command { background: true, .. } | Does::Command { rewake: true, .. }
    )
}

/// What is left of the answer of a hook that would not be waited for: its words. What it would have decided was over by then.
fn aside(verdict: Verdict) -> Verdict {
    let mut context = verdict.context;
    if verdict.decision == Some(Decision::Deny) {
        context.extend(verdict.reason);
    }
    Verdict {
        context,
        messages: verdict.messages,
        errors: verdict.errors,
        ..Verdict::default()
    }
}

/// The event of one run.
fn record(moment: &Moment, due: &Due, took: Duration, outcome: Outcome) -> EventBody {
    let Outcome {
        verdict,
        exit,
        note,
        asked,
        ..
    } = outcome;
    let decided = verdict.decision.map(|decision| match (decision, moment.event) {
        (Decision::Deny, Event::PreToolUse | Event::PermissionRequest) => "deny",
        (Decision::Deny, _) => "block",
        (Decision::Ask | Decision::Defer, _) => "ask",
        (Decision::Allow, _) => "allow",
    });
    let mut notes: Vec<String> = note.into_iter().collect();
    notes.extend(verdict.errors.iter().chain(&verdict.messages).cloned());
    if decided == Some("allow") {
        notes.push("it allows this, which decides nothing here".to_owned());
    }
    if verdict.updated_input.is_some() {
        notes.push("it would change the call, which is not done".to_owned());
    }
    if verdict.updated_output.is_some() {
        notes.push("it would change the result, which is not done".to_owned());
    }
    let mut context = verdict.context.clone();
    // What holds the task, or comes after a call, is said to the model.
    if decided == Some("block") && matches!(moment.event, Event::Stop | Event::SubagentStop | Event::PostToolUse) {
        context.extend(verdict.reason.clone());
    }
    let hears = !matches!(
        moment.event,
        Event::SessionEnd | Event::Notification | Event::PreCompact
    );
    EventBody::HookRan(Box::new(HookRun {
        event: moment.event.name().to_owned(),
        plugin: due.plugin.id.clone(),
        handler: does(&due.handler.action),
        call: moment.call.clone(),
        ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        exit,
        verdict: decided.filter(|word| *word != "allow").map(str::to_owned),
        reason: verdict.reason.clone(),
        context: (hears && !context.is_empty()).then(|| context.join("\n")),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
        asked,
    }))
}

/// What a hook does, in a line.
pub(crate) fn line(action: &Does) -> String {
    let text = match action {
        Does::Command { command, args, .. } => match args {
            Some(args) => format!("{command} {}", args.join(" ")),
            None => command.clone(),
        },
        Does::Http { url, .. } => url.clone(),
        Does::McpTool { server, tool, .. } => format!("{tool} of {server}"),
        Does::Prompt { prompt, .. } | Does::Agent { prompt, .. } => prompt.clone(),
    };
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(200)
        .collect()
}

/// The same as a sentence tells it, whatever kind it is.
fn does(action: &Does) -> String {
    let line = line(action);
    match action {
        Does::Command { .. } => line,
        Does::Http { .. } => format!("sends what it is told to {line}"),
        Does::McpTool { .. } => format!("calls {line}"),
        Does::Prompt { .. } => format!("asks a model: {line}"),
        Does::Agent { .. } => format!("asks a model that may read: {line}"),
    }
}

/// The events whose moments a task has.
const FIRED: [Event; 14] = [
    Event::SessionStart,
    Event::UserPromptSubmit,
    Event::UserPromptExpansion,
    Event::PreToolUse,
    Event::PermissionRequest,
    Event::PostToolUse,
    Event::PostToolUseFailure,
    Event::Stop,
    Event::SubagentStart,
    Event::SubagentStop,
    Event::PreCompact,
    Event::PostCompact,
    Event::SessionEnd,
    Event::Notification,
];

/// Whether hooks of this event are run.
pub(crate) fn is_run(event: Event) -> bool {
    FIRED.contains(&event)
}

/// What kind of hook it is.
pub(crate) const fn kind(action: &Does) -> &'static str {
    match action {
        Does::Command { .. } => "command",
        Does::Http { .. } => "http",
        Does::McpTool { .. } => "mcp_tool",
        Does::Prompt { .. } => "prompt",
        Does::Agent { .. } => "agent",
    }
}
