//! The programs under test: how each is kept to itself, started, and told to read a note.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// Which program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Deskhand.
    Deskhand,
    /// OpenAI's Codex CLI.
    Codex,
    /// Anthropic's Claude Code.
    Claude,
}

impl Kind {
    /// As it stands in the table.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Deskhand => "deskhand",
            Self::Codex => "codex",
            Self::Claude => "claude-code",
        }
    }
}

/// A program, ready to be started in a home of its own.
pub(crate) struct Harness {
    /// Which.
    pub(crate) kind: Kind,
    /// What it says its version is.
    pub(crate) version: String,
    program: PathBuf,
    home: PathBuf,
    work: PathBuf,
}

const PROMPT: &str = "Read the notes one after the other, then say that you are done.";

/// What a note holds: looked for in the request after it was read.
pub(crate) fn note(number: usize) -> String {
    format!("The content of note number {number}.")
}

fn file_name(number: usize) -> String {
    format!("note-{number:04}.txt")
}

impl Harness {
    /// Lays out a home with a folder of small notes, one per turn.
    pub(crate) fn prepare(kind: Kind, program: &Path, home: &Path, turns: usize) -> io::Result<Self> {
        let work = home.join("work");
        std::fs::create_dir_all(&work)?;
        for number in 0..turns {
            std::fs::write(work.join(file_name(number)), note(number) + "\nA second line.\n")?;
        }
        let mut harness = Self {
            kind,
            version: String::new(),
            program: program.to_owned(),
            home: home.to_owned(),
            work,
        };
        let said = harness.bare().arg("--version").output();
        harness.version = said.map_or_else(
            |error| format!("({error})"),
            |said| String::from_utf8_lossy(&said.stdout).trim().to_owned(),
        );
        Ok(harness)
    }

    /// The program with nothing of this machine's settings, and no way out.
    fn bare(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.work).env_clear().env("HOME", &self.home);
        // What programs need on each platform to start at all.
        for name in ["PATH", "LANG", "SystemRoot", "SystemDrive", "TEMP", "TMP"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // The discard port: whoever asks for anything but loopback gets nothing. `run.sh` shuts the network as well.
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command
                .env(name, "http://127.0.0.1:9")
                .env(name.to_lowercase(), "http://127.0.0.1:9");
        }
        for name in ["NO_PROXY", "no_proxy"] {
            command.env(name, "127.0.0.1,localhost");
        }
        command.env("DO_NOT_TRACK", "1");
        command
    }

    /// The command that works on the notes with the model at `base_url` (without a path).
    pub(crate) fn command(&self, base_url: &str) -> io::Result<Command> {
        let mut command = self.bare();
        match self.kind {
            Kind::Deskhand => {
                command
                    .env("ANTHROPIC_BASE_URL", base_url)
                    .env("ANTHROPIC_API_KEY", "scripted")
                    .env("DESKHAND_HOME", self.home.join("data"))
                    .env("DESKHAND_CACHE", self.home.join("cache"))
                    .args(["run", "-C"])
                    .arg(&self.work)
                    .args([
                        "--output-format",
                        "stream-json",
                        "--mode",
                        "auto",
                        "--max-turns",
                        "100000",
                        PROMPT,
                    ]);
            }
            Kind::Claude => {
                command
                    .env("ANTHROPIC_BASE_URL", base_url)
                    .env("ANTHROPIC_API_KEY", "scripted")
                    .env("CLAUDE_CONFIG_DIR", self.home.join("data"))
                    .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
                    .env("DISABLE_TELEMETRY", "1")
                    .env("DISABLE_ERROR_REPORTING", "1")
                    .env("DISABLE_AUTOUPDATER", "1")
                    .args(["-p", PROMPT, "--output-format", "stream-json", "--verbose"])
                    .args(["--max-turns", "100000", "--allowedTools", "Read"]);
            }
            Kind::Codex => {
                let data = self.home.join("data");
                std::fs::create_dir_all(&data)?;
                std::fs::write(data.join("config.toml"), codex_config(base_url))?;
                command.env("CODEX_HOME", data).env("OPENAI_API_KEY", "scripted").args([
                    "exec",
                    "--json",
                    "--skip-git-repo-check",
                    "--sandbox",
                    "read-only",
                    PROMPT,
                ]);
            }
        }
        Ok(command)
    }

    /// Which tool of those on offer reads a note, and what it is given; `None` when there is none.
    pub(crate) fn reading(&self, tools: &[&str], number: usize) -> Option<(&'static str, Value)> {
        let file = file_name(number);
        let path = match self.kind {
            Kind::Deskhand => format!("/mnt/work/{file}"),
            Kind::Codex | Kind::Claude => self.work.join(&file).display().to_string(),
        };
        // Codex has no tool for files: it reads through its shell, sandbox and all, as it does for its users.
        [
            ("Read", json!({"file_path": path})),
            ("exec_command", json!({"cmd": format!("cat {file}")})),
            ("shell_command", json!({"command": format!("cat {file}")})),
            ("shell", json!({"command": ["cat", file]})),
        ]
        .into_iter()
        .find(|(name, _)| tools.contains(name))
    }

    /// Where its standard output and errors are kept.
    pub(crate) fn logs(&self) -> [PathBuf; 2] {
        ["out.log", "err.log"].map(|name| self.home.join(name))
    }

    /// The command line, for messages.
    pub(crate) fn program(&self) -> OsString {
        self.program.clone().into_os_string()
    }
}

fn codex_config(base_url: &str) -> String {
    format!(
        r#"model = "scripted"
model_provider = "loopback"
approval_policy = "never"
check_for_update_on_startup = false

[model_providers.loopback]
name = "loopback"
base_url = "{base_url}/v1"
wire_api = "responses"
env_key = "OPENAI_API_KEY"

[analytics]
enabled = false
"#
    )
}
