//! The requests of signing in, through the way out that everything takes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use deskhand_types::Outbound;
use rmcp::transport::auth::{OAuthHttpClient, OAuthHttpClientFuture, OAuthHttpRequest};

use crate::http::{HttpFault, whole};

/// Bytes of an answer.
const LARGEST: usize = 1024 * 1024;
/// For an answer, where nothing else is said.
const TIME: Duration = Duration::from_secs(30);

/// Makes the requests of signing in. Redirects are never followed: `rmcp` judges those of discovery itself, and the others
/// carry codes and secrets.
pub(crate) struct Client(pub(crate) Arc<dyn Outbound>);

impl OAuthHttpClient for Client {
    fn execute(&self, request: OAuthHttpRequest) -> OAuthHttpClientFuture<'_> {
        let time = request.timeout.unwrap_or(TIME).min(TIME);
        Box::pin(async move {
            let made = async {
                let (parts, body) = self.0.send(request.request.map(Bytes::from)).await?.into_parts();
                let read = whole(&parts.headers, body, LARGEST).await?;
                Ok::<_, HttpFault>(::http::Response::from_parts(parts, read))
            };
            match tokio::time::timeout(time, made).await {
                Ok(Ok(response)) => Ok(response),
                Ok(Err(fault)) => Err(fault.into()),
                Err(_) => Err(HttpFault::Malformed(format!("no answer within {} s", time.as_secs())).into()),
            }
        })
    }
}
