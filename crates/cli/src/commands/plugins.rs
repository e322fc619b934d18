//! `plugins`.

mod options;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use deskhand_engine::{Engine, PluginState, Prepared, Review};
use serde_json::json;

use super::{dim, done, print_json, tasks::count};
use crate::{
    args::{MarketplaceAction, PluginAction},
    exit::Exit,
    failure::Usage,
    terminal::{ask::agree, diff::printable, style},
};

/// `plugins`
pub(crate) async fn plugins(engine: &Engine, action: PluginAction, json: bool) -> Result<Exit> {
    match action {
        PluginAction::Marketplace { action } => marketplace(engine, action, json)?,
        PluginAction::Search { words } => search(engine, &words.join(" "), json)?,
        PluginAction::Install { name, yes } => return accept(engine, engine.prepare_plugin(&name)?, yes, json),
        PluginAction::Update { name, yes } => match engine.update_plugin(&name)? {
            Some(prepared) => return accept(engine, prepared, yes, json),
            None => tell(json, &format!("{name} is up to date."))?,
        },
        PluginAction::Customize { name, set, yes } => {
            if set.is_empty() {
                return points(engine, &name, json);
            }
            let mut values = BTreeMap::new();
            for pair in &set {
                let (place, value) = pair
                    .split_once('=')
                    .ok_or_else(|| Usage(format!("`{pair}` is not PLACE=VALUE; nothing was changed")))?;
                let place = format!("~~{}", place.trim_start_matches('~'));
                values.insert(place, value.to_owned());
            }
            return accept(engine, engine.customise_plugin(&name, &values)?, yes, json);
        }
        PluginAction::Options { name, set, secret } => options::options(engine, &name, &set, secret.as_deref(), json)?,
        PluginAction::List => list(engine, json)?,
        PluginAction::Show { name } => show(engine, &name, json)?,
        PluginAction::Trust { name, yes } => {
            let review = engine.plugin_review(&name)?;
            if !json {
                tell_review(&review);
            }
            if !yes && !agree("Agree to it as it is now?") {
                return undecided(json, &[&review]);
            }
            engine.trust_plugin(&review)?;
            tell(json, &format!("{} is in force, as it is now.", review.id))?;
        }
        PluginAction::Remove { name } => {
            let (gone, warnings) = engine.remove_plugin(&name).await?;
            if json {
                print_json(&json!({"removed": gone, "warnings": warnings}))?;
            } else {
                done(&format!("Removed: {}", gone.join(", ")));
                for warning in &warnings {
                    dim(warning);
                }
            }
        }
        PluginAction::Enable { name } => {
            let id = engine.enable_plugin(&name, true).await?;
            tell(json, &format!("{id} is on for tasks started from now on."))?;
        }
        PluginAction::Disable { name } => {
            let id = engine.enable_plugin(&name, false).await?;
            tell(json, &format!("{id} is off. Nothing of it was deleted."))?;
        }
        PluginAction::Export { name, file } => export(engine, &name, file, json)?,
    }
    Ok(Exit::Done)
}

fn marketplace(engine: &Engine, action: MarketplaceAction, json: bool) -> Result<()> {
    match action {
        MarketplaceAction::Add { source } => {
            // A path is meant from here, also after the program has gone elsewhere.
            let here = std::path::absolute(&source)?;
            let given = if here.is_dir() {
                here.to_string_lossy().into_owned()
            } else {
                source
            };
            let line = engine.add_marketplace(&given)?;
            if json {
                return print_json(&line);
            }
            done(&format!(
                "Added {}: {}. See them: deskhand plugins search",
                printable(&line.name),
                count(line.plugins.unwrap_or_default() as u64, "plugin")
            ));
        }
        MarketplaceAction::List => {
            let lines = engine.marketplaces()?;
            if json {
                return print_json(&lines);
            }
            if lines.is_empty() {
                anstream::println!("No marketplaces. Add one: deskhand plugins marketplace add FOLDER-OR-OWNER/REPO");
            }
            for line in lines {
                let offers = line.plugins.map_or_else(
                    || "does not load now".to_owned(),
                    |number| count(number as u64, "plugin"),
                );
                anstream::println!("{}  {offers}  {}", printable(&line.name), printable(&line.source));
            }
        }
        MarketplaceAction::Update { name } => {
            let names = match name {
                Some(name) => vec![name],
                None => engine.marketplaces()?.into_iter().map(|line| line.name).collect(),
            };
            let mut lines = Vec::new();
            for name in names {
                lines.push(engine.update_marketplace(&name)?);
            }
            if json {
                return print_json(&lines);
            }
            for line in lines {
                done(&format!("Updated {}", printable(&line.name)));
            }
        }
        MarketplaceAction::Remove { name } => {
            engine.remove_marketplace(&name)?;
            tell(json, &format!("{name} is forgotten. What is installed from it stays."))?;
        }
    }
    Ok(())
}

fn search(engine: &Engine, words: &str, json: bool) -> Result<()> {
    let offers = engine.search_plugins(words)?;
    if json {
        return print_json(&offers);
    }
    if offers.is_empty() {
        anstream::println!("Nothing on offer fits. Marketplaces: deskhand plugins marketplace list");
    }
    for offer in offers {
        let mark = match (&offer.unavailable, offer.installed) {
            (Some(why), _) => format!(" (cannot be installed: {why})"),
            (None, true) => " (installed)".to_owned(),
            (None, false) => String::new(),
        };
        anstream::println!(
            "{}{}{}{}  {}",
            style::BOLD,
            printable(&offer.id),
            style::RESET,
            printable(&mark),
            printable(offer.description.as_deref().unwrap_or_default())
        );
    }
    Ok(())
}

/// Shows what was prepared, and installs it when the person agrees.
fn accept(engine: &Engine, prepared: Prepared, yes: bool, json: bool) -> Result<Exit> {
    if !json {
        for staged in &prepared.plugins {
            tell_review(&staged.review);
        }
    }
    if !yes && !agree("Install this?") {
        let reviews: Vec<&Review> = prepared.plugins.iter().map(|staged| &staged.review).collect();
        return undecided(json, &reviews);
    }
    let ids = engine.accept_plugin(prepared)?;
    if json {
        print_json(&json!({"installed": ids}))?;
    } else {
        done(&format!(
            "Installed: {}. In force for tasks started from now on.",
            ids.join(", ")
        ));
        for id in &ids {
            for warning in engine.plugin(id)?.warnings {
                dim(&format!("  {}", printable(&warning)));
            }
            let unset = engine.plugin_options(id)?.into_iter();
            let unset: Vec<String> = unset
                .filter(|line| line.option.required && !line.is_set)
                .map(|line| line.key)
                .collect();
            if !unset.is_empty() {
                let keys = printable(&unset.join(", "));
                dim(&format!("  It asks you for {keys}: deskhand plugins options {id}"));
            }
        }
    }
    Ok(Exit::Done)
}

/// Nobody agreed: nothing was done, and a script can tell.
fn undecided(json: bool, reviews: &[&Review]) -> Result<Exit> {
    if json {
        print_json(&json!({"installed": [], "reviews": reviews}))?;
    } else {
        anstream::println!("Nothing was changed. `--yes` agrees to what is shown.");
    }
    Ok(Exit::Waiting)
}

/// All a plugin will run, word for word. Nothing is shortened.
fn tell_review(review: &Review) {
    anstream::println!(
        "{}{}{} {} from {}",
        style::BOLD,
        printable(&review.id.to_string()),
        style::RESET,
        printable(&review.version),
        printable(&review.from)
    );
    if let Some(description) = &review.description {
        anstream::println!("  {}", printable(description));
    }
    for (what, runs) in [
        ("runs by itself, in the sandbox, at", &review.hooks),
        ("asks by itself at", &review.model_hooks),
        ("sends by itself at", &review.outward_hooks),
        ("starts on this computer:", &review.local_servers),
        ("connects to:", &review.remote_servers),
        ("starts a language server:", &review.language_servers),
        ("runs all the time:", &review.monitors),
    ] {
        for (name, line) in runs {
            anstream::println!(
                "  {}{what}{} {}: {}",
                style::WARN,
                style::RESET,
                printable(name),
                printable(line)
            );
        }
    }
    for (what, names) in [
        ("skills", &review.skills),
        ("commands", &review.commands),
        (
            "programs (which commands in the sandbox find by their names)",
            &review.bin,
        ),
        ("bundles of servers", &review.bundles),
    ] {
        if !names.is_empty() {
            anstream::println!("  {what}: {}", printable(&names.join(", ")));
        }
    }
    for agent in &review.agents {
        anstream::println!(
            "  agent {}, which may use {}, is told:",
            printable(&agent.name),
            printable(&agent.tools_in_words())
        );
        for line in agent.prompt.lines() {
            anstream::println!("    {}", printable(line));
        }
    }
    for (key, option) in &review.asks {
        anstream::println!("  asks for {}: {}", printable(key), printable(&option.title));
    }
    if !review.runs_something() {
        dim("  Nothing of it runs by itself.");
    }
    for finding in &review.findings {
        dim(&format!("  {}", printable(&finding.message)));
    }
}

fn list(engine: &Engine, json: bool) -> Result<()> {
    let lines = engine.plugins()?;
    if json {
        return print_json(&lines);
    }
    if lines.is_empty() {
        anstream::println!("No plugins. Find some: deskhand plugins search WORDS");
    }
    for line in lines {
        anstream::println!(
            "{}{}{} {}{}  {} · {} · {} · {}",
            style::BOLD,
            printable(&line.id),
            style::RESET,
            printable(&line.version),
            state(line.state),
            count(line.skills as u64, "skill"),
            count(line.agents as u64, "agent"),
            count(line.hooks as u64, "hook"),
            count(line.servers as u64, "server")
        );
    }
    Ok(())
}

const fn state(state: PluginState) -> &'static str {
    match state {
        PluginState::InForce => "",
        PluginState::Off => " (off)",
        PluginState::Changed => " (NOT in force: changed on disk; look at it with `plugins trust`)",
        PluginState::Missing => " (NOT in force: its files are gone)",
    }
}

fn show(engine: &Engine, name: &str, json: bool) -> Result<()> {
    let view = engine.plugin(name)?;
    if json {
        return print_json(&view);
    }
    anstream::println!(
        "{}{}{} {}{}",
        style::BOLD,
        printable(&view.line.id),
        style::RESET,
        printable(&view.line.version),
        state(view.line.state)
    );
    if let Some(description) = &view.line.description {
        anstream::println!("{}", printable(description));
    }
    for name in &view.skill_names {
        anstream::println!("  skill {}", printable(name));
    }
    for agent in &view.agent_lines {
        anstream::println!("  agent {}  {}", printable(&agent.name), printable(&agent.description));
    }
    for hook in &view.hook_lines {
        let note = if hook.is_run { "" } else { " (not run by Deskhand)" };
        anstream::println!(
            "  hook {} {}: {}{note}",
            printable(&hook.event),
            hook.kind,
            printable(&hook.runs)
        );
    }
    for key in &view.server_keys {
        anstream::println!("  server {}", printable(key));
    }
    for finding in &view.findings {
        dim(&format!("  {}", printable(&finding.message)));
    }
    for warning in &view.warnings {
        dim(&format!("  {}", printable(warning)));
    }
    Ok(())
}

fn points(engine: &Engine, name: &str, json: bool) -> Result<Exit> {
    let points = engine.plugin_points(name)?;
    if json {
        let lines: Vec<_> = points
            .iter()
            .map(|(point, uses)| json!({"name": point, "uses": uses}))
            .collect();
        print_json(&lines)?;
        return Ok(Exit::Done);
    }
    if points.is_empty() {
        anstream::println!("This plugin leaves nothing to fill in.");
    }
    for (point, uses) in points {
        anstream::println!("{}  {}", printable(&point), count(uses as u64, "use"));
    }
    Ok(Exit::Done)
}

#[expect(clippy::disallowed_methods, reason = "a file the person named, outside of any task")]
fn export(engine: &Engine, name: &str, file: Option<std::path::PathBuf>, json: bool) -> Result<()> {
    let bytes = engine.export_plugin(name)?;
    let file = file.unwrap_or_else(|| format!("{}.plugin", name.split('@').next().unwrap_or(name)).into());
    let mut options = std::fs::OpenOptions::new();
    let mut open = options
        .write(true)
        .create_new(true)
        .open(&file)
        .with_context(|| format!("{} cannot be made; nothing was written", file.display()))?;
    std::io::Write::write_all(&mut open, &bytes).with_context(|| format!("{} cannot be written", file.display()))?;
    tell(json, &format!("Written: {}", file.display()))
}

fn tell(json: bool, text: &str) -> Result<()> {
    if json {
        return print_json(&json!({"done": text}));
    }
    done(text);
    Ok(())
}
