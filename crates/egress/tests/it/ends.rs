//! The ends of the proxy that touch the real network: they do what the others in these tests stand for.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use deskhand_egress::{Dial as _, Network, Resolver as _, SystemResolver};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

#[tokio::test]
async fn the_network_connects_to_exactly_the_address_it_is_given() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut ours = Network.dial(address).await.unwrap();
    let (mut theirs, from) = listener.accept().await.unwrap();
    assert_eq!((ours.peer_addr().unwrap(), ours.local_addr().unwrap()), (address, from));
    assert!(ours.nodelay().unwrap(), "small requests do not wait for each other");
    ours.write_all(b"to").await.unwrap();
    theirs.write_all(b"fro").await.unwrap();
    let (mut there, mut back) = ([0; 2], [0; 3]);
    theirs.read_exact(&mut there).await.unwrap();
    ours.read_exact(&mut back).await.unwrap();
    assert_eq!((&there, &back), (b"to", b"fro"));
    // Where nobody listens any more there is an error, and no other address is tried.
    drop((listener, ours, theirs));
    let error = Network.dial(address).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused, "{error}");
}

/// Nobody has a name below `.invalid` (RFC 6761 6.4). Without a network it fails as well, once the system gives up.
#[tokio::test]
async fn a_name_that_is_nobodys_is_an_error_of_the_systems_resolver() {
    let looking = SystemResolver.resolve("nobody.deskhand.invalid");
    let answer = tokio::time::timeout(Duration::from_secs(50), looking).await.unwrap();
    let error = answer.unwrap_err();
    assert!(error.to_string().starts_with("failed to lookup address"), "{error}");
}

/// The name is asked for as a whole (`localhost.`), which not every system answers; whoever does says this computer.
#[tokio::test]
async fn the_systems_resolver_leads_from_localhost_nowhere_else() {
    match SystemResolver.resolve("localhost").await {
        Ok(found) => assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback), "{found:?}"),
        Err(error) => assert!(error.to_string().starts_with("failed to lookup address"), "{error}"),
    }
}
