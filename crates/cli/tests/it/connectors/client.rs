//! Signing in with a client that the person registered beforehand, where a server takes no other.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::home::Home;

const CANARY: &str = "client-CANARY-3c77";

/// Ended at the latest with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A text of a query.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex: Vec<u8> = rest.by_ref().take(2).collect();
                u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}

/// Plays the browser: goes to the page and comes back as the server's page would send it. Gives what the page was asked.
fn visit(address: &str) -> BTreeMap<String, String> {
    let query = address.split_once('?').unwrap().1;
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    let raw: BTreeMap<&str, &str> = pairs.collect();
    let asked: BTreeMap<String, String> = raw
        .iter()
        .map(|(name, text)| ((*name).to_owned(), decoded(text)))
        .collect();
    let back = asked["redirect_uri"].strip_prefix("http://localhost:").unwrap();
    let (port, path) = back.split_once('/').unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
    let request = format!(
        "GET /{path}?code=c1&state={} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n",
        raw["state"]
    );
    stream.write_all(request.as_bytes()).unwrap();
    // Read to its end, so that the answer is not cut off.
    stream.read_to_string(&mut String::new()).unwrap();
    asked
}

#[test]
fn a_server_that_wants_a_registered_client_is_signed_in_to() {
    let home = Home::new([]);
    let script = home.path().join("oauth.py");
    std::fs::write(&script, include_str!("oauth.py")).unwrap();
    let told = home.path().join("told");
    let mut server = Running(
        Command::new("python3")
            .arg(&script)
            .arg(&told)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut port = String::new();
    BufReader::new(server.0.stdout.take().unwrap())
        .read_line(&mut port)
        .unwrap();
    let url = format!("http://127.0.0.1:{}/mcp", port.trim());
    let callback = free_port().to_string();
    let args = [
        "connectors",
        "add",
        "chat",
        &url,
        "--client-id",
        "desk-client",
        "--client-secret",
        "CHAT_SECRET",
        "--callback-port",
        &callback,
        "--scopes",
        "search:read users:read",
    ];
    // A variable that is not there adds nothing.
    assert_eq!(home.run(&args).code, 2);
    let added = home.online().env("CHAT_SECRET", CANARY).args(args).output().unwrap();
    assert!(added.status.success(), "{added:?}");

    let mut login = Running(
        home.online()
            .args(["connectors", "login", "chat", "--no-browser"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(login.0.stderr.take().unwrap()).lines();
    let address = lines.find_map(|line| {
        line.unwrap()
            .trim()
            .strip_prefix("http")
            .map(|rest| format!("http{rest}"))
    });
    let asked = visit(&address.unwrap());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(login.0.wait().unwrap().success(), "{rest:?}");
    let redirect = format!("http://localhost:{callback}/callback");
    assert_eq!(
        [&asked["client_id"], &asked["redirect_uri"], &asked["scope"]],
        ["desk-client", redirect.as_str(), "search:read users:read"]
    );
    let told: Value = serde_json::from_str(&std::fs::read_to_string(told).unwrap()).unwrap();
    assert_eq!(
        told,
        json!({"id": "desk-client", "secret": CANARY, "redirect": redirect})
    );
    let line = home.run(&["connectors", "list", "--json"]).expect(0);
    assert_eq!(line.json()[0]["sign_in"], "done", "{line:#?}");
    // The secret is where secrets are kept, and nowhere else.
    assert!(!line.stdout.contains(CANARY));
    let folders = [home.data(), home.data().join("connectors")];
    for file in folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .flatten()
    {
        if let Ok(content) = std::fs::read(file.path()) {
            assert!(!String::from_utf8_lossy(&content).contains(CANARY), "{:?}", file.path());
        }
    }
}
