//! Hooks that call a connector's tool. The call is decided like one of the task's model, with the flow of what it carries; but
//! nobody is asked in the middle of a hook, so that only what is allowed unasked is done. The intent is in the log before.

use deskhand_plugins::format::hooks::select::fill;
use deskhand_policy::{Permit, Verdict};
use deskhand_types::{Block, CallId, Code, EventBody, HookStart, ToolCall, ToolOutcome, whose_hook};
use serde_json::Value;

use super::{
    Moment,
    run::{Due, Ended, Running},
};
use crate::{
    EngineError,
    connectors::{Meanwhile, call_name},
    flow,
    perform::Hands,
    session::Session,
    tools::Work,
};

impl Hands<'_> {
    /// Calls a tool of a server, both as the hook names them, or says why it is not called.
    pub(super) async fn call_tool(
        &mut self,
        session: &mut Session<'_>,
        moment: &Moment,
        due: &Due,
        (server, tool): (&str, &str),
        input: &Value,
        told: &Value,
    ) -> Result<Result<Running, String>, EngineError> {
        let Some(name) = offered(session, due, server, tool) else {
            return Ok(Err(format!(
                "there is no tool `{tool}` of the server `{server}` that this task may use, so it was not called"
            )));
        };
        let call = ToolCall {
            id: CallId::new(format!("hook.{}", session.state.next_seq())),
            name,
            input: fill(input, told),
        };
        let proposal = match flow::connected(session, &call) {
            Some(Ok(proposal)) => proposal,
            Some(Err(outcome)) => return Ok(Err(told_by(&outcome))),
            None => {
                return Ok(Err(format!(
                    "`{}` is no tool of a connector, so it was not called",
                    call.name
                )));
            }
        };
        let action = proposal.action(&call);
        if let Some(why) = self.carries_canary(session, due, &call.input.to_string()) {
            return Ok(Err(why));
        }
        let decision = self.judge(session, &call, &action);
        let (Some(permit), Work::Connect(connection)) = (Permit::from_decision(&action, &decision), proposal.work)
        else {
            return Ok(Err(not_done(decision.verdict, &decision.reason)));
        };
        session.tell(EventBody::HookStarted(Box::new(HookStart {
            event: moment.event.name().to_owned(),
            plugin: due.plugin.id.clone(),
            action: permit.action().clone(),
        })))?;
        // What its server would ask meanwhile nobody hears.
        let meanwhile = Meanwhile::nobody();
        let calling = tokio::time::timeout(due.limit(moment), connection.call(&meanwhile));
        let mut outcome = session
            .alongside(calling)
            .await?
            .unwrap_or_else(|_| ToolOutcome::failed(Code::new("hook.late"), "the tool did not answer in time"));
        flow::clean(session, &mut outcome)?;
        Ok(Ok(Running::Over(Box::new(Ended::Called(Box::new(outcome))))))
    }
}

impl Hands<'_> {
    /// Why a text is not sent, when it holds the canary of a folder: the task is to end then, as it is when a call of its
    /// model would have sent it.
    pub(super) fn carries_canary(&mut self, session: &Session<'_>, due: &Due, text: &str) -> Option<String> {
        let folder = session.canaries.folder_in(text)?;
        self.hooks.halted.get_or_insert_with(|| {
            format!(
                "Stopped: a hook of {} would have sent the canary of the folder {folder}, so its content was about \
                 to leave this machine. Nothing was sent. Look at what this task read (`deskhand policy explain {}`) before \
                 you go on.",
                whose_hook(&due.plugin.id),
                session.id
            )
        });
        Some("it would have sent the canary of a folder; nothing was sent".to_owned())
    }
}

/// Why something is not done that policy does not allow unasked.
pub(super) fn not_done(verdict: Verdict, reason: &str) -> String {
    match verdict {
        Verdict::Deny => format!("the policy refuses it: {reason}; it was not done"),
        _ => format!("you would be asked about it ({reason}), and hooks never ask; it was not done"),
    }
}

/// The tool as the task knows it: of a server of the hook's own plugin (`plugin:NAME:KEY`, or its key alone), or of one that
/// the person added.
fn offered(session: &Session<'_>, due: &Due, server: &str, tool: &str) -> Option<String> {
    let own = format!("plugin:{}:{server}", due.plugin.plugin.name);
    let names = [call_name(server, tool), call_name(&own, tool)];
    names.into_iter().find(|name| session.trail.is_connected(name))
}

/// What a proposal that came to nothing says.
fn told_by(outcome: &ToolOutcome) -> String {
    let text: Vec<&str> = outcome.content.iter().filter_map(Block::as_text).collect();
    text.join("\n")
}
