//! The application's own settings: standing grants, global instructions, trusted instruction files. Events in the
//! application's log, like everything else; [`Settings`] is the fold over them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use deskhand_store::EventLog;
use deskhand_types::{Appearance, EventBody, Grant, GrantMode, Hash, Marks, TaskId, Timestamp, ValueRule};
use deskhand_workspace::{names, protect};

use crate::{Clock, EngineError, connectors::Book, memory::Notes};

/// The settings as they stand.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Settings {
    /// Standing grants, in the order they were given.
    pub grants: Vec<Grant>,
    /// Folders outside the personal one that the person allowed.
    pub outside: BTreeSet<String>,
    /// Global instructions; empty = none.
    pub instructions: String,
    /// Trusted instruction files: path on this machine and the hash that was trusted.
    pub trusted: BTreeMap<String, Hash>,
    /// Whether commands that stand in skills stay switched off.
    pub skill_commands_off: bool,
    /// How the interface looks.
    pub appearance: Appearance,
    /// What the person did with tasks' lines in lists.
    pub marks: BTreeMap<TaskId, Marks>,
    /// Values the person allowed for good.
    pub values: BTreeSet<ValueRule>,
    /// What was decided about notes for later tasks.
    pub(crate) notes: Notes,
    /// What was decided about connectors.
    pub(crate) connectors: Book,
    /// When storage was last tidied.
    pub tidied_at: Option<Timestamp>,
    /// Number of the next event of the application's log.
    next_seq: u64,
}

impl Settings {
    /// Reads the application's log.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn load(log: &dyn EventLog) -> Result<Self, EngineError> {
        let mut settings = Self::default();
        for event in log.read(&TaskId::app(), 0)? {
            settings.next_seq = event.seq + 1;
            settings.connectors.take(&event);
            settings.notes.take(&event);
            match event.body {
                EventBody::GrantAdded { grant } => {
                    settings.grants.retain(|known| known.folder != grant.folder);
                    settings.grants.push(grant);
                }
                EventBody::OutsideAllowed { folder } => {
                    settings.outside.insert(folder);
                }
                EventBody::GrantRemoved { folder } => {
                    settings.outside.remove(&folder);
                    settings.grants.retain(|known| known.folder != folder);
                }
                EventBody::GrantsRevoked {} => {
                    settings.grants.clear();
                    settings.outside.clear();
                }
                EventBody::InstructionsSet { text } => settings.instructions = text,
                EventBody::InstructionsTrusted { file, hash } => {
                    settings.trusted.insert(file, hash);
                }
                EventBody::SkillCommandsSet { allowed } => settings.skill_commands_off = !allowed,
                EventBody::AppearanceSet { appearance } => settings.appearance = appearance,
                EventBody::TaskMarked { task, marks } => {
                    settings.marks.insert(task, marks);
                }
                EventBody::ValueAllowed { rule, .. } => {
                    settings.values.insert(rule);
                }
                EventBody::ValueWithdrawn { rule } => {
                    settings.values.remove(&rule);
                }
                EventBody::StorageTidied { .. } => settings.tidied_at = Some(event.at),
                _ => {}
            }
        }
        Ok(settings)
    }

    /// Number the next event of the application's log gets.
    pub const fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Appends a settings event.
    ///
    /// # Errors
    /// When another process changed the settings at the same moment (nothing was changed), or the log fails.
    pub fn record(log: &dyn EventLog, clock: &dyn Clock, body: EventBody) -> Result<(), EngineError> {
        let seq = Self::load(log)?.next_seq;
        log.append(&TaskId::app(), seq, clock.now(), &[body.into()])?;
        Ok(())
    }
}

/// Which folders may be granted, and the folders that are.
pub struct FolderBook {
    /// The person's folder.
    pub personal: PathBuf,
    /// Folders of the application, never granted.
    pub own: Vec<PathBuf>,
    /// The log with the standing grants.
    pub log: Arc<dyn EventLog>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl FolderBook {
    /// Judges a folder and names it. `taken` are the names in use. Permission for a folder outside the personal one is
    /// recorded, so that it is asked for once.
    ///
    /// # Errors
    /// A refusal that says why, or the folder does not exist.
    pub fn grant(
        &self,
        folder: &Path,
        mode: GrantMode,
        allow_outside: bool,
        taken: &[Grant],
    ) -> Result<Grant, EngineError> {
        let settings = Settings::load(&*self.log)?;
        let judge = |allow| protect::judge(folder, Some(&self.personal), &self.own, allow);
        let resolved = match judge(false) {
            Ok(resolved) => resolved,
            Err(refusal) => {
                let resolved = judge(true)?;
                let text = resolved.path.to_string_lossy();
                if !allow_outside && !settings.outside.contains(text.as_ref()) {
                    return Err(refusal.into());
                }
                resolved
            }
        };
        let grant = Grant {
            name: names::unique(&resolved.path, taken.iter().map(|grant| grant.name.as_str())),
            folder: resolved.path.to_string_lossy().into_owned(),
            mode,
            outside_home: resolved.outside_home,
        };
        if grant.outside_home && !settings.outside.contains(&grant.folder) {
            Settings::record(
                &*self.log,
                &*self.clock,
                EventBody::OutsideAllowed {
                    folder: grant.folder.clone(),
                },
            )?;
        }
        Ok(grant)
    }

    /// A folder the model asked for and the person allowed. The person's yes is not a yes to a folder outside the
    /// personal one: that takes the explicit flag.
    ///
    /// # Errors
    /// As [`FolderBook::grant`].
    pub fn grant_for_task(&self, path: &str, mode: GrantMode, taken: &[Grant]) -> Result<Grant, EngineError> {
        let folder = match path.strip_prefix("~/") {
            Some(rest) => self.personal.join(rest),
            None if path == "~" => self.personal.clone(),
            None => PathBuf::from(path),
        };
        self.grant(&folder, mode, false, taken)
    }
}
