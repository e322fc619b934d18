//! Servers of other programs, and headers that come from a command.

use std::io::{Read as _, Write as _};

use serde_json::json;

use crate::home::Home;

const SECRET: &str = "canary-of-the-import";

#[test]
fn secrets_of_a_file_are_moved_and_what_is_left_is_told() {
    let home = Home::new([]);
    let file = home.path().join(".claude.json");
    let server = home.path().join("server.py");
    std::fs::write(&server, include_str!("server.py")).unwrap();
    let entry = json!({"command": "python3", "args": [server, "secret"], "env": {"NOTES_KEY": SECRET, "MODE": "x"}});
    std::fs::write(
        &file,
        json!({"theme": "dark", "mcpServers": {"notes": entry.clone()},
            "projects": {"/work": {"mcpServers": {"Notes": entry, "deep": {"type": "ws", "url": "wss://a.example"}}}}})
        .to_string(),
    )
    .unwrap();
    let ran = home.run(&["connectors", "import", "--from", "claude-code"]).expect(0);
    for words in [
        "taken: notes",
        "kept as secrets: env NOTES_KEY",
        "left: Notes:",
        "left: deep:",
        "1 taken, 2 left",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains(SECRET) && !ran.stderr.contains(SECRET));
    home.run(&["connectors", "approve", "notes"]).expect(0);
    let told = home
        .run(&["connectors", "call", "notes", "find_notes", r#"{"query":"x"}"#])
        .expect(0)
        .stdout;
    assert!(told.contains("can…"), "{told}");
    assert!(!holds(&home.data(), SECRET), "the secret is in no file");
}

fn holds(folder: &std::path::Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    })
}

/// A server that answers everything with 404 and gives back the heads of requests; it ends with the test's process.
fn listening() -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, heads) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = vec![0; 65536];
            let count = stream.read(&mut head).unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..count]).into_owned();
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            if tell.send(head).is_err() {
                return;
            }
        }
    });
    (port, heads)
}

#[test]
fn headers_come_from_a_command_once_it_was_agreed_to() {
    let home = Home::new([]);
    let (port, heads) = listening();
    let url = format!("http://127.0.0.1:{port}/mcp");
    let helper = format!(r#"echo "{{\"X-Key\": \"{SECRET}-$CLAUDE_CODE_MCP_SERVER_NAME$ANTHROPIC_API_KEY\"}}""#);
    let file = home.path().join(".mcp.json");
    let entry = json!({"mcpServers": {"wiki": {"type": "http", "url": url, "headers": {"X-Key": "old"}, "headersHelper": helper}}});
    std::fs::write(&file, entry.to_string()).unwrap();
    let ran = home.run(&["connectors", "import", file.to_str().unwrap()]).expect(0);
    assert!(ran.stdout.contains("headers from a command, not run yet"), "{ran:#?}");
    // Looked at, it says what it needs, and nothing went out.
    let page = home.run(&["connectors", "tools", "wiki"]).expect(0).stdout;
    assert!(page.contains("you have not agreed to"), "{page}");
    assert!(heads.try_recv().is_err());
    assert_eq!(
        home.run(&["connectors", "approve", "wiki"]).code,
        2,
        "nobody can agree here"
    );
    let ran = home.run(&["connectors", "approve", "wiki", "--yes"]);
    let head = heads.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
    assert!(
        head.to_lowercase().contains(&format!("x-key: {SECRET}-wiki\r\n")),
        "{head}"
    );
    assert!(!format!("{ran:?}").contains(&format!("{SECRET}-wiki")), "{ran:#?}");
}

#[test]
fn a_command_for_headers_that_fails_sends_nothing() {
    for (helper, words) in [
        ("echo no json", "something else than a JSON object"),
        ("echo '{\"A\": 1}'", "something else than a JSON object"),
        ("echo '{}'; exit 3", "exit code 3"),
        ("sleep 60", "within 10 s"),
    ] {
        let home = Home::new([]);
        let (port, heads) = listening();
        let url = format!("http://127.0.0.1:{port}/mcp");
        let begun = std::time::Instant::now();
        let page = home
            .run(&["connectors", "add", "wiki", &url, "--headers-helper", helper, "--yes"])
            .expect(0)
            .stdout;
        assert!(page.contains(words), "{helper}: {page}");
        assert!(heads.try_recv().is_err(), "{helper}");
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{helper}");
    }
}
