//! The connectors that are configured: a fold over the application's log, and those that plugins bring.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_mcp::config::{self, Server};
use deskhand_mcp::{Declared, Limits, Pins, Resolved, Scope, Tool, credentials, name, resolve};
use deskhand_policy::flow::{Hints, RecordShape};
use deskhand_types::{
    ConnectorBundle, ConnectorChange, ConnectorConfig, Event, EventBody, Hash, ProgramAccess, SharedFolder, ToolRule,
};
use serde_json::Value;

use super::{brought::PluginValues, names::call_name, offered::Offers};
use crate::AddressBookTool;

/// That a connector's server may ask for answers of a model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Sampling {
    /// The model that is asked; `None` = that of the task.
    pub model: Option<String>,
}

/// One connector: how it is reached, what its program gets, what the person decided about its tools.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its name: the middle of its tools' names.
    pub name: String,
    /// How it is reached, with variables as they are written.
    pub server: Server,
    /// The entry as it is configured.
    raw: Value,
    /// What a program gets of this computer.
    pub access: ProgramAccess,
    /// The plugin it comes with.
    pub plugin: Option<String>,
    /// What that asks of the person.
    pub values: PluginValues,
    /// Whether the person believes what it says of its tools.
    pub trusted: bool,
    /// Whether its records count as an address book; the tools whose do, none named standing for all that look some up.
    pub address_book: Option<BTreeSet<String>>,
    /// Whether its server may ask for answers of a model.
    pub sampling: Option<Sampling>,
    /// Whether it is switched off.
    pub disabled: bool,
    /// What was decided about single tools.
    pub rules: BTreeMap<String, ToolRule>,
    /// Its tools as they were approved.
    pub pins: Pins,
    /// Whether the person approved it once, with or without tools.
    pub approved: bool,
    /// What it offered then beside tools.
    pub offers: Offers,
    /// Other names under which plugins know the same server.
    pub aliases: Vec<String>,
    /// The command for its headers that the person agreed to.
    pub helper: Option<String>,
    /// The bundle it was installed from.
    pub bundle: Option<ConnectorBundle>,
    /// How its declarations came together: what else it is called by.
    resolved: Resolved,
}

impl Entry {
    /// Whether this is the connector that another host calls so, as skills written for it do: `Apollo_MCP`.
    pub fn answers_to(&self, hosted: &str) -> bool {
        self.resolved.answers_to(hosted)
    }

    /// The rule of a tool.
    pub fn rule(&self, tool: &str) -> ToolRule {
        self.rules.get(tool).copied().unwrap_or_default()
    }

    /// The hints of a tool. A program that is confined and has no network reaches nothing outside, whatever it says.
    pub fn hints(&self, tool: &Tool) -> Value {
        let mut hints = tool.annotations.clone();
        let closed = matches!(self.server.transport, config::Transport::Stdio(_))
            && !self.access.network
            && !self.access.unconfined;
        if closed {
            hints.insert("openWorldHint".to_owned(), Value::Bool(false));
        }
        Value::Object(hints)
    }

    /// A tool as it is called: one of a server that is not believed gets no larger results for the asking.
    pub fn sized(&self, tool: &Tool) -> Tool {
        let mut tool = tool.clone();
        if !self.trusted && tool.max_result_size() > Some(Limits::default().result) {
            tool.meta.remove("anthropic/maxResultSizeChars");
        }
        tool
    }

    /// Where the results of a tool have records of names and addresses. The reason for people when they cannot count.
    pub fn records(&self, tool: &Tool) -> Result<RecordShape, &'static str> {
        if !self.trusted {
            return Err("what its server says of its tools is not believed");
        }
        let schema = tool.output_schema.clone().map(Value::Object);
        RecordShape::of(Hints::from_value(&self.hints(tool)), schema.as_ref())
    }

    /// Whether the person lets the records of a tool count, if it has any.
    pub fn may_count(&self, tool: &Tool) -> bool {
        let named = self.address_book.as_ref();
        named.is_some_and(|named| named.is_empty() || named.contains(&tool.name))
    }

    /// A tool as part of an address book, where the person lets the connector count as one.
    pub fn address_book_tool(&self, tool: &Tool) -> Option<AddressBookTool> {
        self.address_book.as_ref()?;
        Some(AddressBookTool {
            connector: self.name.clone(),
            records: self.records(tool).ok().filter(|_| self.may_count(tool)),
        })
    }

    /// Its approved tools that are not blocked, each with the name a model calls it by.
    pub fn tools(&self) -> impl Iterator<Item = (String, Tool)> + '_ {
        self.pins
            .tools()
            .filter(|tool| !self.disabled && self.rule(&tool.name) != ToolRule::Block && tool.is_for_model())
            .map(|tool| (call_name(&self.name, &tool.name), tool))
    }
}

impl Entry {
    /// What is configured for it, as a hash: what is known of its server holds for exactly this.
    pub fn mark(&self) -> String {
        Hash::of(self.raw.to_string().as_bytes()).to_string()
    }

    /// The same with all that a session is opened with: one that was opened with something else is not the one wanted.
    pub fn session_mark(&self) -> String {
        let told = format!("{} {:?} {:?}", self.mark(), self.access, self.sampling);
        Hash::of(told.as_bytes()).to_string()
    }

    /// How it is reached, with variables put in: what is started now. It may hold secrets, so it is neither kept nor logged.
    pub fn expanded(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Server {
        parse(&self.server.key, &self.raw, lookup).unwrap_or_else(|| self.server.clone())
    }
}

/// One entry as `.mcp.json` has it.
pub(crate) fn parse(key: &str, raw: &Value, lookup: &dyn Fn(&str) -> Option<String>) -> Option<Server> {
    let root = serde_json::json!({"mcpServers": {key: raw}});
    config::servers(&root, lookup).servers.into_iter().next()
}

/// A name without what the eye passes over, and with digits as the letters they look like.
fn bare(name: &str) -> String {
    name::look(name)
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | ' ' | '.'))
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            other => other,
        })
        .collect()
}

/// What a plugin's server gets: its own folders, and what the person chose beside them.
fn beside(own: ProgramAccess, chosen: &ProgramAccess) -> ProgramAccess {
    let is_own = |folder: &&SharedFolder| own.folders.iter().any(|known| known.path == folder.path);
    let more: Vec<SharedFolder> = chosen
        .folders
        .iter()
        .filter(|folder| !is_own(folder))
        .cloned()
        .collect();
    ProgramAccess {
        folders: own.folders.into_iter().chain(more).collect(),
        network: own.network || chosen.network,
        unconfined: chosen.unconfined,
    }
}

/// A server that a plugin in use brings.
#[derive(Clone, PartialEq, Debug)]
pub struct PluginServer {
    /// The plugin's name.
    pub plugin: String,
    /// The server's key in the plugin.
    pub key: String,
    /// The entry, with the plugin's own variables put in.
    pub entry: Value,
    /// What its program gets, unless the person decides otherwise: the plugin's own folders.
    pub access: ProgramAccess,
    /// What its plugin asks of the person.
    pub values: PluginValues,
}

/// Everything that is decided about connectors, by name.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Book {
    configs: BTreeMap<String, ConnectorConfig>,
    rules: BTreeMap<String, BTreeMap<String, ToolRule>>,
    pins: BTreeMap<String, Pins>,
    offers: BTreeMap<String, Offers>,
    helpers: BTreeMap<String, String>,
    address_books: BTreeMap<String, BTreeSet<String>>,
    samplings: BTreeMap<String, Sampling>,
    accesses: BTreeMap<String, ProgramAccess>,
    switches: BTreeMap<String, bool>,
}

impl Book {
    /// Takes an event of the application's log in.
    pub fn take(&mut self, event: &Event) {
        let EventBody::ConnectorChanged(change) = &event.body else {
            return;
        };
        match change {
            ConnectorChange::Set { connector } => {
                // Another server under the same name is another address book, and was not let ask a model.
                let known = self.configs.get(&connector.name);
                if known.is_some_and(|known| known.server != connector.server) {
                    self.address_books.remove(&connector.name);
                    self.samplings.remove(&connector.name);
                }
                // What was added anew says itself what it gets.
                self.accesses.remove(&connector.name);
                self.switches.remove(&connector.name);
                self.configs.insert(connector.name.clone(), (**connector).clone());
            }
            ConnectorChange::Removed { name } => {
                self.configs.remove(name);
                self.rules.remove(name);
                self.pins.remove(name);
                self.offers.remove(name);
                self.helpers.remove(name);
                self.address_books.remove(name);
                self.samplings.remove(name);
                self.accesses.remove(name);
                self.switches.remove(name);
            }
            ConnectorChange::Access {
                connector,
                access,
                disabled,
            } => {
                if let Some(access) = access {
                    self.accesses.insert(connector.clone(), access.clone());
                }
                if let Some(disabled) = disabled {
                    self.switches.insert(connector.clone(), *disabled);
                }
            }
            ConnectorChange::AddressBook { connector, tools } => match tools {
                Some(tools) => {
                    self.address_books
                        .insert(connector.clone(), tools.iter().cloned().collect());
                }
                None => {
                    self.address_books.remove(connector);
                }
            },
            ConnectorChange::Sampling { connector, on, model } => {
                if *on {
                    let sampling = Sampling { model: model.clone() };
                    self.samplings.insert(connector.clone(), sampling);
                } else {
                    self.samplings.remove(connector);
                }
            }
            ConnectorChange::Rule { connector, tool, rule } => {
                self.rules
                    .entry(connector.clone())
                    .or_default()
                    .insert(tool.clone(), *rule);
            }
            ConnectorChange::Helper { connector, command } => {
                self.helpers.insert(connector.clone(), command.clone());
            }
            ConnectorChange::Approved {
                connector,
                pins,
                offers,
            } => {
                // Pins that cannot be read approve nothing.
                let pins = serde_json::from_value(pins.clone()).unwrap_or_default();
                self.pins.insert(connector.clone(), pins);
                let offers = serde_json::from_value(offers.clone()).unwrap_or_default();
                self.offers.insert(connector.clone(), offers);
            }
        }
    }

    /// The connectors there are: the person's, and those of plugins that are not the same server under another name.
    pub fn entries(&self, plugins: &[PluginServer]) -> Vec<Entry> {
        let mut raws: BTreeMap<String, (Value, ProgramAccess, PluginValues)> = BTreeMap::new();
        let mut declared = Vec::new();
        let own = self
            .configs
            .values()
            .map(|config| (Scope::User, None, &config.name, &config.server, &config.access, None));
        let brought = plugins.iter().map(|server| {
            (
                Scope::Plugin,
                Some(server.plugin.clone()),
                &server.key,
                &server.entry,
                &server.access,
                Some(&server.values),
            )
        });
        for (scope, plugin, key, raw, access, values) in own.chain(brought) {
            let Some(server) = parse(key, raw, &|_| None) else {
                continue;
            };
            // Each variable stands for itself: what is presented is compared as it is written.
            let written = parse(key, raw, &|name| Some(format!("<{name}>")));
            let one = Declared {
                scope,
                plugin,
                credentials: written.as_ref().map(credentials).unwrap_or_default(),
                server,
            };
            let values = values.cloned().unwrap_or_default();
            raws.insert(one.id(), (raw.clone(), access.clone(), values));
            declared.push(one);
        }
        let resolved = resolve(declared).servers.into_iter();
        resolved
            .map(|server| {
                let (raw, access, values) = raws.get(&server.id).cloned().unwrap_or_default();
                Entry {
                    values,
                    ..self.entry(server, raw, access)
                }
            })
            .collect()
    }

    fn entry(&self, resolved: Resolved, raw: Value, access: ProgramAccess) -> Entry {
        let name = resolved.id.clone();
        let config = self.configs.get(&name);
        let access = match (self.accesses.get(&name), config) {
            (Some(chosen), None) => beside(access, chosen),
            (Some(chosen), Some(_)) => chosen.clone(),
            (None, config) => config.map_or(access, |config| config.access.clone()),
        };
        let disabled = self.switches.get(&name).copied();
        Entry {
            plugin: resolved.plugin.clone(),
            values: PluginValues::default(),
            server: resolved.server.clone(),
            raw,
            access,
            trusted: config.is_some_and(|config| config.trusted),
            address_book: self.address_books.get(&name).cloned(),
            sampling: self.samplings.get(&name).cloned(),
            disabled: disabled.unwrap_or_else(|| config.is_some_and(|config| config.disabled)),
            helper: self.helpers.get(&name).cloned(),
            bundle: config.and_then(|config| config.bundle.clone()),
            rules: self.rules.get(&name).cloned().unwrap_or_default(),
            pins: self.pins.get(&name).cloned().unwrap_or_default(),
            approved: self.pins.contains_key(&name),
            offers: self.offers.get(&name).cloned().unwrap_or_default(),
            aliases: resolved.aliases.clone(),
            name,
            resolved,
        }
    }

    /// The folders of bundles that are installed.
    pub fn bundles(&self) -> impl Iterator<Item = &str> {
        let bundles = self.configs.values().filter_map(|config| config.bundle.as_ref());
        bundles.map(|bundle| bundle.folder.as_str())
    }

    /// A connector that could be taken for `name`.
    pub fn looks_like(&self, name: &str) -> Option<&str> {
        let alike = |known: &&String| {
            name::look(known) == name::look(name)
                || name::loose(known) == name::loose(name)
                || bare(known) == bare(name)
        };
        self.configs.keys().find(alike).map(String::as_str)
    }

    /// The decisions about single tools as rules (TOML): those that tighten, and those that allow.
    pub fn policy(&self) -> (String, String) {
        let (mut tight, mut loose) = (String::new(), String::new());
        for (connector, rules) in &self.rules {
            for (tool, rule) in rules {
                let name = call_name(connector, tool);
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
        // What a server wants a person to answer, they answer: a hint that only makes it stricter needs no trust.
        for (connector, pins) in &self.pins {
            for tool in pins.tools().filter(Tool::requires_interaction) {
                let reason = format!("{connector} wants you to be asked about every call of {}", tool.name);
                tight.push_str(&rule_text(&call_name(connector, &tool.name), "ask", &reason));
            }
        }
        (tight, loose)
    }
}

/// One rule of a rule file. JSON's strings are TOML's.
fn rule_text(tool: &str, verdict: &str, reason: &str) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    format!(
        "[[rule]]\nname = {}\nverdict = {}\nreason = {}\nalways = {}\nwhen = {{ tool = [{}] }}\n",
        quoted(&format!("connector-{verdict}-{tool}")),
        quoted(verdict),
        quoted(reason),
        verdict == "ask",
        quoted(tool)
    )
}
