//! The ledger of the network: every request of a command, allowed or refused.

use std::collections::BTreeMap;

use deskhand_types::{Event, EventBody, NetworkRequest, NetworkResult, TaskId, Timestamp};
use serde::Serialize;

/// One request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NetworkLine {
    /// What was asked for; `id` counts within the task.
    #[serde(flatten)]
    pub request: NetworkRequest,
    /// The task.
    pub task: TaskId,
    /// When it was asked for.
    pub at: Timestamp,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Bytes of body sent.
    pub sent: u64,
    /// Bytes of body received.
    pub received: u64,
    /// Why it ended early; also when nothing is known of its end.
    pub error: Option<String>,
}

impl NetworkLine {
    /// The requests of a task, oldest first.
    pub fn of(task: &TaskId, events: &[Event]) -> Vec<Self> {
        let results: BTreeMap<u64, &NetworkResult> = events
            .iter()
            .filter_map(|event| match &event.body {
                EventBody::NetworkFinished(result) => Some((result.id, result)),
                _ => None,
            })
            .collect();
        let line = |event: &Event| {
            let EventBody::NetworkRequested(request) = &event.body else {
                return None;
            };
            let result = results.get(&request.id);
            let unknown = request
                .allowed
                .then(|| "it was cut off; how it ended is not known".to_owned());
            Some(Self {
                request: request.clone(),
                task: task.clone(),
                at: event.at,
                status: result.and_then(|result| result.status),
                sent: result.map_or(0, |result| result.sent),
                received: result.map_or(0, |result| result.received),
                error: result.map_or(unknown, |result| result.error.clone()),
            })
        };
        events.iter().filter_map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use deskhand_types::Hash;

    use super::*;

    fn event(seq: u64, body: EventBody) -> Event {
        Event {
            task: "t".into(),
            seq,
            at: Timestamp(1_000),
            body,
            label: None,
            prev_hash: Hash::ZERO,
            hash: Hash::ZERO,
        }
    }

    fn request(id: u64, allowed: bool) -> NetworkRequest {
        NetworkRequest {
            id,
            method: "GET".to_owned(),
            scheme: "https".to_owned(),
            host: "example.org".to_owned(),
            port: 443,
            path: "/a".to_owned(),
            address: None,
            allowed,
            reason: "a rule".to_owned(),
            stripped: Vec::new(),
            credential: None,
        }
    }

    #[test]
    fn requests_and_what_came_of_them_are_put_together() {
        let result = NetworkResult {
            id: 1,
            status: Some(200),
            sent: 3,
            received: 5,
            error: None,
        };
        let events = [
            event(1, EventBody::NetworkRequested(request(1, true))),
            event(2, EventBody::NetworkRequested(request(2, false))),
            event(3, EventBody::NetworkFinished(result)),
            event(4, EventBody::NetworkRequested(request(3, true))),
        ];
        let lines = NetworkLine::of(&"t".into(), &events);
        let told: Vec<_> = lines
            .iter()
            .map(|line| {
                (
                    line.request.id,
                    line.status,
                    line.sent,
                    line.received,
                    line.error.is_some(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (1, Some(200), 3, 5, false),
                (2, None, 0, 0, false),
                (3, None, 0, 0, true)
            ]
        );
    }
}
