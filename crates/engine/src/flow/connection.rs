//! The seam to connectors: what the engine must know of a tool that is not its own, and how it is called. A connector's
//! call goes the way of every call: a proposal, a decision with its flow, a permit, an intent in the log, an outcome with
//! a label.

use std::sync::Arc;

use async_trait::async_trait;
use deskhand_policy::flow::Sink;
use deskhand_types::{Code, EffectClass, ToolCall, ToolDef, ToolOutcome};
use serde_json::Value;

use crate::{
    session::Session,
    tools::{Proposal, Work},
};

/// A connector's tool as it was pinned: what its server says of it, and what a trusted file says.
#[derive(Clone, Debug)]
pub struct ConnectedTool {
    /// What a model sees of it.
    pub def: ToolDef,
    /// The name its server gives it: only its words count, not those of the server's name.
    pub name: String,
    /// Its MCP annotations; hints only tighten unless `trusted`.
    pub annotations: Value,
    /// Whether the person trusts the server's hints.
    pub trusted: bool,
    /// A curated description by server hash, which beats the rest.
    pub described: Option<Sink>,
    /// Whether it lists the address book of the person's own account.
    pub address_book: bool,
}

/// Something outside whose tools a task may call.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Its tools, as pinned.
    fn tools(&self) -> Vec<ConnectedTool>;
    /// Calls one, by the name a model calls it by. The outcome's label says whose text it is; a server's own claim may
    /// only make it worse.
    async fn call(&self, tool: &str, arguments: &Value) -> ToolOutcome;
}

/// The connectors of an engine.
#[derive(Clone, Default)]
pub(crate) struct Connections(Vec<Arc<dyn Connector>>);

impl Connections {
    /// One more.
    pub fn add(&mut self, connector: Arc<dyn Connector>) {
        self.0.push(connector);
    }

    /// All their tools.
    pub fn tools(&self) -> Vec<ConnectedTool> {
        self.0.iter().flat_map(|connector| connector.tools()).collect()
    }

    fn of(&self, tool: &str) -> Option<Arc<dyn Connector>> {
        let has = |connector: &&Arc<dyn Connector>| connector.tools().iter().any(|known| known.def.name == tool);
        self.0.iter().find(has).cloned()
    }
}

/// A call of a connector's tool that was permitted.
pub(crate) struct Connection {
    connector: Arc<dyn Connector>,
    call: ToolCall,
}

impl Connection {
    /// Calls it.
    pub async fn call(&self) -> ToolOutcome {
        self.connector.call(&self.call.name, &self.call.input).await
    }
}

/// What a call of a connector's tool would do; `None` when the tool is not a connector's.
pub(crate) fn connected(session: &Session<'_>, call: &ToolCall) -> Option<Result<Proposal, Box<ToolOutcome>>> {
    let connector = session
        .connections
        .of(&call.name)
        .filter(|_| session.trail.sinks.is_connector(&call.name))?;
    if !call.input.is_object() {
        let text = format!("The arguments of `{}` must be a JSON object.", call.name);
        return Some(Err(Box::new(ToolOutcome::failed(Code::new("tool.arguments"), text))));
    }
    let effect = session.trail.effect(call);
    Some(Ok(Proposal {
        effect,
        paths: Vec::new(),
        summary: summary(call, effect),
        preview: serde_json::to_string_pretty(&call.input).ok(),
        tier: None,
        work: Work::Connect(Box::new(Connection {
            connector,
            call: call.clone(),
        })),
    }))
}

/// One line for the person: the tool and the beginning of what it is called with.
fn summary(call: &ToolCall, effect: EffectClass) -> String {
    let arguments: Vec<String> = call
        .input
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let shown: String = text.chars().take(40).collect();
            format!("{name}: {shown}")
        })
        .collect();
    let verb = if effect <= EffectClass::Read {
        "Look up with"
    } else {
        "Call"
    };
    format!("{verb} {} ({})", call.name, arguments.join("; "))
}
