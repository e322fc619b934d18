//! Connectors as lists and pages show them.

use deskhand_mcp::config::{Server, Transport};
use deskhand_mcp::{Identity, Standing, Tool, ToolList, cautions};
use deskhand_types::{ProgramAccess, ToolRule};
use serde::Serialize;

use super::{book::Entry, confine::Place, names::call_name};
use crate::SkillLine;

/// How a connector stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectorState {
    /// Nothing is open; it connects when it is needed.
    Idle,
    /// There is a session.
    Connected,
    /// The person has to sign in.
    NeedsSignIn,
    /// The last try to reach it failed.
    Failed,
    /// Switched off.
    Disabled,
    /// It has no address, or its plugin waits for a value.
    NotConfigured,
    /// None of its tools was approved yet.
    Pending,
}

/// The sign-in to a connector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignInState {
    /// It takes none: a program of this computer, or a header stands for it.
    None,
    /// It may want one.
    Possible,
    /// There is one.
    Done,
}

/// A connector in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ConnectorLine {
    /// Its name.
    pub name: String,
    /// Its address, or the whole command of a program of this computer.
    pub url: String,
    /// Whether it is a program of this computer.
    pub local: bool,
    /// How it stands.
    pub state: ConnectorState,
    /// More of that, in a sentence; may be empty.
    pub detail: String,
    /// Approved tools.
    pub tools: usize,
    /// Tools that changed since they were approved, as far as a session that is open tells.
    pub changed: usize,
    /// The plugin it comes with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// Its sign-in.
    pub sign_in: SignInState,
    /// Whether the person lets its records count as an address book.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub address_book: bool,
    /// Whether its server may ask for answers of a model, each of which is asked about.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sampling: bool,
    /// The model that is asked then; none = that of the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling_model: Option<String>,
    /// What keeps its program apart, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confinement: Option<String>,
}

/// A connector with its tools as it names them now.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ConnectorPage {
    /// As in a list.
    #[serde(flatten)]
    pub line: ConnectorLine,
    /// Its tools.
    pub tool_list: Vec<ToolLine>,
    /// Tools that cannot be used, and why.
    pub left_out: Vec<String>,
    /// Its prompts, as commands of the person.
    pub prompts: Vec<SkillLine>,
    /// Whether it could be asked: a program of this computer that nobody has approved was not started.
    pub started: bool,
    /// What it said of its use when it was approved, as tasks are told it; the server's words. May be empty.
    pub instructions: String,
    /// What is different of its server since its tools were approved, without making it another one: a sentence each, with the
    /// server's words in them.
    pub news: Vec<String>,
}

/// Whether a tool is as it was approved.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum ToolStanding {
    /// As approved.
    Approved,
    /// Never approved; no task sees it.
    New,
    /// Different from what was approved; no task may call it.
    Changed {
        /// Each difference: where, before, after.
        changes: Vec<(String, Option<String>, Option<String>)>,
    },
}

/// Whether the results of a tool count as records of an address book.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "count", content = "reason", rename_all = "kebab-case")]
pub enum RecordsStanding {
    /// They do.
    Counted,
    /// They could, if the person says so.
    Possible,
    /// They cannot, and why.
    Never(&'static str),
}

/// A tool.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ToolLine {
    /// Its name, as its server gives it.
    pub name: String,
    /// The name models call it by.
    pub call_name: String,
    /// What it is called for people; the server's words.
    pub title: String,
    /// What it is said to do; the server's words.
    pub description: String,
    /// Whether it only reads, by its definition.
    pub reads: bool,
    /// How its results stand to an address book.
    pub records: RecordsStanding,
    /// What to know of its description before approving it: a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cautions: Vec<String>,
    /// What the person decided.
    pub rule: ToolRule,
    /// Whether it is as it was approved.
    #[serde(flatten)]
    pub standing: ToolStanding,
}

impl ToolLine {
    /// The tools of a server, which says it is `server` where it was asked.
    pub(super) fn all(entry: &Entry, list: &ToolList, server: Option<&Identity>, servers: &[Entry]) -> Vec<Self> {
        let others: Vec<&str> = servers
            .iter()
            .map(|server| server.name.as_str())
            .filter(|name| *name != entry.name)
            .collect();
        let tools = list.tools.iter();
        tools.map(|tool| Self::of(entry, tool, server, &others)).collect()
    }

    fn of(entry: &Entry, tool: &Tool, server: Option<&Identity>, others: &[&str]) -> Self {
        let text = |value: Option<serde_json::Value>| {
            value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        let hint = |name: &str| tool.annotations.get(name).and_then(serde_json::Value::as_bool);
        Self {
            call_name: call_name(&entry.name, &tool.name),
            name: tool.name.clone(),
            title: tool.title.clone().unwrap_or_else(|| tool.name.clone()),
            description: tool.presented().description,
            records: match entry.records(tool) {
                Err(why) => RecordsStanding::Never(why),
                Ok(_) if entry.may_count(tool) => RecordsStanding::Counted,
                Ok(_) => RecordsStanding::Possible,
            },
            reads: hint("readOnlyHint") == Some(true) && hint("destructiveHint") != Some(true),
            cautions: cautions(tool, others.iter().copied())
                .iter()
                .map(ToString::to_string)
                .collect(),
            rule: entry.rule(&tool.name),
            standing: match entry.pins.standing(tool, server) {
                Standing::Approved => ToolStanding::Approved,
                Standing::New => ToolStanding::New,
                Standing::Changed(changes) => ToolStanding::Changed {
                    changes: changes
                        .into_iter()
                        .map(|change| (change.place, text(change.before), text(change.after)))
                        .collect(),
                },
            },
        }
    }
}

/// What a program of this computer gets, in words.
pub(super) fn confinement(entry: &Entry, place: &Place) -> Option<String> {
    access_words(&entry.server, &entry.access, place)
}

/// The same of any server; `None` for one with an address.
pub(super) fn access_words(server: &Server, access: &ProgramAccess, place: &Place) -> Option<String> {
    let Transport::Stdio(program) = &server.transport else {
        return None;
    };
    if access.unconfined {
        return Some("runs with all your rights, as you said".to_owned());
    }
    let mut seen: Vec<String> = access
        .folders
        .iter()
        .map(|folder| {
            let how = if folder.writable { "may change" } else { "reads" };
            format!("{how} {}", folder.path)
        })
        .collect();
    let own = place.shown(&program.command, &program.args);
    seen.extend(
        own.iter()
            .map(|path| format!("reads {} (part of the program)", path.display())),
    );
    if seen.is_empty() {
        seen.push("sees none of your folders".to_owned());
    }
    let network = if access.network {
        "may use the network"
    } else {
        "no network"
    };
    Some(format!("confined: {}; {network}", seen.join(", ")))
}

/// Whether a server is a program of this computer.
pub(super) fn is_local(server: &Server) -> bool {
    matches!(server.transport, Transport::Stdio(_))
}

/// The address of a server, or the whole command as a person would type it.
pub fn address(server: &Server) -> String {
    match &server.transport {
        Transport::Stdio(program) => {
            let words = std::iter::once(&program.command).chain(&program.args);
            words.map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
        }
        Transport::Http(remote) | Transport::Sse(remote) => remote.url.clone(),
        Transport::WebSocket { url } => url.clone(),
        Transport::NotConfigured => String::new(),
    }
}

/// A word of a command line as it would be typed.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        crate::shell::quoted(word)
    }
}
