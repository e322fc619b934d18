//! The network of commands: what answers their connections, and how the ledger gets into the task's log.
//!
//! A request is written down before anything is connected. Only the session appends to the log, so the proxy sends the
//! entry to it and waits until it is written ([`Ledger::requested`]); the session takes entries in while it waits for
//! anything else ([`crate::session::Session::alongside`]).
//!
//! Which hosts may be reached is data (`network.toml`), nothing by default; the hosts of model providers never are.

mod asked;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use deskhand_egress::{Config, Credentials, Dial, Egress, EgressError, Resolver, Roots, Rules, Secret};
use deskhand_sandbox::{Connection, Outlet};
use deskhand_types::{NetworkRequest, NetworkResult, TaskId};
use tokio::io::AsyncWriteExt;
use tokio::sync::{mpsc, oneshot};

pub(crate) use asked::Asked;

use crate::models::Models;

/// What the person's settings say about the network of commands.
#[derive(Clone, Default)]
pub struct NetworkSettings {
    /// The rules, as TOML; empty = nothing may be reached. See [`Rules`] for their form.
    pub rules: String,
    /// Credentials that rules may name: handle, and the environment variable the credential is in.
    pub credentials: BTreeMap<String, String>,
    /// Requests of one run of a task that are written down; the next are refused, and are one entry. `None`: 20,000.
    pub listed: Option<u32>,
    /// What stands for the real network, in tests.
    pub instead: Option<Instead>,
}

/// A network that is not the real one.
#[derive(Clone)]
pub struct Instead {
    /// Where addresses come from.
    pub resolver: Arc<dyn Resolver>,
    /// What opens connections.
    pub dial: Arc<dyn Dial>,
    /// Certificates (DER) that servers are checked against.
    pub roots: Roots,
}

/// The proxy, made when the first room needs it: most runs of the program need none.
pub(crate) struct Proxy {
    rules: Rules,
    settings: NetworkSettings,
    models: Models,
    made: OnceLock<Result<Egress, String>>,
}

impl Proxy {
    /// Checks the rules; makes nothing yet.
    ///
    /// # Errors
    /// When the rules are wrong.
    pub fn new(settings: NetworkSettings, models: Models) -> Result<Self, EgressError> {
        Ok(Self {
            rules: Rules::parse(&settings.rules)?,
            settings,
            models,
            made: OnceLock::new(),
        })
    }

    fn egress(&self) -> Result<&Egress, String> {
        self.made
            .get_or_init(|| self.make().map_err(|error| error.to_string()))
            .as_ref()
            .map_err(Clone::clone)
    }

    fn make(&self) -> Result<Egress, EgressError> {
        let mut config = Config::new(self.rules.clone(), std::time::SystemTime::now());
        config.blocked_hosts = self.models.hosts();
        config.credentials = Arc::new(FromEnvironment {
            names: self.settings.credentials.clone(),
            env: self.models.env.clone(),
        });
        if let Some(instead) = self.settings.instead.clone() {
            config.resolver = instead.resolver;
            config.dial = instead.dial;
            config.roots = instead.roots;
        }
        Egress::new(config)
    }
}

/// Credentials that are in environment variables of this program; no command ever sees them.
struct FromEnvironment {
    names: BTreeMap<String, String>,
    env: crate::models::Environment,
}

impl Credentials for FromEnvironment {
    fn get(&self, handle: &str) -> Option<Secret> {
        let value = (self.env)(self.names.get(handle)?)?;
        (!value.trim().is_empty()).then(|| Secret::new(&value))
    }
}

/// What answers a task's connections, writing to its ledger.
pub(crate) fn outlet(proxy: Arc<Proxy>, ledger: Ledger) -> Arc<dyn Outlet> {
    Arc::new(WayOut {
        proxy,
        written: Written::Ledger(Arc::new(ledger)),
    })
}

/// What answers the connections of a look at the sandbox, which has no ledger: nothing is reached.
pub(crate) fn no_way_out(proxy: Arc<Proxy>, asked: Arc<Asked>) -> Arc<dyn Outlet> {
    Arc::new(WayOut {
        proxy,
        written: Written::Asked(asked),
    })
}

struct WayOut {
    proxy: Arc<Proxy>,
    written: Written,
}

/// Where it is written down what is asked for.
enum Written {
    Ledger(Arc<dyn deskhand_egress::Ledger>),
    Asked(Arc<Asked>),
}

#[async_trait]
impl Outlet for WayOut {
    async fn serve(&self, task: &TaskId, mut connection: Connection) {
        let why = match (self.proxy.egress(), &self.written) {
            (Ok(egress), Written::Ledger(ledger)) => return egress.serve(task, connection, ledger.clone()).await,
            (Err(why), Written::Ledger(_)) => why,
            (_, Written::Asked(asked)) => {
                asked.hear(&mut connection).await;
                "this is only a look: nothing on the network is reached".to_owned()
            }
        };
        let body = format!("Refused by Deskhand: {why}.\n");
        let answer = format!(
            "HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain; charset=utf-8\r\nx-deskhand: refused\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let _ = connection.write_all(answer.as_bytes()).await;
        let _ = connection.shutdown().await;
    }

    fn certificate(&self) -> String {
        self.proxy.egress().map(Egress::certificate).unwrap_or_default()
    }
}

/// An entry on its way into the log.
#[derive(Debug)]
pub(crate) enum Entry {
    /// Something is asked for; the answer is its number within the task's log, once it is written.
    Requested(NetworkRequest, oneshot::Sender<u64>),
    /// It is over.
    Finished(NetworkResult),
}

/// Writes to the ledger of one task.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    entries: mpsc::UnboundedSender<Entry>,
    /// Canaries, in every form they are looked for in.
    watched: Arc<[Vec<u8>]>,
}

impl Ledger {
    /// A ledger, and the end the session reads.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Entry>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let ledger = Self {
            entries: sender,
            watched: Arc::default(),
        };
        (ledger, receiver)
    }

    /// With words that must not leave.
    pub fn watching(mut self, words: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.watched = words.into_iter().collect();
        self
    }
}

#[async_trait]
impl deskhand_egress::Ledger for Ledger {
    async fn requested(&self, request: NetworkRequest) -> Result<u64, EgressError> {
        let gone = || EgressError::Ledger {
            reason: "the task is over".to_owned(),
        };
        let (written, number) = oneshot::channel();
        self.entries
            .send(Entry::Requested(request, written))
            .map_err(|_| gone())?;
        number.await.map_err(|_| gone())
    }

    fn watched(&self) -> Arc<[Vec<u8>]> {
        self.watched.clone()
    }

    fn finished(&self, result: NetworkResult) {
        let _ = self.entries.send(Entry::Finished(result));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use deskhand_egress::Ledger as _;

    use super::*;

    #[tokio::test]
    async fn where_nobody_writes_any_more_nothing_may_be_connected() {
        let (ledger, entries) = Ledger::new();
        drop(entries);
        let request = NetworkRequest {
            id: 0,
            method: "GET".to_owned(),
            scheme: "http".to_owned(),
            host: "example.org".to_owned(),
            port: 80,
            path: "/".to_owned(),
            address: None,
            allowed: false,
            reason: String::new(),
            stripped: Vec::new(),
            credential: None,
        };
        assert!(ledger.requested(request).await.is_err());
        ledger.finished(NetworkResult {
            id: 1,
            status: None,
            sent: 0,
            received: 0,
            error: None,
        });
    }
}
