//! What a person picks from while they say what they want: files of folders, folders that may be granted, models.

use std::path::{Path, PathBuf};

use deskhand_types::{Grant, GrantMode};
use deskhand_workspace::{GlobQuery, protect};

use crate::{Engine, EngineError, FolderBook, Models};

impl Engine {
    /// Names of files in folders, as `FOLDER/RELATIVE/PATH`, whose name has all of `words` in it; the latest first.
    ///
    /// # Errors
    /// When a folder may not be granted: nothing in it is looked at then.
    pub fn file_names(&self, folders: &[PathBuf], words: &str, most: usize) -> Result<Vec<String>, EngineError> {
        let mut grants: Vec<Grant> = Vec::new();
        for folder in folders {
            grants.push(self.folders().grant(folder, GrantMode::ReadOnly, false, &grants)?);
        }
        if grants.is_empty() {
            return Ok(Vec::new());
        }
        let workspace = self.workspace(&grants)?;
        // What a person types is no pattern.
        let literal: String = words
            .trim()
            .chars()
            .map(|char| match char {
                '*' | '?' | '[' | ']' | '{' | '}' | '!' | '\\' | '/' => '?'.to_string(),
                ' ' => "*".to_owned(),
                char => char.to_string(),
            })
            .collect();
        let query = GlobQuery {
            max_results: most,
            ..GlobQuery::new(format!("**/*{literal}*"))
        };
        let found = workspace.glob(&query)?;
        let name = |path: &str| path.strip_prefix("/mnt/").unwrap_or(path).to_owned();
        Ok(found.entries.iter().map(|entry| name(entry.path.as_str())).collect())
    }
}

impl FolderBook {
    /// Why a folder may never be granted; `None` when it may, be it with the person's leave for one outside their folder.
    pub fn refusal(&self, folder: &Path) -> Option<protect::Refusal> {
        protect::judge(folder, Some(&self.personal), &self.own, true).err()
    }
}

impl Models {
    /// The providers that can be used now: those the settings name, and the built-in ones the environment has enough for.
    pub fn ready(&self) -> Vec<String> {
        let set = |names: &[&str]| {
            names
                .iter()
                .any(|name| (self.env)(name).is_some_and(|text| !text.trim().is_empty()))
        };
        let built_in = [
            ("anthropic", set(&["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])),
            ("foundry", set(&["ANTHROPIC_FOUNDRY_API_KEY"])),
            ("openai", set(&["OPENAI_API_KEY", "OPENAI_BASE_URL"])),
        ];
        let found = built_in
            .into_iter()
            .filter(|(_, set)| *set)
            .map(|(id, _)| id.to_owned());
        let configured = self.config.providers.iter().map(|provider| provider.id().to_owned());
        let mut ids: Vec<String> = Vec::new();
        for id in configured.chain(found) {
            let usable = || deskhand_models::resolve(&self.config, Some(&id), &*self.env).is_ok();
            if !ids.contains(&id) && usable() {
                ids.push(id);
            }
        }
        ids
    }
}
