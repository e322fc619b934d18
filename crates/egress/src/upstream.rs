//! Connections to servers: to an address that was judged, with TLS where the scheme says so.

use std::future::{Future as _, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::body::{Driver, chain};
use crate::dial::Dial;
use crate::error::{EgressError, Result};
use crate::idle::Idle;
use crate::limits::Limits;

/// Whom servers' certificates are checked against.
#[derive(Clone, Debug, Default)]
pub enum Roots {
    /// Those this computer trusts, with its revocations: as for models.
    #[default]
    System,
    /// These alone (DER). For tests.
    Only(Vec<CertificateDer<'static>>),
}

impl Roots {
    /// How servers are spoken to.
    pub(crate) fn config(self, provider: Arc<CryptoProvider>) -> Result<ClientConfig> {
        let failed = |error: rustls::Error| EgressError::Roots {
            reason: error.to_string(),
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?;
        let mut config = match self {
            Self::System => builder.with_platform_verifier().map_err(failed)?.with_no_client_auth(),
            Self::Only(certificates) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates {
                    roots.add(certificate).map_err(failed)?;
                }
                builder.with_root_certificates(roots).with_no_client_auth()
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// A connection with TLS or without.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A connection, ready for one request.
pub(crate) struct Upstream<B: Body + 'static> {
    sender: SendRequest<B>,
    driver: Connection<TokioIo<Box<dyn Io>>, B>,
}

/// Opens a TCP connection to exactly this address.
pub(crate) async fn dial(dial: &dyn Dial, address: IpAddr, port: u16, limits: &Limits) -> Result<TcpStream, String> {
    match timeout(limits.connect_time, dial.dial(SocketAddr::new(address, port))).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(format!("no connection to {address}: {}", error.kind())),
        Err(_) => Err(format!(
            "no connection to {address} within {} s",
            limits.connect_time.as_secs()
        )),
    }
}

/// Speaks TLS as a client of `host` (if there is a config for it) and gets ready for HTTP/1.1.
pub(crate) async fn greet<B>(
    stream: TcpStream,
    host: &str,
    tls: Option<&Arc<ClientConfig>>,
    limits: &Limits,
) -> Result<Upstream<B>, String>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let stream = Idle::new(stream, limits.idle_time);
    let stream: Box<dyn Io> = match tls {
        None => Box::new(stream),
        Some(config) => {
            let name =
                ServerName::try_from(host.to_owned()).map_err(|_| format!("{host} cannot be spoken to with TLS"))?;
            let connecting = TlsConnector::from(Arc::clone(config)).connect(name, stream);
            match timeout(limits.connect_time, connecting).await {
                Ok(Ok(stream)) => Box::new(stream),
                Ok(Err(error)) => return Err(format!("no TLS with {host}: {}", chain(&error))),
                Err(_) => return Err(format!("no TLS with {host} in time")),
            }
        }
    };
    let (sender, driver) = http1::Builder::new()
        .max_headers(limits.headers)
        .max_buf_size(limits.head_bytes.max(8 << 10))
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| chain(&error))?;
    Ok(Upstream { sender, driver })
}

impl<B> Upstream<B>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// Sends the one request and waits for the head of the answer, driving the connection meanwhile. What still drives it
    /// is for whoever reads the answer; `None` when the connection has ended.
    pub(crate) async fn exchange(self, request: Request<B>) -> Result<(Response<Incoming>, Option<Driver>), String> {
        let Self { mut sender, driver } = self;
        let mut driver: Option<Driver> = Some(Box::pin(async move {
            // What goes wrong is seen where the answer is read.
            let _ = driver.await;
        }));
        let mut answer = pin!(sender.send_request(request));
        let response = poll_fn(|context| {
            if let Some(running) = &mut driver
                && running.as_mut().poll(context).is_ready()
            {
                driver = None;
            }
            answer.as_mut().poll(context)
        });
        match response.await {
            Ok(response) => Ok((response, driver)),
            Err(error) => Err(format!("no answer: {}", chain(&error))),
        }
    }
}
