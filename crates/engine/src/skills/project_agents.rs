//! Agents in granted folders (`.claude/agents`): in force when the person trusted exactly that file, like a folder's skills.
//!
//! What an agent outside of plugins sets for itself is followed as far as it makes nothing wider: its hooks run while it
//! works, `permissionMode: plan` lets it read only. The rest is noted, not followed.

use std::collections::BTreeSet;
use std::path::Path;

use deskhand_plugins::format::hooks::{self, Hooks};
use deskhand_plugins::format::{Agent, Diagnostic, Scope, agent};
use deskhand_plugins::mount::{self, File};
use deskhand_types::{Grant, GuestPath, Mode};
use deskhand_workspace::{GlobQuery, Kind, Workspace};

use super::{Inert, Skills};
use crate::{Settings, instructions::host_file};

/// The folder of agents in a granted folder.
pub(super) const AGENTS: &str = ".claude/agents";
/// Agents of one granted folder, at most, and bytes of one.
const MAX_AGENTS: usize = 200;
const MAX_FILE: u64 = 1 << 20;

/// An agent of a granted folder that is in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ProjectAgent {
    /// Its full name.
    pub name: String,
    /// Its file on this machine.
    pub file: String,
}

/// The agents of a granted folder.
pub(super) fn gather(settings: &Settings, workspace: &Workspace, grant: &Grant, skills: &mut Skills) {
    let base = format!("/mnt/{}/{AGENTS}", grant.name);
    let query = GlobQuery {
        path: Some(GuestPath::new(base.clone())),
        hidden: true,
        max_results: MAX_AGENTS,
        ..GlobQuery::new("**/*.md")
    };
    // Most folders have none.
    let Ok(found) = workspace.glob(&query) else { return };
    if found.total > MAX_AGENTS {
        let why =
            format!("there are more than {MAX_AGENTS} agents here; those after the first {MAX_AGENTS} were left out");
        skills
            .notes
            .push(Diagnostic::warning("agents-too-many", Path::new(&base), why));
    }
    let entries = found.entries.into_iter().filter(|entry| entry.kind == Kind::File);
    let mut paths: Vec<GuestPath> = entries.map(|entry| entry.path).collect();
    paths.sort();
    let mut names = BTreeSet::new();
    for path in paths {
        let Ok(bytes) = workspace.read(&path, MAX_FILE) else {
            continue;
        };
        let Some((below, host)) = place(grant, &base, &path) else {
            continue;
        };
        let folders: Vec<String> = below.split('/').map(str::to_owned).collect();
        let folders = folders.split_last().map(|(_, folders)| folders).unwrap_or_default();
        let file = Path::new(path.as_str());
        let Some(agent) = agent::read(&bytes, file, folders, &Scope::Project, &mut skills.notes) else {
            continue;
        };
        let hash = mount::hash(&[alone(&below, bytes)]);
        if settings.trusted.get(&host) != Some(&hash) {
            skills.inert.push(Inert {
                name: agent.name,
                folder: host,
                hash,
                is_agent: true,
            });
            continue;
        }
        if !names.insert(agent.qualified.clone()) {
            let why = format!(
                "there is another agent `{}` in this folder; this one was left out",
                agent.qualified
            );
            skills.notes.push(Diagnostic::warning("agent-twice", file, why));
            continue;
        }
        note(&agent, &mut skills.notes);
        skills.project_agents.push(ProjectAgent {
            name: agent.qualified.clone(),
            file: host,
        });
        skills.catalog.add_agents([agent]);
    }
}

/// The file of an agent as that of a skill: trust is kept alike.
pub(super) fn file_of(workspace: &Workspace, grant: &Grant, path: &GuestPath) -> Option<(Vec<File>, String)> {
    let base = format!("/mnt/{}/{AGENTS}", grant.name);
    let (below, host) = place(grant, &base, path)?;
    let bytes = workspace.read(path, MAX_FILE).ok()?;
    Some((vec![alone(&below, bytes)], host))
}

/// Where it is below the folder of agents, and on this machine.
fn place(grant: &Grant, base: &str, path: &GuestPath) -> Option<(String, String)> {
    let below = path.as_str().strip_prefix(base)?.strip_prefix('/')?.to_owned();
    let host = host_file(grant, &format!("{AGENTS}/{below}"));
    Some((below, host))
}

fn alone(below: &str, bytes: Vec<u8>) -> File {
    File {
        path: below.to_owned(),
        bytes,
        runs: false,
    }
}

/// What an agent sets for itself that is not followed.
pub(super) fn note(agent: &Agent, notes: &mut Vec<Diagnostic>) {
    let Some(own) = &agent.own_settings else { return };
    if let Some(mode) = own.get("permissionMode").and_then(|mode| mode.as_str()) {
        let why = match mode {
            "plan" | "default" => None,
            _ => Some(format!(
                "`permissionMode: {mode}` is not followed: the mode of the task holds"
            )),
        };
        notes.extend(why.map(|why| Diagnostic::note("agent-mode", &agent.file, why)));
    }
    if own.get("mcpServers").is_some() {
        let why = "`mcpServers` starts none: the agent has the connectors of its task, which you approve one by one";
        notes.push(Diagnostic::note("agent-servers", &agent.file, why));
    }
    if let Some(value) = own.get("hooks") {
        hooks::read(value, &agent.file, notes);
    }
}

/// The hooks an agent brings; none for a plugin's.
pub(crate) fn hooks_of(agent: &Agent) -> Hooks {
    let own = agent.own_settings.as_ref().and_then(|own| own.get("hooks"));
    own.map(|value| hooks::read(value, &agent.file, &mut Vec::new()))
        .unwrap_or_default()
}

/// The mode an agent works in where its task has this one: it can only ask for less.
pub(crate) fn mode_of(agent: &Agent, mode: Mode) -> Mode {
    let own = agent.own_settings.as_ref().and_then(|own| own.get("permissionMode"));
    match own.and_then(|own| own.as_str()) {
        Some("plan") => Mode::Plan,
        _ => mode,
    }
}
