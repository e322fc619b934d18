//! `clean`: going on in a clean context.

use anyhow::Result;
use deskhand_engine::{CleanOptions, Engine};
use deskhand_types::TaskId;

use super::run;
use crate::{
    args::CleanArgs,
    exit::Exit,
    terminal::{diff::printable, style},
};

/// `clean TASK`
pub(crate) async fn clean(engine: &Engine, args: CleanArgs, json: bool) -> Result<Exit> {
    let task = engine.find(&args.task)?;
    if args.list {
        return list(engine, &task, json);
    }
    let speech = if args.text.is_empty() {
        None
    } else {
        Some(run::prompt(&args.text)?)
    };
    let options = CleanOptions {
        values: args.values,
        speech,
    };
    let made = engine.clean(&task, &options)?;
    // Who goes on elsewhere is done here; what another process works on is that one's to stop.
    if let Err(error) = engine.stop(&task) {
        anstream::eprintln!("{}The earlier task goes on:{} {error}", style::WARN, style::RESET);
    }
    run::work(engine, &made, run::format(args.output_format, json)).await
}

/// What it would begin with.
fn list(engine: &Engine, task: &TaskId, json: bool) -> Result<Exit> {
    let offer = engine.clean_offer(task)?;
    if json {
        super::print_json(&offer)?;
        return Ok(Exit::Done);
    }
    anstream::println!("{}Your words{}", style::BOLD, style::RESET);
    for line in offer.words.lines() {
        anstream::println!("  {}", printable(line));
    }
    if offer.left_out > 0 {
        super::dim(&format!(
            "  {} that you pasted are left out",
            super::tasks::count(offer.left_out, "character")
        ));
    }
    anstream::println!("{}Values that came up{}", style::BOLD, style::RESET);
    if offer.values.is_empty() {
        anstream::println!("  none; any value can be given with --value");
    }
    for value in &offer.values {
        let from = match &value.source {
            Some(source) => format!("from {}", printable(&source.detail)),
            None => "in nothing that was read".to_owned(),
        };
        anstream::println!(
            "  {}  {}{} {from}{}",
            printable(&value.value),
            style::DIM,
            value.name,
            style::RESET
        );
    }
    super::dim(&format!(
        "Go on with those you choose: deskhand clean {task} --value VALUE"
    ));
    Ok(Exit::Done)
}
