//! Template points (`~~Jira`, `~~your-team-channel`) of a plugin, and a copy of it with a person's values in their place.
//! Source: issue 5, A3.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::LibraryError;
use super::home::Library;
use super::id::{PluginId, Scope};
use super::install::Prepared;
use super::tree;

/// A template point and where it stands: files below the plugin's root, and how often in each.
pub type Points = BTreeMap<String, BTreeMap<String, usize>>;

const FILE_BYTES: u64 = 4 << 20;

/// The template points of all `*.md` and `*.json` below `root`.
pub fn points(root: &Path) -> Result<Points, LibraryError> {
    let mut points = Points::new();
    for (name, path) in tree::walk(root)? {
        if let Some(text) = template(&path) {
            for (at, len) in find(&text) {
                let point = text.get(at..at + len).unwrap_or_default().to_owned();
                *points.entry(point).or_default().entry(name.clone()).or_default() += 1;
            }
        }
    }
    Ok(points)
}

/// The text of a file that may hold template points.
fn template(path: &Path) -> Option<String> {
    let fits = path.extension().is_some_and(|end| end == "md" || end == "json");
    let kind = path.symlink_metadata().ok()?;
    (fits && kind.is_file() && kind.len() <= FILE_BYTES)
        .then(|| std::fs::read_to_string(path).ok())
        .flatten()
}

/// Offsets and lengths in bytes: `~~`, a letter, then letters, digits, `-`, `_`, `/`. Text that is struck through
/// (`~~so~~`, `~~two words~~`) is none.
fn find(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(offset) = text.get(from..).and_then(|rest| rest.find("~~")) {
        let at = from + offset;
        let rest = text.get(at + 2..).unwrap_or_default();
        let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '/');
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default().trim_end_matches(['-', '_', '/']);
        let line = rest.lines().next().unwrap_or_default();
        let is_struck = line.find("~~").is_some_and(|close| {
            let before = line.get(..close).unwrap_or_default();
            let after = line.get(close + 2..).unwrap_or_default();
            !before.ends_with(char::is_whitespace) && !after.starts_with(char::is_alphanumeric)
        });
        if is_struck {
            from = at + 2 + line.find("~~").unwrap_or(0) + 2;
        } else if word.starts_with(char::is_alphabetic) {
            found.push((at, 2 + word.len()));
            from = at + 2 + word.len();
        } else {
            from = at + 2;
        }
    }
    found
}

impl Library {
    /// The template points of an installed plugin.
    pub fn template_points(&self, id: &PluginId) -> Result<Points, LibraryError> {
        let state = self.state()?;
        let installed = state
            .plugins
            .get(id)
            .ok_or_else(|| LibraryError::NoPlugin(id.clone()))?;
        points(&self.root.join(&installed.folder))
    }

    /// A copy of an installed plugin with `values` (by template point, with its `~~`) put in, as a plugin of this person:
    /// `name@local`. It is reviewed like any other.
    pub fn customise(
        &self,
        id: &PluginId,
        values: &BTreeMap<String, String>,
        scope: Scope,
    ) -> Result<Prepared, LibraryError> {
        let state = self.state()?;
        let installed = state
            .plugins
            .get(id)
            .ok_or_else(|| LibraryError::NoPlugin(id.clone()))?;
        let staging = self.staging()?;
        let copy = staging.folder.join(id.name());
        let root = self.root.join(&installed.folder);
        tree::copy(&self.disk, &root, &copy, &root)?;
        for path in tree::walk(&copy)?.into_values() {
            let Some(text) = template(&path) else {
                continue;
            };
            let is_json = path.extension().is_some_and(|end| end == "json");
            let new = replace(&text, values, is_json);
            if new != text {
                self.disk.replace(&path, new.as_bytes())?;
            }
        }
        self.install_file(&copy, scope)
    }
}

fn replace(text: &str, values: &BTreeMap<String, String>, is_json: bool) -> String {
    let mut new = String::new();
    let mut from = 0;
    for (at, len) in find(text) {
        new.push_str(text.get(from..at).unwrap_or_default());
        let point = text.get(at..at + len).unwrap_or_default();
        match values.get(point) {
            // Inside of a JSON text a value may hold quotes.
            Some(value) if is_json => {
                let quoted = serde_json::Value::from(value.as_str()).to_string();
                new.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
            }
            Some(value) => new.push_str(value),
            None => new.push_str(point),
        }
        from = at + len;
    }
    new.push_str(text.get(from..).unwrap_or_default());
    new
}
