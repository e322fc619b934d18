//! From a folder to [`Plugin`].

use std::path::{Path, PathBuf};

use super::files::{Tree, exists, folders, read_file};
use super::{Loaded, Origin, Plugin};
use crate::format::agent::{self, Agent};
use crate::format::companions::{self, Lsp, Monitor, OutputStyle, Settings, Theme};
use crate::format::connectors::Connectors;
use crate::format::diagnostic::Diagnostic;
use crate::format::frontmatter::decode;
use crate::format::hooks::{self, Hooks};
use crate::format::manifest::{self, Component, Entry, Manifest};
use crate::format::paths::{self, PathFault};
use crate::format::servers;
use crate::format::skill::{self, Scope, Skill};

/// Reads the plugin in `root`. Never fails as a whole without saying why, and one bad file never costs the others.
pub fn load(root: &Path, origin: &Origin) -> Loaded {
    let mut found = Vec::new();
    // Made absolute and not canonical: on Windows that would be a form of path that programs do not expect in their texts.
    let root = match std::path::absolute(root) {
        Ok(whole) if whole.is_dir() => whole,
        Ok(whole) => {
            let why = format!(
                "`{}` is not a folder that can be read; no plugin was loaded",
                whole.display()
            );
            return Loaded::failed(root, found, "not-a-folder", why);
        }
        Err(why) => {
            let why = format!("the plugin's folder could not be found: {why}");
            return Loaded::failed(root, found, "unreadable", why);
        }
    };
    let Some((manifest, named)) = described(&root, origin, &mut found) else {
        return Loaded {
            plugin: None,
            diagnostics: found,
        };
    };
    let folder = root
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let name = origin.name.clone().or(named).unwrap_or(folder);
    let mut reading = Reading {
        root: &root,
        scope: Scope::Plugin(name.clone()),
        found,
    };
    let skills = reading.skills(&manifest, origin);
    let commands = reading.commands(&manifest);
    let agents = reading.agents(&manifest);
    let hooks = reading.hooks(&manifest);
    let (servers, bundles) = servers::collect(&root, &manifest.mcp_servers, &mut reading.found);
    let lsp = reading.lsp(&manifest);
    let monitors = reading.monitors(&manifest);
    let output_styles = reading.output_styles(&manifest);
    let themes = reading.themes(&manifest);
    let workflows = reading
        .files(manifest.workflows.as_deref(), "workflows", None)
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    let settings = reading.settings();
    let connectors = reading.connectors();
    let mut found = reading.found;
    let mut manifest = manifest;
    manifest.channels.retain(|channel| {
        let known = servers.iter().any(|server| server.key == channel.server);
        if !known {
            let message = format!(
                "a channel names the server `{}`, which there is not; it was left out",
                channel.server
            );
            found.push(Diagnostic::component("channel-server", &root, message));
        }
        known
    });
    let bin = companions::bin(&root);
    let plugin = Plugin {
        name,
        marketplace: origin.marketplace.clone(),
        root,
        manifest,
        skills,
        commands,
        agents,
        hooks,
        servers,
        bundles,
        lsp,
        monitors,
        output_styles,
        themes,
        workflows,
        settings,
        bin,
        connectors,
    };
    Loaded {
        plugin: Some(plugin),
        diagnostics: found,
    }
}

/// The manifest merged with the entry, and the name they give. `None`: the plugin does not load.
fn described(root: &Path, origin: &Origin, found: &mut Vec<Diagnostic>) -> Option<(Manifest, Option<String>)> {
    let path = root.join(".claude-plugin").join("plugin.json");
    let own = if exists(&path) {
        let Some(bytes) = read_file(root, &path, found) else {
            let message = "plugin.json could not be read; the plugin was not loaded";
            found.push(Diagnostic::plugin("manifest-unreadable", &path, message));
            return None;
        };
        Some(manifest::parse(&bytes, &path, found)?)
    } else {
        None
    };
    let entry = match &origin.entry {
        Some(value) => Some(Entry::read(value, &path, found)?),
        None => None,
    };
    match manifest::merge(own, entry) {
        Ok(Some(manifest)) => {
            let name = manifest.name.clone();
            Some((manifest, Some(name)))
        }
        Ok(None) => Some((Manifest::default(), None)),
        Err(conflict) => {
            found.push(Diagnostic::plugin("strict-conflict", &path, conflict.to_string()));
            None
        }
    }
}

struct Reading<'a> {
    root: &'a Path,
    scope: Scope,
    found: Vec<Diagnostic>,
}

impl Reading<'_> {
    fn skills(&mut self, manifest: &Manifest, origin: &Origin) -> Vec<Skill> {
        let default = self.root.join("skills");
        let named = manifest.skills.as_deref().unwrap_or_default();
        let mut listed = Vec::new();
        for text in named {
            match paths::declared(self.root, text) {
                Ok(path) => listed.push(path),
                Err(why) => self.found.push(fault("skills", self.root, &why)),
            }
        }
        // At a marketplace's root a list says which of many skills are meant.
        let replaces = origin.marketplace_root && !listed.is_empty();
        let mut homes = Vec::new();
        if !replaces && default.is_dir() {
            homes.extend(folders(self.root, &default, &mut self.found));
        }
        for path in listed {
            if file_named(&path, "SKILL.md") {
                homes.push(path);
            } else if path.is_dir() {
                homes.extend(folders(self.root, &path, &mut self.found));
            } else {
                let message = format!("`{}` is not a folder; no skills were taken from it", path.display());
                self.found.push(Diagnostic::component("path", &path, message));
            }
        }
        if manifest.skills.is_none() && !default.is_dir() && file_named(self.root, "SKILL.md") {
            homes.push(self.root.to_owned());
        }
        let mut skills: Vec<Skill> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for home in homes {
            let file = home.join("SKILL.md");
            if !seen.insert(std::fs::canonicalize(&home).unwrap_or_else(|_| home.clone()))
                || !has_skill(&home, &mut self.found)
            {
                continue;
            }
            let Some(bytes) = read_file(self.root, &file, &mut self.found) else {
                continue;
            };
            // The root is called as its version; a skill there is called as its file says, else as the plugin.
            let skill = match self.scope.plugin() {
                Some(plugin) if home == self.root => {
                    skill::skill_called(&bytes, &file, plugin, &self.scope, &mut self.found)
                }
                _ => skill::skill(&bytes, &file, &self.scope, &mut self.found),
            };
            if let Some(skill) = skill {
                self.keep(&mut skills, skill);
            }
        }
        skills
    }

    fn keep(&mut self, kept: &mut Vec<Skill>, skill: Skill) {
        match kept.iter().find(|one| one.slug == skill.slug) {
            Some(first) => {
                let message = format!(
                    "`/{}` is already {}; this file was left out",
                    skill.qualified(),
                    first.file.display()
                );
                self.found
                    .push(Diagnostic::component("duplicate-name", &skill.file, message));
            }
            None => kept.push(skill),
        }
    }

    fn commands(&mut self, manifest: &Manifest) -> Vec<Skill> {
        let mut commands = Vec::new();
        for (path, _) in self.files(manifest.commands.as_deref(), "commands", Some("md")) {
            let Some(bytes) = read_file(self.root, &path, &mut self.found) else {
                continue;
            };
            if let Some(command) = skill::command(&bytes, &path, &self.scope, &mut self.found) {
                self.keep(&mut commands, command);
            }
        }
        commands
    }

    fn agents(&mut self, manifest: &Manifest) -> Vec<Agent> {
        let mut agents: Vec<Agent> = Vec::new();
        for (path, below) in self.files(manifest.agents.as_deref(), "agents", Some("md")) {
            let Some(bytes) = read_file(self.root, &path, &mut self.found) else {
                continue;
            };
            let Some(agent) = agent::read(&bytes, &path, &below, &self.scope, &mut self.found) else {
                continue;
            };
            match agents.iter().find(|one| one.qualified == agent.qualified) {
                Some(first) => {
                    let message = format!(
                        "the agent `{}` is already {}; this file was left out",
                        agent.qualified,
                        first.file.display()
                    );
                    self.found.push(Diagnostic::warning("duplicate-name", &path, message));
                }
                None => agents.push(agent),
            }
        }
        agents
    }

    /// Files of a component: those of `named` (files or folders) where it is said, else of the default folder. Sorted, with
    /// the folders between.
    fn files(&mut self, named: Option<&[String]>, default: &str, end: Option<&str>) -> Vec<(PathBuf, Vec<String>)> {
        let default_path = self.root.join(default);
        let mut places = Vec::new();
        match named {
            None if default_path.is_dir() => places.push(default_path),
            None => {}
            Some(named) => {
                for text in named {
                    match paths::declared(self.root, text) {
                        Ok(path) => places.push(path),
                        Err(why) => self.found.push(fault(default, self.root, &why)),
                    }
                }
            }
        }
        let mut all: Vec<(PathBuf, Vec<String>)> = Vec::new();
        for place in places {
            let files = if place.is_dir() {
                Tree::new(self.root, &mut self.found).files(&place, end)
            } else {
                vec![(place, Vec::new())]
            };
            for file in files {
                if !all.iter().any(|(path, _)| *path == file.0) {
                    all.push(file);
                }
            }
        }
        all
    }

    fn hooks(&mut self, manifest: &Manifest) -> Hooks {
        let default = self.root.join("hooks").join("hooks.json");
        let mut all = Hooks::default();
        for (value, path) in self.values(Some(default), &manifest.hooks, "hooks") {
            all.append(hooks::read(&value, &path, &mut self.found));
        }
        all
    }

    fn lsp(&mut self, manifest: &Manifest) -> Vec<Lsp> {
        let default = self.root.join(".lsp.json");
        let values = self.values(Some(default), &manifest.lsp_servers, "lspServers");
        values
            .into_iter()
            .flat_map(|(value, path)| companions::lsp(&value, &path, &mut self.found))
            .collect()
    }

    fn monitors(&mut self, manifest: &Manifest) -> Vec<Monitor> {
        let default = self.root.join("monitors").join("monitors.json");
        let default = manifest.monitors.is_none().then_some(default);
        let values = self.values(default, manifest.monitors.as_deref().unwrap_or_default(), "monitors");
        values
            .into_iter()
            .flat_map(|(value, path)| companions::monitors(&value, &path, &mut self.found))
            .collect()
    }

    /// The JSON of a default file, if it is there, and of what the manifest names or holds. A file named twice is read once.
    fn values(
        &mut self,
        default: Option<PathBuf>,
        named: &[Component],
        key: &str,
    ) -> Vec<(serde_json::Value, PathBuf)> {
        let inline_path = self.root.join(".claude-plugin").join("plugin.json");
        let mut files: Vec<PathBuf> = default.into_iter().filter(|path| exists(path)).collect();
        let mut inline = Vec::new();
        for component in named {
            match component {
                Component::Inline(value) => inline.push((value.clone(), inline_path.clone())),
                Component::Path(text) => match paths::declared(self.root, text) {
                    Ok(path) if files.contains(&path) => {}
                    Ok(path) => files.push(path),
                    Err(why) => self.found.push(fault(key, self.root, &why)),
                },
            }
        }
        let read = files.into_iter().filter_map(|path| {
            let value = servers::read_json(self.root, &path, &mut self.found)?;
            Some((value, path))
        });
        read.collect::<Vec<_>>().into_iter().chain(inline).collect()
    }

    fn output_styles(&mut self, manifest: &Manifest) -> Vec<OutputStyle> {
        let files = self.files(manifest.output_styles.as_deref(), "output-styles", Some("md"));
        let read = files.into_iter().filter_map(|(path, _)| {
            let bytes = read_file(self.root, &path, &mut self.found)?;
            companions::output_style(&bytes, &path, &mut self.found)
        });
        read.collect()
    }

    fn themes(&mut self, manifest: &Manifest) -> Vec<Theme> {
        let files = self.files(manifest.themes.as_deref(), "themes", Some("json"));
        let read = files.into_iter().filter_map(|(path, _)| {
            let value = servers::read_json(self.root, &path, &mut self.found)?;
            companions::theme(&value, &path, &mut self.found)
        });
        read.collect()
    }

    fn settings(&mut self) -> Settings {
        let path = self.root.join("settings.json");
        match servers::read_json(self.root, &path, &mut self.found) {
            Some(value) => companions::settings(&value, &path, &mut self.found),
            None => Settings::default(),
        }
    }

    fn connectors(&mut self) -> Connectors {
        let path = self.root.join("CONNECTORS.md");
        match read_file(self.root, &path, &mut self.found) {
            Some(bytes) => Connectors::parse(&decode(&bytes, &path, &mut self.found)),
            None => Connectors::default(),
        }
    }
}

fn fault(key: &str, root: &Path, why: &PathFault) -> Diagnostic {
    Diagnostic::component("path", root, format!("{key}: {why}; it was left out"))
}

/// Whether `folder` holds a file of exactly this name, also where the file system ignores case.
fn file_named(folder: &Path, name: &str) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.file_name() == name) && folder.join(name).is_file()
}

/// Whether a folder is a skill's; a file of nearly the right name is told.
fn has_skill(home: &Path, found: &mut Vec<Diagnostic>) -> bool {
    if file_named(home, "SKILL.md") {
        return true;
    }
    let entries = std::fs::read_dir(home).into_iter().flatten().flatten();
    if let Some(near) = entries
        .map(|entry| entry.file_name())
        .find(|name| *name != *"SKILL.md" && name.eq_ignore_ascii_case("SKILL.md"))
    {
        let message = format!(
            "`{}` must be called `SKILL.md`; the folder is not a skill",
            near.to_string_lossy()
        );
        found.push(Diagnostic::warning("skill-case", home, message));
    }
    false
}
