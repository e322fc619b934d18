//! A person's machine for one test: folders, a scripted model, and an engine with the played sandbox.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use deskhand_egress::{Dial, Resolver, Roots};
use deskhand_engine::{
    Clock, Connector, Engine, EngineConfig, Instead, Models, NetworkSettings, Observer, Person, RunEnd, StartOptions,
    SystemClock, views::InboxItem,
};
use deskhand_testkit::{Reply, ScriptedServer, Turn};
use deskhand_types::{Answer, CallId, Event, EventBody, GrantMode, Mode, TaskId, Timestamp, ToolOutcome};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::stage::{Played, Stage};

pub struct Desk {
    pub dir: TempDir,
    pub server: ScriptedServer,
    pub engine: Engine,
    pub stage: Arc<Stage>,
    connector: Option<Arc<dyn Connector>>,
    network: NetworkSettings,
    /// How far the engine's clock is ahead, in milliseconds.
    ahead: Arc<AtomicI64>,
}

/// The machine's clock, that much ahead.
struct Ahead(Arc<AtomicI64>);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        Timestamp(SystemClock.now().0 + self.0.load(Ordering::Relaxed))
    }
    fn today(&self) -> String {
        let now = jiff::Timestamp::from_millisecond(self.now().0).unwrap();
        now.to_zoned(jiff::tz::TimeZone::system()).date().to_string()
    }
    fn fresh_task(&self) -> TaskId {
        SystemClock.fresh_task()
    }
}

/// One call of `Bash`.
pub fn bash(command: impl Into<String>) -> Reply {
    Turn::new().tool("Bash", json!({"command": command.into()})).into()
}

/// One call of a tool.
pub fn call(tool: &str, input: Value) -> Reply {
    Turn::new().tool(tool, input).into()
}

pub fn done() -> Reply {
    Turn::new().text("done").into()
}

impl Desk {
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with(ScriptedServer::start(replies))
    }

    pub fn with(server: ScriptedServer) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("work")).unwrap();
        std::fs::create_dir(dir.path().join("more")).unwrap();
        let stage = Arc::new(Stage::default());
        let ahead = Arc::new(AtomicI64::new(0));
        let engine = engine(&dir, &server, &stage, NetworkSettings::default(), &ahead);
        Self {
            dir,
            server,
            engine,
            stage,
            connector: None,
            network: NetworkSettings::default(),
            ahead,
        }
    }

    /// So many hours go by.
    pub fn pass(&self, hours: i64) {
        self.ahead.fetch_add(hours * 3_600_000, Ordering::Relaxed);
    }

    /// With a connector.
    pub fn connect(mut self, connector: Arc<dyn Connector>) -> Self {
        self.connector = Some(connector);
        self.restart();
        self
    }

    /// Without one again.
    pub fn disconnect(mut self) -> Self {
        self.connector = None;
        self.restart();
        self
    }

    /// With a network on which one host may be reached, that nobody answers.
    pub fn online(mut self) -> Self {
        self.network = NetworkSettings {
            rules: RULES.to_owned(),
            instead: Some(Instead {
                resolver: Arc::new(Nowhere),
                dial: Arc::new(Nowhere),
                roots: Roots::Only(Vec::new()),
            }),
            ..NetworkSettings::default()
        };
        self.restart();
        self
    }

    /// Where so many requests of a run are written down.
    pub fn listing(mut self, most: u32) -> Self {
        self.network.listed = Some(most);
        self.restart();
        self
    }

    /// Another process: everything in memory is gone.
    pub fn restart(&mut self) {
        self.engine = engine(&self.dir, &self.server, &self.stage, self.network.clone(), &self.ahead);
        if let Some(connector) = self.connector.clone() {
            // Two engines on one folder for a moment, as two processes would be.
            self.engine =
                engine(&self.dir, &self.server, &self.stage, self.network.clone(), &self.ahead).connect(connector);
        }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join("work").join(name)
    }

    pub fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.file(name)).ok()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).unwrap();
    }

    pub fn start(&self, mode: Mode, grant: GrantMode) -> TaskId {
        self.engine
            .start(StartOptions {
                prompt: "go".to_owned(),
                folders: vec![(self.dir.path().join("work"), grant)],
                mode,
                ..StartOptions::default()
            })
            .unwrap()
    }

    pub async fn work(&self, task: &TaskId) -> RunEnd {
        self.engine
            .work(task, &deskhand_engine::Nobody, &deskhand_engine::Unwatched)
            .await
            .unwrap()
    }

    /// Starts and works in mode `auto` on a folder that may be written.
    pub async fn run(&self) -> TaskId {
        let task = self.start(Mode::Auto, GrantMode::ReadWrite);
        self.work(&task).await;
        task
    }

    pub fn events(&self, task: &TaskId) -> Vec<Event> {
        self.engine.events(task).unwrap()
    }

    /// The kinds of events between the model's answers.
    pub fn kinds(&self, task: &TaskId) -> Vec<&'static str> {
        self.events(task)
            .iter()
            .map(|event| event.body.kind())
            .filter(|kind| !kind.starts_with("model.") && !kind.starts_with("task."))
            .collect()
    }

    /// The outcomes of all calls.
    pub fn outcomes(&self, task: &TaskId) -> Vec<ToolOutcome> {
        let outcome = |event: Event| match event.body {
            EventBody::ToolFinished { outcome, .. } => Some(outcome),
            _ => None,
        };
        self.events(task).into_iter().filter_map(outcome).collect()
    }

    /// Answers the only open question.
    pub fn answer(&self, answer: Answer) -> InboxItem {
        let item = self.engine.inbox().unwrap().remove(0);
        self.engine.answer(item.id.as_str(), answer).unwrap();
        item
    }
}

pub fn text(outcome: &ToolOutcome) -> &str {
    outcome.content[0].as_text().unwrap()
}

const RULES: &str = "[[allow]]\nname = \"mirror\"\nscheme = \"http\"\nhost = \"mirror.example.com\"\nmethods = [\"GET\", \"POST\"]\npaths = [\"/\"]\n";

/// A network that leads nowhere: requests are judged and written down, and then fail.
struct Nowhere;

#[async_trait]
impl Resolver for Nowhere {
    async fn resolve(&self, _host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(vec![IpAddr::from([93, 184, 215, 14])])
    }
}

#[async_trait]
impl Dial for Nowhere {
    async fn dial(&self, _address: SocketAddr) -> std::io::Result<TcpStream> {
        Err(std::io::ErrorKind::ConnectionRefused.into())
    }
}

fn engine(
    dir: &TempDir,
    server: &ScriptedServer,
    stage: &Arc<Stage>,
    network: NetworkSettings,
    ahead: &Arc<AtomicI64>,
) -> Engine {
    let url = server.base_url();
    Engine::open(EngineConfig {
        tokens: Arc::new(deskhand_mcp::TokensInMemory::default()),
        home: dir.path().join(".deskhand"),
        cache: dir.path().join(".cache"),
        personal: dir.path().to_owned(),
        models: Models {
            config: deskhand_models::ModelsConfig::default(),
            env: Arc::new(move |name| match name {
                "ANTHROPIC_API_KEY" => Some("key".to_owned()),
                "ANTHROPIC_BASE_URL" => Some(url.clone()),
                _ => None,
            }),
        },
        rules: String::new(),
        managed: vec![dir.path().join("managed/policy.toml")],
        local: None,
        rooms: Some(Arc::new(Played(stage.clone()))),
        network,
        retention: deskhand_workspace::retention::Policy::default(),
        clock: Arc::new(Ahead(ahead.clone())),
        version: "0".to_owned(),
        owner: "test".to_owned(),
    })
    .unwrap()
}

/// Says yes to everything.
pub struct Yes;

#[async_trait]
impl Person for Yes {
    async fn ask(&self, _item: &InboxItem) -> Option<Answer> {
        Some(Answer::Allow)
    }
}

/// Keeps what commands write.
#[derive(Default)]
pub struct Ear(pub Mutex<Vec<u8>>);

impl Observer for Ear {
    fn command_output(&self, _call: &CallId, bytes: &[u8]) {
        self.0.lock().unwrap().extend_from_slice(bytes);
    }
}
