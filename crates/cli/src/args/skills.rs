//! Arguments of `skills`, `commands` and `plugins`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct SkillsArgs {
    #[command(subcommand)]
    pub action: SkillAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SkillAction {
    /// The skills that can be called.
    List {
        /// Only those for the model, those for you and those that are not trusted too.
        #[arg(long)]
        all: bool,
        /// With the skills of this folder instead of the standing ones. May be repeated.
        #[arg(short = 'C', long = "folder", value_name = "FOLDER")]
        folders: Vec<PathBuf>,
    },
    /// Show a skill: what it is for, and its text.
    Show {
        /// Its name.
        name: String,
        /// With the skills of this folder instead of the standing ones. May be repeated.
        #[arg(short = 'C', long = "folder", value_name = "FOLDER")]
        folders: Vec<PathBuf>,
    },
    /// Find the skills that fit some words best.
    Search {
        /// The words.
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Trust a skill or an agent in a granted folder as it stands now. Changed, it must be trusted again.
    Trust {
        /// The skill's own folder: `FOLDER/.claude/skills/NAME`; an agent's file: `FOLDER/.claude/agents/NAME.md`.
        folder: PathBuf,
    },
    /// Make a skill of your own, of a finished task or to be written by you: shown first, kept when you agree.
    Create {
        /// The task it is made of, or the beginning of its id; without one, the beginning of a skill to be written.
        #[arg(long, value_name = "TASK", required_unless_present = "name")]
        from_task: Option<String>,
        /// What it shall be called.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// What it is for, in a sentence: by that a model finds it.
        #[arg(long, value_name = "TEXT", conflicts_with = "from_task", requires = "name")]
        description: Option<String>,
        /// Keep it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Whether commands that stand in skills may run (in the sandbox, without a question of their own).
    RunCommands {
        /// `on` or `off`.
        #[arg(value_parser = ["on", "off"])]
        to: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CommandsArgs {
    /// With the skills of this folder instead of the standing ones. May be repeated.
    #[arg(short = 'C', long = "folder", value_name = "FOLDER")]
    pub folders: Vec<PathBuf>,
    /// What could stand in the place of the last argument of a connector's prompt, as it is typed: `/mcp__notes__sum_up we`.
    #[arg(long, value_name = "TEXT")]
    pub complete: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PluginsArgs {
    #[command(subcommand)]
    pub action: PluginAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginAction {
    /// Where plugins come from.
    Marketplace {
        #[command(subcommand)]
        action: MarketplaceAction,
    },
    /// Plugins on offer in which all these words stand.
    Search {
        /// The words; none = all.
        words: Vec<String>,
    },
    /// Install a plugin: shows what it will run, and asks.
    Install {
        /// `NAME`, `NAME@MARKETPLACE`, or the path of a `.plugin` file or folder (with a `/` in it).
        name: String,
        /// Agree to what is shown without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// The plugins that are installed.
    List,
    /// Show an installed plugin: skills, agents, hooks, servers.
    Show {
        /// Its name.
        name: String,
    },
    /// Fill in the places a plugin leaves for you (`~~your-team-channel`), as a plugin of your own.
    Customize {
        /// Its name.
        name: String,
        /// A place and what stands there: `~~Jira=Linear`. Without any, the places are listed. May be repeated.
        #[arg(long = "set", value_name = "PLACE=VALUE")]
        set: Vec<String>,
        /// Agree to what is shown without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// The values a plugin asks you for, and setting them.
    Options {
        /// Its name.
        name: String,
        /// A value: `team=north`. Lists are separated by commas. May be repeated.
        #[arg(long = "set", value_name = "KEY=VALUE")]
        set: Vec<String>,
        /// A value that is a secret, read from standard input and kept in the keychain.
        #[arg(long, value_name = "KEY")]
        secret: Option<String>,
    },
    /// Fetch a newer version: shows what it will run, and asks.
    Update {
        /// Its name.
        name: String,
        /// Agree to what is shown without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Agree to a plugin that was changed on disk, as it is now.
    Trust {
        /// Its name.
        name: String,
        /// Agree to what is shown without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Remove a plugin, with its data.
    Remove {
        /// Its name.
        name: String,
    },
    /// Switch a plugin on.
    Enable {
        /// Its name.
        name: String,
    },
    /// Switch a plugin off. Nothing of it is deleted.
    Disable {
        /// Its name.
        name: String,
    },
    /// Write an installed plugin into one file, for others.
    Export {
        /// Its name.
        name: String,
        /// The file; `NAME.plugin` here when left out.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MarketplaceAction {
    /// Add one: a folder, `OWNER/REPO`, a git address, or the address of a `marketplace.json`.
    Add {
        /// Where it is.
        source: String,
    },
    /// Those that were added.
    List,
    /// Fetch it again.
    Update {
        /// Its name; all when left out.
        name: Option<String>,
    },
    /// Forget it. What is installed from it stays.
    Remove {
        /// Its name.
        name: String,
    },
}
