//! Plugins, as the engine uses them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use deskhand_plugins::format::{Diagnostic, Plugin};
use serde_json::Value;

/// A plugin that is installed, unchanged since the person agreed to it, and switched on.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Enabled {
    /// `name@marketplace`.
    pub id: String,
    /// What its files say.
    pub plugin: Plugin,
    /// Its folder.
    pub root: PathBuf,
    /// What the person configured.
    pub config: BTreeMap<String, Value>,
    /// Keys of it that are secret.
    pub sensitive: BTreeSet<String>,
}

/// Where installed plugins are asked for.
pub(crate) trait Shelf: Send + Sync {
    /// Those that are on, in a stable order. What was changed on disk since it was agreed to is left out and told.
    fn enabled(&self, notes: &mut Vec<Diagnostic>) -> Vec<Enabled>;
}

/// No plugins.
pub(crate) struct Empty;

impl Shelf for Empty {
    fn enabled(&self, _notes: &mut Vec<Diagnostic>) -> Vec<Enabled> {
        Vec::new()
    }
}
