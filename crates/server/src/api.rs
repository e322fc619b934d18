//! What goes over the wire. Everything here is in the OpenAPI document, from which the interface's types are made.

mod app;
mod files;
mod grounds;
mod settings;
mod task;

pub use app::*;
pub use files::*;
pub use grounds::*;
pub use settings::*;
pub use task::*;
