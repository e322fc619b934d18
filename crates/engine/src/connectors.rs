//! Connectors: MCP servers whose tools a task may call.
//!
//! Bird's eye: [`Book`] is the fold over what was decided; [`Hub`] holds the sessions with servers and is, to tasks, one
//! [`Connector`](crate::Connector); `live` opens a session, `confine` keeps a local program apart, `outcome` makes a
//! result of what a server said; `manage` is what a person does with connectors.
//!
//! Architecture invariants: what a model sees of a tool is what was approved, never what the server says now; a server is
//! started only when one of its tools is called or the person looks at it; nothing a server says is trusted.

mod book;
mod confine;
mod guest;
mod hub;
mod live;
mod manage;
mod outcome;
mod view;

pub(crate) use book::Book;
pub(crate) use hub::{Hub, HubConfig};
pub use manage::NewConnector;
pub use view::{ConnectorLine, ConnectorPage, ConnectorState, SignInState, ToolLine, ToolStanding};
