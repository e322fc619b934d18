//! The way out of connectors: names that lead inwards are refused, everything is in the ledger.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use deskhand_egress::{Dial, Door, DoorConfig, Ledger, Loopback, Resolver};
use deskhand_types::{Outbound, OutboundError};
use http::{Request, Response};
use http_body_util::Full;
use tokio::net::TcpStream;

use crate::server::Server;
use crate::world::{CANARY, Entry, FILES, Memory};

/// Names all lead to the same addresses, and connections all to the same server.
struct Net {
    addresses: Vec<IpAddr>,
    server: SocketAddr,
    dialled: Mutex<Vec<SocketAddr>>,
}

#[async_trait::async_trait]
impl Resolver for Net {
    async fn resolve(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(self.addresses.clone())
    }
}

#[async_trait::async_trait]
impl Dial for Net {
    async fn dial(&self, address: SocketAddr) -> io::Result<TcpStream> {
        self.dialled.lock().unwrap().push(address);
        TcpStream::connect(self.server).await
    }
}

async fn ask(addresses: &[&str], url: &str, broken: bool) -> (Result<u16, OutboundError>, Vec<Entry>, Vec<SocketAddr>) {
    let server = Server::start(Arc::new(|_| Response::new(Full::new(Bytes::from("hello")))), None).await;
    let net = Arc::new(Net {
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        server: server.address,
        dialled: Mutex::default(),
    });
    let config = DoorConfig {
        resolver: net.clone(),
        dial: net.clone(),
        ..DoorConfig::default()
    };
    let memory = Arc::new(Memory::default());
    memory.broken.store(broken, Ordering::Relaxed);
    let ledger: Arc<dyn Ledger> = memory.clone();
    let connector = Door::new(config).unwrap().connector("notes", Loopback::Refused, ledger);
    let mut request = Request::new(Bytes::from("body"));
    *request.uri_mut() = url.parse().unwrap();
    request.headers_mut().insert("authorization", CANARY.parse().unwrap());
    let answer = connector.send(request).await.map(|response| response.status().as_u16());
    let entries = memory.entries.lock().unwrap().clone();
    let dialled = net.dialled.lock().unwrap().clone();
    (answer, entries, dialled)
}

#[tokio::test]
async fn a_request_goes_to_the_address_that_was_judged_and_is_logged() {
    let (answer, entries, dialled) = ask(&[FILES], "http://notes.example.com/mcp?q=secret", false).await;
    assert_eq!(answer, Ok(200));
    assert_eq!(dialled, [SocketAddr::new(FILES.parse().unwrap(), 80)]);
    let [Entry::Requested(request), Entry::Finished(_)] = &entries[..] else {
        panic!("{entries:?}")
    };
    assert!(request.allowed && request.address.as_deref() == Some(FILES) && request.path == "/mcp");
    let text = format!("{entries:?}");
    assert!(!text.contains(CANARY) && !text.contains("secret"), "{text}");
}

#[tokio::test]
async fn what_leads_inwards_is_refused_and_logged() {
    for (addresses, url) in [
        (vec!["10.0.0.1"], "http://notes.example.com/"),
        (vec![FILES, "169.254.169.254"], "http://notes.example.com/"),
        (vec![FILES], "http://127.0.0.1/"),
        (vec![FILES], "http://[::1]:8080/"),
        (vec![FILES], "http://localhost/"),
        (vec![FILES], "http://192.168.1.1/"),
        (vec![FILES], "http://printer.local/"),
        (vec![FILES], "http://me:secret@notes.example.com/"),
        (vec![], "http://notes.example.com/"),
    ] {
        let (answer, entries, dialled) = ask(&addresses, url, false).await;
        assert!(
            matches!(answer, Err(OutboundError::Refused { .. })),
            "{url}: {answer:?}"
        );
        assert!(dialled.is_empty(), "{url}");
        assert!(
            matches!(&entries[..], [Entry::Requested(request)] if !request.allowed),
            "{url}: {entries:?}"
        );
    }
}

#[tokio::test]
async fn without_a_ledger_nothing_is_sent() {
    let (answer, _, dialled) = ask(&[FILES], "http://notes.example.com/", true).await;
    assert!(matches!(answer, Err(OutboundError::Refused { .. })));
    assert!(dialled.is_empty());
}
