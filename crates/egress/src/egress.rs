//! The proxy: what it is made of, and how it serves a connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use deskhand_types::{NetworkRequest, TaskId};
use http::HeaderMap;
use hyper::server::conn::http1;
use hyper_util::rt::TokioTimer;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::authority::Authority;
use crate::budget::Budgets;
use crate::dial::{Dial, Network};
use crate::error::Result;
use crate::exchange::{Origin, draft};
use crate::front;
use crate::idle::Idle;
use crate::judge::Explanation;
use crate::ledger::Ledger;
use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::resolve::{Resolver, SystemResolver};
use crate::rules::{Rules, Scheme};
use crate::secret::{Credentials, NoCredentials};
use crate::upstream::Roots;

/// What a proxy is made of.
pub struct Config {
    /// What programs may reach.
    pub rules: Rules,
    /// Hosts that no rule opens: those of the model providers. `api.example.com` or `*.example.com`.
    pub blocked_hosts: Vec<String>,
    /// Where the credentials that rules name come from.
    pub credentials: Arc<dyn Credentials>,
    /// Where addresses come from.
    pub resolver: Arc<dyn Resolver>,
    /// What opens connections.
    pub dial: Arc<dyn Dial>,
    /// Whom servers' certificates are checked against.
    pub roots: Roots,
    /// What programs may take of this computer.
    pub limits: Limits,
    /// The time; certificates for programs are valid from a month before to a year after it.
    pub now: SystemTime,
}

impl Config {
    /// The real network, no blocked hosts, no credentials.
    pub fn new(rules: Rules, now: SystemTime) -> Self {
        Self {
            rules,
            blocked_hosts: Vec::new(),
            credentials: Arc::new(NoCredentials),
            resolver: Arc::new(SystemResolver),
            dial: Arc::new(Network),
            roots: Roots::System,
            limits: Limits::default(),
            now,
        }
    }
}

/// The allow-list proxy. One serves all tasks.
#[derive(Clone)]
pub struct Egress(Arc<Shared>);

/// What all connections share.
pub(crate) struct Shared {
    rules: RwLock<Arc<Rules>>,
    blocked_hosts: Vec<String>,
    pub(crate) credentials: Arc<dyn Credentials>,
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) dial: Arc<dyn Dial>,
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) authority: Authority,
    pub(crate) limits: Limits,
    budgets: Budgets,
    /// Connections being served, by task.
    open: Mutex<HashMap<TaskId, Open>>,
}

/// The connections of one task. Forgotten when the last one ends.
#[derive(Default)]
struct Open {
    count: usize,
    /// Whether the ledger has it that there are too many.
    told: bool,
}

impl Egress {
    /// Makes a proxy, with a certificate authority of its own. Opens nothing.
    ///
    /// # Errors
    /// [`BlockedHost`](crate::EgressError::BlockedHost), [`Certificate`](crate::EgressError::Certificate),
    /// [`Roots`](crate::EgressError::Roots).
    pub fn new(config: Config) -> Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        Ok(Self(Arc::new(Shared {
            rules: RwLock::new(Arc::new(config.rules.blocking(&config.blocked_hosts)?)),
            blocked_hosts: config.blocked_hosts,
            credentials: config.credentials,
            resolver: config.resolver,
            dial: config.dial,
            tls: Arc::new(config.roots.config(Arc::clone(&provider))?),
            authority: Authority::new(config.now, provider)?,
            limits: config.limits,
            budgets: Budgets::default(),
            open: Mutex::default(),
        })))
    }

    /// The certificate (PEM) that programs must trust to speak TLS through this proxy. Stays the same for its life.
    pub fn certificate(&self) -> String {
        self.0.authority.pem()
    }

    /// Puts other rules in force, from the next request on; the blocked hosts stay blocked.
    ///
    /// # Errors
    /// [`BlockedHost`](crate::EgressError::BlockedHost): never, since the same were accepted before.
    pub fn replace_rules(&self, rules: Rules) -> Result<()> {
        let rules = Arc::new(rules.blocking(&self.0.blocked_hosts)?);
        *self.0.rules.write().unwrap_or_else(PoisonError::into_inner) = rules;
        Ok(())
    }

    /// What would come of a request under the rules and blocked hosts in force.
    pub fn explain(&self, method: &str, url: &str) -> Explanation {
        self.0.rules().explain(method, url)
    }

    /// Serves one connection of a program of `task` until it ends. Never fails: what is wrong is answered to the
    /// program and written to the ledger. Dropping the future ends everything that hangs on the connection.
    pub async fn serve<S>(&self, task: &TaskId, connection: S, ledger: Arc<dyn Ledger>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let limits = &self.0.limits;
        let stages = limits.head_time + limits.resolve_time + limits.connect_time * 4;
        // While a server takes its time nothing moves here either, so this waits for longer than we wait for servers.
        let mut connection = Idle::new(connection, limits.idle_time + stages + Duration::from_secs(5));
        let _place = match Place::take(&self.0, task) {
            Ok(place) => place,
            Err(Full { first }) => {
                let refusal = Refusal::Connections {
                    most: limits.connections,
                };
                if first {
                    // It is refused whether it can be written down or not.
                    let _ = ledger.requested(unread(&refusal)).await;
                }
                let text = format!(
                    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\nx-deskhand: refused\r\n\
                     connection: close\r\n\r\n{}",
                    refusal.text()
                );
                let _ = timeout(limits.head_time, connection.write_all(text.as_bytes())).await;
                let _ = timeout(limits.head_time, connection.shutdown()).await;
                return;
            }
        };
        let budget = self.0.budgets.of(task);
        let _ = timeout(
            limits.connection_time,
            front::serve(&self.0, connection, &ledger, &budget),
        )
        .await;
    }
}

impl Shared {
    /// The rules in force.
    pub(crate) fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How HTTP is spoken with programs.
    pub(crate) fn http(&self) -> http1::Builder {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head_time)
            .max_headers(self.limits.headers)
            .max_buf_size(self.limits.head_bytes.max(8 << 10));
        builder
    }
}

/// The entry for connections that are refused before anything of them is read.
fn unread(refusal: &Refusal) -> NetworkRequest {
    let origin = Origin {
        scheme: Scheme::Http,
        host: NetworkRequest::ANY_HOST.to_owned(),
        port: 0,
        userinfo: false,
    };
    NetworkRequest {
        reason: refusal.to_string(),
        ..draft("CONNECT", &origin, "", &HeaderMap::new())
    }
}

/// A place among the connections of a task.
struct Place<'a> {
    shared: &'a Shared,
    task: &'a TaskId,
}

/// There is no place.
struct Full {
    /// Whether this is the first time since the task had no connection.
    first: bool,
}

impl<'a> Place<'a> {
    fn take(shared: &'a Shared, task: &'a TaskId) -> std::result::Result<Self, Full> {
        let mut all = shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        let open = all.entry(task.clone()).or_default();
        if open.count >= shared.limits.connections {
            return Err(Full {
                first: !std::mem::replace(&mut open.told, true),
            });
        }
        open.count += 1;
        Ok(Self { shared, task })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut all = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = all.get_mut(self.task) {
            open.count = open.count.saturating_sub(1);
            if open.count == 0 {
                all.remove(self.task);
            }
        }
    }
}
