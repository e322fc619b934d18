//! Marketplaces and libraries for tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use deskhand_plugins::library::source::git::GitProgram;
use deskhand_plugins::library::{Download, Fault, Library, LibraryError, PluginId, Ports, Programs};
use serde_json::{Value, json};

use crate::folder::Folder;

/// A marketplace `market` with these entries and files.
pub fn market(entries: &Value, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::of(files);
    list(&folder, entries);
    folder
}

/// Writes the marketplace's list again.
pub fn list(folder: &Folder, entries: &Value) {
    let list = json!({"name": "market", "owner": {"name": "Ann"}, "plugins": entries});
    folder.put(".claude-plugin/marketplace.json", list.to_string().as_bytes());
}

/// A marketplace with the plugin `acme` in this version, which has all that runs.
pub fn acme_market(version: &str) -> Folder {
    let folder = market(&json!([{"name": "acme", "source": "./acme"}]), &[]);
    acme(&folder, version);
    folder
}

pub fn acme(folder: &Folder, version: &str) {
    let manifest = json!({"name": "acme", "version": version, "description": "Does work"});
    folder.put("acme/.claude-plugin/plugin.json", manifest.to_string().as_bytes());
    let hooks = json!({"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "rm -rf \"$HOME/x y\""}]}]}});
    folder.put("acme/hooks/hooks.json", hooks.to_string().as_bytes());
    let servers = json!({"mcpServers": {"files": {"command": "node", "args": ["a b.js"], "env": {"K": "v"}},
        "far": {"type": "http", "url": "https://mcp.example.com/x", "headers": {"Authorization": "Bearer ${TOKEN}"}}}});
    folder.put("acme/.mcp.json", servers.to_string().as_bytes());
    folder.put(
        "acme/agents/helper.md",
        b"---\nname: helper\ndescription: helps\n---\nHelp.\n",
    );
    folder.put(
        "acme/skills/notes/SKILL.md",
        b"---\nname: notes\ndescription: takes notes\n---\nNotes.\n",
    );
}

pub fn ports() -> Ports {
    Ports {
        git: Some(Arc::new(GitProgram::default())),
        now: Some(|| 1_800_000_000),
        ..Ports::default()
    }
}

/// A library in its own folder.
pub struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn root(&self) -> PathBuf {
        self.dir.path().join("plugins")
    }

    pub fn open(&self) -> Library {
        Library::open(&self.root(), ports()).unwrap()
    }

    pub fn open_with(&self, ports: Ports) -> Library {
        Library::open(&self.root(), ports).unwrap()
    }

    pub fn faulty(&self, fault: Fault) -> Result<Library, LibraryError> {
        Library::open_with(&self.root(), ports(), Some(fault))
    }

    /// Every path below, with its bytes; folders and links say what they are.
    pub fn walk(&self) -> BTreeMap<PathBuf, String> {
        walk(&self.root())
    }
}

pub fn walk(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap();
            let what = if kind.is_symlink() {
                format!("-> {}", std::fs::read_link(&path).unwrap().display())
            } else if kind.is_dir() {
                open.push(path.clone());
                "folder".to_owned()
            } else {
                String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned()
            };
            found.insert(path.strip_prefix(root).unwrap().to_owned(), what);
        }
    }
    found
}

pub fn id(text: &str) -> PluginId {
    text.parse().unwrap()
}

/// A `Download` that answers every allowed address with these bytes.
pub struct Canned(pub Vec<u8>);

impl Download for Canned {
    fn get(
        &self,
        url: &str,
        _: u64,
        check: &dyn Fn(&str) -> Result<(), LibraryError>,
        into: &mut dyn std::io::Write,
    ) -> Result<(), String> {
        check(url).map_err(|why| why.to_string())?;
        into.write_all(&self.0).map_err(|why| why.to_string())
    }
}

/// Programs that fail the test when they are started.
pub struct Never;

impl Programs for Never {
    fn run(&self, command: &str, _: Duration) -> Result<String, String> {
        panic!("`{command}` was run");
    }
}

/// Runs git in a folder, with nothing of this computer's settings.
pub fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=Ann", "-c", "user.email=ann@example.com"])
        .args(["-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
