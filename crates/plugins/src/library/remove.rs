//! Removing, enabling and disabling.

use super::error::LibraryError;
use super::home::Library;
use super::id::{PluginId, Scope};
use super::state::{Installed, Retired, State};

/// What removing did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Removed {
    /// Plugins that are gone for good: the one asked for, and those only it needed.
    pub plugins: Vec<PluginId>,
    /// What could not be cleaned up, as sentences.
    pub warnings: Vec<String>,
}

impl Library {
    /// Removes a plugin for one scope. With the last scope its files, data, values and secrets go, and so do the plugins
    /// that were installed only because it needed them.
    pub fn remove(&self, id: &PluginId, scope: &Scope) -> Result<Removed, LibraryError> {
        let _lock = self.lock()?;
        let mut state = self.state()?;
        let installed = placed(&mut state, id)?;
        let before = installed.placements.len();
        installed.placements.retain(|placement| placement.scope != *scope);
        if installed.placements.len() == before {
            return Err(LibraryError::NoPlugin(id.clone()));
        }
        let is_last = installed.placements.is_empty();
        let mut removed = Removed::default();
        if is_last {
            let by: Vec<String> = dependants(&state, id).map(ToString::to_string).collect();
            if !by.is_empty() {
                return Err(LibraryError::Needed {
                    id: id.clone(),
                    by: by.join(", "),
                });
            }
            let mut next = Some(id.clone());
            while let Some(id) = next {
                self.forget(&mut state, &id);
                removed.plugins.push(id);
                next = orphan(&state);
            }
        }
        self.save(&state)?;
        // It is removed, whatever is still on the disk: that goes when the library is next opened.
        if let Err(why) = self.sweep_now(&mut state) {
            removed.warnings.push(format!(
                "files of {id} are not deleted yet and will be at the next start: {why}"
            ));
        }
        for (owner, key) in &state.doomed_secrets {
            removed.warnings.push(format!(
                "the secret `{key}` of {owner} could not be removed yet; it will be tried again"
            ));
        }
        Ok(removed)
    }

    fn forget(&self, state: &mut State, id: &PluginId) {
        let Some(installed) = state.plugins.remove(id) else {
            return;
        };
        if self.ports.secrets.is_some() {
            let keys = self.secret_keys(id, &installed).into_iter();
            state
                .doomed_secrets
                .extend(keys.map(|key| (installed.data.clone(), key)));
        }
        state.options.remove(id);
        state.doomed.insert(installed.data);
        // Since 0: deleted as soon as nobody holds it.
        for retired in &mut state.retired {
            if retired.folder.parent() == installed.folder.parent() {
                retired.since = 0;
            }
        }
        state.retired.push(Retired {
            folder: installed.folder,
            since: 0,
        });
    }

    /// Switches a plugin on for a scope it is installed for.
    pub fn enable(&self, id: &PluginId, scope: &Scope) -> Result<(), LibraryError> {
        self.switch(id, scope, true)
    }

    /// Switches a plugin off for a scope it is installed for. Its files and data stay.
    pub fn disable(&self, id: &PluginId, scope: &Scope) -> Result<(), LibraryError> {
        self.switch(id, scope, false)
    }

    fn switch(&self, id: &PluginId, scope: &Scope, enabled: bool) -> Result<(), LibraryError> {
        let _lock = self.lock()?;
        let mut state = self.state()?;
        let installed = placed(&mut state, id)?;
        let placement = installed
            .placements
            .iter_mut()
            .find(|placement| placement.scope == *scope);
        placement.ok_or_else(|| LibraryError::NoPlugin(id.clone()))?.enabled = enabled;
        self.save(&state)
    }
}

fn placed<'a>(state: &'a mut State, id: &PluginId) -> Result<&'a mut Installed, LibraryError> {
    state
        .plugins
        .get_mut(id)
        .ok_or_else(|| LibraryError::NoPlugin(id.clone()))
}

/// Who needs a plugin.
fn dependants<'a>(state: &'a State, id: &'a PluginId) -> impl Iterator<Item = &'a PluginId> {
    let others = state.plugins.iter().filter(move |(other, _)| *other != id);
    others
        .filter(move |(_, installed)| installed.dependencies.iter().any(|need| need.id == *id))
        .map(|(other, _)| other)
}

/// A plugin that was installed only for others, none of which is left.
fn orphan(state: &State) -> Option<PluginId> {
    let automatic = state.plugins.iter().filter(|(_, installed)| installed.automatic);
    automatic
        .map(|(id, _)| id)
        .find(|id| dependants(state, id).next().is_none())
        .cloned()
}
