//! Bodies of answers, read within limits.

use deskhand_types::Incoming;
use futures_util::StreamExt;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};

use super::fault::HttpFault;

/// The whole body, if it is no longer than `limit` bytes.
pub(crate) async fn whole(headers: &HeaderMap, mut body: Incoming, limit: usize) -> Result<Vec<u8>, HttpFault> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(HttpFault::TooLarge(limit));
    }
    let mut read = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        if chunk.len() > limit.saturating_sub(read.len()) {
            return Err(HttpFault::TooLarge(limit));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

/// Whether the answer says it is of this media type, whatever its parameters.
pub(crate) fn is(headers: &HeaderMap, media_type: &str) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok()?.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(media_type))
}
