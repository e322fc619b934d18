//! A marketplace's entry beside the plugin's own manifest.
//!
//! `strict: true` (when not said): `plugin.json` is the authority, the entry adds. `strict: false`: the entry is the whole
//! definition, and a `plugin.json` that names components too is a conflict. Source: issue 5, A4.

use std::path::Path;

use serde_json::Value;

use super::{Component, Manifest, from_value};
use crate::format::diagnostic::Diagnostic;

/// What an entry says about a plugin's content. Where the plugin is to be fetched from is the library's part.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The manifest's keys in it; `name` is the plugin's identity.
    pub manifest: Manifest,
    /// Whether `plugin.json` is the authority.
    pub strict: bool,
    /// For listing.
    pub category: Option<String>,
    /// For search.
    pub tags: Vec<String>,
}

/// Entry and manifest both say what the components are.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "the marketplace's entry for `{0}` says it is the whole definition (`strict: false`), and the plugin's own plugin.json \
     names components as well; the plugin was not loaded"
)]
pub struct Conflict(pub String);

impl Entry {
    /// Reads an entry. `None`: it does not load; the last finding says why.
    pub fn read(value: &Value, path: &Path, found: &mut Vec<Diagnostic>) -> Option<Self> {
        let manifest = from_value(value, path, true, found)?;
        let strict = match value.get("strict") {
            None => true,
            Some(Value::Bool(strict)) => *strict,
            Some(_) => {
                let message = "`strict` must be true or false; the plugin was not loaded";
                found.push(Diagnostic::plugin("manifest-type", path, message));
                return None;
            }
        };
        let tags = value.get("tags").and_then(Value::as_array);
        Some(Self {
            manifest,
            strict,
            category: value.get("category").and_then(Value::as_str).map(str::to_owned),
            tags: tags
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        })
    }
}

/// One manifest out of both. The name is the entry's.
pub fn merge(own: Option<Manifest>, entry: Option<Entry>) -> Result<Option<Manifest>, Conflict> {
    let (own, entry) = match (own, entry) {
        (own, None) => return Ok(own),
        (None, Some(entry)) => return Ok(Some(entry.manifest)),
        (Some(own), Some(entry)) => (own, entry),
    };
    if !entry.strict && own.declares_components() {
        return Err(Conflict(entry.manifest.name));
    }
    let added = entry.manifest;
    Ok(Some(Manifest {
        name: added.name,
        display_name: own.display_name.or(added.display_name),
        version: own.version.or(added.version),
        description: own.description.or(added.description),
        author: own.author.or(added.author),
        homepage: own.homepage.or(added.homepage),
        repository: own.repository.or(added.repository),
        license: own.license.or(added.license),
        keywords: both(own.keywords, added.keywords),
        metadata: own.metadata.or(added.metadata),
        default_enabled: own.default_enabled.or(added.default_enabled),
        skills: either(own.skills, added.skills),
        commands: either(own.commands, added.commands),
        agents: either(own.agents, added.agents),
        workflows: either(own.workflows, added.workflows),
        output_styles: either(own.output_styles, added.output_styles),
        hooks: both(own.hooks, added.hooks),
        mcp_servers: both::<Component>(own.mcp_servers, added.mcp_servers),
        lsp_servers: both(own.lsp_servers, added.lsp_servers),
        themes: either(own.themes, added.themes),
        monitors: either(own.monitors, added.monitors),
        user_config: added.user_config.into_iter().chain(own.user_config).collect(),
        channels: both(own.channels, added.channels),
        dependencies: both(own.dependencies, added.dependencies),
    }))
}

fn both<T: PartialEq>(mut own: Vec<T>, added: Vec<T>) -> Vec<T> {
    for item in added {
        if !own.contains(&item) {
            own.push(item);
        }
    }
    own
}

fn either<T: PartialEq>(own: Option<Vec<T>>, added: Option<Vec<T>>) -> Option<Vec<T>> {
    match (own, added) {
        (Some(own), Some(added)) => Some(both(own, added)),
        (own, added) => own.or(added),
    }
}
