//! Hooks that are commands: run in the task's room, with the plugin's files beside it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use deskhand_plugins::format::hooks::{Action as Does, Answer, Exit};
use deskhand_plugins::format::variables::{Variables, data_folder};
use deskhand_policy::{Permit, Verdict as Judged};
use deskhand_sandbox::{Command, Output, Ran, SandboxError, Why};
use deskhand_types::{Action, CallId, EffectClass, Hash, ToolCall, whose_hook};
use serde_json::Value;

use super::{
    Moment, room,
    run::{Due, Ended, Running, failed, line},
};
use crate::{EngineError, command, perform::Hands, plugins::Enabled, rooms::OpenRoom, session::Session};

/// Bytes of each stream of a hook that are taken.
const MAX_OUTPUT: usize = 64 << 10;

impl Hands<'_> {
    /// Begins a command hook, or says why it is not run.
    pub(super) async fn start_command(
        &mut self,
        session: &mut Session<'_>,
        moment: &Moment,
        due: &Due,
        input: &str,
    ) -> Result<Result<Running, String>, EngineError> {
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
        let run = Command {
            text,
            cwd: command::start_folder(session),
            timeout: due.limit(moment),
        };
        let (token, plugin) = (self.shell.token(), due.plugin.clone());
        let running = async move {
            let (ran, out, err) = heard(room, run, token).await;
            match ran {
                Ok(mut ran) => Ended::Ran {
                    anew: ran.anew.take(),
                    note: noted(&ran, &plugin),
                    answer: answered(&ran, out, err),
                },
                Err(error) => Ended::Ran {
                    anew: None,
                    note: None,
                    answer: failed(error.to_string()),
                },
            }
        };
        Ok(Ok(Running::command(running)))
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
}

type Heard = (Result<Ran, SandboxError>, Vec<u8>, Vec<u8>);

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
