//! Several configurations together: which entry counts, and which entries are one server.

use std::collections::BTreeMap;

use super::{EndpointKey, How, Server, confusable, names::tool_part};

/// Where an entry is from. Earlier ones count before later ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The person, for this computer.
    Person,
    /// A project's own file, approved one by one.
    Project,
    /// A plugin, by its id.
    Plugin(String),
}

/// An entry with where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Where it is from.
    pub scope: Scope,
    /// The middle of its tools' names: `slack`, `plugin_sales_slack`.
    pub prefix: String,
    /// The entry.
    pub server: Server,
}

/// One server, under all names it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The entry that counts.
    pub main: Named,
    /// Others that mean the same server: their tools' names lead here, too.
    pub aliases: Vec<Named>,
}

/// Puts entries together. Of the person's and a project's entries the whole entry of the earlier scope counts for a name;
/// of all entries those with the same endpoint are one server with one connection and one sign-in. An entry without an
/// address is one with the entry of the same name (spaces, `_`, `-` and case aside), if there is one.
pub fn merge(entries: impl IntoIterator<Item = Named>) -> Vec<Group> {
    let mut entries: Vec<Named> = entries.into_iter().collect();
    entries.sort_by(|one, other| one.scope.cmp(&other.scope));
    let mut groups: Vec<Group> = Vec::new();
    let mut by_endpoint: BTreeMap<EndpointKey, usize> = BTreeMap::new();
    let mut unset = Vec::new();
    for entry in entries {
        let named_before = |group: &Group| {
            !matches!(entry.scope, Scope::Plugin(_))
                && !matches!(group.main.scope, Scope::Plugin(_))
                && tool_part(&group.main.server.name) == tool_part(&entry.server.name)
        };
        if groups.iter().any(named_before) {
            continue;
        }
        let Some(key) = EndpointKey::of(&entry.server) else {
            unset.push(entry);
            continue;
        };
        if let Some(group) = by_endpoint.get(&key).and_then(|at| groups.get_mut(*at)) {
            group.aliases.push(entry);
        } else {
            by_endpoint.insert(key, groups.len());
            groups.push(Group {
                main: entry,
                aliases: Vec::new(),
            });
        }
    }
    for entry in unset {
        let same = |group: &&mut Group| confusable(&group.main.server.name, &entry.server.name);
        let reference = matches!(entry.server.how, How::NotConfigured);
        match groups.iter_mut().find(same).filter(|_| reference) {
            Some(group) => group.aliases.push(entry),
            None => groups.push(Group {
                main: entry,
                aliases: Vec::new(),
            }),
        }
    }
    groups
}

/// Tools that skills of another program name: `mcp__claude_ai_Apollo_MCP__x` is the tool `x` of a server whose name or
/// host holds `apollo`. Gives the words to look for and the tool.
pub fn foreign(name: &str) -> Option<(String, &str)> {
    let rest = name.strip_prefix("mcp__claude_ai_")?;
    let (server, tool) = rest.split_once("__")?;
    let server = server.strip_suffix("_MCP").unwrap_or(server);
    Some((server.to_lowercase().replace('_', " "), tool))
}
