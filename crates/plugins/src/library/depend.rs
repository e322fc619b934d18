//! Dependencies: ranges of all dependants intersected, versions from git tags `{plugin}--v{semver}`. Source: issue 5, A4.

use semver::{Version, VersionReq};

use super::error::LibraryError;
use super::fetch::git_of;
use super::home::Library;
use super::id::PluginId;
use super::marketplace::Marketplace;
use super::source::Source;
use super::state::{KnownMarketplace, Need, State};
use crate::format::manifest::Dependency;

/// What a plugin needs, as ids. Another marketplace must be allowed by the one of the plugin that was asked for (`root`).
pub(super) fn needs(id: &PluginId, dependencies: &[Dependency], root: &Marketplace) -> Result<Vec<Need>, LibraryError> {
    let mut needs = Vec::new();
    for dependency in dependencies {
        let marketplace = dependency.marketplace.as_deref().unwrap_or(id.marketplace());
        let needed = PluginId::new(&dependency.name, marketplace)?;
        let bad = |why: String| LibraryError::Dependency {
            id: id.clone(),
            needs: needed.clone(),
            why,
        };
        if marketplace != root.name && !root.allow_cross.contains(marketplace) {
            return Err(bad(format!(
                "the marketplace {} does not allow plugins of {marketplace}",
                root.name
            )));
        }
        if let Some(range) = &dependency.version {
            VersionReq::parse(range).map_err(|why| bad(format!("`{range}` is not a range of versions ({why})")))?;
        }
        needs.push(Need {
            id: needed,
            range: dependency.version.clone(),
        });
    }
    Ok(needs)
}

/// What a plugin from a file needs, all of it installed already: no marketplace vouches for such a plugin, so nothing is
/// fetched for it. A dependency without a marketplace is any installed plugin of its name.
pub(super) fn met(state: &State, id: &PluginId, dependencies: &[Dependency]) -> Result<Vec<Need>, LibraryError> {
    let mut needs = Vec::new();
    for dependency in dependencies {
        let fits = |other: &&PluginId| {
            let wanted = dependency.marketplace.as_deref();
            other.name() == dependency.name && wanted.is_none_or(|wanted| wanted == other.marketplace())
        };
        let marketplace = dependency.marketplace.as_deref().unwrap_or(id.marketplace());
        let bad = |needs: PluginId, why: String| LibraryError::Dependency {
            id: id.clone(),
            needs,
            why,
        };
        let named = PluginId::new(&dependency.name, marketplace)?;
        let Some(needed) = state.plugins.keys().find(fits) else {
            let why = "it is not installed, and what a file needs is not fetched for it; install that first".to_owned();
            return Err(bad(named, why));
        };
        let need = Need {
            id: needed.clone(),
            range: dependency.version.clone(),
        };
        if let Some(range) = &need.range {
            VersionReq::parse(range)
                .map_err(|why| bad(needed.clone(), format!("`{range}` is not a range of versions ({why})")))?;
        }
        let mut ranges = Ranges::default();
        ranges.add(id, std::slice::from_ref(&need), needed);
        let version = state.plugins.get(needed).map(|installed| installed.version.as_str());
        if !version.is_some_and(|version| ranges.take(version)) {
            let why = format!(
                "its installed version {} is not what is asked for ({})",
                version.unwrap_or("unknown"),
                ranges.told()
            );
            return Err(bad(needed.clone(), why));
        }
        needs.push(need);
    }
    Ok(needs)
}

/// Every range that is asked of a plugin, and by whom.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranges(Vec<(PluginId, VersionReq)>);

impl Ranges {
    /// Of what is installed; `but` are about to be replaced.
    pub fn installed(state: &State, of: &PluginId, but: &[PluginId]) -> Self {
        let mut ranges = Self::default();
        for (id, installed) in state.plugins.iter().filter(|(id, _)| !but.contains(id)) {
            ranges.add(id, &installed.dependencies, of);
        }
        ranges
    }

    /// Adds what `by` asks of `of`.
    pub fn add(&mut self, by: &PluginId, needs: &[Need], of: &PluginId) {
        for need in needs.iter().filter(|need| need.id == *of) {
            if let Some(range) = need.range.as_deref().and_then(|range| VersionReq::parse(range).ok()) {
                self.0.push((by.clone(), range));
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a version satisfies all; no range takes every version.
    pub fn take(&self, version: &str) -> bool {
        self.is_empty()
            || Version::parse(version.trim_start_matches('v')).is_ok_and(|version| self.take_version(&version))
    }

    fn take_version(&self, version: &Version) -> bool {
        self.0.iter().all(|(_, range)| range.matches(version))
    }

    /// "`^1` by a@m, `^2` by b@m"
    pub fn told(&self) -> String {
        let each = self.0.iter().map(|(by, range)| format!("`{range}` by {by}"));
        each.collect::<Vec<_>>().join(", ")
    }
}

impl Library {
    /// The tag of the newest version that all ranges take, if the plugin's repository has tags for it.
    pub(super) fn tag(
        &self,
        id: &PluginId,
        source: &Source,
        known: &KnownMarketplace,
        ranges: &Ranges,
    ) -> Result<Option<String>, LibraryError> {
        let url = match source {
            Source::Git { url, .. } => Some(url.clone()),
            Source::Relative { .. } => git_of(&known.source),
            _ => None,
        };
        let Some(url) = url.filter(|_| !ranges.is_empty()) else {
            return Ok(None);
        };
        let start = format!("{}--v", id.name());
        let tags = self.git()?.tags(&url)?;
        let versions = tags
            .iter()
            .filter_map(|tag| Version::parse(tag.strip_prefix(&start)?).ok());
        let newest = versions.filter(|version| ranges.take_version(version)).max();
        Ok(newest.map(|version| format!("{start}{version}")))
    }
}
