//! Servers that plugins in force bring.

use deskhand_plugins::format::servers::resolve;
use deskhand_plugins::format::variables::{Variables, data_folder};
use deskhand_types::{ProgramAccess, SharedFolder};

use super::PluginServer;
use crate::{
    Engine,
    plugins::{Enabled, Shelf as _},
};

impl Engine {
    /// The servers of all plugins in force, with their own variables put in. What cannot be used of them is told where
    /// the plugin is shown.
    pub(crate) fn brought_servers(&self) -> Vec<PluginServer> {
        if !self.plugins.is_there() {
            return Vec::new();
        }
        let mut ignored = Vec::new();
        let enabled = self.plugins.enabled(&mut ignored);
        enabled.iter().flat_map(|plugin| self.servers_of(plugin)).collect()
    }

    fn servers_of(&self, enabled: &Enabled) -> Vec<PluginServer> {
        let root = &enabled.plugin.root;
        let data = self.config().home.join("plugins/data").join(data_folder(&enabled.id));
        let variables = Variables {
            plugin_root: Some(root.clone()),
            plugin_data: Some(data.clone()),
            user_config: enabled.config.clone(),
            sensitive: enabled.sensitive.clone(),
            ..Variables::default()
        };
        let share = |path: &std::path::Path, writable| SharedFolder {
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
}
