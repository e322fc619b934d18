//! A person's computer for one test: folders, a scripted model, and a server on loopback.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use deskhand_engine::{Engine, EngineConfig, Models, SystemClock};
use deskhand_models::Secret;
use deskhand_server::{
    Host, Progress, ServeOptions, Server,
    api::{CachePart, CacheUse, Check, LocalModelPage, SandboxPage, SandboxPart, SandboxState},
};
use deskhand_testkit::{Reply as Said, ScriptedServer};
use deskhand_types::{Budget, Tier};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::client::{self, Messages, Reply};

pub struct Desk {
    pub dir: TempDir,
    pub model: ScriptedServer,
    pub host: Arc<Computer>,
    pub port: u16,
    pub token: String,
    /// The server runs on it, and ends with it.
    running: Option<Runtime>,
}

impl Desk {
    pub fn new(replies: impl IntoIterator<Item = Said>) -> Self {
        Self::with(ScriptedServer::start(replies))
    }

    pub fn with(model: ScriptedServer) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("work")).unwrap();
        let host = Arc::new(Computer {
            home: dir.path().to_owned(),
            model: model.base_url(),
            opened: Mutex::default(),
            addresses: Mutex::default(),
            keychain: Mutex::default(),
            locked: AtomicBool::new(false),
            sandbox: Mutex::default(),
            cleaned: Mutex::default(),
        });
        let mut desk = Self {
            dir,
            model,
            host,
            port: 0,
            token: String::new(),
            running: None,
        };
        desk.serve();
        desk
    }

    /// Starts a server; one that ran ends as by a crash.
    pub fn serve(&mut self) {
        self.running = None;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let engine = Arc::new(engine(&self.dir, &self.model));
        let host = self.host.clone();
        let server = runtime
            .block_on(async { Server::bind(engine, host, ServeOptions::default()).await })
            .unwrap();
        self.port = server.port().unwrap();
        let link = server.link();
        link.split("#token=").nth(1).unwrap().clone_into(&mut self.token);
        runtime.spawn(server.run(std::future::pending()));
        self.running = Some(runtime);
    }

    /// The store, as another process opens it.
    pub fn store(&self) -> deskhand_store::SqliteStore {
        deskhand_store::SqliteStore::open(&self.dir.path().join(".deskhand")).unwrap()
    }

    pub fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.work().join(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.work().join(name)).ok()
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    pub fn get(&self, path: &str) -> Reply {
        let bearer = self.bearer();
        let path = format!("/api/v1{path}");
        client::send(self.port, "GET", &path, &[("authorization", &bearer)], b"")
    }

    pub fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        let bearer = self.bearer();
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-deskhand", "1"),
            ("content-type", "application/json"),
        ];
        let path = format!("/api/v1{path}");
        client::send(self.port, method, &path, &headers, body.to_string().as_bytes())
    }

    pub fn stream(&self, path: &str, last: Option<u64>) -> Messages {
        let (bearer, last) = (self.bearer(), last.map(|last| last.to_string()));
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(last.as_deref().map(|last| ("last-event-id", last)));
        client::stream(self.port, &format!("/api/v1{path}"), &headers)
    }

    /// Starts a task on the work folder.
    pub fn start(&self, more: &Value) -> String {
        let mut new = json!({"prompt": "go", "folders": [{"path": self.work(), "mode": "rw"}]});
        for (key, value) in more.as_object().unwrap() {
            new[key] = value.clone();
        }
        let made = self.send("POST", "/tasks", &new).expect(201).json();
        made["id"].as_str().unwrap().to_owned()
    }

    pub fn page(&self, task: &str) -> Value {
        self.get(&format!("/tasks/{task}")).expect(200).json()
    }

    /// Waits until a task's page satisfies `wanted`.
    pub fn until(&self, task: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        // A minute: other tests may keep the machine busy.
        for _ in 0..3_000 {
            let page = self.page(task);
            if wanted(&page) {
                return page;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("{:#}", self.page(task));
    }

    pub fn until_status(&self, task: &str, status: &str) -> Value {
        self.until(task, |page| page["head"]["status"] == status)
    }
}

fn engine(dir: &TempDir, model: &ScriptedServer) -> Engine {
    Engine::open(EngineConfig {
        tokens: Arc::new(deskhand_mcp::TokensInMemory::default()),
        home: dir.path().join(".deskhand"),
        cache: dir.path().join(".cache"),
        personal: dir.path().to_owned(),
        models: Models {
            config: deskhand_models::ModelsConfig::default(),
            env: environment(model.base_url()),
        },
        rules: String::new(),
        managed: Vec::new(),
        local: None,
        rooms: None,
        network: deskhand_engine::NetworkSettings::default(),
        retention: deskhand_workspace::retention::Policy::default(),
        clock: Arc::new(SystemClock),
        version: "0".to_owned(),
        owner: deskhand_server::OWNER.to_owned(),
    })
    .unwrap()
}

/// The environment of the person's session.
fn environment(model: String) -> deskhand_engine::Environment {
    Arc::new(move |name| match name {
        "ANTHROPIC_API_KEY" => Some("sk-ant-CANARY-5521".to_owned()),
        "PATH" => std::env::var("PATH").ok(),
        "ANTHROPIC_BASE_URL" => Some(model.clone()),
        _ => None,
    })
}

/// What there is of a sandbox, and how building one goes.
#[derive(Default)]
pub struct Built {
    pub image: bool,
    /// What building says before it goes on, step by step; it waits while there is nothing, and ends at `None`.
    pub steps: std::collections::VecDeque<Option<(&'static str, f64)>>,
    /// Why building fails; empty = it works.
    pub fails: &'static str,
}

/// A computer without a desktop, that remembers what it was asked to open. Its sandbox is what a test makes of it.
pub struct Computer {
    home: PathBuf,
    model: String,
    pub opened: Mutex<Vec<(PathBuf, bool)>>,
    pub addresses: Mutex<Vec<String>>,
    pub keychain: Mutex<BTreeMap<(String, String), String>>,
    /// Whether the keychain refuses.
    pub locked: AtomicBool,
    pub sandbox: Mutex<Built>,
    pub cleaned: Mutex<Vec<CachePart>>,
}

impl Host for Computer {
    fn tier(&self) -> Tier {
        Tier::Vm
    }

    fn sandbox(&self) -> SandboxState {
        SandboxState {
            ready: false,
            tier: "vm".to_owned(),
            detail: "there is none".to_owned(),
            hint: Some("Run `deskhand sandbox build`. File tools work without it.".to_owned()),
        }
    }

    fn sandbox_page(&self) -> Result<SandboxPage, String> {
        let image = self.sandbox.lock().unwrap().image;
        Ok(SandboxPage {
            ready: image,
            parts: vec![SandboxPart {
                name: "image".to_owned(),
                ok: image,
                detail: if image { "base" } else { "not built" }.to_owned(),
                hint: (!image).then(|| "Run `deskhand sandbox build`: it is made again. It takes minutes.".to_owned()),
            }],
            can_build: true,
            speed: "fast".to_owned(),
            disk: "1 MB".to_owned(),
        })
    }

    fn build_sandbox(&self, progress: &mut Progress<'_>) -> Result<(), String> {
        loop {
            let step = self.sandbox.lock().unwrap().steps.pop_front();
            match step {
                Some(Some((what, done))) => progress(what, Some(done)),
                Some(None) => break,
                None => std::thread::sleep(std::time::Duration::from_millis(5)),
            }
        }
        let mut sandbox = self.sandbox.lock().unwrap();
        if !sandbox.fails.is_empty() {
            return Err(sandbox.fails.to_owned());
        }
        sandbox.image = true;
        Ok(())
    }

    fn reset_sandbox(&self) -> Result<(), String> {
        self.sandbox.lock().unwrap().image = false;
        Ok(())
    }

    fn cache(&self) -> Vec<CacheUse> {
        let cleaned = self.cleaned.lock().unwrap();
        let part = CachePart::Templates;
        let bytes = if cleaned.contains(&part) { 0 } else { 4_096 };
        vec![CacheUse { part, bytes }]
    }

    fn clean(&self, part: CachePart) -> Result<(), String> {
        self.cleaned.lock().unwrap().push(part);
        Ok(())
    }

    fn local_model(&self) -> LocalModelPage {
        LocalModelPage {
            program: false,
            ready: false,
            bytes: 0,
        }
    }

    fn pull_local_model(&self, _: &mut Progress<'_>) -> Result<(), String> {
        Err("there is no program".to_owned())
    }

    fn checks(&self) -> Vec<Check> {
        let check = |name: &str, hint: Option<&str>, settings: Option<&str>| Check {
            name: name.to_owned(),
            ok: true,
            needed: true,
            detail: "there is room".to_owned(),
            hint: hint.map(str::to_owned),
            settings: settings.map(str::to_owned),
        };
        vec![
            check("disk", Some("Make room. `deskhand storage` helps."), None),
            check("model", Some("Set a key"), Some("models")),
        ]
    }

    fn can_open_files(&self) -> bool {
        true
    }

    fn open(&self, file: &Path, reveal: bool) -> Result<(), String> {
        self.opened.lock().unwrap().push((file.to_owned(), reveal));
        Ok(())
    }

    fn open_address(&self, url: &str) -> Result<(), String> {
        self.addresses.lock().unwrap().push(url.to_owned());
        Err("there is no browser".to_owned())
    }

    fn sample_folder(&self) -> Result<PathBuf, String> {
        let folder = self.home.join("sample");
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        std::fs::write(folder.join("sales.csv"), "region,amount\nNorth,1\n").map_err(|error| error.to_string())?;
        Ok(folder)
    }

    fn models(&self) -> Result<Models, String> {
        #[derive(serde::Deserialize)]
        struct File {
            #[serde(default)]
            models: deskhand_models::ModelsConfig,
        }
        let file: File = toml::from_str(&self.own_text("settings.toml")?).map_err(|error| error.to_string())?;
        Ok(Models {
            config: file.models,
            env: environment(self.model.clone()),
        })
    }

    fn budget(&self) -> Result<Budget, String> {
        #[derive(serde::Deserialize)]
        struct File {
            #[serde(default)]
            budget: Budget,
        }
        let file: File = toml::from_str(&self.own_text("settings.toml")?).map_err(|error| error.to_string())?;
        Ok(file.budget)
    }

    fn keep_key(&self, service: &str, account: &str, key: &Secret) -> Result<(), String> {
        if self.locked.load(Ordering::Relaxed) {
            return Err("it is locked".to_owned());
        }
        let (mut keychain, name) = (self.keychain.lock().unwrap(), (service.to_owned(), account.to_owned()));
        if key.is_empty() {
            keychain.remove(&name);
        } else {
            keychain.insert(name, key.expose().to_owned());
        }
        Ok(())
    }

    fn own_text(&self, name: &str) -> Result<String, String> {
        Ok(std::fs::read_to_string(self.home.join(name)).unwrap_or_default())
    }

    fn set_own_text(&self, name: &str, text: &str) -> Result<(), String> {
        std::fs::write(self.home.join(name), text).map_err(|error| error.to_string())
    }
}
