//! `connectors`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct ConnectorsArgs {
    #[command(subcommand)]
    pub action: ConnectorAction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleArg {
    /// The rules decide each time.
    Policy,
    /// Every call is asked about.
    Ask,
    /// Need not be asked about for what it is; where data goes is judged all the same.
    Allow,
    /// Cannot be called.
    Block,
}

impl From<RuleArg> for deskhand_types::ToolRule {
    fn from(arg: RuleArg) -> Self {
        match arg {
            RuleArg::Policy => Self::Policy,
            RuleArg::Ask => Self::Ask,
            RuleArg::Allow => Self::Allow,
            RuleArg::Block => Self::Block,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFrom {
    /// `claude_desktop_config.json`
    ClaudeDesktop,
    /// `~/.claude.json`
    ClaudeCode,
    /// `.mcp.json` of a project
    Project,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectorAction {
    /// Add one: by its address, a bundle (.mcpb), or a program of this computer after `--`.
    Add(Box<AddArgs>),
    /// The connectors there are, and how each stands.
    List,
    /// Servers that are known by name, to be added.
    Directory {
        /// Only those in which these words stand.
        words: Vec<String>,
    },
    /// The tools of one: what each claims to do, whether it is as approved; or decide about one tool.
    Tools {
        /// The connector.
        name: String,
        /// Decide about the use of this tool.
        #[arg(long, value_name = "TOOL", requires = "rule")]
        tool: Option<String>,
        /// What is decided.
        #[arg(long, value_enum, requires = "tool")]
        rule: Option<RuleArg>,
    },
    /// The resources of one: name them in a prompt as @NAME:ADDRESS.
    Resources {
        /// The connector.
        name: String,
    },
    /// Approve the tools of one as they are now, after they changed.
    Approve {
        /// The connector.
        name: String,
        /// Do not ask before a command is run for its headers.
        #[arg(long, short)]
        yes: bool,
    },
    /// What the program of one gets of this computer; with options, give it exactly that from now on.
    Access {
        /// The connector.
        name: String,
        /// A folder it sees, with `:rw` if it may change it. May be repeated.
        #[arg(long, value_name = "FOLDER[:rw]")]
        folder: Vec<String>,
        /// It may use the network by itself.
        #[arg(long)]
        network: bool,
        /// It runs with all your rights.
        #[arg(long)]
        unconfined: bool,
        /// Take back all that it was given.
        #[arg(long, conflicts_with_all = ["folder", "network", "unconfined"])]
        nothing: bool,
    },
    /// Switch one on.
    Enable {
        /// The connector.
        name: String,
    },
    /// Switch one off: it is not started, and no task can call it. Nothing is forgotten.
    Disable {
        /// The connector.
        name: String,
    },
    /// Let the records of one count as an address book, so that "mail Ana" need not be asked about; or not any more.
    AddressBook {
        /// The connector.
        name: String,
        /// Only the results of this tool count. May be repeated; without, of all its tools that look records up.
        #[arg(long, value_name = "TOOL", conflicts_with = "off")]
        tool: Vec<String>,
        /// Not any more.
        #[arg(long)]
        off: bool,
    },
    /// Let the server of one ask for answers of a model, in the middle of a call; or not any more. You are asked each time,
    /// and again before an answer goes to it.
    Sampling {
        /// The connector.
        name: String,
        /// The model that is asked; without, that of the task.
        #[arg(long, value_name = "MODEL", conflicts_with = "off")]
        model: Option<String>,
        /// Not any more.
        #[arg(long)]
        off: bool,
    },
    /// Call a tool yourself.
    Call {
        /// The connector.
        name: String,
        /// The tool.
        tool: String,
        /// Its arguments, as a JSON object.
        #[arg(default_value = "{}", value_name = "JSON")]
        arguments: String,
    },
    /// Sign in, in the browser.
    Login {
        /// The connector.
        name: String,
        /// Print the address instead of opening a browser; where it ends is then pasted here.
        #[arg(long)]
        no_browser: bool,
    },
    /// Forget the sign-in.
    Logout {
        /// The connector.
        name: String,
    },
    /// Remove one, with its sign-in and its secrets.
    Remove {
        /// The connector.
        name: String,
    },
    /// Take over the servers of another program's settings file (`.mcp.json`, Claude Desktop's, Claude Code's). Nothing is
    /// run; secrets in it are kept as Deskhand keeps secrets.
    Import {
        /// The file; without one, where the program keeps it.
        file: Option<PathBuf>,
        /// Whose file it is; without, as its name says.
        #[arg(long, value_enum)]
        from: Option<ImportFrom>,
        /// Only these.
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// What you call it: small letters, digits and hyphens. Or a bundle, a file that ends in .mcpb or .dxt.
    pub name: String,
    /// Its address, https://… (http:// only on this computer). Without one and without a command: the entry of that name in
    /// the directory.
    pub url: Option<String>,
    /// It speaks the older HTTP+SSE.
    #[arg(long)]
    pub sse: bool,
    /// A header of every request, NAME: VALUE. Use ${VARIABLE} for what is secret. May be repeated.
    #[arg(long, value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// A command whose output is a JSON object of further headers, run at every connection, confined like a program.
    #[arg(long, value_name = "COMMAND")]
    pub headers_helper: Option<String>,
    /// A folder its program sees, with `:rw` if it may change it. May be repeated.
    #[arg(long, value_name = "FOLDER[:rw]")]
    pub folder: Vec<String>,
    /// Its program may use the network.
    #[arg(long)]
    pub network: bool,
    /// Its program runs with all your rights, confined by nothing.
    #[arg(long)]
    pub unconfined: bool,
    /// Do not believe which of its tools only look things up: each call is judged as if it acted.
    #[arg(long)]
    pub untrusted: bool,
    /// A variable of its program, NAME=VALUE. May be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// A secret variable of its program, by name: its value is taken from this command's environment and kept encrypted.
    /// Of a bundle: a setting, KEY or KEY=NAME of the variable its value is taken from.
    #[arg(long, value_name = "NAME")]
    pub secret: Vec<String>,
    /// What a bundle is called here.
    #[arg(long = "name", value_name = "NAME")]
    pub called: Option<String>,
    /// A setting of a bundle, KEY=VALUE. Again for one that takes several values.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    #[command(flatten)]
    pub client: ClientArgs,
    /// Do not ask before its program is run.
    #[arg(long, short)]
    pub yes: bool,
    /// The program and its arguments.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// What is known beforehand about signing in to a server.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct ClientArgs {
    /// The id of the client that you registered with its vendor, where signing in needs one.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// That client's secret, by the name of a variable: its value is taken from this command's environment and kept
    /// encrypted.
    #[arg(long, value_name = "VARIABLE", requires = "client_id")]
    pub client_secret: Option<String>,
    /// The port that the registered redirect (http://localhost:PORT/callback) names.
    #[arg(long, value_name = "PORT")]
    pub callback_port: Option<u16>,
    /// Ask for these rights and no others; several in quotes, with spaces between.
    #[arg(long, value_name = "SCOPES")]
    pub scopes: Option<String>,
}
