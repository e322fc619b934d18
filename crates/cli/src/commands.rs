//! The commands, one module each.

mod approvals;
mod changes;
mod clean;
mod connectors;
mod demo;
mod doctor;
mod entries;
mod folders;
mod instructions;
mod memory;
mod models;
mod network;
mod plugins;
mod policy;
mod run;
mod sandbox;
mod serve;
mod skills;
mod tasks;

pub(crate) use tasks::count;

use anyhow::Result;
use serde::Serialize;

use crate::{
    app::{self, Places},
    args::{Arguments, Command, LogAction},
    exit::Exit,
    terminal::style,
};

/// Runs the command that was asked for.
pub(crate) async fn dispatch(arguments: Arguments) -> Result<Exit> {
    let json = arguments.json;
    let places = Places::find()?;
    // These work where the store or the settings do not: they are how one finds out why.
    let command = match arguments.command {
        Command::Doctor => return doctor::doctor(&places, json),
        // A server for this data folder may run already: then only its link is told.
        Command::Serve(args) => return serve::serve(&places, &args, json).await,
        Command::Sandbox(args) => return sandbox::sandbox(&places, args.action, json).await,
        Command::Policy(args) => match policy::without_engine(&args.action, json)? {
            Some(exit) => return Ok(exit),
            None => Command::Policy(args),
        },
        command => command,
    };
    let engine = app::engine(&places)?;
    match command {
        Command::Run(args) => run::run(&engine, &places, args, json).await,
        Command::Resume(args) => run::resume(&engine, args, json).await,
        Command::Clean(args) => clean::clean(&engine, args, json).await,
        Command::Demo(args) => demo::demo(&engine, &args, json).await,
        Command::Tasks => tasks::list(&engine, json),
        Command::Show(arg) => tasks::show(&engine, &arg.task, json),
        Command::Export(arg) => tasks::export(&engine, &arg.task, json),
        Command::Search(args) => tasks::search(&engine, &args, json),
        Command::Usage(args) if args.network => network::network(&engine, args.task.as_deref(), json),
        Command::Usage(_) => tasks::usage(&engine, json),
        Command::Log(args) => match args.action {
            LogAction::Verify(arg) => tasks::verify(&engine, &arg.task, json),
        },
        Command::Changes(args) => changes::changes(&engine, &args, json),
        Command::Undo(args) => changes::undo(&engine, args, json),
        Command::Redo(arg) => changes::redo(&engine, &arg.task, json),
        Command::Approvals(args) => approvals::approvals(&engine, args.action, json),
        Command::Policy(args) => policy::policy(&engine, args.action, json),
        Command::Memory(args) => memory::memory(&engine, args.action, json),
        Command::Folders(args) => folders::folders(&engine, args.action, json),
        Command::Instructions(args) => instructions::instructions(&engine, &places, args.action, json),
        Command::Connectors(args) => connectors::connectors(&engine, args.action, json).await,
        Command::Skills(args) => skills::skills(&engine, &places, args.action, json),
        Command::Commands(args) => skills::commands(&engine, &args, json).await,
        Command::Plugins(args) => plugins::plugins(&engine, args.action, json).await,
        Command::Models(args) => models::models(&engine, args.action, json).await,
        Command::Sandbox(args) => sandbox::sandbox(&places, args.action, json).await,
        Command::Doctor => doctor::doctor(&places, json),
        Command::Serve(args) => serve::serve(&places, &args, json).await,
    }
}

/// Prints a value as JSON.
fn print_json<T: Serialize + ?Sized>(value: &T) -> Result<()> {
    anstream::println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Prints a line of secondary text.
fn dim(text: &str) {
    anstream::println!("{}{text}{}", style::DIM, style::RESET);
}

/// What was done, in one line for people.
fn done(text: &str) {
    anstream::println!("{}✓{} {text}", style::GOOD, style::RESET);
}
