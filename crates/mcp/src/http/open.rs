//! Finding out how a remote server is spoken to.

use std::sync::Arc;

use rmcp::model::ProtocolVersion;
use rmcp::service::{ClientLifecycleMode, RoleClient, RunningService, serve_client_with_lifecycle};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::common::client_side_sse::ExponentialBackoff;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;

use super::call::Caller;
use super::client::Client;
use super::fault;
use super::sse::SseTransport;
use crate::connection::Limits;
use crate::endpoint::Transport;
use crate::era::Era;
use crate::error::Error;
use crate::handler::Handler;

/// Times a stream that broke off is opened again, waiting longer each time.
const RECONNECTS: usize = 5;
/// Bytes of an error's body that are looked at.
const ERROR_BODY: usize = 64 * 1024;

type Service = RunningService<RoleClient, Handler>;

/// The era of an open session.
pub(crate) fn era_of(service: &Service) -> Era {
    let modern = ProtocolVersion::V_2026_07_28.to_string();
    let agreed = service.peer().peer_info().map(|info| info.protocol_version.to_string());
    // Revisions are dates, which sort as text.
    if agreed.is_some_and(|agreed| agreed >= modern) {
        Era::Modern
    } else {
        Era::Legacy
    }
}

/// Opens a session: as it is `known` to work, else Streamable HTTP of the newest era, of an older one, then HTTP+SSE where
/// the first two are not there.
pub(crate) async fn open(
    caller: Caller,
    handler: impl Fn() -> Handler,
    limits: &Limits,
    known: Option<Era>,
) -> Result<(Service, Era), Error> {
    let caller = Arc::new(caller);
    if caller.endpoint().transport() == Transport::Sse {
        return Ok((sse(caller, handler(), limits).await?, Era::Sse));
    }
    let known = match known {
        Some(Era::Sse) => Some(
            sse(Arc::clone(&caller), handler(), limits)
                .await
                .map(|service| (service, Era::Sse)),
        ),
        Some(Era::Legacy) => {
            let opened = streamable(Arc::clone(&caller), handler(), limits, ClientLifecycleMode::Initialize).await;
            Some(opened.map(|service| (service, Era::Legacy)))
        }
        _ => None,
    };
    match known {
        Some(Ok(opened)) => return Ok(opened),
        // What it says of the sign-in, and that it cannot be reached, is not about the era.
        Some(Err(error @ (Error::SignIn(_) | Error::Scope(_) | Error::Authorization(_) | Error::Outbound(_)))) => {
            return Err(error);
        }
        _ => {}
    }
    let error = match streamable(Arc::clone(&caller), handler(), limits, probing()).await {
        Ok(service) => {
            let era = era_of(&service);
            return Ok((service, era));
        }
        Err(error) => error,
    };
    // What a server of 2024-11-05 says to a POST; one whose path says `sse` may say anything.
    let named_sse = caller.endpoint().url().path().trim_end_matches('/').ends_with("/sse");
    let may_be_sse = match error {
        Error::Status(404 | 405) => true,
        Error::Status(_) | Error::Handshake(_) | Error::Malformed(_) => named_sse,
        _ => false,
    };
    if !may_be_sse {
        return Err(error);
    }
    match sse(caller, handler(), limits).await {
        Ok(service) => Ok((service, Era::Sse)),
        // What was wrong first is what was expected to work, unless the server has something to say.
        Err(second @ (Error::SignIn(_) | Error::Scope(_))) => Err(second),
        Err(_) => Err(error),
    }
}

/// Asks for the newest era first.
fn probing() -> ClientLifecycleMode {
    ClientLifecycleMode::Auto {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        legacy_version: Some(ProtocolVersion::V_2025_11_25),
    }
}

async fn streamable(
    caller: Arc<Caller>,
    handler: Handler,
    limits: &Limits,
    lifecycle: ClientLifecycleMode,
) -> Result<Service, Error> {
    let mut config = StreamableHttpClientTransportConfig::with_uri(caller.endpoint().url().as_str())
        .max_sse_event_size(limits.message)
        .max_json_response_size(limits.message)
        .max_error_response_size(ERROR_BODY);
    config.retry_config = Arc::new(backoff());
    let transport = StreamableHttpClientTransport::with_client(Client(caller), config);
    serve_client_with_lifecycle(handler, transport, lifecycle)
        .await
        .map_err(fault::of_handshake)
}

fn backoff() -> ExponentialBackoff {
    let mut backoff = ExponentialBackoff::default();
    backoff.max_times = Some(RECONNECTS);
    backoff
}

async fn sse(caller: Arc<Caller>, handler: Handler, limits: &Limits) -> Result<Service, Error> {
    let transport = SseTransport::connect(caller, limits.message).await?;
    serve_client_with_lifecycle(handler, transport, ClientLifecycleMode::Initialize)
        .await
        .map_err(fault::of_handshake)
}
