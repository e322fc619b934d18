//! Hooks: what a plugin wants run at certain moments.
//!
//! This module reads them, decides which are meant ([`Hooks::matching`]), says what a hook is told ([`input`]) and what its
//! answer means ([`output`]). It never runs one. Source: the hook reference of Claude Code as restated in issue 5 (A10).

use serde::Serialize;
use serde_json::{Map, Value};

pub mod event;
pub mod input;
pub mod matcher;
pub mod output;
mod read;
pub mod select;

pub use event::Event;
pub use input::Input;
pub use matcher::Matcher;
pub use output::{Answer, Decision, Exit, Verdict, interpret, merge};
pub use read::read;
pub use select::{Prepared, Source, select};

use super::tools::ToolRule;

/// All hooks of one source, in the order of its file.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Hooks {
    /// Groups.
    pub groups: Vec<Group>,
}

/// Handlers that share an event and a matcher.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Group {
    /// When.
    pub event: Event,
    /// For what.
    pub matcher: Matcher,
    /// What.
    pub handlers: Vec<Handler>,
}

/// One thing to do.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Handler {
    /// What is done.
    pub action: Action,
    /// A permission rule that must hold as well; on an event without a tool the hook then never runs.
    #[serde(rename = "if")]
    pub condition: Option<ToolRule>,
    /// Seconds; see [`Handler::seconds`] for what holds when it is not said.
    pub timeout: Option<f64>,
    /// Shown while it runs.
    pub status_message: Option<String>,
    /// Once in a session (skills' hooks only).
    pub once: bool,
    /// Keys without a meaning here, kept as written (`rewakeMessage`, …).
    pub extra: Map<String, Value>,
}

/// What a hook does.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    /// Runs a program.
    Command {
        /// A shell's line, or with `args` the program alone.
        command: String,
        /// Present: no shell in between.
        args: Option<Vec<String>>,
        /// Not waited for.
        #[serde(rename = "async")]
        background: bool,
        /// Not waited for, and wakes the conversation with exit code 2.
        rewake: bool,
        /// `bash` or `powershell`.
        shell: Option<String>,
    },
    /// Posts the input.
    Http {
        /// Where.
        url: String,
        /// `$VAR` in a value only from `allowed_env`.
        headers: Vec<(String, String)>,
        /// Names of variables that headers may hold.
        allowed_env: Vec<String>,
    },
    /// Calls a server's tool.
    McpTool {
        /// Its scoped id.
        server: String,
        /// The tool.
        tool: String,
        /// Its arguments, with `${json.path}` into the hook's input.
        input: Value,
    },
    /// Asks a model, which answers `{ok, reason}`.
    Prompt {
        /// With `$ARGUMENTS` for the input.
        prompt: String,
        /// Which model.
        model: Option<String>,
        /// Goes on when it says no.
        continue_on_block: bool,
    },
    /// Asks an agent, which answers `{ok, reason}`.
    Agent {
        /// With `$ARGUMENTS` for the input.
        prompt: String,
        /// Which model.
        model: Option<String>,
        /// Goes on when it says no.
        continue_on_block: bool,
    },
}
