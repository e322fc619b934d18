//! The keys that are known, and the one that was probably meant.

/// Top-level keys of `plugin.json`.
pub const MANIFEST: [&str; 26] = [
    "$schema",
    "agents",
    "author",
    "channels",
    "commands",
    "defaultEnabled",
    "dependencies",
    "description",
    "displayName",
    "experimental",
    "homepage",
    "hooks",
    "keywords",
    "license",
    "lspServers",
    "mcpServers",
    "metadata",
    "monitors",
    "name",
    "outputStyles",
    "repository",
    "skills",
    "themes",
    "userConfig",
    "version",
    "workflows",
];

/// What a marketplace's entry may hold beside them.
pub const ENTRY: [&str; 5] = ["category", "relevance", "source", "strict", "tags"];

/// A known key that `key` is close to.
pub fn near<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], "");
    known
        .map(|name| (strsim::damerau_levenshtein(&plain(key), &plain(name)), name))
        .filter(|(distance, name)| *distance <= 2 && *distance * 3 <= name.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
