//! Instructions: the person's standing wishes, global and per folder.
//!
//! A file found in a folder is inert until its hash was trusted once: anybody may have written it.

use std::{path::Path, sync::Arc};

use deskhand_types::{
    CallId, Cause, ChangeSetId, Coded, EventBody, Grant, GrantMode, GuestPath, Hash, Instruction, visible,
};
use deskhand_workspace::{Edit, Workspace};

use crate::{Engine, EngineError, Settings, prompt::MAX_INSTRUCTIONS};

/// File names that hold instructions; the first that exists in a folder is used.
pub const FILES: [&str; 3] = [FIRST_FILE, "AGENTS.md", "CLAUDE.md"];

/// The file Deskhand itself writes.
const FIRST_FILE: &str = "DESKHAND.md";

/// The instructions for a task: global first, then one per folder, outer folders before inner ones.
pub(crate) fn gather(settings: &Settings, workspace: &Workspace, grants: &[Grant]) -> Vec<Instruction> {
    let mut found = Vec::new();
    if !settings.instructions.trim().is_empty() {
        found.push(Instruction {
            from: "global".to_owned(),
            hash: Hash::of(settings.instructions.as_bytes()),
            trusted: true,
            text: Some(cut(&settings.instructions)),
        });
    }
    let mut folders: Vec<&Grant> = grants
        .iter()
        .filter(|grant| grant.name != "outputs" && !grant.name.starts_with('.'))
        .collect();
    folders.sort_by_key(|grant| grant.folder.len());
    found.extend(
        folders
            .into_iter()
            .filter_map(|grant| of_folder(settings, workspace, grant)),
    );
    found
}

/// The instructions file of a folder, if it has one.
pub(crate) fn of_folder(settings: &Settings, workspace: &Workspace, grant: &Grant) -> Option<Instruction> {
    FILES.iter().find_map(|name| {
        let path = GuestPath::new(format!("/mnt/{}/{name}", grant.name));
        let bytes = workspace.read(&path, MAX_INSTRUCTIONS as u64 * 4).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let hash = Hash::of(text.as_bytes());
        let trusted = settings.trusted.get(&host_file(grant, name)) == Some(&hash);
        Some(Instruction {
            from: path.to_string(),
            hash,
            trusted,
            text: trusted.then(|| cut(&text)),
        })
    })
}

/// The name under which the trust in a folder's file is kept.
pub(crate) fn host_file(grant: &Grant, name: &str) -> String {
    let separator = if grant.folder.contains('\\') { '\\' } else { '/' };
    format!("{}{separator}{name}", grant.folder.trim_end_matches(separator))
}

/// What a person sees of the text, and no more of it than the prompt has room for.
fn cut(text: &str) -> String {
    let (text, _) = visible(text);
    let text = text.trim();
    if text.len() <= MAX_INSTRUCTIONS {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(MAX_INSTRUCTIONS);
    format!(
        "{}\n[instructions cut at {MAX_INSTRUCTIONS} bytes]",
        text.get(..end).unwrap_or_default()
    )
}

/// The instructions file of a folder on this machine, as it stands.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct FolderInstructions {
    /// The file on this machine.
    pub file: String,
    /// Hash of its text.
    pub hash: Hash,
    /// Whether it is in force.
    pub trusted: bool,
    /// Its text, in force or not.
    pub text_now: Option<String>,
}

impl Engine {
    /// The instructions file of a folder.
    ///
    /// # Errors
    /// When the folder may not be granted or cannot be read.
    pub fn folder_instructions(&self, folder: &Path) -> Result<Option<FolderInstructions>, EngineError> {
        let (workspace, grant) = self.looking_at(folder, GrantMode::ReadOnly)?;
        let Some(found) = of_folder(&self.settings()?, &workspace, &grant) else {
            return Ok(None);
        };
        let path = GuestPath::new(found.from.clone());
        let bytes = workspace.read(&path, MAX_INSTRUCTIONS as u64 * 4)?;
        Ok(Some(FolderInstructions {
            file: host_file(&grant, path.file_name()),
            hash: found.hash,
            trusted: found.trusted,
            text_now: String::from_utf8(bytes).ok(),
        }))
    }

    /// Trusts a folder's instructions file as it stands now.
    ///
    /// # Errors
    /// When there is none.
    pub fn trust_folder_instructions(&self, folder: &Path) -> Result<FolderInstructions, EngineError> {
        let found = self
            .folder_instructions(folder)?
            .ok_or_else(|| EngineError::NoInstructions(folder.display().to_string()))?;
        self.set(EventBody::InstructionsTrusted {
            file: found.file.clone(),
            hash: found.hash,
        })?;
        Ok(FolderInstructions { trusted: true, ..found })
    }

    /// Writes a folder's instructions file (the one it has, else `DESKHAND.md`) and trusts it. The change is logged in
    /// the application's log and its pre-image kept, like any other.
    ///
    /// # Errors
    /// When the folder may not be granted or cannot be written.
    pub fn write_folder_instructions(&self, folder: &Path, text: String) -> Result<FolderInstructions, EngineError> {
        let (workspace, grant) = self.looking_at(folder, GrantMode::ReadWrite)?;
        let found = of_folder(&self.settings()?, &workspace, &grant);
        let path =
            GuestPath::new(found.map_or_else(|| format!("/mnt/{}/{}", grant.name, FIRST_FILE), |found| found.from));
        let hash = Hash::of(text.as_bytes());
        let id = ChangeSetId::new(format!("app.{}", self.settings()?.next_seq()));
        let edit = Edit::Write {
            path: path.clone(),
            bytes: text.clone().into_bytes(),
            expect: None,
        };
        // A person's own wish, given at a surface: there is no call behind it.
        let set = workspace.prepare(
            id.clone(),
            Cause::Call {
                call: CallId::new("instructions"),
            },
            vec![edit],
        )?;
        self.set(EventBody::ChangeIntended { set: set.clone() })?;
        let body = match workspace.apply(&set) {
            Ok(_) => EventBody::ChangeApplied { id, reconciled: None },
            Err(error) => {
                self.set(EventBody::ChangeFailed {
                    id,
                    code: error.code(),
                    message: error.to_string(),
                    reconciled: None,
                })?;
                return Err(error.into());
            }
        };
        self.set(body)?;
        let file = host_file(&grant, path.file_name());
        self.set(EventBody::InstructionsTrusted {
            file: file.clone(),
            hash,
        })?;
        Ok(FolderInstructions {
            file,
            hash,
            trusted: true,
            text_now: Some(text),
        })
    }

    fn looking_at(&self, folder: &Path, mode: GrantMode) -> Result<(Arc<Workspace>, Grant), EngineError> {
        let grant = self.folders().grant(folder, mode, false, &[])?;
        Ok((self.workspace(std::slice::from_ref(&grant))?, grant))
    }
}
