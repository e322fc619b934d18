//! Servers taken over from other programs: what is taken, what is left and why. Secrets that stand in such a file move to
//! where sign-ins are kept; their names stand in the entry instead. Nothing is run.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_mcp::Severity;
use deskhand_mcp::config::Transport;
use deskhand_mcp::import::{self, Source};
use deskhand_policy::secret_content;
use deskhand_types::ProgramAccess;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{NewConnector, book::parse, names::slug, view::address};
use crate::{Engine, EngineError};

/// What the names of moved secrets begin with.
pub(super) const SECRET: &str = "secret.";
/// Words in the names of variables, headers and options whose values are secrets.
const SECRET_WORDS: [&str; 10] = [
    "token",
    "secret",
    "password",
    "passwd",
    "apikey",
    "api_key",
    "auth",
    "cookie",
    "credential",
    "private_key",
];

/// What taking over a file came to.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Imported {
    /// Connectors that are there now; none was run.
    pub taken: Vec<ImportedServer>,
    /// Entries that were left, and why.
    pub left: Vec<LeftServer>,
    /// What was noticed.
    pub notes: Vec<String>,
}

/// A server that was taken over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ImportedServer {
    /// What it is called here.
    pub name: String,
    /// What the file calls it.
    pub key: String,
    /// Its address or whole command; secrets stand in it by name.
    pub address: String,
    /// Where secrets stood that were moved: `env GITHUB_TOKEN`.
    pub secrets: Vec<String>,
    /// The command that gives its headers, which is not run before the person agreed to it.
    pub helper: Option<String>,
    /// The project it was for.
    pub project: Option<String>,
}

/// A server that was not taken over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LeftServer {
    /// What the file calls it.
    pub key: String,
    /// Why.
    pub why: String,
}

impl Engine {
    /// Takes over the servers of another program's file; only those named, when some are.
    ///
    /// # Errors
    /// When the file cannot be read as what it is said to be; nothing was taken then.
    pub async fn import_connectors(
        &self,
        source: Source,
        bytes: &[u8],
        only: &[String],
    ) -> Result<Imported, EngineError> {
        self.refresh()?;
        let found = import::read(source, bytes, &|_| None);
        let root: Value = serde_json::from_slice(strip(bytes))
            .map_err(|error| EngineError::Connector(format!("the file is not JSON ({error}); nothing was taken")))?;
        let wanted = |key: &str| only.is_empty() || only.iter().any(|name| name == key);
        let mut imported = Imported::default();
        for note in found.diagnostics {
            match note.server {
                Some(key) if note.severity == Severity::Error && wanted(&key) => {
                    imported.left.push(LeftServer { key, why: note.message });
                }
                Some(key) if wanted(&key) && note.severity == Severity::Warning => {
                    imported.notes.push(format!("{key}: {}", note.message));
                }
                None if note.severity != Severity::Note => imported.notes.push(note.message),
                _ => {}
            }
        }
        let mut seen = BTreeSet::new();
        for one in found.servers {
            let key = one.server.key.clone();
            if !wanted(&key) {
                continue;
            }
            let left = |why: &str| LeftServer {
                key: key.clone(),
                why: why.to_owned(),
            };
            let Some(raw) = raw(&root, one.project.as_deref(), &key) else {
                continue;
            };
            if matches!(one.server.transport, Transport::WebSocket { .. }) {
                imported
                    .left
                    .push(left("It speaks over WebSocket, which Deskhand does not."));
                continue;
            }
            if !seen.insert(format!("{key} {raw}")) {
                imported
                    .left
                    .push(left("It stands in the file more than once; it was taken once."));
                continue;
            }
            let (entry, secrets) = hidden(raw.clone());
            let name = slug(&key);
            let Some(server) = parse(&name, &entry, &|_| None) else {
                imported.left.push(left("It cannot be used."));
                continue;
            };
            let helper = match &server.transport {
                Transport::Http(remote) | Transport::Sse(remote) => remote.headers_helper.clone(),
                _ => None,
            };
            let new = NewConnector {
                name: name.clone(),
                entry,
                access: ProgramAccess::default(),
                trusted: true,
                secrets: secrets
                    .iter()
                    .map(|(_, name, value)| (name.clone(), value.clone()))
                    .collect(),
                client_secret: None,
                helper: None,
            };
            match self.add_connector(new).await {
                Ok(()) => imported.taken.push(ImportedServer {
                    name,
                    key,
                    address: address(&server),
                    secrets: secrets.into_iter().map(|(place, ..)| place).collect(),
                    helper,
                    project: one.project,
                }),
                Err(error) => imported.left.push(left(&error.to_string())),
            }
        }
        Ok(imported)
    }
}

fn strip(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// An entry as the file has it: variables stay variables.
fn raw<'v>(root: &'v Value, project: Option<&str>, key: &str) -> Option<&'v Value> {
    let root = match project {
        Some(project) => root.get("projects")?.get(project)?,
        None => root,
    };
    match root.get("mcpServers") {
        Some(servers) => servers.get(key),
        None => root.get(key),
    }
}

/// Secrets taken out of an entry: where each stood, the name that stands there now, and its value.
type Secrets = Vec<(String, String, String)>;

/// An entry without its secrets.
fn hidden(mut entry: Value) -> (Value, Secrets) {
    let mut secrets = Secrets::new();
    if let Value::Object(entry) = &mut entry {
        named(entry, "env", "env", &mut secrets);
        named(entry, "headers", "header", &mut secrets);
        if let Some(Value::Array(args)) = entry.get_mut("args") {
            options(args, &mut secrets);
        }
        if let Some(Value::String(url)) = entry.get_mut("url") {
            address_parts(url, &mut secrets);
        }
    }
    (entry, secrets)
}

fn hide(place: String, value: &str, secrets: &mut Secrets) -> String {
    let name = format!("{SECRET}{}", secrets.len());
    secrets.push((place, name.clone(), value.to_owned()));
    format!("${{{name}}}")
}

fn is_secret(name: &str, value: &str) -> bool {
    // A variable is not the secret itself.
    if value.trim().is_empty() || value.contains("${") {
        return false;
    }
    let name = name.trim_start_matches('-').to_lowercase().replace('-', "_");
    let named = SECRET_WORDS.iter().any(|word| name.contains(word)) || name == "key" || name.ends_with("_key");
    named || secret_content(value).is_some()
}

fn named(entry: &mut Map<String, Value>, part: &str, word: &str, secrets: &mut Secrets) {
    let Some(Value::Object(values)) = entry.get_mut(part) else {
        return;
    };
    for (name, value) in values.iter_mut() {
        if let Value::String(text) = value
            && is_secret(name, text)
        {
            *text = hide(format!("{word} {name}"), text, secrets);
        }
    }
}

/// `--token X`, `--token=X`, and whatever looks like a key.
fn options(args: &mut [Value], secrets: &mut Secrets) {
    let mut before = String::new();
    for arg in args {
        let Value::String(text) = arg else { continue };
        let whole = text.clone();
        if let Some((name, value)) = whole.split_once('=').filter(|(name, _)| name.starts_with('-')) {
            if is_secret(name, value) {
                *text = format!("{name}={}", hide(format!("option {name}"), value, secrets));
            }
        } else if before.starts_with('-') && !whole.starts_with('-') && is_secret(&before, &whole) {
            *text = hide(format!("option {before}"), &whole, secrets);
        } else if is_secret("", &whole) || has_password(&whole) {
            *text = hide("an argument".to_owned(), &whole, secrets);
        }
        before = if whole.contains('=') { String::new() } else { whole };
    }
}

/// `scheme://user:password@host`.
fn has_password(text: &str) -> bool {
    let authority = text
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?']).next());
    let user = authority
        .and_then(|authority| authority.rsplit_once('@'))
        .map(|(user, _)| user);
    user.is_some_and(|user| user.contains(':') && !user.contains("${"))
}

/// Values of an address's query that are secrets.
fn address_parts(url: &mut String, secrets: &mut Secrets) {
    let Some((head, query)) = url
        .clone()
        .split_once('?')
        .map(|(head, query)| (head.to_owned(), query.to_owned()))
    else {
        return;
    };
    let parts = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if is_secret(name, value) => {
            format!("{name}={}", hide(format!("address {name}"), value, secrets))
        }
        _ => pair.to_owned(),
    });
    *url = format!("{head}?{}", parts.collect::<Vec<_>>().join("&"));
}

/// Values by the names that stand in their place.
pub(super) fn value(secrets: &BTreeMap<String, String>, name: &str) -> Option<String> {
    secrets.get(name).filter(|_| name.starts_with(SECRET)).cloned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::hidden;

    #[test]
    fn secrets_are_taken_out_wherever_they_stand() {
        let (entry, secrets) = hidden(json!({
            "command": "x", "args": ["--port", "80", "--token", "t0", "--api-key=k1", "postgres://u:p2@host/db", "plain"],
            "env": {"GITHUB_TOKEN": "t3", "MODE": "fast", "OTHER_KEY": "${KEY}"},
            "headers": {"Authorization": "Bearer t4", "Accept": "x"},
            "url": "https://a.example/mcp?key=k5&page=2",
        }));
        let text = entry.to_string();
        for secret in ["t0", "k1", "p2", "t3", "t4", "k5"] {
            assert!(!text.contains(secret), "{secret}: {text}");
            assert!(secrets.iter().any(|(_, _, value)| value.contains(secret)), "{secret}");
        }
        for kept in ["80", "plain", "fast", "${KEY}", "page=2", "\"Accept\":\"x\""] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
    }
}
