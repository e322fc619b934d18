//! `folders`.

use anyhow::Result;
use deskhand_engine::Engine;
use deskhand_types::EventBody;
use serde_json::json;

use super::{done, print_json, run::folder};
use crate::{args::FolderAction, exit::Exit, failure::Usage};

/// Standing grants: folders every task may use that names none.
pub(crate) fn folders(engine: &Engine, action: FolderAction, json: bool) -> Result<Exit> {
    let settings = engine.settings()?;
    match action {
        FolderAction::List => {
            if json {
                print_json(&settings.grants)?;
                return Ok(Exit::Done);
            }
            if settings.grants.is_empty() {
                anstream::println!("No standing folders. Add one: deskhand folders add FOLDER");
            }
            for grant in settings.grants {
                anstream::println!("{:<20} {} ({})", grant.name, grant.folder, grant.mode);
            }
        }
        FolderAction::Add {
            folder: text,
            allow_outside_home,
        } => {
            let (path, mode) = folder(&text);
            let grant = engine
                .folders()
                .grant(&path, mode, allow_outside_home, &settings.grants)?;
            engine.set(EventBody::GrantAdded { grant: grant.clone() })?;
            if json {
                print_json(&grant)?;
            } else {
                done(&format!(
                    "Granted {} ({}). Tasks see it as /mnt/{}.",
                    grant.folder, grant.mode, grant.name
                ));
            }
        }
        FolderAction::Remove { folder: text } => {
            let path = std::path::absolute(&text)?.to_string_lossy().into_owned();
            let found = settings
                .grants
                .iter()
                .find(|grant| grant.name == text || grant.folder == text || grant.folder == path);
            let grant =
                found.ok_or_else(|| Usage(format!("`{text}` is not a standing folder; nothing was changed")))?;
            engine.set(EventBody::GrantRemoved {
                folder: grant.folder.clone(),
            })?;
            tell(json, &format!("{} is no longer granted.", grant.folder))?;
        }
        FolderAction::RevokeAll => {
            engine.set(EventBody::GrantsRevoked {})?;
            tell(json, "All grants are taken back.")?;
        }
    }
    Ok(Exit::Done)
}

fn tell(json: bool, text: &str) -> Result<()> {
    if json {
        return print_json(&json!({"done": text}));
    }
    done(text);
    Ok(())
}
