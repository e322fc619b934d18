//! Bundles (`.mcpb`, `.dxt`): what one is and would run is shown whole before it is installed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use deskhand_engine::{BundlePage, BundleWish, Engine};
use deskhand_mcp::bundle::{BUNDLE_LIMIT, SettingKind};
use deskhand_types::ProgramAccess;
use serde_json::Value;

use super::add;
use crate::{
    args::AddArgs,
    commands::dim,
    exit::Exit,
    failure::Usage,
    terminal::{diff::printable, style},
};

/// Whether what is to be added is a bundle.
pub(super) fn is_one(name: &str) -> bool {
    let extension = Path::new(name).extension().unwrap_or_default();
    extension.eq_ignore_ascii_case("mcpb") || extension.eq_ignore_ascii_case("dxt")
}

/// Shows a bundle, installs it, and approves its tools as they are.
pub(super) async fn add(engine: &Engine, args: AddArgs, json: bool) -> Result<Exit> {
    let bytes = read(Path::new(&args.name))?;
    let yes = args.yes;
    let wish = wish(args)?;
    let page = engine.look_at_bundle(bytes.clone(), &wish)?;
    if !json {
        review(&page);
    }
    if !page.missing.is_empty() {
        let first = page.missing.first().map(String::as_str).unwrap_or_default();
        return Err(Usage(format!(
            "it must be told first: {} (write --set {first}=…). Nothing was installed",
            page.missing.join(", ")
        ))
        .into());
    }
    if let Some(why) = &page.wrong {
        return Err(Usage(format!("{why}. Nothing was installed")).into());
    }
    if !page.obstacles.is_empty() {
        let why = page.obstacles.join("; ");
        return Err(Usage(format!("it does not run here: {why}. Nothing was installed")).into());
    }
    if !yes && !add::agreed()? {
        anstream::eprintln!("Nothing was installed.");
        return Ok(Exit::Usage);
    }
    let name = engine.add_bundle(bytes, wish).await?;
    add::tell(engine, &name, "installed", json).await
}

#[expect(clippy::disallowed_methods, reason = "a file the person names, not a granted folder")]
fn read(file: &Path) -> Result<Vec<u8>> {
    let fails = || format!("{} cannot be read; nothing was installed", file.display());
    let size = std::fs::metadata(file).with_context(fails)?.len();
    if size > BUNDLE_LIMIT as u64 {
        return Err(Usage(format!(
            "{} is too large for a bundle; nothing was installed",
            file.display()
        ))
        .into());
    }
    std::fs::read(file).with_context(fails)
}

fn wish(args: AddArgs) -> Result<BundleWish> {
    if args.url.is_some() || !args.command.is_empty() || !args.header.is_empty() || !args.env.is_empty() {
        return Err(Usage("a bundle brings its own command: only --set, --secret, --name, --folder, --network go with it; nothing was installed".to_owned()).into());
    }
    let mut given: Vec<(String, String)> = Vec::new();
    for pair in &args.set {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Usage(format!("`{pair}` is not KEY=VALUE; nothing was installed")))?;
        given.push((key.to_owned(), value.to_owned()));
    }
    for secret in &args.secret {
        let (key, variable) = secret.split_once('=').unwrap_or((secret, secret));
        let value = std::env::var(variable).map_err(|_| {
            Usage(format!(
                "the variable `{variable}` is not set here; nothing was installed"
            ))
        })?;
        given.push((key.to_owned(), value));
    }
    let mut values: BTreeMap<String, Value> = BTreeMap::new();
    for (key, value) in given {
        let value = Value::from(value);
        match values.get_mut(&key) {
            None => drop(values.insert(key, value)),
            Some(Value::Array(all)) => all.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
    }
    let folders = args
        .folder
        .iter()
        .map(|text| add::folder(text))
        .collect::<Result<_>>()?;
    Ok(BundleWish {
        name: args.called,
        values,
        access: ProgramAccess {
            folders,
            network: args.network,
            unconfined: args.unconfined,
        },
        trusted: !args.untrusted,
    })
}

/// All of it, before anything is unpacked or runs (SEP-1024).
fn review(page: &BundlePage) {
    anstream::println!(
        "{}{}{} {} by {}",
        style::BOLD,
        printable(&page.title),
        style::RESET,
        printable(&page.version),
        printable(&page.author)
    );
    dim(&printable(&page.description));
    let signed = if page.signed {
        "a signature that was not verified"
    } else {
        "not signed"
    };
    dim(&format!(
        "{signed}: nothing proves who made it · {} files, {} kB",
        page.files,
        page.size / 1000
    ));
    for note in page.obstacles.iter().chain(&page.notes) {
        dim(&printable(note));
    }
    if !page.command.is_empty() {
        anstream::println!("This program will run:\n  {}", printable(&page.command));
        if let Some(access) = &page.access {
            anstream::println!("  {}", printable(access));
        }
    }
    if page.settings.is_empty() {
        return;
    }
    anstream::println!("It takes:");
    for one in &page.settings {
        let setting = &one.setting;
        let mut marks = vec![
            match setting.kind {
                SettingKind::String => "text",
                SettingKind::Number => "a number",
                SettingKind::Boolean => "true or false",
                SettingKind::Directory => "a folder",
                SettingKind::File => "a file",
            }
            .to_owned(),
        ];
        let kept = [
            (setting.required && page.missing.contains(&one.key), "NEEDED"),
            (setting.multiple, "several"),
            (setting.sensitive, "kept as a secret"),
        ];
        marks.extend(kept.into_iter().filter(|(is, _)| *is).map(|(_, word)| word.to_owned()));
        if let Some(default) = &setting.default {
            marks.push(format!("else {default}"));
        }
        anstream::println!("  {} ({})", printable(&one.key), printable(&marks.join(", ")));
        dim(&format!("      {}", printable(&setting.title)));
    }
}
