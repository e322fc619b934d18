//! Adding connectors: seen whole before anything of them runs.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};

use anyhow::Result;
use deskhand_engine::{ConnectorPage, Engine, NewConnector};
use deskhand_types::{ProgramAccess, SharedFolder};
use serde_json::{Value, json};

use super::{bundle, directory, print};
use crate::{
    args::{AddArgs, ClientArgs},
    commands::{done, print_json},
    exit::Exit,
    failure::Usage,
    terminal::diff::printable,
};

/// Adds one, shows its tools, and approves them as they are.
pub(super) async fn add(engine: &Engine, args: AddArgs, json: bool) -> Result<Exit> {
    if bundle::is_one(&args.name) {
        return bundle::add(engine, args, json).await;
    }
    if args.called.is_some() || !args.set.is_empty() {
        return Err(Usage(
            "--name and --set are for bundles, files that end in .mcpb or .dxt; nothing was added".to_owned(),
        )
        .into());
    }
    let yes = args.yes;
    let new = new_connector(args)?;
    if !json {
        describe(engine, &new);
    }
    if (is_local(&new) || new.helper.is_some()) && !yes && !agreed()? {
        anstream::eprintln!("Nothing was added.");
        return Ok(Exit::Usage);
    }
    let name = new.name.clone();
    engine.add_connector(new).await?;
    tell(engine, &name, "added", json).await
}

/// Says what the new connector offers.
pub(super) async fn tell(engine: &Engine, name: &str, how: &str, json: bool) -> Result<Exit> {
    let page = look(engine, name).await?;
    engine.close_connectors().await;
    if json {
        print_json(&page.line)?;
    } else {
        print::tools(&page, false)?;
        done(&format!(
            "{name} is {how}. Tasks started from now on may call its tools."
        ));
    }
    Ok(Exit::Done)
}

/// What it offers is approved when it could be listed; otherwise it stays, and says what it needs.
async fn look(engine: &Engine, name: &str) -> Result<ConnectorPage> {
    match engine.approve_tools(name).await {
        Ok(page) => Ok(page),
        Err(_) => Ok(engine.start_connector(name).await?),
    }
}

fn new_connector(args: AddArgs) -> Result<NewConnector> {
    let mut secrets = BTreeMap::new();
    for name in args.secret {
        secrets.insert(name.clone(), variable(&name)?);
    }
    let entry = match (args.url, args.command.split_first()) {
        (Some(_), Some(_)) => {
            return Err(Usage("give an address or a command, not both; nothing was added".to_owned()).into());
        }
        (Some(url), None) => {
            let mut headers = BTreeMap::new();
            for header in &args.header {
                let (name, value) = header
                    .split_once(':')
                    .ok_or_else(|| Usage(format!("`{header}` is not NAME: VALUE; nothing was added")))?;
                headers.insert(name.trim().to_owned(), value.trim().to_owned());
            }
            let mut entry = json!({"type": if args.sse { "sse" } else { "http" }, "url": url, "headers": headers});
            if let (Some(helper), Value::Object(entry)) = (&args.headers_helper, &mut entry) {
                entry.insert("headersHelper".to_owned(), Value::from(helper.clone()));
            }
            entry
        }
        (None, Some((command, rest))) => {
            json!({"type": "stdio", "command": command, "args": rest, "env": pairs(&args.env)?})
        }
        (None, None) => directory::entry(&args.name)?,
    };
    let entry = with_client(entry, &args.client)?;
    let client_secret = args.client.client_secret.as_deref().map(variable).transpose()?;
    let folders = args.folder.iter().map(|text| folder(text)).collect::<Result<_>>()?;
    Ok(NewConnector {
        name: args.name,
        entry,
        trusted: !args.untrusted,
        access: ProgramAccess {
            folders,
            network: args.network,
            unconfined: args.unconfined,
        },
        secrets,
        client_secret,
        helper: args.headers_helper,
    })
}

/// The value of a variable of this command's environment.
fn variable(name: &str) -> Result<String> {
    let value = std::env::var(name);
    Ok(value.map_err(|_| Usage(format!("the variable `{name}` is not set here; nothing was added")))?)
}

/// An entry with what is known beforehand about signing in.
fn with_client(mut entry: Value, client: &ClientArgs) -> Result<Value> {
    if *client == ClientArgs::default() {
        return Ok(entry);
    }
    let Some(fields) = entry.as_object_mut().filter(|fields| fields.contains_key("url")) else {
        let why = "--client-id and what goes with it are for servers with an address; nothing was added";
        return Err(Usage(why.to_owned()).into());
    };
    let oauth = fields.entry("oauth").or_insert_with(|| json!({}));
    for (key, value) in [
        ("clientId", client.client_id.clone().map(Value::from)),
        ("callbackPort", client.callback_port.map(Value::from)),
        ("scopes", client.scopes.clone().map(Value::from)),
    ] {
        if let (Some(oauth), Some(value)) = (oauth.as_object_mut(), value) {
            oauth.insert(key.to_owned(), value);
        }
    }
    Ok(entry)
}

fn pairs(list: &[String]) -> Result<BTreeMap<String, String>> {
    let mut pairs = BTreeMap::new();
    for pair in list {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Usage(format!("`{pair}` is not NAME=VALUE; nothing was added")))?;
        pairs.insert(name.to_owned(), value.to_owned());
    }
    Ok(pairs)
}

pub(super) fn folder(text: &str) -> Result<SharedFolder> {
    let (path, writable) = match text.strip_suffix(":rw") {
        Some(path) => (path, true),
        None => (text.strip_suffix(":ro").unwrap_or(text), false),
    };
    let path = std::path::absolute(path)?;
    if !path.is_dir() {
        return Err(Usage(format!("{} is not a folder; nothing was added", path.display())).into());
    }
    Ok(SharedFolder {
        path: path.to_string_lossy().into_owned(),
        writable,
    })
}

/// The whole of it, before anything runs (SEP-1024).
fn describe(engine: &Engine, new: &NewConnector) {
    let address = printable(&address(new));
    if !is_local(new) {
        anstream::println!("{} is at {address}. What tasks give it leaves this computer.", new.name);
        if let Some(helper) = &new.helper {
            describe_helper(helper);
        }
        return;
    }
    anstream::println!("This program will run:\n  {address}");
    if new.access.unconfined {
        anstream::println!("  with ALL your rights: it can read and change everything you can");
    } else if let Some(words) = engine.access_of(new) {
        anstream::println!("  {}", printable(&words));
    }
    if new.access.folders.iter().any(|folder| folder.writable) {
        anstream::println!("  what it changes there is not in the journal and cannot be undone");
    }
    for name in new.secrets.keys() {
        anstream::println!("  it gets the secret {name}");
    }
}

fn is_local(new: &NewConnector) -> bool {
    new.entry.get("command").is_some()
}

/// The address, or the whole command.
fn address(new: &NewConnector) -> String {
    let root = json!({"mcpServers": {new.name.as_str(): new.entry}});
    let read = deskhand_mcp::config::servers(&root, &|_| None);
    read.servers
        .first()
        .map(deskhand_engine::connector_address)
        .unwrap_or_default()
}

pub(super) fn agreed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(
            Usage("nobody can be asked here; say --yes if this program may run. Nothing was added".to_owned()).into(),
        );
    }
    anstream::eprint!("Run it? [y/N] ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Asks whether the command that gives a connector's headers may be run, if there is one that nobody agreed to.
pub(super) fn agree_to_helper(engine: &Engine, name: &str, yes: bool, json: bool) -> Result<()> {
    let Some(command) = engine.helper_to_agree(name)? else {
        return Ok(());
    };
    if !json {
        describe_helper(&command);
    }
    if !yes && !agreed()? {
        return Err(Usage("it was not agreed to; nothing was run".to_owned()).into());
    }
    Ok(engine.agree_to_helper(name, &command)?)
}

fn describe_helper(command: &str) {
    anstream::println!(
        "This command will run at every connection, for its headers:\n  {}",
        printable(command)
    );
}
