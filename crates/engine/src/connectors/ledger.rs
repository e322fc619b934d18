//! The ledger of connectors: a log of its own, since sessions serve several tasks.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use deskhand_egress::EgressError;
use deskhand_store::{EventLog, StoreError};
use deskhand_types::{EventBody, NetworkRequest, NetworkResult, TaskId};

use crate::Clock;

/// Tries to append: other processes write to the same log.
const TRIES: usize = 50;

/// Writes to the log of connectors.
pub(crate) struct ConnectorLedger {
    pub log: Arc<dyn EventLog>,
    pub clock: Arc<dyn Clock>,
    /// Where the log is expected to end.
    pub next: AtomicU64,
}

impl ConnectorLedger {
    /// Appends what `body` makes of the event's number.
    fn append(&self, body: impl Fn(u64) -> EventBody) -> Result<u64, StoreError> {
        let log = TaskId::connectors();
        let mut seq = self.next.load(Ordering::Relaxed);
        for _ in 0..TRIES {
            match self.log.append(&log, seq, self.clock.now(), &[body(seq).into()]) {
                Ok(_) => {
                    self.next.store(seq + 1, Ordering::Relaxed);
                    return Ok(seq);
                }
                Err(StoreError::Conflict { .. }) => {
                    seq = self.log.read(&log, seq)?.last().map_or(0, |event| event.seq + 1);
                }
                Err(error) => return Err(error),
            }
        }
        self.log.append(&log, seq, self.clock.now(), &[body(seq).into()])?;
        Ok(seq)
    }
}

#[async_trait]
impl deskhand_egress::Ledger for ConnectorLedger {
    async fn requested(&self, request: NetworkRequest) -> Result<u64, EgressError> {
        // Its number is that of its event, from 1.
        let append = |seq: u64| {
            EventBody::NetworkRequested(NetworkRequest {
                id: seq + 1,
                ..request.clone()
            })
        };
        let seq = self.append(append).map_err(|error| EgressError::Ledger {
            reason: error.to_string(),
        })?;
        Ok(seq + 1)
    }

    fn finished(&self, result: NetworkResult) {
        // What came of it is lost when the disk is full; that it was made is not.
        let _ = self.append(|_| EventBody::NetworkFinished(result.clone()));
    }
}
