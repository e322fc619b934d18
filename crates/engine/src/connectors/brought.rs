//! Servers that plugins in force bring.

use std::path::Path;

use deskhand_plugins::format::servers::resolve;
use deskhand_plugins::format::variables::{Variables, data_folder};
use deskhand_types::{ProgramAccess, SharedFolder};

use super::PluginServer;
use crate::plugins::{Enabled, Plugins, Shelf as _};

/// The servers of all plugins in force, with their own variables put in. What cannot be used of them is told where
/// the plugin is shown. `home` is Deskhand's data folder.
pub(super) fn servers(plugins: &Plugins, home: &Path) -> Vec<PluginServer> {
    if !plugins.is_there() {
        return Vec::new();
    }
    let mut ignored = Vec::new();
    let enabled = plugins.enabled(&mut ignored);
    enabled.iter().flat_map(|plugin| servers_of(plugin, home)).collect()
}

fn servers_of(enabled: &Enabled, home: &Path) -> Vec<PluginServer> {
    let root = &enabled.plugin.root;
    let data = home.join("plugins/data").join(data_folder(&enabled.id));
    let variables = Variables {
        plugin_root: Some(root.clone()),
        plugin_data: Some(data.clone()),
        user_config: enabled.config.clone(),
        sensitive: enabled.sensitive.clone(),
        ..Variables::default()
    };
    let share = |path: &Path, writable| SharedFolder {
        path: path.to_string_lossy().into_owned(),
        writable,
    };
    let access = ProgramAccess {
        folders: vec![share(root, false), share(&data, true)],
        ..ProgramAccess::default()
    };
    let mut ignored = Vec::new();
    resolve(&enabled.plugin, &variables, &mut ignored)
        .into_iter()
        .map(|server| PluginServer {
            plugin: enabled.plugin.name.clone(),
            key: server.key,
            entry: server.config,
            access: access.clone(),
        })
        .collect()
}
