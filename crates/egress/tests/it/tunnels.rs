//! CONNECT: one name, everywhere the same.

use tokio::io::AsyncWriteExt;

use crate::world::{World, talk};

#[tokio::test]
async fn tls_must_ask_for_the_host_of_the_tunnel() {
    let world = World::new().await;
    let (head, stream) = world.tunnel("files.example.com:443").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(world.tls(stream, "other.example.com").await.is_err());
    world.assert_logged_refusal("another host (SNI)");
    assert_eq!(world.requests().pop().unwrap().method, "CONNECT");
    // An address instead of a name sends no SNI.
    let (_, stream) = world.tunnel("files.example.com:443").await;
    assert!(world.tls(stream, "93.184.215.14").await.is_err());
    world.assert_logged_refusal("another host (SNI)");
}

#[tokio::test]
async fn the_host_header_must_be_the_host_of_the_tunnel() {
    let world = World::new().await;
    for (head, why) in [
        (
            "GET /open HTTP/1.1\r\nhost: other.example.com\r\n\r\n",
            "its Host header names another host",
        ),
        (
            "GET /open HTTP/1.1\r\nhost: files.example.com:444\r\n\r\n",
            "its Host header names another host",
        ),
        (
            "GET /open HTTP/1.1\r\nhost: u@files.example.com\r\n\r\n",
            "its Host header names another host",
        ),
        ("GET /open HTTP/1.1\r\n\r\n", "exactly one Host header"),
        ("GET /open HTTP/1.0\r\n\r\n", "exactly one Host header"),
        (
            "GET /open HTTP/1.1\r\nhost: files.example.com\r\nhost: other.example.com\r\n\r\n",
            "exactly one Host header",
        ),
        (
            "GET https://other.example.com/open HTTP/1.1\r\nhost: files.example.com\r\n\r\n",
            "names a path alone",
        ),
        (
            "GET https://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\n\r\n",
            "names a path alone",
        ),
        (
            "CONNECT other.example.com:443 HTTP/1.1\r\nhost: files.example.com\r\n\r\n",
            "names a path alone",
        ),
        (
            "OPTIONS * HTTP/1.1\r\nhost: files.example.com\r\n\r\n",
            "the method OPTIONS",
        ),
    ] {
        let answer = world.send_tls(head).await;
        world.assert_refused(&answer, why);
    }
    // In capitals and with the port it is the same host.
    let head = "GET /open HTTP/1.1\r\nHOST: Files.Example.Com:443\r\nconnection: close\r\n\r\n";
    assert!(world.send_tls(head).await.ends_with("fine"));
}

#[tokio::test]
async fn absolute_urls_and_host_must_agree() {
    let world = World::new().await;
    for (head, why) in [
        (
            "GET http://files.example.com/open HTTP/1.1\r\nhost: other.example.com\r\n\r\n",
            "names another host",
        ),
        (
            "GET http://files.example.com/open HTTP/1.1\r\nhost: files.example.com:81\r\n\r\n",
            "names another host",
        ),
        (
            "GET http://files.example.com/open HTTP/1.1\r\n\r\n",
            "exactly one Host header",
        ),
        (
            "GET /open HTTP/1.1\r\nhost: files.example.com\r\n\r\n",
            "names a whole http:// or https:// URL",
        ),
        (
            "GET ftp://files.example.com/open HTTP/1.1\r\nhost: files.example.com\r\n\r\n",
            "names a whole",
        ),
        (
            "CONNECT files.example.com:443 HTTP/1.1\r\nhost: other.example.com\r\n\r\n",
            "names another host",
        ),
        (
            "CONNECT files.example.com:443 HTTP/1.1\r\nhost: files.example.com:444\r\n\r\n",
            "names another host",
        ),
        (
            "CONNECT u@files.example.com:443 HTTP/1.1\r\nhost: files.example.com\r\n\r\n",
            "a host and a port",
        ),
    ] {
        let answer = world.send(head).await;
        world.assert_refused(&answer, why);
    }
}

#[tokio::test]
async fn tunnels_to_what_no_rule_names_are_not_opened() {
    let world = World::new().await;
    for (to, why) in [
        ("other.example.com:443", "no rule allows"),
        ("files.example.com:22", "https on port 22"),
        ("127.0.0.1:443", "is an address"),
        ("[::1]:443", "is an address"),
        ("localhost:443", "local network"),
        ("0x7f.1:443", "is an address"),
        ("files.example.com.:443", "ends with a dot"),
    ] {
        let answer = world.send(format!("CONNECT {to} HTTP/1.1\r\nhost: {to}\r\n\r\n")).await;
        world.assert_refused(&answer, why);
        assert_eq!(world.requests().pop().unwrap().method, "CONNECT");
    }
}

#[tokio::test]
async fn tunnels_hold_tls_and_nothing_else() {
    let world = World::new().await;
    for (bytes, why) in [
        (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], "is not TLS"),
        (b"GET /open HTTP/1.1\r\nhost: files.example.com\r\n\r\n", "is not TLS"),
        (b"\x16\x03\x01\x00\x05hello", "is not TLS"),
        (b"\x16GET / HTTP/1.1\r\n\r\n", "is not TLS"),
    ] {
        let (head, stream) = world.tunnel("files.example.com:443").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let answer = talk(stream, bytes).await;
        assert_eq!(answer.contains("x-deskhand: refused"), bytes[0] != 0x16, "{answer}");
        world.assert_logged_refusal(why);
    }
    let (_, mut stream) = world.tunnel("files.example.com:443").await;
    stream.shutdown().await.unwrap();
    drop(stream);
    // A tunnel that is opened and left is in the ledger as well.
    for _ in 0..200 {
        if world.requests().len() == 5 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    world.assert_logged_refusal("no request came through the tunnel");
}

#[tokio::test]
async fn the_servers_certificate_is_checked() {
    let world = World::new().await;
    // A server whose certificate nobody we trust has signed.
    let other = crate::server::Pki::new();
    let server = crate::server::Server::start(crate::world::fine(), Some(other.config("files.example.com"))).await;
    world.wire("93.184.215.14:443", server.address);
    let answer = world
        .send_tls("GET /open HTTP/1.1\r\nhost: files.example.com\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(answer.contains("no TLS with files.example.com"), "{answer}");
    assert!(server.seen.lock().unwrap().is_empty());
    let results = world.results(1).await;
    assert!(
        results[0].error.as_deref().unwrap().contains("no TLS with"),
        "{results:?}"
    );
}
