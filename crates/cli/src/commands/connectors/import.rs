//! Servers of other programs: what is taken, what is left, and why.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use deskhand_engine::{Engine, Imported};
use deskhand_mcp::config::FILE_LIMIT;
use deskhand_mcp::import::Source;

use crate::{
    args::ImportFrom,
    commands::{dim, done, print_json},
    exit::Exit,
    failure::Usage,
    terminal::diff::printable,
};

/// Takes over the servers of a file. Nothing of them is run: each waits until its tools are approved.
pub(super) async fn import(
    engine: &Engine,
    file: Option<&Path>,
    from: Option<ImportFrom>,
    only: &[String],
    json: bool,
) -> Result<Exit> {
    let file = match (file, from) {
        (Some(file), _) => file.to_owned(),
        (None, Some(from)) => usual(from)?,
        (None, None) => {
            return Err(
                Usage("name the file, or whose it is (--from claude-desktop); nothing was added".to_owned()).into(),
            );
        }
    };
    let source = source(&file, from);
    let bytes = read(&file)?;
    let imported = engine.import_connectors(source, &bytes, only).await?;
    if json {
        print_json(&imported)?;
    } else {
        tell(&imported);
    }
    Ok(Exit::Done)
}

/// Whose file it is, by its name where nobody says.
fn source(file: &Path, from: Option<ImportFrom>) -> Source {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    match from {
        Some(ImportFrom::ClaudeDesktop) => Source::ClaudeDesktop,
        Some(ImportFrom::ClaudeCode) => Source::ClaudeCode,
        None if name == "claude_desktop_config.json" => Source::ClaudeDesktop,
        None if name == ".claude.json" => Source::ClaudeCode,
        Some(ImportFrom::Project) | None => Source::Project,
    }
}

/// Where a program keeps its settings.
fn usual(from: ImportFrom) -> Result<PathBuf> {
    let missing = || Usage("the person's folder is not known here; name the file. Nothing was added".to_owned());
    let home = std::env::home_dir().ok_or_else(missing)?;
    Ok(match from {
        ImportFrom::ClaudeCode => home.join(".claude.json"),
        ImportFrom::Project => PathBuf::from(".mcp.json"),
        ImportFrom::ClaudeDesktop => {
            let folder = if cfg!(target_os = "macos") {
                home.join("Library/Application Support")
            } else if cfg!(windows) {
                std::env::var_os("APPDATA").map(PathBuf::from).ok_or_else(missing)?
            } else {
                home.join(".config")
            };
            folder.join("Claude").join("claude_desktop_config.json")
        }
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a settings file the person names, not a granted folder"
)]
fn read(file: &Path) -> Result<Vec<u8>> {
    let fails = || format!("{} cannot be read; nothing was added", file.display());
    if std::fs::metadata(file).with_context(fails)?.len() > FILE_LIMIT as u64 {
        return Err(Usage(format!("{} is too large; nothing was added", file.display())).into());
    }
    std::fs::read(file).with_context(fails)
}

fn tell(imported: &Imported) {
    for note in &imported.notes {
        dim(&printable(note));
    }
    for one in &imported.taken {
        let was = if one.key == one.name {
            String::new()
        } else {
            format!(" ({})", one.key)
        };
        anstream::println!("taken: {}{}", one.name, printable(&was));
        dim(&format!("  {}", printable(&one.address)));
        if !one.secrets.is_empty() {
            dim(&printable(&format!("  kept as secrets: {}", one.secrets.join(", "))));
        }
        if let Some(helper) = &one.helper {
            dim(&printable(&format!("  headers from a command, not run yet: {helper}")));
        }
        if let Some(project) = &one.project {
            dim(&printable(&format!(
                "  it was for {project} alone; here it is for all tasks"
            )));
        }
    }
    for one in &imported.left {
        anstream::println!("left: {}: {}", printable(&one.key), printable(&one.why));
    }
    done(&format!(
        "{} taken, {} left. None was run.",
        imported.taken.len(),
        imported.left.len()
    ));
    if !imported.taken.is_empty() {
        dim("`deskhand connectors approve NAME` connects one and approves its tools.");
        dim("Programs are confined and see none of your folders; remove and add one again to give it some.");
    }
}
