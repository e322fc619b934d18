//! Servers that go with their plugin: what of them is closed and forgotten.

use std::collections::BTreeSet;
use std::sync::Arc;

use deskhand_mcp::{Authorization, Place};
use deskhand_types::ConnectorChange;

use super::{
    Book, PluginServer,
    book::Entry,
    brought,
    live::{folder_of, remote, secrets_key},
    unpack::remove,
};
use crate::{Engine, EngineError};

/// A server of an installed plugin, in force or not, with its sign-in while that can still be found.
pub(crate) struct Leaving {
    entry: Entry,
    sign_in: Option<Arc<Authorization>>,
}

impl Engine {
    /// Every server of every installed plugin as it stands now.
    pub(crate) async fn servers_of_plugins(&self) -> Result<Vec<Leaving>, EngineError> {
        self.refresh()?;
        let mut all = Vec::new();
        for entry in self.declared()? {
            let sign_in = match remote(&entry.server) {
                Some(_) => self.authorization_of(&entry).await.ok(),
                None => None,
            };
            all.push(Leaving { entry, sign_in });
        }
        Ok(all)
    }

    /// Each by itself, so that none is another's second name.
    fn declared(&self) -> Result<Vec<Entry>, EngineError> {
        let servers = brought::installed(&self.plugins)?;
        let alone = |server: PluginServer| Book::default().entries(&[server]);
        Ok(servers.into_iter().flat_map(alone).collect())
    }

    /// Ends the sessions of servers that nobody brings any more. What was decided about them stays.
    pub(crate) async fn close_unused(&self, before: &[Entry]) -> Result<(), EngineError> {
        self.refresh()?;
        let now = self.hub().entries();
        for gone in before
            .iter()
            .filter(|one| now.iter().all(|entry| entry.name != one.name))
        {
            self.hub().close(&gone.name).await;
        }
        Ok(())
    }

    /// Forgets the servers that no installed plugin brings any more: session, sign-in, secrets, folder, and what was decided
    /// about them, so that a plugin of that name that comes later is a stranger. Gives what could not be forgotten, as
    /// sentences.
    pub(crate) async fn forget_servers(&self, before: &[Leaving]) -> Result<Vec<String>, EngineError> {
        self.refresh()?;
        let left = self.declared()?;
        let names: BTreeSet<&str> = left.iter().map(|entry| entry.name.as_str()).collect();
        // Others may bring the same server by another name: they are signed in at the same place.
        let connectors = self.hub().entries();
        let places: BTreeSet<Place> = connectors
            .iter()
            .chain(&left)
            .filter_map(|one| Place::of(&one.server))
            .collect();
        let mut warnings = Vec::new();
        for gone in before.iter().filter(|one| !names.contains(one.entry.name.as_str())) {
            let name = &gone.entry.name;
            self.hub().close(name).await;
            let mut told = |why: String| warnings.push(format!("not all of the connector {name} is gone: {why}"));
            let is_used = Place::of(&gone.entry.server).is_some_and(|place| places.contains(&place));
            if let Some(sign_in) = gone.sign_in.as_ref().filter(|_| !is_used)
                && let Err(error) = sign_in.sign_out().await
            {
                told(error.to_string());
            }
            if let Err(error) = self.hub().config.tokens.clear(&secrets_key(name)).await {
                told(error.to_string());
            }
            if let Err(error) = remove(&folder_of(&self.hub().config.home, name)) {
                told(error.to_string());
            }
            self.decide_connector(ConnectorChange::Removed { name: name.clone() })?;
        }
        Ok(warnings)
    }
}
