//! Which servers there are, out of all that declare some: precedence, one connection per endpoint, names for each.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::config::{Server, Transport};
use crate::diagnostic::{Diagnostic, Severity};
use crate::name::{self, Names};
use crate::place::Place;

/// Who declares a server. The first in this order wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The person, for one project, outside of its files.
    Local,
    /// A project's own files: used only once the person has approved it.
    Project,
    /// The person, everywhere.
    User,
    /// A plugin.
    Plugin,
    /// A connector of the directory.
    Hosted,
}

/// One declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// By whom.
    pub scope: Scope,
    /// The plugin's name, for [`Scope::Plugin`].
    pub plugin: Option<String>,
    /// What.
    pub server: Server,
    /// What it presents to its server beside the address ([`credentials`]). Two plugins that present different things never
    /// share a session.
    pub credentials: String,
}

/// Variables that say where a plugin and its work lie.
const PLACES: [&str; 3] = ["CLAUDE_PLUGIN_ROOT", "CLAUDE_PLUGIN_DATA", "CLAUDE_PROJECT_DIR"];

/// What a server is presented beside its address: headers, the command for further ones, and a program's variables. `server`
/// was read with each variable standing for itself, so that no value is in it and none is missing.
pub fn credentials(server: &Server) -> String {
    let (named, helper) = match &server.transport {
        Transport::Http(remote) | Transport::Sse(remote) => (&remote.headers, remote.headers_helper.as_deref()),
        Transport::Stdio(program) => (&program.env, None),
        Transport::WebSocket { .. } | Transport::NotConfigured => return String::new(),
    };
    let is_remote = !matches!(server.transport, Transport::Stdio(_));
    // Where a plugin lies is told to every program of one, and opens nothing.
    let opens = |name: &&String| is_remote || !PLACES.contains(&name.as_str());
    let named: Vec<(&String, &String)> = named.iter().filter(|(name, _)| opens(name)).collect();
    if named.is_empty() && helper.is_none() {
        return String::new();
    }
    let mut lines: Vec<String> = named
        .into_iter()
        // Names of headers have no case.
        .map(|(name, value)| {
            let name = if is_remote { name.to_lowercase() } else { name.clone() };
            format!("{name:?}={value:?}")
        })
        .collect();
    lines.sort();
    lines.push(format!("{helper:?}"));
    lines.join("\n")
}

impl Declared {
    /// The server's id: its key, or `plugin:<plugin>:<key>`.
    pub fn id(&self) -> String {
        match &self.plugin {
            Some(plugin) => name::plugin_server(plugin, &self.server.key),
            None => self.server.key.clone(),
        }
    }
}

/// A server with everything it is called by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The id of the declaration that won.
    pub id: String,
    /// Who declared it.
    pub scope: Scope,
    /// The plugin, for [`Scope::Plugin`].
    pub plugin: Option<String>,
    /// How it is reached.
    pub server: Server,
    /// Ids of further declarations of the same endpoint, and of references by name that it satisfies. Its tools are also
    /// called by [`name::tool`] of each of them.
    pub aliases: Vec<String>,
}

impl Resolved {
    /// Whether the person must approve it, since a project's files declare it.
    pub fn needs_approval(&self) -> bool {
        self.scope == Scope::Project
    }

    /// Its id and its aliases.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id).chain(&self.aliases).map(String::as_str)
    }

    /// Whether this is the connector that another host calls `hosted`, such as `Apollo_MCP`.
    pub fn answers_to(&self, hosted: &str) -> bool {
        let wanted = name::loose(hosted);
        let wanted = wanted.strip_suffix("_mcp").unwrap_or(&wanted);
        if wanted.is_empty() {
            return false;
        }
        let named = self.ids().any(|id| {
            let key = name::loose(id.rsplit(':').next().unwrap_or(id));
            key.strip_suffix("_mcp").unwrap_or(&key) == wanted
        });
        let host = Place::of(&self.server).and_then(|endpoint| endpoint.host());
        named || host.is_some_and(|host| host.split('.').any(|label| name::loose(label) == wanted))
    }
}

/// What all declarations came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolution {
    /// One entry per connection, and one per reference by name that nothing satisfies.
    pub servers: Vec<Resolved>,
    /// What was shadowed or refused.
    pub diagnostics: Vec<Diagnostic>,
}

/// Puts declarations together: the person's scopes by name, where a whole entry wins; plugins and connectors by endpoint.
pub fn resolve(mut declared: Vec<Declared>) -> Resolution {
    // Stable: within a scope the caller's order stays.
    declared.sort_by_key(|one| one.scope);
    let mut work = Work::default();
    let (references, servers): (Vec<_>, Vec<_>) = declared
        .into_iter()
        .partition(|one| one.server.transport == Transport::NotConfigured);
    for one in servers {
        work.add(one);
    }
    for one in references {
        work.refer(one);
    }
    work.resolution
}

#[derive(Default)]
struct Work {
    resolution: Resolution,
    names: Names,
    /// Where there is a connection already: its place in the resolution, and what it presents.
    endpoints: HashMap<Place, Vec<(usize, String)>>,
}

impl Work {
    fn tell(&mut self, id: &str, severity: Severity, code: &str, message: String) {
        self.resolution
            .diagnostics
            .push(Diagnostic::new(Some(id), severity, code, message));
    }

    fn add(&mut self, one: Declared) {
        let id = one.id();
        if one.plugin.is_none() && self.is_shadowed(&one, &id) {
            return;
        }
        if !self.may_be_called(&one, &id) {
            return;
        }
        let endpoint = Place::of(&one.server);
        // The person's own scopes are matched by name alone: two names for one endpoint are two connections there.
        let same = endpoint
            .as_ref()
            .filter(|_| matches!(one.scope, Scope::Plugin | Scope::Hosted))
            .and_then(|endpoint| self.joined(endpoint, &one.credentials));
        if let Some(first) = same.and_then(|place| self.resolution.servers.get_mut(place)) {
            first.aliases.push(id);
            return;
        }
        if let Some(endpoint) = endpoint {
            let known = self.endpoints.entry(endpoint).or_default();
            known.push((self.resolution.servers.len(), one.credentials));
        }
        self.resolution.servers.push(Resolved {
            id,
            scope: one.scope,
            plugin: one.plugin,
            server: one.server,
            aliases: Vec::new(),
        });
    }

    /// The connection that a plugin's declaration joins: one that presents the same, or, where it presents nothing itself,
    /// the person's own.
    fn joined(&self, endpoint: &Place, credentials: &str) -> Option<usize> {
        let known = self.endpoints.get(endpoint)?;
        let is_persons = |place: usize| {
            let server = self.resolution.servers.get(place);
            server.is_some_and(|server| !matches!(server.scope, Scope::Plugin | Scope::Hosted))
        };
        let mut fits = known
            .iter()
            .filter(|(place, theirs)| theirs == credentials || (credentials.is_empty() && is_persons(*place)));
        fits.next().map(|(place, _)| *place)
    }

    /// A reference by name joins the server that satisfies it.
    fn refer(&mut self, one: Declared) {
        let id = one.id();
        if one.plugin.is_none() && self.is_shadowed(&one, &id) {
            return;
        }
        if !self.may_be_called(&one, &id) {
            return;
        }
        let wanted = name::loose(&one.server.key);
        let satisfies = |server: &&mut Resolved| {
            server.server.transport != Transport::NotConfigured
                && matches!(
                    server.scope,
                    Scope::Local | Scope::Project | Scope::User | Scope::Hosted
                )
                && name::loose(&server.server.key) == wanted
        };
        if let Some(server) = self.resolution.servers.iter_mut().find(satisfies) {
            server.aliases.push(id);
            return;
        }
        // Fourteen plugins that wait for the same connector are one line in the list of servers.
        let waiting = |server: &&mut Resolved| {
            server.server.transport == Transport::NotConfigured && name::loose(&server.server.key) == wanted
        };
        if let Some(server) = self.resolution.servers.iter_mut().find(waiting) {
            server.aliases.push(id);
            return;
        }
        self.resolution.servers.push(Resolved {
            id,
            scope: one.scope,
            plugin: one.plugin,
            server: one.server,
            aliases: Vec::new(),
        });
    }

    fn is_shadowed(&mut self, one: &Declared, id: &str) -> bool {
        let winner = self.resolution.servers.iter().find(|server| server.id == id);
        let Some(scope) = winner.map(|server| server.scope) else {
            return false;
        };
        let message = format!(
            "The declaration of `{id}` in scope {} is not used: the one in scope {} goes before it.",
            word(one.scope),
            word(scope)
        );
        self.tell(id, Severity::Note, "mcp.config.shadowed", message);
        true
    }

    fn may_be_called(&mut self, one: &Declared, id: &str) -> bool {
        if one.plugin.is_none() && name::is_reserved(id) {
            let message = format!("The server was left out: the name `{id}` is reserved. Give it another.");
            self.tell(id, Severity::Warning, "mcp.config.reserved", message);
            return false;
        }
        if let Err(other) = self.names.claim(id) {
            let message =
                format!("The server was left out: its name `{id}` could be taken for `{other}`. Give it another.");
            self.tell(id, Severity::Error, "mcp.config.confusable", message);
            return false;
        }
        true
    }
}

fn word(scope: Scope) -> &'static str {
    match scope {
        Scope::Local => "local",
        Scope::Project => "project",
        Scope::User => "user",
        Scope::Plugin => "plugin",
        Scope::Hosted => "hosted",
    }
}
