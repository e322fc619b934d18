//! The command line, as data. Flags and names are a contract (`DESIGN.md` section 9).

mod connectors;
mod memory;
mod skills;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use connectors::{AddArgs, ClientArgs, ConnectorAction, ConnectorsArgs, ImportFrom};
pub(crate) use memory::{MemoryAction, MemoryArgs};
pub(crate) use skills::{CommandsArgs, MarketplaceAction, PluginAction, PluginsArgs, SkillAction, SkillsArgs};

/// An open, local-first desktop agent for knowledge work.
///
/// Grant folders, state an outcome, get finished files back. Every task can be seen and undone.
#[derive(Debug, Parser)]
#[command(name = "deskhand", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a task.
    Run(RunArgs),
    /// Take a task up again, or say more to it.
    Resume(ResumeArgs),
    /// Go on in a clean context: a new task with your own words, and of what was read only the values you choose.
    Clean(CleanArgs),
    /// List tasks, newest first.
    Tasks,
    /// Show a task: plan, conversation, outputs.
    Show(TaskArg),
    /// Show what a task changed.
    Changes(ChangesArgs),
    /// Take back what a task changed. Never overwrites what you changed since.
    Undo(UndoArgs),
    /// Bring back what the last undo took back.
    Redo(TaskArg),
    /// Write a task out as Markdown, or its events with --json.
    Export(TaskArg),
    /// Search everything tasks said, read and did.
    Search(SearchArgs),
    /// Questions waiting for you.
    Approvals(ApprovalsArgs),
    /// Check a task's log.
    Log(LogArgs),
    /// Tokens and cost by task; with --network what commands did on the network.
    Usage(UsageArgs),
    /// The policy: check a rules file, explain a task's decisions, replay recorded attacks.
    Policy(PolicyArgs),
    /// Notes for later tasks: keep or discard what tasks propose, add your own.
    Memory(MemoryArgs),
    /// Folders every task may use.
    Folders(FoldersArgs),
    /// Your standing instructions.
    Instructions(InstructionsArgs),
    /// Connectors: programs and services whose tools tasks may call.
    Connectors(ConnectorsArgs),
    /// Skills: kinds of work that are written down.
    Skills(SkillsArgs),
    /// What you can call with /NAME at the beginning of what you want.
    Commands(CommandsArgs),
    /// Plugins: skills, agents, hooks and servers of others, installed after you looked at them.
    Plugins(PluginsArgs),
    /// Models: list, pull the small local one, test the connection.
    Models(ModelsArgs),
    /// The sandbox for shell commands: status, building its image, trying a command, reset.
    Sandbox(SandboxArgs),
    /// The web interface, for this computer only: prints the link that opens it.
    Serve(ServeArgs),
    /// Check this machine and say what is missing.
    Doctor,
    /// Try it: analyses a folder of sample spreadsheets.
    Demo(DemoArgs),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeArg {
    /// Read only; proposes.
    Plan,
    /// Ask before each change.
    Manual,
    /// Reversible changes land at once.
    Auto,
    /// No questions.
    Skip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For reading.
    Text,
    /// One object at the end.
    Json,
    /// Every event as one line.
    StreamJson,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SandboxArg {
    /// The virtual machine.
    Vm,
    /// The operating system's own means; weaker.
    Os,
}

/// How the model gets at text that others could have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReadingArg {
    /// It reads it.
    Direct,
    /// It is kept apart, and asks a reader about it.
    Apart,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// A folder the task may use, with `:ro`, `:rw` or `:rw-no-delete` (the default). May be repeated.
    #[arg(short = 'C', long = "folder", value_name = "FOLDER[:MODE]")]
    pub folders: Vec<String>,
    /// How changes are treated.
    #[arg(long, value_enum, default_value_t = ModeArg::Auto)]
    pub mode: ModeArg,
    /// The model, as PROVIDER/NAME. `recipes` = built-in recipes, no AI model.
    #[arg(long, value_name = "PROVIDER/NAME")]
    pub model: Option<String>,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub output_format: OutputFormat,
    /// Stop after this many turns of the model.
    #[arg(long, value_name = "N")]
    pub max_turns: Option<u64>,
    /// Stop when this much was spent, in US dollars.
    #[arg(long, value_name = "X")]
    pub budget_usd: Option<f64>,
    /// Stop when this many tokens were used.
    #[arg(long, value_name = "N")]
    pub max_tokens: Option<u64>,
    /// Stop after this many minutes of work.
    #[arg(long, value_name = "N")]
    pub max_minutes: Option<u64>,
    /// Without the limits that settings.toml has for new tasks.
    #[arg(long)]
    pub no_budget: bool,
    /// Allow folders outside your personal folder; recorded.
    #[arg(long)]
    pub allow_outside_home: bool,
    /// What keeps shell commands apart from this computer; the virtual machine unless settings.toml says otherwise.
    #[arg(long, value_enum)]
    pub sandbox: Option<SandboxArg>,
    /// How the model gets at text that others could have written: `direct`, or `apart`, where it does not read it and
    /// fewer questions are asked.
    #[arg(long, value_enum, default_value_t = ReadingArg::Direct)]
    pub reading: ReadingArg,
    /// The agent it runs as; `deskhand plugins show` lists those of a plugin.
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// What you want, or `-` to read it from standard input.
    #[arg(value_name = "PROMPT")]
    pub prompt: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TaskArg {
    /// The task, or the beginning of its id.
    #[arg(value_name = "TASK")]
    pub task: String,
}

#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// The task, or the beginning of its id.
    #[arg(value_name = "TASK")]
    pub task: String,
    /// Something more to say to it.
    #[arg(value_name = "TEXT")]
    pub text: Vec<String>,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub output_format: OutputFormat,
}

#[derive(Debug, Args)]
pub(crate) struct CleanArgs {
    /// The task to go on from, or the beginning of its id. It is stopped.
    #[arg(value_name = "TASK")]
    pub task: String,
    /// What you say instead of what you said there.
    #[arg(value_name = "TEXT")]
    pub text: Vec<String>,
    /// A value to take along, on one line. May be repeated.
    #[arg(long = "value", value_name = "VALUE")]
    pub values: Vec<String>,
    /// Only list your words there and the values that were asked about.
    #[arg(long, conflicts_with_all = ["text", "values"])]
    pub list: bool,
    /// What is printed.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub output_format: OutputFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ChangesArgs {
    /// The task, or the beginning of its id.
    #[arg(value_name = "TASK")]
    pub task: String,
    /// Only the list of files.
    #[arg(long)]
    pub stat: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    /// The task, or the beginning of its id.
    #[arg(value_name = "TASK")]
    pub task: String,
    /// Only this step, as `changes` numbers them.
    #[arg(long, value_name = "N")]
    pub step: Option<u64>,
    /// Only this file or folder.
    #[arg(long, value_name = "P")]
    pub path: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// Words to look for.
    #[arg(value_name = "TEXT", required = true)]
    pub text: Vec<String>,
    /// At most this many.
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct ApprovalsArgs {
    #[command(subcommand)]
    pub action: Option<ApprovalAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalAction {
    /// Say yes.
    Allow {
        /// The question's id; of several that come as one, their ids joined by commas.
        id: String,
        /// Also allow one of the values the question names for good, by its number: this address, never a whole tool.
        #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1")]
        always: Option<usize>,
        /// With another value in place of one the question names, by its number; nothing else changes.
        #[arg(long, value_names = ["N", "VALUE"], num_args = 2, conflicts_with = "always")]
        instead: Option<Vec<String>>,
    },
    /// Say no.
    Deny {
        /// The question's id; of several that come as one, their ids joined by commas.
        id: String,
        /// Why, for the model.
        reason: Vec<String>,
    },
    /// Answer a question. Several questions: one TEXT each; several choices: joined by `;`.
    Answer {
        /// The question's id.
        id: String,
        /// The answers.
        #[arg(required = true)]
        text: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    #[command(subcommand)]
    pub action: LogAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogAction {
    /// Recompute the hash chain; tells which event was changed, if one was.
    Verify(TaskArg),
}

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    pub action: PolicyAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyAction {
    /// Check rules: their form, their patterns, and that each does what its examples say.
    Check {
        /// The file; without it the organisation's rules and your own, as they are in force.
        file: Option<std::path::PathBuf>,
    },
    /// Why each decision of a task was made, and what it had read by then.
    Explain {
        /// The task, or the beginning of its id.
        #[arg(value_name = "TASK")]
        task: String,
        /// Only this call.
        #[arg(value_name = "CALL")]
        call: Option<String>,
    },
    /// How far a task can be trusted: what it read and from whom, what was withheld, what was asked and why.
    Trust {
        /// The task, or the beginning of its id.
        #[arg(value_name = "TASK")]
        task: String,
    },
    /// What the rules of a file, as your own, would have decided about what tasks did. Changes nothing.
    Try {
        /// The file with the rules.
        file: std::path::PathBuf,
        /// Only what was decided in this task, or the one whose id begins so; without it, in all tasks.
        #[arg(long, value_name = "TASK")]
        task: Option<String>,
    },
    /// Values you allowed for good ("always"), and taking one back.
    Allowed {
        #[command(subcommand)]
        action: Option<AllowedAction>,
    },
    /// Replay recorded tasks and injections with the worst-case model, and count what would run unasked.
    Eval {
        /// The data file.
        file: std::path::PathBuf,
        /// The policy to replay; without it the one that is shipped.
        #[arg(long, value_parser = ["P6", "P11", "P14", "default"], default_value = "default")]
        policy: String,
        /// Only tasks of this version of the benchmark; without it those of the latest.
        #[arg(long, value_name = "VERSION")]
        benchmark: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AllowedAction {
    /// List them.
    List,
    /// Take one back: from then on you are asked again.
    Remove {
        /// Its id, as listed.
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FoldersArgs {
    #[command(subcommand)]
    pub action: FolderAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FolderAction {
    /// Grant a folder to every task that names none.
    Add {
        /// The folder, with `:ro`, `:rw` or `:rw-no-delete`.
        #[arg(value_name = "FOLDER[:MODE]")]
        folder: String,
        /// Allow a folder outside your personal folder; recorded.
        #[arg(long)]
        allow_outside_home: bool,
    },
    /// The granted folders.
    List,
    /// Take a grant back.
    Remove {
        /// The folder or its name.
        folder: String,
    },
    /// Take all grants back.
    RevokeAll,
}

#[derive(Debug, Args)]
pub(crate) struct InstructionsArgs {
    #[command(subcommand)]
    pub action: InstructionAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InstructionAction {
    /// Show what is in force.
    Show(FolderArg),
    /// Set the text (`-` = from standard input). With --folder: writes DESKHAND.md there and trusts it.
    Set {
        #[command(flatten)]
        folder: FolderArg,
        /// The text.
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Open them in $VISUAL or $EDITOR.
    Edit(FolderArg),
    /// Trust a folder's instructions file as it stands now.
    Trust {
        /// The folder.
        #[arg(long, value_name = "F")]
        folder: std::path::PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FolderArg {
    /// The instructions of this folder instead of the global ones.
    #[arg(long, value_name = "F")]
    pub folder: Option<std::path::PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct UsageArgs {
    /// The ledger of the network: every request, allowed or refused.
    #[arg(long)]
    pub network: bool,
    /// Only this task, or the beginning of its id.
    #[arg(value_name = "TASK", requires = "network")]
    pub task: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    #[command(subcommand)]
    pub action: SandboxAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SandboxAction {
    /// What is there, what is missing, and how to get it.
    Status,
    /// Build the machine's image: about three minutes, 700 MB with its saved state. Can be stopped and started again.
    Build {
        /// With LibreOffice, pandoc and tesseract: 1.5 GB.
        #[arg(long)]
        office: bool,
    },
    /// Run one command for looking: what it would change is listed, and nothing of it lands.
    Exec(ExecArgs),
    /// End machines that were left behind and delete the saved machines. Nothing of yours is in them.
    Reset {
        /// Delete the image as well; it must be built again then.
        #[arg(long)]
        image: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ExecArgs {
    /// A folder the command may see. May be repeated.
    #[arg(short = 'C', long = "folder", value_name = "FOLDER[:MODE]")]
    pub folders: Vec<String>,
    /// End the command after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub timeout: u64,
    /// What keeps it apart from this computer.
    #[arg(long, value_enum)]
    pub sandbox: Option<SandboxArg>,
    /// Allow folders outside your personal folder; recorded.
    #[arg(long)]
    pub allow_outside_home: bool,
    /// The command, for bash.
    #[arg(
        value_name = "COMMAND",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub command: Vec<String>,
}

impl From<SandboxArg> for deskhand_types::Tier {
    fn from(arg: SandboxArg) -> Self {
        match arg {
            SandboxArg::Vm => Self::Vm,
            SandboxArg::Os => Self::Os,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    pub action: ModelAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelAction {
    /// The models that can be used now.
    List,
    /// Fetch the small local model (1.1 GB), resumable.
    Pull,
    /// The smallest round trip that proves address, key and model.
    Test {
        /// The model; the default when left out.
        model: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The port; one that is free when left out.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub port: u16,
    /// Open the link in the browser.
    #[arg(long)]
    pub open: bool,
    /// Leave tasks that were cut off as they are, instead of going on with them.
    #[arg(long)]
    pub no_resume: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where the sample folder is made; `Deskhand demo` in your personal folder when left out.
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<std::path::PathBuf>,
    /// Allow a folder outside your personal folder; recorded.
    #[arg(long)]
    pub allow_outside_home: bool,
    /// The model; Claude when a key is set, otherwise the built-in recipes.
    #[arg(long, value_name = "PROVIDER/NAME")]
    pub model: Option<String>,
}
