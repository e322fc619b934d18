//! A network that is not the real one: names resolve to public addresses, behind which are servers on loopback.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use deskhand_egress::{Dial, Resolver, Roots};
use deskhand_engine::Instead;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What the server was asked: its head as it came, and the body.
#[derive(Clone, Debug)]
pub struct Seen {
    pub head: String,
    pub body: String,
}

impl Seen {
    /// `POST /open/a`
    pub fn line(&self) -> &str {
        self.head.split(" HTTP/").next().unwrap()
    }
}

/// The network of one test.
#[derive(Default)]
pub struct Outside {
    /// Each look-up takes the next answer, and the last stays.
    names: Mutex<HashMap<&'static str, Vec<Vec<IpAddr>>>>,
    server: Mutex<Option<SocketAddr>>,
    pub dialled: Mutex<Vec<SocketAddr>>,
    pub seen: Arc<Mutex<Vec<Seen>>>,
}

#[async_trait::async_trait]
impl Resolver for Outside {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let mut names = self.names.lock().unwrap();
        let answers = names.get_mut(host).ok_or(io::ErrorKind::NotFound)?;
        Ok(if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers[0].clone()
        })
    }
}

#[async_trait::async_trait]
impl Dial for Outside {
    /// Every address, the private ones too, leads to the one server: whatever got here would be answered.
    async fn dial(&self, address: SocketAddr) -> io::Result<TcpStream> {
        self.dialled.lock().unwrap().push(address);
        let server = *self.server.lock().unwrap();
        TcpStream::connect(server.unwrap()).await
    }
}

impl Outside {
    /// With a server that has a certificate for all of `hosts`.
    pub async fn new(names: &[(&'static str, &[&[&str]])]) -> (Arc<Self>, Instead) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).unwrap().der().clone();
        let hosts = names.iter().map(|(host, _)| (*host).to_owned()).collect();
        let config = server_config(&Issuer::new(params, key), hosts);

        let outside = Arc::new(Self::default());
        for (host, answers) in names {
            let parsed = |answer: &&[&str]| answer.iter().map(|text| text.parse().unwrap()).collect();
            let answers = answers.iter().map(parsed).collect();
            outside.names.lock().unwrap().insert(host, answers);
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        *outside.server.lock().unwrap() = Some(listener.local_addr().unwrap());
        let seen = outside.seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (config, seen) = (config.clone(), seen.clone());
                tokio::spawn(async move {
                    if let Ok(mut stream) = TlsAcceptor::from(config).accept(stream).await
                        && let Some(asked) = read(&mut stream).await
                    {
                        let answer = answer(&asked);
                        seen.lock().unwrap().push(asked);
                        let _ = stream.write_all(answer.as_bytes()).await;
                        let _ = stream.shutdown().await;
                    }
                });
            }
        });
        let instead = Instead {
            resolver: outside.clone(),
            dial: outside.clone(),
            roots: Roots::Only(vec![root]),
        };
        (outside, instead)
    }
}

fn server_config(issuer: &Issuer<'_, KeyPair>, hosts: Vec<String>) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(hosts).unwrap().signed_by(&key, issuer).unwrap();
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key);
    Arc::new(config.unwrap())
}

/// Reads one request of the proxy, which sends lengths or chunks.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Seen> {
    let mut all = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&all).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_lowercase();
            let length = lower
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.lines().next());
            let whole = match length {
                Some(length) => body.len() >= length.parse::<usize>().unwrap(),
                None if lower.contains("transfer-encoding") => body.ends_with("0\r\n\r\n"),
                None => true,
            };
            if whole {
                return Some(Seen {
                    head: head.to_owned(),
                    body: body.to_owned(),
                });
            }
        }
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        all.extend_from_slice(&piece[..count]);
    }
}

/// `fine`; a redirect to where the path says; or the request's own head.
fn answer(asked: &Seen) -> String {
    let (status, more, body) = match asked.line().split_once(" /open/to/") {
        Some((_, to)) => ("302 Found", format!("location: https://{to}\r\n"), "moved".to_owned()),
        None if asked.line().ends_with("/echo") => ("200 OK", String::new(), asked.head.clone()),
        None => ("200 OK", String::new(), "fine".to_owned()),
    };
    format!(
        "HTTP/1.1 {status}\r\n{more}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
