//! Connectors (MCP servers) as the interface shows and changes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A connector in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Connector {
    /// Its name: the middle of its tools' names.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Its address, or the whole command that runs it.
    pub address: String,
    /// Whether it is a program on this computer.
    pub local: bool,
    /// How it stands.
    pub state: ConnectorState,
    /// More of that, in a sentence: why it failed, what is missing. May be empty.
    pub detail: String,
    /// Tools it offers, as far as it is known.
    pub tools: u32,
    /// Tools that changed since they were approved and cannot be used.
    pub changed: u32,
    /// The plugin it comes with; absent when the person added it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// Whether it signs the person in: a button to do so, or to end it.
    pub sign_in: SignIn,
    /// Whether its records count as an address book.
    #[serde(default)]
    pub address_book: bool,
    /// Whether its server may ask for answers of a model, each of which is asked about.
    #[serde(default)]
    pub sampling: bool,
    /// The model that is asked then; absent = that of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling_model: Option<String>,
    /// For a program on this computer: what keeps it apart, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confinement: Option<String>,
}

/// How a connector stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectorState {
    /// Not looked at yet; it connects when it is needed.
    Idle,
    /// On the way.
    Connecting,
    /// It can be used.
    Connected,
    /// The person has to sign in.
    NeedsSignIn,
    /// It does not work now.
    Failed,
    /// Switched off.
    Disabled,
    /// Its address is missing.
    NotConfigured,
    /// Nobody approved it yet.
    Pending,
}

/// Signing in to a connector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    /// It takes none, or uses a key of its own.
    None,
    /// Possible or needed.
    Possible,
    /// Done.
    Done,
}

/// A connector with its tools.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectorPage {
    /// As in the list.
    pub connector: Connector,
    /// Its tools, in its own order.
    pub tools: Vec<ConnectorTool>,
    /// Tools that cannot be used and why, each in a sentence.
    pub left_out: Vec<String>,
    /// Whether it could be asked: a program of this computer that nobody has approved is not started by looking at it.
    pub started: bool,
    /// What the server said of its use when it was approved, as tasks are told it; untrusted. May be empty.
    pub instructions: String,
    /// What is different of its server since its tools were approved, without making it another one: a sentence each, with the
    /// server's words in them.
    pub news: Vec<String>,
}

/// A tool of a connector.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectorTool {
    /// Its name.
    pub name: String,
    /// What the server calls it for people; untrusted.
    pub title: String,
    /// What the server says it does; untrusted.
    pub description: String,
    /// Whether it only reads, by its definition.
    pub reads: bool,
    /// Whether its results count as records of an address book.
    pub records: ToolRecords,
    /// What to know of its description before approving it: a sentence each, in Deskhand's words.
    pub cautions: Vec<String>,
    /// What the person decided about its use.
    pub rule: ToolRule,
    /// Whether it is as it was approved.
    pub standing: ToolStanding,
    /// What changed since, part by part.
    pub changes: Vec<DefinitionChange>,
}

/// Whether the results of a tool count as records of an address book.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolRecords {
    /// They do.
    Counted,
    /// They could, if the person says so.
    Possible,
    /// They cannot.
    Never,
}

/// What the person decided about the use of a tool.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolRule {
    /// The policy decides each time.
    Policy,
    /// Every call is asked about.
    Ask,
    /// It cannot be called.
    Block,
    /// Not asked about where the policy would only ask because it is a connector's tool.
    Allow,
}

/// Whether a tool is as it was approved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolStanding {
    /// As approved.
    Approved,
    /// Never approved.
    New,
    /// Different from what was approved: not to be used until approved again.
    Changed,
}

/// One part of a tool's definition that is different.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DefinitionChange {
    /// Where, as a JSON Pointer.
    pub place: String,
    /// What was approved; absent where there was nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it is now; absent where it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A connector to be added.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct AddConnector {
    /// Its name; free to choose.
    pub name: String,
    /// Its address; empty for a program on this computer.
    #[serde(default)]
    pub url: String,
    /// The program and its arguments; empty for an address.
    #[serde(default)]
    pub command: Vec<String>,
    /// Folders a program sees, each on this computer.
    #[serde(default)]
    pub folders: Vec<String>,
    /// Whether a program may use the network.
    #[serde(default)]
    pub network: bool,
}

/// A tool's rule to be set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetToolRule {
    /// The rule.
    pub rule: ToolRule,
}

/// Whether a connector's records count as an address book, to be set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetAddressBook {
    /// Whether they count.
    pub on: bool,
    /// The tools whose results count; without any, all that look records up.
    #[serde(default)]
    pub tools: Vec<String>,
}

/// Whether a connector's server may ask for answers of a model, to be set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetSampling {
    /// Whether it may.
    pub on: bool,
    /// The model that is asked; absent = that of the task.
    #[serde(default)]
    pub model: Option<String>,
}

/// A connector of the built-in directory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DirectoryEntry {
    /// The name it gets.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it is good for, in a word or two.
    pub category: String,
    /// What it does, in a sentence.
    pub about: String,
    /// Its address, or the command that runs it; empty when the person has to get the address.
    pub address: String,
    /// Whether it is a program on this computer.
    pub local: bool,
    /// What the person has to bring. May be empty.
    pub needs: String,
}

/// What could be put where somebody types; the server's words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Completion {
    /// What replaces what was typed: behind `@` without the sign, for a command all of it.
    pub insert: String,
    /// What it is called.
    pub name: String,
    /// More of it. May be empty.
    pub about: String,
}
