//! Running the hooks of one moment, and what comes of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deskhand_plugins::format::hooks::{Action as Does, Answer, Decision, Exit, Handler, Input, Verdict, interpret};
use deskhand_plugins::format::variables::{Variables, data_folder};
use deskhand_policy::{Permit, Verdict as Judged};
use deskhand_sandbox::{Command, Output, Ran, SandboxError, Why};
use deskhand_types::{Action, CallId, EffectClass, EventBody, Hash, HookRun, ToolCall, whose_hook};
use serde_json::Value;

use super::{Event, Moment, NO_REASON, Said, room};
use crate::{
    EngineError, command,
    perform::Hands,
    plugins::Enabled,
    rooms::OpenRoom,
    session::{Session, labelled},
};

/// Bytes of each stream of a hook that are taken.
const MAX_OUTPUT: usize = 64 << 10;
/// The longest a hook may take, whatever it says.
const LONGEST: f64 = 600.0;

/// One hook of this moment.
struct Due {
    plugin: Arc<Enabled>,
    handler: Handler,
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
        let input = Input {
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
        due.iter()
            .for_each(|one| self.hooks.spend(moment.event, &one.plugin, &one.handler));
        let input = input.to_json().to_string();
        let mut running = Vec::new();
        for one in due {
            match self.start(session, &moment, &one, &input).await? {
                Ok(started) => running.push((one, started)),
                Err(why) => session.tell(record(
                    &moment,
                    &one,
                    None,
                    Duration::ZERO,
                    &Verdict::default(),
                    Some(why),
                ))?,
            }
        }
        for (one, (began, task)) in running {
            let ended = session.alongside(task).await?;
            let took = began.elapsed();
            let (answer, note) = match ended {
                Ok((Ok(mut ran), out, err)) => {
                    self.shell.keep_anew(ran.anew.take());
                    (answered(&ran, out, err), noted(&ran, &one.plugin))
                }
                Ok((Err(error), ..)) => (failed(error.to_string()), None),
                Err(error) => (failed(error.to_string()), None),
            };
            let verdict = interpret(moment.event, &answer);
            let verdict = if is_aside(&one.handler.action) {
                aside(verdict)
            } else {
                verdict
            };
            self.weigh(&one, &verdict, &mut said);
            let exit = match answer.exit {
                Exit::Code(code) => Some(code),
                Exit::TimedOut | Exit::Failed(_) => None,
            };
            let body = record(&moment, &one, exit, took, &verdict, note);
            // What it says may hold anything it could read.
            let label = session.command_label();
            session.append(vec![labelled(body, label)])?;
        }
        Ok(said)
    }

    /// Begins a hook, or says why it is not run.
    async fn start(
        &mut self,
        session: &mut Session<'_>,
        moment: &Moment,
        due: &Due,
        input: &str,
    ) -> Result<Result<(Instant, Running), String>, EngineError> {
        let Does::Command { .. } = &due.handler.action else {
            return Ok(Err(format!(
                "hooks of the type {} are not run",
                kind(&due.handler.action)
            )));
        };
        if self.permit(session, due).is_none() {
            return Ok(Err("the policy allows no command here, so it was not run".to_owned()));
        }
        let known = self.hooks.roots.get(&due.plugin.id).cloned();
        let root = match known.map_or_else(|| self.skills.clone().bring_plugin(session, &due.plugin), Ok) {
            Ok(root) => root,
            Err(EngineError::Skill(error)) => return Ok(Err(error.to_string())),
            Err(other) => return Err(other),
        };
        self.hooks.roots.insert(due.plugin.id.clone(), root.clone());
        let variables = Variables {
            plugin_root: Some(PathBuf::from(root)),
            plugin_data: Some(PathBuf::from(format!(
                "/tmp/plugin-data/{}",
                data_folder(&due.plugin.id)
            ))),
            project_dir: Some(PathBuf::from(command::start_folder(session))),
            user_config: told(&due.plugin),
            sensitive: due.plugin.sensitive.clone(),
        };
        if let Some(key) = named_secret(&due.handler.action, &due.plugin) {
            return Ok(Err(format!(
                "it names the secret {key}, and no secret goes into the machine of commands, so it was not run"
            )));
        }
        let script = match due.handler.prepare(&variables) {
            Ok(Some(prepared)) => room::script(&prepared, &variables, input),
            Ok(None) => None,
            Err(refused) => return Ok(Err(refused.to_string())),
        };
        let Some(text) = script else {
            return Ok(Err("its shell is not there".to_owned()));
        };
        let opened = {
            let (id, grants, workspace) = (
                session.id.clone(),
                session.state.grants().to_vec(),
                session.workspace.clone(),
            );
            session.alongside(self.shell.room(&id, &grants, &workspace)).await?
        };
        let room = match opened {
            Ok(room) => room,
            Err(error) => return Ok(Err(format!("it could not be run: {error}"))),
        };
        let seconds = due.handler.seconds(moment.event).clamp(0.1, LONGEST);
        let run = Command {
            text,
            cwd: command::start_folder(session),
            timeout: Duration::from_secs_f64(seconds),
        };
        let token = self.shell.token();
        Ok(Ok((Instant::now(), tokio::spawn(heard(room, run, token)))))
    }

    /// The right to run a hook: what the policy allows, and a question of it is answered by the person's yes when the
    /// plugin was installed. What the policy refuses stays refused.
    fn permit(&self, session: &Session<'_>, due: &Due) -> Option<Permit> {
        let tier = session.state.start().sandbox;
        let line = line(&due.handler.action);
        let call = ToolCall {
            id: CallId::new("hook"),
            name: "Bash".to_owned(),
            input: serde_json::json!({"command": line}),
        };
        let action = Action {
            call: call.id.clone(),
            tool: call.name.clone(),
            effect: EffectClass::Exec,
            paths: Vec::new(),
            summary: format!("Run a hook of {}", whose_hook(&due.plugin.id)),
            tier: Some(tier),
            hash: Hash::of(format!("{} {tier:?} {line}", due.plugin.id).as_bytes()),
        };
        let decision = self.judge(session, &call, &action);
        match decision.verdict {
            Judged::Allow => Permit::from_decision(&action, &decision),
            Judged::Ask => Permit::from_answer(&action, &action, &deskhand_types::Answer::Allow),
            Judged::Deny => None,
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

type Heard = (Result<Ran, SandboxError>, Vec<u8>, Vec<u8>);
type Running = tokio::task::JoinHandle<Heard>;

/// Runs a command and keeps its two streams apart.
async fn heard(room: Arc<dyn OpenRoom>, run: Command, token: tokio_util::sync::CancellationToken) -> Heard {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut keep = |stream: Output, bytes: &[u8]| {
        let into = match stream {
            Output::Stdout => &mut out,
            Output::Stderr => &mut err,
        };
        let room = MAX_OUTPUT.saturating_sub(into.len());
        into.extend_from_slice(bytes.get(..bytes.len().min(room)).unwrap_or_default());
    };
    let ran = room.run(run, &mut keep, token).await;
    (ran, out, err)
}

fn answered(ran: &Ran, out: Vec<u8>, err: Vec<u8>) -> Answer {
    let exit = match ran.exited.why {
        Why::Finished => Exit::Code(ran.exited.code),
        Why::TimedOut => Exit::TimedOut,
        _ => Exit::Failed("it was ended".to_owned()),
    };
    Answer {
        exit,
        stdout: String::from_utf8_lossy(&out).into_owned(),
        stderr: String::from_utf8_lossy(&err).into_owned(),
    }
}

fn failed(why: String) -> Answer {
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

/// What a plugin's hooks are told of what the person set for it: no secret, since what runs in the machine of commands is
/// to hold none (ARCHITECTURE.md, I2). A server of the plugin gets it, which runs on this computer.
fn told(plugin: &Enabled) -> BTreeMap<String, Value> {
    let mut config = plugin.config.clone();
    config.retain(|key, _| !plugin.sensitive.contains(key));
    config
}

/// The secret that a hook's program or arguments name.
fn named_secret<'p>(action: &Does, plugin: &'p Enabled) -> Option<&'p String> {
    let Does::Command { command, args, .. } = action else {
        return None;
    };
    let names = |key: &&String| {
        let name = format!("${{user_config.{key}}}");
        command.contains(&name) || args.iter().flatten().any(|arg| arg.contains(&name))
    };
    plugin.sensitive.iter().find(names)
}

/// What is to be told of a run beside its verdict: changes that were not kept, and secrets it was not told.
fn noted(ran: &Ran, plugin: &Enabled) -> Option<String> {
    let kept: Vec<&str> = plugin
        .config
        .keys()
        .filter(|key| plugin.sensitive.contains(*key))
        .map(String::as_str)
        .collect();
    let withheld = (!kept.is_empty()).then(|| format!("it was not told what is secret: {}", kept.join(", ")));
    let notes: Vec<String> = left(ran).into_iter().chain(withheld).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// What it changed in the folders: that does not land.
fn left(ran: &Ran) -> Option<String> {
    (!ran.changes.is_empty()).then(|| format!("{} changes of it in the folders were not kept", ran.changes.len()))
}

/// The event of one run.
fn record(
    moment: &Moment,
    due: &Due,
    exit: Option<i32>,
    took: Duration,
    verdict: &Verdict,
    note: Option<String>,
) -> EventBody {
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
        handler: line(&due.handler.action),
        call: moment.call.clone(),
        ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        exit,
        verdict: decided.filter(|word| *word != "allow").map(str::to_owned),
        reason: verdict.reason.clone(),
        context: (hears && !context.is_empty()).then(|| context.join("\n")),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
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
        Does::McpTool { server, tool, .. } => format!("{server} {tool}"),
        Does::Prompt { prompt, .. } | Does::Agent { prompt, .. } => prompt.clone(),
    };
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(200)
        .collect()
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

/// Whether a hook of this kind is run for this event.
pub(crate) fn is_run(event: Event, action: &Does) -> bool {
    matches!(action, Does::Command { .. }) && FIRED.contains(&event)
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
