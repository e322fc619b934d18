//! Commands: run in the task's room, and handed back to be judged by what they changed (invariants I3, I5).
//!
//! A command touches nothing outside its room. When it is over, `command.finished` holds what it gave and, as a
//! change-set, what it changed; the agent then has the call decided anew, as the change it is, and that lands (or does
//! not) like any other change. After a crash a command that had begun is not run again.

use std::sync::Arc;
use std::time::Duration;

use deskhand_sandbox::{Captured, Command, Ran, SandboxError, Why};
use deskhand_types::{Code, Coded, EventBody, Grant, GuestPath, Hash, Label, Timestamp, ToolCall, ToolOutcome};
use deskhand_workspace::ApplyError;

use crate::{
    EngineError, left,
    perform::{Hands, finish, finished},
    rooms::OpenRoom,
    session::{Session, labelled},
    shell::{Looked, Unread},
    tools::{self, CommandLine, Fetch, ScratchFile, Told},
};

/// How long a look at a background command waits for its end.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a cancelled command may take to be gone and to be collected.
const KILL_PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a result that are left for what is told about changes.
const FOR_CHANGES: usize = 2_000;

impl Hands<'_> {
    /// Runs a command whose start is logged.
    pub async fn run(
        &mut self,
        session: &mut Session<'_>,
        call: &ToolCall,
        line: CommandLine,
    ) -> Result<(), EngineError> {
        // Before the room is opened: it shows what was brought along.
        let text = self.with_programs(session, &line.text)?;
        let room = {
            let (id, grants, workspace) = (
                session.id.clone(),
                session.state.grants().to_vec(),
                session.workspace.clone(),
            );
            match session.alongside(self.shell.room(&id, &grants, &workspace)).await? {
                Ok(room) => room,
                Err(error) => return finish(session, call.id.clone(), failed(&error)),
            }
        };
        let command = Command {
            text,
            cwd: start_folder(session),
            timeout: line.timeout,
        };
        if line.background {
            return self.begin(session, call, &line, room, command);
        }
        let (observer, id) = (session.observer, call.id.clone());
        let mut tell = |_, bytes: &[u8]| observer.command_output(&id, bytes);
        let cancel = self.shell.token();
        let ran = session.alongside(room.run(command, &mut tell, cancel)).await?;
        let about = About {
            title: line.title,
            timeout: Some(line.timeout),
            unread: None,
            began: None,
        };
        self.take(session, call, about, ran).await
    }

    fn begin(
        &mut self,
        session: &mut Session<'_>,
        call: &ToolCall,
        line: &CommandLine,
        room: Arc<dyn OpenRoom>,
        command: Command,
    ) -> Result<(), EngineError> {
        let outcome = match self.shell.begin(room, command, session.clock.now()) {
            Ok(id) => ToolOutcome::text(
                format!(
                    "Runs in the background as {id}. BashOutput gives what it writes; what it changes lands when its end is \
                     fetched with BashOutput or KillShell, and not at all if this task ends or waits for the person before."
                ),
                Label::harness(),
                format!("Started {} in the background", line.title),
            )
            .with_data(serde_json::json!({"bash_id": id, "tier": session.state.start().sandbox})),
            Err(why) => ToolOutcome::failed(Code::new("command.too-many"), why),
        };
        finish(session, call.id.clone(), outcome)
    }

    /// Looks at a background command, or ends it. What it changed is judged as this call's change.
    pub async fn fetch(
        &mut self,
        session: &mut Session<'_>,
        call: &ToolCall,
        fetch: &Fetch,
    ) -> Result<(), EngineError> {
        if fetch.kill {
            self.shell.kill(&fetch.id);
        }
        let patience = if fetch.kill { KILL_PATIENCE } else { PATIENCE };
        let Some(Looked { unread, ended, began }) = session.alongside(self.shell.look(&fetch.id, patience)).await?
        else {
            let text = format!(
                "There is no background command `{}`; there are: {}. Those of an earlier run of this task were ended with it, \
                 and nothing of them landed.",
                fetch.id,
                self.shell.names()
            );
            return finish(
                session,
                call.id.clone(),
                ToolOutcome::failed(Code::new("command.unknown"), text),
            );
        };
        let Some(ended) = ended else {
            let room = session.result_chars();
            let text = format!("{}\n[still running]", unread_text(unread, room).text.trim_end());
            let outcome = ToolOutcome::text(text, session.command_label(), format!("{} is running", fetch.id))
                .with_data(serde_json::json!({"bash_id": fetch.id, "running": true}));
            return finish(session, call.id.clone(), outcome);
        };
        let about = About {
            title: fetch.id.clone(),
            timeout: None,
            unread: Some(unread),
            began: Some(began),
        };
        self.take(session, call, about, ended).await
    }

    /// Reads a file that a command left in the task's scratch. It takes nothing over: only what is written out counts.
    pub async fn read_scratch(
        &mut self,
        session: &mut Session<'_>,
        call: &ToolCall,
        file: Box<ScratchFile>,
    ) -> Result<(), EngineError> {
        let Some(room) = self.shell.room_now() else {
            let outcome = file.missing("no command has run since the task began or went on");
            return finish(session, call.id.clone(), outcome);
        };
        let command = Command {
            text: file.command(),
            cwd: start_folder(session),
            timeout: tools::SCRATCH_PATIENCE,
        };
        let cancel = self.shell.token();
        let ran = session.alongside(room.run(command, &mut |_, _| (), cancel)).await?;
        let outcome = match ran {
            Err(error) => failed(&error),
            Ok(ran) if ran.exited.why == Why::Finished && ran.exited.code == 0 => {
                let Captured {
                    mut head, tail, full, ..
                } = ran.output;
                let bytes = if let Some(full) = full {
                    self.blobs.get(&full)?
                } else {
                    head.extend_from_slice(&tail);
                    head
                };
                let label = session.command_label();
                let reading = tokio::task::spawn_blocking(move || file.read(&bytes, label));
                session.alongside(reading).await?.unwrap_or_else(|_| tools::crashed())
            }
            Ok(ran) => file.missing(String::from_utf8_lossy(&ran.output.head).trim()),
        };
        finish(session, call.id.clone(), outcome)
    }

    /// Takes in the end of a command: logs what it gave with what it changed, or that it could not be run.
    async fn take(
        &mut self,
        session: &mut Session<'_>,
        call: &ToolCall,
        about: About,
        ran: Result<Ran, SandboxError>,
    ) -> Result<(), EngineError> {
        let ran = match ran {
            Ok(ran) => ran,
            Err(error) => return finish(session, call.id.clone(), failed(&error)),
        };
        // A background command may have begun before what the shell knows.
        let kept = about.began.is_none().then(|| self.shell.take_anew()).flatten();
        let anew = ran.anew.or(kept);
        let taken = left::take_over(session, call, ran.changes, ran.refused, about.began).await?;
        let left_out: Vec<_> = ran.left_out.into_iter().chain(taken.left_out).collect();
        let room = session.result_chars().saturating_sub(FOR_CHANGES).max(FOR_CHANGES);
        let shown = about
            .unread
            .map_or_else(|| tools::shown(&ran.output, room), |unread| unread_text(unread, room));
        let full = match ran.output.full {
            None if shown.cut > 0 => self.keep(&ran.output)?,
            full => full,
        };
        let outcome = tools::command_outcome(Told {
            title: &about.title,
            timeout: about.timeout,
            exited: ran.exited,
            tier: ran.tier,
            shown,
            bytes: ran.output.bytes,
            full,
            left_out: &left_out,
            anew: anew.as_deref(),
            trouble: taken.trouble,
            label: session.command_label(),
        });
        let empty = taken.set.changes.is_empty();
        let body = EventBody::CommandFinished {
            call: call.id.clone(),
            outcome: outcome.clone(),
            set: taken.set,
        };
        let mut drafts = vec![labelled(body, outcome.label.clone())];
        if empty {
            drafts.push(finished(call.id.clone(), outcome));
        }
        session.append(drafts)
    }

    /// Keeps output of which a part is not shown; the sandbox kept it only if it was too long for itself.
    fn keep(&self, output: &Captured) -> Result<Option<Hash>, EngineError> {
        let mut all = output.head.clone();
        all.extend_from_slice(&output.tail);
        if all.len() as u64 != output.bytes {
            return Ok(None);
        }
        Ok(Some(self.blobs.put(&all)?))
    }
}

/// What is known of a command beside what it gave.
struct About {
    title: String,
    timeout: Option<Duration>,
    /// For a background command: what was not fetched yet.
    unread: Option<Unread>,
    /// For a background command: when it began.
    began: Option<Timestamp>,
}

/// Why a command's changes did not land, when applying them failed.
pub(crate) fn apply_failed(ran: &deskhand_agent::Ran, error: &ApplyError) -> ToolOutcome {
    let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
    let why = format!("Nothing it changed has landed: {error}.{hint}");
    tools::not_landed(&ran.outcome, &ran.set, error.code(), &why)
}

/// What a command gave, when its changes were refused.
pub(crate) fn refused(ran: &deskhand_agent::Ran, reason: &str, by_person: bool) -> ToolOutcome {
    let (code, why) = match (by_person, reason) {
        (true, "") => ("tool.declined", "The person declined its changes".to_owned()),
        (true, reason) => ("tool.declined", format!("The person declined its changes: {reason}")),
        (false, reason) => ("tool.refused", format!("Its changes were refused: {reason}")),
    };
    let why = format!("{why}. Nothing of them landed.");
    tools::not_landed(&ran.outcome, &ran.set, Code::new(code), &why)
}

/// A command that was cut off with its process.
pub(crate) fn interrupted() -> ToolOutcome {
    ToolOutcome::failed(
        Code::new("command.interrupted"),
        "Interrupted: the command was ended before it was done. Nothing it changed has landed; run it again if it is still needed.",
    )
}

fn failed(error: &SandboxError) -> ToolOutcome {
    let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
    ToolOutcome::failed(error.code(), format!("{error}{hint}"))
}

/// Where commands start: the first folder the person granted.
pub(crate) fn start_folder(session: &Session<'_>) -> String {
    start_folder_of(session.state.grants())
}

/// The same for a task with these folders.
pub(crate) fn start_folder_of(grants: &[Grant]) -> String {
    let first = grants
        .iter()
        .find(|grant| grant.name != "outputs" && !grant.name.starts_with('.'))
        .or_else(|| grants.first());
    first.map_or_else(
        || "/mnt".to_owned(),
        |grant| GuestPath::new(format!("/mnt/{}", grant.name)).to_string(),
    )
}

fn unread_text(unread: Unread, max: usize) -> tools::Shown {
    let bytes = unread.bytes.len() as u64;
    let mut shown = tools::shown(
        &Captured {
            head: unread.bytes,
            tail: Vec::new(),
            bytes,
            full: None,
        },
        max,
    );
    if unread.dropped > 0 {
        shown.cut += unread.dropped;
        shown.text = format!(
            "[{} of older output left out]\n{}",
            tools::human_size(unread.dropped),
            shown.text
        );
    }
    shown
}
