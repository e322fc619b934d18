//! The servers a plugin brings, raw: the host of MCP servers reads the configurations. Source: issue 5, A5, A6, A11.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use super::diagnostic::Diagnostic;
use super::json;
use super::manifest::Component;
use super::paths;
use super::plugin::Plugin;
use super::variables::{Place, Refused, Variables};

/// One server as a file says it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Server {
    /// Its key: for showing, may hold spaces.
    pub key: String,
    /// Its configuration, with variables not yet put in.
    pub config: Value,
    /// The file it is from.
    pub file: PathBuf,
}

impl Server {
    /// `plugin:<plugin>:<key>`.
    pub fn id(&self, plugin: &str) -> String {
        format!("plugin:{plugin}:{}", self.key)
    }

    /// What its tools' names begin with: `mcp__plugin_<plugin>_<key>__`.
    pub fn tool_prefix(&self, plugin: &str) -> String {
        format!("mcp__plugin_{}_{}__", plain(plugin), plain(&self.key))
    }

    /// A remote server with an empty address is not an error and never connected to: it names what a person may have
    /// connected otherwise (see [`same_name`]).
    pub fn is_configured(&self) -> bool {
        self.config
            .get("url")
            .is_none_or(|url| url.as_str().is_none_or(|url| !url.trim().is_empty()))
    }
}

/// Every character outside of `[A-Za-z0-9_-]` as `_`.
pub fn plain(name: &str) -> String {
    name.chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-') {
                letter
            } else {
                '_'
            }
        })
        .collect()
}

/// Whether two names of connectors mean the same: any case, space = `_` = `-`.
pub fn same_name(one: &str, other: &str) -> bool {
    let fold = |name: &str| name.trim().to_lowercase().replace([' ', '_'], "-");
    fold(one) == fold(other)
}

/// Servers of a file's JSON. An object at `mcpServers` holds them; else every object with `command`, `url` or `type` is one.
pub fn read(value: &Value, file: &Path, found: &mut Vec<Diagnostic>) -> Vec<Server> {
    let wrapped = value.get("mcpServers").and_then(Value::as_object);
    let Some(map) = wrapped.or_else(|| value.as_object()) else {
        found.push(Diagnostic::component(
            "servers-type",
            file,
            "it is not a JSON object; no servers were taken",
        ));
        return Vec::new();
    };
    let mut servers = Vec::new();
    for (key, config) in map {
        let is_server = config.is_object()
            && (wrapped.is_some()
                || ["command", "url", "type"]
                    .iter()
                    .any(|field| config.get(field).is_some()));
        if is_server {
            servers.push(Server {
                key: key.clone(),
                config: config.clone(),
                file: file.to_owned(),
            });
        } else if wrapped.is_some() || config.is_object() {
            found.push(Diagnostic::component(
                "server-type",
                file,
                format!("`{key}` is not a server; it was left out"),
            ));
        }
    }
    servers
}

/// The servers with the plugin's variables put in, which a program also finds in its environment; a server that puts a configured value through a shell is left out.
pub fn resolve(plugin: &Plugin, variables: &Variables, found: &mut Vec<Diagnostic>) -> Vec<Server> {
    let resolved = plugin
        .servers
        .iter()
        .filter_map(|server| match resolve_one(&server.config, variables) {
            Ok(config) => Some(Server {
                config,
                ..server.clone()
            }),
            Err(why) => {
                found.push(Diagnostic::component(
                    "user-config-in-shell",
                    &server.file,
                    format!("server `{}`: {why}", server.key),
                ));
                None
            }
        });
    resolved.collect()
}

fn resolve_one(config: &Value, variables: &Variables) -> Result<Value, Refused> {
    let Value::Object(map) = config else {
        return Ok(config.clone());
    };
    let fields = map.iter().map(|(key, value)| {
        let value = match key.as_str() {
            "command" | "args" | "env" | "cwd" | "url" | "headers" | "oauth" => {
                variables.expand_value(value, Place::Exec)?
            }
            "headersHelper" => variables.expand_value(value, Place::Shell)?,
            _ => value.clone(),
        };
        Ok((key.clone(), value))
    });
    let mut fields: Map<String, Value> = fields.collect::<Result<_, _>>()?;
    let is_program = fields.contains_key("command");
    if is_program && matches!(fields.get("env"), None | Some(Value::Null | Value::Object(_))) {
        // What the file says itself goes before what every program of a plugin is given.
        let given = variables.environment().into_iter();
        let mut env: Map<String, Value> = given.map(|(name, value)| (name, Value::String(value))).collect();
        if let Some(Value::Object(said)) = fields.remove("env") {
            env.extend(said);
        }
        if !env.is_empty() {
            fields.insert("env".to_owned(), Value::Object(env));
        }
    }
    Ok(Value::Object(fields))
}

/// Collects `.mcp.json` and what the manifest names; bundles (`.mcpb`) apart. A key that comes twice is the later's.
pub(super) fn collect(root: &Path, named: &[Component], found: &mut Vec<Diagnostic>) -> (Vec<Server>, Vec<PathBuf>) {
    let mut servers: Vec<Server> = Vec::new();
    let mut bundles = Vec::new();
    let default = root.join(".mcp.json");
    if let Some(value) = read_json(root, &default, found) {
        servers.extend(read(&value, &default, found));
    }
    for component in named {
        match component {
            Component::Inline(value) => servers.extend(read(value, &root.join(".claude-plugin/plugin.json"), found)),
            Component::Path(text) => match paths::declared(root, text) {
                Err(why) => found.push(Diagnostic::component("path", root, format!("mcpServers: {why}"))),
                Ok(path) if path.extension().is_some_and(|end| end == "mcpb" || end == "dxt") => bundles.push(path),
                Ok(path) if path == default => {}
                Ok(path) => {
                    if let Some(value) = read_json(root, &path, found) {
                        servers.extend(read(&value, &path, found));
                    }
                }
            },
        }
    }
    let mut kept: Vec<Server> = Vec::new();
    for server in servers {
        if let Some(earlier) = kept.iter_mut().find(|one| one.key == server.key) {
            if earlier.config != server.config {
                let message = format!("the server `{}` is said twice; the later one was taken", server.key);
                found.push(Diagnostic::warning("duplicate-server", &server.file, message));
            }
            *earlier = server;
        } else {
            kept.push(server);
        }
    }
    (kept, bundles)
}

/// A JSON file of the plugin, if it is there. What cannot be read or parsed costs that file alone.
pub(super) fn read_json(root: &Path, path: &Path, found: &mut Vec<Diagnostic>) -> Option<Value> {
    let bytes = super::plugin::read_file(root, path, found)?;
    match json::parse(&bytes, path, found) {
        Ok(value) => Some(value),
        Err(why) => {
            found.push(Diagnostic::component(
                "json",
                path,
                format!("not valid JSON: {why}; nothing of it was taken"),
            ));
            None
        }
    }
}
