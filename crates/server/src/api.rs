//! What goes over the wire. Everything here is in the OpenAPI document, from which the interface's types are made.

mod app;
mod budget;
mod bundle;
mod clean;
mod connectors;
mod context;
mod elicit;
mod files;
mod grounds;
mod live;
mod memory;
mod plugins;
mod settings;
mod task;
mod trust;
mod voice;

pub use app::*;
pub use budget::*;
pub use bundle::*;
pub use clean::*;
pub use connectors::*;
pub use context::*;
pub use elicit::*;
pub use files::*;
pub use grounds::*;
pub use live::*;
pub use memory::*;
pub use plugins::*;
pub use settings::*;
pub use task::*;
pub use trust::*;
pub use voice::*;
