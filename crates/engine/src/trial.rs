//! One command for looking, outside of any task: it runs as a task's command would, and nothing it changes lands.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use deskhand_sandbox::{Command, Ran, RoomSetup, SandboxError};
use deskhand_store::TemporaryStore;
use deskhand_types::{Cause, ChangeSet, GrantMode, LeftOut, Tier};
use deskhand_workspace::FileDiff;
use tokio_util::sync::CancellationToken;

use crate::{Engine, EngineError, network, rooms::Tell, session::change_set_id};

/// What is tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrialOptions {
    /// Folders the command sees.
    pub folders: Vec<(PathBuf, GrantMode)>,
    /// For `bash -c`.
    pub command: String,
    /// It is ended after this time.
    pub timeout: Duration,
    /// What keeps it apart from this computer.
    pub sandbox: Tier,
    /// Whether folders outside the personal one are allowed this time (and recorded).
    pub allow_outside_home: bool,
}

/// What it gave.
#[derive(Debug)]
pub struct Trial {
    /// Its end and its output.
    pub ran: Ran,
    /// What it would change.
    pub set: ChangeSet,
    /// The same for people.
    pub diffs: Vec<FileDiff>,
    /// What could not be taken over.
    pub left_out: Vec<LeftOut>,
    /// What it asked of the network, each with how often: method and address, in plain ASCII. All of it was refused.
    pub asked: BTreeMap<String, u64>,
}

impl Engine {
    /// Runs one command for looking. Nothing it changes lands.
    ///
    /// # Errors
    /// When a folder is refused, there is no sandbox, or the command's end is unknown.
    pub async fn try_command(
        &self,
        options: TrialOptions,
        tell: &mut Tell<'_>,
        cancel: CancellationToken,
    ) -> Result<Trial, EngineError> {
        let mut grants = Vec::new();
        for (folder, mode) in &options.folders {
            grants.push(
                self.folders()
                    .grant(folder, *mode, options.allow_outside_home, &grants)?,
            );
        }
        // What the command writes is for looking, and gone with this look.
        let contents = TemporaryStore::make_in(&self.config().cache.join("looks"))?;
        let workspace = self.workspace_over(contents.store(), &grants)?;
        let rooms = self.config().rooms.clone().ok_or_else(|| SandboxError::Unavailable {
            why: "this program was started without a sandbox".to_owned(),
            hint: String::new(),
        })?;
        let name = self.config().clock.fresh_task();
        let cwd = grants
            .first()
            .map_or_else(|| "/tmp".to_owned(), |grant| format!("/mnt/{}", grant.name));
        let asked = Arc::new(network::Asked::default());
        let setup = RoomSetup {
            task: name.clone(),
            folders: grants
                .iter()
                .map(|grant| (grant.name.clone(), grant.mode != GrantMode::ReadOnly))
                .collect(),
            shared: workspace.clone(),
            blobs: contents.store(),
            outlet: network::no_way_out(self.current().proxy.clone(), asked.clone()),
            limits: rooms.limits(),
        };
        let room = rooms.open(options.sandbox, setup).await?;
        let command = Command {
            text: options.command,
            cwd,
            timeout: options.timeout,
        };
        let ran = room.run(command, tell, cancel).await;
        room.close().await;
        let mut ran = ran?;
        let (entries, mut left_out) = (std::mem::take(&mut ran.changes), std::mem::take(&mut ran.left_out));
        let cause = Cause::Call { call: "exec".into() };
        let id = change_set_id(&name, 0);
        let (overlay, diffs) = tokio::task::spawn_blocking(move || {
            let overlay = workspace.prepare_overlay(id, cause, entries)?;
            let diffs = workspace.diff(&overlay.set);
            Ok::<_, EngineError>((overlay, diffs))
        })
        .await
        .map_err(|error| EngineError::Interrupted(error.to_string()))??;
        left_out.extend(overlay.left_out);
        ran.output.full = None;
        Ok(Trial {
            ran,
            set: overlay.set,
            diffs,
            left_out,
            asked: asked.all(),
        })
    }
}
