//! Installing and updating: staged and reviewed first, then accepted or dropped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::depend::{self, Ranges};
use super::error::LibraryError;
use super::fetch::Fetched;
use super::home::{Library, Staging};
use super::id::{self, PluginId, Scope};
use super::marketplace::{Marketplace, Renamed};
use super::markets;
use super::placing::{is_on, place};
use super::review::Review;
use super::state::{Installed, Need, Retired, State};
use super::tree;
use crate::format::{self, Diagnostic, Loaded, Origin};

/// Plugins that are copied and reviewed but neither installed nor enabled. Dropped, nothing of it is left.
#[derive(Debug)]
#[must_use = "dropped, nothing is installed"]
pub struct Prepared {
    /// What would be installed: the plugin asked for first, then what it needs.
    pub plugins: Vec<Staged>,
    scope: Scope,
    _staging: Staging,
}

/// One of them.
#[derive(Debug)]
pub struct Staged {
    /// What it will run. To be shown in full before accepting.
    pub review: Review,
    /// The version it replaces.
    pub previous: Option<String>,
    content: PathBuf,
    entry: Option<Value>,
    marketplace_root: bool,
    commit: Option<String>,
    needs: Vec<Need>,
    automatic: bool,
    enabled: bool,
}

/// Whether an installed plugin is what was accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is.
    Unchanged,
    /// Its files were changed since: its hooks, servers, monitors and programs are not run until it is trusted again.
    Changed,
    /// Its folder is not there.
    Missing,
}

/// An enabled plugin.
#[derive(Clone, PartialEq, Debug)]
pub struct Active {
    /// Which.
    pub id: PluginId,
    /// Its folder.
    pub root: PathBuf,
    /// Where it keeps its data (made by [`Library::data_folder`]).
    pub data: PathBuf,
    /// Whether it is what was accepted.
    pub verdict: Verdict,
    /// Its content. Without everything that runs when it was changed.
    pub loaded: Loaded,
}

impl Library {
    /// Fetches and reviews a plugin and what it needs. An old name of the plugin leads to its new one.
    pub fn install(&self, id: &PluginId, scope: Scope) -> Result<Prepared, LibraryError> {
        let state = self.state()?;
        let known = markets::known(&state, id.marketplace())?;
        let (market, _) = markets::read(&self.root.join(&known.folder), &known.source)?;
        let id = match market.renamed(id.name()) {
            Renamed::To(name) => PluginId::new(&name, id.marketplace())?,
            _ => id.clone(),
        };
        self.prepare(&state, &market, &id, scope)
    }

    /// Fetches a newer version and reviews it. `None`: the version is the one installed.
    pub fn update(&self, id: &PluginId) -> Result<Option<Prepared>, LibraryError> {
        let state = self.state()?;
        let installed = state
            .plugins
            .get(id)
            .ok_or_else(|| LibraryError::NoPlugin(id.clone()))?;
        let scope = installed
            .placements
            .first()
            .map(|placement| placement.scope.clone())
            .unwrap_or_default();
        let known = markets::known(&state, id.marketplace())?;
        let (market, _) = markets::read(&self.root.join(&known.folder), &known.source)?;
        let prepared = self.prepare(&state, &market, id, scope)?;
        let is_same = prepared
            .plugins
            .first()
            .is_some_and(|staged| staged.review.version == installed.version);
        Ok((!is_same).then_some(prepared))
    }

    /// Reviews a plugin from a `.plugin` file (a zip of its folder) or a folder; it becomes `name@local`.
    pub fn install_file(&self, path: &Path, scope: Scope) -> Result<Prepared, LibraryError> {
        let staging = self.staging()?;
        let fetched = if path.is_dir() {
            Fetched::plain(path.to_owned())
        } else {
            self.unpacked(path, &staging.folder.join("unpacked"))?
        };
        let loaded = format::load(&fetched.root, &Origin::default());
        let own = loaded
            .plugin
            .map(|plugin| plugin.manifest.name)
            .filter(|name| !name.is_empty());
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let id = PluginId::new(&own.or(stem).unwrap_or_default(), id::LOCAL)?;
        let state = self.state()?;
        let mut staged = self.stage(
            &state,
            &id,
            &path.display().to_string(),
            None,
            fetched,
            staging.folder.join("content-0"),
        )?;
        staged.needs = depend::met(&state, &id, &staged.review.needs)?;
        let asked = Ranges::installed(&state, &id, std::slice::from_ref(&id));
        if !asked.take(&staged.review.version) {
            return Err(LibraryError::Dependency {
                id: id.clone(),
                needs: id.clone(),
                why: format!(
                    "others ask for {} of it, and this is {}",
                    asked.told(),
                    staged.review.version
                ),
            });
        }
        Ok(Prepared {
            plugins: vec![staged],
            scope,
            _staging: staging,
        })
    }

    fn prepare(
        &self,
        state: &State,
        root: &Marketplace,
        id: &PluginId,
        scope: Scope,
    ) -> Result<Prepared, LibraryError> {
        const ROUNDS: usize = 64;
        let staging = self.staging()?;
        let mut staged: BTreeMap<PluginId, Staged> = BTreeMap::new();
        let mut open = vec![id.clone()];
        let mut round = 0;
        while let Some(next) = open.pop() {
            round += 1;
            if round > ROUNDS {
                return Err(LibraryError::Dependency {
                    id: id.clone(),
                    needs: next,
                    why: "what it needs does not come to an end".to_owned(),
                });
            }
            let replaced: Vec<PluginId> = staged.keys().cloned().chain([next.clone()]).collect();
            let mut ranges = Ranges::installed(state, &next, &replaced);
            for (by, plugin) in &staged {
                ranges.add(by, &plugin.needs, &next);
            }
            let is_root = next == *id;
            let version = staged.get(&next).map(|plugin| plugin.review.version.as_str());
            let version = version.or_else(|| {
                let installed = state.plugins.get(&next).filter(|_| !is_root);
                installed.map(|installed| installed.version.as_str())
            });
            if version.is_some_and(|version| ranges.take(version)) {
                continue;
            }
            let places = (
                staging.folder.join(format!("fetched-{round}")),
                staging.folder.join(format!("content-{round}")),
            );
            let mut plugin = self.stage_entry(state, root, id, &next, &ranges, places)?;
            plugin.automatic = !is_root;
            open.extend(plugin.needs.iter().map(|need| need.id.clone()));
            staged.insert(next, plugin);
        }
        let mut plugins: Vec<Staged> = staged.remove(id).into_iter().collect();
        plugins.extend(staged.into_values());
        Ok(Prepared {
            plugins,
            scope,
            _staging: staging,
        })
    }

    fn stage_entry(
        &self,
        state: &State,
        root: &Marketplace,
        asked: &PluginId,
        id: &PluginId,
        ranges: &Ranges,
        (fetched_to, content): (PathBuf, PathBuf),
    ) -> Result<Staged, LibraryError> {
        let unmet = |why: String| LibraryError::Dependency {
            id: asked.clone(),
            needs: id.clone(),
            why,
        };
        let known = markets::known(state, id.marketplace())
            .map_err(|why| if id == asked { why } else { unmet(why.to_string()) })?;
        let (market, _) = markets::read(&self.root.join(&known.folder), &known.source)?;
        let offered = market.entry(id.name()).ok_or_else(|| {
            if id == asked {
                LibraryError::NoPlugin(id.clone())
            } else {
                unmet("its marketplace has no such plugin".to_owned())
            }
        })?;
        let source = offered.source.as_ref().map_err(|why| LibraryError::Disabled {
            id: id.clone(),
            why: why.clone(),
        })?;
        let tag = self.tag(id, source, known, ranges)?;
        let fetched = self.fetch(state, id, source, known, tag.as_deref(), &fetched_to)?;
        let mut staged = self.stage(state, id, &source.to_string(), Some(&offered.raw), fetched, content)?;
        let plugin_needs = std::mem::take(&mut staged.review.needs);
        staged.needs = depend::needs(id, &plugin_needs, root)?;
        staged.review.needs = plugin_needs;
        if let Some(tag) = tag
            && staged.review.version.parse::<semver::Version>().is_err()
        {
            tag.rsplit("--v")
                .next()
                .unwrap_or_default()
                .clone_into(&mut staged.review.version);
        }
        if !ranges.take(&staged.review.version) {
            let why = format!(
                "its version {} is not what is asked for ({})",
                staged.review.version,
                ranges.told()
            );
            return Err(unmet(why));
        }
        Ok(staged)
    }

    fn stage(
        &self,
        state: &State,
        id: &PluginId,
        from: &str,
        entry: Option<&Value>,
        fetched: Fetched,
        content: PathBuf,
    ) -> Result<Staged, LibraryError> {
        let mut told = tree::copy(&self.disk, &fetched.root, &content, &fetched.within)?;
        if let Some(lock) = lock_of(&content) {
            told.push(if self.ports.packages.is_some() {
                format!("once you accept it, the packages that {lock} names are installed, without their scripts")
            } else {
                format!("the packages that {lock} names are not installed: nothing here installs packages")
            });
        }
        let loaded = format::load(&content, &origin(id, entry.cloned(), fetched.marketplace_root));
        let mut review = Review::of(id, "", from, &content, &loaded)?;
        let own = own_version(&content);
        let written = own.or_else(|| {
            entry
                .and_then(|entry| entry.get("version"))
                .and_then(Value::as_str)
                .map(str::to_owned)
        });
        let short = |hash: &str| hash.chars().take(12).collect::<String>();
        review.version = written
            .filter(|version| !version.trim().is_empty())
            .or_else(|| fetched.commit.clone())
            .or_else(|| fetched.package.as_deref().map(short))
            .unwrap_or_else(|| "unknown".to_owned());
        if fetched.by_command {
            review.version = format!("{}-{}", review.version, short(&review.content));
        }
        review.findings.extend(
            told.into_iter()
                .map(|message| Diagnostic::warning("copy", &content, message)),
        );
        let manifest = loaded.plugin.as_ref().map(|plugin| &plugin.manifest);
        Ok(Staged {
            previous: state.plugins.get(id).map(|installed| installed.version.clone()),
            content,
            entry: entry.cloned(),
            marketplace_root: fetched.marketplace_root,
            commit: fetched.commit,
            needs: Vec::new(),
            automatic: false,
            enabled: manifest.and_then(|manifest| manifest.default_enabled).unwrap_or(true),
            review,
        })
    }

    /// The frozen installation of a plugin's own packages; a sentence when it did not work. Source: issue 5, A4.
    fn packages(&self, content: &Path) -> Option<String> {
        let (lock, packages) = (lock_of(content)?, self.ports.packages.as_ref()?);
        let done = packages.install(content, lock, Duration::from_secs(60));
        done.err()
            .map(|why| format!("the packages of {lock} were not installed: {why}"))
    }

    /// Installs what was prepared. What a person saw in the reviews is what is installed, or nothing is.
    pub fn accept(&self, prepared: Prepared) -> Result<Vec<PluginId>, LibraryError> {
        let mut contents = Vec::new();
        for staged in &prepared.plugins {
            let found = tree::digest(&staged.content)?;
            if found != staged.review.content {
                return Err(LibraryError::Digest {
                    what: staged.review.id.to_string(),
                    expected: staged.review.content.clone(),
                    found,
                });
            }
            // Before the lock is taken, since it takes long; after it was accepted, since it fetches and writes.
            let warning = self.packages(&staged.content);
            let content = if lock_of(&staged.content).is_some() {
                tree::digest(&staged.content)?
            } else {
                found
            };
            contents.push((content, warning));
        }
        let _lock = self.lock()?;
        let mut state = self.state()?;
        let now = self.ports.seconds();
        let mut ids = Vec::new();
        for (staged, (content, warning)) in prepared.plugins.iter().zip(contents) {
            let id = staged.review.id.clone();
            ids.push(id.clone());
            if self.is_kept(&state, staged)? {
                // The same content for one more scope: the copy that is there serves both.
                if let Some(installed) = state.plugins.get_mut(&id) {
                    place(&mut installed.placements, &prepared.scope, staged.enabled);
                    installed.automatic &= staged.automatic;
                    installed.dependencies.clone_from(&staged.needs);
                }
                continue;
            }
            let folder = Self::free_folder(&state, &id, &staged.review.version);
            let to = self.root.join(&folder);
            self.disk.remove(&to)?;
            if let Some(parent) = to.parent() {
                self.disk.make_folder(parent)?;
            }
            self.disk.rename(&staged.content, &to)?;
            install_into(&mut state, staged, folder, &prepared.scope, now);
            if let Some(installed) = state.plugins.get_mut(&id) {
                installed.content = content;
                installed.warnings = warning.into_iter().collect();
            }
        }
        self.save(&state)?;
        drop(prepared);
        // It is installed: what cannot be swept now is swept when the library is next opened.
        let _ = self.sweep_now(&mut state);
        Ok(ids)
    }

    /// Whether exactly this content is installed already, and still is what was accepted.
    fn is_kept(&self, state: &State, staged: &Staged) -> Result<bool, LibraryError> {
        let Some(installed) = state.plugins.get(&staged.review.id) else {
            return Ok(false);
        };
        let reviewed = installed.reviewed.as_ref().unwrap_or(&installed.content);
        Ok(installed.version == staged.review.version
            && *reviewed == staged.review.content
            && installed.entry == staged.entry
            && self.verdict(installed)? == Verdict::Unchanged)
    }

    /// `cache/<marketplace>/<plugin>/<version>`, or with a number when another content of that version is still named.
    fn free_folder(state: &State, id: &PluginId, version: &str) -> PathBuf {
        let parent = PathBuf::from("cache").join(id.marketplace()).join(id.name());
        let name = folder_name(version);
        let is_named = |folder: &PathBuf| {
            state.plugins.values().any(|installed| installed.folder == *folder)
                || state.retired.iter().any(|retired| retired.folder == *folder)
        };
        let mut folder = parent.join(&name);
        let mut number = 2;
        while is_named(&folder) {
            folder = parent.join(format!("{name}+{number}"));
            number += 1;
        }
        folder
    }

    /// Whether an installed plugin's files are those that were accepted.
    pub fn verify(&self, id: &PluginId) -> Result<Verdict, LibraryError> {
        let state = self.state()?;
        let installed = state
            .plugins
            .get(id)
            .ok_or_else(|| LibraryError::NoPlugin(id.clone()))?;
        self.verdict(installed)
    }

    fn verdict(&self, installed: &Installed) -> Result<Verdict, LibraryError> {
        let root = self.root.join(&installed.folder);
        if !root.is_dir() {
            return Ok(Verdict::Missing);
        }
        let is_same = tree::digest(&root)? == installed.content;
        Ok(if is_same { Verdict::Unchanged } else { Verdict::Changed })
    }

    /// What an installed plugin will run as its files are now.
    pub fn review(&self, id: &PluginId) -> Result<Review, LibraryError> {
        let state = self.state()?;
        let installed = state
            .plugins
            .get(id)
            .ok_or_else(|| LibraryError::NoPlugin(id.clone()))?;
        let root = self.root.join(&installed.folder);
        let loaded = format::load(&root, &origin(id, installed.entry.clone(), installed.marketplace_root));
        Review::of(id, &installed.version, "the installed files", &root, &loaded)
    }

    /// Trusts a changed plugin again: exactly the content `review` is about.
    pub fn trust(&self, review: &Review) -> Result<(), LibraryError> {
        let _lock = self.lock()?;
        let mut state = self.state()?;
        let id = &review.id;
        let installed = state
            .plugins
            .get_mut(id)
            .ok_or_else(|| LibraryError::NoPlugin(id.clone()))?;
        let found = tree::digest(&self.root.join(&installed.folder))?;
        if found != review.content {
            return Err(LibraryError::Digest {
                what: id.to_string(),
                expected: review.content.clone(),
                found,
            });
        }
        installed.content = found;
        self.save(&state)
    }

    /// The plugins that are on: for the person, and in `project` those of the project.
    pub fn active(&self, project: Option<&Path>) -> Result<Vec<Active>, LibraryError> {
        let mut active = Vec::new();
        for (id, installed) in self.state()?.plugins {
            if !is_on(&installed.placements, project) {
                continue;
            }
            let root = self.root.join(&installed.folder);
            let verdict = self.verdict(&installed)?;
            let mut loaded = format::load(&root, &origin(&id, installed.entry.clone(), installed.marketplace_root));
            if verdict != Verdict::Unchanged {
                disarm(&mut loaded);
            }
            let data = self.root.join("data").join(&installed.data);
            active.push(Active {
                id,
                root,
                data,
                verdict,
                loaded,
            });
        }
        Ok(active)
    }

    /// Notes that a person accepted exactly this command of a source.
    pub fn accept_command(&self, command: &str) -> Result<(), LibraryError> {
        let _lock = self.lock()?;
        let mut state = self.state()?;
        state.commands.insert(command.to_owned());
        self.save(&state)
    }
}

fn origin(id: &PluginId, entry: Option<Value>, marketplace_root: bool) -> Origin {
    Origin {
        name: Some(id.name().to_owned()),
        marketplace: Some(id.marketplace().to_owned()),
        entry,
        marketplace_root,
    }
}

/// Takes away everything that runs by itself or outside of the model.
fn disarm(loaded: &mut Loaded) {
    if let Some(plugin) = &mut loaded.plugin {
        plugin.hooks = format::Hooks::default();
        plugin.servers.clear();
        plugin.bundles.clear();
        plugin.lsp.clear();
        plugin.monitors.clear();
        plugin.bin = None;
        plugin.settings = format::companions::Settings::default();
    }
}

fn install_into(state: &mut State, staged: &Staged, folder: PathBuf, scope: &Scope, now: u64) {
    let id = &staged.review.id;
    state.retired.retain(|retired| retired.folder != folder);
    let before = state.plugins.remove(id);
    if let Some(before) = &before {
        state.retired.push(Retired {
            folder: before.folder.clone(),
            since: now.max(1),
        });
    }
    let mut placements = before
        .as_ref()
        .map(|before| before.placements.clone())
        .unwrap_or_default();
    place(&mut placements, scope, staged.enabled);
    let data = before
        .as_ref()
        .map_or_else(|| id.data_name(), |before| before.data.clone());
    // A new start: nothing an earlier removal still has to delete is taken away from it.
    state.doomed.remove(&data);
    state.plugins.insert(
        id.clone(),
        Installed {
            version: staged.review.version.clone(),
            folder,
            data,
            content: staged.review.content.clone(),
            entry: staged.entry.clone(),
            marketplace_root: staged.marketplace_root,
            commit: staged.commit.clone(),
            placements,
            dependencies: staged.needs.clone(),
            automatic: staged.automatic && before.is_none_or(|before| before.automatic),
            installed: now,
            reviewed: Some(staged.review.content.clone()),
            warnings: Vec::new(),
        },
    );
}

/// The list of packages a plugin wants installed beside it.
fn lock_of(content: &Path) -> Option<&'static str> {
    const LOCKS: [&str; 4] = ["bun.lock", "bun.lockb", "npm-shrinkwrap.json", "package-lock.json"];
    let has = |name: &str| content.join(name).is_file();
    LOCKS.into_iter().find(|lock| has("package.json") && has(lock))
}

/// The version a plugin's own manifest says.
fn own_version(root: &Path) -> Option<String> {
    let path = root.join(".claude-plugin/plugin.json");
    let bytes = std::fs::read(&path).ok()?;
    let value = format::json::parse(&bytes, &path, &mut Vec::new()).ok()?;
    value.get("version").and_then(Value::as_str).map(str::to_owned)
}

/// A version as the name of a folder, without spaces (R23) and of bounded length.
fn folder_name(version: &str) -> String {
    let plain: String = version
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || "._+-".contains(letter) {
                letter
            } else {
                '-'
            }
        })
        .take(64)
        .collect();
    let plain = plain.trim_matches('.').to_owned();
    if plain == version && !super::unpack::is_device_name(&plain) {
        plain
    } else {
        // Two versions that differ only in what was replaced stay two folders.
        let hash = deskhand_types::Hash::of(version.as_bytes()).short();
        format!("v{plain}-{hash}")
    }
}
