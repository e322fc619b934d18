//! Servers of others that ask in the middle of a call, and those that need more of this computer: where a person is there.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{call, python, says, servers, worked};
use crate::{
    connectors::asked::{result, worked as worked_with},
    home::{Home, bodies},
    serve::Served,
};

/// Adds `server-everything` to the served program, and approves it once it offers this tool: it names those it asks with
/// only after it was told what its host can do.
fn with_tool(served: &Served, home: &Home, tool: &str) {
    let script = servers().join("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
    let command = json!([super::node(), script, "stdio"]);
    let new = json!({"name": "everything", "command": command, "folders": [servers()], "network": false});
    let (status, made) = served.ask("POST", "/connectors", &new);
    assert_eq!(status, 201, "{made}");
    if tool == "trigger-sampling-request" {
        let (status, told) = served.ask("PUT", "/connectors/everything/sampling", &json!({"on": true}));
        assert_eq!(status, 204, "{told}");
    }
    let over = Instant::now() + Duration::from_secs(60);
    loop {
        let (_, page) = served.ask("POST", "/connectors/everything/start", &json!({}));
        if page["tools"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["name"] == tool))
        {
            break;
        }
        assert!(Instant::now() < over, "{page:#}");
        std::thread::sleep(Duration::from_millis(200));
    }
    let (status, told) = served.ask("POST", "/connectors/everything/approve", &json!({}));
    assert_eq!(status, 200, "{told}");
    let said = home.run(&["connectors", "list", "--json"]).expect(0).json();
    assert!(said[0]["tools"].as_u64().unwrap() > 10, "{said:#}");
}

#[test]
fn what_everything_asks_is_answered_by_the_person_and_the_call_goes_on() {
    let home = Home::new([
        call("mcp__everything__trigger-elicitation-request", json!({})),
        says("Done."),
    ]);
    let served = Served::start(&home);
    with_tool(&served, &home, "trigger-elicitation-request");
    let mut asked = Vec::new();
    let events = worked_with(&home, &served, "Ask me", |ask| {
        asked.push(ask["connector"].clone());
        let fields = ask["wants"]["fields"].as_array().unwrap().iter();
        let needed = fields.filter(|field| field["required"] == true);
        let values = needed.map(|field| (field["name"].as_str().unwrap().to_owned(), json!("Ada Lovelace")));
        json!({"type": "filled", "values": values.collect::<serde_json::Map<_, _>>()})
    });
    assert_eq!(asked, ["everything"]);
    let told = result(&events);
    assert!(told.contains("Ada Lovelace"), "{told}");
    let answered = bodies(&events, "approval.answered");
    assert!(
        answered.iter().any(|body| body["answer"]["type"] == "filled"),
        "{answered:#?}"
    );
}

#[test]
fn what_everything_wants_of_a_model_is_asked_with_consent_and_given() {
    let home = Home::new([
        call(
            "mcp__everything__trigger-sampling-request",
            json!({"prompt": "Name a colour", "maxTokens": 20}),
        ),
        says("Green, surely."),
        says("Done."),
    ]);
    let served = Served::start(&home);
    with_tool(&served, &home, "trigger-sampling-request");
    let mut asked = Vec::new();
    let events = worked_with(&home, &served, "Let it ask", |ask| {
        asked.push(ask["wants"].clone());
        json!({"type": "allow"})
    });
    assert_eq!(asked.len(), 2, "{asked:#?}");
    assert!(asked[0]["messages"].to_string().contains("Name a colour"), "{asked:#?}");
    assert_eq!(asked[1]["text"], "Green, surely.");
    assert!(result(&events).contains("Green, surely."), "{}", result(&events));
    assert_eq!(bodies(&events, "model.sampled").len(), 1);
}

fn git(folder: &Path, args: &[&str]) {
    let mut git = std::process::Command::new("git");
    let who = ["-c", "user.name=Ada", "-c", "user.email=ada@firm.example"];
    let ran = git.current_dir(folder).args(who).args(args).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

#[test]
fn a_repository_is_read_and_committed_to_with_the_git_server() {
    let home = Home::new([]);
    let folder = home.path().join("shared");
    std::fs::create_dir(&folder).unwrap();
    git(&folder, &["init", "-q", "-b", "main"]);
    std::fs::write(folder.join("plan.md"), "one\n").unwrap();
    git(&folder, &["add", "plan.md"]);
    git(&folder, &["commit", "-q", "-m", "Begin the plan"]);
    std::fs::write(folder.join("plan.md"), "one\ntwo\n").unwrap();
    let at = json!({"repo_path": folder});
    for reply in [
        call("mcp__git__git_status", at.clone()),
        call("mcp__git__git_diff_unstaged", at.clone()),
        call("mcp__git__git_log", at.clone()),
        call("mcp__git__git_add", json!({"repo_path": folder, "files": ["plan.md"]})),
        says("Done."),
    ] {
        home.server.push(reply);
    }
    let repository = folder.to_str().unwrap();
    python(
        &home,
        "git",
        &[&folder],
        "python",
        "mcp_server_git",
        &["--repository", repository],
    )
    .expect(0);
    let told = worked(&home, "What changed?");
    assert!(told.iter().all(|(_, error)| error.is_null()), "{told:#?}");
    assert!(told[0].0.contains("plan.md"), "{told:#?}");
    assert!(told[1].0.contains("+two"), "{told:#?}");
    assert!(told[2].0.contains("Begin the plan"), "{told:#?}");
    // What it did there is done: such folders are the server's to change.
    let status = std::process::Command::new("git")
        .current_dir(&folder)
        .args(["status", "--porcelain"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&status.stdout).trim(), "M  plan.md");
}

/// Serves one page, and no `robots.txt`, on this computer. Gives its address.
fn page(text: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/page", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().filter_map(Result::ok) {
            let mut head = [0; 2_048];
            let read = stream.read(&mut head).unwrap_or(0);
            let is_page = String::from_utf8_lossy(&head[..read]).starts_with("GET /page ");
            let (status, body) = if is_page {
                ("200 OK", text)
            } else {
                ("404 Not Found", "")
            };
            let _ = stream.write_all(
                format!(
                    "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                )
                .as_bytes(),
            );
        }
    });
    address
}

#[test]
fn a_page_is_fetched_by_the_fetch_server_that_was_given_the_network() {
    let address = page("<html><body><h1>Opening hours</h1><p>We open at nine.</p></body></html>");
    let home = Home::new([
        call("mcp__web__fetch", json!({"url": address, "raw": true})),
        says("At nine."),
    ]);
    python(
        &home,
        "web",
        &[],
        "python",
        "mcp_server_fetch",
        &["--allow-private-ips"],
    )
    .expect(0);
    // As it was added it has no network; what it has is said anew, and then it is everything it has.
    home.run(&[
        "connectors",
        "access",
        "web",
        "--folder",
        servers().to_str().unwrap(),
        "--network",
    ])
    .expect(0);
    let told: Vec<(String, Value)> = worked(&home, &format!("When do they open? See {address}"));
    assert_eq!(told[0].1, Value::Null, "{told:#?}");
    assert!(told[0].0.contains("We open at nine."), "{told:#?}");
}
