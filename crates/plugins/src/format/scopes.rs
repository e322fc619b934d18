//! Skills and agents outside of plugins: the person's own, and a project's. Source: issue 5, A6.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::agent::{self, Agent};
use super::diagnostic::Diagnostic;
use super::plugin::{Tree, folders, read_file};
use super::skill::{self, Scope, Skill};

/// Where skills may lie, strongest first: the person's, then the project's from `cwd` up to `top`. `.agents/skills` is the
/// place several programs share.
pub fn places(home: Option<&Path>, cwd: &Path, top: &Path) -> Vec<(Scope, PathBuf)> {
    const NAMES: [&str; 2] = [".claude/skills", ".agents/skills"];
    let personal = home
        .into_iter()
        .flat_map(|home| NAMES.map(|name| (Scope::Personal, home.join(name))));
    let levels = cwd.ancestors().take_while(|level| level.starts_with(top));
    // A project that is the home folder itself brings nothing new.
    let levels = levels.filter(|level| Some(*level) != home);
    let project = levels.flat_map(|level| NAMES.map(|name| (Scope::Project, level.join(name))));
    personal.chain(project).collect()
}

/// Skills of one folder of skills, and the plugins that lie in it (`<name>@skills-dir`). A skill's folder may be a link;
/// what is reached twice is read once.
pub fn skills_in(
    folder: &Path,
    scope: &Scope,
    seen: &mut BTreeSet<PathBuf>,
    found: &mut Vec<Diagnostic>,
) -> (Vec<Skill>, Vec<PathBuf>) {
    let (mut skills, mut plugins) = (Vec::new(), Vec::new());
    if !folder.is_dir() {
        return (skills, plugins);
    }
    // The person put the link there, so it may lead anywhere: the root of a walk over everything.
    let anywhere = folder.ancestors().last().unwrap_or(folder);
    for home in folders(anywhere, folder, found) {
        let Ok(real) = std::fs::canonicalize(&home) else {
            continue;
        };
        if !seen.insert(real.clone()) {
            continue;
        }
        if real.join(".claude-plugin").join("plugin.json").is_file() {
            plugins.push(home);
            continue;
        }
        let Some(bytes) = read_file(&real, &real.join("SKILL.md"), found) else {
            continue;
        };
        skills.extend(skill::skill(&bytes, &home.join("SKILL.md"), scope, found));
    }
    (skills, plugins)
}

/// Agents of one folder of agents.
pub fn agents_in(folder: &Path, scope: &Scope, found: &mut Vec<Diagnostic>) -> Vec<Agent> {
    if !folder.is_dir() {
        return Vec::new();
    }
    let files = Tree::new(folder, found).files(folder, Some("md"));
    let read = files.into_iter().filter_map(|(file, below)| {
        let bytes = read_file(folder, &file, found)?;
        agent::read(&bytes, &file, &below, scope, found)
    });
    read.collect()
}
