//! A session with a server: opened, listed, and closed as a whole.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use deskhand_egress::Loopback;
use deskhand_mcp::config::{self, Remote, Server, Transport as How};
use deskhand_mcp::{
    Authorization, Connection, Endpoint, Era, Error, Identity, Limits, OAuth, Process, Secret, ToolList, Transport,
};
use deskhand_types::{Outbound, ProgramAccess};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{book::Entry, brought, bundle::SECRET, guest::Guest, helper, hub::HubConfig, import, view::address};
use crate::Environment;

/// Under which name the secret of a client that was registered beforehand is kept. No variable of a program is called so.
pub(super) const CLIENT_SECRET: &str = "secret.client";

/// A session.
pub(crate) struct Live {
    pub connection: Arc<Connection>,
    listening: Option<Listening>,
    process: Option<Process>,
    pub guest: Arc<Guest>,
    /// What was configured when it was opened.
    pub mark: String,
    /// Who the server says it is, and where it is.
    pub identity: Identity,
    stale: Arc<AtomicBool>,
    tools: tokio::sync::Mutex<Listed>,
}

/// Its tools as it named them, and when.
struct Listed {
    tools: Arc<ToolList>,
    at: Instant,
}

impl Listed {
    fn of(tools: ToolList) -> Self {
        Self {
            tools: Arc::new(tools),
            at: Instant::now(),
        }
    }

    /// Whether the server itself no longer stands by it.
    fn is_old(&self) -> bool {
        self.tools.ttl.is_some_and(|ttl| self.at.elapsed() >= ttl)
    }
}

/// Hears, in the newest era, that lists changed: there a server tells it only to whom listens. It ends with this.
struct Listening {
    end: DropGuard,
    task: JoinHandle<()>,
}

impl Listening {
    fn to(connection: Arc<Connection>) -> Self {
        let cancel = CancellationToken::new();
        let end = cancel.clone().drop_guard();
        let task = tokio::spawn(async move {
            // A server that has no such stream says so, and is asked no more: its lists hold for as long as it said.
            let _ = connection.listen(&[], &cancel).await;
        });
        Self { end, task }
    }

    async fn stop(self) {
        drop(self.end);
        // It holds the connection until it has ended.
        let _ = self.task.await;
    }
}

impl Live {
    /// Opens a session, as the server is `known` to be spoken to, and looks at what it offers.
    ///
    /// # Errors
    /// What the server, the network, or this computer says; a program's last words are in the second part.
    pub async fn open(entry: &Entry, config: &HubConfig, known: Option<Era>) -> Result<Self, Failed> {
        if let Some(why) = entry.values.unmet() {
            return Err(Failed::told(&why));
        }
        let secrets = secrets(entry, config).await?;
        let mut expanded = filled(entry, &secrets, config);
        let stale = Arc::new(AtomicBool::new(false));
        let guest = Arc::new(Guest::new(
            &entry.name,
            entry.access.clone(),
            entry.sampling.clone(),
            stale.clone(),
        ));
        let limits = limits(&expanded);
        let (connection, process, origin) = match &expanded.transport {
            How::Stdio(_) => {
                let (mut process, output, input) = start(entry, &expanded, &secrets, config)?;
                match Connection::open_as(output, input, guest.clone(), limits, known).await {
                    Ok(connection) => (connection, Some(process), None),
                    Err(error) => {
                        // What it printed says more than that it went away.
                        process.settle().await;
                        return Err(Failed::new(error, process.errors()));
                    }
                }
            }
            How::Http(remote) | How::Sse(remote) => {
                let headers = helper::headers(entry, remote, config).await?;
                if let How::Http(remote) | How::Sse(remote) = &mut expanded.transport {
                    remote.headers.extend(headers);
                }
                let (endpoint, outbound) = way(entry, &expanded, config)?;
                let authorization = authorization(&endpoint, &expanded, &secrets, outbound.clone(), config);
                let opened =
                    Connection::open_http_as(&endpoint, outbound, authorization, guest.clone(), limits, known).await;
                (opened?, None, Some(endpoint.url().origin().ascii_serialization()))
            }
            How::NotConfigured => {
                return Err(Failed::told("its address is not configured: add it with its address"));
            }
            How::WebSocket { .. } => return Err(Failed::told("the transport `ws` is not supported")),
        };
        let tools = match connection.tools().await {
            Ok(tools) => tools,
            Err(Error::NotOffered(_)) => ToolList::default(),
            Err(error) => {
                return Err(Failed::new(
                    error,
                    process.as_ref().map(Process::errors).unwrap_or_default(),
                ));
            }
        };
        let identity = match origin {
            Some(origin) => connection.identity().at(address(&entry.server), origin),
            None => connection.identity(),
        };
        let connection = Arc::new(connection);
        Ok(Self {
            listening: (connection.era() == Era::Modern).then(|| Listening::to(connection.clone())),
            connection,
            process,
            guest,
            mark: entry.session_mark(),
            identity,
            stale,
            tools: tokio::sync::Mutex::new(Listed::of(tools)),
        })
    }

    /// Its tools as it names them now: asked anew when it said that they changed, or when what it said has run out.
    ///
    /// # Errors
    /// When it does not tell.
    pub async fn tools(&self) -> Result<Arc<ToolList>, Error> {
        let mut tools = self.tools.lock().await;
        if self.stale.swap(false, Ordering::Relaxed) || tools.is_old() {
            let fresh = self.connection.tools().await;
            // What was not heard is asked for again.
            self.stale.fetch_or(fresh.is_err(), Ordering::Relaxed);
            *tools = Listed::of(fresh?);
        }
        Ok(tools.tools.clone())
    }

    /// What its program printed last.
    pub fn printed(&self) -> String {
        self.process.as_ref().map(Process::errors).unwrap_or_default()
    }

    /// Ends the session and the program.
    pub async fn close(self) {
        if let Some(listening) = self.listening {
            listening.stop().await;
        }
        if let Some(connection) = Arc::into_inner(self.connection) {
            connection.close().await;
        }
        if let Some(process) = self.process {
            process.stop().await;
        }
    }
}

/// Why there is no session.
#[derive(Debug)]
pub(crate) struct Failed {
    pub error: Error,
    /// The last words of its program.
    pub printed: String,
}

impl Failed {
    pub fn new(error: Error, printed: String) -> Self {
        Self { error, printed }
    }

    pub fn told(why: &str) -> Self {
        Self::new(Error::Endpoint(why.to_owned()), String::new())
    }
}

/// In words, with the last of its program's.
impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.error)?;
        match self.printed.lines().rev().find(|line| !line.trim().is_empty()) {
            Some(line) => write!(f, " ({})", line.chars().take(300).collect::<String>()),
            None => Ok(()),
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::new(error, String::new())
    }
}

fn limits(server: &Server) -> Limits {
    let usual = Limits::default();
    match server.timeout {
        Some(total) => Limits {
            total,
            // It is the clock of one call: a server that says nothing meanwhile has all of it.
            idle: total,
            ..usual
        },
        None => usual,
    }
}

fn start(
    entry: &Entry,
    server: &Server,
    secrets: &BTreeMap<String, String>,
    hub: &HubConfig,
) -> Result<(Process, tokio::process::ChildStdout, tokio::process::ChildStdin), Failed> {
    let How::Stdio(config::Command { command, args, env, .. }) = &server.transport else {
        return Err(Failed::told("it is no program"));
    };
    let program = hub.place.program(command).map_err(|why| Failed::told(&why))?;
    let own = own_folder(&hub.home, &entry.name).map_err(|error| Failed::told(&error.to_string()))?;
    if entry.plugin.is_some() {
        data_folders(&entry.access).map_err(|error| Failed::told(&error.to_string()))?;
    }
    let mut environment: BTreeMap<String, String> = env.clone();
    let stands_for_text = [SECRET, import::SECRET, brought::SECRET];
    let is_variable = |name: &str| !stands_for_text.iter().any(|beginning| name.starts_with(beginning));
    let variables = secrets.iter().filter(|(name, _)| is_variable(name));
    environment.extend(variables.map(|(name, secret)| (name.clone(), secret.clone())));
    let program = if entry.access.unconfined {
        hub.place.unconfined(&program, args, &environment, &own)
    } else {
        let confined = hub.place.confine(&program, args, &environment, &entry.access, &own);
        confined.map_err(|why| {
            Failed::told(&format!(
                "{}. It was not started. Install bubblewrap, or let it run with all your rights \
                 (`deskhand connectors add --unconfined`) if you trust it",
                why.0
            ))
        })?
    };
    Ok(Process::start(&program)?)
}

/// Variables of this computer that no plugin's author gets by naming them, whatever for: keys of models, which Deskhand
/// itself uses, and of the clouds, with which everything else could be had. Whoever wants one sent adds the server by hand.
const GUARDED: [&str; 16] = [
    "ANTHROPIC_",
    "OPENAI_",
    "OPENROUTER_",
    "GEMINI_",
    "GOOGLE_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "MISTRAL_",
    "GROQ_",
    "AWS_",
    "AZURE_",
    "ARM_",
    "DESKHAND_",
    "SSH_",
    "KUBECONFIG",
    "VAULT_",
    "DIGITALOCEAN_",
];

fn is_guarded(variable: &str) -> bool {
    let upper = variable.to_ascii_uppercase();
    GUARDED.iter().any(|beginning| upper.starts_with(beginning))
}

/// How a server is reached, with its variables put in. What a bundle's author wrote names the bundle's own settings, never
/// variables of this computer; what a plugin's wrote names those that were shown when it was installed, and no guarded one.
fn filled(entry: &Entry, secrets: &BTreeMap<String, String>, config: &HubConfig) -> Server {
    entry.expanded(&|name| variable(entry, secrets, &config.env, name))
}

fn variable(entry: &Entry, secrets: &BTreeMap<String, String>, env: &Environment, name: &str) -> Option<String> {
    if entry.bundle.is_some() {
        return secrets.get(name).filter(|_| name.starts_with(SECRET)).cloned();
    }
    if entry.plugin.is_some() && name.starts_with(brought::SECRET) {
        return secrets.get(name).cloned();
    }
    import::value(secrets, name).or_else(|| {
        let withheld = entry.plugin.is_some() && is_guarded(name);
        if withheld { None } else { env(name) }
    })
}

/// The same, with its secrets, which are loaded for it.
pub(super) async fn expanded(entry: &Entry, config: &HubConfig) -> Result<(Server, BTreeMap<String, String>), Failed> {
    let secrets = secrets(entry, config).await?;
    Ok((filled(entry, &secrets, config), secrets))
}

/// Values of a server that are secrets, its plugin's among them: in the keychain, never in the log.
async fn secrets(entry: &Entry, config: &HubConfig) -> Result<BTreeMap<String, String>, Failed> {
    let kept = config.tokens.load(&secrets_key(&entry.name)).await;
    let kept = kept.map_err(|error| Failed::told(&error.to_string()))?;
    let kept = kept.and_then(|secret| serde_json::from_str(secret.reveal()).ok());
    let mut secrets: BTreeMap<String, String> = kept.unwrap_or_default();
    let of_plugin = entry.values.look_up(&*config.tokens).await;
    secrets.extend(of_plugin.map_err(|why| Failed::told(&why))?);
    Ok(secrets)
}

/// Where the secret variables and headers of a connector are kept.
pub(crate) fn secrets_key(name: &str) -> String {
    format!("connector {name} secrets")
}

/// The way to a remote server, and its address with all headers.
pub(crate) fn way(entry: &Entry, server: &Server, config: &HubConfig) -> Result<(Endpoint, Arc<dyn Outbound>), Failed> {
    let (remote, transport) = remote(server).ok_or_else(|| Failed::told("it has no address"))?;
    let mut endpoint = Endpoint::new(&remote.url, transport)?;
    for (name, value) in &remote.headers {
        endpoint = endpoint.header(name, value)?;
    }
    // Only a server the person added by hand may be on this computer, at exactly the port they gave.
    let here = matches!(endpoint.url().host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let loopback = match endpoint.url().port_or_known_default() {
        Some(port) if here && entry.plugin.is_none() => Loopback::Port(port),
        _ => Loopback::Refused,
    };
    let out = config.out.of(&entry.name, loopback).map_err(|why| Failed::told(&why))?;
    Ok((endpoint, Arc::new(out)))
}

/// A server with an address, and how it is spoken to.
pub(crate) fn remote(server: &Server) -> Option<(&Remote, Transport)> {
    match &server.transport {
        How::Http(remote) => Some((remote, Transport::Http)),
        How::Sse(remote) => Some((remote, Transport::Sse)),
        _ => None,
    }
}

/// The sign-in of a remote server; `None` where a header of the person's stands for it.
pub(crate) fn authorization(
    endpoint: &Endpoint,
    server: &Server,
    secrets: &BTreeMap<String, String>,
    outbound: Arc<dyn Outbound>,
    config: &HubConfig,
) -> Option<Arc<Authorization>> {
    if endpoint.brings_authorization() {
        return None;
    }
    let oauth = remote(server)?.0.oauth.clone().unwrap_or_default();
    let oauth = OAuth {
        client_id: oauth.client_id,
        client_secret: secrets.get(CLIENT_SECRET).cloned().map(Secret::new),
        callback_port: oauth.callback_port,
        scopes: (!oauth.scopes.is_empty()).then_some(oauth.scopes),
        metadata_url: oauth.auth_server_metadata_url,
        client_metadata_url: None,
    };
    Some(Arc::new(Authorization::new(
        endpoint,
        oauth,
        outbound,
        config.tokens.clone(),
    )))
}

/// The folder of a local server's own.
pub(super) fn folder_of(home: &Path, name: &str) -> std::path::PathBuf {
    home.join("connectors").join(deskhand_mcp::name::sanitize(name))
}

/// The folder of a local server's own, its home: made when it is first needed.
#[expect(clippy::disallowed_methods, reason = "Deskhand's own data folder, not a granted one")]
pub(super) fn own_folder(home: &Path, name: &str) -> std::io::Result<std::path::PathBuf> {
    let folder = folder_of(home, name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The folder a plugin keeps its data in, made when its server is first started.
#[expect(clippy::disallowed_methods, reason = "Deskhand's own data folder, not a granted one")]
fn data_folders(access: &ProgramAccess) -> std::io::Result<()> {
    let mut writable = access.folders.iter().filter(|folder| folder.writable);
    writable.try_for_each(|folder| std::fs::create_dir_all(&folder.path))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::connectors::{Book, PluginServer};

    #[test]
    fn the_time_a_file_gives_a_call_is_all_of_its_time_also_in_silence() {
        let of = |raw: &serde_json::Value| limits(&crate::connectors::book::parse("slow", raw, &|_| None).unwrap());
        let usual = Limits::default();
        let minutes = std::time::Duration::from_mins;
        assert_eq!(
            of(&json!({"command": "x", "timeout": 600_000})),
            Limits {
                total: minutes(10),
                idle: minutes(10),
                ..usual
            }
        );
        assert_eq!(of(&json!({"command": "x"})), usual);
    }

    #[test]
    fn a_plugin_gets_no_key_of_a_cloud_or_model_by_naming_it() {
        let raw = json!({"type": "http", "url": "https://far.example/x", "headers": {
            "A": "Bearer ${GITHUB_TOKEN}", "B": "${AWS_SECRET_ACCESS_KEY}", "C": "${anthropic_api_key}", "D": "${OPENAI_API_KEY:-none}"}});
        let plugin = PluginServer {
            plugin: "acme".to_owned(),
            key: "far".to_owned(),
            entry: raw,
            access: ProgramAccess::default(),
            values: crate::connectors::PluginValues::default(),
        };
        let env: Environment = Arc::new(|name| Some(format!("value of {name}")));
        let none = BTreeMap::new();
        let headers = |entry: &Entry| {
            let server = entry.expanded(&|name| variable(entry, &none, &env, name));
            let (remote, _) = remote(&server).unwrap();
            remote.headers.values().cloned().collect::<Vec<_>>()
        };
        let mut one = Book::default().entries(&[plugin]).remove(0);
        // A header without a value is left out.
        assert_eq!(headers(&one), ["Bearer value of GITHUB_TOKEN", "none"]);
        // Who adds a server by hand has written the names.
        one.plugin = None;
        assert_eq!(headers(&one)[1], "value of AWS_SECRET_ACCESS_KEY");
    }
}
