//! `connectors`: servers whose tools tasks may call.

mod add;
mod bundle;
mod directory;
mod import;
mod print;
mod sign_in;

use anyhow::{Context, Result};
use deskhand_engine::Engine;
use deskhand_types::ProgramAccess;
use serde_json::{Value, json};

use super::{done, print_json};
use crate::{args::ConnectorAction, exit::Exit, failure::Usage, terminal::diff::printable};

/// Does what was asked.
pub(crate) async fn connectors(engine: &Engine, action: ConnectorAction, json: bool) -> Result<Exit> {
    match action {
        ConnectorAction::Add(args) => return add::add(engine, *args, json).await,
        ConnectorAction::Import { file, from, only } => {
            return import::import(engine, file.as_deref(), from, &only, json).await;
        }
        ConnectorAction::Directory { words } => return directory::directory(&words, json),
        ConnectorAction::List => {
            let lines = engine.connectors().await?;
            if json {
                print_json(&lines)?;
            } else {
                print::list(&lines);
            }
        }
        ConnectorAction::Tools { name, tool, rule } => {
            if let (Some(tool), Some(rule)) = (tool, rule) {
                let page = engine.connector(&name).await?;
                if !page.tool_list.iter().any(|known| known.name == tool) {
                    return Err(Usage(format!("`{name}` has no tool `{tool}`; nothing was changed")).into());
                }
                engine.set_tool_rule(&name, &tool, rule.into())?;
            }
            print::tools(&engine.connector(&name).await?, json)?;
        }
        ConnectorAction::Resources { name } => {
            let lines = engine.resources(&format!("{name}:")).await?;
            if json {
                print_json(&lines)?;
            } else {
                print::resources(&name, &lines);
            }
        }
        ConnectorAction::Approve { name, yes } => {
            add::agree_to_helper(engine, &name, yes, json)?;
            let before = engine.start_connector(&name).await?;
            if !json {
                print::differences(&before);
            }
            let page = engine.approve_tools(&name).await?;
            tell(
                json,
                &format!(
                    "The {} tools of {name} are approved as they are now.",
                    page.tool_list.len()
                ),
            )?;
        }
        ConnectorAction::Access {
            name,
            folder,
            network,
            unconfined,
            nothing,
        } => {
            let folders = folder.iter().map(|text| add::folder(text)).collect::<Result<_>>()?;
            let access = ProgramAccess {
                folders,
                network,
                unconfined,
            };
            if nothing || access != ProgramAccess::default() {
                engine.set_connector_access(&name, access).await?;
            }
            let words = engine.connector_access(&name, None)?;
            if json {
                print_json(&json!({"name": name, "access": words}))?;
            } else {
                anstream::println!("{name}: {}", printable(&words));
            }
        }
        ConnectorAction::Enable { name } => {
            engine.switch_connector(&name, true).await?;
            tell(json, &format!("{name} is on for tasks started from now on."))?;
        }
        ConnectorAction::Disable { name } => {
            engine.switch_connector(&name, false).await?;
            tell(json, &format!("{name} is off. Nothing of it was forgotten."))?;
        }
        ConnectorAction::AddressBook { name, tool, off } => {
            engine.set_address_book(&name, (!off).then_some(tool))?;
            let text = if off {
                format!("The records of {name} count as no address book any more.")
            } else {
                format!(
                    "The records of {name} count as an address book: whom you name is who it says, where nobody else has \
                     that name. `deskhand connectors tools {name}` shows whose results count."
                )
            };
            tell(json, &text)?;
        }
        ConnectorAction::Sampling { name, model, off } => {
            engine.set_sampling(&name, !off, model).await?;
            let text = if off {
                format!("{name} may not ask for answers of a model any more.")
            } else {
                format!(
                    "{name} may ask for answers of a model, in the middle of a call. You are asked each time, and again before \
                     an answer goes to it; what it costs is the task's."
                )
            };
            tell(json, &text)?;
        }
        ConnectorAction::Call { name, tool, arguments } => {
            let arguments: Value = serde_json::from_str(&arguments)
                .map_err(|error| Usage(format!("the arguments are not JSON ({error}); nothing was called")))?;
            if !arguments.is_object() {
                return Err(Usage("the arguments must be a JSON object; nothing was called".to_owned()).into());
            }
            let outcome = engine.call_tool(&name, &tool, &arguments).await?;
            if json {
                print_json(&outcome)?;
            } else {
                print::outcome(&outcome);
            }
            engine.close_connectors().await;
            return Ok(if outcome.error.is_some() {
                Exit::Failed
            } else {
                Exit::Done
            });
        }
        ConnectorAction::Login { name, no_browser } => {
            let person = sign_in::AtTheTerminal { browser: !no_browser };
            engine.sign_in(&name, &person).await.context("nothing was kept")?;
            tell(json, &format!("Signed in to {name}."))?;
        }
        ConnectorAction::Logout { name } => {
            engine.sign_out(&name).await?;
            tell(json, &format!("The sign-in to {name} is forgotten."))?;
        }
        ConnectorAction::Remove { name } => {
            engine.remove_connector(&name).await?;
            tell(json, &format!("{name} is removed, with its sign-in and its secrets."))?;
        }
    }
    engine.close_connectors().await;
    Ok(Exit::Done)
}

fn tell(json: bool, text: &str) -> Result<()> {
    if json {
        return print_json(&json!({"done": text}));
    }
    done(text);
    Ok(())
}
