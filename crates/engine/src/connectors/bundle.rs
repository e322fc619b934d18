//! Servers that come as a bundle (`.mcpb`, formerly `.dxt`): looked at before anything runs, unpacked into Deskhand's own
//! folder, set up with what the person gives, removed without a trace. Source: issue 5, A12.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use deskhand_mcp::bundle::{Bundle, BundleError, Facts, Folders, Platform, Setting, SettingKind, Signature, Values};
use deskhand_mcp::config::{Command, Server, Transport};
use deskhand_mcp::{Secret, Severity};
use deskhand_types::{ConnectorBundle, ConnectorChange, ConnectorConfig, Hash, ProgramAccess, SharedFolder};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    live::secrets_key,
    manage::check_name,
    unpack::{Bundles, remove},
    view::{access_words, address},
};
use crate::{Engine, EngineError};

/// What stands in a command for a secret setting; its value is put in when the server is started.
pub(super) const SECRET: &str = "user_config.";

/// How a bundle is to be set up.
#[derive(Debug, Clone, Default)]
pub struct BundleWish {
    /// What the connector is called; absent: as the bundle calls itself.
    pub name: Option<String>,
    /// Values of its settings, by key; a list for one that takes several.
    pub values: BTreeMap<String, Value>,
    /// What its program gets beside its own files and what its settings name.
    pub access: ProgramAccess,
    /// Whether what it says of its tools is believed.
    pub trusted: bool,
}

/// A bundle as it is shown before it is installed. Every text in it is its author's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BundlePage {
    /// What the connector will be called.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Its version, as written.
    pub version: String,
    /// What it is said to do.
    pub description: String,
    /// Who is said to have made it. Nothing proves it.
    pub author: String,
    /// Whether it carries a signature, which is not verified.
    pub signed: bool,
    /// blake3 of the file.
    pub hash: String,
    /// Files in it, and their size in bytes.
    pub files: usize,
    /// Bytes when it is unpacked.
    pub size: u64,
    /// The whole command that will run; secrets stand in it by name. Empty while settings are missing.
    pub command: String,
    /// What the program gets of this computer, in words.
    pub access: Option<String>,
    /// What it asks for.
    pub settings: Vec<BundleSetting>,
    /// Settings that must be given first, by key.
    pub missing: Vec<String>,
    /// What is wrong with values that were given.
    pub wrong: Option<String>,
    /// Why it will not run here.
    pub obstacles: Vec<String>,
    /// What was noticed while it was read.
    pub notes: Vec<String>,
    /// Tools it is said to have.
    pub tools: Vec<String>,
}

/// One thing a bundle asks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BundleSetting {
    /// Its key.
    pub key: String,
    /// All of it.
    #[serde(flatten)]
    pub setting: Setting,
}

/// A bundle with its set-up.
struct Ready {
    server: Server,
    secrets: BTreeMap<String, String>,
    access: ProgramAccess,
}

fn wrong(error: &BundleError) -> EngineError {
    EngineError::Connector(error.to_string())
}

impl Engine {
    /// What a bundle is and would run with these settings. Nothing is unpacked or run.
    ///
    /// # Errors
    /// When it is no bundle that can be used: damaged, unsafe to unpack, or too large.
    pub fn look_at_bundle(&self, bytes: Vec<u8>, wish: &BundleWish) -> Result<BundlePage, EngineError> {
        let hash = Hash::of(&bytes).to_string();
        let bundle = Bundle::open(bytes).map_err(|error| wrong(&error))?;
        let manifest = &bundle.manifest;
        let name = name_of(&bundle, wish);
        let ready = self.ready(&bundle, wish, &name, &hash);
        let (command, access, unfit) = match &ready {
            Ok(ready) => {
                let place = &self.hub().config.place;
                let words = access_words(&ready.server, &ready.access, place);
                (address(&ready.server), words, None)
            }
            Err(BundleError::Missing(_)) => (String::new(), None, None),
            Err(error) => (String::new(), None, Some(error.to_string())),
        };
        let facts = Facts {
            platform: Platform::here(),
            versions: BTreeMap::from_iter(
                env!("CARGO_PKG_VERSION")
                    .parse()
                    .map(|version| ("deskhand".to_owned(), version)),
            ),
        };
        let notes = bundle.diagnostics.iter().filter(|note| note.severity != Severity::Note);
        Ok(BundlePage {
            title: manifest.display_name.clone().unwrap_or_else(|| manifest.name.clone()),
            version: manifest.version.clone(),
            description: manifest.description.clone(),
            author: manifest.author.clone(),
            signed: bundle.signature != Signature::Unsigned,
            files: bundle.entries.len(),
            size: bundle.entries.iter().map(|entry| entry.size).sum(),
            command,
            access,
            settings: manifest
                .settings
                .iter()
                .map(|(key, setting)| BundleSetting {
                    key: key.clone(),
                    setting: setting.clone(),
                })
                .collect(),
            missing: manifest.missing(&wish.values),
            wrong: unfit,
            obstacles: manifest.compatibility.obstacles(&facts),
            notes: notes.map(|note| note.message.clone()).collect(),
            tools: manifest.tools.iter().map(|tool| tool.name.clone()).collect(),
            hash,
            name,
        })
    }

    /// Installs a bundle as a connector, whose name is returned. Nothing of it is run or approved.
    ///
    /// # Errors
    /// When it cannot be used, its settings do not fit, or there is a connector that could be taken for it. Nothing is
    /// left of it then.
    pub async fn add_bundle(&self, bytes: Vec<u8>, wish: BundleWish) -> Result<String, EngineError> {
        self.refresh()?;
        let hash = Hash::of(&bytes).to_string();
        let mut bundle = Bundle::open(bytes).map_err(|error| wrong(&error))?;
        let name = name_of(&bundle, &wish);
        check_name(&name, &self.hub().known().book)?;
        let ready = self
            .ready(&bundle, &wish, &name, &hash)
            .map_err(|error| wrong(&error))?;
        let home = &self.hub().config.home;
        let failed = |error: std::io::Error| EngineError::Connector(format!("it could not be installed: {error}"));
        let folder = Bundles::folder(home, &name, &hash);
        let bundles = Bundles::open(home).map_err(failed)?;
        self.refresh()?;
        bundles.sweep(&self.bundles_in_use()).map_err(failed)?;
        bundles.unpack(&mut bundle, &folder).map_err(|error| wrong(&error))?;
        let tokens = &self.hub().config.tokens;
        let secrets = serde_json::to_string(&ready.secrets).unwrap_or_default();
        let kept = if ready.secrets.is_empty() {
            tokens.clear(&secrets_key(&name)).await
        } else {
            tokens.save(&secrets_key(&name), Secret::new(secrets)).await
        };
        let connector = ConnectorConfig {
            name: name.clone(),
            server: entry(&ready.server),
            access: ready.access,
            trusted: wish.trusted,
            disabled: false,
            bundle: Some(ConnectorBundle {
                folder: folder.to_string_lossy().into_owned(),
                hash,
                version: bundle.manifest.version.clone(),
            }),
        };
        let decided = kept
            .map_err(|error| EngineError::Connector(format!("its secrets could not be kept: {error}")))
            .and_then(|()| {
                self.decide_connector(ConnectorChange::Set {
                    connector: Box::new(connector),
                })
            });
        if decided.is_err() {
            drop(remove(&folder));
        }
        decided.map(|()| name)
    }

    /// Removes what is left of a bundle whose connector is gone: its files, and what its program wrote into its folder.
    pub(super) fn remove_bundle(&self, name: &str) -> Result<(), EngineError> {
        let home = &self.hub().config.home;
        let gone = || {
            let bundles = Bundles::open(home)?;
            self.refresh().map_err(std::io::Error::other)?;
            bundles.sweep(&self.bundles_in_use())?;
            remove(&super::live::folder_of(home, name))
        };
        gone().map_err(|error| EngineError::Connector(format!("not all of its files could be removed: {error}")))
    }

    fn bundles_in_use(&self) -> Vec<PathBuf> {
        self.hub().known().book.bundles().map(PathBuf::from).collect()
    }

    /// What is run, what is secret of it, and what the program sees.
    fn ready(&self, bundle: &Bundle, wish: &BundleWish, name: &str, hash: &str) -> Result<Ready, BundleError> {
        let home = &self.hub().config.home;
        let personal = &self.hub().config.place.personal;
        let folder = Bundles::folder(home, name, hash);
        let below = |name: &str| personal.join(name).to_string_lossy().into_owned();
        let folders = Folders {
            bundle: folder.to_string_lossy().into_owned(),
            home: personal.to_string_lossy().into_owned(),
            desktop: below("Desktop"),
            documents: below("Documents"),
            downloads: below("Downloads"),
        };
        let manifest = &bundle.manifest;
        if let Some(key) = wish.values.keys().find(|key| !manifest.settings.contains_key(*key)) {
            let known: Vec<&str> = manifest.settings.keys().map(String::as_str).collect();
            return Err(BundleError::Setting {
                key: key.clone(),
                reason: format!("the bundle has no such setting; it has: {}", known.join(", ")),
            });
        }
        // With everything in its place: what does not fit is found before a name stands there instead.
        let whole = bundle.server(&folders, &wish.values, Platform::here())?;
        let mut access = wish.access.clone();
        let mut values = Values::new();
        let mut secrets = BTreeMap::new();
        for (key, setting) in &manifest.settings {
            let Some(value) = wish.values.get(key) else {
                for path in setting.default.iter().flat_map(texts) {
                    see(&mut access, setting.kind, &filled(&path, &folders));
                }
                continue;
            };
            for path in texts(value) {
                check_path(key, setting.kind, &path)?;
                see(&mut access, setting.kind, &path);
            }
            if setting.sensitive && matches!(setting.kind, SettingKind::Number | SettingKind::Boolean) {
                return Err(BundleError::Setting {
                    key: key.clone(),
                    reason: "a secret that is not text cannot be kept; tell the bundle's author".to_owned(),
                });
            }
            let value = if setting.sensitive {
                hidden(key, value, &mut secrets)
            } else {
                value.clone()
            };
            values.insert(key.clone(), value);
        }
        access.folders.push(SharedFolder {
            path: folders.bundle.clone(),
            writable: false,
        });
        let server = if secrets.is_empty() {
            whole
        } else {
            bundle.server(&folders, &values, Platform::here())?
        };
        Ok(Ready {
            server,
            secrets,
            access,
        })
    }
}

/// What a bundle's connector is called.
fn name_of(bundle: &Bundle, wish: &BundleWish) -> String {
    wish.name
        .clone()
        .unwrap_or_else(|| super::names::slug(&bundle.manifest.name))
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// The variables of an author's default.
fn filled(text: &str, folders: &Folders) -> String {
    text.replace("${HOME}", &folders.home)
        .replace("${DESKTOP}", &folders.desktop)
        .replace("${DOCUMENTS}", &folders.documents)
        .replace("${DOWNLOADS}", &folders.downloads)
}

/// A folder or file that the person names must be there, by its whole path.
fn check_path(key: &str, kind: SettingKind, text: &str) -> Result<(), BundleError> {
    let path = Path::new(text);
    let fits = match kind {
        SettingKind::Directory => path.is_absolute() && path.is_dir(),
        SettingKind::File => path.is_absolute() && path.is_file(),
        _ => true,
    };
    if fits {
        return Ok(());
    }
    let what = if kind == SettingKind::File { "file" } else { "folder" };
    Err(BundleError::Setting {
        key: key.to_owned(),
        reason: format!("`{text}` is no {what} of this computer (write all of its path)"),
    })
}

/// The program sees what a setting names, read only unless the person said more of the same folder.
fn see(access: &mut ProgramAccess, kind: SettingKind, path: &str) {
    let there = match kind {
        SettingKind::Directory => Path::new(path).is_dir(),
        SettingKind::File => Path::new(path).is_file(),
        _ => false,
    };
    if there && !access.folders.iter().any(|folder| folder.path == path) {
        access.folders.push(SharedFolder {
            path: path.to_owned(),
            writable: false,
        });
    }
}

/// Names in the place of a secret's values, which go to `secrets`.
fn hidden(key: &str, value: &Value, secrets: &mut BTreeMap<String, String>) -> Value {
    let plain: String = key
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let mut keep = |text: String| {
        let name = format!("{SECRET}{plain}.{}", secrets.len());
        secrets.insert(name.clone(), text);
        Value::from(format!("${{{name}}}"))
    };
    match value {
        Value::Array(items) => items.iter().flat_map(texts).map(keep).collect(),
        Value::String(text) => keep(text.clone()),
        other => keep(other.to_string()),
    }
}

/// A server as an entry of `.mcp.json`.
fn entry(server: &Server) -> Value {
    match &server.transport {
        Transport::Stdio(Command { command, args, env, .. }) => {
            json!({"type": "stdio", "command": command, "args": args, "env": env})
        }
        _ => Value::Null,
    }
}
