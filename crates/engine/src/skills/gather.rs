//! Gathering what can be called, from all places, as it stands now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deskhand_plugins::format::hooks::Hooks;
use deskhand_plugins::format::scopes::{agents_in, places, skills_in};
use deskhand_plugins::format::skill;
use deskhand_plugins::format::variables::data_folder;
use deskhand_plugins::format::{Diagnostic, Origin, Scope, Skill, load};
use deskhand_plugins::library::id::SKILLS_DIR;
use deskhand_plugins::mount::{self, File};
use deskhand_types::{Grant, GuestPath};
use deskhand_workspace::{GlobQuery, Kind, Workspace};

use super::{Inert, Place, Skills, Sources, bundled, folder_of, project_agents};
use crate::{EngineError, Settings, instructions::host_file, plugins::Enabled};

/// Folders of skills in a granted folder.
const IN_PROJECT: [&str; 2] = [".claude/skills", ".agents/skills"];
/// Skills of one granted folder, at most.
const MAX_SKILLS: usize = 200;
/// Files of one skill in a granted folder, at most, and bytes of one of them.
const MAX_FILES: usize = 1_000;
const MAX_FILE: u64 = 8 << 20;

impl Sources {
    /// What can be called in a task with these folders, strongest first.
    ///
    /// # Errors
    /// When the application's log cannot be read.
    pub fn gather(&self, workspace: &Workspace, grants: &[Grant]) -> Result<Skills, EngineError> {
        let mut skills = Skills::default();
        self.personal(&mut skills);
        let settings = Settings::load(&*self.log)?;
        for grant in grants
            .iter()
            .filter(|grant| grant.name != "outputs" && !grant.name.starts_with('.'))
        {
            project(&settings, workspace, grant, &mut skills);
            project_agents::gather(&settings, workspace, grant, &mut skills);
        }
        for (name, files) in bundled::all() {
            let file = PathBuf::from(format!("deskhand/{name}/SKILL.md"));
            add_files(&mut skills, &file, files, &Scope::Bundled);
        }
        for enabled in self.shelf.enabled(&mut skills.notes) {
            let enabled = Arc::new(enabled);
            let plugin = &enabled.plugin;
            for skill in plugin.skills.iter().chain(&plugin.commands) {
                skills.places.insert(skill.file.clone(), Place::Plugin(enabled.clone()));
            }
            skills.catalog.add_plugin(plugin);
            skills.plugins.push(enabled);
        }
        Ok(skills)
    }

    fn personal(&self, skills: &mut Skills) {
        let mut seen = BTreeSet::new();
        let own = (Scope::Personal, self.home.join("skills"));
        // Nothing of a project: those are read through their grants.
        let nowhere = Path::new("/");
        let others = places(Some(&self.personal), nowhere, nowhere);
        let folders = std::iter::once(own).chain(others.into_iter().filter(|(scope, _)| *scope == Scope::Personal));
        for (scope, folder) in folders {
            let (found, plugins) = skills_in(&folder, &scope, &mut seen, &mut skills.notes);
            for folder in plugins {
                self.lying(&folder, skills);
            }
            for skill in &found {
                skills
                    .places
                    .insert(skill.file.clone(), Place::Folder(folder_of(&skill.file)));
            }
            skills.catalog.add_skills(found);
        }
        let agents = agents_in(
            &self.personal.join(".claude/agents"),
            &Scope::Personal,
            &mut skills.notes,
        );
        for agent in &agents {
            project_agents::note(agent, &mut skills.notes);
        }
        skills.catalog.add_agents(agents);
    }
}

impl Sources {
    /// A plugin that lies in a folder of skills (`NAME@skills-dir`). Its skills, commands and agents are texts as those
    /// beside it are; what it would run nobody has agreed to, so that is in force only once it is installed.
    fn lying(&self, folder: &Path, skills: &mut Skills) {
        let origin = Origin {
            marketplace: Some(SKILLS_DIR.to_owned()),
            ..Origin::default()
        };
        let loaded = load(folder, &origin);
        skills.notes.extend(loaded.errors().cloned());
        let Some(mut plugin) = loaded.plugin else { return };
        let runs = !plugin.hooks.groups.is_empty()
            || !plugin.servers.is_empty()
            || !plugin.bundles.is_empty()
            || !plugin.lsp.is_empty()
            || !plugin.monitors.is_empty()
            || plugin.bin.is_some();
        if runs {
            let message = format!(
                "the plugin {} lies in a folder of skills: its skills, commands and agents can be used; its hooks, servers and \
                 programs are not in force. Install it to look at them and agree: `deskhand plugins install {}`",
                plugin.name,
                folder.display()
            );
            skills
                .notes
                .push(Diagnostic::note("skills-dir-plugin", folder, message));
        }
        plugin.hooks = Hooks::default();
        plugin.servers.clear();
        plugin.bundles.clear();
        plugin.monitors.clear();
        plugin.lsp.clear();
        plugin.bin = None;
        // Nothing was asked of the person, so that what stands for a value stays as it is written.
        let enabled = Arc::new(Enabled {
            id: plugin.id(),
            config: BTreeMap::default(),
            sensitive: plugin.manifest.sensitive_keys().map(str::to_owned).collect(),
            missing: Vec::new(),
            data: self.home.join("plugins").join("data").join(data_folder(&plugin.id())),
            plugin,
        });
        for skill in enabled.plugin.skills.iter().chain(&enabled.plugin.commands) {
            skills.places.insert(skill.file.clone(), Place::Plugin(enabled.clone()));
        }
        skills.catalog.add_plugin(&enabled.plugin);
        skills.plugins.push(enabled);
    }
}

/// The skills of a granted folder: in force when the person trusted exactly these files.
fn project(settings: &Settings, workspace: &Workspace, grant: &Grant, skills: &mut Skills) {
    for base in IN_PROJECT {
        for file in skill_files(workspace, &grant.name, base) {
            let folder = folder_of(Path::new(file.as_str()));
            let Some((files, host)) = files_of(workspace, grant, &folder) else {
                continue;
            };
            let hash = mount::hash(&files);
            if settings.trusted.get(&host) == Some(&hash) {
                add_files(skills, Path::new(file.as_str()), files, &Scope::Project);
            } else {
                let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                skills.inert.push(Inert {
                    name,
                    folder: host,
                    hash,
                    is_agent: false,
                });
            }
        }
    }
}

fn skill_files(workspace: &Workspace, grant: &str, base: &str) -> Vec<GuestPath> {
    let query = GlobQuery {
        path: Some(GuestPath::new(format!("/mnt/{grant}/{base}"))),
        hidden: true,
        case_sensitive: true,
        max_results: MAX_SKILLS,
        ..GlobQuery::new("*/SKILL.md")
    };
    // Most folders have none.
    let mut files: Vec<GuestPath> = workspace
        .glob(&query)
        .map(|found| found.entries.into_iter().map(|entry| entry.path).collect())
        .unwrap_or_default();
    files.sort();
    files
}

/// All files of a skill's folder, sorted, and the folder's name on this machine. `None` when one cannot be read: then the
/// skill is not known as a whole.
pub(super) fn files_of(workspace: &Workspace, grant: &Grant, folder: &Path) -> Option<(Vec<File>, String)> {
    let folder = GuestPath::new(folder.to_str()?);
    let query = GlobQuery {
        path: Some(folder.clone()),
        hidden: true,
        max_results: MAX_FILES,
        ..GlobQuery::new("**/*")
    };
    let found = workspace.glob(&query).ok()?;
    if found.total > MAX_FILES {
        return None;
    }
    let mut files = Vec::new();
    for entry in found.entries.into_iter().filter(|entry| entry.kind == Kind::File) {
        files.push(File {
            path: entry
                .path
                .as_str()
                .strip_prefix(folder.as_str())?
                .strip_prefix('/')?
                .to_owned(),
            bytes: workspace.read(&entry.path, MAX_FILE).ok()?,
            runs: true,
        });
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let below = folder.as_str().strip_prefix(&format!("/mnt/{}/", grant.name))?;
    Some((files, host_file(grant, below)))
}

fn add_files(skills: &mut Skills, file: &Path, files: Vec<File>, scope: &Scope) {
    let mut notes: Vec<Diagnostic> = Vec::new();
    let text = files.iter().find(|one| one.path == "SKILL.md");
    let read: Option<Skill> = text.and_then(|text| skill::skill(&text.bytes, file, scope, &mut notes));
    skills.notes.extend(notes);
    if let Some(skill) = read {
        skills.places.insert(skill.file.clone(), Place::Files(Arc::new(files)));
        skills.catalog.add_skills([skill]);
    }
}
