//! Marketplaces: added, updated, removed, searched.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::LibraryError;
use super::home::{Library, Staging};
use super::id::PluginId;
use super::marketplace::{self, FILE, Marketplace, Offered, Renamed};
use super::source::git::Checkout;
use super::source::{self, MarketplaceSource};
use super::state::{KnownMarketplace, State};
use super::tree;
use crate::format::Diagnostic;

/// What adding or updating a marketplace did.
#[derive(Clone, PartialEq, Debug)]
pub struct MarketplaceUpdate {
    /// As it is now.
    pub marketplace: Marketplace,
    /// Findings about its file.
    pub findings: Vec<Diagnostic>,
    /// A marketplace of the same name from elsewhere was replaced.
    pub replaced: Option<MarketplaceSource>,
    /// Installed plugins that are called otherwise now.
    pub renamed: Vec<(PluginId, PluginId)>,
    /// Installed plugins it no longer has. They stay installed.
    pub gone: Vec<PluginId>,
}

/// A plugin a marketplace offers.
#[derive(Clone, PartialEq, Debug)]
pub struct Offer {
    /// Its id.
    pub id: PluginId,
    /// The entry.
    pub entry: Offered,
    /// Whether it is installed.
    pub installed: bool,
}

impl Library {
    /// The marketplaces that were added, by name.
    pub fn marketplaces(&self) -> Result<Vec<(String, KnownMarketplace)>, LibraryError> {
        Ok(self.state()?.marketplaces.into_iter().collect())
    }

    /// What a known marketplace says, and findings about its file.
    pub fn marketplace(&self, name: &str) -> Result<(Marketplace, Vec<Diagnostic>), LibraryError> {
        let state = self.state()?;
        let known = known(&state, name)?;
        read(&self.root.join(&known.folder), &known.source)
    }

    /// Adds a marketplace; one of the same name is replaced. See [`source::marketplace`] for what may be written.
    pub fn add_marketplace(&self, given: &str) -> Result<MarketplaceUpdate, LibraryError> {
        self.put_marketplace(source::marketplace(given)?, None)
    }

    /// Adds a marketplace from a source that was read elsewhere (settings).
    pub fn add_marketplace_from(&self, source: MarketplaceSource) -> Result<MarketplaceUpdate, LibraryError> {
        self.put_marketplace(source, None)
    }

    /// Fetches a marketplace again, and applies its renames to what is installed.
    pub fn update_marketplace(&self, name: &str) -> Result<MarketplaceUpdate, LibraryError> {
        let source = known(&self.state()?, name)?.source.clone();
        self.put_marketplace(source, Some(name))
    }

    /// Forgets a marketplace. What is installed from it stays installed.
    pub fn remove_marketplace(&self, name: &str) -> Result<(), LibraryError> {
        let _lock = self.lock()?;
        let mut state = self.state()?;
        known(&state, name)?;
        state.marketplaces.remove(name);
        self.save(&state)?;
        // It is done: what cannot be swept now is swept when the library is next opened.
        let _ = self.sweep_now(&mut state);
        Ok(())
    }

    /// Entries in which every word of `query` stands somewhere, those with a word in their name first.
    pub fn search(&self, query: &str) -> Result<Vec<Offer>, LibraryError> {
        let state = self.state()?;
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        let mut offers = Vec::new();
        for (name, known) in &state.marketplaces {
            // One marketplace that does not load any more never hides the others.
            let Ok((market, _)) = read(&self.root.join(&known.folder), &known.source) else {
                continue;
            };
            for entry in market.plugins {
                let parts = [&entry.display_name, &entry.description, &entry.category, &entry.topic];
                let mut text = entry.name.to_lowercase();
                for part in parts.into_iter().flatten().chain(&entry.tags) {
                    text.push('\n');
                    text.push_str(&part.to_lowercase());
                }
                let title = entry.name.to_lowercase();
                if words.iter().all(|word| text.contains(word.as_str())) {
                    let id = PluginId::new(&entry.name, name)?;
                    let installed = state.plugins.contains_key(&id);
                    let away = !words.iter().any(|word| title.contains(word.as_str()));
                    offers.push((away, Offer { id, entry, installed }));
                }
            }
        }
        offers.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.id.cmp(&other.id)));
        Ok(offers.into_iter().map(|(_, offer)| offer).collect())
    }

    fn put_marketplace(
        &self,
        source: MarketplaceSource,
        must_be: Option<&str>,
    ) -> Result<MarketplaceUpdate, LibraryError> {
        let staging = self.staging()?;
        let (fetched, commit) = self.fetch_marketplace(&source, &staging)?;
        let (market, findings) = read(&fetched, &source)?;
        if !marketplace::may_be_called(&market.name, &source) {
            return Err(LibraryError::Reserved(market.name));
        }
        if let Some(name) = must_be
            && name != market.name
        {
            return Err(LibraryError::Marketplace(format!(
                "it is called `{}` now, not `{name}`",
                market.name
            )));
        }
        let _lock = self.lock()?;
        let mut state = self.state()?;
        let folder = if let MarketplaceSource::Directory { path } = &source {
            path.clone()
        } else {
            let label = match &commit {
                Some(commit) => commit.clone(),
                None => tree::digest(&fetched)?,
            };
            let folder = PathBuf::from("marketplaces")
                .join(&market.name)
                .join(label.chars().take(12).collect::<String>());
            let to = self.root.join(&folder);
            let is_there = state.marketplaces.values().any(|known| known.folder == folder);
            if !is_there {
                self.disk.remove(&to)?;
                if let Some(parent) = to.parent() {
                    self.disk.make_folder(parent)?;
                }
                self.disk.rename(&fetched, &to)?;
            }
            folder
        };
        let now = KnownMarketplace {
            source: source.clone(),
            folder,
            commit,
            updated: self.ports.seconds(),
        };
        let before = state.marketplaces.insert(market.name.clone(), now);
        let (renamed, gone) = rename(&mut state, &market);
        self.save(&state)?;
        drop(staging);
        let _ = self.sweep_now(&mut state);
        Ok(MarketplaceUpdate {
            replaced: before.map(|known| known.source).filter(|before| *before != source),
            marketplace: market,
            findings,
            renamed,
            gone,
        })
    }

    fn fetch_marketplace(
        &self,
        source: &MarketplaceSource,
        staging: &Staging,
    ) -> Result<(PathBuf, Option<String>), LibraryError> {
        let into = staging.folder.join("marketplace");
        let (url, reference) = match source {
            MarketplaceSource::Directory { path } => return Ok((path.clone(), None)),
            MarketplaceSource::Url { url } => {
                let file = into.join(FILE);
                if let Some(folder) = file.parent() {
                    self.disk.make_folder(folder)?;
                }
                self.download(url, Some(url), 16 << 20, &file)?;
                return Ok((into, None));
            }
            MarketplaceSource::Git { url, reference } => (url.clone(), reference),
            MarketplaceSource::Github { repo, reference } => (
                source::shorthand(repo).ok_or_else(|| LibraryError::Source {
                    given: repo.clone(),
                    why: "it is not owner/repo".to_owned(),
                })?,
                reference,
            ),
        };
        let request = Checkout {
            url,
            reference: reference.clone(),
            sha: None,
            folder: None,
        };
        let commit = self.git()?.checkout(&request, &into)?;
        Ok((into, Some(commit)))
    }
}

pub(super) fn known<'a>(state: &'a State, name: &str) -> Result<&'a KnownMarketplace, LibraryError> {
    state
        .marketplaces
        .get(name)
        .ok_or_else(|| LibraryError::NoMarketplace(name.to_owned()))
}

/// Reads the list of a marketplace that was fetched to `root` from `source`.
pub(super) fn read(root: &Path, source: &MarketplaceSource) -> Result<(Marketplace, Vec<Diagnostic>), LibraryError> {
    let path = root.join(FILE);
    let bytes = fs::read(&path).map_err(LibraryError::file(&path))?;
    let mut findings = Vec::new();
    let market = marketplace::parse_of(&bytes, Path::new(FILE), source.own(), &mut findings)
        .map_err(LibraryError::Marketplace)?;
    Ok((market, findings))
}

/// Applies a marketplace's renames to the state. Folders, data and secrets stay where they are.
fn rename(state: &mut State, market: &Marketplace) -> (Vec<(PluginId, PluginId)>, Vec<PluginId>) {
    let ids: Vec<PluginId> = state
        .plugins
        .keys()
        .filter(|id| id.marketplace() == market.name)
        .cloned()
        .collect();
    let (mut renamed, mut gone) = (Vec::new(), Vec::new());
    for id in ids {
        match market.renamed(id.name()) {
            Renamed::To(name) => {
                let Ok(to) = PluginId::new(&name, &market.name) else {
                    continue;
                };
                if state.plugins.contains_key(&to) {
                    continue;
                }
                if let Some(installed) = state.plugins.remove(&id) {
                    state.plugins.insert(to.clone(), installed);
                }
                if let Some(options) = state.options.remove(&id) {
                    state.options.insert(to.clone(), options);
                }
                for need in state
                    .plugins
                    .values_mut()
                    .flat_map(|installed| &mut installed.dependencies)
                {
                    if need.id == id {
                        need.id = to.clone();
                    }
                }
                renamed.push((id, to));
            }
            Renamed::Gone => gone.push(id),
            _ if market.entry(id.name()).is_none() => gone.push(id),
            _ => {}
        }
    }
    (renamed, gone)
}
