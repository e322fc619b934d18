//! What the program of a connector gets of this computer, and whether a connector is on: the person says so, also of those that
//! another program's settings or a plugin brought.

use deskhand_types::{ConnectorChange, ProgramAccess};

use super::view::{access_words, is_local};
use crate::{Engine, EngineError};

impl Engine {
    /// What the program of a connector would get with this access, in words; what it gets now with `None`.
    ///
    /// # Errors
    /// When there is no such connector, or it is no program of this computer.
    pub fn connector_access(&self, name: &str, access: Option<&ProgramAccess>) -> Result<String, EngineError> {
        let entry = self.connector_entry(name)?;
        let access = access.unwrap_or(&entry.access);
        access_words(&entry.server, access, &self.hub().config.place).ok_or_else(|| not_here(name))
    }

    /// Gives the program of a connector this access, instead of what it had; a plugin's server keeps the plugin's own
    /// folders. A session that is open ends: the next begins with it.
    ///
    /// # Errors
    /// When there is no such connector, or it is no program of this computer; nothing was changed then.
    pub async fn set_connector_access(&self, name: &str, access: ProgramAccess) -> Result<(), EngineError> {
        let entry = self.connector_entry(name)?;
        if !is_local(&entry.server) {
            return Err(not_here(name));
        }
        self.decide_connector(ConnectorChange::Access {
            connector: entry.name.clone(),
            access: Some(access),
            disabled: None,
        })?;
        self.hub().close(&entry.name).await;
        Ok(())
    }

    /// Switches a connector on or off. Off, it is not started and no task can call it; nothing that was decided about it is
    /// forgotten.
    ///
    /// # Errors
    /// When there is no such connector; nothing was changed then.
    pub async fn switch_connector(&self, name: &str, on: bool) -> Result<(), EngineError> {
        let entry = self.connector_entry(name)?;
        self.decide_connector(ConnectorChange::Access {
            connector: entry.name.clone(),
            access: None,
            disabled: Some(!on),
        })?;
        if !on {
            self.hub().close(&entry.name).await;
        }
        Ok(())
    }
}

impl Engine {
    /// Lets the server of a connector ask for answers of a model, or not any more. Each request is asked about, and so is
    /// each answer before it goes to the server. `model` is the one that is asked; `None` = that of the task. A session
    /// that is open ends: the next tells the server.
    ///
    /// # Errors
    /// When there is no such connector, or no such model; nothing was changed then.
    pub async fn set_sampling(&self, name: &str, on: bool, model: Option<String>) -> Result<(), EngineError> {
        let entry = self.connector_entry(name)?;
        if let Some(model) = model.as_deref().filter(|_| on) {
            let models = self.models();
            models
                .resolve(Some(model))
                .map_err(|error| EngineError::Connector(format!("{error}; nothing was changed")))?;
        }
        self.decide_connector(ConnectorChange::Sampling {
            connector: entry.name.clone(),
            on,
            model: model.filter(|_| on),
        })?;
        self.hub().close(&entry.name).await;
        Ok(())
    }
}

fn not_here(name: &str) -> EngineError {
    EngineError::Connector(format!(
        "`{name}` is no program of this computer, so there is nothing to give it; nothing was changed"
    ))
}
