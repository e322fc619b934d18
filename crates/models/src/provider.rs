//! What every provider can do.

use std::time::Duration;

use async_trait::async_trait;
use deskhand_types::{ModelRequest, ModelTurn, StreamDelta, Usage};
use serde::{Deserialize, Serialize};

use crate::Result;

/// A place that answers requests with turns.
#[async_trait]
pub trait ModelProvider: Send + Sync {
    /// The provider's id, the first half of `PROVIDER/NAME`.
    fn id(&self) -> &str;

    /// Makes one turn. `sink` gets what is streamed, for views only: it may be voided by [`StreamDelta::Retry`].
    /// Dropping the future abandons the request.
    ///
    /// # Errors
    /// [`crate::ModelError`]; nothing of a turn that failed is returned, and transient failures were already retried.
    async fn complete(&self, request: &ModelRequest, sink: &mut (dyn FnMut(StreamDelta) + Send)) -> Result<ModelTurn>;

    /// The models the provider offers.
    ///
    /// # Errors
    /// As for [`ModelProvider::complete`], without retries.
    async fn list(&self) -> Result<Vec<ModelListing>>;

    /// The smallest round trip that proves address, key and model: one short answer, without retries.
    ///
    /// # Errors
    /// As for [`ModelProvider::complete`].
    async fn test(&self) -> Result<TestReport>;
}

/// A model on offer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModelListing {
    /// Its name, the second half of `PROVIDER/NAME`.
    pub name: String,
    /// Its name for people, where the provider tells one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// What a test round trip showed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TestReport {
    /// The model asked for.
    pub model: String,
    /// The model that answered, as the provider reports it.
    pub answered_by: String,
    /// Where the request went, without any credential.
    pub endpoint: String,
    /// How long the whole round trip took.
    pub elapsed: Duration,
    /// Tokens used.
    pub usage: Usage,
}
