//! The connectors that are configured: a fold over the application's log, and those that plugins bring.

use std::collections::BTreeMap;

use deskhand_mcp::config::{Group, Named, Scope, Server, confusable, merge, tool_name};
use deskhand_mcp::{Pins, Tool};
use deskhand_types::{ConnectorChange, ConnectorConfig, Event, EventBody, ProgramAccess, ToolRule};

/// One connector: how it is reached, what its program gets, what the person decided about its tools.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its name: the middle of its tools' names.
    pub name: String,
    /// How it is reached.
    pub server: Server,
    /// What a program gets of this computer.
    pub access: ProgramAccess,
    /// The plugin it comes with.
    pub plugin: Option<String>,
    /// Whether it is switched off.
    pub disabled: bool,
    /// What was decided about single tools.
    pub rules: BTreeMap<String, ToolRule>,
    /// Its tools as they were approved.
    pub pins: Pins,
    /// Other names under which plugins know the same server.
    pub aliases: Vec<String>,
}

impl Entry {
    /// The rule of a tool.
    pub fn rule(&self, tool: &str) -> ToolRule {
        self.rules.get(tool).copied().unwrap_or_default()
    }

    /// Its approved tools that are not blocked, each with the name a model calls it by.
    pub fn tools(&self) -> impl Iterator<Item = (String, Tool)> + '_ {
        self.pins
            .tools()
            .filter(|tool| !self.disabled && self.rule(&tool.name) != ToolRule::Block && !tool.is_for_apps())
            .map(|tool| (tool_name(&self.name, &tool.name), tool))
    }
}

/// Everything that is decided about connectors, by name.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Book {
    configs: BTreeMap<String, ConnectorConfig>,
    rules: BTreeMap<String, BTreeMap<String, ToolRule>>,
    pins: BTreeMap<String, Pins>,
}

impl Book {
    /// Takes an event of the application's log in.
    pub fn take(&mut self, event: &Event) {
        let EventBody::ConnectorChanged(change) = &event.body else {
            return;
        };
        match change {
            ConnectorChange::Set { connector } => {
                self.configs.insert(connector.name.clone(), (**connector).clone());
            }
            ConnectorChange::Removed { name } => {
                self.configs.remove(name);
                self.rules.remove(name);
                self.pins.remove(name);
            }
            ConnectorChange::Rule { connector, tool, rule } => {
                self.rules
                    .entry(connector.clone())
                    .or_default()
                    .insert(tool.clone(), *rule);
            }
            ConnectorChange::Approved { connector, pins } => {
                // Pins that cannot be read approve nothing.
                let pins = serde_json::from_value(pins.clone()).unwrap_or_default();
                self.pins.insert(connector.clone(), pins);
            }
        }
    }

    /// The connectors there are: the person's, and those of `plugins` that are not the same server under another name.
    pub fn entries(&self, plugins: &[Named]) -> Vec<Entry> {
        let own = self.configs.values().filter_map(|config| {
            let server: Server = serde_json::from_value(config.server.clone()).ok()?;
            Some(Named {
                scope: Scope::Person,
                prefix: config.name.clone(),
                server: Server {
                    name: config.name.clone(),
                    ..server
                },
            })
        });
        merge(own.chain(plugins.iter().cloned()))
            .into_iter()
            .map(|group| self.entry(group))
            .collect()
    }

    fn entry(&self, Group { main, aliases }: Group) -> Entry {
        let name = main.prefix;
        let config = self.configs.get(&name);
        Entry {
            plugin: match main.scope {
                Scope::Plugin(plugin) => Some(plugin),
                Scope::Person | Scope::Project => None,
            },
            server: main.server,
            access: config.map(|config| config.access.clone()).unwrap_or_default(),
            disabled: config.is_some_and(|config| config.disabled),
            rules: self.rules.get(&name).cloned().unwrap_or_default(),
            pins: self.pins.get(&name).cloned().unwrap_or_default(),
            aliases: aliases.into_iter().map(|alias| alias.prefix).collect(),
            name,
        }
    }

    /// A connector that could be taken for `name`.
    pub fn looks_like(&self, name: &str) -> Option<&str> {
        self.configs
            .keys()
            .find(|known| confusable(known, name))
            .map(String::as_str)
    }

    /// The decisions about single tools as rules (TOML): those that tighten, and those that allow.
    pub fn policy(&self) -> (String, String) {
        let (mut tight, mut loose) = (String::new(), String::new());
        for (connector, rules) in &self.rules {
            for (tool, rule) in rules {
                let name = tool_name(connector, tool);
                let (into, verdict, reason) = match rule {
                    ToolRule::Policy => continue,
                    ToolRule::Block => (&mut tight, "deny", format!("you blocked {tool} of {connector}")),
                    ToolRule::Ask => (
                        &mut tight,
                        "ask",
                        format!("you want to be asked about {tool} of {connector}"),
                    ),
                    ToolRule::Allow => (
                        &mut loose,
                        "allow",
                        format!("you need not be asked about {tool} of {connector}"),
                    ),
                };
                into.push_str(&rule_text(&name, verdict, &reason));
            }
        }
        (tight, loose)
    }
}

/// One rule of a rule file. JSON's strings are TOML's.
fn rule_text(tool: &str, verdict: &str, reason: &str) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    format!(
        "[[rule]]\nname = {}\nverdict = {}\nreason = {}\nalways = {}\nwhen = {{ tool = [{}] }}\n",
        quoted(&format!("connector-{verdict}-{tool}")),
        quoted(verdict),
        quoted(reason),
        verdict == "ask",
        quoted(tool)
    )
}
