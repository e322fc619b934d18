//! `instructions`.

use std::path::Path;

use anyhow::{Context, Result};
use deskhand_engine::{Engine, EngineError};
use deskhand_types::EventBody;
use serde_json::json;

use super::{done, print_json};
use crate::{
    app::Places,
    args::{FolderArg, InstructionAction},
    exit::Exit,
    failure::Usage,
};

/// Standing instructions, global or of a folder.
pub(crate) fn instructions(engine: &Engine, places: &Places, action: InstructionAction, json: bool) -> Result<Exit> {
    match action {
        InstructionAction::Show(FolderArg { folder: None }) => show_global(engine, json)?,
        InstructionAction::Show(FolderArg { folder: Some(folder) }) => show_folder(engine, &folder, json)?,
        InstructionAction::Set { folder, text } => {
            let text = if text.len() == 1 && text.first().is_some_and(|word| word == "-") {
                std::io::read_to_string(std::io::stdin())?
            } else {
                text.join(" ")
            };
            set(engine, folder.folder.as_deref(), text, json)?;
        }
        InstructionAction::Edit(FolderArg { folder }) => {
            let now = match &folder {
                None => engine.settings()?.instructions,
                Some(folder) => engine
                    .folder_instructions(folder)?
                    .and_then(|found| found.text_now)
                    .unwrap_or_default(),
            };
            let edited = edit(places, &now)?;
            if edited == now {
                anstream::println!("Unchanged.");
            } else {
                set(engine, folder.as_deref(), edited, json)?;
            }
        }
        InstructionAction::Trust { folder } => {
            let found = engine.trust_folder_instructions(&folder)?;
            let text = format!("{} is in force for tasks in that folder, as it stands now.", found.file);
            if json {
                print_json(&json!({"file": found.file, "hash": found.hash, "trusted": true}))?
            } else {
                done(&text)
            }
        }
    }
    Ok(Exit::Done)
}

fn show_global(engine: &Engine, json: bool) -> Result<()> {
    let text = engine.settings()?.instructions;
    if json {
        return print_json(&json!({"from": "global", "text": text}));
    }
    if text.trim().is_empty() {
        anstream::println!("No instructions. Set them: deskhand instructions set \"…\"");
    } else {
        anstream::println!("{text}");
    }
    Ok(())
}

fn show_folder(engine: &Engine, folder: &Path, json: bool) -> Result<()> {
    let found = engine.folder_instructions(folder)?;
    if json {
        let value = found.map(
            |found| json!({"from": found.file, "hash": found.hash, "trusted": found.trusted, "text": found.text_now}),
        );
        return print_json(&value);
    }
    match found {
        None => anstream::println!("This folder has no instructions file."),
        Some(found) => {
            super::dim(&format!(
                "{} ({})",
                found.file,
                if found.trusted {
                    "in force"
                } else {
                    "not in force: trust it with `deskhand instructions trust`"
                }
            ));
            anstream::println!(
                "{}",
                crate::terminal::diff::printable(&found.text_now.unwrap_or_default())
            );
        }
    }
    Ok(())
}

fn set(engine: &Engine, folder: Option<&Path>, text: String, json: bool) -> Result<()> {
    let from = match folder {
        None => {
            engine.set(EventBody::InstructionsSet { text })?;
            "global".to_owned()
        }
        Some(folder) => {
            engine
                .write_folder_instructions(folder, text)
                .map_err(|error: EngineError| anyhow::Error::new(error))?
                .file
        }
    };
    if json {
        print_json(&json!({"from": from}))
    } else {
        done(&format!(
            "Instructions set ({from}). They apply to tasks started from now on."
        ));
        Ok(())
    }
}

/// Opens a text in the person's editor and gives back what it became.
#[expect(
    clippy::disallowed_methods,
    reason = "a scratch file of Deskhand's own, for the editor"
)]
fn edit(places: &Places, text: &str) -> Result<String> {
    let editor = std::env::var("VISUAL")
        .or_else(|_| std::env::var("EDITOR"))
        .map_err(|_| {
            Usage("set VISUAL or EDITOR to your editor, or use `deskhand instructions set TEXT`".to_owned())
        })?;
    let file = places.home.join(format!("instructions-{}.md", std::process::id()));
    std::fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let status = std::process::Command::new(program).args(words).arg(&file).status();
    let edited = std::fs::read_to_string(&file);
    let _ = std::fs::remove_file(&file);
    if !status
        .with_context(|| format!("`{editor}` could not be started; nothing was changed"))?
        .success()
    {
        return Err(Usage(format!("`{editor}` ended with an error; nothing was changed")).into());
    }
    Ok(edited?)
}
