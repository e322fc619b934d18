//! Connectors: MCP servers whose tools a task may call.
//!
//! Bird's eye: [`Book`] is the fold over what was decided; [`Hub`] holds the sessions with servers and is, to tasks, one
//! [`Connector`](crate::Connector); `live` opens a session, `confine` keeps a local program apart, `outcome` makes a
//! result of what a server said; `manage` is what a person does with connectors.
//!
//! Architecture invariants: what a model sees of a tool is what was approved, never what the server says now; a server is
//! started only when one of its tools is called or the person looks at it; nothing a server says is trusted.

mod access;
mod address_book;
mod attach;
mod book;
mod brought;
mod bundle;
mod confine;
mod guest;
mod helper;
mod hub;
mod import;
mod leave;
mod ledger;
mod live;
mod manage;
mod meanwhile;
mod names;
mod offered;
mod outcome;
mod reach;
mod unpack;
mod view;
mod way_out;

pub(crate) use attach::{mentions, prompt as prompt_text, resource as resource_text};
pub(crate) use book::Book;
pub use book::PluginServer;
pub use brought::PluginValues;
pub use bundle::{BundlePage, BundleSetting, BundleWish};
pub(crate) use hub::Hub;
pub use import::{Imported, ImportedServer, LeftServer};
pub use manage::NewConnector;
pub(crate) use meanwhile::Word;
pub use meanwhile::{Meanwhile, Reply};
pub(crate) use names::call_name;
pub use names::slug as connector_slug;
pub use offered::{Proposed, ResourceLine};
pub(crate) use outcome::interrupted;
pub use view::{
    ConnectorLine, ConnectorPage, ConnectorState, RecordsStanding, SignInState, ToolLine, ToolStanding,
    address as connector_address,
};
pub(crate) use way_out::WayOut;

use std::sync::Arc;

use deskhand_store::SqliteStore;

use crate::EngineConfig;

/// The hub's surroundings on this computer.
pub(crate) fn hub_config(config: &EngineConfig, store: Arc<SqliteStore>) -> hub::HubConfig {
    let path = (config.models.env)("PATH").unwrap_or_default();
    hub::HubConfig {
        home: config.home.clone(),
        place: confine::Place::find(&path, &config.personal),
        env: config.models.env.clone(),
        tokens: config.tokens.clone(),
        out: Arc::new(WayOut::new(Arc::new(ledger::ConnectorLedger {
            log: store.clone(),
            clock: config.clock.clone(),
            next: std::sync::atomic::AtomicU64::new(0),
        }))),
        blobs: store,
    }
}
