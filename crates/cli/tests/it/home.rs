//! A person's machine for one test: a home folder, a work folder, a scripted model.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use deskhand_testkit::{Reply, ScriptedServer};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const KEY: &str = "sk-ant-CANARY-7f3a9c51d2";

pub(crate) struct Home {
    pub dir: TempDir,
    pub server: ScriptedServer,
    /// The cache folder: its own, unless a test shares one with a machine's image in it.
    pub cache: PathBuf,
}

/// The user's own cache, or the one the environment names: what `make` put there for tests.
pub(crate) fn cache() -> PathBuf {
    let usual = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/deskhand");
    std::env::var_os("DESKHAND_CACHE").map_or_else(usual, PathBuf::from)
}

/// What a run of the binary gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self:#?}"))
    }

    pub fn events(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }
}

impl Home {
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with(ScriptedServer::start(replies))
    }

    pub fn with(server: ScriptedServer) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = Self {
            cache: dir.path().join(".cache/deskhand"),
            dir,
            server,
        };
        std::fs::create_dir_all(home.work()).unwrap();
        home
    }

    /// With the image of commands' machine (`make image`): the user's, or the one the environment names.
    pub fn with_machine(server: ScriptedServer) -> Self {
        Self {
            cache: cache(),
            ..Self::with(server)
        }
    }

    /// A machine without any model.
    pub fn offline() -> Self {
        Self::new([])
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    pub fn data(&self) -> PathBuf {
        self.dir.path().join(".deskhand")
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let file = self.work().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.work().join(name)).unwrap()
    }

    pub fn exists(&self, name: &str) -> bool {
        self.work().join(name).exists()
    }

    /// The binary in this home, with nothing of the real machine's environment.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskhand"));
        command
            .env_clear()
            .env("HOME", self.path())
            .env("DESKHAND_HOME", self.data())
            .env("DESKHAND_CACHE", &self.cache)
            .env("TZ", "UTC")
            .env("NO_COLOR", "1")
            .current_dir(self.path())
            .stdin(Stdio::null());
        for name in ["SystemRoot", "PATH", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// The same with a key and the scripted model.
    pub fn online(&self) -> Command {
        let mut command = self.command();
        command
            .env("ANTHROPIC_API_KEY", KEY)
            .env("ANTHROPIC_BASE_URL", self.server.base_url());
        command
    }

    /// Runs the binary with the scripted model.
    pub fn run(&self, args: &[&str]) -> Ran {
        ran(self.online().args(args).output().unwrap())
    }

    /// Runs `deskhand run -C work --output-format stream-json …`.
    pub fn task(&self, args: &[&str]) -> Ran {
        let mut all = vec!["run", "-C", "work", "--output-format", "stream-json"];
        all.extend(args);
        self.run(&all)
    }

    /// The id of the only, or newest, task.
    pub fn newest(&self) -> String {
        self.run(&["tasks", "--json"]).json()[0]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

pub(crate) fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The kinds of events, in order.
pub(crate) fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

/// The bodies of the events of one kind.
pub(crate) fn bodies<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events
        .iter()
        .filter(|event| event["kind"] == kind)
        .map(|event| &event["body"])
        .collect()
}
