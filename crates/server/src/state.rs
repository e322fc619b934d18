//! What handlers share.

use std::sync::Arc;

use deskhand_engine::Engine;

use crate::{desk::Desk, gate::Gate, host::Host, jobs::Jobs, overview::Overview, sign_ins::SignIns};

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct Shared {
    /// The engine.
    pub engine: Arc<Engine>,
    /// The tasks this process works on.
    pub desk: Arc<Desk>,
    /// The lines of all tasks and all open questions.
    pub overview: Arc<Overview>,
    /// Work in the background.
    pub jobs: Arc<Jobs>,
    /// Sign-ins to connectors.
    pub sign_ins: Arc<SignIns>,
    /// The program the server runs in.
    pub host: Arc<dyn Host>,
    /// Who gets in.
    pub gate: Arc<Gate>,
}

impl Shared {
    /// Runs something that blocks away from the threads that answer.
    ///
    /// # Errors
    /// The failure of `work`, or that it broke.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, crate::Failure> + Send + 'static,
    ) -> Result<T, crate::Failure> {
        let shared = self.clone();
        tokio::task::spawn_blocking(move || work(&shared))
            .await
            .map_err(|error| crate::Failure::broken(&error))?
    }
}
