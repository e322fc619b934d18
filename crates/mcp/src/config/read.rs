//! `.mcp.json` in both of its shapes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{How, OAuthSettings, Server};

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Worth knowing; the server is used.
    Note,
    /// Something was changed or left out to make it usable.
    Warning,
    /// The entry cannot be used.
    Error,
}

/// Something that was found while reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The server it is about; absent when it is about the file.
    pub server: Option<String>,
    /// How much it matters.
    pub severity: Severity,
    /// What was found, in a sentence.
    pub text: String,
}

/// What a configuration came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Read {
    /// Its servers, in the order of their names.
    pub servers: Vec<Server>,
    /// What was found.
    pub notices: Vec<Notice>,
}

/// Most servers of one file.
const MOST: usize = 500;
/// What other programs write into an entry, and means nothing here.
const FOREIGN: [&str; 6] = [
    "disabled",
    "autoApprove",
    "alwaysAllow",
    "description",
    "disabledTools",
    "enabled",
];

/// Reads `{"mcpServers": {NAME: ENTRY}}` or the bare `{NAME: ENTRY}`.
pub fn read(value: &Value) -> Read {
    let mut found = Read::default();
    let Some(top) = value.as_object() else {
        found.say(None, Severity::Error, "this is not an object of servers");
        return found;
    };
    let entries = match top.get("mcpServers") {
        Some(Value::Object(servers)) => servers.clone(),
        Some(_) => {
            found.say(None, Severity::Error, "`mcpServers` is not an object");
            return found;
        }
        None => top
            .iter()
            .filter(|(_, value)| is_entry(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    };
    if entries.len() > MOST {
        found.say(
            None,
            Severity::Warning,
            format!("only the first {MOST} servers are read"),
        );
    }
    for (name, entry) in entries.iter().take(MOST) {
        found.entry(name, entry);
    }
    found
}

/// Whether a value of a bare map is a server.
fn is_entry(value: &Value) -> bool {
    ["command", "url", "type"].iter().any(|key| value.get(key).is_some())
}

impl Read {
    pub(super) fn say(&mut self, server: Option<&str>, severity: Severity, text: impl Into<String>) {
        self.notices.push(Notice {
            server: server.map(str::to_owned),
            severity,
            text: text.into(),
        });
    }

    fn entry(&mut self, name: &str, entry: &Value) {
        let Some(fields) = entry.as_object() else {
            return self.say(
                Some(name),
                Severity::Error,
                "its entry is not an object; it is left out",
            );
        };
        if name.trim().is_empty() || name.len() > 200 {
            return self.say(
                Some(name),
                Severity::Error,
                "its name is empty or too long; it is left out",
            );
        }
        if RESERVED.contains(&name) {
            return self.say(Some(name), Severity::Warning, "this name is reserved; it is left out");
        }
        match self.how(name, fields) {
            Ok(how) => {
                let timeout_ms = self.timeout(name, fields);
                for key in fields.keys().filter(|key| FOREIGN.contains(&key.as_str())) {
                    self.say(
                        Some(name),
                        Severity::Note,
                        format!("`{key}` means nothing here and is ignored"),
                    );
                }
                self.servers.push(Server {
                    name: name.to_owned(),
                    how,
                    timeout_ms,
                    always_load: fields.get("alwaysLoad").and_then(Value::as_bool).unwrap_or_default(),
                });
            }
            Err(text) => self.say(Some(name), Severity::Error, format!("{text}; it is left out")),
        }
    }

    fn how(&mut self, name: &str, fields: &Map<String, Value>) -> Result<How, String> {
        let command = text(fields, "command")?;
        let url = text(fields, "url")?;
        let kind = match text(fields, "type")?.as_deref() {
            Some(kind) => kind.to_owned(),
            None if command.is_some() => "stdio".to_owned(),
            None if url.is_some() => {
                let url = url.as_deref().unwrap_or_default();
                let kind = if url.trim_end_matches('/').ends_with("/sse") {
                    "sse"
                } else {
                    "http"
                };
                if !url.trim().is_empty() {
                    self.say(
                        Some(name),
                        Severity::Warning,
                        format!("it has no `type`; taken as `{kind}`"),
                    );
                }
                kind.to_owned()
            }
            None => return Err("it has neither a command nor an address".to_owned()),
        };
        match kind.as_str() {
            "stdio" => {
                let command = command
                    .filter(|command| !command.trim().is_empty())
                    .ok_or("it has no command")?;
                Ok(How::Stdio {
                    command,
                    args: list(fields, "args")?,
                    env: self.map(name, fields, "env")?,
                    cwd: text(fields, "cwd")?,
                })
            }
            "http" | "streamable-http" | "sse" => {
                let url = url.ok_or("it has no address")?;
                if url.trim().is_empty() {
                    return Ok(How::NotConfigured);
                }
                if url.trim() != url {
                    self.say(
                        Some(name),
                        Severity::Warning,
                        "its address begins or ends with a space, and is used so",
                    );
                }
                Ok(How::Http {
                    url,
                    sse: kind == "sse",
                    headers: self.map(name, fields, "headers")?,
                    headers_helper: text(fields, "headersHelper")?,
                    oauth: self.oauth(name, fields),
                })
            }
            "ws" => Ok(How::Unsupported { transport: kind }),
            other => Err(format!("`{other}` is no transport that is known")),
        }
    }

    fn timeout(&mut self, name: &str, fields: &Map<String, Value>) -> Option<u64> {
        let given = fields.get("timeout")?;
        match given.as_u64() {
            Some(ms) if ms >= 1_000 => Some(ms),
            _ => {
                self.say(
                    Some(name),
                    Severity::Warning,
                    "its `timeout` is no number of milliseconds from 1,000 on",
                );
                None
            }
        }
    }

    fn oauth(&mut self, name: &str, fields: &Map<String, Value>) -> Option<OAuthSettings> {
        let given = fields.get("oauth")?;
        match serde_json::from_value::<OAuthSettings>(given.clone()) {
            Ok(oauth)
                if oauth
                    .auth_server_metadata_url
                    .as_ref()
                    .is_none_or(|url| url.starts_with("https://")) =>
            {
                Some(oauth)
            }
            Ok(oauth) => {
                self.say(
                    Some(name),
                    Severity::Warning,
                    "`authServerMetadataUrl` is not https and is left out",
                );
                Some(OAuthSettings {
                    auth_server_metadata_url: None,
                    ..oauth
                })
            }
            Err(error) => {
                self.say(
                    Some(name),
                    Severity::Warning,
                    format!("its `oauth` cannot be read ({error})"),
                );
                None
            }
        }
    }

    /// A map of texts; numbers and booleans are taken as texts.
    fn map(&mut self, name: &str, fields: &Map<String, Value>, key: &str) -> Result<BTreeMap<String, String>, String> {
        let Some(given) = fields.get(key).filter(|value| !value.is_null()) else {
            return Ok(BTreeMap::new());
        };
        let given = given
            .as_object()
            .ok_or_else(|| format!("its `{key}` is not an object"))?;
        let mut map = BTreeMap::new();
        for (entry, value) in given {
            let value = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                _ => return Err(format!("`{entry}` in its `{key}` is not a text")),
            };
            if value.trim() != value {
                let text = format!("`{entry}` in its `{key}` begins or ends with a space, and is used so");
                self.say(Some(name), Severity::Warning, text);
            }
            map.insert(entry.clone(), value);
        }
        Ok(map)
    }
}

/// Names that stand for something else in names of tools.
const RESERVED: [&str; 3] = ["ide", "workspace", "deskhand"];

fn text(fields: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("its `{key}` is not a text")),
    }
}

fn list(fields: &Map<String, Value>, key: &str) -> Result<Vec<String>, String> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| match item {
                Value::String(text) => Ok(text.clone()),
                Value::Number(number) => Ok(number.to_string()),
                Value::Bool(flag) => Ok(flag.to_string()),
                _ => Err(format!("its `{key}` are not texts")),
            })
            .collect(),
        Some(_) => Err(format!("its `{key}` is not a list")),
    }
}
