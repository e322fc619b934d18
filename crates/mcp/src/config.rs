//! Servers as configuration files declare them: `.mcp.json` of a project or a plugin, in both of its shapes.
//!
//! One bad entry never costs the others. Nothing is run or connected here. The format is that of Claude Code's
//! `.mcp.json` (<https://docs.claude.com/en/docs/claude-code/mcp>), read as leniently as files in the wild need.

mod expand;
mod json;
mod read;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Findings};

pub use expand::{Expanded, expand};
pub(crate) use json::parse_object;
pub(crate) use read::server;

/// Most bytes of a configuration file that are read.
pub const FILE_LIMIT: usize = 8 * 1024 * 1024;
/// Most servers that one file may declare.
pub const SERVER_LIMIT: usize = 500;

/// One declared server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its key in the file, as written; for display. Names of tools use [`crate::name`].
    pub key: String,
    /// How it is reached.
    pub transport: Transport,
    /// Wall-clock limit of one call, at least a second; `None` for the host's own.
    pub timeout: Option<Duration>,
    /// Whether its tools are always shown to the model rather than found by search.
    pub always_load: bool,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Transport {
    /// A program on this computer that speaks over its standard streams.
    Stdio(Command),
    /// Streamable HTTP, of either era.
    Http(Remote),
    /// HTTP with server-sent events, the oldest remote transport (2024-11-05).
    Sse(Remote),
    /// WebSocket, which Deskhand does not speak: shown as unsupported, never connected.
    WebSocket {
        /// The address as written.
        url: String,
    },
    /// An empty address: a reference by name to a connector that the person sets up. Never connected.
    NotConfigured,
}

/// A program to run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// A path, or a name that is looked for in `PATH`.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// What is added to the environment it is given.
    pub env: BTreeMap<String, String>,
    /// Where it runs; `None` for the caller's choice.
    pub cwd: Option<String>,
}

/// A server behind an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remote {
    /// The address as written, after expansion. It is used verbatim: a trailing slash stays.
    pub url: String,
    /// Headers of every request. None is empty, and none still holds a `${` that nobody filled in.
    pub headers: BTreeMap<String, String>,
    /// A shell command whose output is a JSON object of further headers. It has its variables unexpanded, and is run only
    /// for a server that the person approved with this command before their eyes.
    pub headers_helper: Option<String>,
    /// What is known beforehand about signing in.
    pub oauth: Option<OAuth>,
}

impl Remote {
    /// Whether a configured `Authorization` header stands in for signing in: a refusal is then a plain failure.
    pub fn authorizes_itself(&self) -> bool {
        self.headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case("authorization"))
    }
}

/// What is known beforehand about signing in to a server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuth {
    /// Id of a client registered beforehand.
    pub client_id: Option<String>,
    /// Port of the redirect, which is then exactly `http://localhost:PORT/callback`.
    pub callback_port: Option<u16>,
    /// Scopes to ask for, and no others. Empty: what discovery says.
    pub scopes: Vec<String>,
    /// Address (https) of the authorization server's metadata, in place of discovery.
    pub auth_server_metadata_url: Option<String>,
}

/// What a file came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// Usable servers and such that are not configured, by key.
    pub servers: Vec<Server>,
    /// What was found on the way.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads `.mcp.json`. `lookup` gives the value of a variable; `None` means that it is not set.
///
/// Variables of plugins go before those of the environment: the caller either has `lookup` ask them first or substitutes
/// them in the value and uses [`servers`].
pub fn parse(bytes: &[u8], lookup: &dyn Fn(&str) -> Option<String>) -> Configuration {
    let mut found = Configuration::default();
    if let Some(root) = parse_object(bytes, "the file", &mut found.diagnostics) {
        read_root(&root, lookup, &mut found);
    }
    found
}

/// Reads servers from a value of the same shapes: `mcpServers` of a manifest, or a file whose variables the caller has
/// substituted.
pub fn servers(root: &Value, lookup: &dyn Fn(&str) -> Option<String>) -> Configuration {
    let mut found = Configuration::default();
    match root {
        Value::Object(root) => read_root(root, lookup, &mut found),
        _ => Findings::about(None, &mut found.diagnostics)
            .error("mcp.config.shape", "The servers are not a JSON object."),
    }
    found
}

fn read_root(root: &Map<String, Value>, lookup: &dyn Fn(&str) -> Option<String>, found: &mut Configuration) {
    match root.get("mcpServers") {
        Some(Value::Object(map)) => read_map(map, lookup, found),
        Some(other) if !other.is_null() => Findings::about(None, &mut found.diagnostics).error(
            "mcp.config.shape",
            "`mcpServers` is not an object: no server was read from it.",
        ),
        _ => {
            let mut bare = Map::new();
            for (key, value) in root {
                if is_server(value) {
                    bare.insert(key.clone(), value.clone());
                } else if !key.starts_with('$') && !value.is_null() {
                    Findings::about(Some(key), &mut found.diagnostics).note(
                        "mcp.config.unknown",
                        format!("`{key}` is not a server; it was ignored."),
                    );
                }
            }
            read_map(&bare, lookup, found);
        }
    }
}

/// In the bare shape, what looks like a server is one.
fn is_server(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|entry| ["command", "url", "type"].iter().any(|key| entry.contains_key(*key)))
}

pub(crate) fn read_map(map: &Map<String, Value>, lookup: &dyn Fn(&str) -> Option<String>, found: &mut Configuration) {
    if map.len() > SERVER_LIMIT {
        Findings::about(None, &mut found.diagnostics).error(
            "mcp.config.limit",
            format!(
                "{} servers are declared; only the first {SERVER_LIMIT} were read.",
                map.len()
            ),
        );
    }
    for (key, entry) in map.iter().take(SERVER_LIMIT) {
        if let Some(server) = server(key, entry, lookup, &mut found.diagnostics) {
            found.servers.push(server);
        }
    }
}
