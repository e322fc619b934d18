//! Where every request is written down before it is made.

use deskhand_types::{NetworkRequest, NetworkResult};

use crate::Result;

/// The ledger of one task.
#[async_trait::async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Writes down a request, allowed or refused, before anything is connected. `request.id` is 0: the ledger gives the
    /// request its number within the task's log and returns it.
    ///
    /// # Errors
    /// When it is not safely written. The request is then not made.
    async fn requested(&self, request: NetworkRequest) -> Result<u64>;

    /// Words that must not leave. A request that has one in its address or headers is refused, one that has it in its
    /// body is cut off; both say [`crate::WATCHED`].
    fn watched(&self) -> std::sync::Arc<[Vec<u8>]> {
        std::sync::Arc::default()
    }

    /// Writes down what came of a request that was made; exactly once for each that was allowed. Must not block.
    fn finished(&self, result: NetworkResult);
}
