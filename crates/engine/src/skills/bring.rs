//! Bringing a skill's files along: into a folder of the task's own, which the task reads as `/mnt/.skills`.
//!
//! It is granted for reading only, like a folder, so that `Read` and commands in the sandbox find the files a skill links
//! to; no search looks into it, and it is no folder of the person's.

use std::path::Path;

use deskhand_plugins::format::{Scope, Skill};
use deskhand_plugins::mount::{self, File, MountError};
use deskhand_types::{Confidentiality, EventBody, Grant, GrantMode, GuestPath, Integrity, Label, SourceKind, TaskId};

use super::{Place, SkillError, Sources};
use crate::{EngineError, plugins::Enabled, session::Session};

/// The name of the grant.
pub(crate) const MOUNT: &str = ".skills";

/// A skill whose files the task can read.
pub(crate) struct Brought {
    /// Where its plugin, or itself, is in the task: `/mnt/.skills/finance`.
    pub root: String,
    /// Where the skill is in the task.
    pub folder: String,
}

/// The label of a file: one that a trusted skill brought along is configuration, every other may be anybody's words.
pub(crate) fn file_label(path: &GuestPath) -> Label {
    if path.grant() == Some(MOUNT) {
        Label::from_source(
            Integrity::TrustedConfig,
            Confidentiality::Public,
            SourceKind::Config,
            path.as_str(),
        )
    } else {
        Label::file(path.as_str())
    }
}

fn grant_of(folder: &Path) -> Grant {
    Grant {
        name: MOUNT.to_owned(),
        folder: folder.to_string_lossy().into_owned(),
        mode: GrantMode::ReadOnly,
        outside_home: false,
    }
}

impl Sources {
    /// Brings a skill along.
    pub fn bring(&self, session: &mut Session<'_>, skill: &Skill, place: &Place) -> Result<Brought, EngineError> {
        let failed = |source: MountError| SkillError::Files {
            skill: skill.qualified(),
            source,
        };
        match place {
            Place::Plugin(enabled) => {
                let root = self.bring_plugin(session, enabled)?;
                let below = skill.folder.strip_prefix(&enabled.plugin.root).unwrap_or(&skill.folder);
                let below = below.to_string_lossy().replace('\\', "/");
                let folder = format!("{root}/{below}").trim_end_matches('/').to_owned();
                Ok(Brought { root, folder })
            }
            Place::Folder(folder) => {
                let files = mount::read(folder).map_err(failed)?;
                self.bring_files(session, skill, &files)
            }
            Place::Files(files) => self.bring_files(session, skill, files),
        }
    }

    /// Brings a plugin along. Gives where it is in the task.
    pub fn bring_plugin(&self, session: &mut Session<'_>, enabled: &Enabled) -> Result<String, EngineError> {
        let failed = |source: MountError| SkillError::Files {
            skill: enabled.id.clone(),
            source,
        };
        let files = mount::read(&enabled.plugin.root).map_err(failed)?;
        let name = deskhand_plugins::format::skill::slug(&enabled.plugin.name);
        self.put(session, &name, &files, &enabled.id)
    }

    /// The same for a task that is about to begin: the grant it needs, and where the plugin is in the task.
    pub fn bring_first(&self, task: &TaskId, enabled: &Enabled) -> Result<(Grant, String), SkillError> {
        let failed = |source: MountError| SkillError::Files {
            skill: enabled.id.clone(),
            source,
        };
        let files = mount::read(&enabled.plugin.root).map_err(failed)?;
        let folder = mount::folder(&self.home, task.as_str()).map_err(failed)?;
        let name = deskhand_plugins::format::skill::slug(&enabled.plugin.name);
        let name = mount::write(&folder, &name, &files).map_err(failed)?;
        Ok((grant_of(&folder), format!("/mnt/{MOUNT}/{name}")))
    }

    fn bring_files(&self, session: &mut Session<'_>, skill: &Skill, files: &[File]) -> Result<Brought, EngineError> {
        let kind = match &skill.scope {
            Scope::Project | Scope::Nested(_) => "project",
            Scope::Bundled => "deskhand",
            _ => "own",
        };
        let root = self.put(session, &format!("{kind}-{}", skill.slug), files, &skill.qualified())?;
        Ok(Brought {
            folder: root.clone(),
            root,
        })
    }

    fn put(&self, session: &mut Session<'_>, name: &str, files: &[File], what: &str) -> Result<String, EngineError> {
        let failed = |source: MountError| SkillError::Files {
            skill: what.to_owned(),
            source,
        };
        // A branch of a task goes on with what that task brought along.
        let granted = session.state.grants().iter().find(|grant| grant.name == MOUNT);
        let folder = match granted {
            Some(grant) => grant.folder.clone().into(),
            None => mount::folder(&self.home, session.id.as_str()).map_err(failed)?,
        };
        let name = mount::write(&folder, name, files).map_err(failed)?;
        if !session.state.grants().iter().any(|grant| grant.name == MOUNT) {
            let grant = grant_of(&folder);
            session.workspace.add_grant(grant.clone())?;
            session.tell(EventBody::GrantAdded { grant })?;
        }
        Ok(format!("/mnt/{MOUNT}/{name}"))
    }
}
