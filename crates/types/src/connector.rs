//! Connectors (MCP servers) as the application's log has them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A connector the person added, or one of a plugin that they set up.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ConnectorConfig {
    /// Its name: the middle of its tools' names.
    pub name: String,
    /// How it is reached, as `mcp::config::Server` has it. Holds no secret: those are named by handle.
    pub server: Value,
    /// What a program on this computer gets.
    #[serde(default)]
    pub access: ProgramAccess,
    /// Whether the person believes what it says of its tools: which only look things up. Where data goes is judged all the
    /// same.
    #[serde(default)]
    pub trusted: bool,
    /// Whether it is switched off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// The bundle it was installed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<ConnectorBundle>,
}

/// A bundle (`.mcpb`) as it was installed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConnectorBundle {
    /// Where it was unpacked to, in Deskhand's data folder.
    pub folder: String,
    /// blake3 of the file.
    pub hash: String,
    /// Its version, as its author wrote it.
    pub version: String,
}

/// What a local server's program gets of this computer.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProgramAccess {
    /// Folders it sees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<SharedFolder>,
    /// Whether it may use the network by itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub network: bool,
    /// Whether it runs with all of the person's rights, because they said so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unconfined: bool,
}

/// A folder a local server's program sees.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SharedFolder {
    /// On this computer, absolute.
    pub path: String,
    /// Whether it may change what is in it. Such changes are not in the journal and cannot be undone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub writable: bool,
}

/// What the person decided about the use of a connector's tool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolRule {
    /// The policy decides each time.
    #[default]
    Policy,
    /// Every call is asked about.
    Ask,
    /// Not asked about where only the kind of tool would be asked about; the flow of data is judged all the same.
    Allow,
    /// It cannot be called, and no model sees it.
    Block,
}

impl ToolRule {
    /// The name used on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Ask => "ask",
            Self::Allow => "allow",
            Self::Block => "block",
        }
    }
}

impl std::str::FromStr for ToolRule {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "policy" => Ok(Self::Policy),
            "ask" => Ok(Self::Ask),
            "allow" => Ok(Self::Allow),
            "block" => Ok(Self::Block),
            _ => Err(()),
        }
    }
}

/// What was decided about connectors. In the application's log.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ConnectorChange {
    /// One was added or changed.
    Set {
        /// As it is from now on.
        connector: Box<ConnectorConfig>,
    },
    /// One was removed, with all that was decided about it.
    Removed {
        /// Its name.
        name: String,
    },
    /// The use of one tool.
    Rule {
        /// The connector.
        connector: String,
        /// The tool, as its server names it.
        tool: String,
        /// The rule.
        rule: ToolRule,
    },
    /// The person agreed that this command is run for its headers.
    Helper {
        /// The connector.
        connector: String,
        /// The command, as it stands in the connector's entry.
        command: String,
    },
    /// What its program gets of this computer from now on, and whether the connector is on. What is not said stays.
    Access {
        /// The connector.
        connector: String,
        /// What it gets; of a plugin's server, beside the plugin's own folders.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        access: Option<ProgramAccess>,
        /// Whether it is switched off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disabled: Option<bool>,
    },
    /// Whether its records count as an address book.
    AddressBook {
        /// The connector.
        connector: String,
        /// The tools whose results count, as its server names them; none named stands for all that look records up.
        /// `None` when it is no address book any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tools: Option<Vec<String>>,
    },
    /// Whether its server may ask for answers of a model, each of which is asked about.
    Sampling {
        /// The connector.
        connector: String,
        /// Whether it may.
        on: bool,
        /// The model that is asked; `None` = that of the task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
    /// The person saw its tools and approved them as they are.
    Approved {
        /// The connector.
        connector: String,
        /// The definitions, as `mcp::Pins` has them.
        pins: Value,
        /// What else it offered: `mcp::Prompt`s at `prompts`, and whether there are `resources`. Only listed from here.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        offers: Value,
    },
}
