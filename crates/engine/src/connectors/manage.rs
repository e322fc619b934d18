//! What a person does with connectors.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use deskhand_mcp::config::Transport as How;
use deskhand_mcp::{Authorization, Challenge, Error, Identity, Pins, Secret, SignIn, ToolList};
use deskhand_types::{ConnectorChange, ConnectorConfig, EventBody, ProgramAccess, ToolOutcome, ToolRule};
use serde_json::Value;

use super::{
    book::{Book, Entry, parse},
    live::{CLIENT_SECRET, Failed, authorization, remote, secrets_key, way},
    meanwhile::Meanwhile,
    offered::Offers,
    view::{
        ConnectorLine, ConnectorPage, ConnectorState, SignInState, ToolLine, access_words, address, confinement,
        is_local,
    },
};
use crate::{Engine, EngineError};

/// A connector to be added.
#[derive(Debug, Clone)]
pub struct NewConnector {
    /// What it is called.
    pub name: String,
    /// How it is reached, as an entry of `.mcp.json`. Variables stay in it by name.
    pub entry: Value,
    /// What a program of this computer gets.
    pub access: ProgramAccess,
    /// Whether what it says of its tools is believed: which only look things up.
    pub trusted: bool,
    /// Variables of a program whose values are secrets: kept in the keychain, never in the log.
    pub secrets: BTreeMap<String, String>,
    /// The secret of the client that its entry names for signing in, kept in the same way.
    pub client_secret: Option<String>,
    /// The command for its headers, when the person saw it and agreed that it is run.
    pub helper: Option<String>,
}

impl Engine {
    /// The connectors, by name. Nothing is started or asked.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn connectors(&self) -> Result<Vec<ConnectorLine>, EngineError> {
        self.refresh()?;
        let mut lines = Vec::new();
        for entry in self.hub().entries().iter() {
            lines.push(self.connector_line(entry).await);
        }
        lines.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(lines)
    }

    /// A connector with its tools, as it names them now: it is reached for that. A program of this computer that nobody has
    /// approved is not started by looking at it ([`Engine::start_connector`] does that): it has no tools to show then.
    ///
    /// # Errors
    /// When there is none of that name. That it cannot be reached is in its state; the approved tools are shown then.
    pub async fn connector(&self, name: &str) -> Result<ConnectorPage, EngineError> {
        let entry = self.connector_entry(name)?;
        let may_start = entry.approved || !is_local(&entry.server) || self.hub().is_open(&entry.name);
        self.connector_page(entry, may_start).await
    }

    /// The same, and its program is started for it, approved or not: the person said so, with its command before their eyes.
    ///
    /// # Errors
    /// As [`Engine::connector`].
    pub async fn start_connector(&self, name: &str) -> Result<ConnectorPage, EngineError> {
        let entry = self.connector_entry(name)?;
        self.connector_page(entry, true).await
    }

    async fn connector_page(&self, entry: Entry, may_start: bool) -> Result<ConnectorPage, EngineError> {
        let listed = if entry.disabled || !may_start {
            Err(None)
        } else {
            self.listed(&entry).await.map_err(Some)
        };
        let line = self.connector_line(&entry).await;
        let approved = || ToolList {
            tools: entry.pins.tools().collect(),
            ..ToolList::default()
        };
        let (list, server, line) = match listed {
            Ok((list, server)) => (list, Some(server), line),
            Err(None) => (Arc::new(approved()), None, line),
            Err(Some(failed)) => (Arc::new(approved()), None, told(line, &failed)),
        };
        let known = server.as_ref().zip(entry.pins.server());
        Ok(ConnectorPage {
            tool_list: ToolLine::all(&entry, &list, server.as_ref(), &self.hub().entries()),
            news: known.map(|(now, before)| now.news(before)).unwrap_or_default(),
            left_out: list
                .left_out
                .iter()
                .map(|out| format!("{}: {}", out.tool, out.reason))
                .collect(),
            prompts: entry.commands(),
            started: may_start,
            instructions: entry.offers.instructions.clone(),
            line,
        })
    }

    /// What the program of a connector to be added would get of this computer, in words; `None` for one with an address.
    pub fn access_of(&self, new: &NewConnector) -> Option<String> {
        let server = parse(&new.name, &new.entry, &|_| None)?;
        access_words(&server, &new.access, &self.hub().config.place)
    }

    /// Adds a connector. Nothing of it is approved; [`Engine::connector`] shows what it offers.
    ///
    /// # Errors
    /// When there is one of that name, or of one that looks the same; nothing was added then.
    pub async fn add_connector(&self, new: NewConnector) -> Result<(), EngineError> {
        self.refresh()?;
        let name = new.name.clone();
        check_name(&name, &self.hub().known().book)?;
        if parse(&name, &new.entry, &|_| None).is_none() {
            let root = serde_json::json!({"mcpServers": {name.as_str(): new.entry}});
            let found = deskhand_mcp::config::servers(&root, &|_| None).diagnostics;
            let why: Vec<String> = found.into_iter().map(|found| found.message).collect();
            return Err(EngineError::Connector(format!(
                "`{name}` cannot be used: {}",
                why.join(" ")
            )));
        }
        let mut secrets = new.secrets;
        secrets.extend(new.client_secret.map(|secret| (CLIENT_SECRET.to_owned(), secret)));
        if !secrets.is_empty() {
            let text = serde_json::to_string(&secrets).unwrap_or_default();
            let kept = self
                .hub()
                .config
                .tokens
                .save(&secrets_key(&name), Secret::new(text))
                .await;
            kept.map_err(|error| EngineError::Connector(format!("its secrets could not be kept: {error}")))?;
        }
        let agreed = new.helper.clone().map(|command| ConnectorChange::Helper {
            connector: name.clone(),
            command,
        });
        let connector = ConnectorConfig {
            name,
            server: new.entry,
            access: new.access,
            trusted: new.trusted,
            disabled: false,
            bundle: None,
        };
        self.decide_connector(ConnectorChange::Set {
            connector: Box::new(connector),
        })?;
        agreed.map_or(Ok(()), |agreed| self.decide_connector(agreed))
    }

    /// The command that gives a connector's headers, when it has one that the person has not agreed to.
    ///
    /// # Errors
    /// When there is no such connector.
    pub fn helper_to_agree(&self, name: &str) -> Result<Option<String>, EngineError> {
        let entry = self.connector_entry(name)?;
        let command = remote(&entry.server).and_then(|(remote, _)| remote.headers_helper.clone());
        Ok(command.filter(|command| entry.helper.as_ref() != Some(command)))
    }

    /// The person agrees that this command is run for a connector's headers.
    ///
    /// # Errors
    /// When there is no such connector, or its command is another one.
    pub fn agree_to_helper(&self, name: &str, command: &str) -> Result<(), EngineError> {
        if self.helper_to_agree(name)?.as_deref() != Some(command) {
            return Err(EngineError::Connector(format!(
                "the command of `{name}` is another one; nothing was changed"
            )));
        }
        let connector = self.connector_entry(name)?.name;
        self.decide_connector(ConnectorChange::Helper {
            connector,
            command: command.to_owned(),
        })
    }

    /// Removes a connector the person added, with its sign-in and its secrets.
    ///
    /// # Errors
    /// When there is none of that name, or it comes with a plugin.
    pub async fn remove_connector(&self, name: &str) -> Result<(), EngineError> {
        let entry = self.connector_entry(name)?;
        if let Some(plugin) = &entry.plugin {
            return Err(EngineError::Connector(format!(
                "`{name}` comes with the plugin {plugin}; switch it off, or remove the plugin"
            )));
        }
        self.hub().close(&entry.name).await;
        self.sign_out_of(&entry).await?;
        let cleared = self.hub().config.tokens.clear(&secrets_key(&entry.name)).await;
        cleared.map_err(|error| EngineError::Connector(error.to_string()))?;
        let name = entry.name.clone();
        self.decide_connector(ConnectorChange::Removed { name: entry.name })?;
        // Nothing of a bundle stays; a program the person added by hand has its folder still, which is theirs.
        if entry.bundle.is_some() {
            self.remove_bundle(&name)?;
        }
        Ok(())
    }

    /// Decides about the use of one tool.
    ///
    /// # Errors
    /// When there is no such connector.
    pub fn set_tool_rule(&self, name: &str, tool: &str, rule: ToolRule) -> Result<(), EngineError> {
        let entry = self.connector_entry(name)?;
        self.decide_connector(ConnectorChange::Rule {
            connector: entry.name,
            tool: tool.to_owned(),
            rule,
        })
    }

    /// Approves the tools of a connector as they are now.
    ///
    /// # Errors
    /// When it cannot be reached; nothing is approved then.
    pub async fn approve_tools(&self, name: &str) -> Result<ConnectorPage, EngineError> {
        let entry = self.connector_entry(name)?;
        let (list, server) = self
            .listed(&entry)
            .await
            .map_err(|failed| unreachable(&entry, &failed))?;
        let mut pins = Pins::default();
        for tool in &list.tools {
            pins.approve(tool, &server);
        }
        let live = self.hub().session(&entry).await;
        let offers = match &live {
            Ok(live) => Offers::of(live).await,
            Err(_) => Offers::default(),
        };
        self.decide_connector(ConnectorChange::Approved {
            connector: entry.name,
            pins: serde_json::to_value(&pins).unwrap_or_default(),
            offers: serde_json::to_value(&offers).unwrap_or_default(),
        })?;
        self.start_connector(name).await
    }

    /// Calls a tool because the person says so: nothing is asked, and its definition need not be approved.
    ///
    /// # Errors
    /// When there is no such connector or tool.
    pub async fn call_tool(&self, name: &str, tool: &str, arguments: &Value) -> Result<ToolOutcome, EngineError> {
        let entry = self.connector_entry(name)?;
        let (list, server) = self
            .listed(&entry)
            .await
            .map_err(|failed| unreachable(&entry, &failed))?;
        let Some(found) = list.tools.iter().find(|known| known.name == tool) else {
            let names: Vec<&str> = list.tools.iter().map(|tool| tool.name.as_str()).collect();
            return Err(EngineError::Connector(format!(
                "`{name}` has no tool `{tool}`; it has: {}",
                names.join(", ")
            )));
        };
        let mut seen = entry.clone();
        seen.pins.approve(found, &server);
        Ok(self.hub().call_of(&seen, found, arguments, &Meanwhile::nobody()).await)
    }

    /// Signs the person in to a remote server.
    ///
    /// # Errors
    /// In words; nothing was kept then.
    pub async fn sign_in(&self, name: &str, person: &dyn SignIn) -> Result<(), EngineError> {
        let entry = self.connector_entry(name)?;
        let authorization = self.authorization_of(&entry).await?;
        // What the server says when it is asked without one tells what it wants.
        let challenge: Option<Challenge> = match self.hub().session(&entry).await {
            Err(Failed {
                error: Error::SignIn(challenge) | Error::Scope(challenge),
                ..
            }) => Some(challenge),
            _ => None,
        };
        let signed = authorization.sign_in(challenge.as_ref(), person).await;
        signed.map_err(|error| EngineError::Connector(error.to_string()))?;
        self.hub().close(&entry.name).await;
        Ok(())
    }

    /// Forgets the sign-in to a remote server.
    ///
    /// # Errors
    /// When there is no such connector, or the keychain fails.
    pub async fn sign_out(&self, name: &str) -> Result<(), EngineError> {
        let entry = self.connector_entry(name)?;
        self.hub().close(&entry.name).await;
        self.sign_out_of(&entry).await
    }

    /// Ends all sessions with connectors: before a program ends that has opened some.
    pub async fn close_connectors(&self) {
        for entry in self.hub().entries().iter() {
            self.hub().close(&entry.name).await;
        }
    }

    async fn sign_out_of(&self, entry: &Entry) -> Result<(), EngineError> {
        if remote(&entry.server).is_none() {
            return Ok(());
        }
        // Without a usable address there never was a sign-in.
        let Ok(authorization) = self.authorization_of(entry).await else {
            return Ok(());
        };
        let gone = authorization.sign_out().await;
        gone.map_err(|error| EngineError::Connector(error.to_string()))
    }

    pub(super) async fn authorization_of(&self, entry: &Entry) -> Result<Arc<Authorization>, EngineError> {
        let config = &self.hub().config;
        let (server, secrets) = super::live::expanded(entry, config)
            .await
            .map_err(|failed| EngineError::Connector(failed.error.to_string()))?;
        let (endpoint, outbound) =
            way(entry, &server, config).map_err(|failed| EngineError::Connector(failed.error.to_string()))?;
        authorization(&endpoint, &server, &secrets, outbound, config)
            .ok_or_else(|| EngineError::Connector(format!("`{}` takes no sign-in: a header stands for it", entry.name)))
    }

    pub(super) fn connector_entry(&self, name: &str) -> Result<Entry, EngineError> {
        self.refresh()?;
        self.hub().entry(name).ok_or_else(|| {
            EngineError::Connector(format!(
                "there is no connector `{name}`; `deskhand connectors list` lists them"
            ))
        })
    }

    pub(super) fn decide_connector(&self, change: ConnectorChange) -> Result<(), EngineError> {
        self.set(EventBody::ConnectorChanged(change))?;
        self.refresh()
    }

    /// The tools of a server as it names them now, and who it says it is.
    async fn listed(&self, entry: &Entry) -> Result<(Arc<ToolList>, Identity), Failed> {
        let live = self.hub().session(entry).await?;
        let tools = live.tools().await;
        let tools = tools.map_err(|error| Failed::new(error, live.printed()))?;
        Ok((tools, live.identity.clone()))
    }

    async fn connector_line(&self, entry: &Entry) -> ConnectorLine {
        let last = self
            .hub()
            .slot(&entry.name)
            .last
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let signed_in = match (remote(&entry.server), self.authorization_of(entry).await) {
            (Some(_), Ok(authorization)) => match authorization.is_signed_in().await {
                Ok(true) => SignInState::Done,
                _ => SignInState::Possible,
            },
            _ => SignInState::None,
        };
        let state = match &entry.server.transport {
            How::NotConfigured | How::WebSocket { .. } => ConnectorState::NotConfigured,
            _ if !entry.values.missing.is_empty() => ConnectorState::NotConfigured,
            _ if entry.disabled => ConnectorState::Disabled,
            _ if self.hub().is_open(&entry.name) => ConnectorState::Connected,
            _ if last.as_deref().is_some_and(|why| why.contains("sign-in")) => ConnectorState::NeedsSignIn,
            _ if last.is_some() => ConnectorState::Failed,
            _ if !entry.approved => ConnectorState::Pending,
            _ => ConnectorState::Idle,
        };
        ConnectorLine {
            name: entry.name.clone(),
            url: address(&entry.server),
            local: is_local(&entry.server),
            state,
            detail: entry.values.unmet().or(last).unwrap_or_default(),
            tools: entry.pins.tools().count(),
            changed: self.hub().changed(entry).await,
            plugin: entry.plugin.clone(),
            sign_in: signed_in,
            address_book: entry.address_book.is_some(),
            sampling: entry.sampling.is_some(),
            sampling_model: entry.sampling.as_ref().and_then(|sampling| sampling.model.clone()),
            confinement: confinement(entry, &self.hub().config.place),
        }
    }
}

/// Whether a connector may be called so.
pub(super) fn check_name(name: &str, book: &Book) -> Result<(), EngineError> {
    let refused = |why: String| Err(EngineError::Connector(why));
    let shaped = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
        && name.len() <= 40
        && !name.contains("__");
    if !shaped {
        return refused(format!(
            "`{name}` cannot be the name of a connector: small letters, digits and single hyphens, at most 40"
        ));
    }
    if deskhand_mcp::name::is_reserved(name) {
        return refused(format!("the name `{name}` is reserved; choose another one"));
    }
    if let Some(known) = book.looks_like(name) {
        return refused(format!(
            "there is a connector `{known}` already; remove it first, or choose a name that cannot be taken for it"
        ));
    }
    Ok(())
}

fn told(line: ConnectorLine, failed: &Failed) -> ConnectorLine {
    let printed = failed.printed.trim();
    let detail = if printed.is_empty() {
        failed.error.to_string()
    } else {
        format!("{}\n{printed}", failed.error)
    };
    let state = match failed.error {
        Error::SignIn(_) | Error::Scope(_) => ConnectorState::NeedsSignIn,
        _ if line.state == ConnectorState::NotConfigured => line.state,
        _ => ConnectorState::Failed,
    };
    ConnectorLine { state, detail, ..line }
}

fn unreachable(entry: &Entry, failed: &Failed) -> EngineError {
    let printed: Vec<&str> = failed.printed.lines().rev().take(5).collect();
    let printed: Vec<&str> = printed.into_iter().rev().collect();
    let mut text = format!("`{}` could not be used: {}", entry.name, failed.error);
    if !printed.is_empty() {
        text.push_str(&format!("\nIts program printed:\n{}", printed.join("\n")));
    }
    EngineError::Connector(text)
}
