//! Being told of changes: one subscription per resource in the legacy era, one stream for everything in the newest.

use std::time::Duration;

use rmcp::model::{ServerNotification, SubscriptionFilter};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::connection::Connection;
use crate::error::Error;
use crate::host::Listing;
use crate::http::of_service;

/// How often a stream that breaks is opened again at once before it is given a rest.
const FAST: u32 = 3;
/// The first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The rest.
const REST: Duration = Duration::from_secs(60 * 60);
/// A stream that lasted this long has earned its fast attempts back.
const LASTED: Duration = Duration::from_secs(10 * 60);

impl Connection {
    /// Asks to be told when the resource `uri` changes; [`Host::updated`](crate::Host::updated) hears of it. Legacy era
    /// only: in the newest the address goes to [`Connection::listen`].
    pub async fn subscribe(&self, uri: &str, cancel: &CancellationToken) -> Result<(), Error> {
        self.may_subscribe()?;
        self.request("resources/subscribe", json!({"uri": uri}), cancel).await?;
        Ok(())
    }

    /// Takes [`Connection::subscribe`] back.
    pub async fn unsubscribe(&self, uri: &str, cancel: &CancellationToken) -> Result<(), Error> {
        self.may_subscribe()?;
        self.request("resources/unsubscribe", json!({"uri": uri}), cancel)
            .await?;
        Ok(())
    }

    fn may_subscribe(&self) -> Result<(), Error> {
        if self.is_modern() {
            return Err(Error::NotOffered("subscriptions to single resources in its era"));
        }
        self.offers("subscriptions", |offer| {
            offer
                .resources
                .as_ref()
                .is_some_and(|offer| offer.subscribe == Some(true))
        })
    }

    /// Listens for changes of lists and of the resources `uris`, and tells the host, until `cancel` or the connection's
    /// end. Newest era only; in the legacy one the server tells of lists unasked.
    ///
    /// A stream that breaks is opened again: three times after 1, 2 and 4 s, then once an hour.
    pub async fn listen(&self, uris: &[String], cancel: &CancellationToken) -> Result<(), Error> {
        if !self.is_modern() {
            return Err(Error::NotOffered("a stream of changes in its era"));
        }
        let mut breaks = 0_u32;
        loop {
            let begun = Instant::now();
            let broken = tokio::select! {
                broken = self.listen_once(uris) => broken,
                () = cancel.cancelled() => return Ok(()),
            };
            if let Err(error @ Error::Refused { .. }) = broken {
                // It said no: asking again changes nothing.
                return Err(error);
            }
            if self.is_closed() {
                return Err(Error::Closed);
            }
            if begun.elapsed() >= LASTED {
                breaks = 0;
            }
            tokio::select! {
                () = tokio::time::sleep(wait(breaks)) => {}
                () = cancel.cancelled() => return Ok(()),
            }
            breaks = breaks.saturating_add(1);
        }
    }

    async fn listen_once(&self, uris: &[String]) -> Result<(), Error> {
        let mut filter = SubscriptionFilter::new();
        filter.tools_list_changed = Some(true);
        filter.prompts_list_changed = Some(true);
        filter.resources_list_changed = Some(true);
        filter.resource_subscriptions = (!uris.is_empty()).then(|| uris.to_vec());
        let opening = self.service.peer().listen(filter);
        let mut stream = tokio::time::timeout(self.limits.idle, opening)
            .await
            .map_err(|_| Error::Timeout(self.limits.idle))?
            .map_err(of_service)?;
        let host = &self.service.service().host;
        while let Some(notification) = stream.next().await.map_err(of_service)? {
            match notification {
                ServerNotification::ToolListChangedNotification(_) => host.changed(Listing::Tools),
                ServerNotification::PromptListChangedNotification(_) => host.changed(Listing::Prompts),
                ServerNotification::ResourceListChangedNotification(_) => host.changed(Listing::Resources),
                ServerNotification::ResourceUpdatedNotification(updated) => host.updated(&updated.params.uri),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether the session is of the newest era.
    pub(super) fn is_modern(&self) -> bool {
        // Revisions are dates: their order is that of their text.
        self.revision()
            .is_some_and(|revision| revision.as_str() >= "2026-07-28")
    }
}

fn wait(breaks: u32) -> Duration {
    if breaks < FAST {
        FIRST_WAIT * 2_u32.pow(breaks)
    } else {
        REST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_breaks_is_opened_fast_and_then_rarely() {
        let waits: Vec<u64> = (0..5).map(|breaks| wait(breaks).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 3600, 3600]);
        assert_eq!(wait(u32::MAX), REST);
    }
}
