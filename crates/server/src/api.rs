//! What goes over the wire. Everything here is in the OpenAPI document, from which the interface's types are made.

mod app;
mod files;
mod settings;
mod task;

pub use app::*;
pub use files::*;
pub use settings::*;
pub use task::*;
