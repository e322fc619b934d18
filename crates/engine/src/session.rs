//! One task in work: its state, its log, its files. The only place where a task's events are appended.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use deskhand_agent::Task;
use deskhand_egress::WATCHED;
use deskhand_policy::Bars;
use deskhand_store::EventLog;
use deskhand_types::{
    BlobStore, ChangeSetId, Confidentiality, EventBody, EventDraft, Integrity, Label, NetworkRequest, Note, SourceKind,
    TaskId,
};
use deskhand_workspace::Workspace;
use tokio::sync::mpsc;

use crate::{
    Clock, EngineError, Observer,
    flow::{self, Canaries, Connections, Labels, Speech, Trail},
    judging::Known,
    mailbox::Letter,
    network::Entry,
};

/// Requests to the network that are written down in one run of a task, where the settings say nothing else; a command that
/// asks in a loop must not fill the disk.
pub(crate) const MAX_REQUESTS: u32 = 20_000;

/// One task in work.
pub(crate) struct Session<'a> {
    pub id: TaskId,
    pub state: Task,
    /// Whose words are in force, and what was seen.
    pub trail: Trail,
    /// Labels of what tasks have written.
    pub labels: Labels,
    /// Connectors.
    pub connections: Connections,
    /// Canaries of the task's folders.
    pub canaries: Canaries,
    /// Notes from earlier tasks, as they were when this run began.
    pub notes: Arc<Vec<Note>>,
    pub log: Arc<dyn EventLog>,
    /// Values kept apart from the conversation.
    pub blobs: Arc<dyn BlobStore>,
    pub workspace: Arc<Workspace>,
    /// What rules keep from a tool that meets files without naming them, besides what they keep from all of them.
    pub kept_from: Vec<(&'static str, Arc<Bars>)>,
    pub clock: Arc<dyn Clock>,
    pub observer: &'a dyn Observer,
    /// What the person says meanwhile, on its way into the log.
    pub letters: mpsc::UnboundedReceiver<Letter>,
    /// What its commands do on the network, on its way into the log.
    pub network: mpsc::UnboundedReceiver<Entry>,
    /// Where its commands got something from. What they fetched may lie in their room's scratch, so it concerns all
    /// later ones as well.
    pub origins: BTreeSet<String>,
    /// How many requests were written down in this run, and how many may be. One more says that there were more.
    pub requests: u32,
    pub most_requests: u32,
}

impl Session<'_> {
    /// Appends events and takes them in. On a conflict nothing was appended: another process works on the task.
    pub fn append(&mut self, drafts: Vec<EventDraft>) -> Result<(), EngineError> {
        let drafts = flow::dress(self, drafts)?;
        let events = self
            .log
            .append(&self.id, self.state.next_seq(), self.clock.now(), &drafts)?;
        for event in &events {
            self.state.apply(event);
            self.trail.apply(event);
            self.observer.event(event);
        }
        Ok(())
    }

    /// The granted folders, as a tool may come to what is in them.
    pub fn folders_for(&self, tool: &str) -> Arc<Workspace> {
        let Some((_, bars)) = self.kept_from.iter().find(|(named, _)| *named == tool) else {
            return self.workspace.clone();
        };
        let bars = bars.clone();
        Arc::new(self.workspace.barring(Arc::new(move |path| bars.covers(path))))
    }

    /// What is known of the task now, for judging its calls.
    pub fn known(&self) -> Known<'_> {
        Known {
            state: &self.state,
            trail: &self.trail,
            blobs: &*self.blobs,
        }
    }

    /// Appends one event without a label.
    pub fn tell(&mut self, body: EventBody) -> Result<(), EngineError> {
        self.append(vec![body.into()])
    }

    /// The id the next change-set of this task gets.
    pub fn next_change_set(&self) -> ChangeSetId {
        change_set_id(&self.id, self.state.change_sets_seen())
    }

    /// Largest result of a tool, in characters.
    pub fn result_chars(&self) -> usize {
        usize::try_from(self.state.profile().tool_result_chars).unwrap_or(usize::MAX)
    }

    /// Takes in what the person has said until now.
    pub fn hear(&mut self) -> Result<(), EngineError> {
        while let Ok(letter) = self.letters.try_recv() {
            self.take(letter)?;
        }
        Ok(())
    }

    /// Hears nothing any more. What was said and not heard is not in the log; who said it is told.
    pub fn stop_hearing(&mut self) {
        self.letters.close();
        while self.letters.try_recv().is_ok() {}
    }

    fn take(&mut self, letter: Letter) -> Result<(), EngineError> {
        let seq = self.state.next_seq();
        let label = match &letter.body {
            EventBody::PersonSaid { text, voice, .. } | EventBody::FollowUpQueued { text, voice } => Speech {
                text: text.clone(),
                voice: voice.clone(),
            }
            .label(),
            _ => Label::person(),
        };
        self.append(vec![labelled(letter.body, label)])?;
        // Who said it may be gone.
        let _ = letter.arrived.send(seq);
        Ok(())
    }

    /// Waits for something, and writes down meanwhile what commands do on the network and what the person says.
    ///
    /// # Errors
    /// When that cannot be written: then the work is given up.
    pub async fn alongside<T>(&mut self, work: impl Future<Output = T>) -> Result<T, EngineError> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                // What was asked for comes before what came of it.
                biased;
                Some(entry) = self.network.recv() => self.enter(entry)?,
                Some(letter) = self.letters.recv() => self.take(letter)?,
                result = &mut work => {
                    while let Ok(entry) = self.network.try_recv() {
                        self.enter(entry)?;
                    }
                    return Ok(result);
                }
            }
        }
    }

    fn enter(&mut self, entry: Entry) -> Result<(), EngineError> {
        match entry {
            Entry::Requested(request, written) => {
                // What must end the task is written down however much was before it.
                let leaks = request.reason == WATCHED && !self.trail.is_leaking();
                // Who asked hears that nobody writes any more, and then nothing is connected.
                if self.requests > self.most_requests && !leaks {
                    return Ok(());
                }
                self.requests = self.requests.saturating_add(1);
                let judged_allowed = request.allowed;
                let request = NetworkRequest {
                    id: self.state.requests_seen() + 1,
                    ..request
                };
                let id = request.id;
                let request = if self.requests > self.most_requests && !leaks {
                    no_longer_listed(request, self.most_requests)
                } else {
                    flow::gate(self, request)
                };
                if request.allowed {
                    self.origins.insert(format!("{}://{}", request.scheme, request.host));
                }
                let refused = judged_allowed && !request.allowed;
                self.tell(EventBody::NetworkRequested(request))?;
                // Who asked may be gone. Who was allowed by the rules and refused here hears nothing, and then nothing
                // is connected.
                if !refused {
                    let _ = written.send(id);
                }
                Ok(())
            }
            Entry::Finished(result) => self.tell(EventBody::NetworkFinished(result)),
        }
    }

    /// Where what a command gives may come from: whatever the task has read, any granted folder, and what commands
    /// fetched.
    pub fn command_label(&self) -> Label {
        let read = self.state.taint().clone();
        let folders = self
            .state
            .grants()
            .iter()
            .map(|grant| Label::file(&format!("/mnt/{}", grant.name)));
        let fetched = self
            .origins
            .iter()
            .map(|origin| Label::from_source(Integrity::Web, Confidentiality::Public, SourceKind::Web, origin));
        let label = folders.chain(fetched).fold(read, |label, other| label.join(&other));
        // What was kept apart may be in the command, or in what an earlier one left behind.
        let kept = self.state.variables().all().iter();
        let label = kept.fold(label, |label, (_, other)| label.join(other));
        // What cannot be looked up is as bad as can be.
        self.labels
            .of_folders(label.clone(), self.state.grants())
            .unwrap_or_else(|_| label.join(&Label::unknown()))
    }
}

/// The request that is one too many. It stands for itself and for all after it, which are refused like it.
fn no_longer_listed(request: NetworkRequest, most: u32) -> NetworkRequest {
    NetworkRequest {
        allowed: false,
        address: None,
        credential: None,
        reason: format!("more than {most} requests in one run of the task: refused, and no longer listed"),
        ..request
    }
}

/// The id of change-set number `number` (from 0) of a task.
pub(crate) fn change_set_id(task: &TaskId, number: u64) -> ChangeSetId {
    ChangeSetId::new(format!("{task}.{}", number + 1))
}

/// An event that carries content.
pub(crate) const fn labelled(body: EventBody, label: Label) -> EventDraft {
    EventDraft {
        body,
        label: Some(label),
    }
}
