//! A proxy with everything around it: names, addresses, servers, keys, a ledger.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use deskhand_egress::{Config, Credentials, Dial, Egress, EgressError, Ledger, Limits, Resolver, Roots, Rules, Secret};
use deskhand_types::{NetworkRequest, NetworkResult, TaskId};
use http::Response;
use http_body_util::Full;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::server::{Answer, Pki, Seen, Server};

pub const CANARY: &str = "dh-canary-7f3a9c51e2";
/// Where `files.example.com` is, as far as the proxy knows.
pub const FILES: &str = "93.184.215.14";
pub const RULES: &str = r#"
[[allow]]
name = "files"
host = "files.example.com"
methods = ["GET", "HEAD", "POST"]
paths = ["/open"]
max_sent = 1000
max_received = 100000
example = [
    { method = "GET", url = "https://files.example.com/open/a", verdict = "allow" },
    { method = "GET", url = "https://files.example.com/closed", verdict = "refuse" },
]

[[allow]]
name = "plain"
host = "files.example.com"
scheme = "http"
methods = ["GET", "HEAD", "POST"]
paths = ["/open"]
max_sent = 1000
max_received = 100000

[[allow]]
name = "keyed"
host = "files.example.com"
methods = ["GET", "POST"]
paths = ["/keyed"]
credential = "files"
credential_header = "x-api-key"
strip = true
"#;

/// What was written to the ledger.
#[derive(Clone, PartialEq, Debug)]
pub enum Entry {
    Requested(NetworkRequest),
    Finished(NetworkResult),
}

#[derive(Default)]
pub struct Memory {
    pub entries: Mutex<Vec<Entry>>,
    pub broken: AtomicBool,
}

#[async_trait::async_trait]
impl Ledger for Memory {
    async fn requested(&self, mut request: NetworkRequest) -> Result<u64, EgressError> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(EgressError::Ledger {
                reason: "no room".into(),
            });
        }
        let mut entries = self.entries.lock().unwrap();
        assert_eq!(request.id, 0);
        request.id = entries.len() as u64 + 1;
        let id = request.id;
        entries.push(Entry::Requested(request));
        Ok(id)
    }

    fn finished(&self, result: NetworkResult) {
        self.entries.lock().unwrap().push(Entry::Finished(result));
    }
}

/// Names; each look-up takes the next answer, and the last stays.
#[derive(Default)]
pub struct Names {
    answers: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    pub asked: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Resolver for Names {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(host.to_owned());
        let mut all = self.answers.lock().unwrap();
        let answers = all.get_mut(host).ok_or(io::ErrorKind::NotFound)?;
        Ok(if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers[0].clone()
        })
    }
}

/// The network: public addresses, behind which are servers on loopback.
#[derive(Default)]
pub struct Wires {
    servers: Mutex<HashMap<SocketAddr, SocketAddr>>,
    /// What was connected to, and how many entries the ledger had by then.
    pub dialled: Mutex<Vec<(SocketAddr, usize)>>,
    ledger: Arc<Memory>,
}

#[async_trait::async_trait]
impl Dial for Wires {
    async fn dial(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let entries = self.ledger.entries.lock().unwrap().len();
        self.dialled.lock().unwrap().push((address, entries));
        let server = self.servers.lock().unwrap().get(&address).copied();
        TcpStream::connect(server.ok_or(io::ErrorKind::ConnectionRefused)?).await
    }
}

struct Keys;

impl Credentials for Keys {
    fn get(&self, handle: &str) -> Option<Secret> {
        (handle == "files").then(|| Secret::new(CANARY))
    }
}

pub struct World {
    pub egress: Egress,
    pub ledger: Arc<Memory>,
    pub names: Arc<Names>,
    pub wires: Arc<Wires>,
    pub http: Server,
    pub https: Server,
}

/// Answers `fine` with a cookie.
pub fn fine() -> Answer {
    Arc::new(|_: &Seen| {
        let mut response = Response::new(Full::new(Bytes::from_static(b"fine")));
        response.headers_mut().insert("set-cookie", "a=b".parse().unwrap());
        response.headers_mut().insert("x-deskhand", "refused".parse().unwrap());
        response.headers_mut().insert("x-plain", "yes".parse().unwrap());
        response
    })
}

impl World {
    pub async fn new() -> Self {
        Self::with(RULES, fine(), Limits::default()).await
    }

    pub async fn answering(answer: Answer) -> Self {
        Self::with(RULES, answer, Limits::default()).await
    }

    pub async fn with(rules: &str, answer: Answer, limits: Limits) -> Self {
        let pki = Pki::new();
        let http = Server::start(Arc::clone(&answer), None).await;
        let https = Server::start(answer, Some(pki.config("files.example.com"))).await;
        let ledger = Arc::new(Memory::default());
        let wires = Arc::new(Wires {
            ledger: Arc::clone(&ledger),
            ..Wires::default()
        });
        let names = Arc::new(Names::default());
        let mut config = Config::new(Rules::parse(rules).unwrap(), SystemTime::now());
        config.blocked_hosts = vec![
            "api.models.example".into(),
            "*.gateway.example".into(),
            "127.0.0.1".into(),
        ];
        config.credentials = Arc::new(Keys);
        config.resolver = names.clone();
        config.dial = wires.clone();
        config.roots = Roots::Only(vec![pki.root.clone()]);
        config.limits = limits;
        let world = Self {
            egress: Egress::new(config).unwrap(),
            ledger,
            names,
            wires,
            http,
            https,
        };
        world.name("files.example.com", &[&[FILES]]);
        world.wire(&format!("{FILES}:80"), world.http.address);
        world.wire(&format!("{FILES}:443"), world.https.address);
        world
    }

    pub fn name(&self, host: &str, answers: &[&[&str]]) {
        let parsed = |answer: &&[&str]| answer.iter().map(|text| text.parse().unwrap()).collect();
        let answers = answers.iter().map(parsed).collect();
        self.names.answers.lock().unwrap().insert(host.to_owned(), answers);
    }

    pub fn wire(&self, public: &str, server: SocketAddr) {
        self.wires
            .servers
            .lock()
            .unwrap()
            .insert(public.parse().unwrap(), server);
    }

    /// A connection of a program.
    pub fn connect(&self) -> DuplexStream {
        let (program, proxy) = tokio::io::duplex(16 << 10);
        let (egress, ledger) = (self.egress.clone(), Arc::clone(&self.ledger));
        tokio::spawn(async move { egress.serve(&TaskId::from("t"), proxy, ledger).await });
        program
    }

    /// Sends bytes to the proxy and reads until it closes.
    pub async fn send(&self, bytes: impl AsRef<[u8]>) -> String {
        talk(self.connect(), bytes.as_ref()).await
    }

    /// A request in the clear through the proxy.
    pub async fn get(&self, url: &str) -> String {
        let host = url.trim_start_matches("http://").split('/').next().unwrap();
        self.send(format!(
            "GET {url} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        ))
        .await
    }

    /// Opens a tunnel; the answer to CONNECT, and the connection.
    pub async fn tunnel(&self, to: &str) -> (String, DuplexStream) {
        let mut stream = self.connect();
        let request = format!("CONNECT {to} HTTP/1.1\r\nhost: {to}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        (String::from_utf8(head).unwrap(), stream)
    }

    /// TLS as a program that trusts the proxy's certificate speaks it.
    pub async fn tls(&self, stream: DuplexStream, name: &str) -> io::Result<TlsStream<DuplexStream>> {
        let mut roots = RootCertStore::empty();
        let pem = self.egress.certificate();
        roots
            .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
            .unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// Sends bytes through a tunnel to `files.example.com` and reads until it closes.
    pub async fn send_tls(&self, bytes: impl AsRef<[u8]>) -> String {
        let (head, stream) = self.tunnel("files.example.com:443").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        talk(self.tls(stream, "files.example.com").await.unwrap(), bytes.as_ref()).await
    }

    /// The address of the proxy for programs that want a port.
    pub async fn port(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (egress, ledger) = (self.egress.clone(), Arc::clone(&self.ledger));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (egress, ledger) = (egress.clone(), Arc::clone(&ledger));
                tokio::spawn(async move { egress.serve(&TaskId::from("t"), stream, ledger).await });
            }
        });
        address
    }

    /// The requests in the ledger.
    pub fn requests(&self) -> Vec<NetworkRequest> {
        let entries = self.ledger.entries.lock().unwrap().clone();
        let request = |entry| match entry {
            Entry::Requested(request) => Some(request),
            Entry::Finished(_) => None,
        };
        entries.into_iter().filter_map(request).collect()
    }

    /// The results in the ledger, once there are `count`.
    pub async fn results(&self, count: usize) -> Vec<NetworkResult> {
        for _ in 0..400 {
            let entries = self.ledger.entries.lock().unwrap().clone();
            let result = |entry| match entry {
                Entry::Finished(result) => Some(result),
                Entry::Requested(_) => None,
            };
            let results: Vec<_> = entries.into_iter().filter_map(result).collect();
            if results.len() >= count {
                return results;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!(
            "the ledger never had {count} results: {:?}",
            self.ledger.entries.lock().unwrap()
        );
    }

    /// Addresses that were connected to.
    pub fn dialled(&self) -> Vec<String> {
        self.wires
            .dialled
            .lock()
            .unwrap()
            .iter()
            .map(|(address, _)| address.to_string())
            .collect()
    }

    /// Nothing left this computer, and the last entry says why in these words.
    #[track_caller]
    pub fn assert_refused(&self, answer: &str, why: &str) {
        // In the version the program speaks.
        assert!(
            answer.starts_with("HTTP/1.") && answer.get(8..12) == Some(" 403"),
            "{answer}"
        );
        assert!(answer.contains("x-deskhand: refused"), "{answer}");
        assert!(answer.contains(why), "{answer}");
        self.assert_logged_refusal(why);
    }

    #[track_caller]
    pub fn assert_logged_refusal(&self, why: &str) {
        assert_eq!(self.dialled(), Vec::<String>::new());
        assert!(self.http.seen.lock().unwrap().is_empty() && self.https.seen.lock().unwrap().is_empty());
        let last = self.requests().pop().expect("an entry");
        assert!(!last.allowed && last.reason.contains(why), "{last:?}");
        assert_eq!(last.address, None);
    }
}

/// Sends and reads until the other side closes, for five seconds at most.
pub async fn talk<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, bytes: &[u8]) -> String {
    let exchange = async {
        // The other side may answer and close before it read everything.
        let _ = stream.write_all(bytes).await;
        let _ = stream.flush().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    };
    tokio::time::timeout(Duration::from_secs(5), exchange)
        .await
        .expect("the proxy closes")
}
