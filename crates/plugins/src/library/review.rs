//! What a plugin will run, told before anything of it is enabled: every command in full.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::error::LibraryError;
use super::id::PluginId;
use super::tree;
use crate::format::agent::Agent;
use crate::format::diagnostic::Diagnostic;
use crate::format::hooks::{Action, Hooks};
use crate::format::manifest::{ConfigOption, Dependency};
use crate::format::tools::ToolRule;
use crate::format::{Loaded, Plugin};

/// All of it. The texts are the plugin's own words: to be shown as such and never shortened.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Review {
    /// Which.
    pub id: PluginId,
    /// Which version.
    pub version: String,
    /// Where it was fetched from.
    pub from: String,
    /// Its own description.
    pub description: Option<String>,
    /// Commands that run by themselves, in the sandbox, when something happens: the event and the whole command.
    pub hooks: Vec<(String, String)>,
    /// Questions a model is asked by itself when something happens: the event and the whole question.
    pub model_hooks: Vec<(String, String)>,
    /// What is sent by itself when something happens: the event, and the address with its headers, or the connector's tool
    /// with what it is called with.
    pub outward_hooks: Vec<(String, String)>,
    /// Servers started on this computer: the key and the whole command.
    pub local_servers: Vec<(String, String)>,
    /// Servers elsewhere: the key, and the address with the headers that are sent there, variables of this computer by
    /// their names.
    pub remote_servers: Vec<(String, String)>,
    /// Language servers: the name and the whole command.
    pub language_servers: Vec<(String, String)>,
    /// What runs all the time: the name and the command.
    pub monitors: Vec<(String, String)>,
    /// Agents, with what they work with and are told.
    pub agents: Vec<ReviewedAgent>,
    /// Skills.
    pub skills: Vec<String>,
    /// Commands.
    pub commands: Vec<String>,
    /// Programs in its `bin` folder, which commands of a task find by their names.
    pub bin: Vec<String>,
    /// Bundles of servers.
    pub bundles: Vec<String>,
    /// What it asks for.
    pub asks: Vec<(String, ConfigOption)>,
    /// What it needs.
    pub needs: Vec<Dependency>,
    /// Findings about its files, and about what was left out while copying.
    pub findings: Vec<Diagnostic>,
    /// SHA-256 of the content this review is about.
    pub content: String,
}

/// An agent a plugin brings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReviewedAgent {
    /// Its full name.
    pub name: String,
    /// The tools it may use, as its file names them; `None`: all that its task has.
    pub tools: Option<Vec<String>>,
    /// Those it may not use all the same.
    pub disallowed_tools: Vec<String>,
    /// Its whole prompt, variables as they are written.
    pub prompt: String,
}

impl ReviewedAgent {
    fn of(agent: &Agent) -> Self {
        let names = |rules: &[ToolRule]| rules.iter().map(ToString::to_string).collect();
        Self {
            name: agent.qualified.clone(),
            tools: agent.tools.as_deref().map(names),
            disallowed_tools: names(&agent.disallowed_tools),
            prompt: agent.body.trim().to_owned(),
        }
    }

    /// What it may use, in words.
    pub fn tools_in_words(&self) -> String {
        let mut words = match self.tools.as_deref() {
            None => "all tools of its task".to_owned(),
            Some([]) => "no tools".to_owned(),
            Some(tools) => tools.join(", "),
        };
        if !self.disallowed_tools.is_empty() {
            words.push_str(&format!(", without {}", self.disallowed_tools.join(", ")));
        }
        words
    }
}

impl Review {
    /// Whether anything of it runs outside of the model: then it must be looked at before it is accepted.
    pub fn runs_something(&self) -> bool {
        [
            &self.hooks,
            &self.model_hooks,
            &self.outward_hooks,
            &self.local_servers,
            &self.language_servers,
            &self.monitors,
        ]
        .iter()
        .any(|list| !list.is_empty())
            || !self.bin.is_empty()
            || !self.bundles.is_empty()
    }

    pub(super) fn of(
        id: &PluginId,
        version: &str,
        from: &str,
        root: &Path,
        loaded: &Loaded,
    ) -> Result<Self, LibraryError> {
        let plugin = loaded.plugin.as_ref().ok_or_else(|| LibraryError::Load {
            id: id.clone(),
            why: loaded
                .errors()
                .last()
                .map_or_else(|| "its files cannot be read".to_owned(), |found| found.message.clone()),
        })?;
        let is_local = |config: &Value| config.get("command").is_some();
        let local = plugin.servers.iter().filter(|server| is_local(&server.config));
        let remote = plugin.servers.iter().filter(|server| !is_local(&server.config));
        Ok(Self {
            id: id.clone(),
            version: version.to_owned(),
            from: from.to_owned(),
            description: plugin.manifest.description.clone(),
            hooks: hooks(plugin, |action| matches!(action, Action::Command { .. })),
            model_hooks: hooks(plugin, |action| {
                matches!(action, Action::Prompt { .. } | Action::Agent { .. })
            }),
            outward_hooks: hooks(plugin, |action| {
                matches!(action, Action::Http { .. } | Action::McpTool { .. })
            }),
            local_servers: local
                .map(|server| (server.key.clone(), command_line(&server.config)))
                .collect(),
            remote_servers: remote
                .map(|server| (server.key.clone(), address_line(&server.config)))
                .collect(),
            language_servers: plugin
                .lsp
                .iter()
                .map(|lsp| {
                    let words = std::iter::once(&lsp.config.command).chain(&lsp.config.args);
                    (
                        lsp.name.clone(),
                        words.map(|word| quote(word)).collect::<Vec<_>>().join(" "),
                    )
                })
                .collect(),
            monitors: plugin
                .monitors
                .iter()
                .map(|monitor| (monitor.name.clone(), monitor.command.clone()))
                .collect(),
            agents: plugin.agents.iter().map(ReviewedAgent::of).collect(),
            skills: plugin.skills.iter().map(|skill| skill.name.clone()).collect(),
            commands: plugin.commands.iter().map(|command| command.name.clone()).collect(),
            bin: match &plugin.bin {
                Some(bin) => tree::walk(bin)?.into_keys().collect(),
                None => Vec::new(),
            },
            bundles: plugin
                .bundles
                .iter()
                .map(|bundle| bundle.strip_prefix(root).unwrap_or(bundle).display().to_string())
                .collect(),
            asks: plugin
                .manifest
                .user_config
                .iter()
                .map(|(key, option)| (key.clone(), option.clone()))
                .collect(),
            needs: plugin.manifest.dependencies.clone(),
            findings: loaded.diagnostics.clone(),
            content: tree::digest(root)?,
        })
    }
}

/// The hooks whose action `is_meant`, each with all it will do: the plugin's, and those of its skills and commands, which
/// begin with their use.
fn hooks(plugin: &Plugin, is_meant: impl Fn(&Action) -> bool) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = of(&plugin.hooks, &is_meant).collect();
    for skill in plugin.skills.iter().chain(&plugin.commands) {
        let own = of(&skill.hooks, &is_meant);
        all.extend(own.map(|(event, what)| (format!("{event} (from the use of {} on)", skill.name), what)));
    }
    all
}

fn of(hooks: &Hooks, is_meant: &impl Fn(&Action) -> bool) -> impl Iterator<Item = (String, String)> {
    let groups = hooks.groups.iter();
    let handlers = groups.flat_map(|group| group.handlers.iter().map(move |handler| (group, handler)));
    handlers
        .filter(|(_, handler)| is_meant(&handler.action))
        .map(|(group, handler)| {
            let event = serde_json::to_value(group.event).ok();
            let event = event.as_ref().and_then(Value::as_str).unwrap_or("?").to_owned();
            let what = match &handler.action {
                Action::Command {
                    command, args: None, ..
                } => command.clone(),
                Action::Command {
                    command,
                    args: Some(args),
                    ..
                } => {
                    let words = std::iter::once(command).chain(args);
                    words.map(|word| quote(word)).collect::<Vec<_>>().join(" ")
                }
                Action::Http {
                    url,
                    headers,
                    allowed_env,
                } => posts(url, headers, allowed_env),
                Action::McpTool { server, tool, input } => {
                    format!("calls the tool {tool} of the server {server} with {input}")
                }
                Action::Prompt { prompt, model, .. } => format!("asks {}: {prompt}", asked(model.as_deref())),
                Action::Agent { prompt, model, .. } => {
                    format!(
                        "asks {}, which may read in the task's folders: {prompt}",
                        asked(model.as_deref())
                    )
                }
            };
            (event, what)
        })
}

/// The model that a hook asks.
fn asked(model: Option<&str>) -> String {
    model.map_or_else(|| "the task's model".to_owned(), |model| format!("the model {model}"))
}

/// An address that gets what a hook is told, with every header as it is written.
fn posts(url: &str, headers: &[(String, String)], allowed: &[String]) -> String {
    let mut line = format!("sends what it is told to {url}");
    for (name, value) in headers {
        line.push_str(&format!(", header {name}: {value}"));
    }
    if !allowed.is_empty() {
        line.push_str(&format!(", with the variables {} of this computer", allowed.join(", ")));
    }
    line
}

/// A local server's command with arguments and environment, nothing left out (SEP-1024).
fn command_line(config: &Value) -> String {
    let mut words = Vec::new();
    for (name, value) in config.get("env").and_then(Value::as_object).into_iter().flatten() {
        words.push(format!("{name}={}", quote(&plain(value))));
    }
    words.push(
        config
            .get("command")
            .map(|command| quote(&plain(command)))
            .unwrap_or_default(),
    );
    for argument in config.get("args").and_then(Value::as_array).into_iter().flatten() {
        words.push(quote(&plain(argument)));
    }
    words.join(" ")
}

/// A server's address with every header as it is written: what `${TOKEN}` stands for would be sent there.
fn address_line(config: &Value) -> String {
    let mut line = config.get("url").map(plain).unwrap_or_default();
    for (name, value) in config.get("headers").and_then(Value::as_object).into_iter().flatten() {
        line.push_str(&format!(", header {name}: {}", plain(value)));
    }
    if let Some(command) = config.get("headersHelper") {
        line.push_str(&format!(", headers from the command {}", quote(&plain(command))));
    }
    line
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A word as one would type it, so that its borders are seen.
fn quote(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@%+,${}~".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
