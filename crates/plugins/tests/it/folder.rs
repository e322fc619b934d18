//! Plugin folders for tests.

use std::path::{Path, PathBuf};

use deskhand_plugins::format::{Diagnostic, Loaded, Origin, Plugin, load};
use serde_json::Value;

/// A folder that goes with the value.
pub struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    /// With these files, path and content.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for (path, text) in files {
            folder.put(path, text.as_bytes());
        }
        folder
    }

    pub fn put(&self, path: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn path(&self) -> PathBuf {
        std::fs::canonicalize(self.dir.path()).unwrap()
    }

    /// Read as the plugin `acme`.
    pub fn load(&self) -> Loaded {
        load(
            &self.path(),
            &Origin {
                name: Some("acme".to_owned()),
                ..Origin::default()
            },
        )
    }

    /// Read as a marketplace's entry says.
    pub fn load_entry(&self, entry: Value, marketplace_root: bool) -> Loaded {
        let name = entry.get("name").and_then(Value::as_str).map(str::to_owned);
        let origin = Origin {
            name,
            marketplace: Some("market".to_owned()),
            entry: Some(entry),
            marketplace_root,
        };
        load(&self.path(), &origin)
    }

    /// The plugin `acme`, which must load.
    pub fn plugin(&self) -> Plugin {
        let loaded = self.load();
        loaded
            .plugin
            .unwrap_or_else(|| panic!("it does not load: {:#?}", loaded.diagnostics))
    }
}

/// The codes' second halves.
pub fn reasons(found: &[Diagnostic]) -> Vec<&str> {
    found.iter().map(Diagnostic::reason).collect()
}

/// Names of skills.
pub fn names(skills: &[deskhand_plugins::format::Skill]) -> Vec<&str> {
    skills.iter().map(|skill| skill.slug.as_str()).collect()
}

/// A path below a folder, with `/`.
pub fn below(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap().components();
    parts
        .map(|part| part.as_os_str().to_str().unwrap())
        .collect::<Vec<_>>()
        .join("/")
}
