//! The way out to the network of everything that is neither a model nor a command: connectors and downloads of plugins. One
//! door, one ledger.

use std::sync::{Arc, OnceLock};

use deskhand_egress::{Connector, Door, DoorConfig, Ledger, Loopback};

/// The door, made when it is first needed, and where its requests are written down.
pub(crate) struct WayOut {
    ledger: Arc<dyn Ledger>,
    door: OnceLock<Result<Door, String>>,
}

impl WayOut {
    /// Opens nothing.
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self {
            ledger,
            door: OnceLock::new(),
        }
    }

    /// The way out of `name`, under which its requests are written down.
    ///
    /// # Errors
    /// In words, when there can be no door.
    pub fn of(&self, name: &str, loopback: Loopback) -> Result<Connector, String> {
        let door = self
            .door
            .get_or_init(|| Door::new(DoorConfig::default()).map_err(|error| error.to_string()));
        let door = door.as_ref().map_err(Clone::clone)?;
        Ok(door.connector(name, loopback, self.ledger.clone()))
    }
}
