//! `marketplace.json`: what a marketplace says. One bad entry never costs the others. Source: issue 5, A4.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};

use super::id;
use super::source::{self, MarketplaceSource, Source};
use crate::format::diagnostic::Diagnostic;
use crate::format::json;
use crate::format::manifest::{Author, Entry};

/// Where the file is below a marketplace's root.
pub const FILE: &str = ".claude-plugin/marketplace.json";

/// Names that only the vendor's own repositories may use, so that nobody passes for them.
const RESERVED: [&str; 10] = [
    "claude-code-marketplace",
    "claude-code-plugins",
    "claude-plugins-official",
    "anthropic-marketplace",
    "anthropic-plugins",
    "anthropic-agent-skills",
    "agent-skills",
    "knowledge-work-plugins",
    "life-sciences",
    "official-claude-plugins",
];

/// The vendor's account at GitHub.
const VENDOR: &str = "anthropics";

/// A marketplace.
#[derive(Clone, PartialEq, Debug)]
pub struct Marketplace {
    /// The part after `@`.
    pub name: String,
    /// Whose it is.
    pub owner: Author,
    /// For people.
    pub description: Option<String>,
    /// Of the list itself.
    pub version: Option<String>,
    /// Base of bare-name sources.
    pub plugin_root: Option<String>,
    /// Marketplaces its plugins may need plugins of.
    pub allow_cross: BTreeSet<String>,
    /// Old names to new ones; `None`: gone.
    pub renames: BTreeMap<String, Option<String>>,
    /// The entries in their order.
    pub plugins: Vec<Offered>,
}

/// One entry.
#[derive(Clone, PartialEq, Debug)]
pub struct Offered {
    /// Its name: the plugin's identity.
    pub name: String,
    /// For people.
    pub display_name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Its version, if the entry says one.
    pub version: Option<String>,
    /// For lists.
    pub category: Option<String>,
    /// `tags` and `keywords`.
    pub tags: Vec<String>,
    /// Of the work it is about: `relevance.topic`.
    pub topic: Option<String>,
    /// Whether it is on when installed and nothing else is said.
    pub default_enabled: bool,
    /// The entry as written.
    pub raw: Value,
    /// Where it is fetched from, or why it cannot be installed.
    pub source: Result<Source, String>,
}

/// Reads the bytes of a `marketplace.json`. The error is a sentence.
pub fn parse(bytes: &[u8], path: &Path, found: &mut Vec<Diagnostic>) -> Result<Marketplace, String> {
    parse_of(bytes, path, None, found)
}

/// Like [`parse`], of a file that is itself at the loopback address `own`: see [`source::may_fetch`].
pub fn parse_of(
    bytes: &[u8],
    path: &Path,
    own: Option<&str>,
    found: &mut Vec<Diagnostic>,
) -> Result<Marketplace, String> {
    let value = json::parse(bytes, path, found)?;
    let map = value.as_object().ok_or("it is not a JSON object")?;
    let name = map.get("name").and_then(Value::as_str).ok_or("it has no `name`")?;
    id::check(name, "marketplace").map_err(|why| why.to_string())?;
    if matches!(name, id::LOCAL | id::SKILLS_DIR) {
        return Err(format!("the name `{name}` is Deskhand's own"));
    }
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        found.push(Diagnostic::warning(
            "marketplace-name",
            path,
            "`name` is not in lower case",
        ));
    }
    let owner = map.get("owner").ok_or("it has no `owner`")?;
    let owner: Author =
        serde_json::from_value(owner.clone()).map_err(|why| format!("`owner` cannot be read: {why}"))?;
    let metadata = map.get("metadata").and_then(Value::as_object);
    let told = |key: &str| {
        let of = |map: &Map<String, Value>| map.get(key).and_then(Value::as_str).map(str::to_owned);
        of(map).or_else(|| metadata.and_then(of))
    };
    let plugin_root = metadata
        .and_then(|metadata| metadata.get("pluginRoot"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    let entries = map
        .get("plugins")
        .and_then(Value::as_array)
        .ok_or("it has no list `plugins`")?;
    if entries.is_empty() {
        found.push(Diagnostic::warning("marketplace-empty", path, "it offers no plugins"));
    }
    let mut names = BTreeSet::new();
    let mut plugins = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        match offered(entry, (plugin_root.as_deref(), own), path, found) {
            Err(why) => found.push(Diagnostic::component(
                "marketplace-entry",
                path,
                format!("entry {}: {why}; it is not offered", index + 1),
            )),
            // Folders of two names that differ in case would be one folder on some systems.
            Ok(offered) if !names.insert(offered.name.to_lowercase()) => found.push(Diagnostic::component(
                "marketplace-entry",
                path,
                format!("`{}` stands in it twice; the first is offered", offered.name),
            )),
            Ok(offered) => plugins.push(offered),
        }
    }
    let allow_cross = strings(map.get("allowCrossMarketplaceDependenciesOn"));
    Ok(Marketplace {
        name: name.to_owned(),
        owner,
        description: told("description"),
        version: told("version"),
        plugin_root,
        allow_cross: allow_cross.into_iter().collect(),
        renames: renames(map.get("renames"), path, found),
        plugins,
    })
}

fn offered(
    entry: &Value,
    (root, own): (Option<&str>, Option<&str>),
    path: &Path,
    found: &mut Vec<Diagnostic>,
) -> Result<Offered, String> {
    let map = entry.as_object().ok_or("it is not a JSON object")?;
    let name = map.get("name").and_then(Value::as_str).ok_or("it has no `name`")?;
    id::check(name, "plugin").map_err(|why| why.to_string())?;
    let mut source = match map.get("source") {
        None => Err("it has no `source`".to_owned()),
        Some(value) => source::read_of(value, root, own),
    };
    let before = found.len();
    if Entry::read(entry, path, found).is_none() && source.is_ok() {
        let why = found
            .get(before..)
            .and_then(<[_]>::last)
            .map(|last| last.message.clone());
        source = Err(why.unwrap_or_else(|| "its entry cannot be read".to_owned()));
    }
    if let Err(why) = &source {
        found.push(Diagnostic::component(
            "marketplace-source",
            path,
            format!("`{name}`: {why}; it cannot be installed"),
        ));
    }
    let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut tags = strings(map.get("tags"));
    tags.extend(strings(map.get("keywords")));
    Ok(Offered {
        name: name.to_owned(),
        display_name: text("displayName"),
        description: text("description"),
        version: text("version"),
        category: text("category"),
        tags,
        topic: map
            .get("relevance")
            .and_then(|relevance| relevance.get("topic"))
            .and_then(Value::as_str)
            .map(str::to_owned),
        default_enabled: map.get("defaultEnabled").and_then(Value::as_bool).unwrap_or(true),
        raw: entry.clone(),
        source,
    })
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn renames(value: Option<&Value>, path: &Path, found: &mut Vec<Diagnostic>) -> BTreeMap<String, Option<String>> {
    let mut renames = BTreeMap::new();
    for (old, new) in value.and_then(Value::as_object).into_iter().flatten() {
        let new = match new {
            Value::Null => None,
            Value::String(new) if id::check(new, "plugin").is_ok() => Some(new.clone()),
            _ => {
                let message = format!("the rename of `{old}` names no plugin and was left out");
                found.push(Diagnostic::warning("marketplace-rename", path, message));
                continue;
            }
        };
        renames.insert(old.clone(), new);
    }
    let circular: Vec<String> = renames
        .keys()
        .filter(|old| follow(&renames, old) == Renamed::Circle)
        .cloned()
        .collect();
    for old in circular {
        let message = format!("the rename of `{old}` leads in a circle and was left out");
        found.push(Diagnostic::warning("marketplace-rename", path, message));
        renames.remove(&old);
    }
    renames
}

/// Where a name leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Renamed {
    /// It was not renamed.
    Same,
    /// To another.
    To(String),
    /// The plugin is gone.
    Gone,
    /// In a circle.
    Circle,
}

/// Follows the chain of renames from `name`.
fn follow(renames: &BTreeMap<String, Option<String>>, name: &str) -> Renamed {
    let mut seen = BTreeSet::from([name]);
    let mut here = name;
    while let Some(next) = renames.get(here) {
        match next {
            None => return Renamed::Gone,
            Some(next) if !seen.insert(next) => return Renamed::Circle,
            Some(next) => here = next,
        }
    }
    if here == name {
        Renamed::Same
    } else {
        Renamed::To(here.to_owned())
    }
}

impl Marketplace {
    /// The entry of this name.
    pub fn entry(&self, name: &str) -> Option<&Offered> {
        self.plugins.iter().find(|offered| offered.name == name)
    }

    /// What a name is called now.
    pub fn renamed(&self, name: &str) -> Renamed {
        follow(&self.renames, name)
    }
}

/// Whether a marketplace may call itself `name` when it comes from `source`.
pub fn may_be_called(name: &str, source: &MarketplaceSource) -> bool {
    if !RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        return true;
    }
    let url = match source {
        MarketplaceSource::Github { repo, .. } => return repo.to_ascii_lowercase().starts_with(&format!("{VENDOR}/")),
        MarketplaceSource::Git { url, .. } => url.to_ascii_lowercase(),
        _ => return false,
    };
    [
        format!("https://github.com/{VENDOR}/"),
        format!("git@github.com:{VENDOR}/"),
        format!("ssh://git@github.com/{VENDOR}/"),
    ]
    .iter()
    .any(|start| url.starts_with(start))
}
